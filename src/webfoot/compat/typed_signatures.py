"""FastAPI's functions for who reads a signature as it does: with annotations that are types and not strings."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, ForwardRef, get_type_hints

from webfoot.api.errors import PlanError
from webfoot.api.fields import Field
from webfoot.api.plan.signature import read_returns, resolved_annotation


def get_typed_signature(call: Callable[..., Any]) -> inspect.Signature:
    """The parameters, without the result. A name that is not there stays a ForwardRef."""
    return inspect.Signature(
        [
            parameter.replace(annotation=_or_reference(parameter.annotation, call))
            for parameter in inspect.signature(call).parameters.values()
        ]
    )


def get_typed_return_annotation(call: Callable[..., Any]) -> Any:
    """The type of the result; None where nothing is said, as for one that is None."""
    try:
        annotation = read_returns(call)
    except PlanError:
        return ForwardRef(inspect.signature(call).return_annotation)
    return None if annotation in (inspect.Signature.empty, type(None)) else annotation


def get_typed_annotation(annotation: Any, globalns: dict[str, Any]) -> Any:
    """A string as the type that it names in a module; what is none already stays as it is."""
    if not isinstance(annotation, str):
        return annotation
    holder = SimpleNamespace(__annotations__={"it": annotation})
    try:
        found = get_type_hints(holder, globalns=globalns, include_extras=True)["it"]
    except NameError:
        return ForwardRef(annotation)
    return None if found is type(None) else found


def get_validation_alias(field: Field) -> str:
    """Under which name a request has the value."""
    return field.alias


def _or_reference(annotation: Any, call: Callable[..., Any]) -> Any:
    try:
        return resolved_annotation(annotation, call, "of a parameter")
    except PlanError:
        return ForwardRef(annotation) if isinstance(annotation, str) else annotation
