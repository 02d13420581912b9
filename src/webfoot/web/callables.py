"""What can be told of a function, or of what is called like one, before it is called."""

from __future__ import annotations

import functools
import inspect
import os
from types import FunctionType
from typing import Any


def is_async_callable(func: object) -> bool:
    """Whether calling `func` gives a coroutine, so that it needs no thread: an async function or method, a partial of
    one, or an object whose `__call__` is async.
    """
    func = unwrapped(func)
    if inspect.iscoroutinefunction(func):
        return True
    return not inspect.isclass(func) and inspect.iscoroutinefunction(getattr(func, "__call__", None))  # noqa: B004


def is_function(func: object) -> bool:
    """Whether it is a function or method, or a partial of one, and not an object or class that can be called."""
    func = unwrapped(func)
    return inspect.isfunction(func) or inspect.ismethod(func)


def name_of(endpoint: object) -> str:
    """The name under which a function or class was defined; of an object, that of its class."""
    name: str = getattr(endpoint, "__name__", None) or type(endpoint).__name__
    return name


def full_name_of(func: object) -> str:
    """For a sentence about it: with the classes and functions around it, and what a partial is a partial of."""
    func = unwrapped(func)
    name: str = getattr(func, "__qualname__", None) or type(func).__qualname__
    return name


def where_defined(func: object) -> tuple[str | None, int | None]:
    """The file and line where it is written; None, None for what has no Python source."""
    if type(func) is FunctionType and not func.__dict__:  # nearly always; it may be asked in each request
        return func.__code__.co_filename, func.__code__.co_firstlineno
    target: Any = inspect.unwrap(unwrapped(func))
    if inspect.isclass(target):
        codes = [member.__code__ for member in vars(target).values() if inspect.isfunction(member)]
        code = min(codes, key=lambda each: each.co_firstlineno, default=None)  # where its first method is
        return (code.co_filename, code.co_firstlineno) if code is not None else (None, None)
    if not hasattr(target, "__code__"):
        target = getattr(type(target), "__call__", None)  # noqa: B004  (the function itself is wanted)
    code = getattr(target, "__code__", None)
    return (code.co_filename, code.co_firstlineno) if code is not None else (None, None)


def shown_place(file: str, line: int | None) -> str:
    """`ponds.py:12`, from the current directory where the file is below it."""
    here = os.path.relpath(file)
    return f"{file if here.startswith('..') else here}:{line}"


def unwrapped(func: Any) -> Any:
    """What a partial is a partial of."""
    while isinstance(func, functools.partial):
        func = func.func
    return func
