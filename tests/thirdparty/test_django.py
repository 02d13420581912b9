"""Django's ASGI handler behind a mount: views, forms, streams, errors, and the prefix in its links."""

from __future__ import annotations

import asyncio
import sys
from functools import partial
from types import ModuleType
from typing import Any

import pytest
from tests.thirdparty import serving

from webfoot.web import Middleware, Mount, WebApp
from webfoot.web.middleware.gzip import GZipMiddleware

# Its header names are in mixed case.
get, request, talk = (partial(call, guard=False) for call in (serving.get, serving.request, serving.talk))
URLS = "tests_thirdparty_django_urls"


def django_app() -> Any:
    """The one Django of this process."""
    import django
    from django.conf import settings

    if not settings.configured:
        settings.configure(ROOT_URLCONF=URLS, ALLOWED_HOSTS=["*"], SECRET_KEY="duck", LOGGING_CONFIG=None, USE_TZ=True)
        django.setup()
        sys.modules[URLS] = _urls()
    from django.core.handlers.asgi import ASGIHandler

    return ASGIHandler()


def _urls() -> ModuleType:
    from django.http import HttpResponse, HttpResponseRedirect, JsonResponse, StreamingHttpResponse
    from django.urls import path, reverse

    async def show(request: Any, name: str) -> Any:
        return JsonResponse({"name": name, "script": request.META["SCRIPT_NAME"], "info": request.path_info})

    def form(request: Any) -> Any:
        return HttpResponse(f"{request.POST['duck']} {request.FILES['photo'].size if request.FILES else 0}")

    def home(request: Any) -> Any:
        return HttpResponseRedirect(reverse("show", args=["eider"]))

    async def stream(request: Any) -> Any:
        async def parts() -> Any:
            for number in range(3):
                await asyncio.sleep(0)
                yield f"duck {number}\n"

        return StreamingHttpResponse(parts(), content_type="text/plain")

    def broken(request: Any) -> Any:
        raise LookupError("no duck")

    urls = ModuleType(URLS)
    urls.urlpatterns = [  # type: ignore[attr-defined]
        path("", home),
        path("ducks/<name>", show, name="show"),
        path("form", form),
        path("stream", stream),
        path("broken", broken),
    ]
    return urls


@pytest.fixture(scope="module")
def app() -> WebApp:
    return WebApp(routes=[Mount("/admin", app=django_app())], middleware=[Middleware(GZipMiddleware, minimum_size=1)])


def test_a_view_behind_the_mount(app: WebApp) -> None:
    assert get(app, "/admin/ducks/eider").json() == {"name": "eider", "script": "/admin", "info": "/ducks/eider"}


def test_links_have_the_prefix(app: WebApp) -> None:
    assert get(app, "/admin/").headers["location"] == "/admin/ducks/eider"


@pytest.mark.parametrize("size", [10, 5_000_000])
def test_an_upload(app: WebApp, size: int) -> None:
    answer = request(app, "POST", "/admin/form", data={"duck": "smew"}, files={"photo": b"x" * size})
    assert answer.text == f"smew {size}"


def test_a_stream_is_compressed_on_its_way(app: WebApp) -> None:
    answer = get(app, "/admin/stream")
    assert (answer.text, answer.headers["content-encoding"]) == ("duck 0\nduck 1\nduck 2\n", "gzip")


def test_errors_are_its_own(app: WebApp) -> None:
    assert get(app, "/admin/broken").status_code == 500
    assert get(app, "/admin/nothing").status_code == 404


# Django leaves its temporary file to the garbage collector when `receive` raises.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_limit_around_it_is_a_413() -> None:
    limited = WebApp(routes=[Mount("/admin", app=django_app())], max_body_size=1000)

    async def parts() -> Any:
        for _ in range(10):
            yield b"x" * 500

    async def conversation(client: Any) -> Any:
        headers = {"content-type": "application/x-www-form-urlencoded"}
        return (
            await client.post("/admin/form", content=b"duck=" + b"x" * 2000, headers=headers),
            await client.post("/admin/form", content=parts(), headers=headers),
            await client.post("/admin/form", content=b"duck=smew", headers=headers),
        )

    answers = talk(limited, conversation)
    assert [answer.status_code for answer in answers] == [413, 413, 200]
