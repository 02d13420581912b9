"""One dependency override that has nothing to do with the route: does every request pay for it?"""

import importlib
import json
import sys
from typing import Annotated, Any

from benchmarks.inside.calling import cpu_us


def build(stack: str) -> Any:
    face = importlib.import_module(stack)
    app = face.Webfoot() if stack == "webfoot" else face.FastAPI()

    async def get_settings() -> dict[str, str]:
        return {"name": "pond"}

    async def get_owner(settings: Annotated[dict[str, str], face.Depends(get_settings)]) -> str:
        return settings["name"]

    @app.get("/")
    async def endpoint(
        settings: Annotated[dict[str, str], face.Depends(get_settings)], owner: Annotated[str, face.Depends(get_owner)]
    ) -> dict[str, str]:
        return {"owner": owner}

    return app


def unrelated() -> str:
    return "real"


def main(stack: str) -> None:
    app = build(stack)
    without, overridden = [], []
    cpu_us(app, "/", 200, 500)
    for _ in range(15):
        app.dependency_overrides = {}
        without.append(cpu_us(app, "/", 200, 500))
        app.dependency_overrides = {unrelated: lambda: "another"}
        overridden.append(cpu_us(app, "/", 200, 500))
    print(json.dumps({"without": min(without), "with": min(overridden)}))


if __name__ == "__main__":
    main(sys.argv[1])
