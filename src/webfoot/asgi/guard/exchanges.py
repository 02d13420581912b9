"""One call of the application, watched from both sides: where each is, and what each event does to that."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, Final

from webfoot.asgi.extensions import offers
from webfoot.asgi.guard.response import Response
from webfoot.asgi.guard.shapes import (
    Complain,
    check_body,
    check_close,
    check_data,
    check_extension_event,
    check_flag,
    check_headers,
    entry,
    replayable,
    show,
)
from webfoot.asgi.states import (
    EXTENSION_OF,
    HTTP_RECEIVE,
    HTTP_SEND,
    LIFESPAN_RECEIVE,
    LIFESPAN_SEND,
    WEBSOCKET_RECEIVE,
    WEBSOCKET_SEND,
    Table,
    events_of,
    explain,
    row_of,
)
from webfoot.asgi.types import Message, Receive, Scope, Send


class Exchange(ABC):
    """What the three protocols share: the order of events, held to their tables.

    A subclass names its tables and the rules for breaking them, and looks at what is inside the events.
    """

    send_table: ClassVar[Table]
    send_rule: ClassVar[str]
    receive_table: ClassVar[Table]
    receive_rule: ClassVar[str]

    # Where an exchange begins; the object has its own when it comes further, which spares each the setting of them.
    send_state: str
    receive_state: str
    gone = False
    """The client left, or the server refused an event: from here on nobody owes anybody a complete answer."""

    def __init_subclass__(cls) -> None:
        cls.send_state = next(iter(cls.send_table))
        cls.receive_state = next(iter(cls.receive_table))

    def __init__(self, scope: Scope, receive: Receive, send: Send, complain: Complain) -> None:
        self.scope = scope
        self.complain = complain
        self._receive = receive
        self._send = send

    async def send(self, message: Message) -> None:
        message = replayable(message)
        self.send_state = self._hold_sent(message)
        try:
            await self._send(message)
        except Exception:
            self.gone = True
            raise

    async def receive(self) -> Message:
        message = await self._receive()
        self.receive_state = self._hold_received(message)
        if self.receive_state == "disconnected":
            self.gone = True
        return message

    def _hold_sent(self, message: Message) -> str:
        state = self.send_state
        row = _row_of(message)
        if row is None:
            self.complain("event-shape", f"{show(message)} was sent")
            return state
        following = self.send_table[state].get(row)
        if following is None:
            strange = row not in events_of(self.send_table)
            self.complain("unknown-event" if strange else self.send_rule, explain(self.send_table, state, row))
            return state
        if row in EXTENSION_OF:
            self._hold_extension(message, row)
        self.sent(message, following)
        return following

    def _hold_extension(self, message: Message, row: str) -> None:
        extension = EXTENSION_OF[row]
        if not offers(self.scope, extension):
            flag = " with trailers" if row == "http.response.start+trailers" else ""
            self.complain(
                "extension-not-offered",
                f"{message['type']}{flag} was sent without {extension!r} in scope['extensions']",
            )

    def _hold_received(self, message: Message) -> str:
        state = self.receive_state
        row = _row_of(message)
        if row is None:
            self.complain("received-event-shape", f"{show(message)} was received")
            return state
        following = self.receive_table[state].get(row)
        if following is None:
            strange = row not in events_of(self.receive_table)
            found = explain(self.receive_table, state, row)
            self.complain("received-unknown-event" if strange else self.receive_rule, found)
            return state
        self.received(message)
        return following

    @abstractmethod
    def sent(self, message: Message, following: str) -> None:
        """Look into an event that the application sends in order; `following` is the state that it leads to."""

    @abstractmethod
    def received(self, message: Message) -> None:
        """Look into an event that the server hands out in order."""

    @abstractmethod
    def returned(self) -> None:
        """The application has returned (not raised): has it done its part?"""


class HTTPExchange(Exchange):
    send_table = HTTP_SEND
    send_rule = "response-order"
    receive_table = HTTP_RECEIVE
    receive_rule = "request-order"

    debugged = False

    def __init__(self, scope: Scope, receive: Receive, send: Send, complain: Complain) -> None:
        super().__init__(scope, receive, send, complain)
        self.response = Response(scope.get("method", "GET"), complain)

    def sent(self, message: Message, following: str) -> None:
        last = following in ("trailers", "done")
        match message["type"]:
            case "http.response.start":
                self.response.start(message)
            case "http.response.body":
                self.response.part(message, last=last)
            case "http.response.zerocopysend" | "http.response.pathsend":
                self.response.file(message, last=last)
            case "http.response.trailers":
                check_flag(message, "more_trailers", self.complain)
                check_headers("http.response.trailers", message.get("headers"), self.complain)
            case "http.response.push":
                check_headers("http.response.push", message.get("headers"), self.complain)
                check_extension_event(message, self.complain)
            case "http.response.early_hint":
                check_extension_event(message, self.complain)
            case "http.response.debug":
                if self.debugged:
                    self.complain("debug-once", "http.response.debug was sent a second time")
                self.debugged = True
                check_extension_event(message, self.complain)

    def received(self, message: Message) -> None:
        if message["type"] == "http.request":
            check_flag(message, "more_body", self.complain, rule="request-flag-type")
            check_body(message, self.complain, rule="request-body-type")

    def returned(self) -> None:
        if self.send_state != "done" and not self.gone:
            missing = {
                "start": "before http.response.start",
                "trailers": "before http.response.trailers",
            }.get(self.send_state, "before the last http.response.body")
            self.complain("response-incomplete", f"the application returned {missing}")


class WebSocketExchange(Exchange):
    send_table = WEBSOCKET_SEND
    send_rule = "websocket-order"
    receive_table = WEBSOCKET_RECEIVE
    receive_rule = "websocket-receive-order"

    def __init__(self, scope: Scope, receive: Receive, send: Send, complain: Complain) -> None:
        super().__init__(scope, receive, send, complain)
        self.denial = Response("GET", complain)

    def sent(self, message: Message, following: str) -> None:
        name = message["type"]
        if self.receive_state == "handshake":
            self.complain("websocket-too-early", f"{name} was sent before websocket.connect was received")
        match name:
            case "websocket.accept":
                self._accept(message)
            case "websocket.send":
                check_data(message, self.complain, data="websocket-data", kind="websocket-data-type")
            case "websocket.close" if self.send_state == "open":  # before that it is a 403, without code and reason
                check_close(message, self.complain)
            case "websocket.http.response.start":
                self.denial.start(message)
            case "websocket.http.response.body":
                self.denial.part(message, last=following == "closed")

    def _accept(self, message: Message) -> None:
        name = message["type"]
        protocol = message.get("subprotocol")
        if protocol is not None and not isinstance(protocol, str):
            self.complain("subprotocol-type", f"{name} has the subprotocol {show(protocol)}")
        elif protocol is not None and protocol not in self.scope.get("subprotocols", ()):
            others = "" if self.scope.get("subprotocols") else ", and the client offered none"
            self.complain("subprotocol-offered", f"{name} has the subprotocol {protocol!r}{others}")
        headers = check_headers(name, message.get("headers", ()), self.complain)
        if headers and (self.scope.get("asgi") or {}).get("spec_version", "2.0") == "2.0":
            self.complain("accept-headers", f"{name} has headers")
        if any(key == b"sec-websocket-protocol" for key, _ in headers):
            self.complain("accept-header-protocol", f"{name} has the header 'sec-websocket-protocol'")

    def received(self, message: Message) -> None:
        if message["type"] == "websocket.receive":
            if self.send_state in ("handshake", "denial"):
                self.complain("websocket-receive-early", "websocket.receive was sent before websocket.accept")
            check_data(message, self.complain, data="received-data", kind="received-data-type")
        elif message["type"] == "websocket.disconnect":
            code, reason = message.get("code"), message.get("reason")
            if not isinstance(code, int) or isinstance(code, bool):
                self.complain("disconnect-code", f"websocket.disconnect has {entry(message, 'code')}")
            if reason is not None and not isinstance(reason, str):
                self.complain("disconnect-reason", f"websocket.disconnect has {entry(message, 'reason')}")

    def returned(self) -> None:
        if self.gone:
            return
        if self.send_state == "handshake":
            self.complain("websocket-unanswered", "the application returned without an answer")
        elif self.send_state == "denial":
            found = "the application returned before the last websocket.http.response.body"
            self.complain("response-incomplete", found)


class LifespanExchange(Exchange):
    send_table = LIFESPAN_SEND
    send_rule = "lifespan-order"
    receive_table = LIFESPAN_RECEIVE
    receive_rule = "lifespan-receive-order"

    def sent(self, message: Message, following: str) -> None:
        name = message["type"]
        asked = name.rpartition(".")[0]
        if self.receive_state == self.send_state:  # both tables leave a state of the same name: asked, answered
            self.complain("lifespan-too-early", f"{name} was sent before {asked} was received")
        if name.endswith(".failed") and not isinstance(message.get("message", ""), str):
            self.complain("lifespan-message", f"{name} has the message {show(message['message'])}")

    def received(self, message: Message) -> None:
        if message["type"] == "lifespan.shutdown" and self.send_state != "running":
            found = "lifespan.shutdown was sent before the application's lifespan.startup.complete"
            self.complain("lifespan-receive-early", found)

    def returned(self) -> None:
        if self.send_state != "done" and not self.gone:
            phase = "lifespan.startup" if self.send_state == "startup" else "lifespan.shutdown"
            self.complain("lifespan-unanswered", f"the application returned without an answer to {phase}")


EXCHANGES: Final[dict[str, type[Exchange]]] = {
    "http": HTTPExchange,
    "websocket": WebSocketExchange,
    "lifespan": LifespanExchange,
}


def _row_of(message: Any) -> str | None:
    """Its name in the tables; None for what is no event."""
    if type(message) is not dict and not isinstance(message, Mapping):  # abstract classes are slow to ask
        return None
    if not isinstance(message.get("type"), str):
        return None
    return row_of(message)
