import asyncio
import io
import os

import pytest

from webfoot.web.background import BackgroundTask
from webfoot.web.responses import FileResponse, file


def exchange(response, **other):
    messages = []

    async def send(message):
        messages.append(message)

    scope = {"type": "http", "method": "GET", "headers": [], **other}
    asyncio.run(response(scope, None, send))
    return dict(messages[0]["headers"]), messages[1:]


@pytest.fixture
def duck(tmp_path):
    path = tmp_path / "duck.txt"
    path.write_bytes(b"quack" * 10)
    os.utime(path, (0, 1_700_000_000))
    return path


def test_tells_size_kind_and_age(duck):
    headers, messages = exchange(FileResponse(duck))
    assert headers.pop(b"etag").strip(b'"')
    assert headers == {
        b"content-type": b"text/plain; charset=utf-8",
        b"content-length": b"50",
        b"last-modified": b"Tue, 14 Nov 2023 22:13:20 GMT",
    }
    assert messages == [{"type": "http.response.body", "body": b"quack" * 10, "more_body": False}]


@pytest.mark.parametrize(("chunk_size", "chunks"), [(25, [25, 25]), (24, [24, 24, 2]), (50, [50]), (51, [50])])
def test_sends_chunks_and_says_at_the_last_that_it_is_the_last(duck, chunk_size, chunks):
    class Small(FileResponse):
        pass

    Small.chunk_size = chunk_size
    _, messages = exchange(Small(duck))
    assert [len(message["body"]) for message in messages] == chunks
    assert [message["more_body"] for message in messages] == [True] * (len(chunks) - 1) + [False]


def test_an_empty_file(tmp_path):
    (tmp_path / "empty").touch()
    headers, messages = exchange(FileResponse(tmp_path / "empty"))
    assert headers[b"content-length"] == b"0"
    assert messages == [{"type": "http.response.body", "body": b"", "more_body": False}]


def test_a_file_that_grows_is_sent_as_long_as_it_was_said_to_be(duck):
    stat_result = os.stat(duck)
    duck.write_bytes(b"quack" * 20)
    headers, messages = exchange(FileResponse(duck, stat_result=stat_result))
    assert headers[b"content-length"] == b"50"
    assert [message["body"] for message in messages] == [b"quack" * 10]


def test_sent_again_it_tells_of_the_file_as_it_is_then(duck):
    response = FileResponse(duck)
    first, _ = exchange(response)
    duck.write_bytes(b"longer than before, which was fifty bytes of quacking")
    second, messages = exchange(response)
    assert first[b"etag"] != second[b"etag"]
    assert int(second[b"content-length"]) == len(messages[0]["body"]) == 53


def test_head_and_pathsend_do_not_read_the_file(duck, tmp_path, monkeypatch):
    headers, messages = exchange(FileResponse(duck), method="HEAD")
    assert headers[b"content-length"] == b"50"
    assert messages == [{"type": "http.response.body", "body": b"", "more_body": False}]
    monkeypatch.chdir(tmp_path)
    _, messages = exchange(FileResponse("duck.txt"), extensions={"http.response.pathsend": {}})
    assert messages == [{"type": "http.response.pathsend", "path": str(duck)}]


def test_the_name_to_save_it_under(duck):
    assert exchange(FileResponse(duck, filename="a.txt"))[0][b"content-disposition"] == b'attachment; filename="a.txt"'
    headers, _ = exchange(FileResponse(duck, filename='é".txt', content_disposition_type="inline"))
    assert headers[b"content-disposition"] == b"inline; filename*=utf-8''%C3%A9%22.txt"


def test_what_is_no_file(duck, tmp_path):
    for path, why in ((tmp_path / "none", "does not exist"), (tmp_path, "is not a file")):
        for other in ({}, {"method": "HEAD"}):
            with pytest.raises(RuntimeError, match=f"File at path {path} {why}"):
                exchange(FileResponse(path), **other)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_is_refused_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(RuntimeError, match="is not a file"):
        exchange(FileResponse(tmp_path / "pipe"))


def test_the_background_runs_and_the_file_is_closed_when_the_client_leaves(duck):
    ran = []
    exchange(FileResponse(duck, background=BackgroundTask(ran.append, 1)))
    assert ran == [1]

    async def leave(message):
        raise OSError("gone")

    # An unclosed file would be a ResourceWarning, which is an error in these tests.
    with pytest.raises(OSError, match="gone"):
        asyncio.run(FileResponse(duck)({"type": "http", "headers": []}, None, leave))


def test_refuses_a_websocket_with_the_denial_messages(duck):
    messages = []

    async def send(message):
        messages.append(message["type"])

    asyncio.run(FileResponse(duck, 403)({"type": "websocket", "headers": []}, None, send))
    assert messages == ["websocket.http.response.start", "websocket.http.response.body"]


def test_a_file_that_cannot_be_read_is_closed(duck, monkeypatch):
    opened = []

    class Broken(io.FileIO):
        def read(self, size=-1):
            raise OSError("bad disk")

    def open_broken(path, mode):
        opened.append(Broken(path, mode))
        return opened[-1]

    monkeypatch.setattr(file, "open", open_broken, raising=False)
    with pytest.raises(OSError, match="bad disk"):
        exchange(FileResponse(duck))
    assert [broken.closed for broken in opened] == [True]
