"""What goes in and out over HTTP."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, field_validator, model_validator


class Species(StrEnum):
    MALLARD = "mallard"
    TEAL = "teal"
    WIGEON = "wigeon"
    PINTAIL = "pintail"
    SHOVELER = "shoveler"
    TUFTED_DUCK = "tufted duck"
    POCHARD = "pochard"
    EIDER = "eider"
    GOLDENEYE = "goldeneye"
    MANDARIN_DUCK = "mandarin duck"


def _no_null_character(text: str) -> str:
    if "\0" in text:
        raise ValueError("may not contain a null character")  # PostgreSQL cannot store one
    return text


def _not_in_the_future(moment: datetime) -> datetime:
    if moment > datetime.now(UTC):
        raise ValueError("a sighting cannot lie in the future")
    return moment


# Bounds that leave room for every time zone's offset, at both ends of what a datetime can hold; then UTC everywhere.
Moment = Annotated[
    AwareDatetime,
    Field(ge=datetime(1800, 1, 1, tzinfo=UTC), lt=datetime(9999, 1, 1, tzinfo=UTC)),
    AfterValidator(lambda moment: moment.astimezone(UTC)),
]
Text = Annotated[str, AfterValidator(_no_null_character)]
Place = Annotated[Text, Field(min_length=1, max_length=100, examples=["Mill Pond"])]
Count = Annotated[int, Field(ge=1, le=10_000, description="How many ducks were seen together.")]
Note = Annotated[Text, Field(max_length=500)]
SeenAt = Annotated[
    Moment, AfterValidator(_not_in_the_future), Field(description="When, with a time zone. Now, if left out.")
]


class NewSighting(BaseModel):
    """A sighting as it is reported."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    species: Species
    place: Place
    seen_at: SeenAt = Field(default_factory=lambda: datetime.now(UTC))
    count: Count = 1
    note: Note | None = None


class SightingChange(BaseModel):
    """What to change in a sighting. What is left out stays as it is."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    species: Species | None = None
    place: Place | None = None
    seen_at: SeenAt | None = None
    count: Count | None = None
    note: Note | None = Field(default=None, description="null takes the note away.")

    @field_validator("species", "place", "seen_at", "count")
    @classmethod
    def _may_be_absent_but_not_null(cls, value: object) -> object:
        # Runs only for values that were sent: a default is not validated.
        if value is None:
            raise ValueError("may be left out, but not null")
        return value


class SightingOut(BaseModel):
    """A sighting as it is stored."""

    id: int
    species: Species
    place: str
    seen_at: datetime
    count: int
    note: str | None
    photo_url: str | None = Field(description="Where its photo is, if it has one.")


class SightingPage(BaseModel):
    """One page of sightings. `total` counts all that match; `next_offset` is null on the last page."""

    items: list[SightingOut]
    total: int
    next_offset: int | None


class SightingFilter(BaseModel):
    """Which sightings to list: all conditions must hold."""

    model_config = ConfigDict(extra="forbid")

    species: list[Species] = Field(default=[], description="Any of these; repeat the parameter for several.")
    place: Text | None = Field(default=None, max_length=100, description="Part of the place's name, in any case.")
    since: Moment | None = Field(default=None, description="Seen at this moment or later.")
    until: Moment | None = Field(default=None, description="Seen before this moment.")
    order: Literal["newest", "oldest"] = "newest"
    limit: int = Field(default=20, ge=1, le=100)
    offset: int = Field(default=0, ge=0, le=1_000_000)

    @model_validator(mode="after")
    def _since_is_before_until(self) -> Self:
        if self.since is not None and self.until is not None and self.since >= self.until:
            raise ValueError("since must be earlier than until")
        return self


class Health(BaseModel):
    status: Literal["ok"]
    database: str
    sightings: int
    listeners: int


class Problem(BaseModel):
    """The body of an error."""

    detail: str
