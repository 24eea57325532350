"""Fill what a table lacks, and tell whether it helped."""
