"""Layers around an application. The native kind is plain ASGI: a class that takes `app` and is called as one."""

from webfoot.web.middleware.order import Middleware

__all__ = ["Middleware"]
