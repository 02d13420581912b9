"""A request's body as JSON, whatever was sent instead."""

from __future__ import annotations

import json
from typing import Any, Final

from webfoot.web.exceptions import HTTPException

# Levels that reading leaves to writing: an application that sends back what it was sent must not fail at the last one.
_SPARE: Final = 64
# Nothing with fewer brackets can be nested so deeply that they would matter.
_HARMLESS: Final = 500


class InvalidJSON(json.JSONDecodeError, HTTPException):
    """The body is no JSON that can be read; left alone it is answered with 400.

    It is the JSONDecodeError (a ValueError) that Python's reader raises, so what catches that catches this, with the
    same `msg`, `doc`, `pos`, `lineno` and `colno`. What is not text, too deeply nested or a number of too many digits
    has no `doc` and the position 0.
    """

    def __init__(self, msg: str, doc: str | None = None, pos: int = 0) -> None:
        json.JSONDecodeError.__init__(self, msg, doc or "", pos)
        self.said = msg if doc is None else str(self.args[0])  # that has the line and column in it
        self.status_code = 400
        self.detail = f"The body is not valid JSON: {self.said}"
        self.headers = None

    def __str__(self) -> str:
        return self.said


def read_json(body: bytes | str) -> Any:
    """Raises InvalidJSON, and nothing else, for whatever bytes (or text).

    As Python reads it: UTF-8, UTF-16 and UTF-32 are told apart (RFC 8259 section 8.1 allows the first alone, and a
    `charset` in the content type means nothing), of two members with one name the last counts, and NaN is a number.
    """
    try:
        return json.loads(body) if len(body) < _HARMLESS else _read_large(body)
    except json.JSONDecodeError as error:
        raise InvalidJSON(error.msg, error.doc, error.pos) from None
    except UnicodeDecodeError as error:
        raise InvalidJSON(f"it is not text in {error.encoding}") from error
    except RecursionError:
        # Python 3.11 reads about 1000 levels less those of the call stack, later ones some thousands.
        raise InvalidJSON("it is nested too deeply") from None
    except ValueError:
        # Text to int takes quadratic time, so Python stops at sys.get_int_max_str_digits() (CVE-2020-10735).
        raise InvalidJSON("it has a number of too many digits") from None


def _read_large(body: bytes | str) -> Any:
    """As json.loads, and a RecursionError `_SPARE` levels earlier: the text is read inside of so many lists."""
    text = body if isinstance(body, str) else body.decode(json.detect_encoding(body), "surrogatepass")
    if text.count("[") + text.count("{") < _HARMLESS:
        return json.loads(text)
    try:
        value = json.loads("[" * _SPARE + text + "]" * _SPARE)
        for _ in range(_SPARE):
            [value] = value
    except ValueError:  # it is no JSON, or only looks like it within brackets ("1], [2")
        return json.loads(text)
    return value
