"""Figures and what they mean; no user interface."""
