"""An application as its author wrote it, to be tested by its own suite."""

from pathlib import Path

from fastapi import Depends, FastAPI, Request
from fastapi.responses import HTMLResponse
from fastapi.staticfiles import StaticFiles
from fastapi.templating import Jinja2Templates

HERE = Path(__file__).parent
app = FastAPI()
app.mount("/static", StaticFiles(directory=HERE), name="static")
templates = Jinja2Templates(directory=HERE)


async def get_name():
    return "nobody"


@app.get("/", response_class=HTMLResponse)
async def page(request: Request, name: str = Depends(get_name)):
    return templates.TemplateResponse(request, "page.html", {"name": name})


@app.on_event("startup")
async def start():
    app.state.started = True
