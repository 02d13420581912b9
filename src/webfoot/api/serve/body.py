"""Read the body once for all callables of a route, and give each field its part of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

from pydantic import BaseModel
from pydantic_core import from_json

from webfoot.api.errors import HTTPException, RequestValidationError
from webfoot.api.fields import Field
from webfoot.api.plan.plans import BodyPlan
from webfoot.api.serve.pick import Pairs, one_of, spread, values_of
from webfoot.api.serve.visit import MISSING, Visit
from webfoot.trail import Trail
from webfoot.trail.trail import tell_sent
from webfoot.web.datastructures import UploadFile
from webfoot.web.exceptions import HTTPException as WebHTTPException

_UNREADABLE: Final = "There was an error parsing the body"
_TOO_MANY_DIGITS: Final = 309  # 10 ** 308 is about the largest float
_READ_ONCE_MORE: Final = 256 * 1024  # bytes of JSON at most, which takes a millisecond or two
_DIGITS_AS_ZEROS: Final = bytes.maketrans(b"123456789", b"000000000")


async def read_body(plan: BodyPlan, visit: Visit) -> None:
    """Set `visit.body`: names and values of a form, a JSON value, bytes of another type, or MISSING when empty.

    Raises RequestValidationError for broken JSON, HTTPException 400 for what is no text or no form at all.
    """
    if plan.kind == "form":
        await _read_form(plan, visit)
        return
    raw = await visit.raw_body()
    if raw:
        visit.body = raw
        if _says_json(visit, plan.strict):
            visit.body = _from_json(raw, plan, visit)
            visit.no_object = plan.embed and not isinstance(visit.body, dict)
    if visit.trail is not None:
        kind = "empty" if not raw else "bytes" if visit.body is raw else "json"
        said = None if kind == "json" and visit.closely is None else _content_type(visit)
        facts = {"outcome": "read", "kind": kind, "size": len(raw), "content_type": said}
        if visit.closely is not None and plan.embed and isinstance(visit.body, dict):
            facts["names"] = [*visit.body]
        visit.trail.note("body_read", facts)


def _from_json(raw: bytes, plan: BodyPlan, visit: Visit) -> Any:
    """What the JSON says; or the model that it makes, where nobody needs to see what lies between."""
    if plan.direct is not None and visit.closely is None and not _has_huge_number(raw):
        try:
            return plan.direct.validate_json(raw)
        except ValueError:  # then every error is told as the fields of the callable are called
            pass
    return parsed(raw, visit)


def sent_body(visit: Visit) -> Any:
    """What the client sent, as it was read: a form, a JSON value, bytes; None when there was nothing. Where the model
    was made of the bytes at once there was no JSON value, and here is one."""
    if visit.form is not None:
        return visit.form
    if isinstance(visit.body, BaseModel):
        return parsed(visit.raw or b"", visit)
    return None if visit.body is MISSING else visit.body


def tell_what_was_sent(visit: Visit, trail: Trail) -> None:
    """Of a request that fails; what is long is not read once more for it."""
    body = visit.body
    if visit.form is not None:
        fields: dict[str, list[Any]] = {}
        for name, value in body if isinstance(body, list) else ():
            fields.setdefault(name, []).append(value)
        tell_sent(trail, fields)
    elif isinstance(body, dict | list):
        tell_sent(trail, body)
    elif isinstance(body, BaseModel) and visit.raw is not None and len(visit.raw) <= _READ_ONCE_MORE:
        tell_sent(trail, from_json(visit.raw))


def _has_huge_number(raw: bytes) -> bool:
    """Whether a whole number is there that no float can hold: where one is wanted, pydantic makes infinity of it when
    it reads the JSON itself, and refuses the Python integer. Costs a twentieth of the reading, of small bodies nothing.
    """
    return len(raw) > _TOO_MANY_DIGITS and b"0" * _TOO_MANY_DIGITS in raw.translate(_DIGITS_AS_ZEROS)


def parsed(raw: bytes, visit: Visit) -> Any:
    """The JSON value. Raises RequestValidationError for what is none, HTTPException 400 for what is no text."""
    try:
        return from_json(raw)
    except ValueError:
        return _from_unusual_json(raw, visit)


async def _read_form(plan: BodyPlan, visit: Visit) -> None:
    try:
        form = visit.form = await visit.request.form(**plan.limits)
    except WebHTTPException as error:
        _mark_refused(visit, "form", error)
        raise
    # A browser sends a file input that was left empty as a file without name and content.
    pairs = [(name, value) for name, value in form.multi_items() if not _is_left_empty(value)]
    visit.body = pairs
    visit.contents = {}
    if plan.contents:
        files = [value for name, value in pairs if name in plan.contents and isinstance(value, UploadFile)]
        visit.contents = {file: await _content(file) for file in files}
    if visit.trail is not None:
        facts = {"outcome": "read", "kind": "form", "size": len(pairs), "content_type": _content_type(visit)}
        if visit.closely is not None:
            facts["names"] = _names(pairs)
        visit.trail.note("body_read", facts)


def _names(pairs: Pairs) -> list[str]:
    return list(dict.fromkeys(name for name, _ in pairs))


def _is_left_empty(value: Any) -> bool:
    return isinstance(value, UploadFile) and not value.filename and not value.size


async def _content(file: UploadFile) -> bytes:
    """All of it. Who asks for the file itself finds it at its beginning all the same."""
    content = await file.read()
    await file.seek(0)
    return content


def _from_unusual_json(raw: bytes, visit: Visit) -> Any:
    """What pydantic's reader does not take, for it is strict UTF-8 and words its errors in its own way.

    Python's decides: it also takes UTF-16, and its messages and positions are the ones clients know.
    """
    try:
        return json.loads(raw)
    except json.JSONDecodeError as error:
        _mark_refused(visit, "json", error)
        detail = {
            "type": "json_invalid",
            "loc": ("body", error.pos),
            "msg": "JSON decode error",
            "input": {},
            "ctx": {"error": error.msg},
        }
        raise RequestValidationError([detail], body=error.doc) from error
    except (ValueError, RecursionError) as error:  # no text, a number of 5000 digits, 1000 brackets
        _mark_refused(visit, "json", error)
        raise HTTPException(400, _UNREADABLE) from error


def _mark_refused(visit: Visit, kind: str, error: Exception) -> None:
    if visit.trail is not None:
        visit.trail.mark("body_read", outcome="refused", kind=kind, content_type=_content_type(visit), error=error)


def _content_type(visit: Visit) -> str | None:
    for name, value in visit.scope["headers"]:
        if name == b"content-type":
            text: str = value.decode("latin-1")
            return text
    return None


def _says_json(visit: Visit, strict: bool) -> bool:
    for name, value in visit.scope["headers"]:
        if name == b"content-type":
            return _is_json(value) or not (strict or value)
    return not strict


@lru_cache(maxsize=64)
def _is_json(content_type: bytes) -> bool:
    """`application/json` or `application/*+json`, whatever its parameters (RFC 9110 section 8.3.1, RFC 6839)."""
    media_type = content_type.partition(b";")[0].strip().lower()
    kind, _, subtype = media_type.partition(b"/")
    return kind == b"application" and (subtype == b"json" or subtype.endswith(b"+json"))


def take_from_body(fields: tuple[Field, ...], visit: Visit, found: dict[str, Any]) -> None:
    """Put each field's part of the body into `found`, where it is there."""
    plan, body = visit.plan.body, visit.body
    assert plan is not None
    if plan.kind == "form":
        for field in fields:
            _take_from_form(field, body, visit.contents, found)
    elif not plan.embed:
        if body is not MISSING:
            for field in fields:
                found[field.name] = body
    elif isinstance(body, dict):
        for field in fields:
            for name in field.aliases:
                if name in body:
                    found[field.name] = body[name]
                    break


def _take_from_form(field: Field, pairs: Pairs, contents: Mapping[Any, bytes], found: dict[str, Any]) -> None:
    if field.spread:
        taken = spread(field, pairs)
        if taken is not None:
            found[field.name] = taken
        return
    _, values = values_of(field.aliases, pairs)
    if not values:
        return
    if field.content:
        values = [contents.get(value, value) for value in values]
    value = values if field.many else one_of(field.place, values)
    if value != "":  # an input that was left empty counts as not there
        found[field.name] = value
