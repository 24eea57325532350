"""The Python interface: what the page and the command line do. Importing it loads nothing."""

from revdemo.api.generation import Generation, curate, generate
from revdemo.api.models import explain, load_generator, load_polarity, load_stars
from revdemo.api.tables import (
    adapt,
    balance,
    balance_table,
    inspect,
    measure_utility,
    predict,
    predict_table,
    utility,
)

__all__ = [
    "Generation",
    "adapt",
    "balance",
    "balance_table",
    "curate",
    "explain",
    "generate",
    "inspect",
    "load_generator",
    "load_polarity",
    "load_stars",
    "measure_utility",
    "predict",
    "predict_table",
    "utility",
]
