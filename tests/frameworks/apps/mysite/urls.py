"""The pond in Django: views that are coroutines, and some that run in threads."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator

from django.http import HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import path

gate = asyncio.Event()


async def duck(request: HttpRequest, name: str) -> HttpResponse:
    return JsonResponse({"name": name, "size": int(request.GET["size"]), "client": request.META["REMOTE_ADDR"]})


def form(request: HttpRequest) -> HttpResponse:
    return JsonResponse(dict(request.POST.items()))


def upload(request: HttpRequest) -> HttpResponse:
    photo = request.FILES["photo"]
    digest = hashlib.sha256(b"".join(photo.chunks())).hexdigest()
    return JsonResponse({"name": photo.name, "size": photo.size, "digest": digest})


async def stream(request: HttpRequest) -> HttpResponse:
    async def parts() -> AsyncIterator[bytes]:
        yield b"first "
        await gate.wait()
        yield b"last"

    return StreamingHttpResponse(parts(), content_type="text/plain")


async def let(request: HttpRequest) -> HttpResponse:
    gate.set()
    return HttpResponse(status=204)


async def crash(request: HttpRequest) -> HttpResponse:
    raise LookupError("no such duck")


def page(request: HttpRequest) -> HttpResponse:
    return render(request, "pond.html", {"ducks": ["eider", "<teal>"]})


urlpatterns = [
    path("ducks/<name>", duck),
    path("form", form),
    path("upload", upload),
    path("stream", stream),
    path("let", let),
    path("crash", crash),
    path("page", page),
]
