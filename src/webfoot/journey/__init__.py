"""Floor 3, the record of a request's way and why it ended so; works under any ASGI server."""
