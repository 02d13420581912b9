"""Questions about a type: is it a scalar, a sequence, a union, and what is below its wrappings?

Classes are told by their MRO. `issubclass` with an abstract class would note each class that it was ever asked about
in the caches of every abstract class below it, which for a thousand models is megabytes.
"""

from __future__ import annotations

import collections
import collections.abc
from collections.abc import Iterable
from dataclasses import is_dataclass
from types import NoneType, UnionType
from typing import Annotated, Any, Final, Union, get_args, get_origin

from pydantic import BaseModel, Json

from webfoot.web.datastructures import UploadFile

_SEQUENCES: Final = (list, tuple, set, frozenset, collections.deque, collections.abc.Sequence, collections.abc.Set)
_TEXTS: Final = (str, bytes, bytearray)
_JSON: Final[Any] = Json  # for type checkers it is no class
_COMPOUNDS: Final = (BaseModel, dict, collections.abc.Mapping, UploadFile)


def is_a(target: Any, *kinds: type[Any]) -> bool:
    """Whether `target` is a class that inherits from one of `kinds`."""
    return isinstance(target, type) and any(kind in target.__mro__ for kind in kinds)


def bare(annotation: Any) -> Any:
    """The type without metadata and without the name that `type X = ...` or NewType gave it."""
    while True:
        if get_origin(annotation) is Annotated:
            annotation = get_args(annotation)[0]
        elif hasattr(annotation, "__supertype__"):
            annotation = annotation.__supertype__
        elif (named := without_name(annotation)) is not annotation:
            annotation = named
        else:
            return annotation


def without_name(annotation: Any) -> Any:
    """What `type X = ...` stands for; anything else as it is, and so a name for a text that only pydantic can read, and
    one that stands for itself."""
    passed = []
    while _is_name(annotation) and not isinstance(annotation.__value__, str):
        if annotation in passed:
            break
        passed.append(annotation)
        annotation = annotation.__value__
    return annotation


def _is_name(annotation: Any) -> bool:
    return type(annotation).__name__ == "TypeAliasType"  # typing has it since 3.12, typing_extensions has its own


def parts(annotation: Any, within: tuple[Any, ...] = ()) -> tuple[Any, ...]:
    """The members of a union, or the one type. `within`: the names whose members these are."""
    if _is_name(annotation):
        if annotation in within:  # `type X = int | X`
            return (annotation,)
        within = (*within, annotation)
    annotation = bare(annotation)
    if get_origin(annotation) in (Union, UnionType):
        return tuple(part for member in get_args(annotation) for part in parts(member, within))
    return (annotation,)


def without_none(annotation: Any) -> Any:
    """`X` for `X | None`; anything else as it is."""
    others = [part for part in parts(annotation) if part is not NoneType]
    return others[0] if len(others) == 1 else annotation


def is_many(annotation: Any) -> bool:
    """Whether it is a list, set, tuple or the like, or a union with one."""
    return any(_is_sequence(_class_of(part)) for part in parts(annotation))


def is_json(metadata: Iterable[Any]) -> bool:
    """Whether one text holds all of it, as for `Json[list[int]]`; `metadata` is that of its `Annotated`."""
    return any(isinstance(item, _JSON) for item in metadata)


def is_scalar(annotation: Any) -> bool:
    """Whether one text can hold it. A union is a scalar when all its members are."""
    return all(_is_one_text(_class_of(member)) for member in parts(annotation))


def _is_one_text(target: type[Any] | None) -> bool:
    # What is no class (Any, Literal, a type variable) may be a text.
    return target is None or not (is_a(target, *_COMPOUNDS) or is_dataclass(target) or _is_sequence(target))


def takes_own_name(model: type[BaseModel]) -> bool:
    """Whether a field that has an alias may be given under its own name as well."""
    config = model.model_config
    return bool(config.get("populate_by_name") or config.get("validate_by_name"))


def is_of_pydantic_1(annotation: Any) -> bool:
    """Whether a model of `pydantic.v1` is in it. Told by the module's name, for to import it warns and takes time."""
    if isinstance(annotation, type) and not get_args(annotation):
        return any(base.__module__.startswith("pydantic.v1.") for base in annotation.__mro__)
    return any(is_of_pydantic_1(part) for part in get_args(annotation))


def holds(annotation: Any, wanted: type[Any], within: tuple[Any, ...] = ()) -> bool:
    """Whether a value may be a `wanted`, or a sequence of them. `within`: what is being looked through already."""
    if annotation in within:  # `type X = int | list[X]`
        return False
    for part in parts(annotation):
        target = _class_of(part)
        if is_a(target, wanted):
            return True
        items = get_args(bare(part)) if _is_sequence(target) else ()
        if any(holds(item, wanted, (*within, annotation)) for item in items):
            return True
    return False


def _class_of(annotation: Any) -> type[Any] | None:
    target = get_origin(annotation := bare(annotation)) or annotation
    return target if isinstance(target, type) else None


def _is_sequence(target: type[Any] | None) -> bool:
    return is_a(target, *_SEQUENCES) and not is_a(target, *_TEXTS)
