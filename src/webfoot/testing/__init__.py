"""Floor 4: test clients for ASGI applications, and one exchange in process for those who want to look closer."""

try:
    import httpx2  # noqa: F401  (an extra, asked for here so that there is one sentence about it)
except ImportError:
    raise ImportError("webfoot.testing needs httpx2: pip install 'webfoot[testing]'") from None

from webfoot.testing.client import AsyncTestClient, TestClient
from webfoot.testing.exchange import Exchange, IncompleteResponse
from webfoot.testing.scope import http_scope, websocket_scope
from webfoot.testing.websocket import AsyncWebSocketTestSession, WebSocketDenialResponse, WebSocketTestSession
from webfoot.testing.websocket_exchange import WebSocketExchange

__all__ = [
    "AsyncTestClient",
    "AsyncWebSocketTestSession",
    "Exchange",
    "IncompleteResponse",
    "TestClient",
    "WebSocketDenialResponse",
    "WebSocketExchange",
    "WebSocketTestSession",
    "http_scope",
    "websocket_scope",
]
