"""What validation decided: which value, where it came from, what it was and what was wanted."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from webfoot.journey.failure import Failure, place
from webfoot.journey.marks import Mark
from webfoot.journey.record import Record
from webfoot.journey.redact import REDACTED
from webfoot.journey.why.hints import coding_trouble, content_type_trouble, hint
from webfoot.journey.why.verdict import Cause, listed

_SHOULD = re.compile(r"^\w+ (should .*?)(, unable to parse.*| or unable to parse.*)?$")
_MOST_OTHERS = 3
_LONGEST_VALUE = 60
_IN_PYTHON: Final = "valid dictionary or object to extract fields from"
"""What pydantic calls an object of JSON."""
_BY_VALIDATOR: Final = re.compile(r"(Value error|Assertion failed), ")
_NO_FILE: Final = "Expected UploadFile"


def request_cause(mark: Mark, record: Record) -> Cause | None:
    """422, from all `values_validated`: each callable of the route marks its own. None if all were good."""
    if not errors_of(mark):
        return None
    errors = [error for each in record.all("values_validated") for error in errors_of(each)]
    because = content_type_trouble(errors[0], record)
    because = because or f"{told(errors[0])}{hint(errors[0], record)}{_others(errors)}"
    return Cause("validation", because, "validation", mark.station, 422)


def body_cause(mark: Mark, record: Record) -> Cause | None:
    """The body could not be read as what the route wants. None if it could."""
    if mark.facts.get("outcome") != "refused":
        return None
    kind, error = mark.facts.get("kind"), mark.facts.get("error")
    if not isinstance(error, Failure):
        return Cause("validation", f"the body could not be read as {kind}", "validation", mark.station, 400)
    what = {"json": "valid JSON", "form": "a readable form"}.get(str(kind), f"readable as {kind}")
    reason = error.detail if error.status is not None else error.text
    if kind == "json":
        reason = coding_trouble(error, record) or reason
    # Python says so of text that is no JSON; what is no text at all is another error.
    status = 422 if error.kind == "JSONDecodeError" else error.status or 400
    return Cause("validation", f"the body is not {what}: {reason}", "validation", mark.station, status)


def reply_cause(mark: Mark, record: Record) -> Cause | None:
    """The endpoint's own result did not fit what it promised to return."""
    errors = errors_of(mark)
    if not errors:
        return None
    name, kind = record.fact("endpoint_called", "name"), record.fact("endpoint_returned", "returned")
    file, line = record.fact("endpoint_called", "file"), record.fact("endpoint_called", "line")
    promised = " ".join(str(part) for part in ("the response model", mark.facts.get("model")) if part)
    returned = f"what it returned ({kind})" if kind else "what it returned"
    where = f" ({place(file, line)})" if isinstance(file, str) else ""
    forgotten = "; is an `await` missing?" if kind in ("coroutine", "async_generator") else ""
    because = f"{returned} does not fit {promised}: {told(errors[0])}{_others(errors)}{where}{forgotten}"
    return Cause(
        f"the reply of the endpoint {name}" if name else "the reply", because, "reply", mark.station, failed=True
    )


def errors_of(mark: Mark) -> list[Mapping[str, object]]:
    errors = mark.facts.get("errors")
    return [error for error in errors if isinstance(error, Mapping)] if isinstance(errors, list | tuple) else []


def told(error: Mapping[str, object]) -> str:
    """One validation error as a clause: `path value 'pond_id' was 'abc' and should be a valid integer`."""
    kind, message = str(error.get("type", "")), str(error.get("msg", ""))
    loc = error.get("loc")
    what = _what(loc) if isinstance(loc, Sequence) else "a value"
    if kind == "missing":
        return f"{what} is missing"
    if kind == "json_invalid":
        return _invalid_json(error)
    was = _was(error)
    if by := _BY_VALIDATOR.match(message):
        return _refused(what, was, message[by.end() :])
    if isinstance(loc, Sequence) and tuple(loc[:1]) == ("body",):
        message = message.replace(_IN_PYTHON, "JSON object")
    if should := _SHOULD.match(message):
        return f"{what} {was}{should[1]}" if not was else f"{what} {was} and {should[1]}"
    return f"{what} {was}: {message}" if was else f"{what}: {message}"


def _refused(what: str, was: str, complaint: str) -> str:
    """In the words of a validator that the application has written itself, or of our own for files."""
    if complaint.startswith(_NO_FILE):
        return f"{what} {was} and should be a file: its part of the form has no filename"
    value = f" {was} and" if was and not was.startswith("was an object") else ""
    return f"{what}{value} was refused by a validator: {complaint}"


def _what(loc: Sequence[object]) -> str:
    source = str(loc[0]) if loc else "request"
    name = _joined(loc[1:])
    if source == "body":
        return f"body field {name}" if name else "the body"
    if source == "response":
        return f"field {name}" if name else "the result"
    kind = {"path": "path value", "query": "query value", "header": "header", "cookie": "cookie"}.get(source, source)
    return f"{kind} {name!r}" if name else f"the {kind}"


def _joined(parts: Sequence[object]) -> str:
    """("items", 0, "price") -> `items[0].price`"""
    text = ""
    for part in parts:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text


def _was(error: Mapping[str, object]) -> str:
    if "input" not in error:
        return ""
    value = error["input"]
    if value == REDACTED:
        return "was [redacted]"
    if isinstance(value, dict):
        return "was an object"
    if isinstance(value, list):
        return f"was a list of {len(value)}"
    if isinstance(value, str) and value.startswith("<") and value.endswith(">"):
        size = value.removesuffix(" characters>")
        return f"was {value}" if size == value else f"was a text of {size[1:]} characters"  # the whole body
    text = "null" if value is None else repr(value)
    return f"was {text if len(text) <= _LONGEST_VALUE else text[:_LONGEST_VALUE] + '…'}"


def _invalid_json(error: Mapping[str, object]) -> str:
    loc, context = error.get("loc"), error.get("ctx")
    at = loc[-1] if isinstance(loc, Sequence) and loc and isinstance(loc[-1], int) else None
    reason = context.get("error") if isinstance(context, Mapping) else None
    where = f" (at character {at})" if at is not None else ""
    return f"the body is not valid JSON{where}" + (f": {reason}" if reason else "")


def _others(errors: list[Mapping[str, object]]) -> str:
    rest = errors[1:]
    if not rest:
        return ""
    names = [
        _what(loc) if isinstance(loc := error.get("loc"), Sequence) else "a value" for error in rest[:_MOST_OTHERS]
    ]
    if len(rest) > _MOST_OTHERS:
        names.append("others")
    return f"; {len(rest)} more: {listed(names)}"
