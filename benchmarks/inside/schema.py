"""1000 POST routes, each with two models of its own: imported, built and described.

The whole process counts, from its first line on.
"""

from __future__ import annotations

import importlib
import json
import resource
import sys
import time
from typing import Any

COUNT = 1000


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main(stack: str) -> None:
    started = time.process_time()
    face = importlib.import_module(stack)
    application = face.Webfoot if stack == "webfoot" else face.FastAPI
    from pydantic import BaseModel, create_model

    imported, imported_mb = time.process_time(), peak_mb()
    models = []
    for number in range(COUNT):
        received = create_model(f"Thing{number}In", name=(str, ...), count=(int, 1), tags=(list[str], []))
        models.append((received, create_model(f"Thing{number}Out", __base__=received, id=(int, ...))))

    # The same for every stack: what is above this is the stack's own.
    modelled, modelled_mb = time.process_time(), peak_mb()
    app: Any = application()
    for number, (received, told) in enumerate(models):

        async def endpoint(item_id: int, thing: BaseModel, limit: int = 10) -> Any:
            return {**thing.model_dump(), "id": item_id}

        endpoint.__name__ = f"make_thing{number}"
        endpoint.__annotations__ = {"item_id": int, "thing": received, "limit": int}
        app.post(f"/things{number}/{{item_id}}", response_model=told)(endpoint)
    built, built_mb = time.process_time(), peak_mb()
    described = len(app.openapi()["paths"])
    if described != COUNT:
        raise SystemExit(f"{described} paths in the document, not {COUNT}")
    done = time.process_time()
    figures = {
        "import": imported - started,
        "models": modelled - imported,
        "build": built - modelled,
        "openapi": done - built,
        "total": done - started,
        "import_mb": imported_mb,
        "models_mb": modelled_mb,
        "build_mb": built_mb,
        "peak_mb": peak_mb(),
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main(sys.argv[1])
