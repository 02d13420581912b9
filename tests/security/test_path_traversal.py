"""Ways out of a directory of static files, each over a real connection, with its source.

CWE-22 path traversal · CWE-59 link following · CWE-158 NUL in a name · CWE-180 checked before it was decoded ·
CWE-67 Windows device names · CVE-2023-29159 a directory beside it whose name begins alike (Starlette 0.27)
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from webfoot.testing.wire import exchange_bytes
from webfoot.web import Mount, StaticFiles, WebApp

SECRET = b"the secret of the pond"


@pytest.fixture(scope="module")
def pond(tmp_path_factory: pytest.TempPathFactory) -> Path:
    top = tmp_path_factory.mktemp("top").resolve()
    pond = top / "pond"
    (pond / "sub").mkdir(parents=True)
    (pond / "sub" / "index.html").write_text("index")
    (top / "pond-private").mkdir()
    for path in (top / "secret", top / "pond-private" / "secret", pond / ".hidden-by-the-proxy"):
        path.write_bytes(SECRET)
    (pond / "out").symlink_to(top / "secret")
    (pond / "up").symlink_to("..")
    (pond / "beside").symlink_to("../pond-private")
    (pond / "chain").symlink_to("up")
    return pond


ATTACKS = {
    "CWE-22 dot segments": "../secret",
    "CWE-22 deep": "../" * 20 + "etc/passwd",
    "CWE-22 behind a directory": "sub/../../secret",
    "CWE-22 behind what does not exist": "none/../../secret",
    "CWE-22 absolute": "/etc/passwd",
    "CWE-22 absolute, encoded": "%2fetc%2fpasswd",
    "CWE-22 more slashes": "....//....//secret",
    "CWE-180 encoded dots": "%2e%2e/secret",
    "CWE-180 one encoded dot": ".%2e/secret",
    "CWE-180 encoded slash": "..%2fsecret",
    "CWE-180 all encoded": "%2e%2e%2fsecret",
    "CWE-180 encoded twice": "%252e%252e%252fsecret",
    "CWE-180 overlong UTF-8": "%c0%ae%c0%ae/secret",
    "CWE-180 overlong slash": "..%c0%afsecret",
    "CWE-180 dots of Unicode": "%e2%80%a5/secret",
    "CWE-180 fullwidth dots and slash": "%ef%bc%8e%ef%bc%8e%ef%bc%8fsecret",
    "CWE-22 backslash": "..\\secret",
    "CWE-22 backslash, encoded": "..%5csecret",
    "CWE-158 NUL before the end": "../secret%00.html",
    "CWE-158 NUL in the dots": "..%00/secret",
    "CWE-59 a link to a file outside": "out",
    "CWE-59 a link to the directory above": "up/secret",
    "CWE-59 a link to a link": "chain/secret",
    "CWE-59 a link to a directory beside": "beside/secret",
    "CWE-59 a link, and back": "up/pond/out",
    "CVE-2023-29159 a name that begins alike": "../pond-private/secret",
    "CVE-2023-29159 the same, glued": "-private/secret",
    "CWE-22 a parameter": "..;/secret",
    "CWE-22 a file as a directory": "sub/index.html/../../../secret",
    "CWE-67 a device": "/dev/stdin",
    "CWE-22 proc": "/proc/self/environ",
    "CWE-22 home": "~root/.profile",
}


def mounted(pond: Path) -> Any:
    return WebApp(routes=[Mount("/static", StaticFiles(directory=pond))])


def as_html(pond: Path) -> Any:
    return WebApp(routes=[Mount("/static", StaticFiles(directory=pond, html=True))])


def below_a_parameter(pond: Path) -> Any:
    return WebApp(routes=[Mount("/{where}", StaticFiles(directory=pond))])


def twice(pond: Path) -> Any:
    return WebApp(routes=[Mount("/static", StaticFiles(packages=[], directory=pond)), Mount("/", mounted(pond))])


@pytest.mark.parametrize("made", [mounted, as_html, below_a_parameter, twice])
@pytest.mark.parametrize("attack", ATTACKS)
def test_nothing_of_the_disk_gets_out(pond: Path, attack: str, made: Any) -> None:
    target = f"/static/{ATTACKS[attack]}".encode("latin-1")
    answer = exchange_bytes(made(pond), b"GET " + target + b" HTTP/1.1\r\nHost: pond\r\nConnection: close\r\n\r\n")
    status = int(answer.split(b" ", 2)[1])
    assert status in (400, 404), answer
    assert SECRET not in answer
    assert b"root:" not in answer
    assert os.fsencode(pond) not in answer, "the client has no business to know where the files are (CWE-209)"


def test_a_path_that_a_proxy_let_pass_is_not_another_one_here(pond: Path) -> None:
    """CWE-180: the proxy allows /static/sub/ and forbids /static/.hidden; it does not decode what it forwards."""
    for hidden in (
        b"sub/%2e%2e/.hidden-by-the-proxy",
        b"sub/../.hidden-by-the-proxy",
        b"./sub/..%2f.hidden-by-the-proxy",
    ):
        request = b"GET /static/" + hidden + b" HTTP/1.1\r\nHost: pond\r\nConnection: close\r\n\r\n"
        answer = exchange_bytes(mounted(pond), request)
        assert answer.startswith(b"HTTP/1.1 404 ")


def test_links_are_followed_only_for_those_who_ask_for_it(pond: Path) -> None:
    app = WebApp(routes=[Mount("/static", StaticFiles(directory=pond, follow_symlink=True))])

    def asked(path: bytes) -> bytes:
        return exchange_bytes(app, b"GET /static/" + path + b" HTTP/1.1\r\nHost: pond\r\nConnection: close\r\n\r\n")

    assert SECRET in asked(b"out")
    assert SECRET not in asked(b"../secret")
    assert SECRET not in asked(b"out/../../secret")
