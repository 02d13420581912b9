"""The ONE table of settings.

Each field of `ServerOptions` carries all that is known of its setting: kind of value, help, section. Command line
flags (`webfoot.cli.flags`), environment variables and the page docs/settings.md are derived from it, so a new setting
is written once. Names are Uvicorn's where the meaning is the same.
"""
# ruff: noqa: RUF009 - `option()` is a field specifier: calling it in a dataclass body is its purpose

from __future__ import annotations

import os
import pickle
import ssl
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from importlib.util import find_spec
from ipaddress import ip_address
from typing import Any, Literal

from webfoot.server.logs.atoms import compile_format
from webfoot.server.settings.kinds import (
    Application,
    CertificateFiles,
    Choice,
    Directory,
    File,
    Function,
    HeaderField,
    Integer,
    Listed,
    LoggingConfig,
    Many,
    Peer,
    Permissions,
    Place,
    Seconds,
    Share,
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
        "",
        "Application",
        Directory(pattern=r".*"),
        "Directory in which the module is looked for; empty: the current one.",
    )
    prepare: str = option(
        "",
        "Application",
        Text("empty, or a function as 'module:function'", r"|[\w.]+:\w+"),
        "Function without arguments that each process calls before it imports the application: `module:function`.",
    )
    lifespan: Literal["auto", "on", "off"] = option(
        "auto",
        "Application",
        Choice(("auto", "on", "off")),
        "Start-up and shutdown events: `on` requires the application to handle them, `auto` goes on without when it "
        "does not know them.",
    )
    guard: bool = option(
        False,
        "Application",
        Switch(),
        "Hold the application to the ASGI specification: what breaks it is an error that names the rule. On in "
        "`webfoot dev`; costs 5 to 10 microseconds per request.",
    )
    root_path: str = option(
        "",
        "Application",
        Text("empty, or a path that begins with '/'", r"|/[^?#\s]*"),
        "Path below which a proxy publishes the application (ASGI `root_path`).",
    )

    proxy_headers: bool = option(
        True,
        "Behind a proxy",
        Switch(),
        "Believe what trusted proxies say of a request in X-Forwarded-For and its like.",
    )
    forwarded_allow_ips: Sequence[str] = option(
        ("127.0.0.1", "::1", "unix"),
        "Behind a proxy",
        Listed(Peer()),
        "The proxies to trust: addresses, networks, `unix` for whoever connects to our Unix sockets, the path of one "
        "of these, `*` for everybody who can connect. Also read from FORWARDED_ALLOW_IPS.",
        also="FORWARDED_ALLOW_IPS",
    )
    forwarded_fields: Literal["x-forwarded", "rfc7239"] = option(
        "x-forwarded",
        "Behind a proxy",
        Choice(("x-forwarded", "rfc7239")),
        "The fields that the proxies set: X-Forwarded-For and its like, or Forwarded. The others are never read: "
        "proxies pass them through as the client wrote them.",
    )
    forwarded_parts: Sequence[str] = option(
        ("for", "proto"),
        "Behind a proxy",
        Listed(Choice(("for", "proto", "host", "port", "prefix"))),
        "What is believed of them: the client, the scheme, the host, its port, and the path below which the "
        "application is published (X-Forwarded-Prefix). Only what the proxies set anew in each request is safe here.",
    )
    proxy_protocol: bool = option(
        False,
        "Behind a proxy",
        Switch(),
        "Each connection begins with a header of the PROXY protocol, version 1 or 2, from a proxy in "
        "`forwarded_allow_ips`; one that does not is closed.",
    )

    host: str = option(
        "127.0.0.1", "Where it listens", Text("a host name or an IP address", r"\S+"), "Address to listen on."
    )
    port: int = option(8000, "Where it listens", Integer(0, 65535), "Port to listen on; 0: a free one.")
    uds: str | None = option(
        None,
        "Where it listens",
        File("the path of a Unix domain socket"),
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
    bind: Sequence[str] = option(
        (),
        "Where it listens",
        Many(Place()),
        "Listen here instead, at as many places as are given: `HOST:PORT`, `[IPV6]:PORT`, `unix:PATH`, `fd://NUMBER`; "
        "a socket that systemd has passed may have a name, `fd://NAME`.",
    )
    uds_permissions: str | int | None = option(
        None,
        "Where it listens",
        Permissions(),
        "Who may connect to our Unix sockets: permissions of the file such as 660. Default: what the umask leaves.",
        optional=True,
    )
    backlog: int = option(
        2048, "Where it listens", Integer(1), "Connections that the kernel may hold before we accept them."
    )

    ssl_certfile: str | os.PathLike[str] | None = option(
        None,
        "TLS",
        File(),
        "Serve HTTPS with the certificate in this PEM file, followed by those that lead to its authority.",
        optional=True,
    )
    ssl_keyfile: str | os.PathLike[str] | None = option(
        None, "TLS", File(), "PEM file of the private key; without it `ssl_certfile` holds the key, too.", optional=True
    )
    ssl_keyfile_password: str | None = option(
        None,
        "TLS",
        Text(),
        "Password of an encrypted private key. A flag can be read by everybody on the machine: use the variable.",
        optional=True,
        secret=True,
    )
    ssl_sni: Sequence[Any] = option(
        (),
        "TLS",
        Many(CertificateFiles()),
        "Further certificate, with its key: shown to clients that ask for one of the host names in it (SNI).",
    )
    ssl_unknown_name: Literal["default", "refuse"] = option(
        "default",
        "TLS",
        Choice(("default", "refuse")),
        "What a client gets that asks for a host which no certificate names: the one of `ssl_certfile`, or an alert.",
    )
    ssl_cert_reqs: int = option(
        0,
        "TLS",
        Integer(0, 2),
        "Certificates of clients: 0 does not ask for them, 1 verifies one that is shown, 2 serves nobody without one.",
    )
    ssl_ca_certs: str | os.PathLike[str] | None = option(
        None, "TLS", File(), "PEM file of the authorities that certificates of clients must lead to.", optional=True
    )
    ssl_ciphers: str | None = option(
        None,
        "TLS",
        Text("a list of ciphers as OpenSSL writes it", r"\S(?:.*\S)?"),
        "Ciphers for TLS 1.2, as OpenSSL writes them; those of TLS 1.3 are all in use. Default: OpenSSL's.",
        optional=True,
    )
    ssl_context_factory: Callable[[ServerOptions, Callable[[], ssl.SSLContext]], ssl.SSLContext] | None = option(
        None,
        "TLS",
        Function(),
        "Makes the `ssl.SSLContext`: called with the options and a function that makes ours from them.",
        optional=True,
    )
    ssl_handshake_timeout: float = option(
        10.0, "TLS", Seconds(), "From the connection to the end of the TLS handshake; then the connection is cut."
    )

    workers: int = option(1, "Processes and reload", Integer(1), "Number of worker processes.")
    timeout_worker_healthcheck: float | None = option(
        30.0,
        "Processes and reload",
        Seconds(),
        "How long the event loop of one of several workers may take to answer; then the worker is killed and replaced, "
        "and the log says where it was blocked. none: it may take for ever.",
        optional=True,
    )
    reload: bool = option(False, "Processes and reload", Switch(), "Restart the worker when a file changes.")
    reload_dirs: Sequence[str] = option(
        (),
        "Processes and reload",
        Many(Directory(), os.pathsep),
        "Directory to watch; default: the application directory.",
        flag="--reload-dir",
    )
    reload_includes: Sequence[str] = option(
        (),
        "Processes and reload",
        Many(Text("a file name pattern", r".+")),
        "File name pattern to watch beside `*.py`, such as `*.html`, `.env` or `templates/*`.",
        flag="--reload-include",
    )
    reload_excludes: Sequence[str] = option(
        (),
        "Processes and reload",
        Many(Text("a file name pattern", r".+")),
        "File or directory name pattern not to watch, beside what is hidden, installed packages and what editors "
        "leave behind.",
        flag="--reload-exclude",
    )
    reload_spare: bool = option(
        True,
        "Processes and reload",
        Switch(),
        "Keep a process at hand that has imported the application's libraries already, which makes a restart quick; "
        "costs the memory of these.",
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

    ws: Literal["auto", "none"] = option(
        "auto",
        "WebSocket",
        Choice(("auto", "none")),
        "`none`: requests that ask for a WebSocket are served as the plain HTTP requests that they also are.",
    )
    ws_max_size: int = option(
        16 * 1024 * 1024,
        "WebSocket",
        Size(),
        "Largest message, inflated; a larger one closes the connection with 1009, before more than this is held.",
    )
    ws_max_queue: int = option(
        32,
        "WebSocket",
        Integer(1),
        "Messages held for an application that does not receive them; then, or with more than `buffer_request_body` "
        "bytes of them, the client is made to wait until all are taken.",
    )
    ws_ping_interval: float | None = option(
        20.0,
        "WebSocket",
        Seconds(),
        "Seconds between the pings that find out whether the client is there and keep proxies from closing the "
        "connection; none: no pings.",
        optional=True,
    )
    ws_ping_timeout: float | None = option(
        20.0,
        "WebSocket",
        Seconds(),
        "How long the pong may take; then the connection is closed with 1011. none: it may take for ever.",
        optional=True,
    )
    ws_close_timeout: float = option(
        10.0,
        "WebSocket",
        Seconds(),
        "How long the client may take to answer our Close frame; then the connection is cut.",
    )
    ws_per_message_deflate: bool = option(
        True,
        "WebSocket",
        Switch(),
        "Compress messages if the client offers it (permessage-deflate).",
    )

    log_level: Literal["critical", "error", "warning", "info", "debug", "trace"] = option(
        "info",
        "Logging",
        Choice(("critical", "error", "warning", "info", "debug", "trace")),
        "Least severe level that is logged; `trace` is as `debug`.",
    )
    log_format: Literal["text", "json"] = option(
        "text", "Logging", Choice(("text", "json")), "`json`: each line is an object of JSON."
    )
    log_config: str | os.PathLike[str] | Mapping[str, Any] | None = option(
        None,
        "Logging",
        LoggingConfig(),
        "Configuration of Python's `logging` in place of ours: a file .json, .yaml or .toml for `dictConfig`, another "
        "one for `fileConfig`.",
        optional=True,
    )
    use_colors: bool | None = option(
        None, "Logging", Switch(), "Colour the log; default: when it goes to a terminal.", optional=True
    )
    access_log: bool = option(True, "Logging", Switch(), "Log a line for each request.")
    access_log_format: str = option(
        "",
        "Logging",
        Text(pattern=r"(?s:.*)"),
        "How that line reads: atoms such as `%(h)s %(r)s %(s)s %(D)s`, or `common`, `combined` or `json`.",
    )
    access_log_reasons: bool = option(
        False,
        "Logging",
        Switch(),
        "Say in that line why a request was answered with 4xx or 5xx. Costs some five microseconds per request.",
    )
    log_loop_held: float | None = option(
        None,
        "Logging",
        Seconds(),
        "Warn when the event loop was held for longer than so many seconds, in which nobody else was answered: by "
        "which request, at which line, and whom it held up. Costs a timer and a thread, nothing per request.",
        optional=True,
    )
    access_log_skip: Sequence[str] = option(
        (),
        "Logging",
        Many(Text("a path, which may have *, or a status such as 304 or 2xx", r"/\S*|[1-5](?:\d\d|xx)")),
        "No line for this path, as long as it answers below 400 (`/livez`, `/static/*`), or for this status (`304`, "
        "`2xx`).",
    )
    access_log_sample: float = option(
        1.0, "Logging", Share(), "Share of the requests answered below 400 that have a line; the others have all one."
    )
    request_ids: bool = option(
        False,
        "Logging",
        Switch(),
        "Give each request an id: in `scope['state']['request_id']` and in what is logged for it.",
    )
    request_id_header: str = option(
        "",
        "Logging",
        Text("empty, or the name of a header field", r"[!#$%&'*+\-.^_`|~0-9A-Za-z]*"),
        "The same, with the id that this field of the request brings, for those behind a proxy that sets it.",
    )
    request_id_response_header: str = option(
        "",
        "Logging",
        Text("empty, or the name of a header field", r"[!#$%&'*+\-.^_`|~0-9A-Za-z]*"),
        "The same, and the id is sent back in this field of the response.",
    )

    journey_page: bool = option(
        False,
        "Seeing requests",
        Switch(),
        "Show the last requests of all workers at `/__webfoot__/`, each with its whole way. Needs `journey_token`, or "
        "to listen on loopback addresses only. On in `webfoot dev`, with bodies.",
    )
    journey_token: str = option(
        "",
        "Seeing requests",
        Text("empty, or at least 8 letters, digits and -._~", r"|[A-Za-z0-9._~-]{8,}"),
        "Who knows this may see that page from anywhere: `/__webfoot__/?token=...`. Without it only this machine may. "
        "Better given as a variable, for other users see command lines.",
        secret=True,
    )
    recorder: bool = option(
        False,
        "Seeing requests",
        Switch(),
        "Record what each worker does in a file of shared memory that outlives it: a row for each request, and the "
        "whole way of those that were slow or failed. See the page Flight recorder. Costs some five microseconds per "
        "request.",
    )
    recorder_dir: str = option(
        "",
        "Seeing requests",
        Text(pattern=r"[^\0]*"),
        "Directory of these files, entered by nobody else; empty: `$XDG_RUNTIME_DIR/webfoot`, `/dev/shm/webfoot-UID`, "
        "or one below that for temporary files.",
    )
    recorder_slow: float = option(
        1.0,
        "Seeing requests",
        Seconds(zero=True),
        "A request that took so long is kept in full.",
    )
    recorder_refusals: bool = option(
        False,
        "Seeing requests",
        Switch(),
        "Keep those answered with 4xx in full, too, and not only those of 5xx and those that got no answer.",
    )
    recorder_size: int = option(
        4 * 1024 * 1024,
        "Seeing requests",
        Size(64 * 1024),
        "Memory of the recorder in each worker, a quarter of it for rows (512 bytes each).",
    )
    why_header: bool = option(
        False,
        "Seeing requests",
        Switch(),
        "Say in each answer of 3xx, 4xx and 5xx why it is so: `webfoot-why`. Names routes and places in the code, so "
        "never for the public. On in `webfoot dev`.",
    )
    server_timing: bool = option(
        False,
        "Seeing requests",
        Switch(),
        "Tell in each answer where the time went until it began, for the network tab of browsers: `server-timing`.",
    )
    otel: bool = option(
        False,
        "Seeing requests",
        Switch(),
        "Spans and metrics of each request by OpenTelemetry, of any application: see the page Telemetry. Needs "
        "`webfoot[telemetry]`.",
    )

    admin_bind: str | None = option(
        None,
        "Health and metrics",
        Place(),
        "Answer probes and serve the metrics here, apart from the clients: at /livez, /readyz and /metrics, unless the "
        "settings below name others. Never open it to the internet.",
        optional=True,
    )
    livez_path: str = option(
        "",
        "Health and metrics",
        Text("empty, or a path that begins with '/'", r'|/[!"$&->@-~]*'),
        "Path at which the server itself says that it lives: that its event loop turns.",
    )
    readyz_path: str = option(
        "",
        "Health and metrics",
        Text("empty, or a path that begins with '/'", r'|/[!"$&->@-~]*'),
        "Path at which it says that it is ready: 200 from the end of the application's start to SIGTERM, else 503.",
    )
    metrics_path: str = option(
        "",
        "Health and metrics",
        Text("empty, or a path that begins with '/'", r'|/[!"$&->@-~]*'),
        "Path of the metrics for Prometheus, summed over the workers. Without `admin_bind` every client can read them.",
    )
    access_log_probes: bool = option(
        False, "Health and metrics", Switch(), "Write a line of the access log for these requests, too."
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

    timeout_first_byte: float = option(
        10.0,
        "Timeouts",
        Seconds(),
        "How long a new connection may say nothing; then it is closed without a word. Proxies that connect in advance "
        "need more.",
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
    rate_request_body: int = option(
        240,
        "Timeouts",
        Integer(0),
        "Bytes a second that keep a slow request body alive: each byte that comes gives back its share of "
        "`timeout_body`, so that a slower sender runs out of it; then 408. 0: any byte gives all of it back. The same "
        "holds for the frame of a WebSocket while we wait for a pong behind it.",
    )
    timeout_write: float = option(
        60.0,
        "Timeouts",
        Seconds(),
        "Longest time in which the client takes no byte of a response that waits for it; then the connection is cut.",
    )
    rate_response: int = option(
        240,
        "Timeouts",
        Integer(0),
        "Bytes a second that keep a slow reader alive: each byte that it takes gives back its share of "
        "`timeout_write`. 0: any byte gives all of it back.",
    )
    timeout_keep_alive: float = option(
        75.0,
        "Timeouts",
        Seconds(zero=True),
        "How long an idle connection is kept for the next request. Must be longer than the idle timeout of the proxy "
        "or load balancer in front (commonly 60 s), or the proxy sends a request into a connection that we are closing "
        "and answers 502.",
    )
    timeout_linger: float = option(
        2.0,
        "Timeouts",
        Seconds(),
        "How long a client may take to close its side after our last byte. Too short, and a reset could overtake the "
        "reply.",
    )
    timeout_startup: float | None = option(
        600.0,
        "Timeouts",
        Seconds(),
        "How long the application may take to be imported and to start up; then the process ends with exit code 3. The "
        "log says after 5, 10, 20 ... seconds at which line it is. none: as long as it likes, as in `webfoot dev`.",
        optional=True,
    )
    timeout_graceful_shutdown: float = option(
        10.0,
        "Timeouts",
        Seconds(zero=True),
        "How long running requests may take to end after SIGTERM or Ctrl-C before they are cut off.",
    )
    timeout_streams: float = option(
        1.0,
        "Timeouts",
        Seconds(zero=True),
        "How long event streams and WebSockets may take of that to end by themselves, if the application has asked to "
        "be told (`request.stopping`). Others are ended at once.",
    )
    shutdown_delay: float = option(
        0.0,
        "Processes and reload",
        Seconds(zero=True),
        "How long the server goes on accepting after SIGTERM, while it says that it is not ready and closes each "
        "connection behind its next answer. For Kubernetes, which sends requests for a while still. Ctrl-C ends it.",
    )

    limit_connections: int | None = option(
        16384,
        "Limits",
        Integer(1),
        "Most connections of one worker; more are refused with 503. The process's limit of open files is raised as far "
        "as the system allows, and lowers this one if that is not enough.",
        optional=True,
    )
    limit_concurrency: int | None = option(
        10000,
        "Limits",
        Integer(1),
        "Requests that one worker answers at once, event streams included; more are refused with 503.",
        optional=True,
    )
    limit_max_requests: int | None = option(
        None,
        "Limits",
        Integer(1),
        "Requests after which a worker ends gracefully. One of several goes on until another is ready in its place; a "
        "single process ends. Not heeded with reload.",
        optional=True,
    )
    limit_max_requests_jitter: int = option(
        0,
        "Limits",
        Integer(0),
        "Up to so many more, different for each worker, so that not all are replaced at once.",
    )
    limit_request_line: int = option(8192, "Limits", Size(), "Longest request line; a longer one is answered with 414.")
    limit_request_head: int = option(
        65536, "Limits", Size(), "Largest request head, request line included; a larger one is answered with 431."
    )
    limit_request_fields: int = option(
        100,
        "Limits",
        Integer(1),
        "Most header fields in a request, and most trailer fields behind its body; more are answered with 431.",
    )
    limit_request_body: int | None = option(
        100 * 1024 * 1024, "Limits", Size(0), "Largest request body; a larger one is answered with 413.", optional=True
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
        if self.admin_bind:
            for name, path in _USUAL_PATHS.items():
                object.__setattr__(self, name, getattr(self, name) or path)
        self._check_together()

    def _check_together(self) -> None:
        if self.uds is not None and self.fd is not None:
            raise OptionError("the options uds and fd exclude each other: bind takes several places to listen on")
        if self.bind and self.asks_for_place:
            raise OptionError(
                f"the options bind and {self.asks_for_place} exclude each other: bind takes each kind of place"
            )
        for each in self.bind:
            if self.bind.count(each) > 1 and not each.endswith(":0"):
                raise OptionError(f"the option bind names {each} twice")
        if self.reload and self.workers > 1:
            raise OptionError(
                f"the options reload and workers = {self.workers} exclude each other: reload serves with one process"
            )
        if (self.reload or self.workers > 1) and not isinstance(self.app, str):
            raise OptionError(
                "the option app must be 'module:attribute' when workers is more than 1 or reload is on, "
                "because each worker process imports it anew"
            )
        if self.limit_max_requests_jitter and self.limit_max_requests is None:
            raise OptionError("the option limit_max_requests_jitter needs limit_max_requests, to which it is added")

        self._check_tls()
        self._check_logs()
        self._check_health()
        if self.journey_page and not (self.journey_token or self.reload or self._is_for_this_machine):
            raise OptionError(
                "the option journey_page shows what clients send: give it a journey_token, or listen on a loopback "
                "address only"
            )
        if self.otel and find_spec("opentelemetry") is None:
            raise OptionError("the option otel needs the package opentelemetry-api: pip install 'webfoot[telemetry]'")

    @property
    def _is_for_this_machine(self) -> bool:
        """Whether all the places where it listens are loopback addresses."""
        if self.uds is not None or self.fd is not None:
            return False
        hosts = [place.rpartition(":")[0] for place in self.bind] or [self.host]
        return all(host == "localhost" or _is_loopback(host.strip("[]")) for host in hosts)

    def _check_health(self) -> None:
        paths = [path for path in (self.livez_path, self.readyz_path, self.metrics_path) if path]
        if len(set(paths)) < len(paths):
            raise OptionError(f"the options {', '.join(_USUAL_PATHS)} must differ: one path has one answer")

    def _check_tls(self) -> None:
        factory = self.ssl_context_factory
        if not self.is_secured:
            for each in OPTIONS:
                needs_it = each.section == "TLS" and each.name != "ssl_handshake_timeout"
                if needs_it and getattr(self, each.name) != each.default:
                    raise OptionError(f"the option {each.name} needs ssl_certfile: no certificate, no TLS")
        elif self.ssl_cert_reqs and self.ssl_ca_certs is None and factory is None:
            raise OptionError(
                f"the option ssl_cert_reqs = {int(self.ssl_cert_reqs)} asks clients for certificates, but ssl_ca_certs "
                "does not say which authorities to trust"
            )
        if factory is not None and (self.reload or self.workers > 1):
            try:
                pickle.dumps(factory)
            except Exception:
                raise OptionError(
                    "the option ssl_context_factory must be a function at the top of its module when workers is more "
                    "than 1 or reload is on, because each worker process imports it anew"
                ) from None

    def _check_logs(self) -> None:
        if self.log_format == "json" and self.access_log_format not in ("", "json"):
            raise OptionError(
                "the options log_format = json and access_log_format exclude each other: JSON has keys of its own"
            )
        if self.access_log_format and self.access_log_format != "json":
            compile_format(self.access_log_format)
        if isinstance(self.log_config, Mapping) and (self.reload or self.workers > 1):
            try:
                pickle.dumps(self.log_config)
            except Exception:
                raise OptionError(
                    "the option log_config must be a file, or a dict of plain data, when workers is more than 1 or "
                    "reload is on, because each worker process configures its own loggers"
                ) from None

    @property
    def writes_json_access_log(self) -> bool:
        return self.log_format == "json" or self.access_log_format == "json"

    @property
    def asks_for_place(self) -> str:
        """The option, one of those for a single place to listen on, that is not as it is by itself; "" without one."""
        single = (each for each in OPTIONS if each.name in ("host", "port", "uds", "fd"))
        return next((each.name for each in single if getattr(self, each.name) != each.default), "")

    @property
    def is_secured(self) -> bool:
        """Whether TLS is spoken on the listening sockets."""
        return self.ssl_certfile is not None or self.ssl_context_factory is not None

    @property
    def header_fields(self) -> list[tuple[bytes, bytes]]:
        """`headers` as ASGI wants them: names lower-case, both sides bytes (Latin-1)."""
        return [(name.lower().encode("ascii"), value.encode("latin-1")) for name, value in self.headers]

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ, /, **values: Any) -> ServerOptions:
        """Options from the variables `WEBFOOT_*`; `values` are settings that win over the environment."""
        check_names(values)
        return cls(**{**read_environment(environ), **values})


def _is_loopback(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:  # a name, which may lead anywhere
        return False


_USUAL_PATHS = {"livez_path": "/livez", "readyz_path": "/readyz", "metrics_path": "/metrics"}

OPTIONS = table_of(ServerOptions)


def read_environment(environ: Mapping[str, str]) -> dict[str, object]:
    """Those settings that `environ` names. An empty variable counts as not set. Raises OptionError."""
    found = ((each, each.variable_in(environ)) for each in OPTIONS)
    return {each.name: each.read(environ[variable], variable) for each, variable in found if variable is not None}


def check_names(names: Mapping[str, object]) -> None:
    """OptionError for the first name that is no setting."""
    known = [each.name for each in OPTIONS]
    for name in names:
        if name not in known:
            near = get_close_matches(name, known, n=1)
            raise OptionError(f"there is no option {name}" + (f"; did you mean {near[0]}?" if near else ""))
