"""WebSocket cases: frames of a client and what RFC 6455 and RFC 7692 make of them."""

from __future__ import annotations

from tests.conformance.websocket_deflate_cases import COMPRESSED
from tests.conformance.websocket_frame_cases import FRAMES
from tests.conformance.websocket_makers import Case
from tests.conformance.websocket_text_cases import TEXTS

ALL: list[Case] = [*FRAMES, *TEXTS, *COMPRESSED]
