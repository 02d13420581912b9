"""What belongs to HAProxy alone: its health checks in the PROXY protocol, and servers that come and go."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from tests.proxies.arrangements import haproxy_configuration, haproxy_that_relays_tls
from tests.proxies.fronts import CLIENT, Certificate, ask, free_port, haproxy, port_of, told, upstream
from tests.server.process.serving import GUARD, poll


@pytest.mark.parametrize("way", ["send-proxy", "send-proxy-v2", "send-proxy-v2-ssl"])
def test_health_checks_in_the_proxy_protocol_are_no_news(way: str, tmp_path: Path, certificate: Certificate) -> None:
    ports = [free_port(), free_port()]
    with upstream("--proxy-protocol") as server:
        place = f"127.0.0.1:{port_of(server)} check inter 50ms fall 1000 {way} check-send-proxy"
        with haproxy(tmp_path, haproxy_configuration(certificate, place, *ports), ports):
            poll(lambda: told(ports[1], context=certificate.context)["client"][0] == CLIENT)
            for _ in range(10):
                assert told(ports[1], context=certificate.context)["client"][0] == CLIENT
        assert server.end() == 0
        assert "refused" not in server.output
        assert "left" not in server.output


def test_nobody_passes_by_the_proxy(tmp_path: Path, certificate: Certificate) -> None:
    """A port that wants the PROXY protocol is closed to those who do not speak it, and to those it does not trust."""
    with upstream("--proxy-protocol", "--forwarded-allow-ips", "127.0.0.3") as server:
        port = port_of(server)
        for source, said in (("127.0.0.3", b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"), (CLIENT, b"PROXY UNKNOWN\r\n")):
            with socket.create_connection(("127.0.0.1", port), GUARD, (source, 0)) as client:
                try:
                    client.sendall(said)
                    assert client.recv(100) == b""
                except ConnectionError:
                    pass
        server.wait_for(r"refused 127\.0\.0\.3:\d+: it sent no header of the PROXY protocol, and proxy_protocol is on")
        server.wait_for(
            rf"refused {CLIENT}:\d+: proxy_protocol is on, and this is none of the proxies in forwarded_allow"
        )


def test_a_server_that_was_away_is_found_again(tmp_path: Path, certificate: Certificate) -> None:
    ports, own = [free_port(), free_port()], str(free_port())
    place = f"127.0.0.1:{own} check inter 50ms"
    with haproxy(tmp_path, haproxy_configuration(certificate, place, *ports), ports):
        for _ in range(2):
            with upstream("--port", own) as server:
                port_of(server)
                poll(lambda: ask(ports[1], context=certificate.context)[0] == 200)
                assert server.end() == 0
            poll(lambda: ask(ports[1], context=certificate.context)[0] == 503)


def test_tls_that_goes_wrong_is_told_of_the_client(tmp_path: Path, certificate: Certificate) -> None:
    with haproxy_that_relays_tls(tmp_path, certificate, "auto") as arrangement:
        with socket.create_connection(("127.0.0.1", arrangement.port), GUARD, (CLIENT, 0)) as client:
            client.sendall(b"\x16\x03\x01\x00\x05hello")
            arrangement.server.wait_for(rf"TLS handshake with {CLIENT}:\d+ failed")
