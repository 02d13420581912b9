"""HTTPS of real server processes: mistakes and their exit codes, several certificates, and new ones while it serves."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.server.net.test_certificates import Pond
from tests.server.process.serving import GUARD, Serving, connect, poll, webfoot, write_app

needs_curl = pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")


@pytest.fixture
def pond(tmp_path: Path) -> Pond:
    write_app(tmp_path)
    return Pond(tmp_path)


def served(pond: Pond, *more: str, **environment: str) -> Serving:
    words = ("run", "main:app", "--port", "0", "--ssl-certfile", pond.default, *more)
    return webfoot(*words, cwd=pond.directory, **environment)


def port_of(server: Serving) -> int:
    return int(server.wait_for(r"serving .* on https?://127\.0\.0\.1:(\d+)")[1])


def names_on(port: int, pond: Pond, host: str | None = None) -> list[str]:
    """The host names in the certificate that is shown; the connection asks for something, too, and is answered."""
    trust = pond.trust
    trust.check_hostname = False
    with (
        socket.create_connection(("127.0.0.1", port), GUARD) as raw,
        trust.wrap_socket(raw, server_hostname=host) as tls,
    ):
        tls.sendall(b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
        assert b"pid " in b"".join(iter(lambda: tls.recv(65536), b""))
        found: Any = tls.getpeercert()
    return [name for _, name in found["subjectAltName"]]


@pytest.mark.parametrize("more", [(), ("--workers", "2")], ids=["alone", "workers"])
def test_a_new_certificate_is_seen_without_a_restart(pond: Pond, more: tuple[str, ...]):
    with served(pond, *more) as server:
        port = port_of(server)
        assert names_on(port, pond) == ["localhost"]
        pond.put("default", b"half")
        server.wait_for("the old ones stay: the option ssl_certfile cannot be .*: it holds no certificate in PEM form")
        assert names_on(port, pond) == ["localhost"]
        pond.issue("default", "new.example")
        poll(lambda: [names_on(port, pond) for _ in range(4)], lambda seen: seen == [["new.example"]] * 4)
        assert server.end() == 0


def test_several_certificates_by_flags_and_by_the_environment(pond: Pond):
    duck, swan = pond.issue("duck", "duck.example"), pond.issue("swan", "*.swan.example")
    for flags, variables in (
        (("--ssl-sni", duck, "--ssl-sni", f"{swan}:{swan}"), {}),
        ((), {"WEBFOOT_SSL_SNI": f"{duck},{swan}:{swan}"}),
    ):
        with served(pond, *flags, **variables) as server:
            port = port_of(server)
            for host, names in (
                ("duck.example", "duck.example"),
                ("a.swan.example", "*.swan.example"),
                (None, "localhost"),
            ):
                assert names_on(port, pond, host) == [names]


@needs_curl
@pytest.mark.parametrize("http", ["httptools", "h11"])
@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
def test_http_to_the_port_of_https_and_https_to_that_of_http(pond: Pond, http: str, loop: str):
    with served(pond, "--http", http, "--loop", loop) as server:
        url = f"http://127.0.0.1:{port_of(server)}/"
        asked = subprocess.run(["curl", "-sS", "-i", "-m", "10", url], capture_output=True, text=True)
        assert asked.stdout.startswith("HTTP/1.1 400 ")
        assert "content-type: text/plain" in asked.stdout.lower()
        assert "this port speaks HTTPS" in asked.stdout
    with webfoot("run", "main:app", "--port", "0", "--http", http, "--loop", loop, cwd=pond.directory) as server:
        url = f"https://127.0.0.1:{port_of(server)}/"
        asked = subprocess.run(["curl", "-sS", "-k", "-m", "10", url], capture_output=True, text=True)
        assert asked.returncode == 35  # no TLS came about, and not because nobody answered
        server.wait_for("refused .* 400 .*the client speaks TLS")
        assert server.end() == 0
        assert "Traceback" not in server.output


@pytest.mark.parametrize(
    ("tool", "is_spoken"), [("-tls1_1", False), ("-tls1_2", True), ("-tls1_3", True)], ids=["1.1", "1.2", "1.3"]
)
@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
def test_versions_and_alpn_by_openssl(pond: Pond, tool: str, is_spoken: bool):
    with served(pond) as server:
        command = ["openssl", "s_client", "-connect", f"127.0.0.1:{port_of(server)}", "-alpn", "h2,http/1.1", tool]
        command += ["-cipher", "DEFAULT@SECLEVEL=0"]
        done = subprocess.run(command, input="", capture_output=True, text=True, timeout=GUARD)
    assert ("ALPN protocol: http/1.1" in done.stdout) is is_spoken


class TestMistakes:
    def said(self, pond: Pond, *more: str, **environment: str) -> tuple[int, str]:
        with served(pond, *more, **environment) as server:
            code = server.code()
        return code, server.output.replace(str(pond.directory), "")

    def test_the_exit_code_and_one_sentence(self, pond: Pond):
        key = ["openssl", "pkcs8", "-topk8", "-v2", "aes-256-cbc", "-passout", "pass:geheim", "-in", pond.default]
        pond.put("locked", subprocess.run(key, capture_output=True, check=True).stdout)
        other = pond.issue("other", "localhost")
        locked = ("--ssl-keyfile", str(pond.directory / "locked.pem"))
        assert self.said(pond, *locked) == (
            2,
            "webfoot: the option ssl_keyfile_password is missing: the key in /locked.pem is encrypted\n",
        )
        assert self.said(pond, *locked, "--workers", "2", WEBFOOT_SSL_KEYFILE_PASSWORD="falsch") == (
            2,
            "webfoot: the option ssl_keyfile_password does not open the key in /locked.pem\n",
        )
        assert self.said(pond, "--ssl-keyfile", other, "--reload") == (
            2,
            "webfoot: the key in /other.pem does not belong to the certificate in /default.pem\n",
        )
        assert self.said(pond, "--ssl-sni", "/nowhere.pem") == (
            2,
            "webfoot: the option ssl_sni cannot be /nowhere.pem: there is no such file\n",
        )
        assert self.said(pond, "--ssl-unknown-name", "guess")[0] == 2

    @pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
    def test_a_file_that_may_not_be_read(self, pond: Pond):
        os.chmod(pond.default, 0)
        sentence = "webfoot: the option ssl_certfile cannot be /default.pem: this user may not read it\n"
        assert self.said(pond) == (2, sentence)

    @pytest.mark.parametrize("workers", ["1", "2"])
    def test_an_expired_certificate_is_one_warning(self, pond: Pond, workers: str):
        pond.issue("default", "localhost", not_after=datetime.now(UTC) - timedelta(days=2))
        with served(pond, "--workers", workers) as server:
            port_of(server)
            assert server.end() == 0
        assert server.output.count("expired on") == 1


def test_a_certificate_for_each_of_several_places(pond: Pond):
    """TLS is spoken at all of them, a Unix socket included."""
    path = pond.directory / "web.sock"
    words = ("run", "main:app", "--bind", "127.0.0.1:0", "--bind", f"unix:{path}", "--ssl-certfile", pond.default)
    with webfoot(*words, cwd=pond.directory) as server:
        assert names_on(port_of(server), pond) == ["localhost"]
        with socket.socket(socket.AF_UNIX) as raw:
            raw.settimeout(GUARD)
            raw.connect(str(path))
            with pond.trust.wrap_socket(raw, server_hostname="localhost") as tls:
                assert tls.version() == "TLSv1.3"


def test_connections_of_before_go_on(pond: Pond):
    with served(pond) as server:
        port = port_of(server)
        with (
            connect(f"https://127.0.0.1:{port}") as raw,
            pond.trust.wrap_socket(raw, server_hostname="localhost") as old,
        ):
            pond.issue("default", "new.example")
            poll(lambda: names_on(port, pond), lambda seen: seen == ["new.example"])
            old.sendall(b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
            assert b"pid " in b"".join(iter(lambda: old.recv(65536), b""))
