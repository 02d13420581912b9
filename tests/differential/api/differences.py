"""The answers that differ from FastAPI's on purpose: one row each, with the reason.

Each row is described under its title in docs/differences.md; `test_differences.py` checks that.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Difference:
    title: str
    reason: str
    adapt: Callable[[Any, Any, Any], None]
    """Takes the request, their answer and ours, and rewrites *their* answer where this row applies."""


def relative_location(ask: Any, theirs: Any, ours: Any) -> None:
    if theirs.status == 307:
        theirs.headers = [
            (name, value.removeprefix("http://testserver") if name == "location" else value)
            for name, value in theirs.headers
        ]


def allow_names_all(ask: Any, theirs: Any, ours: Any) -> None:
    named = [dict(answer.headers).get("allow", "").split(", ") for answer in (theirs, ours)]
    if theirs.status == ours.status == 405 and set(named[0]) < set(named[1]):
        theirs.headers = [(name, value) for name, value in theirs.headers if name != "allow"]
        theirs.headers += [(name, value) for name, value in ours.headers if name == "allow"]


def refused_body_that_cannot_be_quoted(ask: Any, theirs: Any, ours: Any) -> None:
    unspeakable = any(word in (ask.body or b"") for word in (b"NaN", b"Infinity", b"1e400", b"\\ud83e"))
    if unspeakable and _failed(theirs, "ValueError", "UnicodeEncodeError") and ours.status == 422:
        theirs.__dict__.update(ours.__dict__)


def half_characters(ask: Any, theirs: Any, ours: Any) -> None:
    if b"\\ud83e" in (ask.body or b"") and _failed(theirs, "UnicodeEncodeError") and ours.status == 200:
        assert b"\\ud83e" in ours.body
        theirs.__dict__.update(ours.__dict__)


def _failed(answer: Any, *names: str) -> bool:
    """In process the error is seen; behind a server, that there was one."""
    return answer.raised in names or (answer.status == 500 and answer.raised is None)


def no_length_of_nothing(ask: Any, theirs: Any, ours: Any) -> None:
    if theirs.status == 205:
        theirs.headers = [(name, value) for name, value in theirs.headers if name != "content-length"]


def name_of_the_error(ask: Any, theirs: Any, ours: Any) -> None:
    if theirs.raised == "FastAPIError":
        theirs.raised = "WebfootError"


def upload_in_an_error(ask: Any, theirs: Any, ours: Any) -> None:
    if ask.parts is None or theirs.status != 422 or ours.status != 422:
        return
    for answer in (theirs, ours):
        detail = answer.content["detail"]
        for error in detail:
            if isinstance(error["input"], dict) and "filename" in error["input"]:
                error["input"] = error["input"]["filename"]
        answer.body = json.dumps({"detail": detail}).encode()
        answer.headers = [(name, value) for name, value in answer.headers if name != "content-length"]


def unfinished_multipart(ask: Any, theirs: Any, ours: Any) -> None:
    if (ask.body or b"").startswith(b"--x") and b"--x--" not in (ask.body or b"") and ours.status == 400:
        theirs.__dict__.update(ours.__dict__)


def files_of_a_frontend(ask: Any, theirs: Any, ours: Any) -> None:
    named = dict(ours.headers)
    if (
        theirs.status == ours.status == 405
        and named.get("allow") == "GET, HEAD"
        and "allow" not in dict(theirs.headers)
    ):
        theirs.headers.append(("allow", "GET, HEAD"))
    if "etag" in named and any(name == "etag" for name, _ in theirs.headers):
        theirs.headers = [(name, named["etag"] if name == "etag" else value) for name, value in theirs.headers]


DIFFERENCES = [
    Difference(
        title="Slash redirects are relative",
        reason="An absolute Location repeats the Host header, which a proxy may have changed and a client may forge.",
        adapt=relative_location,
    ),
    Difference(
        title="Allow names every method of the path",
        reason="RFC 9110 section 10.2.1 asks for it; FastAPI names those of the first route with that path.",
        adapt=allow_names_all,
    ),
    Difference(
        title="NaN, infinity and half characters in a refused body",
        reason="FastAPI answers 500, because its 422 repeats the input and JSON cannot say it.",
        adapt=refused_body_that_cannot_be_quoted,
    ),
    Difference(
        title="Half of a surrogate pair in JSON is written escaped",
        reason="A client can send it so; FastAPI answers 500.",
        adapt=half_characters,
    ),
    Difference(
        title="205 has no content-length",
        reason="FastAPI announces the length of `null` and then sends no body, which breaks the connection.",
        adapt=no_length_of_nothing,
    ),
    Difference(
        title="Names of the error classes",
        reason="WebfootError is what FastAPIError is there.",
        adapt=name_of_the_error,
    ),
    Difference(
        title="An uploaded file where a text was asked for",
        reason="Both repeat the file object's attributes as `input`, and those are each framework's own.",
        adapt=upload_in_an_error,
    ),
    Difference(
        title="A multipart body without its end",
        reason="RFC 2046 section 5.1.1 wants a closing boundary; without it the body was cut off.",
        adapt=unfinished_multipart,
    ),
    Difference(
        title="Files of a frontend",
        reason="RFC 9110 section 15.5.6 wants an Allow field in each 405; entity tags are each framework's own.",
        adapt=files_of_a_frontend,
    ),
]

REFUSED_AT_START_UP = {"path without slash", "path parameter that the path has not"}
"""Declarations that FastAPI takes and that can never answer a request; title "Refused at start-up"."""


@dataclass(frozen=True)
class DocumentDifference:
    title: str
    reason: str
    adapt: Callable[[dict[str, Any], dict[str, Any]], None]
    """Takes their OpenAPI document and ours, and rewrites *theirs* where this row applies."""


def one_id_for_each_method(theirs: dict[str, Any], ours: dict[str, Any]) -> None:
    for path, methods in theirs["paths"].items():
        identities = {operation["operationId"] for operation in methods.values()}
        if len(methods) > 1 and len(identities) == 1:
            stem = identities.pop().rpartition("_")[0]
            for method, operation in methods.items():
                operation["operationId"] = f"{stem}_{method}"
                for part in operation.keys() & {"requestBody", "responses"}:
                    operation[part] = ours["paths"][path][method][part]
            names = [name for name in ours.get("components", {}).get("schemas", {}) if name.startswith(f"Body_{stem}")]
            theirs["components"]["schemas"] |= {name: ours["components"]["schemas"][name] for name in names}
            for name in [name for name in theirs["components"]["schemas"] if name.startswith(f"Body_{stem}")]:
                if name not in names:
                    del theirs["components"]["schemas"][name]


def own_validation_error_kept(theirs: dict[str, Any], ours: dict[str, Any]) -> None:
    schemas = ours.get("components", {}).get("schemas", {})
    if "HTTPValidationErrorDetail" in schemas:
        for name in ("ValidationError", "HTTPValidationErrorDetail", "HTTPValidationError"):
            theirs["components"]["schemas"][name] = schemas[name]


def default_title(theirs: dict[str, Any], ours: dict[str, Any]) -> None:
    if theirs["info"]["title"] == "FastAPI":
        theirs["info"]["title"] = "Webfoot"


def schemes_of_callbacks(theirs: dict[str, Any], ours: dict[str, Any]) -> None:
    schemes = theirs.get("components", {}).get("securitySchemes", {})
    needed = {
        name
        for operations in theirs["paths"].values()
        for operation in operations.values()
        for callback in operation.get("callbacks", {}).values()
        for called in callback.values()
        for method in called.values()
        for requirement in method.get("security", [])
        for name in requirement
    }
    if needed - schemes.keys():
        described = ours["components"]["securitySchemes"]
        theirs.setdefault("components", {})["securitySchemes"] = {
            name: schemes.get(name, scheme) for name, scheme in described.items() if name in needed | schemes.keys()
        }


DOCUMENT_DIFFERENCES = [
    DocumentDifference(
        title="The default title",
        reason="An application that gives itself no title is not called FastAPI.",
        adapt=default_title,
    ),
    DocumentDifference(
        title="Security schemes of callbacks",
        reason="FastAPI's operations in callbacks require schemes that its document does not describe.",
        adapt=schemes_of_callbacks,
    ),
    DocumentDifference(
        title="Operation ids of a route with several methods",
        reason="FastAPI gives all of them one id, made of whichever method its set names first in this process.",
        adapt=one_id_for_each_method,
    ),
    DocumentDifference(
        title="A model of your own called ValidationError",
        reason="FastAPI replaces its schema by that of the 422 answer.",
        adapt=own_validation_error_kept,
    ),
]
