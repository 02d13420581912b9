"""Whether an open file may be handed to `send` (the extension http.response.zerocopysend) by way of several layers.

The scope says that the server takes files; it cannot say so of the layers on the way. One that hands all events on says
so itself: by the attribute `takes_open_files` of the object to which its `send` belongs.
"""

from __future__ import annotations

from webfoot.asgi.types import Send


def takes_open_files(send: Send) -> bool:
    """A layer that does not say so may drop the event or fail; and one that compresses wants to have the bytes."""
    return getattr(getattr(send, "__self__", None), "takes_open_files", False) is True
