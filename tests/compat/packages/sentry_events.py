"""sentry-sdk: its integrations take hold of the framework, and name errors and transactions by their route."""

import sentry_sdk
from sentry_sdk.transport import Transport

told = []


class Kept(Transport):
    def capture_envelope(self, envelope):
        for item in envelope.items:
            if item.type not in ("event", "transaction"):  # it tells of sessions and of itself as well
                continue
            payload = item.payload.json
            raised = [each["type"] for each in (payload.get("exception") or {}).get("values", [])]
            told.append((item.type, payload.get("transaction"), raised, payload.get("transaction_info")["source"]))


sentry_sdk.init(dsn="http://key@127.0.0.1:9/1", transport=Kept, traces_sample_rate=1.0)

from fastapi import APIRouter, FastAPI  # noqa: E402 - as Sentry wants it
from fastapi.testclient import TestClient  # noqa: E402

app = FastAPI()
router = APIRouter()


@router.get("/{number}")
async def duck(number: int):
    raise ValueError("quack")


@app.get("/ponds/{name}")
def pond(name: str):
    return name


app.include_router(router, prefix="/ducks")
client = TestClient(app, raise_server_exceptions=False)
assert client.get("/ducks/7").status_code == 500
assert client.get("/ponds/deep").json() == "deep"
sentry_sdk.flush()
assert told == [
    ("event", "/ducks/{number}", ["ValueError"], "route"),
    ("transaction", "/ducks/{number}", [], "route"),
    ("transaction", "/ponds/{name}", [], "route"),
], told
