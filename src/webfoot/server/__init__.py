"""Floor 3, bytes to ASGI and back: the server. Runs any ASGI 3 application; imports nothing of web or api."""
