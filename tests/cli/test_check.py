"""`webfoot check`: slips that are told before the first request."""

import pytest
from tests.cli.test_main import call
from tests.server.process.serving import webfoot

from webfoot import Webfoot
from webfoot.cli.check import findings
from webfoot.web.application import WebApp
from webfoot.web.middleware import Middleware
from webfoot.web.middleware.cors import CORSMiddleware
from webfoot.web.middleware.trusted_host import TrustedHostMiddleware
from webfoot.web.routing import Host, Mount, Route, Router

SLIPS = """
from webfoot import Webfoot

app = Webfoot()

@app.get("/ducks/{number}")
def read(number: int): ...

@app.get("/ducks/me")
def me(): ...
"""
SHADOWED = (
    "GET /ducks/me (me, main.py:9) is never reached: /ducks/{number} (read, main.py:6) stands before it and takes all "
    "of its paths; declare the one with fewer paths first"
)


def test_a_slip_is_one_sentence_and_exit_code_1(tmp_path):
    (tmp_path / "main.py").write_text(SLIPS)
    code, output = call("check", "main:app", cwd=tmp_path)
    assert (code, output.strip()) == (1, SHADOWED)


def test_nothing_to_say(tmp_path):
    (tmp_path / "main.py").write_text("from webfoot import Webfoot\napp = Webfoot()\n")
    assert call("check", "main:app", cwd=tmp_path) == (0, "main:app: nothing to say against it\n")


def test_a_plain_application_has_nothing_to_look_at(tmp_path):
    (tmp_path / "main.py").write_text("async def app(scope, receive, send): ...\n")
    assert call("check", "main:app", cwd=tmp_path)[0] == 0


@pytest.mark.parametrize("broken", ["main:ap", "mian:app"])
def test_what_cannot_be_loaded(tmp_path, broken):
    (tmp_path / "main.py").write_text(SLIPS)
    code, output = call("check", broken, cwd=tmp_path)
    assert code == 1
    assert output.startswith("webfoot: ") and output.count("\n") == 1


def test_dev_says_so_at_the_start(tmp_path):
    (tmp_path / "main.py").write_text(SLIPS)
    with webfoot("dev", "main:app", "--port", "0", cwd=tmp_path) as serving:
        serving.url()
        assert serving.end() == 0
    assert SHADOWED in serving.output


def test_mounted_applications_with_the_path_that_leads_to_them():
    def answer(request): ...

    inner = WebApp(
        routes=[Route("/{id}", answer), Route("/me", answer)],
        middleware=[Middleware(TrustedHostMiddleware), Middleware(CORSMiddleware)],
    )
    table = [Mount("/a", app=Router([Mount("/b", app=inner)])), Host("ducks.example", app=inner)]
    said = list(findings(WebApp(routes=table)))
    assert [sentence for sentence in said if "/a/b/me" in sentence]
    assert sum("is around CORSMiddleware" in sentence for sentence in said) == 1  # it is one application, told once
    assert list(findings(WebApp(routes=table[1:])))[1].startswith("GET //ducks.example/me (")


def test_operation_ids_that_two_operations_share():
    app = Webfoot()
    app.add_api_route("/a", lambda: 1, operation_id="quack", methods=["GET", "POST"])
    app.add_api_route("/b", lambda: 1, operation_id="quack")
    app.add_api_route("/c", lambda: 1, operation_id="quack", include_in_schema=False)
    (sentence,) = findings(app)
    assert sentence.startswith("operation id 'quack' stands for several: GET /a of ")
    assert all(f"{method} of " in sentence for method in ("POST /a", "GET /b")) and "GET /c" not in sentence


def test_an_application_of_fastapi():
    from fastapi import APIRouter, FastAPI

    router = APIRouter(prefix="/r")
    router.add_api_route("/{x}", lambda x: x)
    app = FastAPI()
    app.include_router(router)
    assert list(findings(app)) == []  # its tables are its own; nothing breaks
