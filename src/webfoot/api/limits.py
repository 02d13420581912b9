"""How much a client may send: `max_body_size` and `form_limits`, which applications, routers, inclusions and path
operations take.

The body's limit is the toolkit's (`webfoot.web.middleware.body_limit`); the limits of forms are those of
`request.form()`, for the forms that are read because a parameter asks for them.
"""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any, TypedDict

from webfoot.web.middleware.body_limit import check_limit


class FormLimits(TypedDict, total=False):
    """`max_fields`, `max_files`: how many of each a form may have (1000). `max_part_size`: bytes of one field (1 MiB).

    What is left out counts as the level around says. Files have no limit of their own, only the body as a whole.
    """

    max_fields: int
    max_files: int
    max_part_size: int


def check_limits(options: Mapping[str, Any]) -> None:
    """ValueError, in one sentence, for limits among `options` that are none."""
    check_limit(options.get("max_body_size"))
    limits = options.get("form_limits")
    if limits is None:
        return
    known = list(FormLimits.__annotations__)
    if not isinstance(limits, Mapping):
        raise ValueError(f"form_limits is a dict that may have {', '.join(known)}, not {limits!r}")
    for name, limit in limits.items():
        if name not in known:
            near = get_close_matches(str(name), known, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else f", only {', '.join(known)}"
            raise ValueError(f"form_limits has no {name!r}{hint}")
        if type(limit) is not int or limit < 0:
            raise ValueError(f"form_limits: {name} is a whole number, 0 or more, not {limit!r}")


def joined_form_limits(outer: FormLimits | None, inner: FormLimits | None) -> FormLimits:
    """Two levels as one: setting by setting, the inner one counts."""
    return {**(outer or {}), **(inner or {})}
