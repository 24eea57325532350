"""Gradio without its stubs: no source of a component is parsed at its import, and nothing else changes."""

import inspect
import subprocess
import sys

from revdemo.ui.gradio_import import without_stubs
from revdemo.ui.page import build
from tests.support.fakes_ui import services

COUNTED = """
import ast
from revdemo.ui.gradio_import import without_stubs
parsed, parse = [], ast.parse
def counted(source, *rest, **named):
    parsed.append("class Textbox" in str(source))
    return parse(source, *rest, **named)
ast.parse = counted
with without_stubs():
    import gradio
assert gradio.Textbox(label="A").label == "A" and hasattr(gradio.Button, "click")
print(sum(parsed))
"""


def test_no_source_of_a_component_is_parsed():
    done = subprocess.run([sys.executable, "-c", COUNTED], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "0"


def test_sources_are_found_as_ever_by_everybody_else():
    find = inspect.getfile
    with without_stubs():
        assert inspect.getfile(services).endswith("fakes_ui.py")
    assert inspect.getfile is find


def test_the_page_has_its_routes_once_it_is_built(settings):
    found = {getattr(route, "path", "") for route in build(services(settings)).app.routes}
    assert {"/", "/config"} <= found and len(found) > 20
