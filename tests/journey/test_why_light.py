"""The sentences are the same where only the flight recorder or the access log watches, which passes stations over."""

from __future__ import annotations

import pytest
from tests.journey import test_why_real as real
from tests.journey import test_why_unanswered as unanswered

from webfoot.journey.record import Record


@pytest.fixture(autouse=True)
def light(monkeypatch):
    made = Record.__init__

    def light(self, on_done=None, companion=None, is_light=True):
        made(self, on_done, companion, True)

    monkeypatch.setattr(Record, "__init__", light)


@pytest.mark.parametrize(
    ("app", "request_bytes", "status", "layer", "expected"), real.ROWS.values(), ids=list(real.ROWS)
)
def test_the_sentence_and_the_layer(app, request_bytes, status, layer, expected):
    real.test_the_sentence_and_the_layer(app, request_bytes, status, layer, expected)


@pytest.mark.parametrize(
    ("path", "status", "layer", "sentence"), unanswered.FAULTS, ids=[path for path, *_ in unanswered.FAULTS]
)
def test_whose_fault_it_is(path, status, layer, sentence):
    unanswered.test_whose_fault_it_is(unanswered.timed, path, status, layer, sentence)
