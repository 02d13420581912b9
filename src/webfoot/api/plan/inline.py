"""Which classes need no thread when they are called: those whose constructor only keeps what it is given."""

from __future__ import annotations

import dis
import inspect
from collections.abc import Callable
from types import CodeType, FunctionType
from typing import Any, Final, TypeVar

from pydantic import BaseModel

from webfoot.api.plan.shapes import is_a

FunctionT = TypeVar("FunctionT", bound=Callable[..., Any])

_DECLARED: Final = "__webfoot_inline__"

# The beginnings of the names of instructions that call nothing of the user's. Newer Pythons join some of them
# (LOAD_FAST_LOAD_FAST), which begin in the same way.
_HARMLESS: Final = (
    *("RESUME", "NOP", "CACHE", "NOT_TAKEN", "COPY", "SWAP", "POP_TOP", "EXTENDED_ARG", "PUSH_NULL"),
    *("LOAD_FAST", "LOAD_CONST", "LOAD_SMALL_INT", "LOAD_GLOBAL", "LOAD_DEREF"),
    *("STORE_FAST", "STORE_ATTR", "BUILD_TUPLE", "BUILD_LIST", "BUILD_MAP", "RETURN_", "IS_OP"),
    *("POP_JUMP", "JUMP_FORWARD", "JUMP_IF"),
)


def declare_inline(constructor: FunctionT) -> FunctionT:
    """Says of a constructor that computes something that this takes no time."""
    setattr(constructor, _DECLARED, True)
    return constructor


def only_keeps_values(call: object) -> bool:
    """Whether nothing in it could block: a pydantic model, a dataclass, a class whose `__init__` only assigns."""
    if not isinstance(call, type):
        return False
    if is_a(call, BaseModel):
        return _is_inherited(call, BaseModel, "__init__", "model_post_init")
    if not (_is_inherited(type(call), type, "__call__") and _is_inherited(call, object, "__new__")):
        return False
    constructor: Any = getattr(call, "__init__")  # noqa: B009  (mypy sees an instance here)
    if getattr(constructor, _DECLARED, False):
        return True
    if getattr(getattr(call, "__dataclass_params__", None), "init", False):
        return not hasattr(call, "__post_init__")
    return isinstance(constructor, FunctionType) and _only_assigns(call, constructor.__code__)


def _only_assigns(made: type[Any], code: CodeType) -> bool:
    if not _is_inherited(made, object, "__setattr__"):
        return False
    for instruction in dis.get_instructions(code):
        if not instruction.opname.startswith(_HARMLESS):
            return False
        if instruction.opname == "STORE_ATTR" and _is_managed(made, str(instruction.argval)):
            return False
    return True


def _is_inherited(made: type[Any], base: type[Any], *names: str) -> bool:
    return all(getattr(made, name) is getattr(base, name) for name in names)


def _is_managed(made: type[Any], name: str) -> bool:
    """Whether to assign to this attribute means to call something, such as a property's setter."""
    attribute = inspect.getattr_static(made, name, None)
    return hasattr(type(attribute), "__set__") and not inspect.ismemberdescriptor(attribute)  # slots are harmless
