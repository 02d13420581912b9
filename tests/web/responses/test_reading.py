"""Reading without blocking the loop: what the page cache has at once, the rest in a thread."""

from __future__ import annotations

import asyncio
import gc
import os
import threading
from pathlib import Path

import pytest

from webfoot.web.responses import reading
from webfoot.web.responses.reading import NoSuchFile, OpenFile


@pytest.fixture
def duck(tmp_path: Path) -> Path:
    path = tmp_path / "duck"
    path.write_bytes(bytes(range(256)) * 4)
    return path


async def read_all(file: OpenFile, size: int) -> bytes:
    found = b""
    while len(found) < file.stat.st_size:
        found += await file.read(len(found), size)
    return found


@pytest.mark.parametrize("size", [1, 100, 256, 1024, 5000])
@pytest.mark.parametrize("cached_only", [True, False])
@pytest.mark.parametrize("ahead", [0, 10, 5000])
def test_all_of_it_comes(duck: Path, size: int, cached_only: bool, ahead: int) -> None:
    file = OpenFile(duck, ahead)
    if not cached_only:
        file._cached_only = 0
    assert asyncio.run(read_all(file, size)) == duck.read_bytes()
    assert file.stat.st_size == 1024
    file.close()


@pytest.mark.skipif(not reading._CACHED_ONLY, reason="needs preadv2 with RWF_NOWAIT")
def test_what_is_in_the_cache_needs_no_thread(duck: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = OpenFile(duck)
    if file._read_cached(0, 16) is None:
        pytest.skip("this file system does not know RWF_NOWAIT")
    monkeypatch.setattr(reading, "run_in_threadpool", None)
    assert asyncio.run(file.read(16, 16)) == bytes(range(16, 32))
    file.close()


@pytest.mark.parametrize("size", [1, 100, 1023, 1024, 1025])
def test_pieces_are_the_file_as_it_was_when_it_was_opened(duck: Path, size: int) -> None:
    content = duck.read_bytes()

    async def main() -> list[bytes]:
        pieces = []
        async for piece in reading.read_pieces(duck, size):
            pieces.append(piece)
            with duck.open("ab") as growing:
                growing.write(b"more")
        return pieces

    pieces = asyncio.run(main())
    assert b"".join(pieces) == content
    assert max(map(len, pieces)) == min(size, 1024)


def test_pieces_of_an_empty_file(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()

    async def main() -> list[bytes]:
        return [piece async for piece in reading.read_pieces(tmp_path / "empty")]

    assert asyncio.run(main()) == []


@pytest.mark.parametrize("cached_only", [True, False])
def test_a_file_that_became_shorter(duck: Path, cached_only: bool) -> None:
    file = OpenFile(duck)
    if not cached_only:
        file._cached_only = 0
    os.truncate(duck, 100)
    assert asyncio.run(file.read(50, 100)) == duck.read_bytes()[50:]
    with pytest.raises(RuntimeError, match="it had 1024 bytes, now 100"):
        asyncio.run(file.read(100, 100))
    file.close()


def test_others_get_their_turn(tmp_path: Path) -> None:
    (tmp_path / "big").write_bytes(bytes(4 * 1024 * 1024))

    async def main() -> int:
        turns = 0

        async def other() -> None:
            nonlocal turns
            while True:
                turns += 1
                await asyncio.sleep(0)

        task = asyncio.create_task(other())
        file = OpenFile(tmp_path / "big")
        await read_all(file, 64 * 1024)
        file.close()
        task.cancel()
        return turns

    assert asyncio.run(main()) >= 8


@pytest.mark.parametrize("error", [BlockingIOError("not cached"), OSError("not supported")])
def test_what_is_not_is_waited_for_in_a_thread(duck: Path, monkeypatch: pytest.MonkeyPatch, error: OSError) -> None:
    def refuse(*_: object) -> int:
        raise error

    monkeypatch.setattr(os, "preadv", refuse, raising=False)
    file = OpenFile(duck)
    file._cached_only = 8
    assert asyncio.run(file.read(16, 16)) == bytes(range(16, 32))
    assert file._cached_only == (8 if isinstance(error, BlockingIOError) else 0), (
        "only the file system's no is for ever"
    )
    file.close()


def test_where_there_is_no_pread(duck: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "pread")
    file = OpenFile(duck)
    file._cached_only = 0
    assert asyncio.run(file.read(256, 3)) == b"\0\1\2"
    file.close()


def test_what_is_no_file(tmp_path: Path) -> None:
    for path, why in ((tmp_path / "none", "does not exist"), (tmp_path, "is not a file")):
        with pytest.raises(NoSuchFile, match=f"File at path {path} {why}"):
            OpenFile(path)
        with pytest.raises(NoSuchFile, match=f"File at path {path} {why}"):
            reading.file_stat(path)
    gc.collect()


def test_a_read_that_is_cancelled_closes_the_file_when_its_thread_lets_go(
    duck: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    descriptors: list[int] = []
    monkeypatch.setattr(reading.os, "close", lambda fd, close=os.close: (descriptors.append(fd), close(fd)))
    may_go = threading.Event()
    begun = threading.Event()
    opened: list[int] = []
    closed = threading.Event()

    class Slow(OpenFile):
        def _read(self, offset: int, size: int) -> bytes:
            begun.set()
            may_go.wait(5)
            assert os.fstat(self.fileno()).st_size == 1024, "it was closed while it was read"
            return b""

        def __del__(self) -> None:
            super().__del__()
            closed.set()

    async def main() -> None:
        file = Slow(duck)
        file._cached_only = 0
        task = asyncio.create_task(file.read(0, 10))
        await asyncio.to_thread(begun.wait, 5)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        file.close()
        assert file.fileno() not in descriptors
        opened.append(file.fileno())
        del file, task
        may_go.set()
        await asyncio.to_thread(closed.wait, 5)

    asyncio.run(main())
    assert closed.is_set()
    assert set(opened) <= set(descriptors)
