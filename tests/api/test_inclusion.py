"""Included routers are found by the index exactly as by trying each route in turn, and stay so when they change."""

from __future__ import annotations

import gc
import re
from collections.abc import Iterator
from typing import Any
from weakref import ref

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.web.driving import http_scope
from tests.web.routing.test_index import Said, by_router, hosts, linear_scan, paths, tables

from webfoot import APIRouter, ApiRoute, Webfoot
from webfoot.api.inclusion import Inclusion
from webfoot.testing import TestClient
from webfoot.web.routing import BaseRoute, Match, Mount, Route, WebSocketRoute, compile_path
from webfoot.web.routing.path import get_route_path

prefixes = st.sampled_from(["", "", "/a", "/ducks", "/ducks/new", "/%41", "/{%s}", "/{%s:int}", "/x/{%s:path}", "/ü"])


class Under(BaseRoute):
    """What a host, or a route of somebody's own, is under a prefix, in the plainest words."""

    def __init__(self, prefix: str, route: BaseRoute) -> None:
        self.route = route
        self.expression = re.compile(compile_path(prefix)[0].pattern.removesuffix(r"\Z") + "(?=/)")
        self.convertors = compile_path(prefix)[2]

    def matches(self, scope: Any) -> tuple[Match, Any]:
        below = Mount(self.prefix, app=self.route).matches(scope)[1]
        match, found = self.route.matches({**scope, **below}) if below else (Match.NONE, {})
        return match, {**below, **found}

    @property
    def routes(self) -> Any:
        return self.route.routes  # type: ignore[attr-defined]

    @property
    def app(self) -> Any:
        return self.route.app  # type: ignore[attr-defined]
