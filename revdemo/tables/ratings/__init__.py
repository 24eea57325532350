"""Ratings: how people write them, the scale they are on, and the stars that they stand for."""
