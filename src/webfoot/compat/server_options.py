"""What becomes of each option of Uvicorn's `Config` and `run`: the ONE table of them."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Final, TypeAlias

from webfoot.compat.log_formats import LOGGING_CONFIG
from webfoot.server import OptionError

Ours: TypeAlias = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Row:
    """`default` is Uvicorn's; where it is what was given, our own default counts. `follow(name, value)` gives our
    options for any other value, or raises OptionError."""

    default: object
    follow: Callable[[str, Any], Ours]


def _same(name: str, value: Any) -> Ours:
    return {name: value}


def _listed(name: str, value: Any) -> Ours:
    return {name: (value,) if isinstance(value, str) else tuple(value)}


def _nothing(name: str, value: Any) -> Ours:
    """It has no bearing on our server: what it tunes is not there, or cannot be seen from outside."""
    return {}


def _refused(name: str, value: Any) -> Ours:
    raise OptionError(f"webfoot has no {name} of uvicorn.Config yet; see docs/compat.md")


def _engine(name: str, value: Any) -> Ours:
    """`ws`: which library speaks the protocol is ours to say; whether it is spoken is the caller's."""
    return {name: value if value in ("auto", "none") else "auto"} if isinstance(value, str) else _refused(name, value)


def _loop(name: str, value: Any) -> Ours:
    """ "none" leaves the loop alone, as `serve()` does here always."""
    return {} if value == "none" else {name: value}


def _interface(name: str, value: Any) -> Ours:
    return {} if value == "asgi3" else _refused(f"{name}={value!r}", value)


def _level(name: str, value: Any) -> Ours:
    text = logging.getLevelName(value) if isinstance(value, int) else str(value)
    return {name: "debug" if text in ("trace", "Level 5") else text.lower()}


def _head(name: str, value: Any) -> Ours:
    return {"limit_request_head": value}


def _environment(name: str, value: Any) -> Ours:
    try:
        from dotenv import load_dotenv
    except ImportError:
        raise OptionError("the option env_file needs python-dotenv: pip install python-dotenv") from None
    load_dotenv(value)
    return {}


ROWS: Final[Mapping[str, Row]] = {
    "host": Row("127.0.0.1", _same),
    "port": Row(8000, _same),
    "uds": Row(None, _same),
    "fd": Row(None, _same),
    "loop": Row("auto", _loop),
    "http": Row("auto", _same),
    "http2": Row(False, _refused),
    "ws": Row("auto", _engine),
    "ws_max_size": Row(16 * 1024 * 1024, _same),
    "ws_max_queue": Row(32, _same),
    "ws_ping_interval": Row(20.0, _same),
    "ws_ping_timeout": Row(20.0, _same),
    "ws_per_message_deflate": Row(True, _same),
    "lifespan": Row("auto", _same),
    "env_file": Row(None, _environment),
    "log_config": Row(LOGGING_CONFIG, _nothing),
    "log_level": Row(None, _level),
    "access_log": Row(True, _same),
    "use_colors": Row(None, _same),
    "interface": Row("auto", _interface),
    "reload": Row(False, _same),
    "reload_dirs": Row(None, _listed),
    "reload_delay": Row(0.25, _nothing),
    "reload_includes": Row(None, _listed),
    "reload_excludes": Row(None, _listed),
    "workers": Row(None, _same),
    "proxy_headers": Row(True, _same),
    "server_header": Row(True, _same),
    "date_header": Row(True, _same),
    "forwarded_allow_ips": Row(None, _same),
    "root_path": Row("", _same),
    "limit_concurrency": Row(None, _same),
    "limit_max_requests": Row(None, _same),
    "limit_max_requests_jitter": Row(0, _same),
    "backlog": Row(2048, _same),
    "timeout_keep_alive": Row(5, _same),
    "timeout_notify": Row(30, _nothing),
    "timeout_graceful_shutdown": Row(None, _same),
    "timeout_worker_healthcheck": Row(5, _same),
    "callback_notify": Row(None, _refused),
    "ssl_keyfile": Row(None, _same),
    "ssl_certfile": Row(None, _same),
    "ssl_keyfile_password": Row(None, _same),
    "ssl_version": Row(17, _refused),
    "ssl_cert_reqs": Row(0, _same),
    "ssl_ca_certs": Row(None, _same),
    "ssl_ciphers": Row(None, _same),
    "ssl_context_factory": Row(None, _refused),
    "headers": Row(None, _same),
    "factory": Row(False, _same),
    "app_dir": Row(None, _same),
    "h11_max_incomplete_event_size": Row(None, _head),
    "reset_contextvars": Row(False, _nothing),
}


LOG_LEVELS: Final = {"critical": 50, "error": 40, "warning": 30, "info": 20, "debug": 10, "trace": 5}


def followed(given: Mapping[str, Any]) -> Ours:
    """Our options for those of Uvicorn. Raises OptionError for one that it does not have, or that we cannot follow."""
    ours: Ours = {}
    if trusted := os.environ.get("FORWARDED_ALLOW_IPS"):  # Uvicorn's one variable for those who start it by a call
        ours["forwarded_allow_ips"] = trusted
    for name, value in given.items():
        row = ROWS.get(name)
        if row is None:
            near = get_close_matches(name, ROWS, n=1)
            raise OptionError(f"uvicorn.Config has no option {name}" + (f"; did you mean {near[0]}?" if near else ""))
        if value != row.default:
            ours |= row.follow(name, value)
    return ours
