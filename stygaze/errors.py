"""The one exception a user may cause: its message says what is wrong and what to do, in one sentence."""


class StyGazeError(ValueError):
    """Bad input or a missing part. Interface, command line and API show the message as it is."""
