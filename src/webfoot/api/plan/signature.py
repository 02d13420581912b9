"""Read a callable: its parameters with their types resolved, how it is to be run, and where it stands."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from types import SimpleNamespace
from typing import Any, ForwardRef, Literal, get_args, get_origin, get_type_hints

from webfoot.api.errors import PlanError
from webfoot.api.plan.inline import only_keeps_values
from webfoot.api.plan.plans import Kind, Origin

EMPTY: Any = inspect.Parameter.empty
"""No default, no annotation."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """`annotation` still carries what was written in `Annotated`; `EMPTY` stands for what was not written."""

    name: str
    annotation: Any
    default: Any


def read_parameters(call: Callable[..., Any]) -> tuple[Parameter, ...]:
    """The parameters that a caller has to fill. `*args` and `**kwargs` take what they are given, here nothing.

    Raises PlanError for a callable without a readable signature, a positional-only parameter without a default, and
    a type that cannot be resolved.
    """
    origin = origin_of(call)
    try:
        signature = inspect.signature(call)
    except (TypeError, ValueError) as error:
        raise PlanError(f"{origin}: its signature cannot be read ({error})") from None
    parameters = []
    for parameter in signature.parameters.values():
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            continue
        if parameter.kind is parameter.POSITIONAL_ONLY:
            if parameter.default is EMPTY:
                raise PlanError(f"{origin}: {parameter.name!r} is positional only, but values are passed by name")
            continue
        annotation = resolved_annotation(parameter.annotation, call, f"of parameter {parameter.name!r}")
        parameters.append(Parameter(parameter.name, annotation, parameter.default))
    return tuple(parameters)


def signature_given(call: Callable[..., Any]) -> Any:
    """The signature that somebody has given to a callable, as class-based views do before they include its route."""
    return getattr(call, "__signature__", None)


def read_returns(call: Callable[..., Any]) -> Any:
    """The return annotation, resolved, or EMPTY."""
    return resolved_annotation(inspect.signature(call).return_annotation, call, "of the result")


def origin_of(call: Callable[..., Any]) -> Origin:
    """Name, file and first line of what the user wrote; for a class its own, unless it has a constructor."""
    target = _function_of(call)
    name = getattr(call, "__qualname__", None) or _name_of_instance(call, target) or type(call).__qualname__
    code = getattr(target, "__code__", None)
    if inspect.isclass(call) and (code is None or "__init__" not in vars(call) or code.co_filename == "<string>"):
        return Origin(name, *_place_of_class(call))  # the constructor was inherited or generated
    return Origin(name, code.co_filename, code.co_firstlineno) if code is not None else Origin(name, "?", 0)


def _name_of_instance(call: Any, target: Any) -> str | None:
    """By its own class, which may have inherited `__call__`: `HTTPBearer.__call__`."""
    while isinstance(call, partial):
        call = call.func
    if getattr(target, "__name__", None) == "__call__" and not inspect.isroutine(call):
        return f"{type(call).__qualname__}.__call__"
    return getattr(target, "__qualname__", None)


def _place_of_class(target: type[Any]) -> tuple[str, int]:
    try:
        return inspect.getsourcefile(target) or "?", inspect.getsourcelines(target)[1]
    except (OSError, TypeError):
        return "?", 0


def kind_of(call: Callable[..., Any]) -> Kind:
    """How to run it. A decorated function counts as what it wraps when the wrapper itself says nothing."""
    for target in (call, _function_of(call)):
        if inspect.iscoroutinefunction(target):
            return "async"
        if inspect.isasyncgenfunction(target):
            return "async generator"
        if inspect.isgeneratorfunction(target):
            return "generator"
    return "inline" if only_keeps_values(call) else "sync"


def _function_of(call: Callable[..., Any]) -> Any:
    """The function that runs in the end: below partials, decorators and `__call__`; for a class, its `__init__`."""
    target: Any = call
    while isinstance(target, partial):
        target = target.func
    if inspect.isclass(target):
        return target.__init__
    if not (inspect.isroutine(target) or hasattr(target, "__wrapped__")):
        target = getattr(type(target), "__call__", target)  # noqa: B004  (we want the function, not the answer)
    return inspect.unwrap(target)


def resolved_annotation(annotation: Any, call: Callable[..., Any], what: str) -> Any:
    """Resolve strings in an annotation in the module where the callable was written.

    Raises PlanError when a name is not there.
    """
    if annotation is EMPTY or not _has_forward_reference(annotation):
        return annotation
    target = _function_of(call)
    namespace = getattr(target, "__globals__", {})
    generic = {variable.__name__: variable for variable in getattr(target, "__type_params__", ())}  # def f[T](x: "T")
    try:
        holder = SimpleNamespace(__annotations__={"it": annotation})
        return get_type_hints(holder, globalns=namespace, localns=generic or None, include_extras=True)["it"]
    except NameError as error:
        raise PlanError(
            f"{origin_of(call)}: the type {annotation!r} {what} cannot be resolved: {error}. "
            "A type that is written as a string has to be importable in that module at run time"
        ) from None
    except (SyntaxError, TypeError) as error:
        raise PlanError(f"{origin_of(call)}: the type {annotation!r} {what} is not a type ({error})") from None


def _has_forward_reference(annotation: Any) -> bool:
    if isinstance(annotation, str | ForwardRef):
        return True
    return any(_has_forward_reference(part) for part in get_args(annotation) if not _is_literal_part(annotation, part))


def _is_literal_part(annotation: Any, part: Any) -> bool:
    """The strings in `Literal["a"]` and the metadata of `Annotated` are not types."""
    if get_origin(annotation) is Literal:
        return True
    return hasattr(annotation, "__metadata__") and part is not annotation.__origin__
