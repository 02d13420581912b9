"""The harbour office: five layers, routers in a router, a mount, a lifespan."""

import asyncio
import os
from contextlib import asynccontextmanager

from fastapi import APIRouter, FastAPI
from fastapi.middleware.cors import CORSMiddleware
from fastapi.middleware.gzip import GZipMiddleware

from harbour import boats, desk, slow
from harbour.middlewares import Maintenance, RequestNumber, Timing


@asynccontextmanager
async def lifespan(app):
    yield
    if os.environ.get("HANG_AT_CLOSE"):
        await asyncio.sleep(3600)


app = FastAPI(title="Harbour", lifespan=lifespan)
v1 = APIRouter(prefix="/v1")
v1.include_router(boats.router)
v1.include_router(desk.router)
v1.include_router(slow.router)
app.include_router(v1)

admin = FastAPI()


@admin.get("/berths/{number}")
async def berth(number: int) -> int:
    return number


app.mount("/admin", admin)

app.add_middleware(Maintenance)
app.add_middleware(RequestNumber)
app.add_middleware(GZipMiddleware, minimum_size=500)
app.add_middleware(
    CORSMiddleware,
    allow_origins=["https://harbour.example"],
    allow_methods=["GET", "POST"],
    allow_headers=["x-token"],
    allow_credentials=True,
)
app.add_middleware(Timing)
