"""One value that a callable wants from the request, as the plan knows it."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass, field
from typing import Annotated, Any

from pydantic_core import PydanticUndefined

from webfoot.api.params import Place, ValueMarker

# Options of a marker that have no part in validating the value.
_NO_CONSTRAINTS = frozenset(
    (
        *("alias", "alias_priority", "validation_alias", "serialization_alias", "default_factory"),
        *("title", "description", "examples", "deprecated", "json_schema_extra"),
    )
)


@dataclass(frozen=True, slots=True)
class Member:
    """One field of a model that takes a whole place of the request.

    keys    what it may be called in the request, best first -> what the model calls it then
    many    whether all values of that name are wanted
    blank   whether an empty text counts as not there: it is a list or the like, and yet one text (a cookie, `Json`)
    """

    keys: Mapping[str, str]
    many: bool
    blank: bool = False


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
    blank        whether an empty text counts as not there: see `Member`
    spread       the pydantic models of which one takes *all* values of this place (`Annotated[Filter, Query()]`);
                 several only of a form, which may be a union of models; else ()
    members      the models' fields then
    inward       what the models call members that have other names in the request: the header `save_data` is not
                 `save-data`, and must not pass for it behind a proxy that looks at the latter
    tag          of models that a member tells apart (`Form(discriminator="kind")`) that member, as the request calls it
    variants     its values -> the members of the model that each stands for
    optional     whether that model may be left out (`Annotated[Filter | None, Query()]`)
    greedy       whether it has a say in names that it does not know (`extra="forbid"`, `"allow"`): then it is there as
                 soon as anything is
    content      whether an uploaded file's content is wanted (`bytes`) and not the file
    """

    name: str
    alias: str
    aliases: tuple[str, ...]
    place: Place
    annotation: Any
    info: ValueMarker
    required: bool
    many: bool = False
    blank: bool = False
    spread: tuple[type[Any], ...] = ()
    members: tuple[Member, ...] = ()
    inward: frozenset[str] = frozenset()
    tag: str | None = None
    variants: Mapping[Any, tuple[Member, ...]] = field(default_factory=dict)
    optional: bool = False
    greedy: bool = False
    content: bool = False

    @property
    def where(self) -> str:
        """The word for the place in an error's `loc`: path, query, header, cookie or body."""
        return "body" if self.place in ("form", "file") else self.place

    @property
    def field_info(self) -> ValueMarker:
        """FastAPI's name for the marker."""
        return self.info

    @property
    def schema_type(self) -> Any:
        """What pydantic is asked to make a schema of: type and constraints, without alias and default.

        Alias and default are the plan's own business; pydantic would warn that they have no effect outside a model.
        """
        if self.info.options.keys() <= _NO_CONSTRAINTS:
            return self.annotation
        info = copy(self.info)
        info.alias = info.validation_alias = info.serialization_alias = None
        info.default, info.default_factory = PydanticUndefined, None
        return Annotated[self.annotation, info]
