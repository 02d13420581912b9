"""`webfoot dev` takes up settings that are saved while it runs, and a wrong one ends nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.server.process.serving import Serving, ask, connect, webfoot, write_app

API = """
async def app(scope, receive, send):
    if scope["type"] == "http":
        body = scope["root_path"].encode()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(body))]})
        await send({"type": "http.response.body", "body": body})
"""


def settings(directory: Path, text: str) -> None:
    (directory / "pyproject.toml").write_text(f'[tool.webfoot]\napp = "main:app"\n{text}')


def dev(directory: Path) -> Serving:
    write_app(directory, API)
    return webfoot("dev", "--port", "0", cwd=directory)


def test_new_settings_are_in_force_after_a_restart(tmp_path: Path) -> None:
    settings(tmp_path, 'root_path = "/one"\n')
    with dev(tmp_path) as serving:
        url = serving.url()
        assert ask(url) == "/one"
        settings(tmp_path, 'root_path = "/two"\n[tool.webfoot.dev]\nserver_header = false\n')
        serving.wait_for("restarting, because pyproject.toml changed")
        serving.wait_for("serving again")
        assert ask(url) == "/two"
        with connect(url) as connection:
            connection.sendall(b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
            assert b"\r\nserver:" not in connection.recv(65536).lower()
        assert serving.end() == 0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("backlog = 'many'\n", "backlog", id="a wrong value"),
        pytest.param("bakclog = 3\n", "bakclog", id="a name that is none"),
        pytest.param("root_path = \n", "pyproject.toml", id="no TOML"),
    ],
)
def test_a_wrong_setting_is_told_and_all_goes_on(tmp_path: Path, text: str, said: str) -> None:
    settings(tmp_path, 'root_path = "/one"\n')
    with dev(tmp_path) as serving:
        url = serving.url()
        settings(tmp_path, text)
        serving.wait_for(f"^ERROR: +nothing is reloaded: .*{said}")
        assert ask(url) == "/one"
        settings(tmp_path, 'root_path = "/two"\n')
        serving.wait_for("serving again")
        assert ask(url) == "/two"
        assert serving.end() == 0
    assert serving.output.count("restarting") == 1


def test_what_cannot_change_is_told(tmp_path: Path) -> None:
    settings(tmp_path, 'root_path = "/one"\n')
    with dev(tmp_path) as serving:
        url = serving.url()
        settings(tmp_path, 'root_path = "/two"\nreload_dirs = ["."]\n')
        serving.wait_for("reload_dirs cannot change in a reload and stays as it is: restart for that")
        serving.wait_for("serving again")
        assert ask(url) == "/two"


def test_another_part_of_the_file_is_no_reason_to_restart(tmp_path: Path) -> None:
    settings(tmp_path, 'root_path = "/one"\n')
    with dev(tmp_path) as serving:
        url = serving.url()
        settings(tmp_path, 'root_path = "/one"\n[project]\nname = "pond"\n')
        settings(tmp_path, 'root_path = "/one"\n[project]\nname = "pond"\n[tool.webfoot.dev]\nroot_path = "/three"\n')
        serving.wait_for("serving again")
        assert ask(url) == "/three"
    assert serving.output.count("restarting") == 1
