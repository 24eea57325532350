"""The demo in the browser: `python app.py` (`--help` lists the settings), or `demo` for who imports it."""

import gc
import os
import sys

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
os.environ.setdefault("GRADIO_RUN_HISTORY", "False")  # the ledger keeps runs, and it alone
# oneDNN keeps what it compiled for each length of text it met, 1,024 of them and a megabyte or two each.
os.environ.setdefault("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "16")
# Gradio asks matplotlib, which captum brings along, for its backend at the first event; one that is named
# costs nothing, and to find one takes half a second.
os.environ.setdefault("MPLBACKEND", "agg")
# Who asks is said by the connection, or by a proxy that the setting behind_proxy names, never by the visitor.
os.environ.setdefault("FORWARDED_ALLOW_IPS", "")

from revdemo.errors import RevdemoError
from revdemo.settings import Settings, load_settings
from revdemo.ui.gradio_import import without_stubs

with without_stubs():
    if __name__ == "__main__":  # who imports the page need not load the models, after which it is on again
        gc.disable()  # a fifth of a start was looking through what stays anyway
    from revdemo.ui.page import build
    from revdemo.ui.services.services import Services
    from revdemo.ui.startup import serve


def settings_or_exit(argv: list[str] | None) -> Settings:
    """The settings; what is wrong with them is said in a line, not in a traceback."""
    try:
        return load_settings(argv)
    except RevdemoError as error:
        sys.exit(f"revdemo: {error}")


settings = settings_or_exit(sys.argv[1:] if __name__ == "__main__" else None)
# Uploads and downloads, in a folder that no other app fills; Gradio reads this while the page is built.
os.environ.setdefault("GRADIO_TEMP_DIR", str(settings.cache / "files"))
services = Services(settings)
demo = build(services)

if __name__ == "__main__":
    serve(demo, services)
