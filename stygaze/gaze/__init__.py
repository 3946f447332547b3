"""What a motion means to an eye-movement scientist: events, coordination of eye and head, similarity, statistics."""
