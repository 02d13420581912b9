"""Which requests get no line."""

from __future__ import annotations

import pytest
from tests.server.logs.entries import entry, written

from webfoot.server import OptionError, ServerOptions


def told(*requests: tuple[str, int], **options: object) -> list[str]:
    return written(
        *(entry(path.encode(), status) for path, status in requests), access_log_format="%(Uq)s %(s)s", **options
    )


def test_health_checks_that_go_well():
    requests = [("/livez", 200), ("/livez?x", 204), ("/livez", 503), ("/livez/x", 200), ("/readyz", 200)]
    assert told(*requests, access_log_skip=("/livez",)) == ["/livez 503", "/livez/x 200", "/readyz 200"]


def test_patterns():
    requests = [("/static/a.css", 200), ("/static/", 304), ("/static", 200), ("/static/a", 404), ("/a.js", 200)]
    assert told(*requests, access_log_skip=("/static/*", "/*.js")) == ["/static 200", "/static/a 404"]


def test_what_our_own_page_asks_for_has_no_line_however_it_ends():
    own = [("/__webfoot__", 308), ("/__webfoot__/api/journeys/1-1", 404), ("/__webfoot__/?token=x", 401)]
    encoded = ("/__webfoot%5F%5F/api/clear", 403)
    others = [("/__webfoot__s", 404), ("/a/__webfoot__/", 404)]
    assert told(*own, encoded, *others, journey_page=True) == ["/__webfoot__s 404", "/a/__webfoot__/ 404"]
    assert len(told(*own)) == len(own)  # of an application that has something of its own there


def test_statuses():
    requests = [("/", 200), ("/", 204), ("/", 304), ("/", 404), ("/", 500)]
    assert told(*requests, access_log_skip=("2xx", "404")) == ["/ 304", "/ 500"]


@pytest.mark.parametrize(("share", "lines"), [(1.0, 100), (0.25, 25), (0.1, 10), (0, 0)])
def test_samples(share, lines):
    assert len(told(*[("/", 200)] * 100, access_log_sample=share)) == lines
    assert len(told(*[("/", 500)] * 100, access_log_sample=share)) == 100


def test_the_first_one_of_a_sample_is_told():
    assert len(told(("/", 200), ("/", 200), access_log_sample=0.01)) == 1


def test_sessions_are_never_told_by_half():
    opened = entry(b"/chat", 101)
    opened.event = "opened"
    assert len(written(opened, opened, access_log_sample=0.1)) == 2
    assert written(opened, access_log_skip=["/chat"]) == []


@pytest.mark.parametrize("wrong", ["livez", "99", "600", "2x", "/a b", ""])
def test_what_can_be_skipped(wrong):
    with pytest.raises(OptionError, match="the option access_log_skip cannot be"):
        ServerOptions(access_log_skip=[wrong])


@pytest.mark.parametrize("wrong", [-0.1, 1.1, True, "half", float("nan")])
def test_what_a_share_is(wrong):
    with pytest.raises(OptionError, match="it must be a number from 0 to 1"):
        ServerOptions(access_log_sample=wrong)
