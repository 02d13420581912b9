"""An application of the toolkit: routes, endpoints, responses, and no types to read."""

from __future__ import annotations

from webfoot.web import JSONResponse, Request, Route, WebApp


async def duck(request: Request) -> JSONResponse:
    return JSONResponse({"duck": "mallard", "age": 3, "rings": ["a", "b"], "wild": True})


app = WebApp(routes=[Route("/json", duck)])
