"""The Your table tab."""
