from __future__ import annotations

from webfoot.trail import TRAIL_KEY, trail_of


def test_nobody_watches_a_scope_without_a_trail():
    assert trail_of({"type": "http"}) is None


def test_the_trail_travels_in_the_scope():
    class Footprints:
        def mark(self, station, /, **facts):
            raise NotImplementedError

        def end(self):
            raise NotImplementedError

    trail = Footprints()

    assert trail_of({"type": "http", TRAIL_KEY: trail}) is trail
