"""Who asks: visitors told apart by their address, the sessions of each, and which of them somebody follows.

A session's name is made up by the browser, so it says nothing of who asks, and neither does a header that a
visitor can send. The address of the connection does; behind a reverse proxy, what that proxy says of it.
"""

from __future__ import annotations

import ipaddress
import threading
from collections import Counter, OrderedDict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

NETWORK = 64  # bits of an IPv6 address that a provider gives to one customer


def address(headers: Mapping[str, str], peer: str | None, behind_proxy: bool) -> str:
    """The address of a visitor; of an IPv6 one its network, for it has as many addresses as it likes.

    Args:
        headers: of the request, by lower-case name.
        peer: the other end of the connection.
        behind_proxy: whether X-Forwarded-For is to be believed. The nearest address in it that is not of a
            private network counts: those before it may be made up.
    """
    asked = [peer or ""]
    if behind_proxy:
        asked = [*map(str.strip, headers.get("x-forwarded-for", "").split(",")), *asked]
    known = [found for one in asked if (found := _parsed(one))]
    if not known:
        return peer or ""
    public = [one for one in known if one.is_global]
    # Inside a private network the proxy's own entry is the last but the proxy itself.
    chosen = public[-1] if public else known[-2] if behind_proxy and len(known) > 1 else known[-1]
    if isinstance(chosen, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((chosen, NETWORK), strict=False))
    return str(chosen)


def _parsed(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """An address, also in brackets or with a port; IPv4 inside IPv6 as IPv4."""
    text = text.strip('"')
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        found = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found


def current(behind_proxy: bool) -> str:
    """The address of the visitor whose event is being answered; empty outside an event."""
    from gradio.context import LocalContext

    request = LocalContext.request.get(None)
    client = getattr(request, "client", None)
    return address(request.headers, client.host, behind_proxy) if client else ""


class Sessions:
    """The sessions of each visitor, the oldest forgotten first.

    Whoever has the most loses one, so that sessions made up by one visitor push out nobody else's.

    Args:
        limit: most sessions in all.
        share: most sessions of one visitor.
    """

    def __init__(self, limit: int, share: int):
        self.limit, self.share = limit, share
        self._visitors: OrderedDict[str, str] = OrderedDict()  # by session, the last used at the end
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._visitors)

    def __contains__(self, session: str) -> bool:
        return session in self._visitors

    def drop(self, session: str) -> None:
        """A session is over."""
        with self._lock:
            self._visitors.pop(session, None)

    def saw(self, session: str, visitor: str) -> list[str]:
        """Note that a visitor uses a session; returns the sessions to forget for it."""
        with self._lock:
            # A session stays with whoever began it: nobody's is taken over by naming it.
            self._visitors.setdefault(session, visitor)
            self._visitors.move_to_end(session)
            return self._over(self._visitors[session])

    def _over(self, visitor: str) -> list[str]:
        counts, forgotten = Counter(self._visitors.values()), []
        while counts[visitor] > self.share:
            forgotten.append(self._drop_oldest(visitor, counts))
        while len(self._visitors) > self.limit:
            [(most, _)] = counts.most_common(1)
            forgotten.append(self._drop_oldest(most, counts))
        return forgotten

    def _drop_oldest(self, visitor: str, counts: Counter[str]) -> str:
        oldest = next(session for session, own in self._visitors.items() if own == visitor)
        del self._visitors[oldest]
        counts[visitor] -= 1
        return oldest


class BarePage:
    """What Gradio makes a visitor's session of: the page, without the settings of each of its parts.

    A copy of those takes a tenth of a second and half a megabyte, and only Gradio's deep links read it.
    """

    blocks = frozenset[int]()

    def __init__(self, page: Any):
        self._page = page

    def __getattr__(self, name: str) -> Any:
        return getattr(self._page, name)


def lighten(holder: Any) -> None:
    """Have Gradio make its sessions of the bare page."""
    if not isinstance(page := getattr(holder, "blocks", None), BarePage | None):
        holder.blocks = BarePage(page)


class Followers:
    """Which sessions and events have a stream open, which is how a browser or a program follows a job."""

    def __init__(self) -> None:
        self._open: Counter[str] = Counter()
        self._lock = threading.Lock()
        self.known = False  # whether requests come through here at all

    @contextmanager
    def following(self, key: str) -> Iterator[None]:
        """Somebody follows a session or an event in this block."""
        with self._lock:
            self.known = True
            self._open[key] += 1
        try:
            yield
        finally:
            with self._lock:
                self._open[key] -= 1
                if not self._open[key]:
                    del self._open[key]

    def __contains__(self, key: Any) -> bool:
        return self._open.get(key, 0) > 0
