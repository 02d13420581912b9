"""A request's body as JSON, whatever was sent instead."""

from __future__ import annotations

import json
from typing import Any

from webfoot.web.exceptions import HTTPException


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
        return json.loads(body)
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
