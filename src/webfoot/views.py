"""Class-based views: `View`, and the verbs as decorators of its methods. See docs/views.md."""

from webfoot.api.views import Marking, View

__all__ = ["View", "api_route", "delete", "get", "head", "options", "patch", "post", "put", "trace", "websocket"]

_marking = Marking()

api_route = _marking.api_route
delete = _marking.delete
get = _marking.get
head = _marking.head
options = _marking.options
patch = _marking.patch
post = _marking.post
put = _marking.put
trace = _marking.trace
websocket = _marking.websocket
