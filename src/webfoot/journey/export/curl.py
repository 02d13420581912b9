"""The request of a journey as a curl command for a POSIX shell."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence

from webfoot.journey.redact import printable
from webfoot.journey.saved.gaps import Gap, Text, filled, has_gap
from webfoot.journey.saved.reading import Journey, SavedError
from webfoot.journey.saved.request import Part, SentRequest, asks_for_websocket, request_of

_DOTS = re.compile(r"/\.{1,2}(/|\?|$)")
_ADDED_BY_CURL = {"accept": "*/*"}


def as_curl(journeys: Sequence[Journey], app: str = "") -> str:
    return "\n".join(_command(journey) for journey in journeys)


def _command(journey: Journey) -> str:
    if asks_for_websocket(journey):
        raise SavedError("curl does not speak WebSocket; --as pytest writes such a session as a test")
    request = request_of(journey)
    words = " \\\n  ".join(_words(request))
    return "".join(f"# {line}\n" for line in _comments(journey, request)) + f"curl {words}\n"


def _comments(journey: Journey, request: SentRequest) -> Iterator[str]:
    why = journey.get("why")
    if isinstance(why, dict):
        yield printable(f"answered with {journey.get('status') or 'nothing'}: {why.get('sentence')}")
    if request.gaps:
        yield f"was redacted, set it first: {', '.join(request.gaps)}"
    yield from request.lacks


def _words(request: SentRequest) -> Iterator[str]:
    has_body = request.body is not None or bool(request.form)
    if request.method == "HEAD":
        yield "--head"
    elif request.method != ("POST" if has_body else "GET"):
        yield f"--request {shlex.quote(request.method)}"
    yield from _where(request)
    for name, value in request.headers:
        if name.lower() == "accept-encoding":
            yield "--compressed"  # or curl would print the compressed bytes
        elif (_plain(value),) != (_ADDED_BY_CURL.get(name.lower()),):
            # "name;" is how curl is told of an empty field; without one it would leave the field out.
            yield f"--header {_word((f'{name}: ', *value) if value else (f'{name};',))}"
    if request.body is not None:
        if request.header("content-type") is None:
            yield "--header content-type:"  # or curl would call it a form
        yield f"--data-raw {_word(request.body)}"
    for part in request.form:
        if part.filename is None:
            yield f"--form-string {_word((f'{part.name}=', *part.value))}"
        else:
            yield f"--form {shlex.quote(_file(part))}"


def _file(part: Part) -> str:
    quoted = (part.filename or "").replace("\\", "\\\\").replace('"', '\\"')
    return f'{part.name}=@"{quoted}"' + (f";type={part.media_type}" if part.media_type else "")


def _where(request: SentRequest) -> Iterator[str]:
    path = "".join(piece for piece in request.target if isinstance(piece, str))
    if not path.startswith("/"):  # `OPTIONS *`
        yield f"--request-target {_word(request.target)}"
        yield _word((f"{request.scheme}://", *request.host))
        return
    if _DOTS.search(path):
        yield "--path-as-is"
    if set(path) & set("[]{}"):
        yield "--globoff"
    yield _word((f"{request.scheme}://", *request.host, *request.target))


def _word(text: Text) -> str:
    """One word of the shell; each gap is a variable of its environment."""
    if not has_gap(text):
        return shlex.quote(_plain(text))
    return filled(text, shlex.quote, lambda gap: f'"${gap.name}"')


def _plain(text: Text) -> str:
    return "".join(piece for piece in text if not isinstance(piece, Gap))
