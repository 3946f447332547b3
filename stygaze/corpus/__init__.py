"""Corpora of speech with head and eye motion: the HAGE layout on disk, and the simulator that makes one from speech."""
