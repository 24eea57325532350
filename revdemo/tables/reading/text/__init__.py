"""Tables that are texts: their encoding, separator and quotes."""
