"""Events: what may stand in one, and how it is written."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from webfoot import ServerSentEvent
from webfoot.api.sse import format_sse_event


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"data": 1, "raw_data": "x"}, "cannot both be given"),
        ({"event": "a\nb"}, "event\n.*single line"),
        ({"event": "a\rdata: forged"}, "event\n.*single line"),
        ({"id": "a\r\nb"}, "id\n.*single line"),
        ({"id": "a\0"}, "id\n.*null character"),
        ({"id": 7}, "id\n.*valid string"),
        ({"retry": -1}, "retry\n.*greater than or equal to 0"),
        ({"raw_data": 7}, "raw_data\n.*valid string"),
    ],
)
def test_what_is_refused(fields: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValidationError, match=sentence):
        ServerSentEvent(**fields)


def test_what_is_taken() -> None:
    assert ServerSentEvent(data=None, raw_data="x").raw_data == "x"
    assert ServerSentEvent(id="", event="", retry=0).id == ""


@pytest.mark.parametrize(
    ("fields", "written"),
    [
        ({}, b"\n"),
        ({"data_str": ""}, b"data: \n\n"),
        ({"data_str": "a\nb\rc\r\nd\u2028e"}, "data: a\ndata: b\ndata: c\ndata: d\u2028e\n\n".encode()),
        ({"comment": "a\nb"}, b": a\n: b\n\n"),
        (
            {"data_str": "1", "event": "e", "id": "i", "retry": 5, "comment": "c"},
            b": c\nevent: e\ndata: 1\nid: i\nretry: 5\n\n",
        ),
    ],
)
def test_the_wire_format(fields: dict[str, Any], written: bytes) -> None:
    assert format_sse_event(**fields) == written
