"""What a client may have meant: a value that did not fit is often there in another place, shape or spelling."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Final
from urllib.parse import parse_qsl

from webfoot.journey.failure import Failure
from webfoot.journey.record import Record
from webfoot.journey.redact import readable
from webfoot.journey.why.verdict import listed

_FORMS: Final = ("application/x-www-form-urlencoded", "multipart/form-data")
_MOST_NAMES: Final = 4
_SCALARS: Final = ("string_", "int_", "float_", "bool_")
_BODILESS: Final = ("GET", "HEAD", "DELETE")


def content_type_trouble(error: Mapping[str, object], record: Record) -> str | None:
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


def coding_trouble(error: Failure, record: Record) -> str | None:
    """Why bytes are no text: they are compressed, or in an encoding that JSON does not have."""
    if error.kind != "UnicodeDecodeError":
        return None
    coding = record.header("content-encoding")
    if coding is not None and coding.lower() != "identity":
        return f"it is compressed (content-encoding: {coding}), and nobody has unpacked it"
    charset = str(record.fact("body_read", "content_type") or "").lower().partition("charset=")[2].strip('"; ')
    if charset and charset not in ("utf-8", "utf8"):
        return f"JSON has to be UTF-8, and the content-type says charset={charset}"
    return "it looks like gzip, though no content-encoding says so" if "byte 0x8b in position 1" in error.text else None


def hint(error: Mapping[str, object], record: Record) -> str:
    """The end of the clause about `error`; "" if nothing is known."""
    loc = error.get("loc")
    if not isinstance(loc, Sequence) or not loc:
        return ""
    if error.get("type") == "missing":
        return _missing_body(record) if tuple(loc) == ("body",) else _missing(loc, error, record)
    if tuple(loc) == ("body",):
        return _other_shape(error)
    if loc[0] == "path":
        return _shadowed(record)
    if loc[0] == "query" and len(loc) == 2 and isinstance(error.get("input"), str):
        times = _in_query(record).count(str(loc[1]))
        return f"; it is the last of {times} with this name" if times > 1 else ""
    return ""


def _shadowed(record: Record) -> str:
    """The router found a route whose parameter took what another route has as a word of its path."""
    near = record.fact("route_matched", "near")
    entries = [each for each in near if isinstance(each, Mapping)] if isinstance(near, list | tuple) else []
    if not entries or record.fact("route_matched", "outcome") != "found":
        return ""
    route, taken = entries[0].get("route"), record.fact("route_matched", "route")
    return f"; there is a route {route}, but it stands behind {taken} and has to be declared before it"


def _missing_body(record: Record) -> str:
    is_empty = record.fact("body_read", "kind") == "empty"
    if is_empty and not _sent_none(record) and record.header("transfer-encoding") is None:
        return ", for somebody has read it before: a middleware that does so has to keep it for those behind"
    if record.method in _BODILESS:
        return f", and a {record.method} has seldom one: a list or a model without Query() is taken from the body"
    return ""


def _other_shape(error: Mapping[str, object]) -> str:
    kind, given = str(error.get("type")), error.get("input")
    if isinstance(given, dict) and kind.startswith(_SCALARS):
        return "; with Body(embed=True) it would be taken out of an object"
    if isinstance(given, str) and kind in ("model_attributes_type", "model_type", "dict_type"):
        return "; was it turned into JSON twice?"
    return ""


def _missing(loc: Sequence[object], error: Mapping[str, object], record: Record) -> str:
    """It may be there under a name that is nearly the same, or in another place."""
    source, wanted = loc[0], loc[-1]
    if len(loc) < 2 or not isinstance(wanted, str):
        return ""
    in_query = _in_query(record)
    given = _given(source, error, record, in_query)
    least = 0.8 if source == "header" else 0.6  # all of them begin with x-
    near = get_close_matches(wanted.lower(), {name.lower(): name for name in given}, n=1, cutoff=least)
    if near:
        return f", but there is {next(name for name in given if name.lower() == near[0])!r}"
    if source == "body" and wanted in in_query:
        return ", but stands in the query"
    if source == "body" and len(loc) == 2 and not isinstance(error.get("input"), Mapping) and given:
        where = "form" if record.fact("body_read", "kind") == "form" else "body"
        more = " and others" if len(given) > _MOST_NAMES else ""
        return f"; what the {where} has is {', '.join(map(repr, given[:_MOST_NAMES]))}{more}"
    if source == "query" and not _sent_none(record) and not record.was_at("body_read"):
        return ", and a body came that no parameter asks for: a parameter of a simple type is taken from the query"
    return ""


def _given(source: object, error: Mapping[str, object], record: Record, in_query: list[str]) -> list[str]:
    """The names that came in that place."""
    if source == "query":
        return in_query
    if source == "header":
        fields = record.fact("head_parsed", "headers")
        return [name for name, _ in readable(fields)] if isinstance(fields, list) else []
    if source != "body":
        return []
    value = error.get("input")
    names = value if isinstance(value, Mapping) else record.fact("body_read", "names")
    return [name for name in names if isinstance(name, str)] if isinstance(names, Mapping | list | tuple) else []


def _in_query(record: Record) -> list[str]:
    return [name for name, _ in parse_qsl((record.target or "").partition("?")[2], keep_blank_values=True)]


def _sent_none(record: Record) -> bool:
    framing = record.fact("head_accepted", "framing")
    if framing is None:  # passed over
        return record.header("transfer-encoding") is None and record.header("content-length") in (None, "0")
    return framing in ("no body", "content-length 0")
