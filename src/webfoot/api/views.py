"""Classes whose methods are path operations, and whose attributes are what these have in common.

A view's constructor is a dependency as any other class, and each operation asks for one instance of it. So the
instance is one more step of the plan, made once per request, and a method is called as a function that takes `self`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from types import FunctionType
from typing import Any, ClassVar, Final, TypeAlias, Unpack, dataclass_transform, get_origin, get_type_hints

from webfoot.api.errors import PlanError
from webfoot.api.options import RouteOptions, refuse_unknown
from webfoot.api.params import Depends, ValueMarker
from webfoot.api.plan.inline import declare_inline
from webfoot.api.plan.signature import EMPTY, origin_of
from webfoot.api.verbs import EndpointT, Verbs
from webfoot.web.middleware import Middleware

_MARKS: Final = "__webfoot_operations__"
_BY_NAME: Final = inspect.Parameter.KEYWORD_ONLY


@dataclass(frozen=True, slots=True)
class Operation:
    """What a decorator said of a method. methods: None for a WebSocket."""

    path: str
    methods: Collection[str] | None
    options: dict[str, Any]


Operations: TypeAlias = tuple[Operation, ...]


class Marking(Verbs):
    """The verbs as decorators of methods: they only write down what is said; whoever includes the view makes routes."""

    def api_route(
        self, path: str, *, methods: Collection[str] | None = None, **options: Unpack[RouteOptions]
    ) -> Callable[[EndpointT], EndpointT]:
        refuse_unknown(Verbs.api_route, options, RouteOptions)
        return _mark(Operation(path, tuple(methods or ("GET",)), dict(options)))

    def websocket(
        self,
        path: str,
        name: str | None = None,
        *,
        dependencies: Sequence[Depends] | None = None,
        middleware: Sequence[Middleware] | None = None,
    ) -> Callable[[EndpointT], EndpointT]:
        return _mark(Operation(path, None, {"name": name, "dependencies": dependencies, "middleware": middleware}))


def _mark(operation: Operation) -> Callable[[EndpointT], EndpointT]:
    def mark(method: EndpointT) -> EndpointT:
        target: Any = method.__func__ if isinstance(method, staticmethod | classmethod) else method
        if not inspect.isfunction(target):
            raise PlanError(f"{target!r}: only a function in the body of a class can be an operation of a view")
        setattr(target, _MARKS, (operation, *getattr(target, _MARKS, ())))
        return method

    return mark


class _Constructor:
    """`View.__signature__`: the parameters that a class has by its annotations, read when somebody asks."""

    def __get__(self, instance: object, view: type[View]) -> inspect.Signature | None:
        if view.__init__ is not View.__init__:  # it has one of its own
            return None
        return inspect.Signature(list(_parameters(view).values()))


@dataclass_transform(kw_only_default=True, eq_default=False)
class View:
    """The base of views that write no constructor: each annotated attribute is a parameter of it.

    What one means is what it means in a function: `db: Annotated[Db, Depends(session)]` is a dependency, `tenant: str`
    a query parameter. What has no annotation, and what is annotated as ClassVar, belongs to the class. A test may make
    an instance by itself: `Ducks(db=fake)`.
    """

    __signature__: ClassVar[Any] = _Constructor()
    _parameters: ClassVar[dict[str, inspect.Parameter] | None] = None

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls._parameters = None  # its annotations may need names that are defined further down in the module

    @declare_inline
    def __init__(self, **values: Any) -> None:
        known = self._parameters
        if known is None or values.keys() != known.keys():  # of a request there are always all values
            values = _completed(type(self), values)
        self.__dict__.update(values)


def _parameters(view: type[View]) -> dict[str, inspect.Parameter]:
    if view._parameters is None:
        try:
            annotations = get_type_hints(view, include_extras=True)
        except NameError as error:
            raise PlanError(
                f"{origin_of(view)}: {error}. What a view is annotated with has to be importable in its module at run "
                "time"
            ) from None
        view._parameters = {
            name: inspect.Parameter(name, _BY_NAME, default=getattr(view, name, EMPTY), annotation=annotation)
            for name, annotation in annotations.items()
            if annotation is not ClassVar and get_origin(annotation) is not ClassVar
        }
    return view._parameters


def _completed(view: type[View], values: dict[str, Any]) -> dict[str, Any]:
    """The values with the defaults. TypeError for one that is missing or unknown, as any constructor."""
    known = _parameters(view)
    for name in values:
        if name not in known:
            raise TypeError(f"{view.__qualname__}() got an unexpected keyword argument {name!r}")
    whole = dict(values)
    for name, parameter in known.items():
        default = parameter.default
        if name in values:
            continue
        if default is EMPTY or isinstance(default, Depends) or _is_required(default):
            raise TypeError(f"{view.__qualname__}() missing the keyword argument {name!r}")
        if isinstance(default, ValueMarker):
            default = default.get_default(call_default_factory=True, validated_data={})
        whole[name] = default
    return whole


def _is_required(default: Any) -> bool:
    return isinstance(default, ValueMarker) and default.is_required()


def operations_of(view: type[Any]) -> list[tuple[Operation, Callable[..., Any]]]:
    """Each with its endpoint: those of the bases first, in the order of the class bodies.

    A method that is written again without a decorator keeps what was said of it; `name = None` takes it away. Raises
    PlanError when there are none.
    """
    if not isinstance(view, type):
        raise PlanError(f"a view is a class, not {view!r}")
    found = list(_operations(view))
    if not found:
        raise PlanError(
            f"{origin_of(view)}: has no operations; those of a view are methods under the decorators of webfoot.views, "
            'as in @views.get("/")'
        )
    return found


def _operations(view: type[Any]) -> Iterator[tuple[Operation, Callable[..., Any]]]:
    names = dict.fromkeys(name for kind in reversed(view.__mro__) for name in vars(kind))
    for name in names:
        written = [vars(kind)[name] for kind in view.__mro__ if name in vars(kind)]
        function = _function_of(written[0])
        if function is None:
            continue
        said: Operations = next((marks for each in written if (marks := _marks_of(each))), ())
        for operation in said:
            if function is written[0]:
                yield operation, _taking_the_instance(view, function)
            else:  # a staticmethod or classmethod
                yield operation, getattr(view, name)


def _function_of(member: Any) -> FunctionType | None:
    function = member.__func__ if isinstance(member, staticmethod | classmethod) else member
    return function if isinstance(function, FunctionType) else None


def _marks_of(member: Any) -> Operations:
    return getattr(_function_of(member), _MARKS, ())


def _taking_the_instance(view: type[Any], method: FunctionType) -> Callable[..., Any]:
    """The function of `method` for this class: its first parameter asks for an instance, by name."""
    signature = inspect.signature(method)
    first = next(iter(signature.parameters.values()), None)
    if first is None or first.kind is not first.POSITIONAL_OR_KEYWORD:
        raise PlanError(f"{origin_of(method)}: an operation of a view takes its instance, self, as the first parameter")
    others = [each for each in signature.parameters.values() if each is not first]
    instance = inspect.Parameter(first.name, _BY_NAME, default=Depends(view))
    by_name = [each for each in others if each.kind is not each.VAR_KEYWORD]
    rest = [each for each in others if each.kind is each.VAR_KEYWORD]

    code, names = method.__code__, method.__globals__
    function = FunctionType(code, names, method.__name__, method.__defaults__, method.__closure__)
    for name in ("__module__", "__doc__", "__annotations__", "__kwdefaults__"):
        setattr(function, name, getattr(method, name))
    function.__dict__.update({name: value for name, value in vars(method).items() if name != _MARKS})
    function.__qualname__ = f"{view.__qualname__}.{method.__name__}"
    function.__dict__["__signature__"] = signature.replace(parameters=[*by_name, instance, *rest])
    return function
