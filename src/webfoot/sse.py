"""Server-sent events of endpoints that yield: `from webfoot.sse import EventSourceResponse, ServerSentEvent`."""

from webfoot.api.sse import EventSourceResponse, ServerSentEvent, format_sse_event

__all__ = ["EventSourceResponse", "ServerSentEvent", "format_sse_event"]
