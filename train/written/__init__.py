"""What a generator writes for training and for its measures."""
