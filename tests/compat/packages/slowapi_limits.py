"""slowapi: a limit for each client, its handler, and the header fields that tell of it; as decorator and middleware."""

from fastapi import FastAPI, Request, Response
from fastapi.testclient import TestClient
from slowapi import Limiter, _rate_limit_exceeded_handler
from slowapi.errors import RateLimitExceeded
from slowapi.middleware import SlowAPIMiddleware
from slowapi.util import get_remote_address

limiter = Limiter(key_func=get_remote_address, headers_enabled=True, default_limits=["3/minute"])
app = FastAPI()
app.state.limiter = limiter
app.add_exception_handler(RateLimitExceeded, _rate_limit_exceeded_handler)
app.add_middleware(SlowAPIMiddleware)


@app.get("/twice")
@limiter.limit("2/minute")
async def twice(request: Request, response: Response):
    return {"ok": True}


@app.get("/thrice")
def thrice():
    return "default"


@app.get("/free")
@limiter.exempt
def free():
    return "always"


client = TestClient(app)
first = client.get("/twice")
assert (first.status_code, first.json()) == (200, {"ok": True})
assert (first.headers["x-ratelimit-limit"], first.headers["x-ratelimit-remaining"]) == ("2", "1")
assert [client.get("/twice").status_code for _ in range(2)] == [200, 429]
assert client.get("/twice").json() == {"error": "Rate limit exceeded: 2 per 1 minute"}
assert [client.get("/thrice").status_code for _ in range(4)] == [200, 200, 200, 429]
assert [client.get("/free").status_code for _ in range(5)] == [200] * 5
