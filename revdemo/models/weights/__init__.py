"""Weights: where they are found, how they are fetched, and what is checked before they are read."""
