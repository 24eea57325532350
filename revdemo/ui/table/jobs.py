"""What a table can be used for: four jobs as cards, each with a sentence and, where it cannot be, why."""

from collections.abc import Mapping

import gradio as gr

from revdemo.balancing.utility import FEWEST
from revdemo.errors import Phrase
from revdemo.settings import Settings
from revdemo.tables.adapting.adaptations import Adapting
from revdemo.tables.table import Chosen
from revdemo.ui import locale
from revdemo.ui.parts import html
from revdemo.ui.services.queue import QUIET

TABS = "table-jobs"  # the element of the inner tabs, in the order of `locale.JOBS`

# A press on a card opens the inner tab of its job.
OPEN = f"""
element.setAttribute("aria-live", "polite");
element.addEventListener("click", event => {{
  const pressed = event.target.closest("[data-job]"), tabs = document.querySelector("#{TABS}");
  if (!pressed || !tabs) return;
  const tab = tabs.querySelectorAll("[role=tab]")[+pressed.dataset.job];
  tab?.click();
  tabs.scrollIntoView({{behavior: "smooth", block: "start"}});
}});
"""


def build(settings: Settings, chosen: gr.State) -> None:
    """Lay out the cards; they follow the table that `chosen` holds."""
    never = {"adapt": found} if (found := Adapting(settings).obstacle) else {}

    def cards_of(table: Chosen | None) -> str:
        return cards({**obstacles(table), **never})

    shown = gr.HTML(cards_of(None), js_on_load=OPEN, elem_id="table-cards")
    chosen.change(cards_of, chosen, shown, **QUIET)


def cards(found: Mapping[str, Phrase]) -> str:
    """The four jobs as HTML, with what is in the way of each: a card opens its inner tab all the same."""
    why = {job: locale.said(reason) for job, reason in found.items()}
    listed = "".join(
        _card(place, name, sentence, why.get(job, ""))
        for place, (job, (name, sentence)) in enumerate(locale.JOBS.items())
    )
    return f'<ul class="rd-jobs" aria-label="{html.escape(locale.JOBS_NAME)}">{listed}</ul>'


def obstacles(chosen: Chosen | None) -> Mapping[str, Phrase]:
    """Why a table cannot be used for a job, by the job; a job that it can be used for is not there."""
    if chosen is None:
        return dict.fromkeys(locale.JOBS, locale.phrase("JOB_NO_TABLE"))
    if chosen.rating is None:
        return dict.fromkeys(("balance", "utility", "adapt"), locale.phrase("JOB_NO_RATINGS"))
    if chosen.read_as is None:
        return {}
    counts = {stars: count for stars, count in chosen.read_as.stars.items() if count}
    if not counts:
        return dict.fromkeys(("balance", "utility", "adapt"), locale.phrase("JOB_NO_STARS"))
    if len(counts) < 2:
        return {"utility": locale.phrase("JOB_ONE_STAR")}
    few = min(counts, key=lambda stars: counts[stars])
    if counts[few] < FEWEST:
        return {"utility": locale.phrase("JOB_FEW", least=FEWEST, stars=few, count=counts[few])}
    return {}


def _card(place: int, name: str, sentence: str, why: str) -> str:
    state = "off" if why else "on"
    said = f'<p class="rd-job-why">{html.escape(why)}</p>' if why else ""
    return (
        f'<li class="rd-job {state}"><button type="button" data-job="{place}">{html.escape(name)}</button>'
        f"<p>{html.escape(sentence)}</p>{said}</li>"
    )
