"""Generated reviews: how they are sampled and kept, and what is measured of them."""
