"""Real proxies in front of a real server: the files of examples/deployment, with other ports and paths."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import socket
import ssl
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import trustme
from tests.server.process.serving import GUARD, Serving, poll, webfoot

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples" / "deployment"

CLIENT = "127.0.0.2"
"""Where the tests' clients connect from: an address that nobody trusts."""


def program(name: str) -> str:
    """Where `name` is. Skips the test where it is not."""
    found = shutil.which(name, path=os.environ.get("PATH", "") + os.pathsep + "/usr/sbin")
    if found is None:  # `make test` has tried to install it; who may not install packages runs all other tests
        pytest.skip(f"{name} is not installed: see scripts/install_proxies.sh")
    return found


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def adapted(text: str, changes: Mapping[str, str]) -> str:
    """The example with other ports and paths, and nothing else changed."""
    for old, new in changes.items():
        assert old in text, f"the example no longer says {old!r}"
        text = text.replace(old, new)
    return text


class Certificate:
    def __init__(self, directory: Path) -> None:
        authority = trustme.CA()
        issued = authority.issue_cert("ducks.example", "127.0.0.1")
        self.cert, self.key, self.both, self.ca = (
            str(directory / name) for name in ("cert.pem", "key.pem", "both.pem", "ca.pem")
        )
        issued.cert_chain_pems[0].write_to_path(self.cert)
        issued.private_key_pem.write_to_path(self.key)
        issued.private_key_and_cert_chain_pem.write_to_path(self.both)
        authority.cert_pem.write_to_path(self.ca)
        self.context = ssl.create_default_context(cafile=self.ca)


def upstream(*flags: str) -> Serving:
    """webfoot with the application of `behind`, on a free port unless `flags` say otherwise."""
    place = () if {"--uds", "--port"} & {*flags} else ("--port", "0")
    return webfoot("run", "tests.proxies.behind:app", *place, *flags, cwd=ROOT)


def port_of(serving: Serving) -> int:
    """Wait until it serves; its port, 0 for a Unix socket."""
    where = serving.wait_for(r"serving .* on (\S+)")[1]
    return urlsplit(where).port or 0 if where.startswith("http") else 0


class Front:
    """A proxy that runs, in the foreground, on `ports` of loopback."""

    def __init__(self, words: list[str], ports: list[int]) -> None:
        self.ports = ports
        self.process = subprocess.Popen(
            words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        try:
            for port in ports:
                poll(lambda port=port: self._accepts(port))
        except BaseException:
            self.end()
            raise

    def _accepts(self, port: int) -> bool:
        if self.process.poll() is not None:
            assert self.process.stdout is not None
            raise AssertionError(f"it has ended:\n{self.process.stdout.read().decode()}")
        with socket.create_connection(("127.0.0.1", port), timeout=GUARD):
            return True

    def end(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(GUARD)
        finally:
            self.process.kill()
            assert self.process.stdout is not None
            self.process.stdout.close()

    def __enter__(self) -> Front:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()


def nginx(directory: Path, site: str, ports: list[int]) -> Front:
    """`site`: what stands in a file of conf.d."""
    (directory / "site.conf").write_text(site)
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    places = "\n".join(f"{kind}_temp_path {directory}/{kind};" for kind in kinds)
    user = "user root;" if os.geteuid() == 0 else ""
    (directory / "nginx.conf").write_text(f"""
        {user}
        daemon off;
        pid {directory}/nginx.pid;
        error_log stderr warn;
        events {{}}
        http {{
            access_log off;
            {places}
            include {directory}/site.conf;
        }}
    """)
    words = [program("nginx"), "-e", "stderr", "-p", str(directory), "-c", str(directory / "nginx.conf")]
    return Front(words, ports)


def haproxy(directory: Path, configuration: str, ports: list[int]) -> Front:
    (directory / "haproxy.cfg").write_text(configuration)
    return Front([program("haproxy"), "-db", "-f", str(directory / "haproxy.cfg")], ports)


def ask(
    port: int,
    path: str = "/told",
    method: str = "GET",
    body: Any = None,
    headers: Mapping[str, str] | None = None,
    context: ssl.SSLContext | None = None,
    **options: Any,
) -> tuple[int, bytes]:
    """Status and body of one request, from `CLIENT`, on a connection of its own."""
    connection = connected(port, context)
    try:
        connection.request(method, path, body, {"Host": "ducks.example", **(headers or {})}, **options)
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def connected(port: int, context: ssl.SSLContext | None = None) -> http.client.HTTPConnection:
    source = (CLIENT, 0)
    if context is None:
        return http.client.HTTPConnection("127.0.0.1", port, timeout=GUARD, source_address=source)
    return http.client.HTTPSConnection("127.0.0.1", port, timeout=GUARD, source_address=source, context=context)


def told(port: int, path: str = "/told", **options: Any) -> Any:
    status, body = ask(port, path, **options)
    assert status == 200, body
    return json.loads(body)
