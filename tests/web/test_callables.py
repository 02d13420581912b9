from __future__ import annotations

import functools
from typing import Any

import pytest

from webfoot.web.callables import full_name_of, is_async_callable, is_function, name_of, where_defined


class Pond:
    async def __call__(self) -> None: ...

    async def swim(self) -> None: ...

    def dry(self) -> None: ...


async def quack() -> None: ...


def honk() -> None: ...


def partial(func: Any) -> Any:
    return functools.partial(functools.partial(func))


@pytest.mark.parametrize(
    ("func", "is_async"),
    [
        (quack, True),
        (partial(quack), True),
        (Pond(), True),
        (Pond().swim, True),
        (Pond, False),
        (Pond().dry, False),
        (print, False),
    ],
)
def test_what_counts_as_async(func: Any, is_async: bool) -> None:
    assert is_async_callable(func) is is_async


@pytest.mark.parametrize(
    ("func", "is_one"),
    [(honk, True), (partial(honk), True), (Pond().dry, True), (Pond, False), (Pond(), False), (print, False)],
)
def test_what_counts_as_a_function(func: Any, is_one: bool) -> None:
    assert is_function(func) is is_one


@pytest.mark.parametrize(
    ("func", "name", "full_name"),
    [
        (honk, "honk", "honk"),
        (Pond().dry, "dry", "Pond.dry"),
        (Pond, "Pond", "Pond"),
        (Pond(), "Pond", "Pond"),
        (partial(Pond().dry), "partial", "Pond.dry"),
    ],
)
def test_what_it_is_called(func: Any, name: str, full_name: str) -> None:
    assert (name_of(func), full_name_of(func)) == (name, full_name)


@pytest.mark.parametrize(
    ("func", "line"),
    [
        (honk, honk.__code__.co_firstlineno),
        (partial(honk), honk.__code__.co_firstlineno),
        (Pond, Pond.__call__.__code__.co_firstlineno),
        (Pond(), Pond.__call__.__code__.co_firstlineno),
    ],
)
def test_where_it_is_written(func: Any, line: int) -> None:
    assert where_defined(func) == (__file__, line)


def test_what_has_no_source_is_nowhere() -> None:
    assert where_defined(print) == where_defined(dict) == (None, None)
