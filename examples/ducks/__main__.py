"""`python -m examples.ducks [--host HOST] [--port PORT]`: serve the example and say what to try."""

from __future__ import annotations

import argparse
import asyncio
import socket
import sys
from pathlib import Path

from examples.ducks import create_app
from examples.ducks.database import Database
from examples.ducks.settings import Settings, SettingsError
from webfoot.server import run

PICTURE = Path(__file__).with_name("duck.png")

TO_TRY = """
Duck sightings: {url}

In a browser, the documentation:
  {url}/docs

In another terminal:
  curl '{url}/sightings?species=mallard&species=teal&place=pond'
  curl {url}/sightings -H 'content-type: application/json' -d '{{"species": "eider", "place": "Pier", "count": 3}}'
  curl -X PATCH {url}/sightings/1 -H 'content-type: application/json' -d '{{"note": "Gone by noon."}}'
  curl -X PUT {url}/sightings/1/photo -F photo=@{picture}

New sightings as they are reported (report one from a third terminal):
  curl -N {url}/sightings/live

Something wrong, to see what it says:
  curl {url}/sightings -H 'content-type: application/json' -d '{{"species": "goose", "count": 0}}'

One request's way through all layers, and why another one is refused:
  {webfoot} journey examples.ducks:app GET /sightings/1
  {webfoot} journey examples.ducks:app GET /sightings/first

Sightings are stored in {database}, photos in {photos}. Ctrl-C ends it.
"""


def main() -> int:
    asked = read()
    settings = Settings.from_environment()
    try:
        where = asyncio.run(checked(settings))
        listening = listen(asked.host, asked.port)
    except SettingsError as error:
        print(f"ducks: {error}", file=sys.stderr)
        return 2
    url = url_of(listening)
    print(
        TO_TRY.format(
            url=url,
            picture=shortest(PICTURE),
            webfoot=shortest(Path(sys.executable).with_name("webfoot")),
            database=where,
            photos=settings.data / "photos",
        ),
        flush=True,
    )
    with listening:
        run(create_app(settings), fd=listening.fileno())
    return 0


def read() -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m examples.ducks", description="Serve the duck sightings.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000, help="0 picks a free one (8000)")
    return parser.parse_args()


async def checked(settings: Settings) -> str:
    """Where the sightings are stored, once it is sure that they can be. Raises SettingsError."""
    settings.photo_directory()
    database = Database(settings.database())
    await database.open(seed=settings.seed)
    await database.close()
    return settings.database().render_as_string(hide_password=True)


def listen(host: str, port: int) -> socket.socket:
    """A listening socket. Raises SettingsError if the address cannot be had."""
    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except (OSError, OverflowError) as error:
        reason = (getattr(error, "strerror", None) or str(error)).partition(" (while")[0].rstrip(".")
        raise SettingsError(f"{host}, port {port} cannot be listened on ({reason}); choose another --port.") from error


def url_of(listening: socket.socket) -> str:
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def shortest(path: Path) -> Path:
    """`path` as one would type it here."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


if __name__ == "__main__":
    sys.exit(main())
