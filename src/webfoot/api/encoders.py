"""Any Python value -> what `json.dumps` takes: dict, list, str, int, float, bool, None.

Endpoints that answer through a planned response type never come here, pydantic writes those. This is for values whose
type nobody declared, and for user code that calls `jsonable_encoder` itself.
"""

from __future__ import annotations

import dataclasses
from collections import deque
from collections.abc import Callable, Generator, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from ipaddress import IPv4Address, IPv4Interface, IPv4Network, IPv6Address, IPv6Interface, IPv6Network
from pathlib import PurePath
from re import Pattern
from typing import Any, TypeAlias
from uuid import UUID

from pydantic import AnyUrl, BaseModel, NameEmail, SecretBytes, SecretStr
from pydantic_core import PydanticUndefined, Url

IncEx: TypeAlias = "set[int] | set[str] | Mapping[int, IncEx | bool] | Mapping[str, IncEx | bool]"
CustomEncoders: TypeAlias = dict[Any, Callable[[Any], Any]]


def jsonable_encoder(
    obj: Any,
    include: IncEx | None = None,
    exclude: IncEx | None = None,
    by_alias: bool = True,
    exclude_unset: bool = False,
    exclude_defaults: bool = False,
    exclude_none: bool = False,
    custom_encoder: CustomEncoders | None = None,
    sqlalchemy_safe: bool = True,
) -> Any:
    """Turn `obj` into plain JSON values.

    `include` and `exclude` choose keys of the outermost object (of each one, when `obj` is a list); models take the
    nested forms that `model_dump` takes. `by_alias` and the `exclude_*` switches mean what they mean to `model_dump`;
    `exclude_none` also drops the None values of plain dicts. `custom_encoder` maps a type to the function that
    encodes its instances and comes before everything else, subclasses included. `sqlalchemy_safe` leaves out keys
    that begin with `_sa`, where SQLAlchemy keeps its own state.

    Raises ValueError for an object that is neither known, nor a mapping, nor has attributes.
    """
    switches = _Switches(
        by_alias=by_alias,
        exclude_unset=exclude_unset,
        exclude_defaults=exclude_defaults,
        exclude_none=exclude_none,
        custom=custom_encoder or {},
        skip_sqlalchemy=sqlalchemy_safe,
    )
    return _encode(obj, _choice(include), _choice(exclude), switches)


@dataclasses.dataclass(frozen=True, slots=True)
class _Switches:
    """What stays the same from the outermost value down to the leaves."""

    by_alias: bool
    exclude_unset: bool
    exclude_defaults: bool
    exclude_none: bool
    custom: CustomEncoders
    skip_sqlalchemy: bool


def _choice(keys: Any) -> IncEx | None:
    """Lists and tuples of keys are taken too, though pydantic insists on sets."""
    return keys if keys is None or isinstance(keys, set | Mapping) else set(keys)


def _encode(obj: Any, include: IncEx | None, exclude: IncEx | None, switches: _Switches) -> Any:
    if switches.custom:
        encoder = _encoder_for(obj, switches.custom)
        if encoder is not None:
            return encoder(obj)
    if isinstance(obj, Enum):
        return obj.value
    if obj is None or isinstance(obj, str | int | float):
        return obj
    if isinstance(obj, BaseModel):
        return _encode_model(obj, include, exclude, switches)
    if dataclasses.is_dataclass(obj) and not isinstance(obj, type):
        return _encode_mapping(dataclasses.asdict(obj), include, exclude, switches)
    if isinstance(obj, dict):
        return _encode_mapping(obj, include, exclude, switches)
    if isinstance(obj, _SEQUENCES):
        return [_encode(item, include, exclude, switches) for item in obj]
    if obj is PydanticUndefined:
        return None
    encoder = _encoder_for(obj, ENCODERS_BY_TYPE)
    if encoder is not None:
        return encoder(obj)
    return _encode_mapping(_as_dict(obj), include, exclude, switches)


_SEQUENCES = (list, tuple, set, frozenset, deque, Generator)


def _encode_model(model: BaseModel, include: IncEx | None, exclude: IncEx | None, switches: _Switches) -> Any:
    dumped = model.model_dump(
        mode="json",
        include=include,
        exclude=exclude,
        by_alias=switches.by_alias,
        exclude_unset=switches.exclude_unset,
        exclude_defaults=switches.exclude_defaults,
        exclude_none=switches.exclude_none,
    )
    # pydantic keeps None inside dict-typed fields and knows nothing of SQLAlchemy's keys. Its leaves are JSON
    # already, so the caller's encoders have no say below a model.
    if switches.exclude_none or switches.skip_sqlalchemy:
        return _encode(dumped, None, None, dataclasses.replace(switches, custom={}))
    return dumped


def _encode_mapping(
    mapping: Mapping[Any, Any], include: IncEx | None, exclude: IncEx | None, switches: _Switches
) -> dict[Any, Any]:
    encoded = {}
    for key, value in mapping.items():
        if (include is not None and key not in include) or (exclude is not None and key in exclude):
            continue
        if value is None and switches.exclude_none:
            continue
        if switches.skip_sqlalchemy and isinstance(key, str) and key.startswith("_sa"):
            continue
        encoded[_encode(key, None, None, switches)] = _encode(value, None, None, switches)
    return encoded


def _as_dict(obj: Any) -> dict[Any, Any]:
    """The last resort: what the object says of itself as a mapping, or else its attributes."""
    try:
        return dict(obj)
    except Exception as error:
        attributes: dict[Any, Any] | None = getattr(obj, "__dict__", None)
        if attributes is None or isinstance(obj, type):
            raise ValueError(
                f"{obj!r} cannot be turned into JSON: its type is not known, it is not a mapping ({error}) "
                "and it has no attributes"
            ) from error
        return attributes


def _encoder_for(obj: Any, encoders: CustomEncoders) -> Callable[[Any], Any] | None:
    """The exact type wins; otherwise the first registered type that `obj` is an instance of."""
    encoder = encoders.get(type(obj))
    if encoder is not None:
        return encoder
    return next((encoder for known, encoder in encoders.items() if isinstance(obj, known)), None)


def _encode_decimal(number: Decimal) -> int | float:
    """Whole numbers stay whole, so that `Decimal("3")` does not come back as 3.0.

    >>> _encode_decimal(Decimal("3")), _encode_decimal(Decimal("3.10"))
    (3, 3.1)
    """
    exponent = number.as_tuple().exponent
    return int(number) if isinstance(exponent, int) and exponent >= 0 else float(number)


ENCODERS_BY_TYPE: CustomEncoders = {
    bytes: bytes.decode,
    datetime: datetime.isoformat,
    date: date.isoformat,
    time: time.isoformat,
    timedelta: timedelta.total_seconds,
    Decimal: _encode_decimal,
    UUID: str,
    PurePath: str,
    Pattern: lambda pattern: pattern.pattern,
    SecretStr: str,
    SecretBytes: str,
    AnyUrl: str,
    Url: str,
    NameEmail: str,
    **dict.fromkeys((IPv4Address, IPv4Interface, IPv4Network, IPv6Address, IPv6Interface, IPv6Network), str),
}
