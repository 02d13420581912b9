from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route


async def duck(request: Request) -> Response:
    return JSONResponse({"name": "Jemima", "pond": 7})


def sync_duck(request: Request) -> Response:
    return JSONResponse({"name": "Jemima", "pond": 7})


app = Starlette(routes=[Route("/duck", duck), Route("/sync/duck", sync_duck)])
