"""What goes to the Hub from training."""
