"""Reviews written by many workers, and judged in the order in which one alone would have written them."""
