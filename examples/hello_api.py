"""The application of README.md: `webfoot run examples.hello_api:app`."""

from typing import Annotated

from pydantic import BaseModel

from webfoot import Path, Webfoot

app = Webfoot()


class Duck(BaseModel):
    name: str
    weight_g: int = 1000


@app.post("/ponds/{pond}/ducks", status_code=201)
async def add_duck(pond: Annotated[int, Path(ge=1)], duck: Duck, loud: bool = False) -> dict[str, str]:
    return {"said": f"{duck.name} is in pond {pond}{'!' if loud else '.'}"}
