"""A run that is there: its files, and the code that repeats it."""
