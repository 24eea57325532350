"""The classifier in the loop, and the record of what it decided."""
