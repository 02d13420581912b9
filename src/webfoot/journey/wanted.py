"""Who watches by the settings: the server asks here, by name, and so do commands that watch in ways of their own."""

from __future__ import annotations

from typing import Protocol

from webfoot.journey.explaining import BriefRecord, light_record
from webfoot.journey.watching import Listener, Watching
from webfoot.trail import Watcher
from webfoot.trail.page import PLACE


class Settings(Protocol):
    """Those of `webfoot.server.settings.options` that are about journeys."""

    @property
    def access_log(self) -> bool: ...
    @property
    def access_log_reasons(self) -> bool: ...
    @property
    def app(self) -> object: ...
    @property
    def journey_page(self) -> bool: ...
    @property
    def journey_token(self) -> str: ...
    @property
    def otel(self) -> bool: ...
    @property
    def recorder(self) -> bool: ...
    @property
    def recorder_dir(self) -> str: ...
    @property
    def server_timing(self) -> bool: ...
    @property
    def why_header(self) -> bool: ...


def watcher_by(settings: Settings, crew: str = "") -> Watcher | None:
    """None if nobody wants to see anything. crew: what this process and the others of its server are called, if there
    may be others.
    """
    listeners = listeners_by(settings, f"{PLACE}/" if settings.journey_page else None)
    if settings.journey_page:
        from webfoot.journey.page.serving import page_for_production, watching_with

        name = settings.app if isinstance(settings.app, str) else None
        flights = settings.recorder_dir if settings.recorder else None
        hub = page_for_production(name, settings.journey_token, crew, flights)
        return watching_with(hub, listeners, keeps_bodies=False)
    if settings.access_log and settings.access_log_reasons:
        return Watching(listeners, BriefRecord if listeners else light_record)
    if len(listeners) == 1 and settings.otel:
        from webfoot.journey.otel.tracing import Tracing

        return Tracing()  # by itself it keeps no journey of a request that is not sampled
    return Watching(listeners, BriefRecord) if listeners else None


def listeners_by(settings: Settings, page: str | None = None) -> list[Listener]:
    """The outermost first. page: the path where journeys are shown, if they are."""
    listeners: list[Listener] = []
    if settings.why_header:
        from webfoot.journey.headers.reason import WhyHeader

        listeners.append(WhyHeader(page))
    if settings.server_timing:
        from webfoot.journey.headers.server_timing import ServerTiming

        listeners.append(ServerTiming())
    if settings.otel:
        # The innermost: from there on the trail in the scope is one of spans, around the record.
        from webfoot.journey.otel.tracing import Tracing

        listeners.append(Tracing())
    return listeners
