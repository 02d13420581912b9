"""The applications in apps/, one for each framework, and how they are started: a table for the tests.

They live in a virtual environment of their own (`make any-asgi`), with webfoot and none of its extras: nothing that a
framework asks for can clash with what our other tests need, and the server is seen to need no more than it says.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.server.process.serving import Serving

HERE = Path(__file__).parent
APPS = HERE / "apps"
PYTHON = HERE.parents[1] / ".venv/any-asgi/bin/python"


@dataclass(frozen=True)
class Pond:
    """target: MODULE:APP as `webfoot run` takes it.

    lacks: what the framework has nothing for, or leaves to others: "page" (templates), "static", "talk" (WebSocket),
        "lifespan".
    capitals: it writes header names in mixed case, which ASGI forbids: whether here and there ("some") or in most
        responses ("most").
    ending: code and reason with which its application closes a WebSocket. Sanic forgets them as an ASGI application.
    to_nobody: the guard's rule that it breaks in what it sends to a client who has left.
    """

    target: str
    lacks: frozenset[str] = frozenset()
    capitals: str = ""
    ending: tuple[int, str] = (3001, "enough")
    to_nobody: str = ""


PONDS = {
    "Django": Pond("mysite.asgi:application", frozenset({"lifespan", "static", "talk"}), capitals="most"),
    "Starlette": Pond("starlette_pond:app"),
    "FastAPI": Pond("fastapi_pond:app"),
    "Litestar": Pond("litestar_pond:app", to_nobody="close-code"),
    "Quart": Pond("quart_pond:app"),
    "Falcon": Pond("falcon_pond:app", frozenset({"page"})),
    "Connexion": Pond("connexion_pond:app", frozenset({"page", "static", "talk"})),
    "BlackSheep": Pond("blacksheep_pond:app", frozenset({"page"}), capitals="some"),
    "Sanic": Pond(
        "sanic_pond:app", frozenset({"page"}), capitals="some", ending=(1000, ""), to_nobody="response-order"
    ),
}


def served(*words: str, **environment: str) -> Serving:
    """`webfoot run` with `words`, on a free port, among the applications. Skips where they are not installed."""
    if not PYTHON.exists():
        pytest.skip("the frameworks are not installed: make any-asgi")
    words = ("-m", "webfoot", "run", *words, "--port", "0")
    return Serving(*words, cwd=APPS, python=str(PYTHON), **environment)
