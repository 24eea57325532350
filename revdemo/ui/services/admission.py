"""What a request has to pass before Gradio sees it: its origin, its size, and the share of its visitor."""

import json
import secrets
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from contextlib import nullcontext
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from starlette.datastructures import Headers
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response

from revdemo.errors import RevdemoError
from revdemo.ui import locale
from revdemo.ui.services import events, visitors
from revdemo.ui.services.events import Refused
from revdemo.ui.services.origins import Origins
from revdemo.ui.services.services import Services
from revdemo.ui.services.uploads import MB, named

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

API = "/gradio_api"
CALL, AT_ONCE = "/call/", ("/run/", "/api/")
EVENTS = ("/queue/join", CALL, *AT_ONCE)  # what begins an event
SLACK = 50  # sessions that Gradio holds and nobody is known to have
LONGEST_NAME = 200  # characters that a session's name may have
DRAINED = 300 * MB  # of a request that was refused, at most
ESCAPED = 12  # bytes that a character takes in JSON, at most


class Admission:
    """Middleware: refuses in a sentence what the app does not take, and notes who asks and who follows."""

    def __init__(self, app: Callable[[Scope, Receive, Send], Awaitable[None]], services: Services):
        self.app, self.services, self.settings = app, services, services.settings
        self.origins = Origins(self.settings)
        self.largest_body = MB + ESCAPED * self.settings.max_characters

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":  # Gradio has no websockets
            return await self.app(scope, receive, send)
        self.services.followers.known = True
        visitors.lighten(scope["app"].state_holder)
        receive, send = _Incoming(receive), _Outgoing(send)
        headers, path = Headers(scope=scope), scope["path"].removeprefix(scope.get("root_path", ""))
        path = path.removeprefix(API)
        try:
            self._check_origin(scope["method"], headers)
            if scope["method"] == "HEAD" and not path.strip("/"):
                # Whether the page is up; making half a megabyte of it, to send its length, takes seconds on a
                # busy machine, and Gradio's own question at the start has three.
                await HTMLResponse(headers=self.origins.policies())(scope, receive, send)
            elif scope["method"] != "POST":
                if not path.strip("/"):
                    self.services.visited.set()
                with self._followed(path, scope):
                    await self.app(scope, receive, self._with_policies(send))
                self._end_call(path, scope)
            elif path.rstrip("/") == "/upload":
                await self._upload(scope, receive, send, self._visitor(scope, headers))
            else:
                await self._event(scope, receive, send, path, self._visitor(scope, headers))
        except Refused as refused:
            await receive.drain(DRAINED)
            await _answer(path, headers, refused)(scope, receive, send)
        except Exception as error:  # of a route of Gradio's, which trusts what it is sent
            unread = events.not_one_of_ours(scope["method"], path, error)
            await (send.end() if send.begun else _answer(path, headers, unread)(scope, receive, send))

    def _visitor(self, scope: Scope, headers: Headers) -> str:
        return visitors.address(headers, (scope.get("client") or (None,))[0], self.settings.behind_proxy)

    def _check_origin(self, method: str, headers: Headers) -> None:
        try:
            self.origins.check(method, headers)
        except RevdemoError as error:
            raise Refused(HTTPStatus.FORBIDDEN, error) from error

    # --- events ---

    async def _event(self, scope: Scope, receive: Receive, send: Send, path: str, visitor: str) -> None:
        """An event, or what else is posted."""
        body, send = await self._body(receive), self._with_policies(send)
        if not path.startswith(EVENTS):
            await self.app(scope, _replayed(body, receive), send)
            return
        event, blocks = events.read(body), scope["app"].get_blocks()
        changed = events.mend(event, body)
        self._admit(scope, path, event, visitor)
        if alone := path.startswith(AT_ONCE) and not event.get("session_hash"):
            event["session_hash"] = secrets.token_hex(16)  # or Gradio would make one of the whole page
        if events.fill(blocks, path, event) or changed or alone:
            body = json.dumps(event).encode()
        events.check(blocks, path, event)
        answer = bytearray()
        if path.startswith(CALL) and not event.get("session_hash"):
            send = _noted(send, answer)
        await self.app(scope, _replayed(body, receive), send)
        if name := events.begun(bytes(answer)):  # which is the name of its session too
            self._forget(scope, self.services.calls.saw(name, visitor))
        if alone:
            self._forget(scope, [event["session_hash"]])

    async def _body(self, receive: Receive) -> bytes:
        parts: list[bytes] = []
        length = 0
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                return b"".join(parts)
            parts.append(message.get("body", b""))
            length += len(parts[-1])
            if length > self.largest_body:
                raise Refused(
                    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
                    RevdemoError(
                        "The request is larger than {limit:,} bytes. Send less; a table is uploaded.",
                        limit=self.largest_body,
                    ),
                )
            if not message.get("more_body"):
                return b"".join(parts)

    def _admit(self, scope: Scope, path: str, body: dict[str, Any], visitor: str) -> None:
        """Note the session of an event, and refuse one too many or one that cannot be."""
        session = body.get("session_hash")
        if isinstance(session, str):
            if len(session) > LONGEST_NAME:
                raise Refused(HTTPStatus.BAD_REQUEST, RevdemoError("The name of the session is too long."))
            self._remember(scope, session, visitor)
        if path.startswith(EVENTS[:2]) and _waiting(scope, visitor, self.settings.behind_proxy) >= (
            own := self.settings.visitor_queue
        ):
            raise Refused(
                HTTPStatus.TOO_MANY_REQUESTS,
                RevdemoError(
                    "You already have {own} requests waiting, which is the limit for one "
                    "visitor. Wait for an answer, then ask again.",
                    own=own,
                ),
            )

    def _remember(self, scope: Scope, session: str, visitor: str) -> None:
        self._forget(scope, self.services.sessions.saw(session, visitor))

    def _forget(self, scope: Scope, sessions: Sequence[str]) -> None:
        """Let go of what is kept of these sessions, and of those that nobody is known to have."""
        holder, known = scope["app"].state_holder, (self.services.sessions, self.services.calls)
        if len(holder.session_data) > sum(map(len, known)) + SLACK:
            made_up = (name for name in list(holder.session_data) if not any(name in own for own in known))
            sessions = [*sessions, *made_up]
        for forgotten in sessions:
            holder.session_data.pop(forgotten, None)
            holder.time_last_used.pop(forgotten, None)

    def _end_call(self, path: str, scope: Scope) -> None:
        """The answer to a program was sent, or nobody waits for it any more."""
        event = path.rstrip("/").rpartition("/")[2]
        if event in self.services.calls:
            self.services.calls.drop(event)
            self._forget(scope, [event])

    def _followed(self, path: str, scope: Scope) -> Any:
        """For as long as a stream is open, somebody follows its session or its event."""
        kind, _, rest = path.lstrip("/").partition("/")
        key = rest.rstrip("/").rpartition("/")[2]
        if path.rstrip("/") == "/queue/data":
            [key] = parse_qs(scope.get("query_string", b"").decode("latin-1")).get("session_hash", [""])[:1]
        elif kind not in ("call", "heartbeat"):
            return nullcontext()
        return self.services.followers.following(key)

    # --- uploads ---

    async def _upload(self, scope: Scope, receive: Receive, send: Send, visitor: str) -> None:
        """An upload within the visitor's share; what it became is noted by the answer."""
        uploads, folder = self.services.uploads, Path(scope["app"].uploaded_file_dir)
        size = _length(Headers(scope=scope))
        try:
            uploads.begin(visitor, size, folder)
        except RevdemoError as error:
            raise Refused(HTTPStatus.TOO_MANY_REQUESTS, error) from error
        answer = bytearray()

        try:
            await self.app(scope, receive, _noted(send, answer))
        finally:
            uploads.end(visitor, size, named(bytes(answer)))

    # --- answers ---

    def _with_policies(self, send: Send) -> Send:
        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = {name.lower() for name, _ in message["headers"]}
                own = ((name.encode(), value.encode()) for name, value in self.origins.policies().items())
                added = [(name, value) for name, value in own if name not in given]
                message = {**message, "headers": [*message["headers"], *added]}
            await send(message)

        return sending


def _answer(path: str, headers: Headers, refused: Refused) -> Response:
    """A refusal as who asked can show it: an upload shows text, an event the detail of an object."""
    with locale.speaking(locale.asked_for(headers)):
        said = locale.said(refused.error)
    more = {"retry-after": "60"} if refused.status == HTTPStatus.TOO_MANY_REQUESTS else {}
    if path.startswith(EVENTS):
        return JSONResponse({"detail": said}, refused.status, more)
    return PlainTextResponse(said, refused.status, more)


class _Outgoing:
    """An answer on its way, which can be ended where it broke off."""

    def __init__(self, send: Send):
        self.send, self.begun = send, False

    async def __call__(self, message: Message) -> None:
        self.begun = True
        await self.send(message)

    async def end(self) -> None:
        """Send no more; what was sent is a whole answer to the client."""
        await self.send({"type": "http.response.body", "body": b"", "more_body": False})


class _Incoming:
    """A request's body as it comes, which may be left unread only by whoever does not answer it."""

    def __init__(self, receive: Receive):
        self.receive, self.whole = receive, False

    async def __call__(self) -> Message:
        message = await self.receive()
        self.whole = message["type"] != "http.request" or not message.get("more_body")
        return message

    async def drain(self, limit: int) -> None:
        """Take what is still sent, and forget it: who is cut off while sending does not see the answer."""
        while not self.whole and limit > 0:
            limit -= len((await self()).get("body", b""))


def _noted(send: Send, answer: bytearray) -> Send:
    """Send, and keep the beginning of what was answered."""

    async def noting(message: Message) -> None:
        answer.extend(message.get("body", b"") if len(answer) < MB else b"")
        await send(message)

    return noting


def _replayed(body: bytes, receive: Receive) -> Receive:
    """What was received, once more; then whatever comes."""
    sent = False

    async def receiving() -> Message:
        nonlocal sent
        if sent:
            return await receive()
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receiving


def _length(headers: Headers) -> int:
    """The bytes of an upload, which the server holds it to; who does not say them could send without end."""
    given = headers.get("content-length", "")
    if given.isascii() and given.isdecimal():
        return int(given)
    raise Refused(
        HTTPStatus.LENGTH_REQUIRED,
        RevdemoError("The upload does not say its length. Send it with a Content-Length header."),
    )


def _waiting(scope: Scope, visitor: str, behind_proxy: bool) -> int:
    """How many events of a visitor wait in Gradio's queue."""
    lines = scope["app"].get_blocks()._queue.event_queue_per_concurrency_id.values()
    waiting = [event.request for line in lines for event in line.queue]
    asked = [
        visitors.address(request.headers, request.client.host, behind_proxy)
        for request in waiting
        if getattr(request, "client", None)
    ]
    return asked.count(visitor)
