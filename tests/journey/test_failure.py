from __future__ import annotations

import json
from pathlib import Path

import pytest
from pydantic import BaseModel

from webfoot.journey.failure import failure_of, place


def caught(call, *args):
    try:
        call(*args)
    except BaseException as error:
        return failure_of(error)
    raise AssertionError("it did not raise")


def test_the_place_is_the_innermost_line_of_the_applications_own_code():
    failure = caught(json.loads, "{")

    assert failure.kind == "JSONDecodeError"
    assert Path(failure.file).name == "test_failure.py"  # not the standard library, which raised it
    assert failure.where.startswith("tests/journey/test_failure.py:") or failure.where.startswith(str(Path(__file__)))


def test_an_exception_that_was_never_raised_has_no_place():
    assert failure_of(ValueError("x")).where is None


def test_a_status_for_the_client_is_kept():
    class Refusal(Exception):
        status_code = 403
        detail = {"token": "s3cret", "why": "no"}

    failure = failure_of(Refusal())

    assert failure.status == 403
    assert str(failure) == "Refusal(403, {'token': '[redacted]', 'why': 'no'})"


def test_a_validation_error_does_not_quote_the_values():
    class Duck(BaseModel):
        name: str
        password: int

    failure = caught(lambda: Duck(name=3, password="s3cret"))

    assert "s3cret" not in repr(failure)
    assert failure.text.startswith("name: Input should be a valid string; password: Input should be a valid integer")


def test_a_group_of_one_is_its_exception():
    assert failure_of(ExceptionGroup("task group", [ValueError("x")])).kind == "ValueError"


def test_a_group_of_two_stays_a_group():
    assert failure_of(ExceptionGroup("both", [ValueError("x"), KeyError("y")])).kind == "ExceptionGroup"


def test_causes_are_followed_to_a_depth():
    error = ValueError("0")
    for depth in range(1, 20):
        outer = ValueError(str(depth))
        outer.__cause__ = error
        error = outer
    texts, failure = [], failure_of(error)
    while failure is not None:
        texts.append(failure.text)
        failure = failure.cause

    assert texts == ["19", "18", "17", "16", "15"]


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (KeyError("a"), "KeyError: 'a'"),
        (ValueError(), "ValueError"),
        (ValueError("two\n lines"), "ValueError: two lines"),
    ],
    ids=["text", "no text", "lines"],
)
def test_in_words(error, expected):
    assert str(failure_of(error)) == expected


def test_a_place_below_the_working_directory_is_relative(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)

    assert place(str(tmp_path / "app.py"), 3) == "app.py:3"
    assert place("/elsewhere/app.py", 3) == "/elsewhere/app.py:3"
