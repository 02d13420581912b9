"""The routes: list, report, read, change, delete; photos; the live stream."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Any

from sqlalchemy import ColumnElement, func, select

from examples.ducks.database import DatabaseDependency, Session
from examples.ducks.live import LiveDependency, events
from examples.ducks.models import (
    NewSighting,
    Problem,
    SightingChange,
    SightingFilter,
    SightingOut,
    SightingPage,
    Species,
)
from examples.ducks.photos import PhotosDependency
from examples.ducks.tables import Sighting
from webfoot import APIRouter, Depends, Header, HTTPException, Path, Query, Response, UploadFile
from webfoot.web.responses import FileResponse, StreamingResponse

router = APIRouter(prefix="/sightings", tags=["sightings"])

CATCH_UP_AT_MOST = 1000


def shown(sighting: Sighting) -> SightingOut:
    return SightingOut(
        id=sighting.id,
        species=Species(sighting.species),
        place=sighting.place,
        seen_at=sighting.seen_at,
        count=sighting.count,
        note=sighting.note,
        photo_url=f"/sightings/{sighting.id}/photo" if sighting.photo else None,
    )


async def get_sighting(
    session: Session, sighting_id: Annotated[int, Path(ge=1, le=2**31 - 1, description="The sighting's number.")]
) -> Sighting:
    """The sighting that the path names; 404 if there is none."""
    sighting = await session.get(Sighting, sighting_id)
    if sighting is None:
        raise HTTPException(404, f"There is no sighting {sighting_id}.")
    return sighting


ThatSighting = Annotated[Sighting, Depends(get_sighting)]
NOT_FOUND: dict[int | str, dict[str, Any]] = {404: {"model": Problem, "description": "There is no such sighting"}}


@router.get("")
async def list_sightings(session: Session, wanted: Annotated[SightingFilter, Query()]) -> SightingPage:
    """List sightings, newest first, a page at a time."""
    conditions: list[ColumnElement[bool]] = []
    if wanted.species:
        conditions.append(Sighting.species.in_(wanted.species))
    if wanted.place is not None:
        conditions.append(Sighting.place.icontains(wanted.place, autoescape=True))
    if wanted.since is not None:
        conditions.append(Sighting.seen_at >= wanted.since)
    if wanted.until is not None:
        conditions.append(Sighting.seen_at < wanted.until)
    when = Sighting.seen_at.asc() if wanted.order == "oldest" else Sighting.seen_at.desc()

    total = await session.scalar(select(func.count()).select_from(Sighting).where(*conditions)) or 0
    found = await session.scalars(
        select(Sighting).where(*conditions).order_by(when, Sighting.id).limit(wanted.limit).offset(wanted.offset)
    )
    after = wanted.offset + wanted.limit
    return SightingPage(
        items=[shown(sighting) for sighting in found],
        total=total,
        next_offset=after if after < total else None,
    )


@router.post("", status_code=201)
async def report_sighting(new: NewSighting, session: Session, live: LiveDependency, response: Response) -> SightingOut:
    """Report a sighting. Everybody on the live stream hears of it."""
    sighting = Sighting(**new.model_dump())
    session.add(sighting)
    # Committed here, not when the session is cleaned up: that would be after "201 Created" was sent.
    await session.commit()
    told = shown(sighting)
    live.publish(told)
    response.headers["location"] = f"/sightings/{sighting.id}"
    return told


# Stands before /{sighting_id}: the first route that fits gets the request.
@router.get("/live", response_class=StreamingResponse, responses={200: {"content": {"text/event-stream": {}}}})
async def live_sightings(
    database: DatabaseDependency,
    live: LiveDependency,
    last_event_id: Annotated[
        int | None,
        Header(
            ge=0, le=2**31 - 1, description="The last sighting that the listener knows; it is told what came after."
        ),
    ] = None,
) -> StreamingResponse:
    """New sightings as they are reported, as server-sent events. Ends when the client leaves or the server stops."""

    async def stream() -> AsyncIterator[str]:
        with live.listen() as listener:
            missed: list[SightingOut] = []
            if last_event_id is not None:
                # A session of its own, closed at once: a listener may stay for hours and needs no connection then.
                async with database.sessions() as session:
                    newer = select(Sighting).where(Sighting.id > last_event_id).order_by(Sighting.id)
                    missed = [shown(sighting) for sighting in await session.scalars(newer.limit(CATCH_UP_AT_MOST))]
            async for event in events(listener, missed):
                yield event

    return StreamingResponse(
        stream(), media_type="text/event-stream", headers={"cache-control": "no-store", "x-accel-buffering": "no"}
    )


@router.get("/{sighting_id}", responses=NOT_FOUND)
async def read_sighting(sighting: ThatSighting) -> SightingOut:
    """One sighting."""
    return shown(sighting)


@router.patch("/{sighting_id}", responses=NOT_FOUND)
async def change_sighting(sighting: ThatSighting, change: SightingChange, session: Session) -> SightingOut:
    """Change the fields that are sent; the others stay."""
    for name, value in change.model_dump(exclude_unset=True).items():
        setattr(sighting, name, value)
    await session.commit()
    return shown(sighting)


@router.delete("/{sighting_id}", status_code=204, responses=NOT_FOUND)
async def delete_sighting(sighting: ThatSighting, session: Session, photos: PhotosDependency) -> None:
    """Delete a sighting and its photo."""
    await session.delete(sighting)
    await session.commit()
    await photos.forget(sighting.photo)


@router.put(
    "/{sighting_id}/photo",
    responses={
        **NOT_FOUND,
        413: {"model": Problem, "description": "The photo is too large"},
        415: {"model": Problem, "description": "That is not a photo"},
    },
)
async def upload_photo(
    sighting: ThatSighting, photo: UploadFile, session: Session, photos: PhotosDependency
) -> SightingOut:
    """Give a sighting its photo (multipart/form-data, field "photo"). An earlier one is replaced."""
    replaced = sighting.photo
    sighting.photo = await photos.keep(photo)
    await session.commit()
    await photos.forget(replaced)
    return shown(sighting)


@router.get("/{sighting_id}/photo", response_class=FileResponse, responses=NOT_FOUND)
async def download_photo(sighting: ThatSighting, photos: PhotosDependency) -> FileResponse:
    """The photo of a sighting."""
    found = photos.find(sighting.photo) if sighting.photo else None
    if found is None:
        raise HTTPException(404, f"Sighting {sighting.id} has no photo.")
    path, media_type = found
    return FileResponse(path, media_type=media_type)
