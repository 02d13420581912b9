"""Uvicorn's options, and what becomes of them."""

from __future__ import annotations

import inspect
import logging
from typing import Any

import pytest
import uvicorn

from webfoot.compat.server import Config
from webfoot.compat.server_options import ROWS, followed
from webfoot.server import OptionError, ServerOptions


async def app(scope: Any, receive: Any, send: Any) -> None: ...


def test_the_table_has_every_option_with_its_default() -> None:
    there = {
        name: parameter.default
        for function in (uvicorn.Config, uvicorn.run)
        for name, parameter in inspect.signature(function).parameters.items()
        if name != "app"
    }
    assert set(ROWS) == set(there)
    assert {name: row.default for name, row in ROWS.items()} == there


def test_options_of_the_same_name_are_ours() -> None:
    same = {name for name, row in ROWS.items() if row.follow.__name__ in ("_same", "_listed")}
    assert same <= set(ServerOptions.__dataclass_fields__)


@pytest.mark.parametrize(
    ("given", "ours"),
    [
        ({"timeout_keep_alive": 5, "limit_concurrency": None}, {}),
        ({"timeout_keep_alive": 6}, {"timeout_keep_alive": 6}),
        ({"log_level": "trace"}, {"log_level": "debug"}),
        ({"log_level": logging.WARNING}, {"log_level": "warning"}),
        ({"log_level": "INFO"}, {"log_level": "info"}),
        ({"log_config": None}, {}),
        ({"log_config": {"version": 1}}, {}),
        ({"ws": "wsproto"}, {"ws": "auto"}),
        ({"ws": "none"}, {"ws": "none"}),
        ({"loop": "none"}, {}),
        ({"loop": "uvloop"}, {"loop": "uvloop"}),
        ({"interface": "asgi3"}, {}),
        ({"reload_dirs": "src"}, {"reload_dirs": ("src",)}),
        ({"reload_includes": ["a", "b"]}, {"reload_includes": ("a", "b")}),
        ({"h11_max_incomplete_event_size": 9000}, {"limit_request_head": 9000}),
        ({"proxy_headers": False, "reload_delay": 1.0}, {"proxy_headers": False}),
        ({"forwarded_allow_ips": "*"}, {"forwarded_allow_ips": "*"}),
        ({"forwarded_allow_ips": ["10.0.0.0/8", "::1"]}, {"forwarded_allow_ips": ["10.0.0.0/8", "::1"]}),
    ],
)
def test_followed(given: dict[str, Any], ours: dict[str, Any]) -> None:
    assert followed(given) == ours
    Config(app, **given)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"prot": 1}, "uvicorn.Config has no option prot; did you mean port?"),
        ({"http2": True}, "webfoot has no http2 of uvicorn.Config yet; see docs/compat.md"),
        ({"interface": "wsgi"}, "webfoot has no interface='wsgi' of uvicorn.Config yet; see docs/compat.md"),
        ({"ws": object}, "webfoot has no ws of uvicorn.Config yet; see docs/compat.md"),
    ],
)
def test_refused(given: dict[str, Any], sentence: str) -> None:
    with pytest.raises(OptionError) as raised:
        Config(app, **given)
    assert str(raised.value) == sentence


def test_the_variable_of_uvicorn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", "10.0.0.1,10.0.0.2")
    assert Config(app).settings.forwarded_allow_ips == ("10.0.0.1", "10.0.0.2")
    assert Config(app, forwarded_allow_ips="*").settings.forwarded_allow_ips == ("*",)


def test_a_wrong_value_is_told_by_the_table_of_settings() -> None:
    with pytest.raises(OptionError, match="the option port cannot be 'x'"):
        Config(app, port="x")  # type: ignore[arg-type]


def test_options_can_be_read() -> None:
    config = Config(app, "0.0.0.0", 81, limit_concurrency=7)
    assert (config.host, config.port, config.limit_concurrency, config.workers) == ("0.0.0.0", 81, 7, 1)
    assert (config.timeout_keep_alive, config.is_ssl, config.should_reload) == (5, False, False)
    assert not config.loaded
    config.load()
    assert config.loaded_app is app


def test_a_file_of_variables(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OF_THE_POND", raising=False)
    (tmp_path / "env").write_text("OF_THE_POND=deep\n")
    Config(app, env_file=tmp_path / "env")
    import os

    assert os.environ.pop("OF_THE_POND") == "deep"
