"""The ways to put a proxy in front, each with what it is expected to tell: a table for the tests."""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.proxies.fronts import EXAMPLES, Certificate, Front, adapted, free_port, haproxy, nginx, port_of, upstream
from tests.server.process.serving import Serving


@dataclass(frozen=True)
class Arrangement:
    """is_relayed: the proxy passes bytes on and sees no requests; it neither keeps connections nor looks at heads.
    is_buffered: it passes a request on when it has all of it.
    """

    server: Serving
    front: Front
    port: int
    context: ssl.SSLContext
    is_relayed: bool = False
    is_buffered: bool = False


def nginx_site(certificate: Certificate, place: str, *ports: int) -> str:
    plain, secured = ports
    return adapted(
        (EXAMPLES / "nginx.conf").read_text(),
        {
            "listen 80;": f"listen 127.0.0.1:{plain};",
            "listen [::]:80;": "",
            "listen 443 ssl http2;": f"listen 127.0.0.1:{secured} ssl http2;",
            "listen [::]:443 ssl http2;": "",
            "/etc/ssl/ducks/cert.pem": certificate.cert,
            "/etc/ssl/ducks/key.pem": certificate.key,
            "unix:/run/ducks/ducks.sock": place,
        },
    )


def haproxy_configuration(certificate: Certificate, place: str, *ports: int) -> str:
    plain, secured = ports
    return adapted(
        (EXAMPLES / "haproxy.cfg").read_text(),
        {
            "maxconn 20000": "maxconn 200",  # it wants that many descriptors twice
            "bind :80\n": f"bind 127.0.0.1:{plain}\n",
            "bind :443 ": f"bind 127.0.0.1:{secured} ",
            "/etc/haproxy/ducks.pem": certificate.both,
            "127.0.0.1:8000 check": place,
        },
    )


@contextlib.contextmanager
def nginx_by_unix_socket(directory: Path, certificate: Certificate, http: str) -> Iterator[Arrangement]:
    path, ports = str(directory / "s"), [free_port(), free_port()]
    with upstream("--uds", path, "--http", http) as server:
        port_of(server)
        with nginx(directory, nginx_site(certificate, f"unix:{path}", *ports), ports) as front:
            yield Arrangement(server, front, ports[1], certificate.context, is_buffered=True)


@contextlib.contextmanager
def nginx_by_tcp(directory: Path, certificate: Certificate, http: str) -> Iterator[Arrangement]:
    ports = [free_port(), free_port()]
    with upstream("--http", http) as server:
        with nginx(directory, nginx_site(certificate, f"127.0.0.1:{port_of(server)}", *ports), ports) as front:
            yield Arrangement(server, front, ports[1], certificate.context, is_buffered=True)


@contextlib.contextmanager
def haproxy_by_tcp(directory: Path, certificate: Certificate, http: str) -> Iterator[Arrangement]:
    ports = [free_port(), free_port()]
    with upstream("--http", http) as server:
        place = f"127.0.0.1:{port_of(server)} check"
        with haproxy(directory, haproxy_configuration(certificate, place, *ports), ports) as front:
            yield Arrangement(server, front, ports[1], certificate.context)


@contextlib.contextmanager
def haproxy_with_rfc_7239(directory: Path, certificate: Certificate, http: str) -> Iterator[Arrangement]:
    ports = [free_port(), free_port()]
    field = '"for=%[src];proto=https;host=\\"%[req.hdr(host)]\\""'
    with upstream("--http", http, "--forwarded-fields", "rfc7239", "--forwarded-parts", "for,proto,host") as server:
        place = f"127.0.0.1:{port_of(server)} check"
        changes = {
            "http-request set-header X-Forwarded-For %[src]": f"http-request set-header Forwarded {field}",
            "http-request set-header X-Forwarded-Proto https": "http-request set-header X-Forwarded-For 6.6.6.6",
            "    http-request del-header Forwarded\n": "",
        }
        with haproxy(directory, adapted(haproxy_configuration(certificate, place, *ports), changes), ports) as front:
            yield Arrangement(server, front, ports[1], certificate.context)


@contextlib.contextmanager
def haproxy_with_proxy_v1(directory: Path, certificate: Certificate, http: str) -> Iterator[Arrangement]:
    """The scheme is told by the field, which is believed because the client in the header is trusted, too."""
    ports = [free_port(), free_port()]
    with upstream("--http", http, "--proxy-protocol", "--forwarded-allow-ips", "127.0.0.1,127.0.0.2") as server:
        place = f"127.0.0.1:{port_of(server)} check send-proxy"
        with haproxy(directory, haproxy_configuration(certificate, place, *ports), ports) as front:
            yield Arrangement(server, front, ports[1], certificate.context)


@contextlib.contextmanager
def haproxy_with_proxy_v2_by_unix_socket(directory: Path, certificate: Certificate, http: str) -> Iterator[Arrangement]:
    """Client and scheme are told by the header, the scheme by its TLV."""
    path, ports = str(directory / "s"), [free_port(), free_port()]
    with upstream("--uds", path, "--http", http, "--proxy-protocol") as server:
        port_of(server)
        place = f"unix@{path} check send-proxy-v2-ssl"
        with haproxy(directory, haproxy_configuration(certificate, place, *ports), ports) as front:
            yield Arrangement(server, front, ports[1], certificate.context)


@contextlib.contextmanager
def haproxy_that_relays_tls(directory: Path, certificate: Certificate, http: str) -> Iterator[Arrangement]:
    port = free_port()
    tls = ("--ssl-certfile", certificate.cert, "--ssl-keyfile", certificate.key)
    with upstream("--http", http, "--proxy-protocol", *tls) as server:
        changes = {
            "maxconn 20000": "maxconn 200",
            "bind :443": f"bind 127.0.0.1:{port}",
            "127.0.0.1:8443": f"127.0.0.1:{port_of(server)}",
        }
        configuration = adapted((EXAMPLES / "haproxy-tcp.cfg").read_text(), changes)
        with haproxy(directory, configuration, [port]) as front:
            yield Arrangement(server, front, port, certificate.context, is_relayed=True)


ALL = {
    each.__name__.replace("_", "-"): each
    for each in (
        nginx_by_unix_socket,
        nginx_by_tcp,
        haproxy_by_tcp,
        haproxy_with_rfc_7239,
        haproxy_with_proxy_v1,
        haproxy_with_proxy_v2_by_unix_socket,
        haproxy_that_relays_tls,
    )
}
