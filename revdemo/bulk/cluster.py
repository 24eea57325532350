"""The Ray cluster that work is shared out on: the one named, or a local one for as long as the work takes."""

from __future__ import annotations

import importlib.util
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from revdemo.errors import RevdemoError
from revdemo.files import PACKAGE

PORT = 6379  # of a head node that says no other
PATIENCE = 5  # seconds for a head node to answer
LOCAL_MEMORY = 200 * 2**20  # bytes of a local cluster's object store: a few parts of a table at a time


@dataclass(frozen=True)
class Crew:
    """Who shares the work, and where.

    address: of a running cluster, `host:port`, `ray://host:port` or `auto`; None starts a local one.
    gpus: how much of a GPU each worker holds; fractions are allowed.
    """

    workers: int = 2
    address: str | None = None
    gpus: float = 0.0

    def check(self) -> None:
        """Refuse what cannot work, before any model is loaded.

        Raises:
            RevdemoError: Ray is not installed, a number is out of range, or nobody answers at the address.
        """
        check_installed()
        if self.workers < 1:
            raise RevdemoError("The number of workers is {n}: ask for at least 1.", n=self.workers)
        if self.gpus < 0 or (self.gpus > 1 and self.gpus != int(self.gpus)):
            raise RevdemoError(
                ("The number of GPUs per worker is {n}: ask for 0 to 1, or a whole number."), n=self.gpus
            )
        if self.place and self.place not in ("auto", "local"):
            _check_answer(self.place)

    @property
    def holds(self) -> dict[str, float]:
        """What Ray keeps free for each worker, as the names of its options say."""
        return {"num_gpus": self.gpus} if self.gpus else {"num_cpus": 1}

    @property
    def place(self) -> str | None:
        """The address given, else that of RAY_ADDRESS, else None."""
        return self.address or os.environ.get("RAY_ADDRESS") or None


def check_installed() -> None:
    """Refuse to work with Ray where it is not installed."""
    if importlib.util.find_spec("ray") is None:
        raise RevdemoError(
            "The engine ray is not installed: run pip install {package}, or leave --engine out.",
            package='"ray[data]"',
        )


@contextmanager
def connected(crew: Crew) -> Iterator[str]:
    """Connect to the cluster for the length of a block; yields the address of its dashboard, "" for none.

    A process that is connected already stays so, to that cluster, whatever the crew says.

    Raises:
        RevdemoError: the cluster cannot be joined.
    """
    import ray  # here: the plain engine never imports it

    if ray.is_initialized():
        yield ""
        return
    here = {
        "PYTHONPATH": os.pathsep.join([str(PACKAGE.parent), *filter(None, [os.environ.get("PYTHONPATH")])])
    }
    if crew.place and crew.place != "local":
        more: dict = {"address": crew.place}
    else:
        # One more than the workers, for who reads the table.
        more = {"address": "local", "num_cpus": crew.workers + 1, "object_store_memory": LOCAL_MEMORY}
        more["runtime_env"] = {"env_vars": here}
    try:
        context = ray.init(log_to_driver=False, logging_level="ERROR", **more)
    except (ConnectionError, RuntimeError, ValueError, TimeoutError) as error:
        raise RevdemoError(
            "The Ray cluster {address} cannot be joined: {reason}. Start one with ray start --head, or leave "
            "--ray-address out.",
            address=crew.place or "local",
            reason=str(error).splitlines()[0].rstrip("."),
        ) from error
    try:
        yield getattr(context, "dashboard_url", "") or ""
    finally:
        ray.shutdown()


def _check_answer(address: str) -> None:
    """Ask for a connection, which Ray itself would do for minutes."""
    host, _, port = address.removeprefix("ray://").rpartition(":")
    host, port = (host, port) if host else (port, str(PORT))
    try:
        with socket.create_connection((host.strip("[]"), int(port)), timeout=PATIENCE):
            return
    except (OSError, ValueError) as error:
        raise RevdemoError(
            "Nobody answers at the Ray address {address}: {reason}. Start a cluster with ray start --head, "
            "or leave --ray-address out.",
            address=address,
            reason=getattr(error, "strerror", None) or str(error),
        ) from error
