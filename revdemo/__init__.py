"""revdemo: predict the stars of a review, write new reviews, and let the classifier decide which to keep."""

from revdemo.api import Generation, generate, load_generator, load_polarity, load_stars, predict_table
from revdemo.errors import RevdemoError

__all__ = [
    "Generation",
    "RevdemoError",
    "generate",
    "load_generator",
    "load_polarity",
    "load_stars",
    "predict_table",
]
__version__ = "0.1.0"
