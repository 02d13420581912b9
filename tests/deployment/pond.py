"""The application that the files of examples/deployment are about: /srv/ducks, in another place."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import click
from tests.proxies.fronts import EXAMPLES

from webfoot.cli.main import cli
from webfoot.cli.sources import settings_of
from webfoot.server.settings.options import ServerOptions

HOME = "/srv/ducks"
SCRIPTS = Path(sys.executable).parent

WEB = """
async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        print("the pond closes", flush=True)
        await send({"type": "lifespan.shutdown.complete"})
        return
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"quack"})
"""


def write_pond(directory: Path) -> Path:
    """`directory` as /srv/ducks is, but for its virtual environment."""
    (directory / "ducks").mkdir()
    (directory / "ducks/__init__.py").touch()
    (directory / "ducks/web.py").write_text(WEB)
    return directory


def example(name: str) -> str:
    return (EXAMPLES / name).read_text()


def instructions(name: str = "Containerfile") -> list[tuple[str, str]]:
    """The container file as (instruction, the rest of its line)."""
    text = re.sub(r"\\\n\s*", "", example(name))
    lines = [line.partition(" ") for line in text.splitlines() if line and not line.startswith("#")]
    return [(word, rest) for word, _, rest in lines]


def options_of(words: list[str], **environment: str) -> ServerOptions:
    """What `webfoot run` makes of a command line. Raises click.UsageError or OptionError if it does not like it."""
    assert words[:2] == ["webfoot", "run"]
    run = cli.get_command(click.Context(cli), "run")
    assert run is not None
    before = dict(os.environ)
    os.environ.update(environment)
    try:
        context = run.make_context("run", words[2:])
        return settings_of(context, context.params["app"])
    finally:
        os.environ.clear()
        os.environ.update(before)
