"""Measured results as HTML tables: pure functions, every text escaped, every rate with its interval."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from revdemo.ui import cards, strings
from revdemo.ui.metrics_files import (
    SOURCES,
    Arm,
    Chance,
    Change,
    Difference,
    GeneratedFile,
    Measured,
    PolarityFile,
    PolarityReport,
    Rate,
    Scores,
    Setting,
    Spread,
    StarFile,
    StarReport,
    Texts,
    WhyFile,
)

SHORT = 8  # letters of a fingerprint or a revision
JUDGES = ("filter", "judge", "second_judge")
SHARES = ("exact", "near")  # the measures of the study that are shares


class Cell(NamedTuple):
    """A figure and, in small letters below it, its interval or a remark."""

    text: str
    small: str = ""

    @property
    def inline(self) -> str:
        """Both within a sentence."""
        return f"{strings.numeral(self.text)} ({self.small})"


Row = Sequence[str | Cell]
NONE = Cell("–")


def percent(rate: Rate | None) -> Cell:
    """A share with its interval, in per cent."""
    return _cell(rate, lambda value: f"{100 * value:.1f}", " %")


def number(rate: Rate | None, digits: int = 2) -> Cell:
    """A mean or an error with its interval."""
    return _cell(rate, lambda value: f"{value:.{digits}f}")


def points(rate: Rate | None) -> Cell:
    """A difference of shares in percentage points, always signed."""
    return _cell(rate, lambda value: _signed(f"{100 * value:+.1f}"))


def signed(rate: Rate | None) -> Cell:
    """A difference of means or errors, always signed."""
    return _cell(rate, lambda value: _signed(f"{value:+.2f}"))


def spread(found: Spread | None, share: bool) -> Cell:
    """A mean and its standard deviation over samples; a share in per cent, without the sign."""
    if found is None:
        return NONE
    if share:
        return Cell(f"{100 * found.mean:.1f}", f"± {100 * found.spread:.1f}")
    return Cell(f"{found.mean:.4g}", f"± {found.spread:.2g}")


def table(head: Sequence[str], groups: Mapping[str, Sequence[Row]], caption: str = "") -> str:
    """A table that scrolls by itself where it is too wide; the first cell of a row names it.

    Args:
        groups: rows by the title above them; the empty title shows none.
    """
    columns = "".join(f'<th scope="col">{cards.escape(name)}</th>' for name in head)
    bodies = "".join(_body(title, rows, len(head)) for title, rows in groups.items() if rows)
    named = f"<caption>{cards.escape(caption)}</caption>" if caption else ""
    return (
        f'<div class="rd-table" tabindex="0" role="region" aria-label="{cards.escape(caption or head[0])}">'
        f"<table>{named}<thead><tr>{columns}</tr></thead>{bodies}</table></div>"
    )


def stars(own: StarFile, judge: StarFile | None = None, original: bool = True) -> str:
    """A star classifier beside the judge, the baselines, chance and the original."""
    rows = [
        _stars(strings.OWN_STARS, own),
        _stars(strings.STATED, own.with_stated_scores),
        _natural(own),
        _stars(strings.JUDGE, judge),
        _stars(strings.said(own.baseline.name or strings.BASELINE), own.baseline) if own.baseline else None,
        _stars(strings.UNTRAINED, own.untrained),
        *[_chance(strings.CHANCES.get(name, name), one) for name, one in own.chance.items()],
        strings.ORIGINAL_STARS if original else None,
    ]
    return table(
        strings.STARS_HEAD, {"": [row for row in rows if row]}, _caption(strings.STARS_TABLE, original)
    )


def _caption(caption: str, original: bool) -> str:
    """The caption of a table that stands beside the original's figures, or of its twin on products."""
    return caption if original else strings.PRODUCTS_CAPTION.format(caption=caption)


def difference(found: Difference | None) -> str:
    """How far ahead of the baseline, in a sentence; nothing where it was not measured."""
    if found is None:
        return ""
    parts = {
        "exact": points(found.exact.accuracy),
        "near": points(found.near.accuracy),
        "mae": signed(found.mae),
    }
    said = {name: cell.inline for name, cell in parts.items()}
    return strings.DIFFERENCE.format(**said)


def generated(report: GeneratedFile, original: bool = True) -> str:
    """What each judge says of reviews as written, as accepted, and of real ones."""
    groups = {
        strings.BY_JUDGE[judge]: [
            row
            for name, judged in zip(
                strings.KINDS, (report.unfiltered, report.accepted, report.reference), strict=True
            )
            if (row := _stars(name, judged.get(judge)))
        ]
        for judge in JUDGES
    }
    if original:
        groups[strings.BY_ORIGINAL] = [strings.ORIGINAL_GENERATED]
    return table(strings.GENERATED_HEAD, groups, _caption(strings.GENERATED_TABLE, original))


def perplexity(changes: Mapping[str, Change], ratio: Rate | None) -> str:
    """Perplexity and bits per byte before and after training, beside the original's."""
    rows = [[name, number(change.before), number(change.after)] for name, change in changes.items()]
    if ratio:
        rows.append([strings.RATIO, Cell(""), number(ratio, 3)])
    return table(
        strings.PERPLEXITY_HEAD, {"": [*rows, strings.ORIGINAL_PERPLEXITY]}, strings.PERPLEXITY_TABLE
    )


def scores(found: Scores, report: StarReport) -> str:
    """The metrics that go with a confusion matrix."""
    rows = [[strings.SCORES[name], percent(getattr(found, name))] for name in strings.SCORES]
    rows += [[strings.MAE, number(report.mae)], [strings.QWK, number(report.qwk)]]
    return table(strings.SCORES_HEAD, {"": [row for row in rows if row[1] != NONE]})


def calibration(report: StarFile) -> str:
    """The calibration error of the classifier, of the natural mix and of the baselines."""
    errors = {strings.BALANCED: report.ece}
    for name, one in (
        (strings.NATURAL, report.natural),
        (strings.BASELINE, report.baseline),
        (strings.UNTRAINED, report.untrained),
    ):
        errors[name] = one.ece if one else None
    rows = [[name, percent(error)] for name, error in errors.items() if error]
    return table(strings.ECE_HEAD, {"": rows}) if rows else ""


def study(settings: Sequence[Setting], names: Sequence[str], measures: Mapping[str, str]) -> str:
    """Every measure of every value of a setting.

    Args:
        names: the values as words.
        measures: the attributes of a setting, with their titles.
    """
    rows = [
        [name, *[spread(getattr(one, key), key in SHARES) for key in measures]]
        for name, one in zip(names, settings, strict=True)
    ]
    return table([strings.STUDY_VALUE, *measures.values()], {"": rows})


def rejected(counts: Mapping[str, int]) -> str:
    """Why reviews were rejected, the most frequent reason first."""
    ordered = sorted(counts.items(), key=lambda pair: -pair[1])
    rows = [[strings.REASONS.get(reason, reason), Cell(f"{count:,}")] for reason, count in ordered]
    return table(strings.REJECTED_HEAD, {"": rows}) if rows else ""


def diversity(report: GeneratedFile) -> str:
    """Generated reviews beside real ones: variety, length, repetition, copies, and how easily told apart."""
    beside = report.real or Texts()
    rows = [
        [title, _plain(getattr(report, name)), _plain(getattr(beside, name))]
        for name, title in strings.VARIETY.items()
    ]
    rows.append([strings.TEXT_LENGTH, number(report.length, 0), number(beside.length, 0)])
    rows.append([strings.DUPLICATES, percent(report.duplicates), NONE])
    rows.append([strings.NEAR_DUPLICATES, percent(report.near_duplicates), NONE])
    if copy := report.longest_copy:
        real = copy.real
        rows.append([strings.LONGEST, Cell(f"{copy.longest}"), Cell(f"{real.longest}") if real else NONE])
        rows.append([strings.SHARE_30, percent(copy.share_30), percent(real and real.share_30)])
    rows.append([strings.DETECTOR, number(report.detector_auc), NONE])
    rows.append([strings.AGREEMENT, percent(report.polarity_agreement), NONE])
    return table(strings.DIVERSITY_HEAD, {"": [row for row in rows if row[1] != NONE]})


def use(arms: Sequence[Arm], differences: Sequence[Arm]) -> str:
    """Every way to fill the gap, and what is gained by one over another."""
    rows = [
        [
            strings.said(one.name),
            percent(one.exact),
            percent(one.near),
            number(one.mae),
            percent(one.recall_of_gap),
        ]
        for one in arms
    ]
    gains = [
        [
            strings.said(one.name),
            points(one.exact),
            points(one.near),
            signed(one.mae),
            points(one.recall_of_gap),
        ]
        for one in differences
    ]
    return table(strings.USE_HEAD, {"": rows, strings.USE_DIFFERENCES: gains})


def polarity(report: PolarityFile) -> str:
    """Films and products apart: the classifier, the baseline, and polarity read off the stars."""
    groups = {}
    for domain, own in report.domains.items() or {"": report}.items():
        others = [
            (strings.said(one.name or name), one.domains.get(domain))
            for name, one in ((strings.BASELINE, report.baseline), (strings.FROM_STARS, report.from_stars))
            if one
        ]
        named = [(strings.OWN_POLARITY, own), *others]
        groups[strings.DOMAINS.get(domain, domain)] = [_polarity(name, one) for name, one in named if one]
    return table(strings.POLARITY_HEAD, groups)


def why(report: WhyFile) -> str:
    """How far the expected stars move without the words called strongest, and without random ones."""
    strongest, at_random, difference, ahead = strings.WHY_MEASURED
    rows = [
        [strongest.format(removed=report.removed), number(report.strongest)],
        [at_random.format(removed=report.removed), number(report.random)],
        [difference, signed(report.difference)],
        [ahead, percent(report.ahead)],
    ]
    return table(strings.WHY_MEASURED_HEAD, {"": rows})


def epochs(report: PolarityFile) -> str:
    """Losses and metrics after each epoch."""
    rows = [
        [
            f"{one.epoch:g}",
            *[_plain(loss) for loss in (one.training_loss, one.validation_loss)],
            *[_share(score) for score in (one.accuracy, one.precision, one.recall, one.f1)],
        ]
        for one in report.epochs
    ]
    return table(strings.EPOCHS_HEAD, {"": rows})


def provenance(files: Mapping[str, Measured]) -> str:
    """How every file came to be; the files by their names in SOURCES."""
    rows = [
        [
            Cell(SOURCES[name].path, one.command or SOURCES[name].command),
            f"{one.n:,}" if one.n else "–",
            "–" if one.seed is None else f"{one.seed}",
            one.data[:SHORT] or "–",
            "\n".join(revisions(one.model)) or "–",
            one.device or "–",
            "–" if one.minutes is None else f"{one.minutes:.1f}",
        ]
        for name, one in files.items()
    ]
    return table(strings.PROVENANCE_HEAD, {"": rows})


def revisions(model: object) -> list[str]:
    """The models a file names, each as its role and the start of its revision."""
    if isinstance(model, str):
        return [model]
    if not isinstance(model, Mapping):
        return []
    if "revision" in model:
        return [f"{model.get('role', '')} {str(model['revision'])[:SHORT]}".strip()]
    return [name for one in model.values() for name in revisions(one)]


def _stars(name: str, report: StarReport | None) -> Row | None:
    if report is None:
        return None
    return [name, percent(report.exact.accuracy), percent(report.near.accuracy), number(report.mae)]


def _natural(report: StarFile) -> Row | None:
    if report.natural is None:
        return None
    exact = report.natural.exact
    accuracy = exact.accuracy if isinstance(exact, Scores) else exact
    return [strings.NATURAL, percent(accuracy), NONE, number(report.natural.mae)]


def _chance(name: str, found: Chance) -> Row:
    return [name, _share(found.exact), _share(found.near), NONE]


def _polarity(name: str, one: PolarityReport) -> Row:
    count = Cell(f"{one.n:,}") if one.n else NONE
    return [name, count, *[percent(rate) for rate in (one.accuracy, one.precision, one.recall, one.f1)]]


def _body(title: str, rows: Sequence[Row], width: int) -> str:
    head = (
        f'<tr><th class="rd-group" scope="rowgroup" colspan="{width}">{cards.escape(title)}</th></tr>'
        if title
        else ""
    )
    return f"<tbody>{head}{''.join(map(_row, rows))}</tbody>"


def _row(row: Row) -> str:
    name, *cells = map(_html, row)
    return f'<tr><th scope="row">{name}</th>{"".join(f"<td>{cell}</td>" for cell in cells)}</tr>'


def _html(cell: str | Cell) -> str:
    text, small = cell if isinstance(cell, Cell) else (cell, "")
    under = f"<small>{cards.escape(strings.numeral(small))}</small>" if small else ""
    return cards.escape(strings.numeral(text)) + under


def _cell(rate: Rate | None, show, unit: str = "") -> Cell:
    if rate is None:
        return NONE
    return Cell(show(rate.value) + unit, strings.INTERVAL.format(low=show(rate.low), high=show(rate.high)))


def _signed(text: str) -> str:
    return text.replace("-", "−")


def _plain(value: float | None) -> Cell:
    return NONE if value is None else Cell(f"{value:.3f}")


def _share(value: float | None) -> Cell:
    return NONE if value is None else Cell(f"{100 * value:.1f} %")
