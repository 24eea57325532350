"""What a table is read as, said to the visitor, and the fields that correct it."""
