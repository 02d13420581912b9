import fastapi

from benchmarks.apps.typed import build

app = build(fastapi, fastapi.FastAPI)
