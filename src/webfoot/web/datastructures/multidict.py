"""Dictionaries in which a key may have several values: reading a key gives its last value, `getlist` gives all."""

from __future__ import annotations

from collections.abc import ItemsView, Iterable, Iterator, KeysView, Mapping, ValuesView
from typing import Any, TypeVar, cast

KeyT = TypeVar("KeyT")
ValueT_co = TypeVar("ValueT_co", covariant=True)


class ImmutableMultiDict(Mapping[KeyT, ValueT_co]):
    """Built from a mapping, an iterable of pairs or another multi-dict; keyword arguments are appended.

    Two are equal when they are of the same class and each key has the same values in the same order; the order of
    keys among each other does not count.
    """

    __slots__ = ("_dict", "_list")
    _list: list[tuple[KeyT, ValueT_co]]
    _dict: dict[KeyT, ValueT_co]

    def __init__(
        self,
        *args: ImmutableMultiDict[KeyT, ValueT_co] | Mapping[KeyT, ValueT_co] | Iterable[tuple[KeyT, ValueT_co]],
        **kwargs: Any,
    ) -> None:
        if len(args) > 1:
            raise AssertionError("Too many arguments.")
        pairs = pairs_of(args[0]) if args else []
        if kwargs:
            pairs += cast("Iterable[tuple[KeyT, ValueT_co]]", kwargs.items())
        self._list = pairs
        self._dict = dict(pairs)

    def getlist(self, key: Any) -> list[ValueT_co]:
        """All values of a key, oldest first; empty when there is none."""
        return [value for present, value in self._list if present == key]

    def keys(self) -> KeysView[KeyT]:
        return self._dict.keys()

    def values(self) -> ValuesView[ValueT_co]:
        return self._dict.values()

    def items(self) -> ItemsView[KeyT, ValueT_co]:
        """Each key once, with its last value; `multi_items` has them all."""
        return self._dict.items()

    def multi_items(self) -> list[tuple[KeyT, ValueT_co]]:
        """All pairs in the order they came."""
        return list(self._list)

    def __getitem__(self, key: KeyT) -> ValueT_co:
        return self._dict[key]

    def __contains__(self, key: Any) -> bool:
        return key in self._dict

    def __iter__(self) -> Iterator[KeyT]:
        return iter(self._dict)

    def __len__(self) -> int:
        return len(self._dict)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, self.__class__) or not isinstance(self, other.__class__):
            return False
        return _values_by_key(self._list) == _values_by_key(other._list)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._list!r})"


class MultiDict(ImmutableMultiDict[Any, Any]):
    """A multi-dict that can be changed. Setting a key replaces all its values and moves it to the end of the list."""

    __slots__ = ()

    def __setitem__(self, key: Any, value: Any) -> None:
        self.setlist(key, [value])

    def __delitem__(self, key: Any) -> None:
        del self._dict[key]
        self._forget(key)

    def _forget(self, key: Any) -> None:
        self._list = [pair for pair in self._list if pair[0] != key]

    def pop(self, key: Any, default: Any = None) -> Any:
        """Remove a key with all its values and give back the last one, or `default`."""
        self._forget(key)
        return self._dict.pop(key, default)

    def popitem(self) -> tuple[Any, Any]:
        """Remove the key that was added last, with all its values. KeyError when there is none."""
        key, value = self._dict.popitem()
        self._forget(key)
        return key, value

    def poplist(self, key: Any) -> list[Any]:
        """Remove a key and give back all its values."""
        values = self.getlist(key)
        self.pop(key)
        return values

    def clear(self) -> None:
        self._dict.clear()
        self._list.clear()

    def setdefault(self, key: Any, default: Any = None) -> Any:
        if key not in self:
            self.append(key, default)
        return self[key]

    def setlist(self, key: Any, values: list[Any]) -> None:
        """Replace all values of a key; an empty list removes it."""
        if not values:
            self.pop(key)
            return
        self._forget(key)
        self._list.extend((key, value) for value in values)
        self._dict[key] = values[-1]

    def append(self, key: Any, value: Any) -> None:
        self._list.append((key, value))
        self._dict[key] = value

    def update(self, *args: MultiDict | Mapping[Any, Any] | list[tuple[Any, Any]], **kwargs: Any) -> None:
        """Replace the values of every key that the arguments mention, with all that they give for it."""
        added = MultiDict(*args, **kwargs)
        self._list = [pair for pair in self._list if pair[0] not in added] + added._list
        self._dict.update(added._dict)


def pairs_of(source: Any) -> list[tuple[Any, Any]]:
    """The pairs of a multi-dict, a mapping or an iterable of pairs, as a new list. None counts as empty."""
    if isinstance(source, ImmutableMultiDict):
        return source.multi_items()
    if hasattr(source, "items"):
        return list(source.items())
    return list(source) if source is not None else []


def _values_by_key(pairs: list[tuple[Any, Any]]) -> dict[Any, list[Any]]:
    values: dict[Any, list[Any]] = {}
    for key, value in pairs:
        values.setdefault(key, []).append(value)
    return values
