"""Weights: found, loaded and run."""
