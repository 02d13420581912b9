"""Server-sent events of endpoints that yield (WHATWG HTML, section 9.2).

@app.get("/quacks", response_class=EventSourceResponse)
async def quacks() -> AsyncIterable[Duck]:
    yield Duck(name="Jemima")
    yield ServerSentEvent(data="quack", event="noise", id="7")

What is yielded becomes the data of an event, as JSON. The toolkit's classes of the same names (`webfoot.web`) know
nothing of types: there a text is sent as it is.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterable, Iterable, Mapping
from typing import Annotated, Any, ClassVar, Final, Self

from pydantic import AfterValidator, BaseModel, Field, model_validator
from pydantic_core import to_json

from webfoot.api.json_lines import untyped_json
from webfoot.web.background import BackgroundTask
from webfoot.web.responses.events import EventSourceResponse as UntypedEventSourceResponse
from webfoot.web.responses.whole import encode_text

_line_ends: Final = re.compile(r"\r\n|\r|\n")  # those of section 9.2.5; str.splitlines() knows more


def _one_line(text: str | None) -> str | None:
    """Whoever can write a line end could write fields and events of their own."""
    if text is not None and _line_ends.search(text) is not None:
        raise ValueError("has to be a single line")
    return text


def _no_nul(text: str | None) -> str | None:
    """A browser ignores an id with NUL in it."""
    if text is not None and "\0" in text:
        raise ValueError("must not contain a null character")
    return text


class ServerSentEvent(BaseModel):
    """One event.

    data: any value that JSON can say; it is always written as JSON, a text in quotes. raw_data: a text that is sent as
    it is, in the place of `data`. event: its type, for which the page listens; "message" where none is given. id: what
    the browser sends as Last-Event-ID when it connects again. retry: the milliseconds that it waits until then.
    comment: lines that it ignores.
    """

    data: Any = None
    raw_data: str | None = None
    event: Annotated[str | None, AfterValidator(_one_line)] = None
    id: Annotated[str | None, AfterValidator(_one_line), AfterValidator(_no_nul)] = None
    retry: Annotated[int | None, Field(ge=0)] = None
    comment: str | None = None

    @model_validator(mode="after")
    def _has_one_kind_of_data(self) -> Self:
        if self.data is not None and self.raw_data is not None:
            raise ValueError("data (written as JSON) and raw_data (sent as it is) cannot both be given")
        return self

    def encode(self) -> bytes:
        """As it is sent. JSON's errors are raised here."""
        data = self.data
        if data is None:
            text = self.raw_data
        elif isinstance(data, BaseModel):
            text = to_json(data, by_alias=True).decode()
        else:
            text = untyped_json(data)
        return format_sse_event(data_str=text, event=self.event, id=self.id, retry=self.retry, comment=self.comment)


def format_sse_event(
    *,
    data_str: str | None = None,
    event: str | None = None,
    id: str | None = None,
    retry: int | None = None,
    comment: str | None = None,
) -> bytes:
    """An event as it is sent, with data that is written already: lines in UTF-8, an empty one behind them."""
    lines = [] if comment is None else [f": {line}" for line in _line_ends.split(comment)]
    if event is not None:
        lines.append(f"event: {event}")
    if data_str is not None:
        lines += [f"data: {line}" for line in _line_ends.split(data_str)]
    if id is not None:
        lines.append(f"id: {id}")
    if retry is not None:
        lines.append(f"retry: {retry}")
    return encode_text("\n".join([*lines, "", ""]), "utf-8")


class EventSourceResponse(UntypedEventSourceResponse):
    """What `response_class` says of an endpoint that yields events.

    A ping, a comment, is sent after `ping` seconds without an event; a subclass has another number, or None for none,
    in `ping_every`. The stream ends as that of the toolkit: with the generator, when the client goes, and when the
    server is told to stop.

    Built by hand over an iterator of your own, it sends events, and texts and bytes as they are.
    """

    ping_every: ClassVar[float | None] = 15

    def __init__(
        self,
        content: AsyncIterable[Any] | Iterable[Any],
        status_code: int = 200,
        headers: Mapping[str, str] | None = None,
        media_type: str | None = None,
        background: BackgroundTask | None = None,
    ) -> None:
        super().__init__(content, status_code, headers, media_type, background, ping=self.ping_every)
        if not any(name.lower() == "cache-control" for name in headers or ()):
            self.headers["cache-control"] = "no-cache"

    def _encode(self, chunk: Any) -> bytes:
        if isinstance(chunk, ServerSentEvent):
            return chunk.encode()
        return encode_text(chunk, "utf-8") if isinstance(chunk, str) else super()._encode(chunk)
