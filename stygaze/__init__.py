"""StyGazeTalk: speech that moves a head and two living eyes, in a person's own style."""

__version__ = "0.1.0"
