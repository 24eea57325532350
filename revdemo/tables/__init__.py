"""A table of the user's: read, understood, predicted, written, adapted to."""
