"""Spreadsheets: which sheet is read, and what one may be at most."""
