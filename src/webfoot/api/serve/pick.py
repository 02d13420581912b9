"""Find a field's values among names and values as a query string, a form, headers or cookies give them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias

from webfoot.api.fields import Field, Member

Pairs: TypeAlias = Sequence[tuple[str, Any]]
"""Names and values in the order sent; header names lower-case."""


def values_of(names: Iterable[str], pairs: Pairs) -> tuple[str | None, list[Any]]:
    """All values of the first of `names` that is there, and which name that was."""
    for name in names:
        values = [value for key, value in pairs if key == name]
        if values:
            return name, values
    return None, []


def one_of(field_place: str, values: list[Any]) -> Any:
    """The value that counts where one is wanted: the first header field, but the last of everything else."""
    return values[0 if field_place == "header" else -1]


def spread(field: Field, pairs: Pairs) -> dict[str, Any] | None:
    """All values of a place for the model that takes them: its members first, then what it did not name.

    None when the model may be left out (`Filter | None`) and none of its members is there.
    """
    if field.optional and not _is_there(field, pairs):
        return None
    taken: dict[str, Any] = {}
    used = set(field.inward)
    for member in _members(field, pairs):
        name, values = values_of(member.keys, pairs)
        if name is None:
            continue
        used.add(name)
        value = values if member.many else one_of(field.place, values)
        if value != "" or not (member.blank or field.place in ("form", "file")):  # an input that was left empty
            taken[member.keys[name]] = value
        else:
            used.update(member.keys)
    for name, value in pairs:
        if name in used:
            continue
        if name not in taken:
            taken[name] = value
        elif isinstance(taken[name], list):
            taken[name].append(value)
        else:
            taken[name] = [taken[name], value]
    return taken


def _is_there(field: Field, pairs: Pairs) -> bool:
    if field.greedy:
        return bool(pairs)
    return any(name in member.keys for member in field.members for name, _ in pairs)


def _members(field: Field, pairs: Pairs) -> tuple[Member, ...]:
    """Those of the model that the request names, where a value tells several models apart; none when it names none."""
    if field.tag is None:
        return field.members
    values = [value for name, value in pairs if name == field.tag]
    return field.variants.get(values[0], ()) if len(values) == 1 else ()
