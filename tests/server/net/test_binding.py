"""Places to listen at; those where nobody can, each with one sentence."""

from __future__ import annotations

import contextlib
import os
import socket
import stat
from pathlib import Path
from typing import Any

import pytest

from webfoot.server.net import binding
from webfoot.server.net.activation import passed_descriptors
from webfoot.server.net.binding import BindError, address_of, bind, bound, places
from webfoot.server.settings.options import OptionError, ServerOptions


def has_ipv6() -> bool:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True


needs_ipv6 = pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6 loopback")


def sentence(**options: object) -> str:
    with pytest.raises(BindError) as caught:
        for each in bind(ServerOptions(**options)):
            each.close()
    return str(caught.value)


def test_a_taken_port() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        where, _, why = sentence(port=port).partition(": ")
    assert where == f"cannot listen on 127.0.0.1:{port}"
    assert why == "the port is taken by another process; end it, or choose another port (0: a free one)"


def test_an_address_of_another_machine() -> None:
    where, _, why = sentence(host="192.0.2.1").rpartition(":8000: ")
    assert where == "cannot listen on 192.0.2.1"
    assert why == "this machine does not have that address (0.0.0.0 and :: stand for all that it has)"


def test_a_name_without_address() -> None:
    assert sentence(host="nowhere.invalid").endswith("the host name nowhere.invalid has no address")
    assert sentence(host="[::1]", port=0).endswith("write the address without brackets, ::1")


@pytest.mark.parametrize("host", ["a" * 64 + ".pond", "..", "pond..example"])
def test_what_cannot_be_a_name(host: str) -> None:
    assert sentence(host=host).endswith(f"{host} is no host name")


def test_a_unix_socket_in_a_directory_that_is_not_there(tmp_path: Path) -> None:
    assert sentence(uds=str(tmp_path / "no" / "socket")).endswith("there is no such directory")


def test_a_file_in_the_place_of_the_unix_socket(tmp_path: Path) -> None:
    (tmp_path / "socket").write_text("precious")
    assert sentence(uds=str(tmp_path / "socket")).endswith(
        "a file that is no socket is in its place; remove it, or choose another path"
    )
    assert (tmp_path / "socket").read_text() == "precious"


def test_a_unix_socket_that_somebody_serves(tmp_path: Path) -> None:
    (first,) = bind(ServerOptions(uds=str(tmp_path / "socket")))
    assert sentence(uds=str(tmp_path / "socket")).endswith(
        "another process listens there; end it, or choose another path"
    )
    first.close()


def test_a_unix_socket_left_behind_is_replaced(tmp_path: Path) -> None:
    (dead,) = bind(ServerOptions(uds=str(tmp_path / "socket")))
    dead.close()
    (listening,) = bind(ServerOptions(uds=str(tmp_path / "socket")))
    assert address_of(listening) == f"unix:{tmp_path / 'socket'}"
    listening.close()


def test_a_descriptor_that_is_no_listening_socket() -> None:
    with socket.socket() as unbound:
        assert sentence(fd=unbound.fileno()).endswith("it is no listening socket")
    reader, writer = os.pipe()
    assert sentence(fd=reader).startswith(f"cannot listen on file descriptor {reader}: ")
    os.close(reader)
    os.close(writer)


def test_an_inherited_descriptor_and_a_free_port() -> None:
    (bound,) = bind(ServerOptions(port=0))
    (inherited,) = bind(ServerOptions(fd=bound.fileno()))
    assert address_of(inherited) == address_of(bound)
    assert address_of(bound).startswith("http://127.0.0.1:")
    bound.close()
    inherited.close()


@needs_ipv6
def test_an_ipv6_address_is_written_as_a_url() -> None:
    (bound,) = bind(ServerOptions(host="::1", port=0))
    assert address_of(bound).startswith("http://[::1]:")
    bound.close()


LOOPBACK = [
    (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 0)),
    (socket.AF_INET6, socket.SOCK_STREAM, 6, "", ("::1", 0, 0, 0)),
]
ELSEWHERE = (socket.AF_INET6, socket.SOCK_STREAM, 6, "", ("2001:db8::1", 0, 0, 0))


@needs_ipv6
class TestNamesWithSeveralAddresses:
    @pytest.fixture(autouse=True)
    def _addresses(self, monkeypatch: pytest.MonkeyPatch):
        self.addresses: list[Any] = []
        monkeypatch.setattr(binding.socket, "getaddrinfo", lambda *_, **__: self.addresses)

    def names(self, **options: Any) -> list[tuple[str, int]]:
        with bound(ServerOptions(**{"host": "pond.example", "port": 0, **options})) as sockets:
            return [each.getsockname()[:2] for each in sockets]

    def test_each_has_a_socket_and_all_have_one_port(self) -> None:
        self.addresses = [*LOOPBACK, LOOPBACK[0]]
        (first, port), (second, same) = self.names()
        assert (first, second) == ("127.0.0.1", "::1")
        assert port == same > 0

    def test_a_port_that_is_free_for_the_first_one_only_is_not_taken(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.addresses = LOOPBACK
        tries: list[Any] = []
        real = binding.Binding._bind_address

        def bind_address(self: Any, family: int, address: Any, bound: Any) -> None:
            tries.append(address)
            if len(tries) == 2:
                with socket.create_server(address, family=socket.AF_INET6):
                    real(self, family, address, bound)
            real(self, family, address, bound)

        monkeypatch.setattr(binding.Binding, "_bind_address", bind_address)
        (_, port), (_, same) = self.names()
        assert port == same
        assert len(tries) == 4

    def test_those_that_this_machine_does_not_have_are_left_out(self) -> None:
        self.addresses = [LOOPBACK[0], ELSEWHERE]
        assert [host for host, _ in self.names()] == ["127.0.0.1"]
        self.addresses = [ELSEWHERE]
        assert sentence(host="pond.example", port=0).endswith(
            "this machine does not have that address (0.0.0.0 and :: stand for all that it has)"
        )


@needs_ipv6
class TestBothVersionsOfIP:
    def only_ipv6(self, *listen: str) -> list[bool]:
        with bound(ServerOptions(bind=listen)) as sockets:
            ipv6 = [each for each in sockets if each.family == socket.AF_INET6]
            return [bool(each.getsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY)) for each in ipv6]

    def test_all_addresses_are_those_of_both_unless_ipv4_has_its_own(self) -> None:
        assert self.only_ipv6("[::]:0") == [False]
        assert self.only_ipv6("[::1]:0") == [True]
        for port in range(23000, 23020):  # below those that the system gives out
            with contextlib.suppress(BindError):
                assert self.only_ipv6(f"[::]:{port}", f"0.0.0.0:{port}") == [True]
                break
        else:
            pytest.fail("twenty ports are taken")


class TestUnixSockets:
    @pytest.mark.parametrize(
        ("permissions", "mode"), [("660", 0o660), ("0o600", 0o600), (0o666, 0o666), (None, 0o755)], ids=repr
    )
    def test_who_may_connect(self, tmp_path: Path, permissions: Any, mode: int) -> None:
        path = str(tmp_path / "socket")
        before = os.umask(0o022)
        try:
            with bound(ServerOptions(bind=[f"unix:{path}"], uds_permissions=permissions)):
                assert stat.S_IMODE(os.stat(path).st_mode) == mode
        finally:
            os.umask(before)

    @pytest.mark.parametrize("wrong", ["rw", "1777", 660, "", True, -1], ids=repr)
    def test_what_are_no_permissions(self, wrong: Any) -> None:
        with pytest.raises(OptionError, match=r"uds_permissions cannot be .* octal digits, such as \"660\""):
            ServerOptions(uds_permissions=wrong)

    def test_a_server_that_is_too_busy_to_answer_lives(self, tmp_path: Path) -> None:
        path = str(tmp_path / "socket")
        with socket.socket(socket.AF_UNIX) as busy, socket.socket(socket.AF_UNIX) as waiting:
            busy.bind(path)
            busy.listen(0)
            waiting.connect(path)  # its queue is full now
            assert sentence(uds=path).endswith("another process listens there; end it, or choose another path")

    @pytest.mark.skipif(os.geteuid() == 0, reason="root may use every socket")
    def test_a_socket_that_we_may_not_use(self, tmp_path: Path) -> None:
        path = str(tmp_path / "socket")
        with bound(ServerOptions(uds=path, uds_permissions="000")):
            assert sentence(uds=path).endswith("a socket that this user may not use is in its place")

    def test_a_link_to_nowhere_is_no_socket(self, tmp_path: Path) -> None:
        (tmp_path / "socket").symlink_to("nowhere")
        assert sentence(uds=str(tmp_path / "socket")).endswith(
            "a file that is no socket is in its place; remove it, or choose another path"
        )

    def test_what_another_server_has_made_in_our_place_stays(self, tmp_path: Path) -> None:
        path = tmp_path / "socket"
        with bound(ServerOptions(uds=str(path))):
            path.unlink()
            path.write_text("precious")
        assert path.read_text() == "precious"

    def test_a_path_of_now_is_removed_from_another_directory(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        with bound(ServerOptions(uds="socket")):
            monkeypatch.chdir("/")
        assert not (tmp_path / "socket").exists()


class TestWhatIsAskedFor:
    @pytest.mark.parametrize(
        ("options", "listen"),
        [
            ({}, ["127.0.0.1:8000"]),
            ({"host": "::1", "port": 81}, ["[::1]:81"]),
            ({"uds": "/run/web"}, ["unix:/run/web"]),
            ({"fd": 7}, ["fd://7"]),
            ({"bind": ["localhost:80", "[fe80::1%eth0]:80"]}, ["localhost:80", "[fe80::1%eth0]:80"]),
        ],
        ids=["nothing", "address", "path", "descriptor", "several"],
    )
    def test_places(self, options: dict[str, Any], listen: list[str]) -> None:
        assert places(ServerOptions(**options)) == listen

    @pytest.mark.parametrize(
        "wrong", ["8000", "localhost", "::1:80", "a:65536", ":80", "fd://", "unix:", "http://a:80", "a b:1", "a:80/x"]
    )
    def test_what_is_no_place(self, wrong: str) -> None:
        with pytest.raises(OptionError, match=r"the option bind cannot be .* HOST:PORT, \[IPV6\]:PORT, unix:PATH"):
            ServerOptions(bind=[wrong])

    @pytest.mark.parametrize("also", [{"port": 80}, {"host": "a"}, {"uds": "a"}, {"fd": 3}], ids=str)
    def test_one_way_to_say_it(self, also: dict[str, Any]) -> None:
        (name,) = also
        with pytest.raises(OptionError) as caught:
            ServerOptions(bind=["a:1"], **also)
        assert str(caught.value) == f"the options bind and {name} exclude each other: bind takes each kind of place"

    def test_the_same_place_twice(self) -> None:
        with pytest.raises(OptionError, match="the option bind names a:1 twice"):
            ServerOptions(bind=["a:1", "b:1", "a:1"])
        assert ServerOptions(bind=["a:0", "a:0"]).bind == ("a:0", "a:0")


class TestWhatSystemdPasses:
    def test_names(self) -> None:
        own = {"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": "2"}
        assert passed_descriptors(own) == {3: "", 4: ""}
        assert passed_descriptors({**own, "LISTEN_FDNAMES": "web"}) == {3: "web", 4: ""}
        assert passed_descriptors({**own, "LISTEN_FDNAMES": "web:admin:more"}) == {3: "web", 4: "admin"}

    @pytest.mark.parametrize(
        "variables",
        [{}, {"LISTEN_FDS": "1"}, {"LISTEN_FDS": "1", "LISTEN_PID": "1"}, {"LISTEN_FDS": "-1"}, {"LISTEN_FDS": "x"}],
        ids=str,
    )
    def test_nothing_for_us(self, variables: dict[str, str]) -> None:
        own = (
            {} if "LISTEN_PID" in variables or variables.get("LISTEN_FDS") == "1" else {"LISTEN_PID": str(os.getpid())}
        )
        assert passed_descriptors({**own, **variables}) == {}
