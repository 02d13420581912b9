from __future__ import annotations

import gc
import weakref

import pytest
from tests.journey.made import head, recorded, typed_post

from webfoot.journey.failure import Failure
from webfoot.journey.record import MOST_MARKS, MOST_REPEATS, Record
from webfoot.journey.redact import REDACTED


def test_marks_are_kept_in_order_with_rising_times():
    record = Record()
    record.mark("connected", client=("127.0.0.1", 1))
    record.mark("bytes_received", size=3)

    assert [mark.station for mark in record.marks] == ["connected", "bytes_received"]
    assert record.marks[0].at <= record.marks[1].at
    assert record.marks[1].facts == {"size": 3}


def test_method_target_and_status_come_from_the_marks():
    record = recorded(typed_post())

    assert (record.method, record.target, record.status) == ("POST", "/ponds/7/ducks?dry=true", 201)


def test_the_status_is_the_one_that_was_encoded():
    record = recorded([*head(), ("response_started", {"status": 200}), ("bytes_encoded", {"status": 500})])

    assert record.status == 500


def test_without_an_encoder_the_last_status_spoken_of_counts():
    assert recorded([*head(), ("response_started", {"status": 204})]).status == 204


def test_an_empty_record_knows_nothing_and_fails_at_nothing():
    record = Record()

    assert (record.method, record.target, record.status, record.took_ns) == (None, None, None, 0)


class TestDone:
    @pytest.mark.parametrize("end", ["kept_alive", "closed"])
    def test_the_application_has_returned_and_then_the_connection_ends(self, end):
        done = []
        record = Record(done.append)
        record.mark("app_entered", outcome="called")
        record.end()
        assert done == []
        record.mark(end, reason="")

        assert done == [record]
        assert record.done

    def test_the_connection_ends_and_then_the_application_returns(self):
        done = []
        record = Record(done.append)
        record.mark("app_entered", outcome="called")
        record.mark("kept_alive", reason="")
        assert done == []
        record.mark("dependency_left", name="get_session")
        record.end()

        assert done == [record]
        assert record.marks[-1].station == "dependency_left"

    def test_no_application_was_called(self):
        done = []
        record = Record(done.append)
        record.mark("head_accepted", outcome="refused", status=400)
        record.mark("closed", reason="")

        assert done == [record]

    def test_it_is_told_once(self):
        done = []
        record = Record(done.append)
        for _ in range(2):
            record.mark("closed", reason="")
            record.end()

        assert done == [record]

    def test_a_listener_that_fails_does_not_reach_the_request(self):
        def fail(record):
            raise ValueError("no")

        record = Record(fail)
        record.mark("closed", reason="")

        assert isinstance(record.marks[-1].facts["listener_failed"], Failure)


def test_what_a_layer_says_is_kept_without_secrets_and_without_end():
    record = Record()
    for what in ("token=abc&page=2", "Bearer eyJh.b1.c", "https://duck:abc@pond.test", "x" * 1000):
        record.mark("decided", by="Gate", what=what, status=None)

    assert [mark.facts["what"] for mark in record.marks] == [
        "token=[redacted]&page=2",
        "Bearer [redacted]",
        "https://[redacted]@pond.test",
        f"{'x' * 400}… (1000 characters)",
    ]


class TestBounds:
    def test_a_long_stream_keeps_its_beginning_and_its_end(self):
        record = Record()
        for _ in range(10 * MOST_REPEATS):
            record.mark("response_body", size=1, more=True)
        record.mark("response_ended", total=1000)
        record.mark("kept_alive", reason="")

        assert len(record.marks) == MOST_REPEATS + 2
        assert record.left_out == 9 * MOST_REPEATS
        assert record.done

    def test_nothing_grows_without_a_bound(self):
        record = Record()
        for _ in range(2 * MOST_MARKS):
            record.mark("dependency_entered", name="x")

        assert len(record.marks) == MOST_MARKS
        assert record.left_out == MOST_MARKS


class Refuses:
    def __repr__(self):
        raise RuntimeError("do not look at me")

    __str__ = __repr__
    __len__ = __repr__
    __iter__ = __repr__


class Mumbles(Exception):
    def __str__(self):
        raise RuntimeError("do not look at me")


@pytest.mark.parametrize(
    ("station", "facts"),
    [
        ("head_parsed", {"headers": Refuses(), "target": Refuses()}),
        ("head_parsed", {"headers": [1, 2]}),
        ("route_matched", {"path_params": Refuses(), "near": Refuses()}),
        ("route_matched", {"path_params": {"token": Refuses(), 3: 4}}),
        ("values_collected", {"path": Refuses(), "cookie": Refuses()}),
        ("values_validated", {"errors": Refuses()}),
        ("values_validated", {"errors": [Refuses(), {"loc": Refuses(), "input": Refuses()}]}),
        ("endpoint_returned", {"error": Mumbles(), "returned": Refuses()}),
        ("response_started", {"headers": Refuses()}),
        ("decided", {"by": "X", "what": Refuses()}),
        ("closed", {"reason": Refuses()}),
    ],
)
def test_no_object_of_the_application_can_make_a_mark_raise(station, facts):
    record = Record()
    record.mark(station, **facts)

    assert len(record.marks) == 1


class Thing:
    """Of the application, which may want to see it go."""


def test_an_exception_does_not_keep_its_variables_alive():
    def endpoint(held):
        raise ValueError("x")

    thing = Thing()
    seen = weakref.ref(thing)

    try:
        endpoint(thing)
    except ValueError as caught:
        record = Record()
        record.mark("endpoint_returned", error=caught)
        record.mark("values_validated", errors=[{"loc": ("body",), "input": {"a": [thing]}}])
    del thing
    gc.collect()

    assert seen() is None


def test_nothing_of_the_request_is_kept_alive_beyond_its_end():
    thing = Thing()
    seen = weakref.ref(thing)
    record = Record()
    record.mark("route_matched", path_params={"a": thing})
    record.mark("endpoint_returned", returned=thing)
    record.mark("kept_alive", reason="")
    del thing
    gc.collect()

    assert record.done
    assert seen() is None


class TestSecrets:
    def test_headers(self):
        record = recorded(
            [
                (
                    "head_parsed",
                    {
                        "target": b"/",
                        "headers": [
                            (b"authorization", b"Bearer s3cret"),
                            (b"proxy-authorization", b"Basic s3cret"),
                            (b"cookie", b"sid=s3cret"),
                            (b"x-api-key", b"s3cret"),
                            (b"x-auth-token", b"s3cret"),
                            (b"referer", b"https://ducks.test/?token=s3cret&page=2"),
                            (b"accept", b"*/*"),
                        ],
                    },
                ),
                ("response_started", {"status": 200, "headers": [(b"set-cookie", b"sid=s3cret")]}),
            ]
        )

        assert "s3cret" not in repr(record.marks)
        assert record.header("accept") == "*/*"
        assert record.header("authorization") == REDACTED
        assert record.header("referer") == f"https://ducks.test/?token={REDACTED}&page=2"

    def test_query(self):
        record = recorded(head("GET", "/?q=duck&api_key=s3cret&Password=s3cret"))

        assert "s3cret" not in repr(record.marks)
        assert record.target == f"/?q=duck&api_key={REDACTED}&Password={REDACTED}"

    def test_path_params_that_only_the_router_knows(self):
        record = recorded(
            [
                *head("GET", "/reset/s3cret"),
                ("route_matched", {"outcome": "found", "path": "/reset/s3cret", "path_params": {"token": "s3cret"}}),
            ]
        )

        assert "s3cret" not in repr(record.marks)
        assert record.target == f"/reset/{REDACTED}"

    def test_values(self):
        record = recorded(
            [
                (
                    "values_collected",
                    {
                        "query": {"token": "s3cret", "page": "2"},
                        "header": {"x-api-key": "s3cret"},
                        "cookie": {"a": "s3cret"},
                    },
                )
            ]
        )

        assert "s3cret" not in repr(record.marks)
        assert record.marks[0].facts["query"] == {"token": REDACTED, "page": "2"}
        assert record.marks[0].facts["cookie"] == {"a": REDACTED}

    def test_validation_errors(self):
        errors = [
            {"type": "string_too_short", "loc": ("body", "password"), "msg": "too short", "input": "s3cret"},
            {"type": "value_error", "loc": ("body", "pin"), "msg": "Value error, s3cret is known", "input": "s3cret"},
            {
                "type": "missing",
                "loc": ("body", "name"),
                "msg": "Field required",
                "input": {"password": "s3cret", "a": 1},
            },
            {"type": "model_attributes_type", "loc": ("body",), "msg": "no", "input": b'{"password": "s3cret"}'},
            {"type": "dict_type", "loc": ("body",), "msg": "no", "input": '{"password": "s3cret"}'},
            {"type": "deep", "loc": ("body", "a"), "msg": "no", "input": {"b": [{"client_secret": "s3cret"}]}},
        ]
        record = recorded([("values_validated", {"outcome": "invalid", "errors": errors})])

        assert "s3cret" not in repr(record.marks)
        assert record.marks[0].facts["errors"][2]["input"] == {"password": REDACTED, "a": 1}

    def test_exception_messages(self):
        error = RuntimeError("connect to postgres://duck:s3cret@db/ponds failed, password='s3cret', tries=3")
        record = recorded([("endpoint_returned", {"error": error})])

        assert "s3cret" not in repr(record.marks)
        assert "tries=3" in record.marks[0].facts["error"].text

    def test_what_the_endpoint_returned_is_told_by_its_kind(self):
        record = recorded([("endpoint_returned", {"returned": {"password": "s3cret"}})])

        assert record.marks[0].facts["returned"] == "dict of 1"


def test_a_connection_without_a_request_is_empty():
    record = Record()
    record.mark("connected")
    record.mark("closed", reason="the client left")

    assert record.is_empty
    record.mark("bytes_received", size=1)
    assert not record.is_empty
