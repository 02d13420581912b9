"""The container file: linted, and built and run as far as that goes without containers."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

from tests.deployment.pond import HOME, SCRIPTS, example, instructions, options_of, write_pond
from tests.proxies.fronts import EXAMPLES, free_port
from tests.server.process.serving import GUARD, Serving, ask

ROOT = EXAMPLES.parents[1]

BUILD, FINAL = (
    stage.splitlines() for stage in "\n".join(f"{word} {rest}" for word, rest in instructions()).split("FROM ")[1:]
)
EXECUTE = "import os, sys; os.execvp(sys.argv[1], sys.argv[1:])"


def lint(text: str) -> str:
    command = [str(SCRIPTS / "hadolint"), "--no-color", "-"]
    done = subprocess.run(command, input=text, capture_output=True, text=True, timeout=GUARD, check=False)
    return done.stdout + done.stderr


def test_it_is_linted() -> None:
    assert lint(example("Containerfile")) == ""
    assert "DL3025" in lint(example("Containerfile").replace('CMD ["webfoot", "run"', 'CMD webfoot run "'))


def said(lines: list[str], word: str) -> list[str]:
    return [line.removeprefix(f"{word} ") for line in lines if line.startswith(f"{word} ")]


def test_the_two_stages_agree() -> None:
    """A virtual environment works in its own place only, with its own Python."""
    assert BUILD[0].removesuffix(" AS build") == FINAL[0]
    assert said(BUILD, "WORKDIR") == said(FINAL, "WORKDIR") == [HOME]
    assert said(FINAL, "COPY") == [f"--from=build {HOME} {HOME}"]


def test_the_server_gets_the_signal() -> None:
    """A command that is no list has a shell for its process 1, which passes nothing on."""
    (command,), (stop,) = said(FINAL, "CMD"), said(FINAL, "STOPSIGNAL")
    options = options_of(json.loads(command))
    assert stop == "SIGTERM"
    assert str(options.port) in said(FINAL, "EXPOSE")
    assert options.admin_bind is not None
    assert f"http://{options.admin_bind}{options.livez_path}" in health_check()[-1]


def health_check() -> list[str]:
    (check,) = said(FINAL, "HEALTHCHECK")
    words: list[str] = json.loads(check.partition(" CMD ")[2])
    return words


def test_it_is_built_and_runs(tmp_path: Path) -> None:
    """RUN, ENV, CMD and HEALTHCHECK as they stand there, with a directory of ours in the place of /srv/ducks."""
    home, wheels = write_pond(tmp_path), tmp_path / "wheels"
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(wheels), str(ROOT)]
    subprocess.run(pip, check=True, capture_output=True)
    (wheel,) = wheels.iterdir()
    (home / "requirements.txt").write_text(f"{wheel}\n")
    environment = {**os.environ, "PATH": f"{SCRIPTS}:{os.environ['PATH']}"}
    for command in said(BUILD, "RUN"):
        subprocess.run(["sh", "-ec", command.replace(HOME, str(home))], cwd=home, env=environment, check=True)

    (settings,) = said(FINAL, "ENV")
    set_there = dict(each.split("=", 1) for each in shlex.split(settings.replace(HOME, str(home))))
    environment |= {name: value.replace("$PATH", os.environ["PATH"]) for name, value in set_there.items()}
    admin = f"127.0.0.1:{free_port()}"
    command = [admin if word == "127.0.0.1:9000" else word for word in json.loads(said(FINAL, "CMD")[0])]
    check = [word.replace("127.0.0.1:9000", admin) for word in health_check()]
    environment |= {"WEBFOOT_PORT": "0"}
    with Serving("-c", EXECUTE, *command, cwd=home, **environment) as server:
        assert ask(server.url().replace("0.0.0.0", "127.0.0.1")) == "quack"
        assert subprocess.run(check, env=environment, check=False).returncode == 0
        assert server.end() == 0
        assert subprocess.run(check, env=environment, capture_output=True, check=False).returncode == 1
    assert "the pond closes" in server.output
    shown = [str(home / ".venv/bin/pip"), "show", "--files", "webfoot"]
    assert str(home) in subprocess.run(shown, capture_output=True, text=True, check=True).stdout
