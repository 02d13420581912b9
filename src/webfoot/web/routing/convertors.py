"""Path convertors: what `{name:convertor}` matches, the value it gives, and how that value is written back."""

from __future__ import annotations

import math
from typing import Any, ClassVar, Generic, TypeVar
from uuid import UUID

T = TypeVar("T")


class Convertor(Generic[T]):
    """A kind of path parameter.

    `regex` says which text it takes. `convert` may raise ValueError for text that the expression allows and the
    type does not; the route then does not match.
    """

    regex: ClassVar[str] = ""
    within_segment: ClassVar[bool] = False
    """True when `regex` never matches an empty text or a "/": the index may then find the route by its segments."""

    def convert(self, value: str) -> T:
        raise NotImplementedError

    def to_string(self, value: T) -> str:
        raise NotImplementedError


class StringConvertor(Convertor[str]):
    """Text up to the next "/", at least one character."""

    regex = "[^/]+"
    within_segment = True

    def convert(self, value: str) -> str:
        return value

    def to_string(self, value: str) -> str:
        text = str(value)
        assert "/" not in text, "May not contain path separators"
        assert text, "Must not be empty"
        return text


class PathConvertor(Convertor[str]):
    """The rest of the path, slashes included; may be empty."""

    regex = "(?s:.*)"

    def convert(self, value: str) -> str:
        return str(value)

    def to_string(self, value: str) -> str:
        return str(value)


class IntegerConvertor(Convertor[int]):
    """ASCII digits without a sign."""

    regex = "[0-9]+"
    within_segment = True

    def convert(self, value: str) -> int:
        return int(value)

    def to_string(self, value: int) -> str:
        number = int(value)
        assert number >= 0, "Negative integers are not supported"
        return str(number)


class FloatConvertor(Convertor[float]):
    """ASCII digits without a sign, with or without a fraction."""

    regex = r"[0-9]+(?:\.[0-9]+)?"
    within_segment = True

    def convert(self, value: str) -> float:
        number = float(value)
        if math.isinf(number):  # some hundreds of digits: it could not be written back, neither here nor as JSON
            raise ValueError("too large for a float")
        return number

    def to_string(self, value: float) -> str:
        number = float(value)
        assert number >= 0.0 or math.isnan(number), "Negative floats are not supported"
        assert not math.isnan(number), "NaN values are not supported"
        assert not math.isinf(number), "Infinite values are not supported"
        return f"{number:.20f}".rstrip("0").rstrip(".")


class UUIDConvertor(Convertor[UUID]):
    """A UUID in hexadecimal, with or without its hyphens."""

    regex = "[0-9a-fA-F]{8}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{12}"
    within_segment = True

    def convert(self, value: str) -> UUID:
        return UUID(value)

    def to_string(self, value: UUID) -> str:
        return str(value)


CONVERTOR_TYPES: dict[str, Convertor[Any]] = {
    "str": StringConvertor(),
    "path": PathConvertor(),
    "int": IntegerConvertor(),
    "float": FloatConvertor(),
    "uuid": UUIDConvertor(),
}


def register_url_convertor(key: str, convertor: Convertor[Any]) -> None:
    """Make `{name:key}` known to the routes that are built from now on."""
    CONVERTOR_TYPES[key] = convertor
