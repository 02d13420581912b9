"""Files below directories, to be mounted: `Mount("/static", StaticFiles(directory="static"))`.

`files` answers the requests, `frontend` those for a built frontend; `lookup` says where a path leads, and that it leads
nowhere outside.
"""

from webfoot.web.responses.conditional import NotModifiedResponse
from webfoot.web.static.files import StaticFiles

__all__ = ["NotModifiedResponse", "StaticFiles"]
