"""Every word the page says, in English: the ids of the catalogues. A module holds the words of a tab."""

from typing import Any

from revdemo.ui.locale.en import (
    adapt,
    balance,
    classify,
    generate,
    metrics,
    models,
    push,
    shared,
    table,
    utility,
)

MODULES = (adapt, balance, classify, generate, metrics, models, push, shared, table, utility)

TEXTS: dict[str, Any] = {
    name: text for module in MODULES for name, text in vars(module).items() if name.isupper()
}
