"""One value that a callable wants from the request, as the plan knows it."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic_core import PydanticUndefined

from webfoot.api.params import Param, Place


@dataclass(frozen=True, slots=True)
class Member:
    """One field of a model that takes a whole place of the request.

    keys    what it may be called in the request, best first -> what the model calls it then
    many    whether all values of that name are wanted
    """

    keys: Mapping[str, str]
    many: bool


@dataclass(frozen=True, slots=True)
class Field:
    """A parameter of a callable whose value comes from the request.

    name         the parameter's name in the signature, the keyword under which the callable receives it
    alias        its name in the request ("x-token", "item-query"), which is also its name in `loc`
    aliases      all names that it may have in the request, best first
    place        where it is read from
    annotation   its type for pydantic: as written, with the constraints beside it, without the marker
    info         the marker (`Query(...)`), made up where none was written; holds default, constraints, title, ...
    required     whether a request without it is refused
    many         whether all values of that name are wanted (the type is a list, set or tuple)
    spread       the pydantic model that takes *all* values of this place (`Annotated[Filter, Query()]`), else None
    members      the model's fields then
    optional     whether that model may be left out (`Annotated[Filter | None, Query()]`)
    content      whether an uploaded file's content is wanted (`bytes`) and not the file
    """

    name: str
    alias: str
    aliases: tuple[str, ...]
    place: Place
    annotation: Any
    info: Param
    required: bool
    many: bool = False
    spread: type[Any] | None = None
    members: tuple[Member, ...] = ()
    optional: bool = False
    content: bool = False

    @property
    def where(self) -> str:
        """The word for the place in an error's `loc`: path, query, header, cookie or body."""
        return "body" if self.place in ("form", "file") else self.place

    @property
    def schema_type(self) -> Any:
        """What pydantic is asked to make a schema of: type and constraints, without alias and default.

        Alias and default are the plan's own business; pydantic would warn that they have no effect outside a model.
        """
        info = copy(self.info)
        info.alias = info.validation_alias = info.serialization_alias = None
        info.default, info.default_factory = PydanticUndefined, None
        return Annotated[self.annotation, info]
