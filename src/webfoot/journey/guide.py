"""The page docs/journey.md, made from the list of stations and one request that was followed."""

from __future__ import annotations

from webfoot.trail import STATIONS, Station

_HEAD = """# A request's journey

A client connects; bytes arrive; a parser finds a request in them; the server builds a scope and calls the application;
middleware, router, dependencies, validation, the endpoint; and all the way back. Every request passes the same stations
in the same order. This page follows one of them: [one request](#one-request-told-by-the-program) through the code that
owns it, [all stations](#all-stations) in a table, and [how to watch](#watching-one) a request of your own.

## One request, told by the program

What follows was written by the program: the request was sent through the server to
[examples/talk.py](../examples/talk.py), and each station noted which line of the code marked it. A check fails when
that is no longer so.

"""

_TABLE = """
## All stations

On the way in from the socket to the endpoint, at the turning point, and on the way out again. The table is generated
from `webfoot/trail/stations.py`; a test holds that list to the source, so the file named beside a station is the place
to read, or to put a breakpoint.

| | way | station | what happens | marked in | what is told |
|---|---|---|---|---|---|
"""

_WAYS = {"in": "in ↓", "turn": "turn ●", "out": "out ↑", "end": "end ■"}

_TAIL = """
Not every request comes by every station. A raw ASGI application marks nothing of its own, so its journey goes from 7
to 20. A request that the server refuses ends after 5. A route of the toolkit alone has no stations 12 to 18. Where
there are several middlewares, dependencies or pieces of a body, their station is marked once for each.

## Watching one

    webfoot journey module:app GET /ducks/7
    webfoot journey module:app POST /ducks -d '{"name": "Emma"}' -H 'x-ranger: Jo'
    webfoot journey module:app --raw request.bin

The command starts the application (its lifespan included), sends one request through the real server over a real
connection, and draws what happened: the station, its time since the first mark in microseconds, the share of the whole
time that went by since the mark before, and what was decided. Brackets show the onion: `╭` where a middleware is
entered, `╰` where it is left. The last lines tell where the time went and, for every 3xx, 4xx and 5xx, one sentence
that says why and which layer decided. `--json` prints the same as data,
whose shape is described in `webfoot/journey/schema.py`. It is the first request of a new process, so caches are cold
and times are longer than under load; their proportions are what to look at. A client that has waited for ten seconds
(`--patience`) leaves, which is how the journey of an endless stream ends.

The exit code is 0 when there was an answer, whatever its status; 1 when there was none; 2 for a mistake in the command.

## What a layer decided

Middleware, responses and `requires` tell of their decisions with the reason (station 9): a preflight refused, a host
that is not trusted, a cookie that does not count, a scope that is missing, a 304. Where such a decision is the answer,
it is the sentence at the end. A layer of your own does the same with one call, that costs next to nothing while nobody
watches:

```python
from webfoot.web.decisions import decided


class OpeningHours:
    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        decided(scope, "OpeningHours", "the pond is open, so this goes on")
        await self.app(scope, receive, send)
```

With `status=` it says what the layer itself answers.

## What is kept

Secrets are replaced by `[redacted]` before anything is shown, written down or sent on: the values of `authorization`,
`cookie`, `set-cookie`, `x-api-key` and their like among the headers; whatever travels under a name such as `password`,
`token`, `secret` or `api_key` in a path, a query, a body, a message or a layer's words; and what is a secret by its
looks, JSON Web Tokens, private keys, tokens of well-known services, numbers of payment cards. Of `set-cookie` the
name of the cookie and its attributes stay: by these a browser decides whether it takes it. What a client has sent as
a secret is also taken out of what others quote. Bodies are kept for the page of `webfoot dev` only, and only their
beginning; of exceptions their kind, message and place, not their variables. A record holds at most about a thousand
marks.

A test sends secrets of all these kinds and searches every view for them: lines, page, exports, recorder, spans, header
fields. A name of your own is declared where it is used, `APIKeyHeader(name="X-Duck")`.

In the log it is like this:

- The message of an exception, in the traceback of a 500, loses what this request has shown to be a secret, if somebody
  records the request: in `webfoot dev` and with the page also fields of forms and bodies, with `--recorder` or
  `--access-log-reasons` those of query, path and header. It has six characters at least; the lines of the code stay.
- Where nobody records (`webfoot run` as it comes), a traceback is what Python makes of it: do not write secrets into
  messages. So it is with what the application logs itself, and with handlers of your own (Sentry), which see the
  exception.
- A path in the access log stays as it came, for that log knows of no routes.

Nobody watches by default. Then each station costs one comparison with `None`.
"""


def journey_page(told: str) -> str:
    """The text of docs/journey.md; `told`: of one request, station by station."""
    return _HEAD + told + _TABLE + "".join(_row(station) for station in STATIONS) + _TAIL


def _row(station: Station) -> str:
    marks = ", ".join(f"`{mark}`" for mark in station.marks)
    facts = ", ".join(fact.replace("_", " ") for fact in station.facts)
    cells = (str(station.number), _WAYS[station.way], marks, station.says, f"`{station.owner}`", facts)
    return f"| {' | '.join(cells)} |\n"
