"""Training on a table of the user."""
