"""The page: title, state of the models, one tab a module."""

from typing import Any

import gradio as gr
from starlette.middleware import Middleware

from revdemo.settings import Settings
from revdemo.ui import api, classify, keys, language, metrics, runs, status, strings, style
from revdemo.ui.generate import GenerateTab
from revdemo.ui.state import QUIET, Services
from revdemo.ui.table import TableTab

HOUR = 3600
DAY = 24 * HOUR
# Of so many visitors Gradio keeps what they see, the oldest forgotten first. Each takes half a megabyte,
# never given back: its own limit of 10,000 would fill the memory of a Space that runs for weeks.
SESSIONS = 500


def build(services: Services) -> gr.Blocks:
    """The whole page, in both languages; no model is loaded before it is shown or asked for something."""
    with strings.speaking("es"):
        spanish = _lay_out(services)
    with strings.speaking("en"):
        demo = _lay_out(services)
    language.join(demo, spanish)
    return demo.queue(max_size=services.settings.queue_size)


def _lay_out(services: Services) -> gr.Blocks:
    """The page in the language that is spoken."""
    with gr.Blocks(
        title=strings.TITLE,
        analytics_enabled=False,
        fill_width=True,
        delete_cache=(HOUR, DAY),  # a day, because a page that is left open keeps its download buttons
    ) as demo:
        gr.HTML(
            f'<div class="rd-head"><h1>{strings.TITLE}</h1><p>{strings.LEAD}</p>{language.chooser()}</div>'
        )
        status.build(services, demo)
        owner = runs.owner_state()  # outside the tabs: what is in a tab is not there before the tab is opened
        with gr.Tab(strings.CLASSIFY, id="classify"):
            classify.build(services)
        with gr.Tab(strings.GENERATE, id="generate"):
            GenerateTab(services, demo, owner)
        with gr.Tab(strings.TABLE, id="table"):
            TableTab(services, demo, owner)
        with gr.Tab(strings.METRICS, id="metrics"):
            metrics.build()
        api.register(services)
        demo.load(services.start, **QUIET)
        demo.load(None, js=keys.ARROWS, api_visibility="private")

        def leave(request: gr.Request) -> None:
            services.tickets.leave(request.session_hash)

        demo.unload(leave)
    return demo


def launch_options(settings: Settings) -> dict[str, Any]:
    """What `launch` is told: appearance, address, and the narrow door to files."""
    return {
        "server_name": settings.host,
        "server_port": settings.port,
        "theme": style.theme(),
        "css": style.CSS,
        "show_error": not settings.public,
        "enable_monitoring": False,
        "state_session_capacity": SESSIONS,
        "share": False,
        "allowed_paths": [],
        "max_file_size": f"{settings.max_upload_mb}mb",
        "footer_links": ["api", "settings"],
        "i18n": language.I18N,
        "app_kwargs": {"middleware": [Middleware(language.Spoken)]},
    }
