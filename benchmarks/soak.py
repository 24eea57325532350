"""Many visitors at once for a while: python -m benchmarks.soak --users 50 --minutes 10 [--scripted]

Starts the app on a loopback port with a data folder of its own. Each simulated visitor has an address of its
own (127.0.1.1 and on, which Linux has without being told) and an open page; it classifies, generates (and now
and then leaves in the middle), uploads a table and opens it, or leaves and comes back as somebody new.
Printed: answers of each kind with their median and 95th percentile in seconds, refusals by their sentence,
what went wrong, the memory of the app by the minute, and the tracebacks in its log. Ends by itself, with
status 1 if anything went wrong. With --scripted the models are scripted ones: the server alone is measured.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import secrets
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import psutil

ROOT = Path(__file__).resolve().parent.parent
API = "/gradio_api"
THINKS = 4.0  # seconds between two actions of a visitor, on average
ACTIONS = {"classify": 0.72, "generate": 0.1, "upload": 0.12, "leave": 0.06}
LEAVES_EARLY = 0.3  # of those who generate
START, ANSWER, OVER = 600.0, 120.0, 60.0  # seconds for the app to be up, for an answer, for the last of them
TEXTS = [one["text"] for one in json.loads((ROOT / "assets" / "examples.json").read_text(encoding="utf-8"))]
TABLE = ("text,stars\n" + "".join(f'"{text}",{1 + i % 5}\n' for i, text in enumerate(TEXTS))).encode()
SCRIPTED = """
import app
from revdemo.ui.page import build
from tests.support.fakes_ui import SlowGenerator, WordPolarity, services
loaders = {"load_generator": lambda _: SlowGenerator(pause=0.1), "load_polarity": lambda _: WordPolarity()}
app.services = services(app.settings, **loaders)
app.demo = build(app.services)
app.serve(app.demo, app.services)
"""


class Refused(Exception):
    """The app did not do what was asked, and said so in a sentence."""


class Seen:
    """What all visitors saw: seconds of answers by kind, refusals and errors by what was said."""

    def __init__(self):
        self.seconds: dict[str, list[float]] = defaultdict(list)
        self.refusals: Counter[str] = Counter()
        self.errors: Counter[str] = Counter()

    async def note(self, kind: str, action: Callable[[], Any]) -> None:
        """Do an action and keep how it went."""
        began = time.monotonic()
        try:
            await action()
        except Refused as refused:
            self.refusals[f"{kind}: {refused}"] += 1
        except (httpx.HTTPError, ValueError, KeyError) as error:
            self.errors[f"{kind}: {type(error).__name__}: {error}"[:160]] += 1
        else:
            self.seconds[kind].append(time.monotonic() - began)


class Visitor:
    """Somebody with an address and an open page."""

    def __init__(self, base: str, number: int, seen: Seen, seed: int):
        source = f"127.0.{1 + number // 250}.{1 + number % 250}"
        limits = httpx.Limits(max_connections=20)
        transport = httpx.AsyncHTTPTransport(local_address=source, limits=limits)
        self.client = httpx.AsyncClient(base_url=base, transport=transport, timeout=ANSWER)
        self.seen, self.rng = seen, random.Random(seed * 1000 + number)
        self.session, self.heart, self.config = "", None, {}

    async def live(self, until: float) -> None:
        """Come, do one thing after another, and go."""
        await asyncio.sleep(self.rng.uniform(0, THINKS))
        async with self.client:
            await self.seen.note("page", self.arrive)
            while time.monotonic() < until:
                [kind] = self.rng.choices(list(ACTIONS), list(ACTIONS.values()))
                await self.seen.note(kind, getattr(self, kind))
                left = until - time.monotonic()
                await asyncio.sleep(max(0.0, min(left, self.rng.expovariate(1 / THINKS))))
            self.close()

    async def arrive(self) -> None:
        """Open the page: its HTML, its config, and the stream that says it is open."""
        self.session = secrets.token_hex(6)
        (await self.client.get("/")).raise_for_status()
        self.config = (await self.client.get("/config")).raise_for_status().json()
        self.heart = asyncio.create_task(self._beat(self.session))

    async def leave(self) -> None:
        """Close the page, and come back as somebody new."""
        self.close()
        await self.arrive()

    def close(self) -> None:
        """Close the page."""
        if self.heart:
            self.heart.cancel()

    async def _beat(self, session: str) -> None:
        with suppress(httpx.HTTPError):
            async with self.client.stream("GET", f"{API}/heartbeat/{session}", timeout=None) as stream:
                async for _ in stream.aiter_lines():
                    pass

    async def classify(self) -> None:
        """Predict the stars of a text."""
        [found] = await self._call("predict", [self.rng.choice(TEXTS)])
        if found["label"] not in range(1, 6):
            raise ValueError(f"an answer without stars: {found}")

    async def generate(self) -> None:
        """Have reviews written; some do not wait for the end."""
        stars, seed = self.rng.randint(1, 5), self.rng.randrange(2**31)
        asked = [stars, 4, 1, 1, 0.0, None, None, 48, seed, "", False, None]
        await self._call("generate", asked, leaves=self.rng.random() < LEAVES_EARLY)

    async def upload(self) -> None:
        """Upload a table and open it, as the page does."""
        sent = await self.client.post(f"{API}/upload", files={"files": ("reviews.csv", TABLE)})
        if sent.status_code == httpx.codes.TOO_MANY_REQUESTS:
            raise Refused(sent.text)
        [path] = sent.raise_for_status().json()
        file = {"path": path, "orig_name": "reviews.csv", "meta": {"_type": "gradio.FileData"}}
        first = self._event("table-file", "upload")
        body = {"data": [file], "fn_index": first["id"], "session_hash": self.session}
        (await self.client.post(f"{API}/run/predict", json=body)).raise_for_status()
        await self._join(self._after(first), [None])

    def _event(self, element: str, kind: str) -> dict[str, Any]:
        [own] = [one["id"] for one in self.config["components"] if one["props"].get("elem_id") == element]
        return next(one for one in self.config["dependencies"] if [own, kind] in one["targets"])

    def _after(self, event: dict[str, Any]) -> dict[str, Any]:
        events = self.config["dependencies"]
        return next(one for one in events if one.get("trigger_after") == event["id"])

    async def _call(self, name: str, data: list[Any], leaves: bool = False) -> list[Any]:
        event = await self._posted(f"{API}/call/{name}", {"data": data})
        kind = ""
        async with self.client.stream("GET", f"{API}/call/{name}/{event}") as stream:
            async for line in stream.aiter_lines():
                if line.startswith("event: "):
                    kind = line.removeprefix("event: ")
                elif kind == "error":
                    raise Refused(json.loads(line.removeprefix("data: "))["error"])
                elif kind == "complete" or (leaves and kind == "generating"):
                    return json.loads(line.removeprefix("data: "))
        raise ValueError("the stream ended without an answer")

    async def _join(self, event: dict[str, Any], data: list[Any]) -> None:
        body = {"data": data, "fn_index": event["id"], "session_hash": self.session}
        await self._posted(f"{API}/queue/join", body)
        query = {"session_hash": self.session}
        async with self.client.stream("GET", f"{API}/queue/data", params=query) as stream:
            async for line in stream.aiter_lines():
                message = json.loads(line.removeprefix("data: ")) if line else {}
                if message.get("msg") == "process_completed":
                    if not message["success"]:
                        raise Refused(str(message["output"].get("error")))
                    return
        raise ValueError("the stream ended without an answer")

    async def _posted(self, path: str, body: dict[str, Any]) -> str:
        answer = await self.client.post(path, json=body)
        if answer.status_code in (httpx.codes.TOO_MANY_REQUESTS, httpx.codes.SERVICE_UNAVAILABLE):
            raise Refused(answer.json()["detail"])
        return answer.raise_for_status().json()["event_id"]


@asynccontextmanager
async def serving(folder: Path, scripted: bool) -> AsyncIterator[tuple[str, psutil.Process]]:
    """The app in a process of its own, ready to predict; its log is in the folder."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    own = {"DATA_DIR": str(folder), "CACHE": str(folder / "cache"), "PORT": str(port), "PUBLIC": "true"}
    environment = os.environ | {f"REVDEMO_{name}": value for name, value in own.items()}
    command = ["-c", SCRIPTED] if scripted else ["app.py"]
    with (folder / "log").open("wb") as log:
        app = subprocess.Popen([sys.executable, *command], cwd=ROOT, env=environment, stdout=log, stderr=log)
    try:
        base = f"http://127.0.0.1:{port}"
        first, until = Visitor(base, 999, Seen(), 0), time.monotonic() + START
        async with first.client:
            while time.monotonic() < until and app.poll() is None:
                with suppress(httpx.TransportError):
                    await first.classify()
                    break
                await asyncio.sleep(1)
            else:
                raise SystemExit(f"the app did not come up:\n{(folder / 'log').read_text()[-2000:]}")
        yield base, psutil.Process(app.pid)
    finally:
        app.terminate()
        try:
            app.wait(30)
        except subprocess.TimeoutExpired:
            app.kill()


async def measure(process: psutil.Process, until: float, every: float) -> list[float]:
    """The memory of the app in MB, at first and after each so many seconds."""
    found = []
    while True:
        parts = [process, *process.children(recursive=True)]
        found.append(sum(one.memory_info().rss for one in parts) / 2**20)
        left = until - time.monotonic()
        if left <= 0:
            return found
        await asyncio.sleep(min(every, left))


async def soak(users: int, minutes: float, scripted: bool, seed: int) -> bool:
    """Run it and print the tables; says whether nothing went wrong."""
    seen = Seen()
    with tempfile.TemporaryDirectory() as name:
        async with serving(Path(name), scripted) as (base, process):
            until = time.monotonic() + 60 * minutes
            memory = asyncio.create_task(measure(process, until, every=60.0))
            visitors = [asyncio.create_task(Visitor(base, i, seen, seed).live(until)) for i in range(users)]
            _, late = await asyncio.wait(visitors, timeout=60 * minutes + OVER)
            for one in late:
                one.cancel()
            used = await memory
        log = (Path(name) / "log").read_text(encoding="utf-8", errors="replace")
    tracebacks = log.count("Traceback (most recent call last)")
    show(seen, used, len(late), tracebacks)
    return not (seen.errors or late or tracebacks)


def show(seen: Seen, used: list[float], late: int, tracebacks: int) -> None:
    """Print what was seen."""
    print("| kind | answers | p50 (s) | p95 (s) |\n|---|---|---|---|")
    for kind, seconds in sorted(seen.seconds.items()):
        middle, high = np.percentile(seconds, (50, 95))
        print(f"| {kind} | {len(seconds)} | {middle:.2f} | {high:.2f} |")
    print(f"\nrefusals: {sum(seen.refusals.values())}; errors: {sum(seen.errors.values())}; late: {late}")
    for said, count in (seen.refusals + seen.errors).most_common(20):
        print(f"  {count} x {said}")
    print(f"memory by the minute (MB): {', '.join(f'{one:.0f}' for one in used)}")
    print(f"tracebacks in the log: {tracebacks}")


def main() -> int:
    """Run the command; returns its exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--users", type=int, default=50)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=7, help="of what the visitors do")
    parser.add_argument("--scripted", action="store_true", help="scripted models: measure the server alone")
    args = parser.parse_args()
    return 0 if asyncio.run(soak(args.users, args.minutes, args.scripted, args.seed)) else 1


if __name__ == "__main__":
    sys.exit(main())
