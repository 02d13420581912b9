"""A journey as a test: the request, and that it is answered as it was."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

from webfoot.journey.redact import REDACTED, printable
from webfoot.journey.saved.gaps import Gap, Text, filled, has_gap
from webfoot.journey.saved.reading import Journey, SavedError, data_of
from webfoot.journey.saved.request import Part, SentRequest, request_of
from webfoot.journey.saved.session import Said, SavedSession, session_of

_LINE = 110
_ESCAPES = {'"': '\\"', "\\": "\\\\", "{": "{{", "}": "}}"}
# The test client sends these by itself.
_USUAL = frozenset(("accept", "accept-encoding", "user-agent"))


def as_pytest(journeys: Sequence[Journey], app: str) -> str:
    module, colon, name = app.partition(":")
    parts = [*module.split("."), *name.split(".")]
    if not colon or not all(part.isidentifier() for part in parts):
        raise SavedError("a test has to import the application: say which, as --app module:app")
    names: dict[str, int] = {}
    cases = [_case(journey, names) for journey in journeys]
    text = "\n\n".join(cases)
    first, _, rest = name.partition(".")
    client = f"TestClient({first}{f'.{rest}' if rest else ''})"
    head = ["import os\n\n" if "os.environ[" in text else "", f"from {module} import {first}\n\n"]
    if "WebSocketDisconnect" in text:
        head.append("import pytest\n\n")
        head.append("from webfoot import WebSocketDisconnect\n")
    head.append("from webfoot.testing import TestClient\n\n\n")
    return "".join(head) + text.replace("TestClient(app)", client)


def _case(journey: Journey, names: dict[str, int]) -> str:
    request = request_of(journey)
    body = _session(journey, request) if journey.get("kind") == "websocket" else _exchange(journey, request)
    lines = [f"def {_name(journey, names)}():", f"    {_told(journey)}"]
    lines += [f"    # {printable(sentence)}" for sentence in request.lacks]
    return "\n".join([*lines, *(f"    {line}" if line else "" for line in body)]) + "\n"


def _name(journey: Journey, names: dict[str, int]) -> str:
    path = str(journey.get("target")).partition("?")[0]
    said = re.sub(r"[\W_]+", "_", f"{journey.get('method')}_{path}", flags=re.ASCII).strip("_").lower()[:60]
    name = f"test_{said}_is_answered_with_{journey.get('status') or 'nothing'}"
    names[name] = names.get(name, 0) + 1
    return name if names[name] == 1 else f"{name}_{names[name]}"


def _told(journey: Journey) -> str:
    why = journey.get("why")
    sentence = why.get("sentence") if isinstance(why, dict) else None
    text = printable(str(sentence or f"{journey.get('method')} {journey.get('target')}")).replace("\\", "/")
    text = text.replace('"""', "'''")
    return f'"""{text[:_LINE]}{"…" if len(text) > _LINE else ""}{" " if text[-1:] == chr(34) else ""}"""'


def _exchange(journey: Journey, request: SentRequest) -> Iterator[str]:
    words = [json.dumps(request.method), _literal(request.target)]
    words += [f"headers={headers}"] if (headers := _headers(request)) else []
    if request.body is not None:
        words.append(f"content={_literal(request.body)}")
    fields = [part for part in request.form if part.filename is None]
    files = [part for part in request.form if part.filename is not None]
    if fields:
        words.append("data={" + ", ".join(f"{_quoted(part.name)}: {_literal(part.value)}" for part in fields) + "}")
    if files:
        words.append(f"files=[{', '.join(map(_file, files))}]")
    is_redirect = 300 <= (journey.get("status") or 0) < 400
    words += ["follow_redirects=False"] if is_redirect else []
    # A server answers an exception of the application with 500; the test client raises it unless it is told not to.
    client = "TestClient(app, raise_server_exceptions=False)" if journey.get("status") == 500 else "TestClient(app)"
    yield f"with {client} as client:"
    yield from _call("    response = client.request(", words)
    if isinstance(journey.get("status"), int):
        yield f"assert response.status_code == {journey['status']}"
    yield from _expected(journey, is_redirect)


def _file(part: Part) -> str:
    """Its contents were not kept."""
    name, filename, kind = map(_quoted, (part.name, part.filename or "", part.media_type))
    return f'({name}, ({filename}, b"x" * {part.size}, {kind}))'


def _call(begin: str, words: list[str]) -> Iterator[str]:
    line = f"{begin}{', '.join(words)})"
    if len(line) <= _LINE:
        yield line
        return
    yield begin
    indent = " " * (len(begin) - len(begin.lstrip()))
    for word in words:
        yield f"{indent}    {word},"
    yield f"{indent})"


def _expected(journey: Journey, is_redirect: bool) -> Iterator[str]:
    response = journey.get("response")
    if not isinstance(response, dict):
        return
    headers = {str(name).lower(): str(value) for name, value in response.get("headers") or ()}
    if is_redirect and REDACTED not in headers.get("location", REDACTED):
        yield f'assert response.headers["location"] == {_quoted(headers["location"])}'
    body = response.get("body")
    if not isinstance(body, dict) or not isinstance(body.get("text"), str) or not body.get("size"):
        return
    text = body["text"]
    if (body.get("kept") or 0) < body["size"]:
        yield f"# The answer had {body['size']} bytes, of which {body.get('kept') or 0} were kept."
    elif REDACTED in text:
        yield "# The answer held secrets, which were redacted, so nothing is expected of its body."
    elif str(body.get("content_type")).startswith("application/json") and (value := _json(text)) is not _NO_JSON:
        yield f"assert response.json() == {value!r}"
    else:
        yield f"assert response.text == {_quoted(text)}"


_NO_JSON = object()


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return _NO_JSON


def _headers(request: SentRequest) -> str:
    pairs = [(name, value) for name, value in request.headers if name.lower() not in _USUAL]
    names = [name.lower() for name, _ in pairs]
    if len(set(names)) < len(names):
        return "[" + ", ".join(f"({_quoted(name)}, {_literal(value)})" for name, value in pairs) + "]"
    return "{" + ", ".join(f"{_quoted(name)}: {_literal(value)}" for name, value in pairs) + "}" if pairs else ""


def _quoted(text: str) -> str:
    """A Python literal, in double quotes where that is read easily."""
    return json.dumps(text, ensure_ascii=False) if text.isprintable() else repr(text)


def _literal(text: Text) -> str:
    """A Python expression; each gap is a variable of the environment."""
    if not has_gap(text):
        return _quoted("".join(str(piece) for piece in text))
    return f'f"{filled(text, _escaped, _variable)}"'


def _variable(gap: Gap) -> str:
    return f"{{os.environ['{gap.name}']}}"


def _escaped(piece: str) -> str:
    """For an f-string in double quotes."""
    return "".join(_ESCAPES.get(char) or (char if char.isprintable() else repr(char)[1:-1]) for char in piece)


def _session(journey: Journey, request: SentRequest) -> Iterator[str]:
    """Messages in the order in which they went by."""
    words = [_literal(request.target)]
    words += [f"headers={headers}"] if (headers := _headers(request)) else []
    refused = journey.get("status") != 101
    yield "with TestClient(app) as client:"
    if refused:
        yield "    with pytest.raises(WebSocketDisconnect):"
        *lines, last = _call("        with client.websocket_connect(", words)
        yield from lines
        yield f"{last}:"
        yield "            pass"
        return
    *lines, last = _call("    with client.websocket_connect(", words)
    yield from lines
    yield f"{last} as session:"
    saved = session_of(journey, request.gaps)
    for sentence in saved.lacks:
        yield f"        # {sentence}"
    steps = list(_steps(journey, saved))
    for step in steps:
        yield f"        {step}"
    if not steps:
        yield "        pass"


def _steps(journey: Journey, saved: SavedSession) -> Iterator[str]:
    said = iter(saved.messages)
    for frame in journey.get("frames") or ():
        if frame["kind"] in ("text", "binary"):
            yield _sending(next(said)) if frame["way"] == "in" else _receiving(frame)
        elif frame["kind"] == "close" and frame["way"] == "in" and frame.get("code") not in (None, 1005, 1006):
            yield f"session.close({frame['code']})"


def _sending(said: Said) -> str:
    if said.kept == "not":
        made_up = f'"x" * {said.size}'
        return f"session.send_bytes(b{made_up})" if said.kind == "binary" else f"session.send_text({made_up})"
    cut = "  # cut off" if said.kept == "in part" else ""
    if said.data is not None:
        return f"session.send_bytes({said.data!r}){cut}"
    if said.kind == "binary":
        return f"session.send_bytes({_literal(said.text)}.encode()){cut}" if said.text else 'session.send_bytes(b"")'
    return f"session.send_text({_literal(said.text)}){cut}"


def _receiving(frame: dict[str, Any]) -> str:
    text = frame.get("text")
    if frame["kind"] == "binary":
        data = data_of(frame)
        if data is None and isinstance(text, str) and REDACTED not in text:
            data = text.encode()
        is_whole = data is not None and len(data) == frame.get("size")
        return f"assert session.receive_bytes() == {data!r}" if is_whole else "session.receive_bytes()"
    is_whole = isinstance(text, str) and REDACTED not in text and len(text) == frame.get("size")
    return f"assert session.receive_text() == {_quoted(str(text))}" if is_whole else "session.receive_text()"
