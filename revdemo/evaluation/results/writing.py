"""Writing a file of results, checked against its contract."""

import json
import re
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from revdemo.evaluation.results.parts import Measured
from revdemo.files import write_text
from revdemo.intervals import as_json


def write(path: Path, report: dict, contract: type[Measured] = Measured) -> None:
    """Write a report as JSON, whole or not at all: keys sorted, four decimals, small lists on one line.

    Raises:
        pydantic.ValidationError: it breaks its contract, so nothing would read it; what took hours to measure
            is then kept under a name that says so.
    """
    content = _short(as_json(report))
    try:
        contract.model_validate(content)
    except ValidationError:
        _write(path.with_suffix(".invalid.json"), content)
        raise
    _write(path, content)


def _write(path: Path, content: dict) -> None:
    text = json.dumps(content, sort_keys=True, indent=2, allow_nan=False)
    text = re.sub(r"[\[{][^\[\]{}]*[\]}]", lambda inner: re.sub(r"\s*\n\s*", " ", inner[0]), text)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_text(path, text + "\n")


def _short(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _short(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_short(one) for one in value]
    return round(value, 4) + 0.0 if isinstance(value, float) else value  # + 0.0: no -0.0
