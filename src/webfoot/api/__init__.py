"""Floor 4, the typed API framework (the role of FastAPI); needs pydantic.

application   Webfoot                   options       what a route, a router, a marker may be told: the one list
router        APIRouter                 option_kinds  ... and of what kind each has to be
route         a path operation          limits        ... and how much clients may send
socket_route  one for WebSockets        inherit       what levels say of the routes below them, joined
route_class   classes of the user's     params        the markers: Query, Body, Depends, ...
verbs         `@app.get` and siblings   markers       ... as functions, for type checkers
views         classes as operations     fields        a value that a callable wants from the request
frontend      files behind an API       errors        what can go wrong, and whose fault it is
inclusion     a router in a router      handlers      the answers to errors
contexts      all routes of a table     encoders      any value -> plain JSON values
events        the lifespan of routers   sse           server-sent events, typed
attributes    FastAPI's names of parts  json_lines    lines of JSON
in_force      which plan is obeyed      uploads       UploadFile for pydantic
app_scope     what is made at start-up  statuses      which answers have a body
outside       `app.resolve(...)`        scopes        SecurityScopes
concurrency   `Depends(max_concurrency=N)`

plan/       start-up: a signature is read once, and becomes a frozen plan
serve/      request time: the plan is obeyed
openapi/    the document, made of the same plans
security/   schemes that find credentials
telemetry/  OpenTelemetry
"""

try:
    import pydantic  # noqa: F401 - asked for here, so that its absence is one sentence
except ModuleNotFoundError:
    raise ImportError("the API framework of webfoot needs pydantic: pip install 'webfoot[api]'") from None
