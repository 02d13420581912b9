"""Who watches a server's requests, with the flight recorder as everybody's companion: the server asks here, by name."""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Callable, Sequence
from functools import partial
from typing import Protocol, cast

from webfoot.asgi.types import ASGIApp
from webfoot.journey.explaining import BriefRecord, FleetingRecord, light_record
from webfoot.journey.flight.directory import private_directory, remove_old
from webfoot.journey.flight.file import FlightFile
from webfoot.journey.flight.outlook import Lookouts, Outlook
from webfoot.journey.flight.recorder import FlightRecorder
from webfoot.journey.record import Record
from webfoot.journey.watching import Listener, Watching
from webfoot.trail import Trail, Watcher
from webfoot.trail.lookout import Lookout

log = logging.getLogger("webfoot")


class Settings(Protocol):
    """Those of `webfoot.server.settings.options` that are about the flight recorder, or say which server this is."""

    @property
    def app(self) -> object: ...
    @property
    def bind(self) -> Sequence[str]: ...
    @property
    def fd(self) -> int | None: ...
    @property
    def host(self) -> str: ...
    @property
    def journey_page(self) -> bool: ...
    @property
    def port(self) -> int: ...
    @property
    def uds(self) -> str | None: ...
    @property
    def recorder_dir(self) -> str: ...
    @property
    def recorder_slow(self) -> float: ...
    @property
    def recorder_refusals(self) -> bool: ...
    @property
    def recorder_size(self) -> int: ...


def accompanied(watcher: Watcher | None, settings: Settings, server: int) -> Watcher:
    """`watcher`, if there is one, and the recorder. server: the pid of the server that this process belongs to."""
    if watcher is not None and hasattr(watcher, "done"):
        watcher = Watching([cast(Listener, watcher)], BriefRecord)  # it makes no record of its own
    return Accompanied(watcher, settings, server)


class Accompanied:
    """Implements `webfoot.trail.Watcher`: whoever else watches, if anybody does, and the recorder."""

    def __init__(self, watcher: Watcher | None, settings: Settings, server: int) -> None:
        self._watcher = watcher
        self._settings = settings
        self._server = server
        self._begin: Callable[[], Trail | None] = light_record if watcher is None else watcher.begin
        self._recorder: FlightRecorder | None = None
        self.lookout: Lookout | None = getattr(watcher, "lookout", None)

    def begin(self) -> Trail | None:
        trail = self._begin()
        if isinstance(trail, Record):
            trail.companion = self._recorder
        return trail

    def loaded(self, app: ASGIApp) -> ASGIApp:
        name = getattr(app, "__qualname__", None) or type(app).__qualname__
        named = self._settings.app
        self._recorder = self._open(named if isinstance(named, str) and named else name)
        if self._watcher is None:
            self.begin = partial(FleetingRecord, None, self._recorder, True)  # type: ignore[method-assign]
            return app
        return self._watcher.loaded(app)

    def _open(self, app: str) -> FlightRecorder | None:
        settings = self._settings
        try:
            directory = private_directory(settings.recorder_dir)
            remove_old(directory)
            file = FlightFile(directory, settings.recorder_size, self._server, app, _kin(settings, app))
        except OSError as error:
            log.error("the flight recorder is off: %s", error)
            return None
        # The page shows of one that has died where its requests stood: to ask for that then would be too late.
        outlook = Outlook(file, is_always=settings.journey_page)
        self.lookout = outlook if self.lookout is None else Lookouts(outlook, self.lookout)
        return FlightRecorder(file, settings.recorder_slow, settings.recorder_refusals)


def _kin(settings: Settings, app: str) -> bytes:
    """What the server is: what it serves, where, and from which directory. Whoever comes in its place has the same."""
    places = (settings.host, settings.port, settings.uds, settings.fd, list(settings.bind))
    return hashlib.sha256(repr((os.getcwd(), app, *places)).encode("utf-8", "surrogateescape")).digest()
