"""Figures show what they are given, in both themes and at a phone's width."""

import json

import pytest

from revdemo.intervals import Rate
from revdemo.ui.classify import chart
from revdemo.ui.metrics.sections import diversity, generated, polarity, stars, study
from revdemo.ui.parts import charts

RATES = [Rate(share, share - 0.1, share + 0.05) for share in (0.8, 0.5, 0.4, 0.6, 0.85)]
BINS = [(0.35, 0.31, 60), (0.62, 0.6, 240)]
MEASURES = {"exact (%)": [(58.0, 1.0), (60.0, 0.5)], "error": [(0.5, 0.1), None]}
MATRIX = [[8, 1, 1, 0, 0], [0, 0, 0, 0, 0], [0, 1, 2, 1, 0], [0, 0, 0, 0, 0], [0, 0, 0, 0, 3]]
FIGURES = {
    "probabilities": chart.probabilities([0.02, 0.08, 0.25, 0.61, 0.04]),
    "requested": charts.requested_predicted(MATRIX),
    "confusion": charts.confusion(MATRIX),
    "losses": study.losses_figure([{"epoch": 1.0, "loss": 2.0}, {"epoch": 1.0, "eval_loss": 2.5}]),
    "balance": stars.balance_figure([9, 5, 1, 7, 20], [1, 1, 1, 1, 1]),
    "polarity": polarity.polarity_figure([[9, 1], [0, 5]]),
    "acceptance": generated.acceptance_figure(RATES),
    "intervals": charts.intervals({"real only": RATES[1], "synthetic": RATES[3]}),
    "reliability": stars.reliability_figure(BINS),
    "diversity": diversity.diversity_figure({"distinct-2": 0.92, "self-BLEU": 1.14}),
    "study": study.study_figure(["1", "3<br>default"], MEASURES),
}


def luminance(colour):
    """Relative luminance of #rrggbb or #rgb (WCAG 2)."""
    digits = colour.lstrip("#")
    parts = [int(part, 16) / 255 for part in (digits[:2], digits[2:4], digits[4:])]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(first, second):
    dark, light = sorted([luminance(first), luminance(second)])
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_has_the_page_behind_it_and_fits_a_phone(name):
    layout = json.loads(FIGURES[name].to_json())["layout"]
    assert layout["paper_bgcolor"] == "rgba(0,0,0,0)"
    assert layout["plot_bgcolor"] in ("rgba(0,0,0,0)", charts.EMPTY)
    assert layout["xaxis"]["automargin"] and layout["yaxis"]["automargin"]
    assert "width" not in layout and layout["height"] <= 360
    assert "title" not in layout, "Gradio adds 100 pixels above a figure that has a title"
    assert layout["dragmode"] is False and layout["xaxis"]["fixedrange"] and layout["yaxis"]["fixedrange"]


@pytest.mark.parametrize("page", ["#ffffff", "#27272a", "#1f2937"])
@pytest.mark.parametrize("colour", [charts.TEXT, charts.BLUE, charts.ORANGE, charts.GREY])
def test_colours_are_seen_on_light_and_on_dark_pages(colour, page):
    assert contrast(colour, page) >= 2.9


def test_predicted_star_stands_out_and_every_bar_says_its_share():
    bar = FIGURES["probabilities"].data[0]
    assert bar.marker.color == (charts.GREY,) * 3 + (charts.BLUE, charts.GREY)
    assert bar.text == ("2%", "8%", "25%", "61%", "4%")
    assert bar.x == ("1★", "2★", "3★", "4★", "5★")


@pytest.mark.parametrize(("name", "rows"), [("requested", "requested"), ("confusion", "true")])
def test_matrix_has_counts_in_star_order_from_the_top_and_colour_by_row(name, rows):
    figure = FIGURES[name]
    heat = figure.data[0]
    assert figure.layout.xaxis.ticktext == figure.layout.yaxis.ticktext == ("1★", "2★", "3★", "4★", "5★")
    assert (heat.x, heat.y) == ((1, 2, 3, 4, 5),) * 2 and figure.layout.yaxis.title.text == rows
    assert figure.layout.xaxis.range == (0.5, 5.5) and figure.layout.yaxis.range == (5.5, 0.5)
    assert [list(row) for row in heat.customdata] == MATRIX
    assert [list(row) for row in heat.z][:2] == [[0.8, 0.1, 0.1, None, None], [None] * 5]
    cells = {(note.y, note.x): note for note in figure.layout.annotations}
    assert cells[1, 1].text == "8<br>80%" and cells[1, 1].font.color == "#fff"
    assert cells[3, 3].text == "2<br>50%" and cells[3, 3].font.color == "#111"
    assert len(cells) == 7


def test_empty_matrix_is_a_figure_without_numbers():
    figure = charts.requested_predicted([[0] * 5] * 5)
    assert not figure.layout.annotations
    assert "NaN" not in figure.to_json()


@pytest.mark.parametrize(("share", "said"), [(0.0, "0%"), (0.001, "<1%"), (0.5, "50%"), (1.0, "100%")])
def test_a_small_share_is_not_called_none(share, said):
    bars = chart.probabilities([share, 0.4, 0.3, 0.2, 0.1])
    assert bars.data[0].text[0] == said


def test_losses_take_a_trainers_log_and_skip_what_it_lacks():
    training, validation = FIGURES["losses"].data
    assert (training.name, training.y, validation.name, validation.y) == (
        "training",
        (2.0,),
        "validation",
        (2.5,),
    )
    assert training.line.dash != validation.line.dash, "colour must not be the only difference"
    log = [{"epoch": 0.5, "loss": 2.0}, {"epoch": 1.0, "train_runtime": 60}]
    assert [trace.name for trace in study.losses_figure(log).data] == ["training"]


def test_balance_shows_both_counts():
    before, after = FIGURES["balance"].data
    assert (before.y, after.y) == ((9, 5, 1, 7, 20), (1, 1, 1, 1, 1))


def test_text_alternatives_say_what_the_figures_show():
    assert chart.describe_probabilities([0.02, 0.08, 0.25, 0.61, 0.04]) == (
        "Probability of each star: 1 star 2%, 2 stars 8%, 3 stars 25%, 4 stars 61%, 5 stars 4%."
    )
    assert charts.describe_matrix(MATRIX) == (
        "Predicted stars. requested 1 star: 8 as 1 star, 1 as 2 stars, 1 as 3 stars; "
        "requested 3 stars: 1 as 2 stars, 2 as 3 stars, 1 as 4 stars; requested 5 stars: 3 as 5 stars."
    )
    assert charts.describe_matrix([[0] * 5] * 5) == "No review yet."
    assert polarity.describe_polarity([[9, 1], [0, 5]]) == (
        "Predicted polarity. true negative: 9 as negative, 1 as positive; true positive: 5 as positive."
    )
    assert study.describe_losses([{"epoch": 1, "loss": 2.0}, {"epoch": 2, "loss": 1.5}]) == (
        "Training loss from 2.000 to 1.500."
    )
    assert stars.describe_balance([9, 5, 1, 7, 2000], [1] * 5).endswith("5 stars 2,000, then 1.")
    assert generated.describe_acceptance(RATES).startswith(
        "Accepted of the reviews requested with 1 star 80%,"
    )
    assert charts.describe_intervals({"synthetic": RATES[3]}) == "synthetic 60.0% (50.0% to 65.0%)."
    assert stars.describe_reliability(BINS).endswith("35% sure, 31% right of 60; 62% sure, 60% right of 240.")
    assert diversity.describe_diversity({"distinct-2": 0.92}).endswith("distinct-2 92%.")
    assert study.describe_study(["1", "3"], MEASURES) == "exact (%): 58 with 1, 60 with 3; error: 0.5 with 1."


def test_intervals_reach_from_low_to_high():
    for figure, axis in (("acceptance", "error_y"), ("intervals", "error_x")):
        bars = FIGURES[figure].data[0][axis]
        assert bars.array == pytest.approx([0.05] * len(bars.array))
        assert bars.arrayminus == pytest.approx([0.1] * len(bars.array))


def test_every_accepted_share_is_written_below_its_star():
    assert FIGURES["acceptance"].data[0].x[0] == "1★<br>80%"


def test_reliability_stands_beside_the_diagonal_and_more_reviews_make_a_larger_dot():
    diagonal, measured = FIGURES["reliability"].data
    assert (diagonal.x, diagonal.y) == ((0, 1), (0, 1)) and diagonal.line.dash == "dash"
    small, large = measured.marker.size
    assert small < large


def test_the_study_has_a_panel_for_each_measure_and_a_gap_where_one_is_missing():
    above, below = FIGURES["study"].data
    assert (above.y, list(above.error_y.array)) == ((58.0, 60.0), [1.0, 0.5])
    assert below.y == (0.5, None) and "NaN" not in FIGURES["study"].to_json()
    assert FIGURES["study"].layout.yaxis2.title.text == "error"


def test_polarity_has_negative_first():
    figure = FIGURES["polarity"]
    assert figure.layout.xaxis.ticktext == figure.layout.yaxis.ticktext == polarity.CLASSES
    assert figure.layout.yaxis.range == (2.5, 0.5)
    assert {(note.y, note.x): note.text for note in figure.layout.annotations}[1, 2] == "1<br>10%"


@pytest.mark.parametrize("name", ["requested", "confusion", "polarity"])
def test_a_cell_under_the_pointer_has_its_stars_from_the_ticks_alone(name):
    assert "★" not in FIGURES[name].data[0].hovertemplate, "the ticks say 4★ already"
