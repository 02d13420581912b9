"""One sentence for each way in which a request can end badly, from records made by hand."""

from __future__ import annotations

import json
import re

import pytest
from tests.journey.made import AROUND, END, answer, entered, found, head, left, raised, recorded, typed_post

from webfoot.journey.why import why


class HTTPException(Exception):
    def __init__(self, status_code, detail=None):
        super().__init__(f"{status_code}: {detail}")
        self.status_code = status_code
        self.detail = detail


class LocalFault(Exception):
    pass


class ClientDisconnected(OSError):
    pass


class RequestValidationError(Exception):
    pass


def refused(status, rule, section, reason, *, readable=True):
    parsed = head()[:4] if readable else head()[:3]
    facts = {"outcome": "refused", "status": status, "rule": rule, "section": section, "reason": reason}
    return [
        *parsed,
        ("head_accepted", facts),
        ("bytes_encoded", {"status": status}),
        ("closed", {"reason": "the request was refused"}),
    ]


def unrouted(method, target, status, **facts):
    handled = {"outcome": "handled", "error": HTTPException(status), "handler": "http_exception", "status": status}
    return [
        *head(method, target),
        *entered(*AROUND),
        ("route_matched", {"method": method, "path": target.partition("?")[0], **facts}),
        *answer(status),
        *left(*AROUND, **handled),
        *END,
    ]


NEAR = {"route": "/items/{id:int}", "methods": ["GET", "HEAD"], "failed": "segment 'item' is not 'items'"}


def invalid(*errors, status=422, handler="request_validation_exception_handler", kind="json", content_type=None):
    handled = {"outcome": "handled", "error": RequestValidationError(), "handler": handler, "status": status}
    return [
        *head("POST", "/ponds/x/ducks"),
        *entered(*AROUND),
        *found(pond_id="x"),
        ("body_read", {"outcome": "read", "kind": kind, "size": 12, "content_type": content_type}),
        *[("values_validated", {"owner": "create_duck", "outcome": "refused", "errors": [each]}) for each in errors],
        *answer(status),
        *left(*AROUND, **handled),
        *END,
    ]


def error(kind, loc, msg, *given, **ctx):
    return {
        "type": kind,
        "loc": loc,
        "msg": msg,
        **({"input": given[0]} if given else {}),
        **({"ctx": ctx} if ctx else {}),
    }


def unread(kind, error, carried, status):
    return [
        *head("POST", "/ponds/x/ducks"),
        *entered(*AROUND),
        *found(pond_id="x"),
        ("body_read", {"outcome": "refused", "kind": kind, "content_type": "application/json", "error": error}),
        *answer(status),
        *left(*AROUND, **handled_by("http_exception_handler", carried, status)),
        *END,
    ]


def caught(call, *args):
    try:
        call(*args)
    except Exception as error:
        return error


JSON_ERROR = caught(json.loads, "[,]")
UNICODE_ERROR = caught(b"\xff".decode)
INT = error(
    "int_parsing", ("path", "pond_id"), "Input should be a valid integer, unable to parse string as an integer", "x"
)
MISSING = error("missing", ("body", "name"), "Field required", {"age": 3})
NOT_JSON = error("json_invalid", ("body", 7), "JSON decode error", {}, error="Expecting property name")
NOT_DICT = error(
    "model_attributes_type",
    ("body",),
    "Input should be a valid dictionary or object to extract fields from",
    b'{"a":1}',
)
SHORT = error("string_too_short", ("query", "name"), "String should have at least 3 characters", "ab", min_length=3)
DEEP = error("less_than_equal", ("body", "eggs", 2, "weight"), "Input should be less than or equal to 90", 912)
EXTRA = error("extra_forbidden", ("body", "colour"), "Extra inputs are not permitted", "red")
SECRET = error("string_too_short", ("body", "password"), "String should have at least 8 characters", "hunter2")
OWN = error(
    "value_error", ("body", "api_token"), "Value error, hunter2 is known to thieves", "hunter2", error="hunter2"
)


def failing(*marks, status=500, into=AROUND, handled=None):
    facts = handled or {"outcome": "raised", "error": marks[-1][1].get("error", ValueError("1 validation error"))}
    return [
        *head("GET", "/ducks/3"),
        *entered(*into),
        *found("/ducks/{id}", "read_duck"),
        *marks,
        *answer(status),
        *left(*into, **facts),
        *END,
    ]


CALLED = ("endpoint_called", {"name": "read_duck", "file": "/srv/app.py", "line": 31})


def endpoint(error):
    return ("endpoint_returned", {"name": "read_duck", "outcome": "raised", "error": error})


def handled_by(handler, error, status):
    return {"outcome": "handled", "error": error, "handler": handler, "status": status}


def said(by, what, status=None):
    return ("decided", {"by": by, "what": what, "status": status})


def websocket_head(path):
    steps = head("GET", path)
    return [(name, {**facts, "kind": "websocket"} if name == "scope_built" else facts) for name, facts in steps]


NOT_FOUND = raised(HTTPException(404, "no such duck"))
UNAUTHORISED = raised(HTTPException(401, "who are you?"))
ZERO = raised(ZeroDivisionError("division by zero"))
KEY = raised(KeyError("pond"))
CAUSED = raised(RuntimeError("the database is away"), ConnectionRefusedError("port 5432"))
FAULT = raised(LocalFault("http.response.body came first"))
GONE = raised(ClientDisconnected("the client has gone"))
TEAPOT = raised(HTTPException(418))

ROWS = {
    # the router
    "404 with a near route": (
        unrouted("GET", "/item/3", 404, outcome="not_found", near=[NEAR]),
        "router",
        "The router answered 404: no route matches GET /item/3; nearest: GET /items/{id:int} "
        "(segment 'item' is not 'items').",
    ),
    "404 with nothing near": (
        unrouted("GET", "/x?token=abc", 404, outcome="not_found", near=[]),
        "router",
        "The router answered 404: no route matches GET /x, and none comes near.",
    ),
    "404 under a custom handler": (
        [
            *head("GET", "/x"),
            *entered(*AROUND),
            ("route_matched", {"outcome": "not_found", "method": "GET", "path": "/x"}),
            *answer(302),
            *left(*AROUND, **handled_by("to_home", HTTPException(404), 302)),
        ],
        "exception handler",
        "The exception handler to_home answered 302 in place of 404 from the router: no route "
        "matches GET /x, and none comes near.",
    ),
    "405": (
        unrouted(
            "PATCH", "/items", 405, outcome="method_not_allowed", allow=["GET", "HEAD", "POST"], route="/items", near=[]
        ),
        "router",
        "The router answered 405: /items exists, but takes no PATCH, only GET, HEAD and POST.",
    ),
    "405 with Allow as text": (
        unrouted("PUT", "/items", 405, outcome="method_not_allowed", allow="GET"),
        "router",
        "The router answered 405: /items exists, but takes no PUT, only GET.",
    ),
    "307 adds a slash": (
        unrouted("GET", "/items", 307, outcome="redirect_slash", location="/items/"),
        "router",
        "The router answered 307: no route matches /items, but one matches with a slash at the end, so the client is "
        "sent to /items/ (redirect_slashes).",
    ),
    "307 removes a slash": (
        unrouted("GET", "/items/", 307, outcome="redirect_slash", location="/items?q=1"),
        "router",
        "The router answered 307: no route matches /items/, but one matches without the last slash, so the client is "
        "sent to /items?q=1 (redirect_slashes).",
    ),
    # values
    "422 path": (
        invalid(INT),
        "validation",
        "Validation answered 422: path value 'pond_id' was 'x' and should be a valid integer.",
    ),
    "422 several": (
        invalid(INT, MISSING, DEEP),
        "validation",
        "Validation answered 422: path value 'pond_id' was 'x' and should be a valid integer; "
        "2 more: body field name and body field eggs[2].weight.",
    ),
    "422 missing": (invalid(MISSING), "validation", "Validation answered 422: body field name is missing."),
    "422 query": (
        invalid(SHORT),
        "validation",
        "Validation answered 422: query value 'name' was 'ab' and should have at least 3 characters.",
    ),
    "422 nested": (
        invalid(DEEP),
        "validation",
        "Validation answered 422: body field eggs[2].weight was 912 and should be less than or equal to 90.",
    ),
    "422 other words": (
        invalid(EXTRA),
        "validation",
        "Validation answered 422: body field colour was 'red': Extra inputs are not permitted.",
    ),
    "422 no JSON": (
        invalid(NOT_JSON),
        "validation",
        "Validation answered 422: the body is not valid JSON (at character 7): Expecting property name.",
    ),
    "422 body could not be read": (
        unread("json", JSON_ERROR, RequestValidationError(), 422),
        "validation",
        "Validation answered 422: the body is not valid JSON: Expecting value: line 1 column 2 (char 1).",
    ),
    "400 body is no text": (
        unread("json", UNICODE_ERROR, HTTPException(400, "There was an error parsing the body"), 400),
        "validation",
        "Validation answered 400: the body is not valid JSON: 'utf-8' codec can't decode byte 0xff in position 0: "
        "invalid start byte.",
    ),
    "400 form": (
        unread("form", HTTPException(400, "Missing boundary"), HTTPException(400, "Missing boundary"), 400),
        "validation",
        "Validation answered 400: the body is not a readable form: Missing boundary.",
    ),
    "422 content type of two fields": (
        invalid(MISSING, kind="bytes", content_type="text/plain"),
        "validation",
        "Validation answered 422: the body was not read as JSON, because its content-type is text/plain and should be "
        "application/json.",
    ),
    "422 content type": (
        invalid(NOT_DICT, kind="bytes", content_type="text/plain"),
        "validation",
        "Validation answered 422: the body was not read as JSON, because its content-type is text/plain and should be "
        "application/json.",
    ),
    "422 no content type": (
        invalid(NOT_DICT, kind="bytes"),
        "validation",
        "Validation answered 422: the body was not read as JSON, because its content-type is missing and should be "
        "application/json.",
    ),
    "422 secret": (
        invalid(SECRET),
        "validation",
        "Validation answered 422: body field password was [redacted] and should have at least 8 characters.",
    ),
    "422 secret in own words": (
        invalid(OWN),
        "validation",
        "Validation answered 422: body field api_token was [redacted]: value_error ([redacted]).",
    ),
    "422 turned into 400": (
        invalid(MISSING, status=400, handler="as_bad_request"),
        "exception handler",
        "The exception handler as_bad_request answered 400 in place of 422 from validation: body "
        "field name is missing.",
    ),
    # exceptions
    "HTTPException from the endpoint": (
        failing(CALLED, endpoint(NOT_FOUND), status=404, handled=handled_by("http_exception", NOT_FOUND, 404)),
        "endpoint",
        "The endpoint read_duck answered 404: it raised HTTPException(404, 'no such duck') at HERE.",
    ),
    "HTTPException without detail": (
        failing(CALLED, endpoint(TEAPOT), status=418, handled=handled_by("http_exception", TEAPOT, 418)),
        "endpoint",
        "The endpoint read_duck answered 418: it raised HTTPException(418) at HERE.",
    ),
    "HTTPException from a dependency": (
        failing(
            ("dependency_entered", {"name": "current_user", "outcome": "raised", "error": UNAUTHORISED}),
            status=401,
            handled=handled_by("http_exception", UNAUTHORISED, 401),
        ),
        "dependency",
        "The dependency current_user answered 401: it raised HTTPException(401, 'who are you?') at HERE.",
    ),
    "handler gives a status": (
        failing(CALLED, endpoint(KEY), status=409, handled=handled_by("on_key_error", KEY, 409)),
        "exception handler",
        "The exception handler on_key_error answered 409 to a failure of the endpoint read_duck: "
        "it raised KeyError: 'pond' at HERE.",
    ),
    "500 from the endpoint": (
        failing(CALLED, endpoint(ZERO)),
        "endpoint",
        "The endpoint read_duck failed with 500: it raised ZeroDivisionError: division by zero at HERE.",
    ),
    "500 with a cause": (
        failing(CALLED, endpoint(CAUSED)),
        "endpoint",
        "The endpoint read_duck failed with 500: it raised RuntimeError: the database is away at HERE, "
        "caused by ConnectionRefusedError: port 5432.",
    ),
    "500 from a dependency": (
        failing(("dependency_entered", {"name": "get_session", "outcome": "raised", "error": ZERO})),
        "dependency",
        "The dependency get_session failed with 500: it raised ZeroDivisionError: division by zero at HERE.",
    ),
    "clean-up raises another exception": (
        failing(
            CALLED, endpoint(KEY), ("dependency_left", {"name": "get_session", "outcome": "raised", "error": ZERO})
        ),
        "dependency",
        "The clean-up of dependency get_session failed with 500: it raised ZeroDivisionError: "
        "division by zero at HERE.",
    ),
    "dependency swallows the exception": (
        failing(
            CALLED,
            endpoint(KEY),
            ("dependency_left", {"name": "get_session", "outcome": "swallowed", "error": KEY}),
            handled={"outcome": "raised", "error": raised(RuntimeError("the dependency get_session caught KeyError"))},
        ),
        "dependency",
        "The dependency get_session failed with 500: it caught KeyError: 'pond' around its yield and did not raise it "
        "again.",
    ),
    "reply cannot be written": (
        failing(
            CALLED,
            ("endpoint_returned", {"name": "read_duck", "outcome": "returned", "returned": "object"}),
            ("middleware_left", {"name": "ExceptionMiddleware", "index": 1, "outcome": "raised", "error": ZERO}),
        ),
        "reply",
        "The reply of the endpoint read_duck failed with 500: it raised ZeroDivisionError: division by zero at HERE.",
    ),
    "background task fails": (
        [
            *head(),
            *entered(*AROUND),
            *found("/ducks", "list_ducks"),
            *answer(200),
            *left(*AROUND, outcome="raised", error=ZERO),
            *END,
        ],
        "background",
        "What the endpoint list_ducks left to do in the background failed after the answer 200 was complete: "
        "it raised ZeroDivisionError: division by zero at HERE.",
    ),
    "clean-up passes the exception on": (
        failing(CALLED, endpoint(KEY), ("dependency_left", {"name": "get_session", "outcome": "raised", "error": KEY})),
        "endpoint",
        "The endpoint read_duck failed with 500: it raised KeyError: 'pond' at HERE.",
    ),
    "middleware raises": (
        [
            *head(),
            *entered("ServerErrorMiddleware", "Gate"),
            ("middleware_left", {"name": "Gate", "index": 1, "outcome": "raised", "error": ZERO}),
            *answer(500),
            *left("ServerErrorMiddleware", outcome="raised", error=ZERO),
        ],
        "middleware",
        "The middleware Gate failed with 500: it raised ZeroDivisionError: division by zero at HERE.",
    ),
    "middleware catches": (
        [
            *head(),
            *entered("ServerErrorMiddleware", "Catcher", "ExceptionMiddleware"),
            *found("/ducks/{id}", "read_duck"),
            CALLED,
            endpoint(ZERO),
            ("middleware_left", {"name": "ExceptionMiddleware", "index": 2, "outcome": "raised", "error": ZERO}),
            *answer(503),
            *left("ServerErrorMiddleware", "Catcher"),
        ],
        "middleware",
        "The middleware Catcher answered 503 to a failure of the endpoint read_duck: "
        "it raised ZeroDivisionError: division by zero at HERE.",
    ),
    "toolkit endpoint raises an HTTPException": (
        [
            *head(),
            *entered(*AROUND),
            *found("/ducks/{id}", "read_duck"),
            *answer(404),
            *left(*AROUND, **handled_by("http_exception", NOT_FOUND, 404)),
        ],
        "endpoint",
        "The endpoint read_duck answered 404: it raised HTTPException(404, 'no such duck') at HERE.",
    ),
    "toolkit endpoint raises what a handler takes": (
        [
            *head(),
            *entered(*AROUND),
            *found("/ducks/{id}", "read_duck"),
            *answer(409),
            *left(*AROUND, **handled_by("on_key_error", KEY, 409)),
        ],
        "exception handler",
        "The exception handler on_key_error answered 409 to a failure of the endpoint read_duck: "
        "it raised KeyError: 'pond' at HERE.",
    ),
    "endpoint answers itself and its background task fails": (
        [
            *head(),
            *entered(*AROUND),
            *found("/ducks", "list_ducks"),
            *answer(404),
            *left(*AROUND, outcome="raised", error=ZERO),
            *END,
        ],
        "endpoint",
        "The endpoint list_ducks answered 404 itself: the response that it returned says so (/srv/app.py:31).",
    ),
    "toolkit endpoint raises": (
        failing(("middleware_left", {"name": "ExceptionMiddleware", "index": 1, "outcome": "raised", "error": ZERO})),
        "endpoint",
        "The endpoint read_duck failed with 500: it raised ZeroDivisionError: division by zero at HERE.",
    ),
    "reply does not fit": (
        failing(
            CALLED,
            ("endpoint_returned", {"name": "read_duck", "outcome": "ok", "returned": "dict"}),
            (
                "reply_validated",
                {
                    "outcome": "invalid",
                    "model": "Duck",
                    "returned": "dict",
                    "errors": [error("missing", ("response", "name"), "Field required", {})],
                },
            ),
        ),
        "reply",
        "The reply of the endpoint read_duck failed with 500: what it returned (dict) does not fit the response model "
        "Duck: field name is missing (/srv/app.py:31).",
    ),
    # the protocol and the server
    "400 no Host": (
        refused(400, "host-missing", "RFC 9112 section 3.2", "an HTTP/1.1 request must have a Host field"),
        "server",
        "The server answered 400: an HTTP/1.1 request must have a Host field (rule host-missing, "
        "RFC 9112 section 3.2).",
    ),
    "400 unreadable": (
        refused(400, "request-line", "RFC 9112 section 3", "the request line is malformed", readable=False),
        "server",
        "The server answered 400: the request line is malformed (rule request-line, RFC 9112 section 3).",
    ),
    "408": (
        refused(408, "timeout_head", "", "the head did not come within 10 seconds", readable=False),
        "server",
        "The server answered 408: the head did not come within 10 seconds (rule timeout_head).",
    ),
    "413": (
        refused(413, "body-size", "RFC 9110 section 15.5.14", "the body is larger than limit_request_body"),
        "server",
        "The server answered 413: the body is larger than limit_request_body (rule body-size, RFC "
        "9110 section 15.5.14).",
    ),
    "414": (
        refused(414, "line-size", "RFC 9110 section 15.5.15", "the request line is too long", readable=False),
        "server",
        "The server answered 414: the request line is too long (rule line-size, RFC 9110 section 15.5.15).",
    ),
    "431": (
        refused(431, "head-size", "RFC 6585 section 5", "the request head is too large", readable=False),
        "server",
        "The server answered 431: the request head is too large (rule head-size, RFC 6585 section 5).",
    ),
    "application returned without an answer": (
        [
            *head(),
            (
                "app_entered",
                {"outcome": "failed", "reason": "the application returned without a response", "status": 500},
            ),
            ("bytes_encoded", {"status": 500}),
            *END,
        ],
        "application",
        "The server answered 500: the application returned without a response.",
    ),
    "application broke the order": (
        [
            *head(),
            ("app_entered", {"outcome": "failed", "reason": "the application raised", "error": FAULT, "status": 500}),
            ("bytes_encoded", {"status": 500}),
            *END,
        ],
        "application",
        "The application failed with 500: it broke its contract: http.response.body came first at HERE.",
    ),
    # somebody meant it
    "middleware answers itself": (
        [*head(), *entered("ServerErrorMiddleware", "Gate"), *answer(403), *left("ServerErrorMiddleware", "Gate")],
        "middleware",
        "The middleware Gate answered 403 itself: nothing behind it was called.",
    ),
    # somebody said so
    "a middleware says why": (
        [
            *head("GET", "/"),
            *entered("ServerErrorMiddleware", "TrustedHostMiddleware"),
            said("TrustedHostMiddleware", "the host evil.test is not in allowed_hosts (pond.test)", 400),
            *answer(400),
            *left("ServerErrorMiddleware", "TrustedHostMiddleware"),
        ],
        "middleware",
        "The middleware TrustedHostMiddleware answered 400: the host evil.test is not in allowed_hosts (pond.test).",
    ),
    "a response says why": (
        [*head(), *entered(*AROUND), *found("/a.txt", "a"), said("FileResponse", "it is the same", 304), *answer(304)],
        "response",
        "FileResponse answered 304: it is the same.",
    ),
    "what an outer layer decides on the way out does not hide it": (
        [
            *head("GET", "/"),
            *entered("ServerErrorMiddleware", "GZipMiddleware", "TrustedHostMiddleware"),
            said("TrustedHostMiddleware", "no", 400),
            said("GZipMiddleware", "not compressed, it is too short"),
            *answer(400),
            *left("ServerErrorMiddleware", "GZipMiddleware", "TrustedHostMiddleware"),
        ],
        "middleware",
        "The middleware TrustedHostMiddleware answered 400: no.",
    ),
    "an endpoint behind a layer that let it pass": (
        [
            *head("GET", "/"),
            *entered("ServerErrorMiddleware", "CORSMiddleware", "NameTag", "ExceptionMiddleware"),
            said("CORSMiddleware", "the page cannot read this"),
            *found("/", "home"),
            *answer(400),
            *left("ServerErrorMiddleware", "CORSMiddleware", "NameTag", "ExceptionMiddleware"),
        ],
        "endpoint",
        "The endpoint home answered 400 itself: the response that it returned says so (/srv/app.py:31), unless the "
        "middleware NameTag changed it.",
    ),
    "an endpoint behind a layer that would have answered with the same status": (
        [
            *head("GET", "/a"),
            *entered(*AROUND),
            *found("/files", "files"),
            said("StaticFiles", "there is no file a", 404),
            *found("/a", "last_resort"),
            *answer(404),
            *left(*AROUND),
        ],
        "endpoint",
        "The endpoint last_resort answered 404 itself: the response that it returned says so (/srv/app.py:31).",
    ),
    "a decision that another layer carries out and tells of again": (
        [
            *websocket_head("/feed"),
            *entered(*AROUND),
            *found("/feed", "feed"),
            said("requires", "no scopes", 403),
            said("WebSocket", "closed before accept()", 403),
            ("bytes_encoded", {"status": 403}),
            *left(*AROUND),
        ],
        "guard",
        "The guard requires answered 403: no scopes.",
    ),
    "a WebSocket that tells why it was closed": (
        [
            *websocket_head("/feed"),
            *entered(*AROUND),
            *found("/feed", "feed"),
            said("WebSocket", "closed before accept()", 403),
            ("bytes_encoded", {"status": 403}),
            *left(*AROUND),
        ],
        "endpoint",
        "The endpoint feed answered 403: closed before accept().",
    ),
    "a call that refuses": (
        failing(CALLED, said("request.json()", "the body is no JSON", 400), status=400, handled={"outcome": "passed"}),
        "endpoint",
        "The call of request.json() answered 400: the body is no JSON.",
    ),
    "a decision that was raised": (
        [
            *head("GET", "/a"),
            *entered(*AROUND),
            *found("/a", "admin"),
            said("requires", "admin needs the scopes boss; granted are none, so boss is missing", 403),
            *answer(403),
            *left(*AROUND, **handled_by("http_exception", raised(HTTPException(403)), 403)),
        ],
        "guard",
        "The guard requires answered 403: admin needs the scopes boss; granted are none, so boss is missing.",
    ),
    "a decision that a handler made another answer of": (
        [
            *head("GET", "/a"),
            *entered(*AROUND),
            *found("/a", "admin"),
            said("requires", "admin needs the scopes boss; granted are none, so boss is missing", 403),
            *answer(302),
            *left(*AROUND, **handled_by("to_login", raised(HTTPException(403)), 302)),
        ],
        "exception handler",
        "The exception handler to_login answered 302 in place of 403 from the endpoint admin: it raised "
        "HTTPException(403) at HERE.",
    ),
    "a failure after a layer has let it pass": (
        [
            *head("GET", "/a"),
            *entered("ServerErrorMiddleware", "CORSMiddleware", "ExceptionMiddleware"),
            said("CORSMiddleware", "the page cannot read this"),
            *found("/a", "divides"),
            ("middleware_left", {"name": "ExceptionMiddleware", "index": 2, "outcome": "raised", "error": ZERO}),
            *answer(500),
            *left("ServerErrorMiddleware", "CORSMiddleware", outcome="raised", error=ZERO),
        ],
        "endpoint",
        "The endpoint divides failed with 500: it raised ZeroDivisionError: division by zero at HERE.",
    ),
    "a WebSocket refused by a layer": (
        [
            *websocket_head("/feed"),
            *entered("ServerErrorMiddleware", "AuthenticationMiddleware"),
            said("AuthenticationMiddleware", "the token is too old", 403),
            ("bytes_encoded", {"status": 403}),
            *left("ServerErrorMiddleware", "AuthenticationMiddleware"),
        ],
        "middleware",
        "The middleware AuthenticationMiddleware answered 403: the token is too old.",
    ),
    "a WebSocket closed by its endpoint before it is accepted": (
        [
            *websocket_head("/feed"),
            *entered(*AROUND),
            *found("/feed", "feed"),
            ("bytes_encoded", {"status": 403}),
            *left(*AROUND),
        ],
        "endpoint",
        "The endpoint feed answered 403 itself: it closed the WebSocket before accepting it (/srv/app.py:31).",
    ),
    "a WebSocket closed by a middleware before it is accepted": (
        [
            *websocket_head("/feed"),
            *entered("ServerErrorMiddleware", "Gate"),
            ("bytes_encoded", {"status": 403}),
            *left("ServerErrorMiddleware", "Gate"),
        ],
        "middleware",
        "The middleware Gate answered 403 itself: nothing behind it was called.",
    ),
    "endpoint answers itself": (
        failing(
            CALLED,
            ("endpoint_returned", {"name": "read_duck", "outcome": "returned", "returned": "JSONResponse"}),
            ("reply_validated", {"outcome": "response", "returned": "JSONResponse"}),
            status=402,
            handled={"outcome": "passed"},
        ),
        "endpoint",
        "The endpoint read_duck answered 402 itself: the response that it returned says so (/srv/app.py:31).",
    ),
    "status from the route's declaration": (
        failing(
            CALLED,
            ("endpoint_returned", {"name": "read_duck", "outcome": "returned", "returned": "dict"}),
            ("reply_validated", {"outcome": "fit", "model": "Duck", "size": 3, "returned": "dict"}),
            status=410,
            handled={"outcome": "passed"},
        ),
        "endpoint",
        "The endpoint read_duck answered 410 itself: it returned normally, and the status is what its route declares "
        "or what it has set (/srv/app.py:31).",
    ),
    "404 below a mount": (
        [
            *head("GET", "/admin/user"),
            *entered(*AROUND),
            ("route_matched", {"outcome": "found", "route": "/admin", "path": "/admin/user"}),
            ("route_matched", {"outcome": "not_found", "method": "GET", "path": "/user", "near": []}),
            *answer(404),
            *left(*AROUND),
        ],
        "router",
        "The router answered 404: no route matches GET /admin/user (/user below the mount /admin), "
        "and none comes near.",
    ),
    "toolkit endpoint answers itself": (
        [*head(), *entered(*AROUND), *found("/old", "old"), *answer(301), *left(*AROUND)],
        "endpoint",
        "The endpoint old answered 301 itself: the response that it returned says so (/srv/app.py:31).",
    ),
    "mounted application answers": (
        [
            *head("GET", "/static/x"),
            *entered(*AROUND),
            ("route_matched", {"outcome": "found", "route": "/static"}),
            *answer(404),
            *left(*AROUND),
        ],
        "application",
        "The application mounted at /static answered 404 itself.",
    ),
    "raw application answers": (
        [*head(), *answer(404), *END],
        "application",
        "The application Webfoot answered 404 itself, and it marks no stations of its own.",
    ),
    # no whole answer
    "client left before the answer": (
        [*head(), ("closed", {"reason": "the client left"})],
        "server",
        "The connection ended before there was an answer: the client left.",
    ),
    "client left while the endpoint ran": (
        [
            *head(),
            *entered(*AROUND),
            *found("/slow", "slow"),
            ("endpoint_called", {"name": "slow"}),
            ("closed", {"reason": "the client left before the response was complete"}),
            ("endpoint_returned", {"name": "slow", "outcome": "raised", "error": GONE}),
            *left(*AROUND, outcome="raised", error=GONE),
        ],
        "server",
        "The connection ended before there was an answer while the endpoint slow was running: "
        "the client left before the response was complete.",
    ),
    "application returned half way": (
        [
            *head(),
            ("response_started", {"status": 200}),
            ("bytes_encoded", {"status": 200}),
            (
                "app_entered",
                {"outcome": "failed", "reason": "the application returned before the response was complete"},
            ),
            ("closed", {"reason": "the application returned before the response was complete"}),
        ],
        "application",
        "The answer 200 was cut short: the application returned before the response was complete.",
    ),
    "no request at all": (
        [head()[0], ("closed", {"reason": "timeout_keep_alive has passed"})],
        "server",
        "No request came: timeout_keep_alive has passed.",
    ),
    "answer cut short": (
        [*head(), ("response_started", {"status": 200}), ("closed", {"reason": "the client left"})],
        "server",
        "The answer 200 was cut short: the client left.",
    ),
    "WebSocket cut short": (
        [
            *websocket_head("/feed"),
            ("response_started", {"status": 101}),
            ("closed", {"reason": "the client left", "code": None}),
        ],
        "server",
        "The WebSocket was cut short: the client left.",
    ),
    "stream fails after the start": (
        [
            *head(),
            *entered(*AROUND),
            *found("/feed", "feed"),
            ("endpoint_called", {"name": "feed"}),
            ("response_started", {"status": 200}),
            endpoint(ZERO),
            *left(*AROUND, outcome="raised", error=ZERO),
            ("closed", {"reason": "the application failed"}),
        ],
        "endpoint",
        "The endpoint read_duck failed after the answer 200 had begun: "
        "it raised ZeroDivisionError: division by zero at HERE.",
    ),
}


@pytest.mark.parametrize(("steps", "layer", "expected"), ROWS.values(), ids=ROWS)
def test_the_sentence_and_the_layer(steps, layer, expected):
    reason = why(recorded(steps))

    assert reason is not None
    # HERE stands for the line of made.py that raises
    assert re.sub(r"tests/journey/made\.py:\d+", "HERE", reason.sentence) == expected
    assert reason.layer == layer


@pytest.mark.parametrize(
    "steps",
    [
        typed_post(),
        [*head(), *answer(200), *END],
        [*websocket_head("/"), ("response_started", {"status": 101}), ("closed", {"reason": "closed", "code": 1000})],
        [],
    ],
    ids=["typed post", "raw application", "WebSocket", "nothing marked"],
)
def test_nothing_to_say_when_all_went_well(steps):
    assert why(recorded(steps)) is None


@pytest.mark.parametrize("length", range(len(typed_post()) + 1))
def test_a_journey_broken_off_anywhere_has_a_reason_or_none_but_never_an_exception(length):
    reason = why(recorded(typed_post()[:length]))

    assert reason is None or reason.sentence.endswith(".")


@pytest.mark.parametrize("row", ROWS)
def test_every_reason_is_one_line_that_ends_with_a_full_stop(row):
    reason = why(recorded(ROWS[row][0]))

    assert reason.sentence.count("\n") == 0
    assert reason.sentence[0].isupper()
    assert reason.sentence.endswith(".")
    assert not reason.sentence.endswith("..")
