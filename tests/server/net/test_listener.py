"""Places where nobody can listen, each with one sentence."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from webfoot.server.net.binding import BindError, address_of, bind
from webfoot.server.settings.options import ServerOptions


def sentence(**options: object) -> str:
    with pytest.raises(BindError) as caught:
        for each in bind(ServerOptions(**options)):
            each.close()
    return str(caught.value)


def test_a_taken_port() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert sentence(port=port) == f"cannot listen on 127.0.0.1:{port}: the port is taken by another process"


def test_an_address_of_another_machine() -> None:
    assert sentence(host="192.0.2.1") == "cannot listen on 192.0.2.1:8000: this machine does not have that address"


def test_a_name_without_address() -> None:
    assert sentence(host="nowhere.invalid").endswith("the host name nowhere.invalid has no address")
    assert sentence(host="[::1]", port=0).endswith("write the address without brackets, ::1")


@pytest.mark.parametrize("host", ["a" * 64 + ".pond", "..", "pond..example"])
def test_what_cannot_be_a_name(host: str) -> None:
    assert sentence(host=host).endswith(f"{host} is no host name")


def test_a_unix_socket_in_a_directory_that_is_not_there(tmp_path: Path) -> None:
    assert sentence(uds=str(tmp_path / "no" / "socket")).endswith("no such file or directory")


def test_a_file_in_the_place_of_the_unix_socket(tmp_path: Path) -> None:
    (tmp_path / "socket").write_text("precious")
    assert sentence(uds=str(tmp_path / "socket")).endswith("a file that is no socket is in its place")
    assert (tmp_path / "socket").read_text() == "precious"


def test_a_unix_socket_that_somebody_serves(tmp_path: Path) -> None:
    (first,) = bind(ServerOptions(uds=str(tmp_path / "socket")))
    assert sentence(uds=str(tmp_path / "socket")).endswith("another process listens there")
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


@pytest.mark.skipif(not socket.has_ipv6, reason="needs IPv6")
def test_an_ipv6_address_is_written_as_a_url() -> None:
    try:
        (bound,) = bind(ServerOptions(host="::1", port=0))
    except BindError:
        pytest.skip("this machine has no IPv6 loopback")
    assert address_of(bound).startswith("http://[::1]:")
    bound.close()
