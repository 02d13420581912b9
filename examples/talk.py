"""The application whose request docs/journey.md follows: `webfoot dev examples.talk:app`."""

from collections.abc import AsyncIterator
from typing import Annotated

from pydantic import BaseModel, Field

from webfoot import BackgroundTasks, Depends, Header, Path, Webfoot
from webfoot.web.middleware.cors import CORSMiddleware
from webfoot.web.middleware.gzip import GZipMiddleware

app = Webfoot()
app.add_middleware(GZipMiddleware, minimum_size=500)
app.add_middleware(CORSMiddleware, allow_origins=["https://pond.example"], allow_methods=["POST"])


class Duck(BaseModel):
    name: str = Field(min_length=1)
    weight_g: int = 1000


class Arrival(BaseModel):
    said: str
    ranger: str


async def pond(number: Annotated[int, Path(ge=1)]) -> AsyncIterator[str]:
    """Held as long as the request lasts."""
    yield f"pond {number}"


def ranger(x_ranger: Annotated[str, Header()] = "nobody") -> str:
    """A plain function: it runs in a thread."""
    return x_ranger.title()


def count(name: str) -> None:
    """After the answer, when nobody waits any longer."""


@app.post("/ponds/{number}/ducks", status_code=201)
async def arrive(
    duck: Duck,
    where: Annotated[str, Depends(pond)],
    who: Annotated[str, Depends(ranger)],
    later: BackgroundTasks,
    loud: bool = False,
) -> Arrival:
    later.add_task(count, duck.name)
    return Arrival(said=f"{duck.name} is in {where}{'!' if loud else '.'}", ranger=who)
