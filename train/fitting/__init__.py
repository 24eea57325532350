"""What trains, and by which recipe."""
