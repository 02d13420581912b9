"""Several workers: the page shows what all of them answered, whichever of them answers it, whatever becomes of them."""

import json
import os
import signal
import stat
import threading
from contextlib import closing

import pytest
from tests.journey.page.crews import PAGE, crew, kill
from tests.server.process.serving import poll


@pytest.fixture(scope="module")
def ship(tmp_path_factory):
    with crew(tmp_path_factory.mktemp("ship"), "--http", "h11") as ship:
        yield ship
        assert ship.serving.end() == 0
        assert ship.sockets == []
    assert "Traceback" not in ship.serving.output


@pytest.fixture
def visitors(ship):
    first, second = ship.visitors()
    assert first.clear() == (204, b"")
    return first, second


def test_one_list_whichever_worker_answers(visitors):
    for number, visitor in enumerate((*visitors, *visitors)):
        visitor.get(f"/ducks/{number}")
    workers = [visitor.worker for visitor in visitors]
    for visitor in visitors:
        found = visitor.listed()
        assert [(row["target"], row["worker"]) for row in found["journeys"]] == [
            (f"/ducks/{number}", worker) for number, worker in enumerate((*workers, *workers))
        ]
        told = found["server"]
        assert (told["worker"], told["workers"], told["seen"]) == (visitor.worker, 2, sorted(workers))
        assert (told["silent"], told["says"]) == ([], None)


def test_filters_and_the_limit_are_about_all(visitors):
    first, second = visitors
    for visitor in visitors:
        visitor.get("/ducks")
        visitor.get(f"/of/{visitor.worker}")
    assert first.targets("?path=/ducks") == ["/ducks", "/ducks"]
    assert first.targets("?limit=1") == [f"/of/{second.worker}"]
    assert first.targets(f"?worker={second.worker}") == ["/ducks", f"/of/{second.worker}"]
    assert first.targets("?worker=1") == []


def test_a_cursor_is_one_of_all_workers(visitors):
    first, second = visitors
    first.get("/one")
    cursor = second.listed()["cursor"]
    first.get("/two")
    second.get("/three")
    assert first.targets(f"?since={cursor}") == ["/two", "/three"]
    assert second.targets(f"?since={first.listed()['cursor']}") == []


def test_a_journey_is_opened_and_exported_at_any_worker(visitors):
    first, second = visitors
    first.get("/ducks/emma")
    [row] = second.listed()["journeys"]
    for _ in range(8):  # each at a worker that the system chooses
        assert json.loads(first.get(f"{PAGE}journeys/{row['id']}"))["summary"] == row
        assert b"/ducks/emma" in first.get(f"{PAGE}journeys/{row['id']}/export/curl")
        status, body = first.ask(f"{PAGE}journeys/{first.worker}-999999")
        assert (status, body) == (404, b'{"error": "this journey is not kept (any longer)"}')
        status, body = first.ask(f"{PAGE}journeys/1-1")
        assert status == 404
        assert b"there is no worker 1 any longer" in body


def test_one_stream_tells_of_all(ship, visitors):
    first, second = visitors
    first.get("/before/1")
    second.get("/before/2")
    with closing(ship.page()) as page:
        assert page.next()[0] == "reset"
        told = [page.until("journey")["target"] for _ in range(2)]
        assert sorted(told) == ["/before/1", "/before/2"]
        for visitor in visitors:
            visitor.get("/ducks")
            ended = page.until("journey", lambda row: row["state"] == "done")
            assert (ended["target"], ended["worker"]) == ("/ducks", visitor.worker)


def test_a_page_that_comes_again_hears_what_is_new_at_any_worker(ship, visitors):
    first, second = visitors
    first.get("/one")
    with closing(ship.page()) as page:
        page.until("journey", lambda row: row["target"] == "/one")
        second.get("/two")
        page.until("journey", lambda row: row["target"] == "/two" and row["state"] == "done")
        last_id = page.last_id
    first.get("/three")
    for worker in (first.worker, second.worker):
        with closing(ship.page(worker, **{"last-event-id": last_id})) as page:
            while (got := page.next())[0] in ("server", "alive"):
                pass
            assert (got[0], got[1].get("target")) == ("journey", "/three")


def test_what_is_forgotten_is_forgotten_by_all(ship, visitors):
    first, second = visitors
    for visitor in visitors:
        visitor.get("/ducks")
    with closing(ship.page()) as page:
        for _ in visitors:
            page.until("journey")
        assert first.clear() == (204, b"")
        told = {page.until("clear")["worker"] for _ in range(2)}
        assert told == {first.worker, second.worker}
    assert second.targets() == []


def test_nobody_but_its_user_gets_at_it(ship):
    assert stat.S_IMODE(ship.meeting.stat().st_mode) == 0o700
    assert len(ship.sockets) == 2
    for path in ship.sockets:
        assert stat.S_ISSOCK(path.stat().st_mode)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_worker_that_stands_still_holds_nobody_up_and_one_that_dies_is_missed(tmp_path):
    with crew(tmp_path) as ship:
        first, second = ship.visitors()
        first.get("/ducks")
        second.get("/geese")
        [lost] = first.listed(f"?worker={second.worker}&path=geese")["journeys"]
        page = ship.page(first.worker)

        kill(second.worker, signal.SIGSTOP)
        sentence = f"Worker {second.worker} does not answer"
        told = first.listed()
        assert (told["server"]["seen"], told["server"]["silent"]) == ([first.worker], [second.worker])
        assert told["server"]["says"].startswith(sentence)
        assert {row["worker"] for row in told["journeys"]} == {first.worker}
        status, body = first.ask(f"{PAGE}journeys/{lost['id']}")
        assert (status, b"does not answer" in body) == (504, True)
        status, body = first.clear()
        assert (status, sentence.encode() in body) == (504, True)
        silent = page.until("server", lambda data: data["server"]["silent"])
        assert silent["server"]["says"].startswith(sentence)

        kill(second.worker, signal.SIGCONT)
        page.until("clear", lambda data: data["worker"] == second.worker)  # what it hears late it does
        while page.server["silent"]:
            page.next()
        assert (page.server["says"], second.worker in page.server["seen"]) == (None, True)
        assert second.get("/again") == str(second.worker).encode()
        page.until("journey", lambda row: row["target"] == "/again")

        kill(second.worker)
        page.until("server", lambda data: second.worker not in data["server"]["seen"])
        status, body = first.ask(f"{PAGE}journeys/{lost['id']}")
        assert (status, f"there is no worker {second.worker} any longer".encode() in body) == (404, True)
        another = page.until("server", lambda data: data["server"]["workers"] == 2)["server"]["seen"]
        assert first.worker in another
        pids = sorted(map(str, another))
        poll(lambda: [path.name.split("-")[1] for path in ship.sockets if path.suffix == ".page"], pids.__eq__)
        assert [path.name.split("-")[1] for path in ship.sockets if path.suffix == ".dead"] == [str(second.worker)]
        loss = (
            f"Worker {second.worker} died, and its journeys have gone with it (--recorder keeps those that were under "
        )
        assert page.server["says"].startswith(loss)
        assert first.listed()["server"]["says"].startswith(loss)
        assert {row["worker"] for row in first.listed()["journeys"]} <= set(another)
        assert first.clear() == (204, b"")
        assert first.listed()["server"]["says"] is None
        page.close()
        assert ship.serving.end() == 0
        assert ship.sockets == []


def test_a_reload_shows_those_that_come_and_those_that_go(tmp_path):
    with crew(tmp_path) as ship:
        old = ship.visitors()
        page = ship.page()
        napping = threading.Thread(target=old[0].ask, args=("/nap",))
        napping.start()
        page.until("journey", lambda row: row["target"] == "/nap")
        ship.serving.send(signal.SIGHUP)
        assert page.until("bye") == {"why": "restart"}
        page.close()
        ship.serving.wait_for("reloaded$")

        new = [visitor for visitor in ship.visitors() if visitor.worker not in {each.worker for each in old}]
        assert len(new) == 2
        page = ship.page()
        found = new[0].listed("?path=/nap")
        assert old[0].worker in found["server"]["seen"]
        assert [row["state"] for row in found["journeys"]] == ["running"]
        (tmp_path / "morning").touch()
        # It is the last thing that this worker has to tell.
        page.until("journey", lambda row: row["target"] == "/nap" and row["state"] == "done")
        page.until("server", lambda data: data["server"]["seen"] == sorted(each.worker for each in new))
        napping.join()
        page.close()
        assert ship.serving.end() == 0
        assert ship.sockets == []
    assert "Traceback" not in ship.serving.output


def test_whoever_has_no_token_sees_nothing_of_any_worker(tmp_path):
    token = "a-token-of-ducks"
    with crew(tmp_path, WEBFOOT_JOURNEY_TOKEN=token) as ship:
        first, second = ship.visitors()
        first.get("/ducks")
        bearer = {"authorization": f"Bearer {token}"}
        keeper = ship.visitor(**bearer)
        [row] = keeper.listed("?path=/ducks")["journeys"]
        for visitor in (first, second):
            for path in ("journeys", f"journeys/{row['id']}", "events", f"journeys/{row['id']}/export/curl"):
                assert visitor.ask(f"{PAGE}{path}")[0] == 401
                assert visitor.ask(f"{PAGE}{path}", authorization="Bearer quack-quack")[0] == 401
            assert visitor.clear()[0] == 401
        assert keeper.targets("?path=/ducks") == ["/ducks"]


def test_when_the_supervisor_is_killed_nothing_is_left_and_when_all_are_the_next_server_tidies_up(tmp_path):
    with crew(tmp_path) as ship:
        runtime = ship.meeting.parent
        ship.serving.process.kill()
        poll(lambda: ship.sockets, lambda left: left == [])

        with crew(tmp_path, runtime=runtime) as killed:
            os.killpg(killed.serving.process.pid, signal.SIGKILL)
            killed.serving.process.wait()
            left = killed.sockets
            assert len(left) == 2
        with crew(tmp_path, runtime=runtime) as next_one:
            assert len(next_one.sockets) == 2
            assert not set(next_one.sockets) & set(left)
            assert next_one.visitors()[0].listed()["server"]["workers"] == 2
            assert next_one.serving.end() == 0
        assert next_one.sockets == []


def test_two_servers_of_one_user_do_not_mix(tmp_path, ship):
    with crew(tmp_path, workers=2, runtime=ship.meeting.parent) as other:
        assert len(other.sockets) == 4
        stranger, _ = other.visitors()
        stranger.get("/geese")
        visitor = ship.visitor()
        assert visitor.listed()["server"]["workers"] == 2
        assert visitor.targets("?path=/geese") == []
        assert other.serving.end() == 0


def test_one_worker_more(tmp_path):
    with crew(tmp_path) as ship:
        ship.serving.send(signal.SIGTTIN)
        visitors = ship.visitors(3)
        told = visitors[0].listed()["server"]
        assert (told["workers"], told["seen"]) == (3, sorted(each.worker for each in visitors))
        assert ship.serving.end() == 0


def test_one_process_that_is_reloaded_may_be_one_of_several_from_then_on(tmp_path):
    with crew(tmp_path, workers=1) as ship:
        alone = ship.visitor()
        assert (alone.ask("/ducks")[0], ship.sockets) == (200, [])
        ship.serving.send(signal.SIGHUP)
        ship.serving.wait_for("looks after worker")
        assert len(ship.sockets) == 1
        ship.serving.send(signal.SIGTTIN)
        first, second = ship.visitors()
        first.get("/geese")
        assert second.targets("?path=/geese") == ["/geese"]
        assert second.listed()["server"]["workers"] == 2
        assert ship.serving.end() == 0
        assert ship.sockets == []
