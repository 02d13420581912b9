"""Which classes are called without a thread."""

from dataclasses import dataclass, field

import pytest
from pydantic import BaseModel

from webfoot import views
from webfoot.api.plan.inline import declare_inline, only_keeps_values
from webfoot.security import OAuth2PasswordRequestForm, OAuth2PasswordRequestFormStrict

DEFAULT = 3


class Keeps:
    __slots__ = ("limit", "pair", "q", "skip")

    def __init__(self, q: str | None = None, skip: int = 0, limit: int = 100):
        self.q = q
        self.skip, self.limit = skip, limit
        self.pair = (skip, DEFAULT if limit is None else limit)


class Inherits(Keeps):
    """Its constructor is that of Keeps."""


class Nothing:
    pass


@dataclass
class Data:
    names: list[str] = field(default_factory=list)


class Model(BaseModel):
    x: int = 0


class View(views.View):
    x: int = 0


class Declared:
    @declare_inline
    def __init__(self, text: str):
        self.words = text.split()


@pytest.mark.parametrize(
    "call",
    [Keeps, Inherits, Data, Model, View, Declared, OAuth2PasswordRequestForm, OAuth2PasswordRequestFormStrict],
)
def test_those_that_only_keep_what_they_are_given(call):
    assert only_keeps_values(call)


class Calls:
    def __init__(self, text: str):
        self.words = text.split()


class CallsAbove(Keeps):
    def __init__(self, q: str):
        super().__init__(q)


class Computes:
    def __init__(self, x: int):
        self.x = x + 1


class Managed:
    def __init__(self, x: int):
        self.x = x

    @property
    def x(self):
        return 1

    @x.setter
    def x(self, value): ...


class Watching:
    def __init__(self, x: int):
        self.x = x

    def __setattr__(self, name, value): ...


class Made:
    def __new__(cls, x: int):
        return super().__new__(cls)


class Meta(type):
    def __call__(cls, x: int): ...


class ByMeta(metaclass=Meta):
    pass


@dataclass
class Checked:
    x: int = 0

    def __post_init__(self): ...


class WorksAfterAll(Declared):
    def __init__(self, text: str):
        self.file = open(text)  # noqa: SIM115


@pytest.mark.parametrize(
    "call", [Calls, CallsAbove, Computes, Managed, Watching, Made, ByMeta, Checked, WorksAfterAll, Keeps(), len]
)
def test_all_others_may_block(call):
    assert not only_keeps_values(call)
