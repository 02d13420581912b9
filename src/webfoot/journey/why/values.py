"""What validation decided: which value, where it came from, what it was and what was wanted."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from urllib.parse import parse_qsl

from webfoot.journey.failure import Failure, place
from webfoot.journey.marks import Mark
from webfoot.journey.record import Record
from webfoot.journey.redact import REDACTED
from webfoot.journey.why.verdict import Cause, listed

_SHOULD = re.compile(r"^\w+ (should .*?)(, unable to parse.*| or unable to parse.*)?$")
_MOST_OTHERS = 3
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
_LONGEST_VALUE = 60


def request_cause(mark: Mark, record: Record) -> Cause | None:
    """422, from all `values_validated`: each callable of the route marks its own. None if all were good."""
    if not errors_of(mark):
        return None
    errors = [error for each in record.all("values_validated") for error in errors_of(each)]
    because = _content_type_trouble(errors[0], record)
    because = because or f"{told(errors[0])}{_near_miss(errors[0], record)}{_others(errors)}"
    return Cause("validation", because, "validation", mark.station, 422)


def body_cause(mark: Mark) -> Cause | None:
    """The body could not be read as what the route wants. None if it could."""
    if mark.facts.get("outcome") != "refused":
        return None
    kind, error = mark.facts.get("kind"), mark.facts.get("error")
    if not isinstance(error, Failure):
        return Cause("validation", f"the body could not be read as {kind}", "validation", mark.station, 400)
    what = {"json": "valid JSON", "form": "a readable form"}.get(str(kind), f"readable as {kind}")
    reason = error.detail if error.status is not None else error.text
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
    because = f"{returned} does not fit {promised}: {told(errors[0])}{_others(errors)}{where}"
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
    if should := _SHOULD.match(message):
        return f"{what} {was}{should[1]}" if not was else f"{what} {was} and {should[1]}"
    return f"{what} {was}: {message}" if was else f"{what}: {message}"


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
        return f"was {value}"  # told by its kind and size only
    text = "null" if value is None else repr(value)
    return f"was {text if len(text) <= _LONGEST_VALUE else text[:_LONGEST_VALUE] + '…'}"


def _invalid_json(error: Mapping[str, object]) -> str:
    loc, context = error.get("loc"), error.get("ctx")
    at = loc[-1] if isinstance(loc, Sequence) and loc and isinstance(loc[-1], int) else None
    reason = context.get("error") if isinstance(context, Mapping) else None
    where = f" (at character {at})" if at is not None else ""
    return f"the body is not valid JSON{where}" + (f": {reason}" if reason else "")


def _content_type_trouble(error: Mapping[str, object], record: Record) -> str | None:
    """A body that was not taken for what it is fails as "not an object" or "missing"; wrong is its content type."""
    loc = error.get("loc")
    if not isinstance(loc, Sequence) or tuple(loc[:1]) != ("body",):
        return None
    kind, content_type = record.fact("body_read", "kind"), record.fact("body_read", "content_type")
    named = f"is {content_type}" if content_type else "is missing"
    if kind == "bytes":
        return f"the body was not read as JSON, because its content-type {named} and should be application/json"
    sent_none = _sent_none(record) and not content_type
    if kind == "form" and not sent_none and not str(content_type).lower().startswith(_FORMS):
        return (
            f"the body was not read as a form, because its content-type {named} and should be {listed([*_FORMS], 'or')}"
        )
    return None


def _sent_none(record: Record) -> bool:
    framing = record.fact("head_accepted", "framing")
    if framing is None:  # passed over
        return record.header("transfer-encoding") is None and record.header("content-length") in (None, "0")
    return framing == "no body"


def _near_miss(error: Mapping[str, object], record: Record) -> str:
    """What was missed may be there under a name that is nearly the same, or in the query in place of the body."""
    loc = error.get("loc")
    if error.get("type") != "missing" or not isinstance(loc, Sequence) or len(loc) < 2 or not isinstance(loc[-1], str):
        return ""
    source, wanted = loc[0], loc[-1]
    in_query = [name for name, _ in parse_qsl((record.target or "").partition("?")[2], keep_blank_values=True)]
    given = in_query if source == "query" else _names_in(error.get("input")) if source == "body" else []
    near = get_close_matches(wanted.lower(), {name.lower(): name for name in given}, n=1, cutoff=0.6)
    if near:
        return f", but there is {next(name for name in given if name.lower() == near[0])!r}"
    return ", but stands in the query" if source == "body" and wanted in in_query else ""


def _names_in(value: object) -> list[str]:
    return [name for name in value if isinstance(name, str)] if isinstance(value, Mapping) else []


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
