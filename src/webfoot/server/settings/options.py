"""The ONE table of settings.

Each field of `ServerOptions` carries all that is known of its setting: kind of value, help, section. Command line
flags (`webfoot.cli.flags`), environment variables and the page docs/settings.md are derived from it, so a new setting
is written once. Names are Uvicorn's where the meaning is the same.
"""
# ruff: noqa: RUF009 - `option()` is a field specifier: calling it in a dataclass body is its purpose

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Literal

from webfoot.server.settings.kinds import (
    Application,
    Choice,
    HeaderField,
    Integer,
    Many,
    Seconds,
    Size,
    Switch,
    Text,
)
from webfoot.server.settings.table import OptionError, option, table_of

__all__ = ["OPTIONS", "OptionError", "ServerOptions", "check_names", "read_environment"]


@dataclass(frozen=True, slots=True)
class ServerOptions:
    """How to serve. Every value is checked on construction.

    Times are in seconds, sizes in bytes. Raises OptionError.
    """

    app: str | Callable[..., Any] = option(
        "",
        "Application",
        Application(),
        "The application: `module:attribute`, or in Python also the ASGI callable itself.",
    )
    factory: bool = option(
        False, "Application", Switch(), "The attribute is a function without arguments that returns the application."
    )
    app_dir: str = option(
        "", "Application", Text(), "Directory in which the module is looked for; empty: the current one."
    )
    lifespan: Literal["auto", "on", "off"] = option(
        "auto",
        "Application",
        Choice(("auto", "on", "off")),
        "Start-up and shutdown events: `on` requires the application to handle them, `auto` goes on without when it "
        "does not know them.",
    )
    root_path: str = option(
        "",
        "Application",
        Text("empty, or a path that begins with '/'", r"|/[^?#\s]*"),
        "Path below which a proxy publishes the application (ASGI `root_path`).",
    )

    host: str = option(
        "127.0.0.1", "Where it listens", Text("a host name or an IP address", r"\S+"), "Address to listen on."
    )
    port: int = option(8000, "Where it listens", Integer(0, 65535), "Port to listen on; 0 picks a free one.")
    uds: str | None = option(
        None,
        "Where it listens",
        Text("the path of a Unix domain socket", r"[^\0]+"),
        "Listen on this Unix domain socket instead.",
        optional=True,
    )
    fd: int | None = option(
        None,
        "Where it listens",
        Integer(0),
        "Listen on this inherited file descriptor instead (a listening socket).",
        optional=True,
    )
    backlog: int = option(
        2048, "Where it listens", Integer(1), "Connections that the kernel may hold before we accept them."
    )

    workers: int = option(1, "Processes and reload", Integer(1), "Number of worker processes.")
    reload: bool = option(False, "Processes and reload", Switch(), "Restart the worker when a file changes.")
    reload_dirs: Sequence[str] = option(
        (),
        "Processes and reload",
        Many(Text("a directory", r".+"), os.pathsep),
        "Directory to watch; default: the application directory.",
        flag="--reload-dir",
    )
    reload_includes: Sequence[str] = option(
        ("*.py",),
        "Processes and reload",
        Many(Text("a file name pattern", r".+")),
        "File name pattern to watch.",
        flag="--reload-include",
    )
    reload_excludes: Sequence[str] = option(
        (".*", ".py[cod]", ".sw.*", "~*"),
        "Processes and reload",
        Many(Text("a file name pattern", r".+")),
        "File or directory name pattern not to watch.",
        flag="--reload-exclude",
    )

    http: Literal["auto", "httptools", "h11"] = option(
        "auto",
        "Engine",
        Choice(("auto", "httptools", "h11")),
        "HTTP/1.1 parser: `httptools` is the fast one, `h11` is pure Python; `auto` takes the first that is installed.",
    )
    loop: Literal["auto", "uvloop", "asyncio"] = option(
        "auto",
        "Engine",
        Choice(("auto", "uvloop", "asyncio")),
        "Event loop; `auto` takes uvloop where it is installed.",
    )

    log_level: Literal["critical", "error", "warning", "info", "debug"] = option(
        "info",
        "Logging",
        Choice(("critical", "error", "warning", "info", "debug")),
        "Least severe level that is logged.",
    )
    access_log: bool = option(True, "Logging", Switch(), "Log a line for each request.")
    use_colors: bool | None = option(
        None, "Logging", Switch(), "Colour the log; default: when it goes to a terminal.", optional=True
    )

    date_header: bool = option(True, "Responses", Switch(), "Send the `date` header.")
    server_header: bool = option(True, "Responses", Switch(), "Send `server: webfoot`.")
    headers: Sequence[tuple[str, str]] = option(
        (),
        "Responses",
        Many(HeaderField(), "\n"),
        "Header added to each response, as `Name: value`.",
        flag="--header",
    )

    timeout_head: float = option(
        10.0,
        "Timeouts",
        Seconds(),
        "From the first byte of a request to the end of its head; then 408. Ends connections that send their head drop "
        "by drop.",
    )
    timeout_body: float = option(
        30.0, "Timeouts", Seconds(), "Longest pause within a request body while the application waits for it; then 408."
    )
    timeout_write: float = option(
        60.0,
        "Timeouts",
        Seconds(),
        "Longest time in which the client takes no byte of the response; then the connection is cut.",
    )
    timeout_keep_alive: float = option(
        75.0,
        "Timeouts",
        Seconds(zero=True),
        "How long an idle connection is kept for the next request. Must be longer than the idle timeout of the proxy "
        "or load balancer in front (commonly 60 s), or the proxy sends a request into a connection that we are closing "
        "and answers 502.",
    )
    timeout_graceful_shutdown: float = option(
        10.0,
        "Timeouts",
        Seconds(zero=True),
        "How long running requests may take to end after SIGTERM or Ctrl-C before they are cut off.",
    )

    limit_concurrency: int | None = option(
        None,
        "Limits",
        Integer(1),
        "Requests being answered at once; more are refused with 503.",
        optional=True,
    )
    limit_request_line: int = option(8192, "Limits", Size(), "Longest request line; a longer one is answered with 414.")
    limit_request_head: int = option(
        65536, "Limits", Size(), "Largest request head, request line included; a larger one is answered with 431."
    )
    limit_request_fields: int = option(
        100, "Limits", Integer(1), "Most header fields in a request; more are answered with 431."
    )
    limit_request_body: int | None = option(
        None, "Limits", Size(0), "Largest request body; a larger one is answered with 413.", optional=True
    )
    limit_discard: int = option(
        262144,
        "Limits",
        Size(0),
        "How much of a body that the application did not read is read and thrown away after the response in order to "
        "keep the connection; if more is left, the connection is closed.",
    )

    buffer_request_body: int = option(
        65536, "Memory", Size(), "Unread request body held for one request before the client is made to wait."
    )
    buffer_response: int = option(
        65536, "Memory", Size(), "Unsent response held for one connection before `send()` makes the application wait."
    )

    def __post_init__(self) -> None:
        for each in OPTIONS:
            object.__setattr__(self, each.name, each.check(getattr(self, each.name), "ServerOptions"))
        object.__setattr__(self, "root_path", self.root_path.rstrip("/"))
        self._check_together()

    def _check_together(self) -> None:
        if self.uds is not None and self.fd is not None:
            raise OptionError("the options uds and fd exclude each other: give one place to listen on")
        if self.reload and self.workers > 1:
            raise OptionError(
                f"the options reload and workers = {self.workers} exclude each other: reload serves with one process"
            )
        if (self.reload or self.workers > 1) and not isinstance(self.app, str):
            raise OptionError(
                "the option app must be 'module:attribute' when workers is more than 1 or reload is on, "
                "because each worker process imports it anew"
            )

    @property
    def header_fields(self) -> list[tuple[bytes, bytes]]:
        """`headers` as ASGI wants them: names lower-case, both sides bytes (Latin-1)."""
        return [(name.lower().encode("ascii"), value.encode("latin-1")) for name, value in self.headers]

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ, /, **values: Any) -> ServerOptions:
        """Options from the variables `WEBFOOT_*`; `values` are settings that win over the environment."""
        check_names(values)
        return cls(**{**read_environment(environ), **values})


OPTIONS = table_of(ServerOptions)


def read_environment(environ: Mapping[str, str]) -> dict[str, object]:
    """Those settings that `environ` names. An empty variable counts as not set. Raises OptionError."""
    return {
        each.name: each.read(environ[each.environment], each.environment)
        for each in OPTIONS
        if environ.get(each.environment)
    }


def check_names(names: Mapping[str, object]) -> None:
    """OptionError for the first name that is no setting."""
    known = [each.name for each in OPTIONS]
    for name in names:
        if name not in known:
            near = get_close_matches(name, known, n=1)
            raise OptionError(f"there is no option {name}" + (f"; did you mean {near[0]}?" if near else ""))
