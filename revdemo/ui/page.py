"""The page: title, state of the models, one tab a module."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import gradio as gr
from gradio.routes import App
from starlette.middleware import Middleware

from revdemo.ui import accessibility, api, language, locale, style
from revdemo.ui.classify import tab
from revdemo.ui.generate.tab import GenerateTab
from revdemo.ui.locale.catalogue import SOURCE, languages
from revdemo.ui.metrics import model_status
from revdemo.ui.metrics import tab as metrics
from revdemo.ui.parts.owner import owner_state
from revdemo.ui.services.admission import Admission
from revdemo.ui.services.services import Services
from revdemo.ui.table.tab import TableTab

HOUR = 3600
DAY = 24 * HOUR
SPARE = 100  # sessions that Gradio may hold and `Admission` does not know yet
THREADS = 40  # for short work, besides those in which long jobs work or wait for their turn


def build(services: Services) -> gr.Blocks:
    """The whole page, in every language; no model is loaded before it is shown or asked for something."""
    laid_out = {}
    with _no_web_app():
        for code in languages():
            with locale.speaking(code):
                laid_out[code] = _lay_out(services)
        demo = laid_out.pop(SOURCE)
        language.join(demo, laid_out)
    return demo.queue(max_size=services.settings.queue_size)


@contextmanager
def _no_web_app() -> Iterator[None]:
    """Within it no page gets routes: Gradio makes all of them anew whenever a layout ends."""
    make = App.create_app
    App.create_app = staticmethod(lambda *_, **__: None)
    try:
        yield
    finally:
        App.create_app = staticmethod(make)


def _lay_out(services: Services) -> gr.Blocks:
    """The page in the language that is spoken."""
    with gr.Blocks(
        title=locale.TITLE,
        analytics_enabled=False,
        fill_width=True,
        delete_cache=(HOUR, DAY),  # a day, because a page that is left open keeps its download buttons
    ) as demo:
        gr.HTML(f'<div class="rd-head"><h1>{locale.TITLE}</h1><p>{locale.LEAD}</p>{language.chooser()}</div>')
        model_status.build(services, demo)
        owner = owner_state()  # outside the tabs: what is in a tab is not there before the tab is opened
        with gr.Tab(locale.CLASSIFY, id="classify"):
            tab.build(services, demo)
        with gr.Tab(locale.GENERATE, id="generate"):
            GenerateTab(services, demo, owner)
        with gr.Tab(locale.TABLE, id="table"):
            TableTab(services, demo, owner)
        with gr.Tab(locale.METRICS, id="metrics"):
            metrics.build()
        api.register(services)
        demo.load(None, js=accessibility.ARROWS, api_visibility="private")

        def leave(request: gr.Request) -> None:
            services.tickets.leave(request.session_hash)

        demo.unload(leave)
    return demo


def launch_options(services: Services) -> dict[str, Any]:
    """What `launch` is told: appearance, address, who is let in, and the narrow door to files."""
    settings = services.settings
    return {
        "server_name": settings.host,
        "server_port": settings.port,
        "theme": style.theme(),
        "css": style.CSS,
        "show_error": not settings.public,
        "enable_monitoring": False,
        # What Gradio keeps of a session it never gives back, and beyond its capacity it forgets whichever was
        # not used for longest, also an open page. `Admission` forgets earlier, and fairly.
        "state_session_capacity": 2 * settings.sessions + SPARE,
        "max_threads": THREADS + settings.max_running + settings.max_waiting,
        "share": False,
        "allowed_paths": [],
        "max_file_size": f"{settings.max_upload_mb}mb",
        "footer_links": ["api", "settings"],
        "i18n": language.I18N,
        "app_kwargs": {"middleware": [Middleware(Admission, services=services), Middleware(language.Spoken)]},
    }
