"""Reasons for whoever writes a line for each request."""

from __future__ import annotations

from webfoot.journey.explaining import Explainer


def refused(trail):
    trail.mark("head_accepted", outcome="refused", status=400, rule="host", reason="there is no Host field")


def test_asked_before_the_end():
    trail = Explainer().begin()
    refused(trail)
    told = []
    trail.explain(told.append)
    assert told == []
    trail.mark("closed", reason="refused")
    trail.end()
    assert len(told) == 1
    assert "there is no Host field" in told[0]


def test_asked_after_the_end():
    trail = Explainer().begin()
    refused(trail)
    trail.mark("closed", reason="refused")
    told = []
    trail.explain(told.append)
    assert len(told) == 1
    assert "there is no Host field" in told[0]


def test_nobody_asks():
    trail = Explainer().begin()
    trail.mark("kept_alive", reason="")
    assert trail.done


def test_where_there_is_nothing_to_explain():
    trail = Explainer().begin()
    told = []
    trail.explain(told.append)
    trail.mark("kept_alive", reason="")
    assert told == [""]
