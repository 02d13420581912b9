"""What belongs to nginx alone: its idle connections, several servers, prefixes, HTTP/2 in front."""

from __future__ import annotations

import json
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import sleep

import pytest
from tests.proxies.arrangements import nginx_site
from tests.proxies.fronts import (
    CLIENT,
    Certificate,
    Front,
    adapted,
    ask,
    free_port,
    nginx,
    port_of,
    program,
    told,
    upstream,
)
from tests.server.process.serving import poll

CLIENTS = 24


def test_no_request_meets_a_connection_that_is_being_closed(tmp_path: Path, certificate: Certificate) -> None:
    """POSTs, which nginx does not repeat, come when its idle connections are about to end: none may be a 502."""
    ports = [free_port(), free_port()]
    with upstream("--timeout-keep-alive", "2") as server:
        site = nginx_site(certificate, f"127.0.0.1:{port_of(server)}", *ports)
        site = adapted(site, {"keepalive_timeout 60s": "keepalive_timeout 300ms"})
        with nginx(tmp_path, site, ports), ThreadPoolExecutor(CLIENTS) as threads:

            def statuses(number: int) -> list[int]:
                found = []
                for _ in range(3):
                    found.append(ask(ports[1], "/", "POST", b"x", context=certificate.context)[0])
                    sleep(0.28 + number * 0.04 / CLIENTS)
                return found

            found = list(threads.map(statuses, range(CLIENTS)))
    assert found == [[200, 200, 200]] * CLIENTS


def test_another_server_is_tried_when_one_is_down(tmp_path: Path, certificate: Certificate) -> None:
    ports, nobody = [free_port(), free_port()], free_port()
    with upstream() as server:
        site = nginx_site(certificate, f"127.0.0.1:{port_of(server)}", *ports)
        site = adapted(site, {"    keepalive 32;": f"    server 127.0.0.1:{nobody};\n    keepalive 32;"})
        with nginx(tmp_path, site, ports):
            for method in ("GET", "POST") * 5:
                assert ask(ports[1], "/", method, context=certificate.context)[0] == 200


def test_a_server_that_was_away_is_found_again(tmp_path: Path, certificate: Certificate) -> None:
    path, ports = str(tmp_path / "s"), [free_port(), free_port()]
    with nginx(tmp_path, nginx_site(certificate, f"unix:{path}", *ports), ports):
        assert ask(ports[1], context=certificate.context)[0] == 502
        for _ in range(2):
            with upstream("--uds", path) as server:
                port_of(server)
                poll(lambda: ask(ports[1], context=certificate.context)[0] == 200)
                assert server.end() == 0
            assert ask(ports[1], context=certificate.context)[0] == 502


@pytest.mark.parametrize("way", ["field", "setting"])
def test_below_a_prefix(way: str, tmp_path: Path, certificate: Certificate) -> None:
    """/pond/ is the application's root, to its URLs and to the client; the proxy strips it."""
    ports = [free_port(), free_port()]
    flags = ("--forwarded-parts", "for,proto,prefix") if way == "field" else ("--root-path", "/pond")
    with upstream(*flags) as server:
        site = adapted(
            nginx_site(certificate, f"127.0.0.1:{port_of(server)}", *ports),
            {
                "location / {": "location /pond/ {",
                "proxy_pass http://ducks;": "proxy_pass http://ducks/;",
                'X-Forwarded-Prefix "";': f"X-Forwarded-Prefix {'/pond' if way == 'field' else '/evil'};",
            },
        )
        with nginx(tmp_path, site, ports):
            seen = told(ports[1], "/pond/told", context=certificate.context)
            assert (seen["root_path"], seen["path"]) == ("/pond", "/pond/told")
            assert (seen["client"][0], seen["scheme"]) == (CLIENT, "https")
            assert ask(ports[1], "/elsewhere", context=certificate.context)[0] == 404


def test_http_2_in_front(tmp_path: Path, certificate: Certificate) -> None:
    ports = [free_port(), free_port()]
    with upstream() as server, _plain(tmp_path, certificate, port_of(server), ports):
        seen = json.loads(_curl("--http2", "--cacert", certificate.ca, f"https://127.0.0.1:{ports[1]}/x"))
        assert (seen["http_version"], seen["scheme"]) == ("1.1", "https")
        assert seen["headers"]["host"] == f"127.0.0.1:{ports[1]}"


def test_plain_http_is_sent_to_https(tmp_path: Path, certificate: Certificate) -> None:
    ports = [free_port(), free_port()]
    with upstream() as server, _plain(tmp_path, certificate, port_of(server), ports):
        said = _curl("-o", "/dev/null", "-w", "%{http_code} %{redirect_url}", f"http://127.0.0.1:{ports[0]}/a?b=1")
        assert said == "301 https://127.0.0.1/a?b=1"


def _plain(directory: Path, certificate: Certificate, port: int, ports: list[int]) -> Front:
    return nginx(directory, nginx_site(certificate, f"127.0.0.1:{port}", *ports), ports)


def _curl(*words: str) -> str:
    done = subprocess.run([program("curl"), "-sS", *words], capture_output=True, text=True, timeout=20, check=True)
    return done.stdout
