"""The frozen plans that `webfoot.api.serve` obeys and `webfoot.api.openapi` describes. Data only."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from typing import Any, Literal, Protocol, TypeAlias

from pydantic import TypeAdapter

from webfoot.api.concurrency import ConcurrencyLimit
from webfoot.api.fields import Field
from webfoot.api.limits import FormLimits
from webfoot.api.params import Depends
from webfoot.web.responses import Response

Serves: TypeAlias = Literal["http", "websocket"]
"""What a route serves, as `scope["type"]` names it."""

Special: TypeAlias = Literal["request", "websocket", "connection", "response", "background", "scopes", "application"]
"""What a parameter may ask for by its type alone: Request, WebSocket, HTTPConnection (either of them), Response (to set
headers, cookies and the status), BackgroundTasks, SecurityScopes, the application that serves."""

Kind: TypeAlias = Literal["async", "sync", "inline", "async generator", "generator"]
"""How a callable is run: awaited; in a thread; called at once (a class that only keeps values, see
`webfoot.api.plan.inline`); the generators are entered, and left later."""


Leaves: TypeAlias = Literal["function", "request", "app"]
"""The scopes of dependencies."""


class Validator(Protocol):
    """pydantic's SchemaValidator, or a plug-in's wrapper around it."""

    def validate_python(self, input: Any, /, *, from_attributes: bool | None = None) -> Any: ...

    def validate_json(self, input: bytes, /) -> Any: ...


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a callable stands in the user's source, for errors and the trail."""

    name: str
    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.name} ({self.file}:{self.line})"


@dataclass(frozen=True, slots=True)
class Sources:
    """The fields of one callable, laid out by the way in which they are read from a request.

    path       (parameter, name in the path)
    query      name in the query string -> (parameter, whether all values of that name are wanted)
    headers    lower-case field name -> the same
    cookies    (parameter, name of the cookie)
    elaborate  query, header and cookie fields that take a whole place, or know several names, or share one
    body       body, form and file fields
    """

    path: tuple[tuple[str, str], ...]
    query: Mapping[str, tuple[str, bool]]
    headers: Mapping[bytes, tuple[str, bool]]
    cookies: tuple[tuple[str, str], ...]
    elaborate: tuple[Field, ...]
    body: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class CallPlan:
    """One callable (endpoint or dependency), its signature read and understood.

    The same callable has one CallPlan wherever it is used with the same path and protocol.

    call          what the user wrote
    kind          how it is run
    origin        its name, file and line
    fields        the values it wants from the request, ordered path, query, header, cookie, body as errors are reported
    sources       the same fields, laid out by the way in which they are read
    specials      (parameter, what it asks for); a Request, or a WebSocket, only where there is one
    dependencies  (parameter, the marker); the marker's `dependency` is always set here
    validator     validates all fields in one call: {parameter: raw value, missing ones left out} -> {parameter: value};
                  None when there is nothing to validate
    """

    call: Callable[..., Any]
    kind: Kind
    origin: Origin
    fields: tuple[Field, ...]
    sources: Sources
    specials: tuple[tuple[str, Special], ...]
    dependencies: tuple[tuple[str, Depends], ...]
    validator: Validator | None


@dataclass(frozen=True, slots=True)
class Step:
    """One run of a callable in a request: which plan, and where its arguments come from.

    plan        the callable
    arguments   (parameter, number of the earlier step whose result it receives)
    kept        (parameter, the dependency of scope "app" whose value it receives); while a plan is obeyed that value is
                bound to the callable, so that it costs nothing
    scopes      OAuth2 scopes gathered on the way to it
    enter       for a generator: makes the context manager around it
    leaves      when a generator's clean-up runs: "function" before the response is sent, "request" after, "app"
                when the application stops; else None
    limit       how many of these may run at the same time; None for as many as come
    stands_for  the name of what was asked for, where an override stands in its place
    takes       whether the callable takes any argument at all
    awaited     whether it is an async function that is awaited at once, as most are
    told        what whoever watches is told of it: name, file and line, where it runs, the numbers in `arguments`
    """

    plan: CallPlan
    arguments: tuple[tuple[str, int], ...] = ()
    scopes: tuple[str, ...] = ()
    enter: Callable[..., Any] | None = None
    leaves: Leaves | None = None
    kept: tuple[tuple[str, Callable[..., Any]], ...] = ()
    limit: ConcurrencyLimit | None = None
    stands_for: str | None = None
    takes: bool = dataclass_field(init=False)
    awaited: bool = dataclass_field(init=False)
    as_called: dict[str, Any] = dataclass_field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        takes = bool(self.arguments or self.plan.specials or self.plan.validator is not None)
        object.__setattr__(self, "takes", takes)
        object.__setattr__(self, "awaited", self.plan.kind == "async" and self.limit is None)
        origin = self.plan.origin
        as_called = {
            "name": origin.name,
            "where": "thread" if self.plan.kind in ("sync", "generator") else "event loop",
            "file": origin.file,
            "line": origin.line,
            "needs": [number for _, number in self.arguments],
        }
        object.__setattr__(self, "as_called", as_called)


def _as_given(steps: tuple[Step, ...], telling: tuple[int, ...]) -> tuple[dict[str, Any], ...]:
    """What whoever watches is told of each dependency of a route that gives its value."""
    as_given = [
        {
            **step.as_called,
            "number": number,
            "cached": telling.count(number) - 1,  # how many more ask for it
            "scope": step.leaves,
            "stands_for": step.stands_for,
            "outcome": "gave",
        }
        for number, step in enumerate(steps)
    ]
    return tuple(as_given)


@dataclass(frozen=True, slots=True)
class BodyPlan:
    """How the body is read for all callables of a route together.

    kind        "json" (also raw bytes where the content type is not JSON) or "form"
    media_type  what the client is asked to send, as OpenAPI shows it
    fields      all body fields of the route, dependencies' first, each name once
    embed       whether each field is a member of the object in the body, or the one field is the whole body
    required    whether a request without a body is refused
    strict      whether a body without a content type is taken as bytes (True) or as JSON
    limits      those of a form that differ from the defaults of `request.form()`
    direct      validates the whole body from its bytes, where that is the same as by way of Python; else None
    contents    names in a form below which somebody wants the content of a file (`bytes`)
    """

    kind: Literal["json", "form"]
    media_type: str
    fields: tuple[Field, ...]
    embed: bool
    required: bool
    strict: bool
    limits: FormLimits
    contents: frozenset[str]
    direct: Validator | None


StreamKind: TypeAlias = Literal["lines", "events", "chunks"]
"""How an endpoint that yields is answered: JSON Lines, server-sent events, or chunks as they come."""


@dataclass(frozen=True, slots=True)
class ReplyPlan:
    """How a result becomes a response.

    model           the response model (type or annotation), None when results are written as they are; of an endpoint
                    that yields, the type of each item
    adapter         pydantic's adapter for the model; its validator and serializer do the work
    by_alias        whether the serializer writes fields under their aliases
    options         its other keyword arguments, where the route has some (include, exclude, exclude_unset, ...)
    status_code     the route's own, None for the response class's default
    response_class  wraps the content
    direct          whether it is the plain JSONResponse, whose JSON can be written without building one
    stream          how what the endpoint yields is written; None for one that returns
    as_promised     what whoever watches is told of it: whether there is a model to fit, and its name
    """

    model: Any
    adapter: TypeAdapter[Any] | None
    by_alias: bool
    options: Mapping[str, Any]
    status_code: int | None
    response_class: type[Response]
    direct: bool
    stream: StreamKind | None = None
    as_promised: dict[str, Any] = dataclass_field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        model = self.model
        as_promised = {
            "outcome": "no model" if self.adapter is None else "fit",
            "model": model.__name__ if isinstance(model, type) else model if model is None else repr(model),
        }
        object.__setattr__(self, "as_promised", as_promised)


@dataclass(frozen=True, slots=True)
class SocketPlan:
    """All that a route does with a WebSocket. What it shares with RoutePlan means the same there; nobody has a body."""

    steps: tuple[Step, ...]
    telling: tuple[int, ...]
    endpoint: Step
    body: None = None
    kept: tuple[Step, ...] = ()
    as_given: tuple[dict[str, Any], ...] = dataclass_field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "as_given", _as_given(self.steps, self.telling))

    @property
    def calls(self) -> tuple[CallPlan, ...]:
        return tuple({id(step.plan): step.plan for step in (*self.steps, self.endpoint)}.values())


@dataclass(frozen=True, slots=True)
class RoutePlan:
    """All that a route does with a request.

    steps        the dependencies in the order in which they run (a callable that is cached stands here once)
    telling      numbers of the steps in the order in which their errors are told; one stands here as often as somebody
                 asks for its result, as FastAPI tells its errors so often; the endpoint's number is len(steps)
    endpoint     the last step
    body         None when nobody on the route wants a body
    reply        how the result is written
    kept         the dependencies of scope "app" in the order in which they are made, at start-up and not in a request
    as_given     what whoever watches is told of each step that gives its value
    """

    steps: tuple[Step, ...]
    telling: tuple[int, ...]
    endpoint: Step
    body: BodyPlan | None
    reply: ReplyPlan
    kept: tuple[Step, ...] = ()
    as_given: tuple[dict[str, Any], ...] = dataclass_field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "as_given", _as_given(self.steps, self.telling))

    @property
    def calls(self) -> tuple[CallPlan, ...]:
        """Every callable of the route once, dependencies first: what OpenAPI gathers parameters from."""
        return tuple({id(step.plan): step.plan for step in (*self.steps, self.endpoint)}.values())
