"""JSON Schemas of all types of a document, made by pydantic in one call.

Naming is pydantic's: a model is called by its class name unless two share it, and is split into `-Input` and
`-Output` where reading and writing differ. It can only decide that when it sees every type at once. So whoever
describes a part of the document asks the book for a schema and gets an empty dict, which the book fills when it
is settled.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable
from copy import copy, deepcopy
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import AliasChoices, TypeAdapter
from pydantic.errors import PydanticInvalidForJsonSchema
from pydantic.fields import FieldInfo
from pydantic_core import CoreSchema, PydanticOmit, PydanticUndefined, core_schema

from webfoot.api.fields import Field
from webfoot.api.openapi.constants import REF_TEMPLATE
from webfoot.api.openapi.form_models import model_parts
from webfoot.api.openapi.generator import (
    JsonSchema,
    Mode,
    SchemaGenerator,
    computes_fields,
    is_describable,
    is_json_scalar,
    title_of,
)
from webfoot.api.openapi.merge import merge
from webfoot.api.params import ValueMarker

# Options of a marker that say nothing about the schema. A value without others has the schema of its bare type.
_SILENT_OPTIONS = frozenset({"alias", "alias_priority", "validation_alias", "serialization_alias", "default_factory"})


@dataclass(slots=True)
class _Promise:
    """A dict that somebody holds already and that gets its content when the book is settled."""

    key: tuple[int, Mode]
    schema: JsonSchema
    title: str
    insists: bool = False

    def keep(self, generated: JsonSchema) -> None:
        """What was written into it by hand meanwhile comes on top, and the title if it `insists`."""
        by_hand = dict(self.schema)
        self.schema.clear()
        shared = not any(isinstance(value, dict) for value in by_hand.values())
        self.schema.update(generated if shared else deepcopy(generated))
        if self.title and "$ref" not in self.schema and (self.insists or "title" not in self.schema):
            self.schema["title"] = self.title
        if by_hand:
            merge(self.schema, by_hand)


@dataclass(slots=True)
class _Object:
    """A component that no Python class stands for: several body values as members of one object."""

    name: str
    members: tuple[tuple[Field, JsonSchema], ...]

    def has(self, fields: tuple[Field, ...]) -> bool:
        return len(fields) == len(self.members) and all(
            one is other for (one, _), other in zip(self.members, fields, strict=True)
        )


class SchemaBook:
    """Collects what has to be described, asks pydantic once, hands out the answers.

    `separate` says whether a model that reads and writes differently is described twice.
    """

    def __init__(self, *, separate: bool = True) -> None:
        self._separate = separate
        self._generator = SchemaGenerator()
        self._numbers: dict[Hashable, int] = {}
        self._cores: list[tuple[CoreSchema, str]] = []
        self._promises: list[_Promise] = []
        self._objects: dict[str, _Object] = {}
        self.wanted_by = ""
        """For whom schemas are asked now ("GET /items"); stands in the error if pydantic has none."""

    def of_value(self, annotation: Any, info: FieldInfo, title: str) -> JsonSchema:
        """The schema of one value of a request: its type, what `info` says of it, and its default."""
        schema = self._promise(self._number_of_value(annotation, info), "validation", title)
        if is_json_scalar(info.default):
            schema["default"] = info.default
        if info.deprecated:
            schema["deprecated"] = True
        return schema

    def of_reply(self, model: Any, title: str, adapter: TypeAdapter[Any] | None = None) -> JsonSchema:
        """The schema of what a response model writes."""
        number = self._number(_identity(model), lambda: (adapter or TypeAdapter(model)).core_schema)
        mode: Mode = "serialization" if self._separate or computes_fields(self._cores[number][0]) else "validation"
        return self._promise(number, mode, title_of(title), insists=True)

    def of_object(self, name: str, members: Iterable[Field]) -> JsonSchema:
        """The reference to a component in which each of `members` is a property. The same is described once; another
        one of that name, which two operations with one id have, gets a number."""
        fields = tuple(members)
        component = plain = re.sub(r"[^a-zA-Z0-9.\-_]", "_", name)
        number = 1
        while (there := self._objects.get(component)) is not None and not there.has(fields):
            number += 1
            component = f"{plain}__{number}"
        if there is None:
            self._objects[component] = _Object(name, tuple((field, self._of_member(field)) for field in fields))
        return {"$ref": REF_TEMPLATE.format(model=component)}

    def settle(self) -> dict[str, JsonSchema]:
        """Fill every schema given out so far; gives the components that they refer to, sorted by name."""
        keys = dict.fromkeys(promise.key for promise in self._promises)
        schemas, definitions = self._generate(list(keys))
        for promise in self._promises:
            promise.keep(schemas[promise.key])
        for definition in definitions.values():
            if "\f" in definition.get("description", ""):
                definition["description"] = definition["description"].partition("\f")[0].strip()
        definitions |= {component: self._describe(wanted) for component, wanted in self._objects.items()}
        return dict(sorted(definitions.items()))

    def _promise(self, number: int, mode: Mode, title: str, *, insists: bool = False) -> JsonSchema:
        promise = _Promise((number, mode), {}, title, insists)
        self._promises.append(promise)
        return promise.schema

    def _of_member(self, field: Field) -> JsonSchema:
        title = title_of(field.name) if field.optional or len(field.spread) > 1 else ""
        return self.of_value(field.annotation, field.info, title)

    def _number_of_value(self, annotation: Any, info: FieldInfo) -> int:
        default = info.default
        told = default is not PydanticUndefined and default is not None and not is_json_scalar(default)
        plain = not told and isinstance(info, ValueMarker) and _SILENT_OPTIONS.issuperset(info.options)
        if plain:
            return self._number(_identity(annotation), lambda: TypeAdapter(annotation).core_schema)

        def core() -> CoreSchema:
            bare = TypeAdapter(_without_default(annotation, info)).core_schema
            return core_schema.with_default_schema(bare, default=default) if told else bare

        return self._number(_Same(info), core)

    def _number(self, identity: Hashable, core: Callable[[], CoreSchema]) -> int:
        """The place of a type among those that pydantic will be asked for; equal ones stand there once."""
        number = self._numbers.get(identity)
        if number is None:
            self._cores.append((core(), self.wanted_by))
            number = self._numbers[identity] = len(self._cores) - 1
        return number

    def _generate(
        self, wanted: list[tuple[int, Mode]]
    ) -> tuple[dict[tuple[int, Mode], JsonSchema], dict[str, JsonSchema]]:
        asked = [(number, mode, self._cores[number][0]) for number, mode in wanted]
        try:
            schemas, definitions = self._generator.generate_definitions(asked)
        except (PydanticInvalidForJsonSchema, PydanticOmit) as error:
            owners = (self._cores[number][1] for number, mode, core in asked if not is_describable(core, mode))
            reason = getattr(error, "message", "SkipJsonSchema hides a member of a model, it cannot hide a whole value")
            raise PydanticInvalidForJsonSchema(f"{next(owners, 'the document')}: {reason}") from error
        return schemas, definitions  # type: ignore[return-value]  # keyed by what it was given

    def _describe(self, wanted: _Object) -> JsonSchema:
        """An object schema. A form model among the members lends it all of its properties."""
        described: JsonSchema = {"type": "object", "title": wanted.name}
        if models := [part for field, schema in wanted.members if field.spread for part in model_parts(field, schema)]:
            described["allOf"] = models
        own = [(field, schema) for field, schema in wanted.members if not field.spread]
        for field, schema in own:
            for word, said in _said_of(field.info).items():
                schema.setdefault(word, said)
            core = self._cores[self._number_of_value(field.annotation, field.info)][0]
            if "title" not in schema and self._generator.field_title_should_be_set(core):
                schema["title"] = title_of(field.alias)
        if own:
            described["properties"] = {field.alias: schema for field, schema in own}
        if required := [field.alias for field, _ in own if field.required]:
            described["required"] = required
        return described


def title_of_whole(field: Field) -> str:
    """The title of what is a whole body: of several names the parameter's own is shown, for none of them is sent."""
    return title_of(field.name if isinstance(field.info.validation_alias, AliasChoices) else field.alias)


def _said_of(info: FieldInfo) -> JsonSchema:
    """What pydantic forgets where a type has a JSON Schema of its own (an IP address, a pattern)."""
    said: JsonSchema = {"title": info.title, "description": info.description, "examples": info.examples}
    extra = info.json_schema_extra
    return {word: value for word, value in said.items() if value} | (extra if isinstance(extra, dict) else {})


def _without_default(annotation: Any, info: FieldInfo) -> Any:
    """The type with constraints and descriptions. The rest has no effect outside a model, as pydantic warns."""
    info = copy(info)
    info.alias = info.validation_alias = info.serialization_alias = info.deprecated = None
    info.default, info.default_factory = PydanticUndefined, None
    return Annotated[annotation, info]


class _Same:
    """A key that stands for one object, and keeps it, so that no other one gets its id meanwhile."""

    __slots__ = ("thing",)

    def __init__(self, thing: object) -> None:
        self.thing = thing

    def __hash__(self) -> int:
        return id(self.thing)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.thing is self.thing


def _identity(annotation: Any) -> Hashable:
    """Equal for types with the same schema. `int | str` and `str | int` are equal to Python, but not here."""
    try:
        hash(annotation)
    except TypeError:
        return _Same(annotation)
    return (annotation, repr(annotation))
