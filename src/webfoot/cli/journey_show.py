"""`webfoot journey show [ID]`: a journey of a server that runs, in another terminal."""

from __future__ import annotations

import json
import os
import ssl
from collections.abc import Mapping
from typing import Any, Final
from urllib.error import HTTPError, URLError
from urllib.parse import quote
from urllib.request import HTTPRedirectHandler, HTTPSHandler, OpenerDirector, Request, build_opener

import click

from webfoot.cli.flags import NamedCommand
from webfoot.cli.printing import paper
from webfoot.journey.page.gate import COOKIE, Gate
from webfoot.journey.redact import printable, short
from webfoot.journey.saved.reading import SavedError, read_journeys
from webfoot.journey.saved.recalled import RecalledRecord
from webfoot.journey.terminal import draw
from webfoot.trail.page import PLACE

_PATIENCE: Final = 10.0
_LAST: Final = "last"


@click.command("show", cls=NamedCommand)
@click.argument("journey", metavar="[ID]", default=_LAST)
@click.option("--at", "url", metavar="URL", help="Where the server is [default: http://127.0.0.1:8000].")
@click.option("--token", envvar="WEBFOOT_JOURNEY_TOKEN", default="", help="The server's journey_token, if it has one.")
@click.option("--json", "as_data", is_flag=True, help="Print it as JSON.")
def command(journey: str, url: str | None, token: str, as_data: bool) -> int:
    """Draw a journey of a server with a journey page, such as `webfoot dev`: the last one, or that of this ID.

    The ID stands in the link below a request's line, and in the header webfoot-journey of its answer.
    """
    page = _Page(url or f"http://127.0.0.1:{os.environ.get('WEBFOOT_PORT') or 8000}", token)
    if journey == _LAST:
        journey = page.last()
    text = page.get(f"journeys/{quote(journey, safe='')}")
    try:
        (found,) = read_journeys(text, page.url)
        if as_data:
            click.echo(json.dumps(json.loads(text), indent=2))
            return 0
    except (SavedError, ValueError) as error:
        raise click.UsageError(str(error)) from None
    sheet = paper()
    click.echo(draw(RecalledRecord(found), colour=sheet.colour, width=sheet.width), nl=False, color=sheet.colour)
    return 0


class _Page:
    """What the journey page knows, asked as the browser asks (docs/page.md)."""

    def __init__(self, url: str, token: str) -> None:
        self.url = url.rstrip("/").removesuffix(PLACE)
        self._headers: Mapping[str, str] = {"cookie": f"{COOKIE}={Gate(token).cookie}"} if token else {}

    def last(self) -> str:
        """The id of the newest journey."""
        try:
            kept = json.loads(self.get("journeys?limit=1"))["journeys"]
            last = kept[-1]["id"] if kept else ""
        except (ValueError, KeyError, TypeError, RecursionError):
            raise click.UsageError(f"{self.url} has no journey page that this webfoot reads") from None
        if not kept:
            raise click.UsageError(f"no request has come to {self.url} yet")
        return str(last)

    def get(self, what: str) -> bytes:
        """Raises click.UsageError, in which the page's own reason stands if it has refused."""
        if not self.url.startswith(("http://", "https://")):
            raise click.UsageError(f"{self.url} is no URL: write --at http://127.0.0.1:8000, say")
        request = Request(f"{self.url}{PLACE}/api/{what}", headers=dict(self._headers))  # noqa: S310 - http(s) only
        try:
            # It is the developer's own server, whose certificate nobody has signed.
            with _opener().open(request, timeout=_PATIENCE) as answer:
                return bytes(answer.read())
        except HTTPError as error:
            raise click.UsageError(f"{self.url} says: {short(printable(_reason(error)))}") from None
        except (URLError, OSError) as error:
            why = getattr(error, "reason", error)
            raise click.UsageError(
                f"nobody answers at {self.url} ({getattr(why, 'strerror', None) or why}); "
                "start webfoot dev, or name the server with --at URL"
            ) from None


class _GoesNowhere(HTTPRedirectHandler):
    """Wherever an answer points to, the token is not for that."""

    def redirect_request(self, *_: Any) -> None:
        return None


def _opener() -> OpenerDirector:
    return build_opener(HTTPSHandler(context=_trusting()), _GoesNowhere)


def _trusting() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _reason(error: HTTPError) -> str:
    try:
        return str(json.loads(error.read())["error"])
    except (ValueError, KeyError, TypeError, RecursionError, OSError):
        return f"{error.code} {error.reason}; it has no journey page there"
