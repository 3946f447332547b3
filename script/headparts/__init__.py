"""Parts of build_head.py: each turns the open MakeHuman data into one piece of a head in FLAME's format."""
