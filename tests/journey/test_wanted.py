"""Who watches by the settings, and what is said where a package is not there."""

from __future__ import annotations

import importlib.util
from typing import Any

import pytest

from webfoot.journey.explaining import BriefRecord
from webfoot.journey.headers.reason import WhyHeader
from webfoot.journey.headers.server_timing import ServerTiming
from webfoot.journey.otel.doorstep import Doorstep
from webfoot.journey.otel.tracing import Tracing
from webfoot.journey.wanted import listeners_by, watcher_by
from webfoot.server import ServerOptions
from webfoot.server.process import watching
from webfoot.server.settings.options import OptionError


def options(**more: Any) -> ServerOptions:
    return ServerOptions(app="main:app", **more)


def test_nobody_unless_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "_load", lambda what: pytest.fail("nothing of the journey is to be loaded"))
    assert watching.watcher_of(options(), None, 1) is None


def test_each_setting_has_its_listener_and_the_spans_are_innermost() -> None:
    wanted = listeners_by(options(why_header=True, server_timing=True, otel=True))
    assert [type(each) for each in wanted] == [WhyHeader, ServerTiming, Tracing]


def test_alone_tracing_makes_no_record_before_there_is_a_span() -> None:
    watcher = watcher_by(options(otel=True))
    assert watcher is not None
    assert isinstance(watcher.begin(), Doorstep)


def test_beside_others_there_is_one_record_for_all() -> None:
    watcher = watcher_by(options(otel=True, access_log_reasons=True))
    assert watcher is not None
    assert isinstance(watcher.begin(), BriefRecord)


def test_without_the_package_it_is_said_when_the_settings_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    found = importlib.util.find_spec
    monkeypatch.setattr(
        "webfoot.server.settings.options.find_spec", lambda name: None if name == "opentelemetry" else found(name)
    )
    with pytest.raises(
        OptionError, match=r"otel needs the package opentelemetry-api: pip install 'webfoot\[telemetry\]'"
    ):
        options(otel=True)
    assert options().otel is False


def test_without_an_exporter_it_is_said_in_the_log(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector.test")
    monkeypatch.setattr("webfoot.journey.otel.export.find_spec", lambda name: None)
    with caplog.at_level("ERROR", "webfoot"):
        Tracing()
    assert "is not installed: pip install 'webfoot[otlp]'" in caplog.text
