"""Duck sightings: an API that records which ducks were seen, where and when.

Serve it with `python -m examples.ducks`, or with any ASGI server as `examples.ducks:app`.

Read it in this order: `application` (the parts put together), `sightings` (the routes), `models` (what goes in and
out), `tables` and `database` (what is stored), `photos`, `live` (the stream), `settings`.
"""

from examples.ducks.application import app, create_app

__all__ = ["app", "create_app"]
