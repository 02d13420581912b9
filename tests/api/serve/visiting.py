"""A visit to one endpoint, without server, application and router."""

import asyncio

from webfoot.api.plan.route import plan_route
from webfoot.api.serve.pipeline import answer, serve
from webfoot.api.serve.visit import Visit
from webfoot.trail import TRAIL_KEY, Trail


class Marks(Trail):
    """A trail that keeps what was marked, as (station, facts)."""

    def __init__(self):
        self.all = []

    def mark(self, station, /, **facts):
        self.all.append((station, facts))

    def of(self, station):
        return [facts for name, facts in self.all if name == station]


class _WatchedVisit(Visit):
    """Keeps what was sent beside the state of the request."""


def visit_to(endpoint, *, query="", headers=(), body=b"", path_params=None, trail=None, options=None, overrides=None):
    """`headers` are pairs of str; `body` is bytes or a list of chunks. What is sent is found in `visit.sent`."""
    params = path_params or {}
    chunks = [body] if isinstance(body, bytes) else list(body)
    sent = []

    async def receive():
        chunk = chunks.pop(0)
        return {"type": "http.request", "body": chunk, "more_body": bool(chunks)}

    async def send(message):
        sent.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/",
        "query_string": query.encode(),
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in headers],
        "path_params": params,
    }
    if trail is not None:
        scope[TRAIL_KEY] = trail
    plan = plan_route(endpoint, frozenset(params), options or {}, overrides)
    visit = _WatchedVisit(plan, scope, receive, send)
    visit.sent = sent
    return visit


def answered(endpoint, **request):
    """The response that the endpoint's route makes."""
    return asyncio.run(answer(visit_to(endpoint, **request)))


def served(endpoint, **request):
    """Serve one request to its end; what was sent."""
    visit = visit_to(endpoint, **request)
    asyncio.run(serve(visit))
    return visit.sent
