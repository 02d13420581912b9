"""Where compat behaves as the peers do although webfoot does otherwise by itself: the ONE table of that.

Here stands what an unmodified program or test suite would stumble over, and no RFC or rule of security speaks against.
The rest stays as it is (docs/differences.md). A switch is an attribute of a class, or an entry of a dict, that is set
while compat is installed, in modules that are loaded: what nobody has imported yet is set when its names are asked for.
"""

from __future__ import annotations

import sys
from collections.abc import MutableMapping
from dataclasses import dataclass
from functools import reduce
from typing import Any, Final

from webfoot.compat.names import VERSIONS, Home


@dataclass(frozen=True, slots=True)
class Switch:
    """`name` of what is found on `path` in `module`, and what it is under compat, or where that is.

    The path leads to a class, a dict, or, if it is empty, to the module itself.
    """

    module: str
    path: str
    name: str
    theirs: Any

    def holder(self) -> Any:
        return reduce(getattr, self.path.split(".") if self.path else (), sys.modules[self.module])


SWITCHES: Final = (
    Switch("webfoot.api.application", "Webfoot.__init__.__kwdefaults__", "title", "FastAPI"),
    # Dashboards and views that go by the instrumentation scope, and alerts that go by a log's sentence.
    Switch("webfoot.api.telemetry.config", "Speaker", "name", "fastapi"),
    Switch("webfoot.api.telemetry.config", "Speaker", "title", "FastAPI"),
    Switch("webfoot.api.telemetry.config", "Speaker", "version", VERSIONS["fastapi"]),
    # Tools replace `Starlette.__call__`, and mean every application.
    Switch("webfoot.api.application", "Webfoot", "__call__", Home("webfoot.compat.application", "call_through")),
    Switch("webfoot.api.errors", "PlanError", "__bases__", Home("webfoot.compat.application", "PLAN_ERROR_BASES")),
    # Injectors ask for a Request and a WebSocket, and take what they are given.
    Switch("webfoot.api.plan.callables", "", "REFUSES_ABSENT", False),
    # Functions that make the coroutine which serves a WebSocket.
    Switch("webfoot.api.plan.route", "", "REFUSES_SYNC_SOCKETS", False),
    # Applications written for the peers run the lifespans of what they mount by hand, and must not do so twice.
    Switch("webfoot.web.routing.router", "Router", "starts_mounted", False),
    # What stands beside a lifespan there is dead code, and may be years old.
    Switch("webfoot.api.events", "", "BESIDE_LIFESPAN", False),
    # A middleware that resets a context variable when it returns, which the response still streams by: request ids.
    Switch("webfoot.web.middleware.held_application", "HeldApplication", "copies_context", True),
    # Functions in threads that call `anyio.from_thread.run`.
    Switch("webfoot.web.threads.job", "Job", "call", Home("webfoot.compat.anyio_threads", "call_as_anyio")),
    # A cookie that suites take apart with regular expressions.
    Switch(
        "webfoot.web.middleware.sessions", "SessionMiddleware", "line", Home("webfoot.compat.session_cookie", "WRITTEN")
    ),
    # The code of a close before the accept: no client sees it, but it is what tests of applications ask for.
    Switch("webfoot.testing.websocket", "_Connecting", "shows_close_codes", True),
    # Suites that pass there may send what no server takes, and may wait for long.
    Switch("webfoot.testing.client", "TestClient.__init__.__kwdefaults__", "guard", False),
    Switch("webfoot.testing.client", "TestClient.__init__.__kwdefaults__", "timeout", 60.0),
    Switch("webfoot.testing.client", "TestClient", "no_such_backend", Home("webfoot.compat.trio", "NotOnTrio")),
    # Pydantic 1's names of two options.
    Switch("webfoot.api.markers", "", "refuse_unknown", Home("webfoot.compat.old_options", "rename_old")),
    # What FastAPI warns of, which suites expect.
    Switch("webfoot.api.application", "", "prefix_of", Home("webfoot.compat.old_options", "prefix_of")),
    Switch("webfoot.api.router", "APIRouter", "on_event", Home("webfoot.compat.old_options", "on_event")),
    # Tools that wrap the making of handlers; nobody else asks for it.
    Switch(
        "webfoot.compat.handlers",
        "APIRouter.__init__.__kwdefaults__",
        "route_class",
        Home("webfoot.compat.handlers", "AskingRoute"),
    ),
)

_before: Final[dict[Switch, Any]] = {}


def set_switches() -> None:
    """Set those that can be set by now; the others by a later call."""
    for switch in SWITCHES:
        if switch not in _before and switch.module in sys.modules:
            theirs = switch.theirs.load() if isinstance(switch.theirs, Home) else switch.theirs
            _before[switch] = _exchange(switch.holder(), switch.name, theirs)


def reset_switches() -> None:
    while _before:
        switch, value = _before.popitem()
        _exchange(switch.holder(), switch.name, value)


def _exchange(holder: Any, name: str, value: Any) -> Any:
    """Sets it and gives back what it was, as it stands in the class (a staticmethod, say)."""
    if isinstance(holder, MutableMapping):
        before, holder[name] = holder[name], value
    else:
        before = getattr(holder, name) if name == "__bases__" else vars(holder)[name]
        setattr(holder, name, value)
    return before
