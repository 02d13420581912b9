"""The parts put together."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TypedDict

from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from examples.ducks import sightings
from examples.ducks.database import Database, DatabaseDependency, Session
from examples.ducks.live import Live, LiveDependency
from examples.ducks.models import Health, Problem
from examples.ducks.photos import Photos
from examples.ducks.settings import Settings
from examples.ducks.tables import Sighting
from webfoot import HTTPException, Webfoot
from webfoot.web.responses import RedirectResponse


class State(TypedDict):
    """What lives as long as the application; a request finds it in `request.state`."""

    database: Database
    live: Live
    photos: Photos


def create_app(settings: Settings | None = None) -> Webfoot:
    """The application. Without `settings` they are read from the environment, when the application starts up."""

    @asynccontextmanager
    async def lifespan(app: Webfoot) -> AsyncIterator[State]:
        chosen = settings or Settings.from_environment()
        photos = Photos(chosen.photo_directory(), chosen.photo_limit)
        database = Database(chosen.database())
        live = Live()
        await database.open(seed=chosen.seed)
        try:
            yield {"database": database, "live": live, "photos": photos}
        finally:
            live.close()
            await database.close()

    app = Webfoot(
        title="Duck sightings",
        version="1.0",
        description="Which ducks were seen, where and when. One of webfoot's examples.",
        lifespan=lifespan,
    )
    app.include_router(sightings.router)
    app.get("/", include_in_schema=False)(show_docs)
    app.get("/health", tags=["health"], responses={503: {"model": Problem}})(health)
    return app


async def show_docs() -> RedirectResponse:
    return RedirectResponse("/docs")


async def health(session: Session, database: DatabaseDependency, live: LiveDependency) -> Health:
    """Whether the application can do its work; 503 if its database does not answer."""
    try:
        count = await session.scalar(select(func.count()).select_from(Sighting)) or 0
    except (SQLAlchemyError, OSError) as error:
        raise HTTPException(503, "The database does not answer.") from error
    return Health(status="ok", database=database.kind, sightings=count, listeners=len(live))


app = create_app()
