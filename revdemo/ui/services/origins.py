"""Which names the app answers to, which websites may call it, and what its page may do."""

import ipaddress
from collections.abc import Mapping
from urllib.parse import urlsplit

from revdemo.errors import RevdemoError
from revdemo.settings import Settings

SAFE = ("GET", "HEAD", "OPTIONS")
PORTS = {"http": 80, "https": 443}
HUB = "https://huggingface.co"  # which the page of a Space asks for the state of its Space


def names(text: str) -> list[str]:
    """The parts of a list that is separated by commas."""
    return [part.strip().rstrip("/").lower() for part in text.split(",") if part.strip()]


def is_loopback(host: str) -> bool:
    """Whether a name or an address is of this machine alone."""
    host = host.lower().rstrip(".")
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


class Origins:
    """Refuses requests that a foreign website made a visitor's browser send."""

    def __init__(self, settings: Settings):
        self.settings = settings
        self.hosts, self.origins = names(settings.hosts), names(settings.origins)
        self.is_local = is_loopback(settings.host)

    def check(self, method: str, headers: Mapping[str, str]) -> None:
        """Refuse a request by another name than the app's, or from a foreign website.

        Args:
            headers: of the request, by lower-case name.

        Raises:
            RevdemoError: it is refused; the message says what to do.
        """
        self._check_host(headers.get("host", ""))
        if method not in SAFE:
            self._check_origin(headers)

    def _check_host(self, host: str) -> None:
        """A foreign name that is made to point here (DNS rebinding) would read this app's answers."""
        name = _name(host)
        if is_loopback(name) if self.is_local else not self.hosts:
            return
        if name not in self.hosts:
            raise RevdemoError(
                "This app does not answer to the name {name}. Open it by the address that it was started "
                "with, or add the name to the setting hosts.",
                name=name or "''",
            )

    def _check_origin(self, headers: Mapping[str, str]) -> None:
        origin = headers.get("origin", "").lower()
        if not origin:
            foreign = headers.get("sec-fetch-site", "") == "cross-site"
        else:
            asked = [headers.get("host", "")]
            if self.settings.behind_proxy:
                asked.append(headers.get("x-forwarded-host", "").split(",")[0].strip())
            own = {_authority(f"//{host.lower()}", origin) for host in asked if host}
            found = _authority(origin, origin)
            foreign = (found is None or found not in own) and origin not in self.origins
        if foreign:
            raise RevdemoError(
                "Refused: the request comes from another website, {origin}. Open the app's own page, or add "
                "the website to the setting origins.",
                origin=origin or "null",
            )

    def policies(self) -> dict[str, str]:
        """The headers of a page: who may frame it, and where its scripts may come from and talk to.

        Gradio's scripts make functions out of text and put styles into elements, hence the two exceptions.
        """
        frames = " ".join(["'self'", *names(self.settings.framed_by)])
        calls = f"'self' data: blob: {HUB}" if "huggingface.co" in frames else "'self' data: blob:"
        content = {
            "default-src": "'self'",
            "script-src": "'self' 'unsafe-inline' 'unsafe-eval' blob:",
            "style-src": "'self' 'unsafe-inline'",
            "img-src": "'self' data: blob:",
            "font-src": "'self' data:",
            "media-src": "'self' data: blob:",
            "worker-src": "'self' blob:",
            "connect-src": calls,
            "object-src": "'none'",
            "base-uri": "'self'",
            "form-action": "'self'",
            "frame-ancestors": frames,
        }
        return {
            "content-security-policy": "; ".join(f"{name} {value}" for name, value in content.items()),
            "x-content-type-options": "nosniff",
            "referrer-policy": "same-origin",
        }


def _name(host: str) -> str:
    """The name in a Host header, without its port."""
    try:
        return (urlsplit(f"//{host}").hostname or "").rstrip(".")
    except ValueError:
        return ""


def _authority(address: str, origin: str) -> tuple[str, int | None] | None:
    """The name and the port of an address; a port that is left out is the one of the origin's scheme."""
    try:
        found, port = urlsplit(address), PORTS.get(urlsplit(origin).scheme)
        return (found.hostname or "", found.port or port) if found.hostname else None
    except ValueError:
        return None
