"""The page for a server that is asked for it, and what watches the requests that it shows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from webfoot.asgi.types import ASGIApp
from webfoot.journey.capture.thorough import ThoroughRecord
from webfoot.journey.page.application import Page
from webfoot.journey.page.crew import Crew
from webfoot.journey.page.departed import FlightFiles
from webfoot.journey.page.doorway import Doorway
from webfoot.journey.page.gate import Gate
from webfoot.journey.page.hub import Hub
from webfoot.journey.page.keeping import Keeping
from webfoot.journey.watching import Listener, Watching


def page_for_development(
    app: str | None, token: str = "", keep_in: Path | None = None, flights: str | None = None
) -> Hub:
    """`keep_in`: a file in which journeys outlast a restart. `flights`: the setting `recorder_dir`, if it records."""
    files = FlightFiles(flights, only_died=True)  # one that has ended as it should has written its journeys down
    return Hub(_door(token, files), mode="dev", app=app, keeping=Keeping(keep_in) if keep_in is not None else None)


def page_for_production(app: str | None, token: str = "", crew: str = "", flights: str | None = None) -> Hub:
    """`crew`: what the workers of the server are called, if there may be several. `flights`: as above."""
    return Hub(_door(token, FlightFiles(flights), crew), mode="run", app=app)


def watching_with(hub: Hub, others: Sequence[Listener] = (), *, keeps_bodies: bool) -> Watching:
    """The hub comes first: what is around the application is what it looks at, and the page is outermost."""
    return Watching((hub, *others), partial(ThoroughRecord, keeps_bodies=keeps_bodies))


def _door(token: str, files: FlightFiles, name: str = "") -> Callable[[ASGIApp, Hub], ASGIApp]:
    gate = Gate(token)

    def door(app: ASGIApp, hub: Hub) -> ASGIApp:
        crew = Crew(hub, name, files)
        crew.come_together()
        return Doorway(app, hub, Page(crew, gate))

    return door
