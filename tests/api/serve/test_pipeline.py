import asyncio
from threading import get_ident
from typing import Annotated

import pytest
from tests.api.serve.visiting import Marks, answered, served, visit_to

from webfoot import BackgroundTasks, Depends, Query, UploadFile
from webfoot.api.serve.pipeline import serve
from webfoot.web.responses import PlainTextResponse, StreamingResponse


def test_a_request_is_answered_with_two_messages():
    async def endpoint():
        return {"hello": "world"}

    assert served(endpoint) == [
        {
            "type": "http.response.start",
            "status": 200,
            "headers": [(b"content-length", b"17"), (b"content-type", b"application/json")],
        },
        {"type": "http.response.body", "body": b'{"hello":"world"}'},
    ]


def test_a_sync_endpoint_runs_in_a_thread():
    def endpoint(a: int):
        return [a, get_ident()]

    assert answered(endpoint, query="a=3").body.decode() != f"[3,{get_ident()}]"


def test_an_endpoint_may_stream():
    async def pieces():
        yield b"a"
        yield b"b"

    async def endpoint():
        return StreamingResponse(pieces())

    assert b"".join(message.get("body", b"") for message in served(endpoint)) == b"ab"


def test_background_tasks_run_after_the_response_and_before_dependencies_are_left():
    log = []

    async def opened():
        yield
        log.append("left")

    async def endpoint(tasks: BackgroundTasks, a=Depends(opened)):
        tasks.add_task(log.append, "task")

    visit = visit_to(endpoint)

    async def send(message):
        log.append(message["type"])

    visit.send = send
    asyncio.run(serve(visit))
    assert log == ["http.response.start", "http.response.body", "task", "left"]


MULTIPART = (
    b'--X\r\ncontent-disposition: form-data; name="file"; filename="a.txt"\r\n\r\nabc\r\n'
    b'--X\r\ncontent-disposition: form-data; name="other"; filename="b.txt"\r\n\r\nabc\r\n--X--\r\n'
)


@pytest.mark.parametrize("fails", [False, True])
def test_all_files_of_a_form_are_closed_at_the_end(fails):
    seen = []

    async def endpoint(file: UploadFile):
        seen.append(file)
        assert not file.file.closed
        if fails:
            raise KeyError("x")

    visit = visit_to(endpoint, headers=[("content-type", "multipart/form-data; boundary=X")], body=MULTIPART)
    if fails:
        with pytest.raises(KeyError):
            asyncio.run(serve(visit))
    else:
        asyncio.run(serve(visit))
    assert seen[0].file.closed
    assert all(file.file.closed for _, file in visit.form.multi_items())


def test_a_handler_of_a_route_class_stands_in_for_the_answer():
    async def endpoint(): ...

    async def handler(request):
        return PlainTextResponse(request.method)

    visit = visit_to(endpoint)
    asyncio.run(serve(visit, handler))
    assert visit.sent[1]["body"] == b"POST"


def test_without_a_handler_the_exception_goes_on_as_it_was():
    async def endpoint():
        raise KeyError("x")

    with pytest.raises(KeyError) as caught:
        served(endpoint)
    assert caught.traceback[-1].name == "endpoint"


def test_the_trail_is_told_where_the_endpoint_ran_and_what_came_of_it():
    marks = Marks()

    def endpoint(a: Annotated[int, Query()]):
        return [a]

    served(endpoint, query="a=1", trail=marks)
    assert [station for station, _ in marks.all] == [
        "values_collected",
        "values_validated",
        "endpoint_called",
        "endpoint_returned",
        "reply_validated",
    ]
    [called], [returned] = marks.of("endpoint_called"), marks.of("endpoint_returned")
    assert (called["where"], called["file"]) == ("thread", __file__)
    assert (returned["outcome"], returned["returned"]) == ("returned", "list")


def test_the_trail_is_told_what_the_endpoint_raised():
    marks = Marks()

    async def endpoint():
        raise KeyError("x")

    with pytest.raises(KeyError):
        served(endpoint, trail=marks)
    [returned] = marks.of("endpoint_returned")
    assert returned["outcome"] == "raised"
    assert isinstance(returned["error"], KeyError)
