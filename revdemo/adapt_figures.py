"""The main figures of an adaptation's report as text: for its command line and for the page."""

from collections.abc import Sequence

SIDES = ("before", "after")
STARS = {"exact": ("exact", "accuracy"), "near": ("near", "accuracy"), "error (stars)": ("mae",)}
KINDS = {"unfiltered": "as they come", "accepted": "accepted ones"}


def figures(report: dict) -> list[tuple[str, str, str, str]]:
    """Rows of the contents of adapt.json: what, before, after, and the difference, with 95 % intervals."""
    rows = []
    if own := report.get("stars"):
        for name, path in STARS.items():
            cells = [_text(_dig(own[key], path)) for key in (*SIDES, "difference")]
            rows.append((f"classifier: {name}, {own['n']:,} reviews", *cells))
    if own := report.get("generator"):
        bits = own["bits_per_byte"]
        cells = [_text(one) for one in (bits["before"], bits["after"], own["difference"]["bits_per_byte"])]
        rows.append((f"generator: bits per byte, {own['n']:,} reviews", *cells))
    if own := report.get("generated"):
        rows += _generated(own)
    return rows


def _generated(own: dict) -> list[tuple[str, str, str, str]]:
    change = own["difference"]
    rows = [
        (
            f"accepted of {own['n']:,} generated",
            *_sides(own, "acceptance", "all"),
            _text(change["acceptance"]),
        )
    ]
    for star in own["before"]["acceptance"]["by_stars"]:
        rows.append((f"accepted, {star} of 5 stars", *_sides(own, "acceptance", "by_stars", star), ""))
    for kind, name in KINDS.items():
        exact = _sides(own, "judge", kind, "exact", "accuracy")
        rows.append((f"judge: exact, {name}", *exact, _text(change[f"judge_exact_{kind}"])))
        rows.append((f"judge: share of real reviews, {name}", *_sides(own, "share_of_real", kind), ""))
    return [*rows, ("told from the table's reviews (AUC)", *_sides(own, "detector_auc"), "")]


def _sides(own: dict, *path: str) -> list[str]:
    return [_text(_dig(own[side], path)) for side in SIDES]


def _dig(value: dict | None, path: Sequence[str]) -> dict | None:
    for key in path:
        value = value.get(key) if value else None
    return value


def _text(rate: dict | None) -> str:
    return "{value:.3f} ({low:.3f} to {high:.3f})".format(**rate) if rate else "none"
