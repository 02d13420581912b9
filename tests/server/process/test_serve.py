"""One process from its start to its end."""

import asyncio
import gc
import os
import signal
import socket

import pytest
from tests.server.process.serving import APP, GUARD, Serving, ask, connect, opened, webfoot, write_app

import webfoot as package
from webfoot.server import BindError, LoadError, Server, ServerOptions, StartupFailed

QUICK = ("--port", "0", "--timeout-graceful-shutdown", "0.2")


@pytest.fixture
def here(tmp_path):
    write_app(tmp_path)
    return tmp_path


@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_says_where_it_serves_and_ends_with_code_0(here, loop, number):
    with webfoot("run", "main:app", "--port", "0", "--loop", loop, cwd=here) as serving:
        url = serving.url()
        assert f"webfoot {package.__version__} serving main:app on {url} (Ctrl-C to stop)" in serving.output
        assert ask(url).startswith("pid ")
        assert ask(url).startswith("pid ")
        with connect(url) as idle:
            assert serving.end(number) == 0
            assert idle.recv(1) == b""
    assert '"GET / HTTP/1.1" 200' in serving.output
    assert serving.output.count("INFO:     stopping\n") == 1
    assert "the application was told to shut down" in serving.output
    assert "Traceback" not in serving.output


def test_a_running_request_is_waited_for(here):
    with webfoot("run", "main:app", "--port", "0", cwd=here) as serving:
        with opened(serving.url(), "/slow") as connection:
            assert serving.end() == 0
            heard = b""
            while data := connection.recv(65536):
                heard += data
    assert b"pid" in heard
    assert heard.endswith(b"0\r\n\r\n")
    assert "waiting up to 10 s for GET /slow" in serving.output
    assert "cut off GET" not in serving.output


@pytest.mark.parametrize(("grace", "waits"), [("0.2", False), ("0.9", True)])
def test_an_endless_response_is_cut_off_after_the_grace(here, grace, waits):
    words = ("--port", "0", "--timeout-graceful-shutdown", grace)
    with webfoot("run", "main:app", *words, cwd=here) as serving:
        with opened(serving.url(), "/stream"):
            assert serving.end(signal.SIGINT) == 0
    # A grace that is over before it is worth a line has none.
    assert ("waiting up to 0.9 s for GET /stream" in serving.output) is waits
    assert "cut off GET /stream" in serving.output
    assert "the application was told to shut down" in serving.output
    assert "Traceback" not in serving.output


def test_a_second_ctrl_c_ends_the_wait(here):
    with webfoot("run", "main:app", "--port", "0", "--timeout-graceful-shutdown", "1000", cwd=here) as serving:
        with opened(serving.url(), "/stream"):
            serving.send(signal.SIGINT)
            serving.wait_for("waiting up to 1000 s for GET /stream")
            assert serving.end(signal.SIGINT) == 0
    assert "the application was told to shut down" in serving.output


def test_sigterm_twice_is_one_stop(here):
    with webfoot("run", "main:app", "--port", "0", cwd=here) as serving:
        with opened(serving.url(), "/slow") as connection:
            serving.send(signal.SIGTERM)
            serving.wait_for("waiting up to 10 s")
            assert serving.end(signal.SIGTERM) == 0
            heard = b""
            while data := connection.recv(65536):
                heard += data
    assert heard.endswith(b"0\r\n\r\n")


def test_a_third_ctrl_c_ends_a_blocked_event_loop(here):
    with webfoot("run", "main:app", "--port", "0", cwd=here) as serving:
        with opened(serving.url(), "/block"):
            for _ in range(2):
                serving.send(signal.SIGINT)
            # signals of the same number merge while one is pending: each is sent until the process has ended
            while serving.process.poll() is None:
                serving.send(signal.SIGINT)
                try:
                    serving.process.wait(0.1)
                except Exception:
                    continue
            assert serving.code() != 0


def test_a_blocked_event_loop_is_cut_off_in_the_end(tmp_path):
    write_app(tmp_path)
    (tmp_path / "go.py").write_text(
        "from webfoot.server.process import bounds\n"
        "bounds.LEAST_SHUTDOWN = bounds.DRAIN_TAIL = bounds.HURRY = 0.1\n"
        "from webfoot.server import run\n"
        "run('main:app', port=0, timeout_graceful_shutdown=0.1)\n"
    )
    with Serving("go.py", cwd=tmp_path) as serving:
        with opened(serving.url(), "/block"):
            assert serving.end() == 1
    assert "main.py:" in serving.output
    assert "is cut off; it was held up at" in serving.output


def test_a_thread_that_blocks_does_not_keep_the_process(tmp_path):
    write_app(tmp_path)
    with webfoot("run", "main:app", *QUICK, cwd=tmp_path) as serving:
        with connect(serving.url()) as connection:
            connection.sendall(b"GET /thread HTTP/1.1\r\nhost: x\r\n\r\n")
            with opened_meanwhile(serving):
                assert serving.end() == 0
    assert "the application was told to shut down" in serving.output
    assert "is cut off; it was held up at" in serving.output


def opened_meanwhile(serving):
    """A second connection that was answered: the first one's request has begun by then."""
    url = serving.output.partition(" on ")[2].split()[0]
    ask(url)
    return connect(url)


def test_a_failed_start_is_one_sentence_after_the_applications_own_traceback(tmp_path):
    write_app(tmp_path, "async def app(scope, receive, send):\n    await receive()\n    raise ValueError('no pond')\n")
    with webfoot("run", "main:app", "--port", "0", cwd=tmp_path) as serving:
        assert serving.code() == 3
    lines = serving.output.splitlines()
    assert lines[-1] == "webfoot: the application failed to start at main.py:3: ValueError: no pond"
    assert lines[0] == "Traceback (most recent call last):"
    assert "webfoot/server" not in serving.output


def test_ctrl_c_during_a_start_that_takes_long(tmp_path):
    write_app(
        tmp_path,
        "import asyncio\n"
        "async def app(scope, receive, send):\n"
        "    await receive()\n"
        "    print('starting', flush=True)\n"
        "    try:\n"
        "        await asyncio.sleep(1000)\n"
        "    finally:\n"
        "        print('given up', flush=True)\n",
    )
    with webfoot("run", "main:app", "--port", "0", cwd=tmp_path) as serving:
        serving.wait_for("starting")
        assert serving.end(signal.SIGINT) == 0
    assert "given up" in serving.output
    assert "Traceback" not in serving.output


def test_a_taken_port_is_one_sentence(here):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with webfoot("run", "main:app", "--port", str(port), cwd=here) as serving:
            assert serving.code() == 1
    way_out = "end it, or choose another port (0: a free one)"
    taken_by = f"cannot listen on 127.0.0.1:{port}: the port is taken by another process"
    assert serving.output == f"webfoot: {taken_by}; {way_out}\n"


@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
def test_a_unix_socket_is_removed_in_the_end(here, loop):
    path = here / "web.sock"
    with webfoot("run", "main:app", "--uds", str(path), "--loop", loop, cwd=here) as serving:
        assert serving.url() == f"unix:{path}"
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(GUARD)
            client.connect(str(path))
            client.sendall(b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
            assert client.recv(65536).startswith(b"HTTP/1.1 200")
        assert serving.end() == 0
    assert not path.exists()
    assert "Traceback" not in serving.output


def test_an_application_that_asks_for_the_loop_or_runs_one_while_it_is_imported(tmp_path):
    head = "import asyncio\nasyncio.run(asyncio.sleep(0))\n"
    write_app(tmp_path, head + APP)
    with webfoot("run", "main:app", "--port", "0", cwd=tmp_path) as serving:
        assert "pid" in ask(serving.url())
        assert serving.end() == 0
    assert "Traceback" not in serving.output


def test_run_in_a_program_returns_and_the_program_goes_on(here):
    (here / "go.py").write_text(
        "from webfoot.server import run\nfrom main import app\nrun(app, port=0)\nprint('and on', flush=True)\n"
    )
    with Serving("go.py", cwd=here) as serving:
        serving.url()
        assert serving.end(signal.SIGINT) == 0
    assert serving.output.endswith("and on\n")


# In this process


async def hello(scope, receive, send):
    assert scope["type"] == "http"
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"5")]})
    await send({"type": "http.response.body", "body": b"hello"})


async def until(condition):
    async with asyncio.timeout(GUARD):
        while not condition():
            await asyncio.sleep(0)


FROZEN = """
import asyncio, gc
from webfoot.server import Server, ServerOptions

counts = []

async def app(scope, receive, send):
    await receive()
    counts.append(gc.get_freeze_count())
    await send({"type": "lifespan.startup.complete"})
    asyncio.get_running_loop().call_later(0.1, look)
    await receive()
    await send({"type": "lifespan.shutdown.complete"})

def look():
    counts.append(gc.get_freeze_count())
    server.stop()

server = Server(ServerOptions(port=0), app)
server.run()
embedded = server = Server(ServerOptions(port=0), app)
asyncio.run(embedded.serve())
print([count > 1000 for count in [*counts, gc.get_freeze_count()]])
"""


def test_a_process_of_its_own_does_not_collect_what_was_there_at_the_start(tmp_path):
    (tmp_path / "program.py").write_text(FROZEN)
    with Serving("program.py", cwd=tmp_path) as program:
        assert program.code() == 0
        assert "[False, True, False, False, False]" in program.output


def test_embedded_in_a_running_loop():
    async def main():
        server = Server(ServerOptions(port=0), hello)
        task = asyncio.create_task(server.serve())
        await until(lambda: server.started)
        body = await asyncio.to_thread(ask, server.urls[0])
        server.should_exit = True
        await task
        return body, server.started, server.should_exit

    assert asyncio.run(main()) == ("hello", False, True)


def test_the_signal_reaches_the_program_around_an_embedded_server():
    seen = []

    async def main():
        server = Server(ServerOptions(port=0), hello)
        task = asyncio.create_task(server.serve())
        await until(lambda: server.started)
        os.kill(os.getpid(), signal.SIGTERM)
        await task

    before = signal.signal(signal.SIGTERM, lambda number, frame: seen.append(number))
    try:
        asyncio.run(main())
        assert signal.getsignal(signal.SIGTERM) is not before
    finally:
        signal.signal(signal.SIGTERM, before)
    assert seen == [signal.SIGTERM]


def test_stop_from_another_thread_and_before_the_start(caplog):
    async def main():
        server = Server(ServerOptions(port=0), hello)
        task = asyncio.create_task(server.serve())
        await until(lambda: server.started)
        await asyncio.to_thread(server.stop)
        await task
        early = Server(ServerOptions(port=0), hello)
        early.stop()
        await early.serve()

    asyncio.run(asyncio.wait_for(main(), GUARD))
    gc.collect()
    assert "never retrieved" not in caplog.text


def test_given_sockets_are_used():
    async def main(given):
        server = Server(ServerOptions(port=1), hello)
        task = asyncio.create_task(server.serve([given]))
        await until(lambda: server.started)
        port = given.getsockname()[1]
        body = await asyncio.to_thread(ask, f"http://127.0.0.1:{port}")
        server.stop()
        await task
        return body

    with socket.create_server(("127.0.0.1", 0)) as given:
        given.setblocking(False)
        assert asyncio.run(main(given)) == "hello"


def test_what_serve_raises(tmp_path):
    async def broken(scope, receive, send):
        await receive()
        raise ValueError

    with pytest.raises(StartupFailed):
        asyncio.run(Server(ServerOptions(port=0), broken).serve())
    with pytest.raises(LoadError):
        asyncio.run(Server(ServerOptions("no_such_module_of_ours:app", port=0)).serve())
    with pytest.raises(BindError):
        asyncio.run(Server(ServerOptions(port=0, host="192.0.2.1"), hello).serve())


def test_serve_again_after_it_could_not(tmp_path, monkeypatch):
    """The port is asked for anew, and so is the application: the reason may have gone."""
    monkeypatch.syspath_prepend(tmp_path)
    taken = socket.create_server(("127.0.0.1", 0))
    server = Server(ServerOptions("comes_later:app", port=taken.getsockname()[1], app_dir=str(tmp_path)))

    async def main():
        with taken, pytest.raises(BindError):
            await server.serve()
        with pytest.raises(LoadError):
            await server.serve()
        (tmp_path / "comes_later.py").write_text("from tests.server.process.test_serve import hello as app\n")
        task = asyncio.create_task(server.serve())
        await until(lambda: server.started)
        text = await asyncio.to_thread(ask, server.urls[0])
        server.stop()
        await task
        return text

    assert asyncio.run(asyncio.wait_for(main(), GUARD)) == "hello"


def test_a_shutdown_that_hangs_is_bounded(monkeypatch, caplog):
    async def lingers(scope, receive, send):
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await asyncio.sleep(1000)

    async def main():
        server = Server(ServerOptions(port=0, timeout_graceful_shutdown=0), lingers)
        task = asyncio.create_task(server.serve())
        await until(lambda: server.started)
        server.stop()
        await task

    monkeypatch.setattr("webfoot.server.process.bounds.LEAST_SHUTDOWN", 0.05)
    asyncio.run(asyncio.wait_for(main(), GUARD))
    assert "did not end within 0.05 s" in caplog.text
