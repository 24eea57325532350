"""Reviews: read, cut into parts, weighed."""
