"""Several certificates on one port, and certificates that change under a running server. On both loops."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import ssl
import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import trustme
import uvloop
from tests.server.net.test_tls import GET, PATIENCE, Served, ask, refusal, serve, told_of

from webfoot.server.net import renewal
from webfoot.server.net.binding import bind
from webfoot.server.settings.options import OptionError, ServerOptions


class Pond:
    """An authority, and files of certificates that it has signed."""

    def __init__(self, directory: Path) -> None:
        self.authority = trustme.CA()
        self.directory = directory
        self.default = self.issue("default", "localhost")

    def issue(self, name: str, *hosts: str, **more: Any) -> str:
        """A file with key and certificate; what it replaces is replaced at once."""
        issued = self.authority.issue_cert(*hosts, **more)
        return self.put(name, issued.private_key_and_cert_chain_pem.bytes())

    def put(self, name: str, content: bytes) -> str:
        path = self.directory / f"{name}.pem"
        new = path.with_suffix(".new")
        new.write_bytes(content)
        os.replace(new, path)
        return str(path)

    @property
    def trust(self) -> ssl.SSLContext:
        context = ssl.create_default_context()
        self.authority.configure_trust(context)
        return context


@pytest.fixture
def pond(tmp_path: Path) -> Pond:
    return Pond(tmp_path)


@pytest.fixture(params=["asyncio", "uvloop"])
def loop_factory(request: pytest.FixtureRequest) -> Iterator[Callable[[], asyncio.AbstractEventLoop]]:
    yield asyncio.new_event_loop if request.param == "asyncio" else uvloop.new_event_loop


def names_shown(served: Served, trust: ssl.SSLContext, host: str | None) -> list[str]:
    """The host names in the certificate that a client sees which asks for `host`."""
    trust.check_hostname = False
    with (
        socket.create_connection(served.address, PATIENCE) as raw,
        trust.wrap_socket(raw, server_hostname=host) as tls,
    ):
        shown: Any = tls.getpeercert()
    return [name for _, name in shown["subjectAltName"]]


async def shown(served: Served, trust: ssl.SSLContext, host: str | None) -> list[str]:
    return await asyncio.get_running_loop().run_in_executor(None, names_shown, served, trust, host)


class TestServerNames:
    def test_each_host_has_its_certificate(self, pond: Pond, loop_factory: Any):
        duck = pond.issue("duck", "duck.example", "*.duck.example")
        swan = pond.issue("swan", "swan.example", "www.duck.example")
        hosts = ["localhost", "DUCK.example", "a.duck.example", "www.duck.example", "a.b.duck.example", "other", None]

        async def talk(served: Served) -> list[list[str]]:
            return [await shown(served, pond.trust, host) for host in hosts]

        seen = serve(loop_factory, talk, ssl_certfile=pond.default, ssl_sni=[duck, swan])
        default, ducks, swans = ["localhost"], ["duck.example", "*.duck.example"], ["swan.example", "www.duck.example"]
        assert seen == [default, ducks, ducks, swans, default, default, default]

    def test_key_and_certificate_in_two_files(self, pond: Pond, loop_factory: Any):
        issued = pond.authority.issue_cert("duck.example")
        cert = pond.put("cert", issued.cert_chain_pems[0].bytes())
        key = pond.put("key", issued.private_key_pem.bytes())
        for pair in (f"{cert}:{key}", (Path(cert), Path(key))):
            seen = serve(
                loop_factory,
                lambda served: shown(served, pond.trust, "duck.example"),
                ssl_certfile=pond.default,
                ssl_sni=[pair],
            )
            assert seen == ["duck.example"]

    def test_the_application_is_told_of_the_certificate_that_was_shown(self, pond: Pond, loop_factory: Any):
        duck = pond.issue("duck", "duck.example")

        async def talk(served: Served) -> bytes:
            served.connect = lambda context: asyncio.open_connection(  # type: ignore[method-assign]
                *served.address, ssl=context, server_hostname="duck.example"
            )
            return await ask(served, pond.trust)

        told = told_of(serve(loop_factory, talk, ssl_certfile=pond.default, ssl_sni=[duck]))
        assert told["tls"]["server_cert"].strip() in Path(duck).read_text()

    def test_a_client_certificate_is_asked_for_whatever_the_host(self, pond: Pond, loop_factory: Any):
        duck = pond.issue("duck", "duck.example")
        ca = pond.put("ca", pond.authority.cert_pem.bytes())
        client = pond.trust
        pond.authority.issue_cert("daisy@example.org").configure_cert(client)

        async def talk(served: Served) -> bytes:
            reader, writer = await asyncio.open_connection(*served.address, ssl=client, server_hostname="duck.example")
            writer.write(GET)
            answer = await reader.readuntil(b"}}")
            writer.close()
            return answer

        options = {"ssl_certfile": pond.default, "ssl_sni": [duck], "ssl_ca_certs": ca, "ssl_cert_reqs": 2}
        assert told_of(serve(loop_factory, talk, **options))["tls"]["client_cert_name"] is not None

    def test_an_unknown_host_may_be_refused(self, pond: Pond, loop_factory: Any, caplog: Any):
        async def talk(served: Served) -> list[str]:
            with pytest.raises(ssl.SSLError, match="UNRECOGNIZED_NAME"):
                await shown(served, pond.trust, "other.example")
            return await shown(served, pond.trust, "localhost") + await shown(served, pond.trust, None)

        with caplog.at_level(logging.INFO, "webfoot"):
            seen = serve(loop_factory, talk, ssl_certfile=pond.default, ssl_unknown_name="refuse")
        assert seen == ["localhost", "localhost"]
        (line,) = [record.getMessage() for record in caplog.records if "failed" in record.getMessage()]
        assert line.endswith("failed: the client names a host that none of our certificates is for")

    def test_a_name_that_is_no_name(self, pond: Pond, loop_factory: Any, caplog: Any, capfd: Any):
        """Python's own client writes no such name, so it is put into the bytes of a handshake of the same length."""

        def client(address: tuple[str, int]) -> bytes:
            incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
            tls = pond.trust.wrap_bio(incoming, outgoing, server_hostname="duck.example")
            with pytest.raises(ssl.SSLWantReadError):
                tls.do_handshake()
            with socket.create_connection(address, PATIENCE) as raw:
                raw.sendall(outgoing.read().replace(b"duck.example", b"d\xfcck.example"))
                return b"".join(iter(lambda: raw.recv(65536), b""))

        with caplog.at_level(logging.INFO, "webfoot"):
            answer = serve(
                loop_factory,
                lambda served: served.in_thread(client),
                ssl_certfile=pond.default,
                ssl_sni=[pond.issue("duck", "duck.example")],
            )
        assert answer[0] == 0x15  # an alert
        assert "Traceback" not in capfd.readouterr().err
        assert len([record for record in caplog.records if "TLS handshake" in record.getMessage()]) == 1

    def test_mistakes(self, pond: Pond):
        options = {"ssl_certfile": pond.default}
        assert refusal(**options, ssl_sni=["/nowhere.pem"]).endswith(
            "ssl_sni cannot be /nowhere.pem: there is no such file"
        )
        alone = pond.put("alone", pond.authority.issue_cert("duck.example").cert_chain_pems[0].bytes())
        assert (
            refusal(**options, ssl_sni=[alone]) == f"the option ssl_sni has no key for {alone}: write CERTFILE:KEYFILE"
        )
        nameless = pond.issue("nameless", "10.0.0.1")
        assert refusal(**options, ssl_sni=[nameless]).endswith("the certificate names no host")
        assert "does not belong to the certificate" in refusal(**options, ssl_sni=[f"{alone}:{pond.default}"])
        with pytest.raises(OptionError, match="CERTFILE:KEYFILE, or CERTFILE"):
            ServerOptions(**options, ssl_sni=[("a", "b", "c")])
        with pytest.raises(OptionError, match="needs ssl_certfile"):
            ServerOptions(ssl_sni=[pond.default])


class TestRenewal:
    @pytest.fixture(autouse=True)
    def _quick(self, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr(renewal, "INTERVAL", 0.02)

    async def until(self, served: Served, pond: Pond, names: list[str], host: str | None = None) -> None:
        while await shown(served, pond.trust, host) != names:
            await asyncio.sleep(0.02)

    def test_new_connections_see_the_new_certificate_and_old_ones_go_on(self, pond: Pond, loop_factory: Any):
        async def talk(served: Served) -> bytes:
            reader, writer = await served.connect(pond.trust)
            pond.issue("default", "new.example")
            await self.until(served, pond, ["new.example"])
            writer.write(GET)
            answer = await reader.readuntil(b"}}")
            writer.close()
            return answer

        assert b"https" in serve(loop_factory, talk, ssl_certfile=pond.default)

    def test_a_further_certificate_and_one_behind_a_link(self, pond: Pond, loop_factory: Any):
        pond.issue("first", "duck.example")
        link = pond.directory / "link.pem"
        link.symlink_to("first.pem")

        async def talk(served: Served) -> None:
            pond.issue("second", "duck.example", "drake.example")
            new = pond.directory / "new"
            new.symlink_to("second.pem")
            os.replace(new, link)
            await self.until(served, pond, ["duck.example", "drake.example"], "duck.example")

        serve(loop_factory, talk, ssl_certfile=pond.default, ssl_sni=[link])

    def test_certificate_and_key_need_not_be_replaced_together(self, pond: Pond, loop_factory: Any, caplog: Any):
        old, new = pond.authority.issue_cert("localhost"), pond.authority.issue_cert("new.example")
        cert, key = pond.put("cert", old.cert_chain_pems[0].bytes()), pond.put("key", old.private_key_pem.bytes())

        async def talk(served: Served) -> None:
            pond.put("cert", new.cert_chain_pems[0].bytes())
            while not any("the old ones stay" in record.getMessage() for record in caplog.records):
                await asyncio.sleep(0.02)
            assert await shown(served, pond.trust, None) == ["localhost"]
            await asyncio.sleep(0.1)  # five looks
            pond.put("key", new.private_key_pem.bytes())
            await self.until(served, pond, ["new.example"])

        with caplog.at_level(logging.INFO, "webfoot"):
            serve(loop_factory, talk, ssl_certfile=cert, ssl_keyfile=key)
        lines = [record.getMessage() for record in caplog.records if "certificates have changed" in record.getMessage()]
        mismatch = f"the key in {key} does not belong to the certificate in {cert}"
        assert lines == [
            f"the certificates have changed, but the old ones stay: {mismatch}",
            "the certificates have changed; new connections see the new ones",
        ]

    @pytest.mark.parametrize("broken", [b"", b"-----BEGIN CERTIFICATE-----\nMIIB", b"hello", None], ids=repr)
    def test_what_is_broken_changes_nothing(self, pond: Pond, loop_factory: Any, caplog: Any, broken: bytes | None):
        async def talk(served: Served) -> list[str]:
            if broken is None:
                os.unlink(pond.default)
            else:
                pond.put("default", broken)
            while not any("the old ones stay" in record.getMessage() for record in caplog.records):
                await asyncio.sleep(0.02)
            return await shown(served, pond.trust, None)

        assert serve(loop_factory, talk, ssl_certfile=pond.default) == ["localhost"]
        assert all(record.levelname == "ERROR" and not record.exc_info for record in caplog.records)

    def test_an_expired_one_is_taken_with_a_warning(self, pond: Pond, loop_factory: Any, caplog: Any):
        async def talk(served: Served) -> None:
            pond.issue("default", "localhost", not_after=datetime.now(UTC) - timedelta(days=2))
            while not any("expired on" in record.getMessage() for record in caplog.records):
                await asyncio.sleep(0.02)

        serve(loop_factory, talk, ssl_certfile=pond.default)

    def test_a_context_of_a_factory_is_made_anew(self, pond: Pond, loop_factory: Any):
        def factory(options: ServerOptions, default: Callable[[], ssl.SSLContext]) -> ssl.SSLContext:
            return default()

        async def talk(served: Served) -> None:
            pond.issue("default", "new.example")
            await self.until(served, pond, ["new.example"])

        serve(loop_factory, talk, ssl_certfile=pond.default, ssl_context_factory=factory)


class TestChains:
    """Certificates that OpenSSL takes and clients will not. `openssl` makes them, as trustme cannot."""

    def make(self, directory: Path, *extensions: str) -> tuple[bytes, bytes, bytes]:
        """(certificate and key of a server, its intermediate authority, a stranger), as PEM."""

        def run(*words: str) -> None:
            subprocess.run(["openssl", *words], cwd=directory, check=True, capture_output=True)

        new = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc", "-days", "2"]
        for name in ("between", "stranger"):
            run(*new, "-subj", f"/CN={name}", "-keyout", f"{name}.key", "-out", f"{name}.crt")
        more = [word for each in ("subjectAltName=DNS:localhost", *extensions) for word in ("-addext", each)]
        signer = ["-CA", "between.crt", "-CAkey", "between.key"]
        run(*new, *signer, "-subj", "/CN=server", *more, "-keyout", "server.key", "-out", "server.crt")
        read = {
            each: (directory / each).read_bytes()
            for each in ("server.crt", "server.key", "between.crt", "stranger.crt")
        }
        return read["server.crt"] + read["server.key"], read["between.crt"], read["stranger.crt"]

    def warnings(self, caplog: Any, pond: Pond, content: bytes) -> list[str]:
        for each in bind(ServerOptions(port=0, ssl_certfile=pond.put("chain", content))):
            each.close()
        return [record.getMessage().replace(str(pond.directory), "") for record in caplog.records]

    def test_the_intermediate_certificate_is_missing(self, pond: Pond, caplog: Any):
        server, between, _ = self.make(
            pond.directory, "authorityInfoAccess=caIssuers;URI:http://ca.example/between.crt"
        )
        assert self.warnings(caplog, pond, server + between) == []
        assert self.warnings(caplog, pond, server) == [
            "/chain.pem lacks the intermediate certificate; most clients will refuse it: use the full chain"
        ]

    def test_other_certificates_than_that(self, pond: Pond, caplog: Any):
        server, between, stranger = self.make(pond.directory)
        assert self.warnings(caplog, pond, server) == []  # of a private authority, which its clients know
        assert self.warnings(caplog, pond, server + stranger + between) == []
        assert self.warnings(caplog, pond, server + stranger) == [
            "no other certificate in /chain.pem has signed the first one; clients will look for the one that has"
        ]
