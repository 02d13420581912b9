"""Photos on disk: which bytes are a photo, and where they are kept."""

from __future__ import annotations

import asyncio
import os
import secrets
from pathlib import Path
from typing import Annotated

from webfoot import Depends, HTTPException, Request, UploadFile

# A file is what its first bytes say, not what the client calls it.
_KINDS = {"jpg": b"\xff\xd8\xff", "png": b"\x89PNG\r\n\x1a\n", "gif": b"GIF8", "webp": b"RIFF"}
MEDIA_TYPES = {"jpg": "image/jpeg", "png": "image/png", "gif": "image/gif", "webp": "image/webp"}


class Photos:
    """The photos below one directory. Names are ours: nothing a client sends becomes part of a path."""

    def __init__(self, directory: Path, limit: int) -> None:
        self._directory = directory
        self._limit = limit

    async def keep(self, upload: UploadFile) -> str:
        """Store an uploaded photo and give its name.

        Raises HTTPException: 413 if it is larger than the limit, 415 if it is no picture that a browser shows.
        """
        data = await upload.read(self._limit + 1)
        if len(data) > self._limit:
            raise HTTPException(413, f"A photo may have at most {self._limit} bytes.")
        kind = _kind_of(data)
        if kind is None:
            raise HTTPException(415, "A photo is a JPEG, PNG, GIF or WebP file; this is none of them.")
        name = f"{secrets.token_hex(16)}.{kind}"
        await asyncio.to_thread(self._write, name, data)
        return name

    def find(self, name: str) -> tuple[Path, str] | None:
        """The file and media type of a photo, or None if it has gone from the disk."""
        path = self._directory / name
        return (path, MEDIA_TYPES[path.suffix[1:]]) if path.is_file() else None

    async def forget(self, name: str | None) -> None:
        if name is not None:
            await asyncio.to_thread((self._directory / name).unlink, missing_ok=True)

    def _write(self, name: str, data: bytes) -> None:
        # Renamed when complete: nobody is ever shown half a photo.
        unfinished = self._directory / f"{name}.part"
        try:
            unfinished.write_bytes(data)
            os.replace(unfinished, self._directory / name)
        except OSError:
            unfinished.unlink(missing_ok=True)
            raise


def _kind_of(data: bytes) -> str | None:
    for kind, first_bytes in _KINDS.items():
        if data.startswith(first_bytes) and (kind != "webp" or data[8:12] == b"WEBP"):
            return kind
    return None


async def get_photos(request: Request) -> Photos:
    photos: Photos = request.state.photos
    return photos


PhotosDependency = Annotated[Photos, Depends(get_photos)]
