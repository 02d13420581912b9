"""Settings from flags, variables, a file and the command, and what --show-settings tells of them."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner
from tests.server.process.serving import webfoot

from webfoot.cli.dev import command as dev
from webfoot.cli.main import cli
from webfoot.cli.run import command as run
from webfoot.server.settings.file import SettingsFile
from webfoot.server.settings.options import OPTIONS, OptionError, ServerOptions

PROJECT = """
[tool.webfoot]
app = "main:app"
port = 81
timeout-graceful-shutdown = 30
ssl-certfile = "cert.pem"
ssl-keyfile-password = "a secret"

[tool.webfoot.dev]
host = "::1"
"""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in os.environ:
        if name.startswith("WEBFOOT_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def shown(command: click.Command, *words: str) -> dict[str, Any]:
    """What --show-settings --json tells: name -> {value, from}."""
    with command.make_context(command.name, [*words, "--show-settings", "--json"]) as context:
        runner = CliRunner()
        with runner.isolation() as (out, *_):
            assert command.invoke(context) == 0
            told: dict[str, Any] = json.loads(out.getvalue())
    return told


def test_who_wins(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert shown(run)["port"] == {"value": 8000, "from": "default"}
    (here / "pyproject.toml").write_text(PROJECT)
    assert shown(run)["port"] == {"value": 81, "from": "pyproject.toml:4"}
    (here / "other.toml").write_text("# instead\nport = 82\n")
    assert shown(run, "--config", "other.toml")["port"] == {"value": 82, "from": "other.toml:2"}
    assert shown(run, "--config", "other.toml")["app"] == {"value": "", "from": "default"}
    monkeypatch.setenv("WEBFOOT_CONFIG", "other.toml")
    assert shown(run)["port"] == {"value": 82, "from": "other.toml:2"}
    monkeypatch.setenv("WEBFOOT_PORT", "83")
    assert shown(run)["port"] == {"value": 83, "from": "WEBFOOT_PORT"}
    assert shown(run, "--port", "84")["port"] == {"value": 84, "from": "--port"}
    assert shown(run, "main:app")["app"] == {"value": "main:app", "from": "the argument"}
    monkeypatch.delenv("WEBFOOT_PORT")
    assert shown(run, "--config", "none")["port"] == {"value": 8000, "from": "default"}


def test_the_table_of_dev_is_for_dev(here: Path) -> None:
    """It wins over what the command would have by itself, and that over what is meant for production."""
    (here / "pyproject.toml").write_text(PROJECT)
    told = shown(run)
    assert told["host"] == {"value": "127.0.0.1", "from": "default"}
    assert told["timeout_graceful_shutdown"] == {"value": 30.0, "from": "pyproject.toml:5"}
    told = shown(dev)
    assert told["host"] == {"value": "::1", "from": "pyproject.toml:10"}
    assert told["timeout_graceful_shutdown"] == {"value": 1.0, "from": "webfoot dev"}
    assert told["reload"] == {"value": True, "from": "webfoot dev"}
    (here / "pyproject.toml").write_text(PROJECT + "timeout-graceful-shutdown = 5\nworkers = 3")
    told = shown(dev)
    assert told["timeout_graceful_shutdown"] == {"value": 5.0, "from": "pyproject.toml:11"}
    assert told["workers"] == {"value": 1, "from": "webfoot dev"}


def test_a_mistake_in_the_table_of_another_command_is_told(here: Path) -> None:
    (here / "pyproject.toml").write_text(PROJECT + "prot = 1")
    with pytest.raises(OptionError, match=r"there is no option prot \(from pyproject.toml:11\); did you mean port"):
        shown(run)


def test_a_project_above_names_its_application(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (here / "pyproject.toml").write_text(PROJECT)
    (here / "inner").mkdir()
    monkeypatch.chdir(here / "inner")
    told = shown(run)
    assert told["app_dir"] == {"value": str(here), "from": f"{here}/pyproject.toml:3"}
    assert told["ssl_certfile"]["value"] == f"{here}/cert.pem"
    assert shown(run, "main:app")["app_dir"]["value"] == ""
    assert shown(run, "--app-dir", "src")["app_dir"]["value"] == "src"


def test_where_settings_that_exclude_each_other_come_from(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (here / "pyproject.toml").write_text('[tool.webfoot]\nworkers = 4\nbind = ["127.0.0.1:80"]\n')
    with pytest.raises(OptionError, match=r"reload serves with one process \(workers is from pyproject.toml:2\)$"):
        shown(run, "main:app", "--reload")
    (here / "pyproject.toml").write_text('[tool.webfoot]\nhost = "::1"\nbind = ["127.0.0.1:80"]\n')
    with pytest.raises(OptionError, match=r"\(host is from pyproject.toml:2, bind is from pyproject.toml:3\)$"):
        shown(run, "main:app")
    (here / "pyproject.toml").unlink()
    with pytest.raises(OptionError, match=r"uds and fd exclude each other: [^()]*$"):
        shown(run, "main:app", "--uds", "x", "--fd", "3")


def test_another_place_is_meant_instead(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (here / "pyproject.toml").write_text('[tool.webfoot]\nbind = ["127.0.0.1:80"]\n[tool.webfoot.dev]\nport = 81\n')
    assert shown(run)["bind"]["value"] == ["127.0.0.1:80"]
    told = shown(dev)
    assert (told["bind"], told["port"]["value"]) == ({"value": [], "from": "default"}, 81)
    told = shown(run, "--port", "82")
    assert (told["bind"]["value"], told["port"]["value"]) == ([], 82)
    monkeypatch.setenv("WEBFOOT_UDS", "a.sock")
    told = shown(dev)
    assert (told["uds"]["value"], told["port"]["value"]) == ("a.sock", 8000)
    told = shown(dev, "--host", "::1")
    assert (told["uds"]["value"], told["host"]["value"], told["port"]["value"]) == (None, "::1", 81)


def test_host_and_port_are_one_place(here: Path) -> None:
    (here / "pyproject.toml").write_text('[tool.webfoot]\nhost = "::1"\n')
    told = shown(run, "--port", "81")
    assert (told["host"]["value"], told["port"]["value"]) == ("::1", 81)
    assert shown(run, "--uds", "none")["host"]["value"] == "::1"


def test_a_factory_belongs_to_its_application(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (here / "pyproject.toml").write_text('[tool.webfoot]\napp = "main:create"\nfactory = true\n')
    assert shown(run)["factory"]["value"] is True
    assert shown(run, "main:create")["factory"]["value"] is True
    assert shown(run, "main:app")["factory"] == {"value": False, "from": "default"}
    assert shown(run, "main:other", "--factory")["factory"]["value"] is True
    monkeypatch.setenv("WEBFOOT_APP", "main:app")
    assert shown(run)["factory"]["value"] is False
    (here / "pyproject.toml").write_text("[tool.webfoot]\nfactory = true\n")
    assert shown(run, "main:create")["factory"]["value"] is True


@pytest.mark.parametrize("source", ["flag", "variable", "file"])
def test_compat(here: Path, monkeypatch: pytest.MonkeyPatch, source: str) -> None:
    words = []
    if source == "flag":
        words, expected = ["--compat"], "--compat"
    elif source == "variable":
        monkeypatch.setenv("WEBFOOT_COMPAT", "1")
        expected = "WEBFOOT_COMPAT"
    else:
        (here / "pyproject.toml").write_text("[tool.webfoot]\ncompat = true\n")
        expected = "pyproject.toml:2"
    assert shown(run, *words)["prepare"] == {"value": "webfoot.compat:install", "from": expected}


def test_every_setting_is_shown_but_no_secret(here: Path) -> None:
    (here / "pyproject.toml").write_text(PROJECT)
    assert set(shown(run)) == {option.name for option in OPTIONS} - {"ssl_context_factory"}
    for words in (["--show-settings"], ["--show-settings", "--json"]):
        output = CliRunner().invoke(cli, ["run", *words]).output
        assert "a secret" not in output
        assert "********" in output
        assert "pyproject.toml:7" in output


def test_what_is_shown_is_a_file_with_the_same_settings(here: Path) -> None:
    words = [
        "ducks:app", "--limit-request-body", "none", "--limit-discard", "64k", "--header", 'A: "b"\\',
        "--reload-dir", "a b", "--bind", "unix:a.sock", "--bind", "[::1]:80", "--ssl-certfile", "a.pem",
        "--ssl-sni", "b.pem:b.key", "--ssl-sni", "c.pem", "--no-access-log", "--timeout-head", "0.5",
        "--app-dir", "\x7f ü", "--log-config", "log.json",
    ]  # fmt: skip
    output = CliRunner().invoke(cli, ["run", *words, "--show-settings"]).output
    (here / "shown.toml").write_text(output)
    given = {name: each.value for name, each in SettingsFile(Path("shown.toml")).given().items()}
    assert ServerOptions(**given) == ServerOptions(
        "ducks:app", limit_request_body=None, limit_discard=65536, headers=[("A", '"b"\\')], reload_dirs=["a b"],
        bind=["unix:a.sock", "[::1]:80"], ssl_certfile="a.pem", ssl_sni=[("b.pem", "b.key"), ("c.pem", None)],
        access_log=False, timeout_head=0.5, app_dir="\x7f ü", log_config="log.json",
    )  # fmt: skip
    assert output.startswith('# Application\napp = "ducks:app"  ')
    assert [line for line in output.splitlines() if line.startswith("limit-discard")] == [
        f"{'limit-discard = 65536':46}  # --limit-discard"
    ]


def test_a_dict_for_logging_is_shown_too(here: Path) -> None:
    config = '[log-config]\nversion = 1\nloggers = {"a.b" = {level = "INFO"}}\n'
    (here / "ducks.toml").write_text(config)
    output = CliRunner().invoke(cli, ["run", "--config", "ducks.toml", "--show-settings"]).output
    (here / "shown.toml").write_text(output)
    shown = SettingsFile(Path("shown.toml")).given()["log_config"].value
    assert shown == {"version": 1, "loggers": {"a.b": {"level": "INFO"}}}


@pytest.mark.parametrize("words", [["GET", "/ducks"], ["/ducks"], ["main:app", "GET", "/ducks"], ["/d:ucks"]])
def test_a_journey_has_them_from_the_file(here: Path, words: list[str]) -> None:
    """The application, and what a request meets: not the port, the certificate and the workers."""
    (here / "pyproject.toml").write_text(PROJECT + '[tool.webfoot.headers]\nX-Pond = "A"\n')
    (here / "main.py").write_text(
        "async def app(scope, receive, send):\n"
        "    if scope['type'] == 'http':\n"
        "        await send({'type': 'http.response.start', 'status': 200, 'headers': []})\n"
        "        await send({'type': 'http.response.body', 'body': scope['path'].encode()})\n"
    )
    with webfoot("journey", *words, "--json", cwd=here) as running:
        assert running.code() == 0, running.output
    assert json.loads(running.output)["status"] == 200


def test_a_journey_without_an_application_anywhere(here: Path) -> None:
    with webfoot("journey", "GET", "/ducks", cwd=here) as running:
        assert running.code() == 1
    assert "'GET' does not name an application" in running.output
