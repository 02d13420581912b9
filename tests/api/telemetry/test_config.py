from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from webfoot import Webfoot
from webfoot.api.telemetry.config import settle


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"tracng": True}, "telemetry has no option 'tracng'; did you mean 'tracing'?"),
        ({"quack": True}, "telemetry has no option 'quack'"),
        ({"tracing": "no"}, "telemetry['tracing'] is True or False, not 'no'"),
        ({"exclude": "/health"}, "telemetry['exclude'] has to be a function of the scope, not '/health'"),
        ({"meter_provider": 3}, "telemetry['meter_provider'] has to be a provider with get_meter(), not 3"),
        (False, "Webfoot(telemetry=...) takes a dict such as {'metrics': False}, not False"),
    ],
    ids=["near", "unknown", "switch", "exclude", "provider", "no dict"],
)
def test_what_cannot_be_obeyed_is_refused_in_one_sentence(given: Any, sentence: str) -> None:
    with pytest.raises(TypeError) as caught:
        Webfoot(telemetry=given)
    assert str(caught.value) == sentence


def test_none_says_nothing() -> None:
    assert settle({"metrics": None, "exclude": None}) == settle({})  # type: ignore[typeddict-item]


@pytest.mark.parametrize(("value", "on"), [("true", True), ("True", True), ("1", False), ("", False)])
@pytest.mark.parametrize("name", ["FASTAPI_OTEL_AUTO_CONFIGURE", "WEBFOOT_OTEL_AUTO_CONFIGURE"])
def test_exporters_by_the_environment_are_opt_in(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, on: bool
) -> None:
    monkeypatch.setenv(name, value)
    assert settle(None).auto_configure is on
    assert settle({"auto_configure": not on}).auto_configure is not on


def run(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_nothing_of_opentelemetry_is_imported_unless_it_is_asked_for() -> None:
    asked = "import sys, webfoot; from webfoot.testing import TestClient; app = webfoot.Webfoot(); "
    asked += "TestClient(app).get('/'); print(any(name.startswith('opentelemetry') for name in sys.modules))"
    assert run(asked) == "False"


def test_without_the_package_one_sentence_says_what_is_missing() -> None:
    without = "import sys; sys.modules['opentelemetry'] = None\nfrom webfoot import Webfoot\nWebfoot()\n"
    without += "Webfoot(telemetry={'tracing': False, 'metrics': False, 'logs': False})\n"
    without += "try:\n    Webfoot(telemetry={})\nexcept ImportError as error:\n    print(error)"
    expected = "Webfoot(telemetry=...) needs the package opentelemetry-api: pip install 'webfoot[telemetry]'"
    assert run(without) == expected
