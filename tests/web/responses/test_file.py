from __future__ import annotations

import asyncio
import errno
import os
from pathlib import Path
from typing import Any

import pytest

from webfoot.asgi.types import ClientDisconnected
from webfoot.web.background import BackgroundTask
from webfoot.web.responses import FileResponse, file, reading


def exchange(response, receive=None, **other):
    """The headers and the messages behind them."""
    messages = sent_by(response, receive, **other)
    return dict(messages[0]["headers"]), messages[1:]


def sent_by(response, receive=None, **other) -> list[dict[str, Any]]:
    messages = []

    async def send(message):
        messages.append(message)

    headers = [(name.encode(), value.encode("latin-1")) for name, value in other.pop("fields", {}).items()]
    scope = {"type": "http", "asgi": {"spec_version": "2.4"}, "method": "GET", "headers": headers, **other}
    asyncio.run(response(scope, receive, send))
    return messages


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
        b"accept-ranges": b"bytes",
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


def test_a_file_that_has_changed_since_its_stat_is_told_as_it_is(duck):
    stat_result = os.stat(duck)
    response = FileResponse(duck, stat_result=stat_result, headers={"last-modified": "long ago"})
    assert response.headers["content-length"] == "50"
    duck.write_bytes(b"quack" * 20)
    for extensions in ({}, {"http.response.pathsend": {}}):
        headers, _ = exchange(response, extensions=extensions)
        assert headers[b"content-length"] == b"100"
        assert headers[b"etag"].decode() != response.headers["etag"]
        assert headers[b"last-modified"] == b"long ago"


def test_a_file_that_grows_while_it_is_sent_is_sent_as_long_as_it_was(duck):
    class Small(FileResponse):
        chunk_size = 10

    sent = []

    async def send(message):
        sent.append(message.get("body", b""))
        with duck.open("ab") as more:
            more.write(b"QUACK" * 10)

    asyncio.run(Small(duck)({"type": "http", "asgi": {"spec_version": "2.4"}, "headers": []}, None, send))
    assert b"".join(sent) == b"quack" * 10


def test_a_file_that_shrinks_while_it_is_sent_breaks_the_promise(duck):
    class Small(FileResponse):
        chunk_size = 10

    async def send(message):
        os.truncate(duck, 15)

    scope = {"type": "http", "asgi": {"spec_version": "2.4"}, "headers": []}
    with pytest.raises(RuntimeError, match="became shorter while it was sent: it had 50 bytes, now 15"):
        asyncio.run(Small(duck)(scope, None, send))


def test_a_file_replaced_after_the_opening_is_sent_as_it_was(duck):
    class Small(FileResponse):
        chunk_size = 10

    sent = []

    async def send(message):
        sent.append(message.get("body", b""))
        new = duck.with_suffix(".new")
        new.write_bytes(b"other")
        new.replace(duck)

    asyncio.run(Small(duck)({"type": "http", "asgi": {"spec_version": "2.4"}, "headers": []}, None, send))
    assert b"".join(sent) == b"quack" * 10


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
    closed = []

    def fail(*_):
        raise OSError(errno.EIO, "bad disk")

    monkeypatch.setattr(reading.OpenFile, "_read", fail)
    monkeypatch.setattr(reading.os, "close", lambda fd, close=os.close: (closed.append(fd), close(fd)))
    with pytest.raises(OSError, match="bad disk"):
        exchange(FileResponse(duck))
    assert len(closed) == 1


class TestRanges:
    def test_one(self, duck):
        messages = sent_by(FileResponse(duck), fields={"range": "bytes=3-6"})
        assert messages[0]["status"] == 206
        headers = dict(messages[0]["headers"])
        assert (headers[b"content-range"], headers[b"content-length"]) == (b"bytes 3-6/50", b"4")
        assert headers[b"content-type"] == b"text/plain; charset=utf-8"
        assert messages[1:] == [{"type": "http.response.body", "body": b"ckqu", "more_body": False}]

    def test_several_with_what_stands_between_them_in_few_messages(self, duck):
        messages = sent_by(FileResponse(duck), fields={"range": "bytes=0-1,-2"})
        body = b"".join(message["body"] for message in messages[1:])
        headers = dict(messages[0]["headers"])
        assert headers[b"content-length"] == str(len(body)).encode()
        assert [message["more_body"] for message in messages[1:]] == [True, True, False]
        assert body.count(b"\r\n\r\nqu\r\n--") == body.count(b"\r\n\r\nck\r\n--") == 1

    def test_pieces_of_a_range(self, duck):
        class Small(FileResponse):
            chunk_size = 3

        _, messages = exchange(Small(duck), fields={"range": "bytes=1-8"})
        assert [(m["body"], m["more_body"]) for m in messages] == [(b"uac", True), (b"kqu", True), (b"ac", False)]

    @pytest.mark.parametrize("method", ["POST", "PUT", "OPTIONS", "QUERY", "DELETE"])
    def test_only_get_and_head_have_ranges(self, duck, method):
        assert sent_by(FileResponse(duck), method=method, fields={"range": "bytes=0-1"})[0]["status"] == 200

    def test_another_status_has_none(self, duck):
        assert sent_by(FileResponse(duck, 404), fields={"range": "bytes=0-1"})[0]["status"] == 404

    def test_head_tells_of_the_range_and_sends_nothing(self, duck):
        messages = sent_by(FileResponse(duck), method="HEAD", fields={"range": "bytes=0-1"})
        assert (messages[0]["status"], dict(messages[0]["headers"])[b"content-length"]) == (206, b"2")
        assert messages[1:] == [{"type": "http.response.body", "body": b"", "more_body": False}]

    @pytest.mark.parametrize(("field", "status"), [("bytes=50-", 416), ("bytes=x", 400)])
    def test_refused(self, duck, field, status):
        ran = []
        messages = sent_by(FileResponse(duck, background=BackgroundTask(ran.append, 1)), fields={"range": field})
        assert messages[0]["status"] == status
        body = b"".join(message["body"] for message in messages[1:])
        assert dict(messages[0]["headers"])[b"content-length"] == str(len(body)).encode()
        assert messages[-1]["more_body"] is False
        assert ran == [1]

    def test_if_range(self, duck):
        etag = exchange(FileResponse(duck))[0][b"etag"].decode()
        for field, status in ((etag, 206), ("Tue, 14 Nov 2023 22:13:20 GMT", 206), (f"W/{etag}", 200), ('"old"', 200)):
            fields = {"range": "bytes=0-1", "if-range": field}
            assert sent_by(FileResponse(duck), fields=fields)[0]["status"] == status, field

    def test_if_range_is_held_against_what_is_sent(self, duck):
        response = FileResponse(duck, headers={"etag": '"mine"'})
        assert sent_by(response, fields={"range": "bytes=0-1", "if-range": '"mine"'})[0]["status"] == 206

    def test_a_response_can_be_sent_again(self, duck):
        response = FileResponse(duck)
        before = list(response.raw_headers)
        sent_by(response, fields={"range": "bytes=0-1,5-6"})
        assert response.raw_headers == before
        assert sent_by(response)[1]["body"] == b"quack" * 10

    def test_max_ranges(self, duck):
        class Few(FileResponse):
            max_ranges = 2

        for field, status in (("bytes=0-1,3-4", 206), ("bytes=0-1,3-4,6-7", 200)):
            assert sent_by(Few(duck), fields={"range": field})[0]["status"] == status


class TestWhoSendsTheBytes:
    PATH = {"http.response.pathsend": {}}
    ZERO_COPY = {"http.response.zerocopysend": {}}

    def test_a_range_is_never_sent_by_path(self, duck):
        messages = sent_by(FileResponse(duck), fields={"range": "bytes=0-1"}, extensions=self.PATH)
        assert messages[1]["body"] == b"qu"

    def test_a_range_ignored_is_read(self, duck):
        fields = {"range": "bytes=0-1", "if-range": '"old"'}
        messages = sent_by(FileResponse(duck), fields=fields, extensions=self.PATH)
        assert (messages[0]["status"], messages[1]["body"]) == (200, b"quack" * 10)

    def test_a_layer_that_may_not_know_zero_copy_gets_the_bytes(self, duck):
        messages = sent_by(FileResponse(duck), fields={"range": "bytes=0-1"}, extensions=self.ZERO_COPY)
        assert messages[1] == {"type": "http.response.body", "body": b"qu", "more_body": False}

    def test_a_server_right_behind_gets_the_open_file(self, duck):
        class Server:
            takes_open_files = True

            def __init__(self):
                self.messages = []

            async def send(self, message):
                if "file" in message:
                    message = {**message, "read": os.pread(message["file"], message["count"], message["offset"])}
                    del message["file"]
                self.messages.append(message)

        def asked(**fields):
            server = Server()
            headers = [(name.encode(), value.encode()) for name, value in fields.items()]
            scope = {"type": "http", "method": "GET", "headers": headers, "extensions": self.ZERO_COPY}
            asyncio.run(FileResponse(duck)(scope, None, server.send))
            return server.messages[1:]

        kind = "http.response.zerocopysend"
        assert asked() == [{"type": kind, "offset": 0, "count": 50, "read": b"quack" * 10, "more_body": False}]
        one = {"type": kind, "offset": 3, "count": 4, "read": b"ckqu", "more_body": False}
        assert asked(range="bytes=3-6") == [one]
        several = asked(range="bytes=0-1,-2")
        assert [message["type"][14:] for message in several] == ["body", "zerocopysend", "body", "zerocopysend", "body"]
        assert [message["more_body"] for message in several] == [True, True, True, True, False]


class TestTheClientLeaves:
    def test_send_raises(self, duck):
        async def leave(message):
            raise ClientDisconnected("gone")

        ran = []
        response = FileResponse(duck, background=BackgroundTask(ran.append, 1))
        with pytest.raises(ClientDisconnected):
            asyncio.run(response({"type": "http", "asgi": {"spec_version": "2.4"}, "headers": []}, None, leave))
        assert ran == [1], "a file that its task removes has to go in any case"

    def test_an_older_server_tells_by_receive(self, duck):
        class Small(FileResponse):
            chunk_size = 5

        sent = []
        left = asyncio.Event()

        async def receive():
            await left.wait()
            return {"type": "http.disconnect"}

        async def send(message):
            sent.append(message)
            if len(sent) == 3:
                left.set()
            await asyncio.sleep(0)

        scope = {"type": "http", "asgi": {"spec_version": "2.3"}, "headers": []}
        asyncio.run(Small(duck)(scope, receive, send))
        assert 3 <= len(sent) < 11

    def test_no_task_is_made_for_one_piece(self, duck, monkeypatch):
        monkeypatch.setattr(file, "while_connected", None)

        class Small(FileResponse):
            chunk_size = 10

        _, messages = exchange(Small(duck), asgi={"spec_version": "2.3"}, fields={"range": "bytes=5-14"})
        assert [message["body"] for message in messages] == [b"quackquack"]

    def test_no_task_is_made_where_send_raises(self, duck, monkeypatch):
        monkeypatch.setattr(file, "while_connected", None)

        class Small(FileResponse):
            chunk_size = 5

        _, messages = exchange(Small(duck))
        assert len(messages) == 10


def test_names_that_are_no_utf_8_and_names_that_would_write_headers(duck):
    headers, _ = exchange(FileResponse(duck, filename="a\udcff\r\nset-cookie: b.txt"))
    assert headers[b"content-disposition"] == b"attachment; filename*=utf-8''a%3F%0D%0Aset-cookie%3A%20b.txt"
    with pytest.raises(ValueError, match="CR, LF or NUL"):
        FileResponse(duck, filename="a.txt", content_disposition_type="inline\r\nset-cookie: b")


def test_a_relative_path_is_made_absolute_without_taking_steps_away(tmp_path, monkeypatch):
    """`link/../duck.txt` is not `duck.txt` where the link leads elsewhere."""
    (tmp_path / "far" / "pond").mkdir(parents=True)
    (tmp_path / "far" / "duck.txt").write_text("far")
    (tmp_path / "link").symlink_to(tmp_path / "far" / "pond")
    monkeypatch.chdir(tmp_path)
    _, messages = exchange(FileResponse("link/../duck.txt"), extensions={"http.response.pathsend": {}})
    assert Path(messages[0]["path"]).read_text() == "far"
