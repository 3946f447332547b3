"""From Motion to picture: the head in FLAME's format, its expression, the film and the data of the browser player."""
