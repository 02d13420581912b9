"""Middleware that is built once for its level."""

import asyncio

import pytest

from webfoot.trail import TRAIL_KEY, Trail
from webfoot.web.middleware import Middleware
from webfoot.web.middleware.level import Level, as_levels, within


class Told:
    def __init__(self, app, name):
        self.app, self.name = app, name

    async def __call__(self, scope, receive, send):
        scope["way"].append(self.name)
        await self.app({**scope}, receive, send)


def told(name):
    return Middleware(Told, name=name)


def ending(name):
    async def app(scope, receive, send):
        scope["way"].append(name)

    return app


def way(app, **scope):
    entered = []
    asyncio.run(app({"type": "http", "way": entered, **scope}, None, None))
    return entered


def test_neighbours_are_one_level_and_levels_stay():
    level = Level([told("c")])
    levels = as_levels([told("a"), told("b"), level, told("d")])
    assert len(levels) == 3
    assert levels[1] is level
    assert as_levels(levels) == levels
    assert way(within(ending("end"), levels)) == ["a", "b", "c", "d", "end"]


@pytest.mark.parametrize("nothing", [None, [], ()])
def test_without_any_nothing_is_put_around(nothing):
    app = ending("end")
    assert as_levels(nothing) == []
    assert within(app, as_levels(nothing), pytest.fail) is app


def test_one_level_leads_to_each_of_the_applications_inside():
    level, other = as_levels([told("level")]), as_levels([told("other")])
    apps = [within(ending(name), [*other, *level]) for name in "ab"]
    assert [way(app) for app in apps] == [["other", "level", "a"], ["other", "level", "b"]]


def test_whoever_watches_is_told_when_all_were_entered():
    class Silent(Trail):
        def mark(self, station, /, **facts): ...

    def entered(scope):
        scope["way"].append("entered")

    app = within(ending("end"), as_levels([told("level")]), entered)
    assert way(app) == ["level", "end"]
    assert way(app, **{TRAIL_KEY: Silent()}) == ["level", "entered", "end"]


def test_what_is_no_middleware_is_refused():
    with pytest.raises(TypeError, match=r"a list of Middleware\(SomeClass, option=...\), and .*Told.* is none"):
        as_levels([Told])
