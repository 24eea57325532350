"""Which columns of a table hold the texts and the ratings, and which texts are reviews."""
