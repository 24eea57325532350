"""revdemo: predict the stars of a review, write new reviews, and let the classifier decide which to keep."""

from revdemo.api import (
    Generation,
    adapt,
    balance,
    curate,
    explain,
    generate,
    inspect,
    load_generator,
    load_polarity,
    load_stars,
    predict,
    predict_table,
    utility,
)
from revdemo.api import balance_table as balance_table  # what `balance` was called first
from revdemo.api import measure_utility as measure_utility  # what `utility` was called first
from revdemo.errors import RevdemoError

__all__ = [
    "Generation",
    "RevdemoError",
    "adapt",
    "balance",
    "curate",
    "explain",
    "generate",
    "inspect",
    "load_generator",
    "load_polarity",
    "load_stars",
    "predict",
    "predict_table",
    "utility",
]
__version__ = "0.1.0"
