"""What an application, a router or an inclusion says about all routes below it, joined with what is said below."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from webfoot.api.limits import joined_form_limits
from webfoot.api.options import RouteOptions, SharedOptions

_ADDED_UP = ("tags", "dependencies", "callbacks", "middleware")
_NEAREST = ("generate_unique_id_function", "strict_content_type", "max_body_size")


def shared_by(outer: SharedOptions, inner: SharedOptions) -> SharedOptions:
    """Two levels as one."""
    both = _joined(outer, inner)
    both["default_response_class"] = inner.get("default_response_class") or outer.get("default_response_class")
    return cast("SharedOptions", both)


def inherited(above: SharedOptions, own: RouteOptions) -> RouteOptions:
    """The options of a route below `above`."""
    options = _joined(above, own)
    options["response_class"] = own.get("response_class") or above.get("default_response_class")
    return cast("RouteOptions", options)


def _joined(outer: Mapping[str, Any], inner: Mapping[str, Any]) -> dict[str, Any]:
    """Lists are added up, outer first; a route is deprecated, or hidden, when one level says so; else the nearest
    level that says something counts, for the limits of forms setting by setting."""
    joined = dict(inner)
    for name in _ADDED_UP:
        joined[name] = [*(outer.get(name) or ()), *(inner.get(name) or ())]
    joined["responses"] = {**(outer.get("responses") or {}), **(inner.get("responses") or {})}
    joined["deprecated"] = inner.get("deprecated") or outer.get("deprecated")
    joined["include_in_schema"] = inner.get("include_in_schema", True) and outer.get("include_in_schema", True)
    if limits := joined_form_limits(outer.get("form_limits"), inner.get("form_limits")):
        joined["form_limits"] = limits
    for name in _NEAREST:
        value = inner.get(name)
        if value is None:
            value = outer.get(name)
        if value is not None:
            joined[name] = value
    return joined
