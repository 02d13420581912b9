"""The command line as people meet it: what they got wrong is one sentence on stderr and an exit code."""

import socket
import subprocess
import sys

import click
import pytest
from tests.server.process.serving import ask, webfoot, write_app

import webfoot as package
from webfoot.cli.main import COMMANDS, cli


def call(*words, cwd, **environment):
    """The usual port may be taken, which would be told first."""
    with webfoot(*words, cwd=cwd, **{"WEBFOOT_PORT": "0", **environment}) as running:
        code = running.code()
        return code, running.output


@pytest.fixture
def here(tmp_path):
    write_app(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (["run"], 2, "no application was named: write module:attribute, such as main:app"),
        (["run", "mian:app"], 1, "there is no module mian in "),
        (["run", "main:ap"], 1, "'main:ap' names no application, because main has no attribute ap; did you mean app?"),
        (["run", "main.py"], 1, "write main:app"),
        (["run", "main:app", "--port", "99999"], 2, "the option port cannot be '99999' (from --port)"),
        (["run", "main:app", "--port", "x"], 2, "the option port cannot be 'x' (from --port): it must be an integer"),
        (["run", "main:app", "--port"], 2, "webfoot run: Option '--port' requires an argument; see webfoot run --help"),
        (["journey", "main:app", "-H"], 2, "webfoot journey: Option '-H' requires an argument"),
        (["run", "main:app", "--prot", "1"], 2, "No such option"),
        (["run", "main:app", "--header", "x"], 2, "the option headers cannot be 'x' (from --header)"),
        (["run", "main:app", "--workers", "2", "--reload"], 2, "exclude each other"),
        (["run", "main:app", "--uds", "/no/such/directory/x.sock"], 1, "cannot listen on /no/such/directory/x.sock"),
        (["run", "main:app", "--fd", "77"], 1, "cannot listen on file descriptor 77"),
        (["run", "main:app", "again"], 2, "unexpected extra argument"),
        (["quack"], 2, "No such command 'quack'"),
        (["routes", "main:app"], 1, "main:app is a plain ASGI application (app); it has no table of routes"),
        (["routes", "mian:app"], 1, "there is no module mian in "),
        (["dev", "main:app", "--port", "0", "--reload-dir", "nowhere"], 2, "nowhere, which is not a directory"),
    ],
)
def test_mistakes(here, words, code, sentence):
    got, output = call(*words, cwd=here)
    assert (got, output.count("\n")) == (code, 1), output
    assert output.startswith("webfoot")
    assert sentence in output


def test_a_wrong_variable(here):
    code, output = call("run", "main:app", cwd=here, WEBFOOT_WORKERS="many")
    assert (code, output) == (
        2,
        "webfoot: the option workers cannot be 'many' (from WEBFOOT_WORKERS): it must be an integer of 1 or more\n",
    )


def test_an_import_error_inside_the_application(here):
    write_app(here, "import os\n\nimport no_such_thing\n")
    code, output = call("run", "main:app", cwd=here)
    assert code == 1
    assert output.splitlines()[0] == "Traceback (most recent call last):"
    assert output.splitlines()[-1] == (
        "webfoot: importing main failed at main.py:3: ModuleNotFoundError: No module named 'no_such_thing'"
    )
    assert output.count("File ") == 1


def test_the_version(tmp_path):
    assert call("--version", cwd=tmp_path) == (0, f"webfoot {package.__version__}\n")


def test_help_lists_the_commands_and_each_is_what_it_says(tmp_path):
    code, output = call("--help", cwd=tmp_path)
    assert code == 0
    for name, (_, help) in COMMANDS.items():
        assert f"{name}  " in output
        assert help in output
        command = cli.get_command(click.Context(cli), name)
        assert command is not None
        assert command.name == name


def test_nothing_asked_for_is_answered_by_the_help(tmp_path):
    code, output = call(cwd=tmp_path)
    assert code == 2
    assert output == call("--help", cwd=tmp_path)[1]


def test_flags_win_over_the_environment(here):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        environment = {"WEBFOOT_PORT": str(taken.getsockname()[1]), "WEBFOOT_ACCESS_LOG": "off"}
        with webfoot("run", "main:app", "--port", "0", cwd=here, **environment) as serving:
            assert "pid" in ask(serving.url())
            assert serving.end() == 0
    assert "GET /" not in serving.output


def test_the_application_from_the_environment_and_another_directory(here, tmp_path_factory):
    environment = {"WEBFOOT_APP": "main:app", "WEBFOOT_PORT": "0", "WEBFOOT_APP_DIR": str(here)}
    with webfoot("run", cwd=tmp_path_factory.mktemp("elsewhere"), **environment) as serving:
        assert "pid" in ask(serving.url())
        assert serving.end() == 0


def test_headers_and_a_factory(here):
    write_app(here, (here / "main.py").read_text() + "\n\ndef make():\n    return app\n")
    flags = ["--factory", "--header", "X-Pond: A", "--no-server-header", "--no-date-header", "--http", "h11"]
    with webfoot("run", "main:make", "--port", "0", *flags, cwd=here) as serving:
        url = serving.url()
        host, port = url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=20) as connection:
            connection.sendall(b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
            heard = b""
            while data := connection.recv(65536):
                heard += data
        assert serving.end() == 0
    assert b"\r\nx-pond: A\r\n" in heard
    assert b"\r\nserver:" not in heard
    assert b"\r\ndate:" not in heard


def test_serving_needs_neither_pydantic_nor_rich_nor_the_toolkit(here):
    write_app(
        here,
        "import sys\n"
        "async def app(scope, receive, send):\n"
        "    names = ('pydantic', 'rich', 'webfoot.web', 'webfoot.api', 'webfoot.journey', 'watchfiles')\n"
        "    print('loaded', [name for name in names if name in sys.modules], flush=True)\n"
        "    raise RuntimeError\n",
    )
    with webfoot("run", "main:app", "--port", "0", cwd=here) as serving:
        serving.wait_for(r"^loaded \[\]$")
        assert serving.end() == 0


def test_the_installed_command(here):
    from pathlib import Path

    command = Path(sys.executable).with_name("webfoot")
    done = subprocess.run(
        [command, "run", "mian:app", "--port", "0"], cwd=here, capture_output=True, text=True, timeout=40
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert "did you mean main:app?" in done.stderr
