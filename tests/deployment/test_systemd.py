"""The units: right in systemd's eyes, with numbers that fit each other, and their command lines driven in its place."""

from __future__ import annotations

import re
import shlex
import socket
import subprocess
from configparser import ConfigParser
from pathlib import Path

import pytest
from tests.deployment.pond import HOME, SCRIPTS, example, options_of, write_pond
from tests.proxies.fronts import adapted, program
from tests.server.process.serving import GUARD, Serving
from tests.server.process.test_service_manager import Manager

from webfoot.server.process.bounds import longest_stop

START = """
import os, socket, sys
place, directory, *words = sys.argv[1:]
listening = socket.socket(socket.AF_UNIX)
listening.bind(place)
listening.listen()
os.dup2(listening.fileno(), 10)
os.dup2(10, 3)
os.environ |= {"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": "1", "WATCHDOG_PID": str(os.getpid())}
os.chdir(directory)
os.execv(words[0], words)
"""
"""systemd's part: it listens, and starts the command in its directory, the socket as descriptor 3."""


def unit(name: str) -> ConfigParser:
    parsed = ConfigParser(interpolation=None, delimiters=("=",), comment_prefixes=("#",))
    parsed.optionxform = str  # type: ignore[assignment,method-assign]
    parsed.read_string(example(name))
    return parsed


SERVICE, SOCKET = unit("ducks.service")["Service"], unit("ducks.socket")["Socket"]


def analyzed(tmp_path: Path, changes: dict[str, str], *words: str) -> tuple[int, str]:
    """What systemd-analyze says of the units, their program put where there is one."""
    service = adapted(example("ducks.service"), {f"{HOME}/.venv/bin/webfoot": str(SCRIPTS / "webfoot"), **changes})
    (tmp_path / "ducks.service").write_text(service)
    (tmp_path / "ducks.socket").write_text(example("ducks.socket"))
    command = [program("systemd-analyze"), *words, str(tmp_path / "ducks.service")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=GUARD, check=False)
    return done.returncode, done.stdout + done.stderr


def test_systemd_takes_them(tmp_path: Path) -> None:
    code, said = analyzed(tmp_path, {}, "verify", str(tmp_path / "ducks.socket"))
    assert (code, [line for line in said.splitlines() if "ducks" in line]) == (0, [])


def test_systemd_would_say_what_is_wrong(tmp_path: Path) -> None:
    _, said = analyzed(tmp_path, {"WatchdogSec=": "WatchDogSec="}, "verify")
    assert re.search("Unknown key.*WatchDogSec", said)


LOOSE = {f"{name}\n": "" for name in ("CapabilityBoundingSet=", "ProtectSystem=strict", "User=ducks")}


@pytest.mark.parametrize(("loosened", "passes"), [({}, True), (LOOSE, False)], ids=["as it is", "loosened"])
def test_the_service_may_do_little(tmp_path: Path, loosened: dict[str, str], passes: bool) -> None:
    """systemd's own measure of what a service that was taken over could do, in tenths: 20 is 2.0 of 10."""
    code, said = analyzed(tmp_path, loosened, "security", "--offline=yes", "--threshold=20")
    assert (code == 0) == passes, said[-200:]


def test_the_numbers_fit() -> None:
    words = shlex.split(SERVICE["ExecStart"])
    options = options_of(["webfoot", *words[1:]], **dict(each.split("=") for each in SERVICE["Environment"].split()))
    assert options.workers == 4
    assert int(SERVICE["TimeoutStopSec"]) > longest_stop(options)
    assert f"takes {longest_stop(options):g} s at most" in example("ducks.service")
    assert options.limit_connections is not None
    assert int(SERVICE["LimitNOFILE"]) > options.limit_connections
    assert SERVICE["RestartPreventExitStatus"] == "2 3"  # as docs/serving.md has the codes


def test_nginx_looks_where_systemd_listens() -> None:
    assert f"server unix:{SOCKET['ListenStream']};" in example("nginx.conf")


def test_it_starts_reloads_and_stops(tmp_path: Path) -> None:
    home = write_pond(tmp_path)
    (home / ".venv/bin").mkdir(parents=True)
    (home / ".venv/bin/webfoot").symlink_to(SCRIPTS / "webfoot")
    place, manager = str(tmp_path / "sock"), Manager(str(tmp_path / "notify"))
    words = shlex.split(SERVICE["ExecStart"].replace(HOME, str(home)))
    environment = dict(each.split("=") for each in SERVICE["Environment"].replace("=4", "=2").split())
    environment |= {"NOTIFY_SOCKET": manager.name, "WATCHDOG_USEC": str(int(SERVICE["WatchdogSec"]) * 1_000_000)}
    directory = SERVICE["WorkingDirectory"].replace(HOME, str(home))
    with Serving("-c", START, place, directory, *words, cwd=tmp_path, **environment) as server:
        ready = manager.hear_of("READY")
        assert place in ready["STATUS"]
        assert ask(place).endswith(b"quack")

        reload = shlex.split(SERVICE["ExecReload"].replace("$MAINPID", str(server.process.pid)))
        subprocess.run(reload, check=True)
        manager.hear_of("RELOADING")
        assert manager.hear_of("READY") == ready
        assert ask(place).endswith(b"quack")

        assert server.end() == 0
        assert "STOPPING" in manager.hear()
    manager.socket.close()
    assert Path(place).is_socket()  # it is systemd's, and stays
    assert len(re.findall("the pond closes", server.output)) == 4  # two workers, twice


def ask(place: str) -> bytes:
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(GUARD)
        client.connect(place)
        client.sendall(b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
        return b"".join(iter(lambda: client.recv(65536), b""))
