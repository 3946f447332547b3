"""Our parts beside the usual way to do the same, timed in one run on this machine. Run by `script/bench`."""
