"""Where the server listens: bound before anything else, so that a taken port is one clear sentence."""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import stat
from collections.abc import Iterator
from ipaddress import ip_address
from typing import TYPE_CHECKING, Final

from webfoot.server.net.activation import descriptor_named, passed_descriptors
from webfoot.server.net.tls import check_tls

if TYPE_CHECKING:
    from webfoot.server.settings.options import ServerOptions

_ANY: Final = {"0.0.0.0", "::"}  # noqa: S104 - they are recognized here, not used
_NOT_HERE: Final = (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)
_PORT_TRIES: Final = 5  # for a free port that all addresses of a name have in common


class BindError(OSError):
    """Nobody can listen there. `str()` is one sentence."""

    def __str__(self) -> str:
        return str(self.args[0])


class Binding:
    """The sockets that the options ask for, bound and listening, and the files of those that have one.

    Raises BindError, and OptionError for wrong TLS: mistakes are found here, once, before workers start, and before the
    application does. Then nothing stays open and no file is left. `inherited` are sockets that another process has
    bound for the same options; what it would have removed in the end is removed here then.
    """

    def __init__(self, options: ServerOptions, inherited: list[socket.socket] | None = None) -> None:
        self.sockets: list[socket.socket] = []
        self._options = options
        self._made: dict[str, tuple[int, int]] = {}
        self._places = places(options)
        if inherited is not None:
            self.sockets += inherited
            for path in (each.removeprefix("unix:") for each in self._places if each.startswith("unix:")):
                self._own(path)
            return
        check_tls(options)
        try:
            for place in self._places:
                self._bind(place)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        for each in self.sockets:
            each.close()
        for path, made in self._made.items():
            if _identity(path) == made:  # another server may have taken the path over meanwhile
                os.unlink(path)

    def _bind(self, place: str) -> None:
        try:
            if place.startswith("unix:"):
                self._bind_unix(place.removeprefix("unix:"))
            elif place.startswith("fd://"):
                self.sockets.append(_inherit(place.removeprefix("fd://")))
            else:
                host, port = _host_and_port(place)
                self.sockets += self._bind_tcp(host, port)
        except BindError:
            raise
        except OSError as error:
            raise BindError(_explain(error, place)) from None
        except UnicodeError:  # a label of more than 63 characters, or of none
            host, _ = _host_and_port(place)
            raise BindError(f"cannot listen on {place}: {host} is no host name") from None

    def _own(self, path: str) -> None:
        path = os.path.abspath(path)  # the application may change the directory
        identity = _identity(path)
        if identity is not None:
            self._made[path] = identity

    def _bind_tcp(self, host: str, port: int) -> list[socket.socket]:
        """One socket for each address of the host, all on the same port."""
        for attempt in range(_PORT_TRIES):
            bound: list[socket.socket] = []
            try:
                for family, address in _addresses(host, port):
                    own = bound[0].getsockname()[1] if bound else address[1]
                    self._bind_address(family, (address[0], own, *address[2:]), bound)
            except OSError as error:
                for each in bound:
                    each.close()
                is_ours = error.errno == errno.EADDRINUSE and not port and bound
                if not is_ours or attempt == _PORT_TRIES - 1:
                    raise
                continue
            break
        return bound

    def _bind_address(self, family: int, address: tuple[str, int], bound: list[socket.socket]) -> None:
        """Add a socket to `bound`. Of a name's several addresses this machine need not have all."""
        try:
            listening = socket.socket(family, socket.SOCK_STREAM)
        except OSError as error:
            if bound and error.errno in _NOT_HERE:
                return
            raise
        try:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                listening.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, not self._takes_ipv4(address))
            listening.bind(address)
            listening.listen(self._options.backlog)
        except OSError as error:
            listening.close()
            if bound and error.errno in _NOT_HERE:
                return
            raise
        listening.setblocking(False)
        bound.append(listening)

    def _takes_ipv4(self, address: tuple[str, int]) -> bool:
        """`::` serves both versions of IP, whatever the system's default is, unless IPv4 has a socket of its own."""
        return address[0] == "::" and f"0.0.0.0:{address[1]}" not in self._places

    def _bind_unix(self, path: str) -> None:
        _make_room(path)
        listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sockets.append(listening)
        listening.bind(path)
        self._own(path)
        if self._options.uds_permissions is not None:
            os.chmod(path, int(str(self._options.uds_permissions), 8))  # nobody can connect before it listens
        listening.listen(self._options.backlog)
        listening.setblocking(False)


def bind(options: ServerOptions) -> list[socket.socket]:
    """As `Binding`, whose files are the caller's then."""
    return Binding(options).sockets


@contextlib.contextmanager
def bound(options: ServerOptions, inherited: list[socket.socket] | None = None) -> Iterator[list[socket.socket]]:
    """As `Binding`: closed in the end; the files of Unix sockets go with them."""
    binding = Binding(options, inherited)
    try:
        yield binding.sockets
    finally:
        binding.close()


def places(options: ServerOptions) -> list[str]:
    """What to bind, as the option `bind` writes it. Sockets that systemd passes are taken if nothing else is asked."""
    if options.bind:
        return list(options.bind)
    if options.fd is not None:
        return [f"fd://{options.fd}"]
    if options.uds is not None:
        return [f"unix:{options.uds}"]
    if not options.asks_for_place and (passed := passed_descriptors()):
        return [f"fd://{number}" for number in passed]
    host, port = options.host, options.port
    if host.startswith("["):
        raise BindError(f"cannot listen on {host}:{port}: write the address without brackets, {host.strip('[]')}")
    return [f"[{host}]:{port}" if ":" in host else f"{host}:{port}"]


def _host_and_port(place: str) -> tuple[str, int]:
    host, _, port = place.rpartition(":")
    return host.strip("[]"), int(port)


def _addresses(host: str, port: int) -> list[tuple[int, tuple[str, int]]]:
    """(family, address) of the host, each once. A name's addresses of a version that we do not have are left out."""
    try:
        ip_address(host.partition("%")[0])
        flags = socket.AI_PASSIVE
    except ValueError:
        flags = socket.AI_PASSIVE | socket.AI_ADDRCONFIG
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=flags)
    return list(dict.fromkeys((int(family), address) for family, _, _, _, address in found))  # type: ignore[misc]


def _make_room(path: str) -> None:
    """Remove the file of a Unix socket whose server has died."""
    try:
        mode = os.lstat(path).st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(mode):
        raise BindError(
            f"cannot listen on {path}: a file that is no socket is in its place; remove it, or choose another path"
        )
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(1)
        try:
            probe.connect(path)
        except ConnectionRefusedError:
            os.unlink(path)
            return
        except PermissionError:
            raise BindError(f"cannot listen on {path}: a socket that this user may not use is in its place") from None
        except OSError:
            pass  # somebody is there, and too busy to take us
    raise BindError(f"cannot listen on {path}: another process listens there; end it, or choose another path")


def _inherit(text: str) -> socket.socket:
    """`text`: a number, or the name that systemd gave to a descriptor."""
    number = int(text) if text.isdecimal() else descriptor_named(text)
    if number is None:
        raise BindError(f"cannot listen on fd://{text}: no descriptor of this name was passed (LISTEN_FDNAMES)")
    listening = socket.socket(fileno=os.dup(number))
    if not listening.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
        listening.close()
        hint = " (in a socket unit: ListenStream= and Accept=no)" if number in passed_descriptors() else ""
        raise BindError(f"cannot listen on file descriptor {number}: it is no listening socket{hint}")
    if number in passed_descriptors():
        os.set_inheritable(number, False)  # as sd_listen_fds does: it is not for processes that we start
    listening.setblocking(False)
    return listening


def _explain(error: OSError, place: str) -> str:
    if place.startswith("fd://"):
        number = place.removeprefix("fd://")
        return f"cannot listen on file descriptor {number}: {os.strerror(error.errno or 0).lower()}"
    where = place.removeprefix("unix:")
    if isinstance(error, socket.gaierror):
        host, _, _ = place.rpartition(":")
        return f"cannot listen on {where}: the host name {host} has no address"
    why = {
        errno.EADDRINUSE: "the port is taken by another process; end it, or choose another port (0: a free one)",
        errno.EACCES: f"this user may not listen there{_way_round(place)}",
        errno.EADDRNOTAVAIL: "this machine does not have that address (0.0.0.0 and :: stand for all that it has)",
        errno.ENOENT: "there is no such directory",
    }.get(error.errno or 0, os.strerror(error.errno).lower() if error.errno else str(error))
    return f"cannot listen on {where}: {why}"


def _way_round(place: str) -> str:
    """What to do without the right, for the end of a sentence."""
    if place.startswith("unix:"):
        return "; choose another directory"
    return "; choose a port from 1024 on, or have systemd pass the socket" if _host_and_port(place)[1] < 1024 else ""


def _identity(path: str) -> tuple[int, int] | None:
    try:
        found = os.stat(path)
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino


def address_of(listening: socket.socket, scheme: str = "http") -> str:
    """What a person would type to reach it: a URL, or `unix:PATH`."""
    name = listening.getsockname()
    if isinstance(name, (str, bytes)):
        return f"unix:{os.fsdecode(name)}"
    host, port = name[:2]
    return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"
