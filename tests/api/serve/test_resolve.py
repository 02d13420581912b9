import asyncio
from contextvars import ContextVar
from dataclasses import dataclass
from functools import partial
from threading import get_ident
from typing import Annotated

import pytest
from pydantic import BaseModel
from tests.api.serve.visiting import Marks, answered, served, visit_to

from webfoot import BackgroundTasks, Depends, Query, Request, Security
from webfoot.api.errors import WebfootError
from webfoot.api.scopes import SecurityScopes
from webfoot.api.serve.pipeline import serve


def result_of(endpoint, **request):
    return answered(endpoint, **request).body


class Pond:
    def __init__(self, size: int = 1):
        self.size = size

    def __call__(self, depth: int = 2):
        return self.size * depth

    async def freeze(self, days: int = 3):
        return self.size * days


@dataclass
class Plain:
    size: int = 4


class Model(BaseModel):
    size: Annotated[int, Query(gt=3)] = 5


async def bound(a: int, b: int = 6):
    return a * b


@pytest.mark.parametrize(
    ("dependency", "query", "result"),
    [
        (lambda: 7, "", b"7"),
        (Pond(3), "depth=5", b"15"),
        (Pond(3).freeze, "days=4", b"12"),
        (partial(bound, 2), "b=5", b"10"),
    ],
)
def test_each_kind_of_callable_gives_its_result(dependency, query, result):
    async def endpoint(value=Depends(dependency)):
        return value

    assert result_of(endpoint, query=query) == result


@pytest.mark.parametrize("kind", [Pond, Plain, Model])
def test_a_class_is_its_own_dependency(kind):
    async def endpoint(value: Annotated[kind, Depends()]):
        return value.size

    assert result_of(endpoint, query="size=9") == b"9"


def test_sync_callables_run_in_a_thread_and_classes_that_only_keep_values_do_not():
    threads = []

    def sync():
        threads.append(get_ident())

    class Noting(Model):
        def __init__(self, **values):
            super().__init__(**values)
            threads.append(get_ident())

    async def endpoint(a=Depends(sync), b: Noting = Depends(Noting)): ...

    result_of(endpoint)
    assert len(threads) == 2
    assert get_ident() not in threads


def test_a_result_is_shared_unless_it_is_not_to_be():
    runs = []

    async def counted():
        runs.append(1)
        return len(runs)

    async def shares(a=Depends(counted)):
        return a

    async def endpoint(a=Depends(shares), b=Depends(counted), c=Depends(counted, use_cache=False)):
        return [a, b, c]

    assert result_of(endpoint) == b"[1,1,2]"


def test_scopes_are_known_to_who_asks():
    async def asks(scopes: SecurityScopes):
        return scopes.scope_str

    async def between(a=Security(asks, scopes=["read"])):
        return a

    async def endpoint(a=Security(between, scopes=["user"]), b=Depends(asks)):
        return [a, b]

    assert result_of(endpoint) == b'["user read",""]'


def test_a_dependency_may_ask_for_the_request():
    async def asks(request: Request):
        return request.method

    async def endpoint(request: Request, a=Depends(asks)):
        return [a, request.method]

    assert result_of(endpoint) == b'["POST","POST"]'


def test_context_variables_set_in_a_thread_reach_the_endpoint():
    user: ContextVar[str] = ContextVar("user")

    def sets():
        user.set("Donald")

    async def endpoint(a=Depends(sets)):
        return user.get()

    assert result_of(endpoint) == b'"Donald"'


class Log(list):
    def around(self, name, *, sync=False):
        """A dependency that notes what it sees."""

        async def steps():
            self.append(f"{name} in")
            try:
                yield name
            except BaseException as error:
                self.append(f"{name} saw {type(error).__name__}")
                raise
            finally:
                self.append(f"{name} out")

        def sync_steps():
            self.append(f"{name} in")
            try:
                yield name
            except BaseException as error:
                self.append(f"{name} saw {type(error).__name__}")
                raise
            finally:
                self.append(f"{name} out")

        return sync_steps if sync else steps

    def sending(self, visit):
        send = visit.send

        async def noting_send(message):
            self.append(message["type"].rpartition(".")[2])
            await send(message)

        visit.send = noting_send
        return visit


@pytest.mark.parametrize("sync", [False, True])
def test_generators_are_left_in_reverse_order_after_the_response(sync):
    log = Log()

    async def endpoint(a=Depends(log.around("a", sync=sync)), b=Depends(log.around("b"))):
        log.append(f"called with {a} {b}")

    asyncio.run(serve(log.sending(visit_to(endpoint))))
    assert log == ["a in", "b in", "called with a b", "start", "body", "b out", "a out"]


def test_with_the_scope_of_the_function_they_are_left_before_the_response():
    log = Log()

    async def endpoint(a=Depends(log.around("a")), b=Depends(log.around("b"), scope="function")): ...

    asyncio.run(serve(log.sending(visit_to(endpoint))))
    assert log == ["a in", "b in", "b out", "start", "body", "a out"]


@pytest.mark.parametrize("sync", [False, True])
def test_an_exception_is_thrown_into_all_of_them(sync):
    log = Log()

    async def endpoint(
        a=Depends(log.around("a", sync=sync)), b=Depends(log.around("b")), c=Depends(log.around("c"), scope="function")
    ):
        raise KeyError("x")

    with pytest.raises(KeyError):
        served(endpoint)
    assert log[3:] == ["c saw KeyError", "c out", "b saw KeyError", "b out", "a saw KeyError", "a out"]


def test_those_that_were_entered_are_left_when_a_later_dependency_fails():
    log = Log()

    async def fails():
        raise KeyError("x")

    async def endpoint(a=Depends(log.around("a")), b=Depends(fails), c=Depends(log.around("c"))): ...

    with pytest.raises(KeyError):
        served(endpoint)
    assert log == ["a in", "a saw KeyError", "a out"]


def test_one_may_raise_another_exception():
    log = Log()

    async def translates():
        try:
            yield
        except KeyError as error:
            raise LookupError("not here") from error

    async def endpoint(a=Depends(log.around("a")), b=Depends(translates)):
        raise KeyError("x")

    with pytest.raises(LookupError, match="not here"):
        served(endpoint)
    assert log == ["a in", "a saw LookupError", "a out"]


@pytest.mark.parametrize("scope", ["function", "request"])
def test_one_that_swallows_is_named(scope):
    log = Log()

    async def swallows():
        try:
            yield
        except KeyError:
            pass

    async def endpoint(a=Depends(log.around("a")), b=Depends(swallows, scope=scope)):
        raise KeyError("x")

    with pytest.raises(WebfootError, match=r"swallows \(.*caught KeyError\('x'\).*has to end with `raise`") as caught:
        served(endpoint)
    assert isinstance(caught.value.__cause__, KeyError)
    assert log == ["a in", "a out"]


def test_after_the_response_one_may_swallow():
    seen = []

    async def swallows():
        try:
            yield
        except KeyError as error:
            seen.append(error)

    def fails():
        raise KeyError("x")

    async def endpoint(tasks: BackgroundTasks, a=Depends(swallows)):
        tasks.add_task(fails)

    assert len(served(endpoint)) == 2
    assert len(seen) == 1


def test_one_that_fails_on_its_way_out_does_not_keep_the_others_in():
    log = Log()

    async def fails():
        yield
        raise KeyError("x")

    async def endpoint(a=Depends(log.around("a")), b=Depends(fails)): ...

    with pytest.raises(KeyError):
        served(endpoint)
    assert log == ["a in", "a saw KeyError", "a out"]


def test_an_exception_while_sending_is_seen_too():
    log = Log()

    async def endpoint(a=Depends(log.around("a"))): ...

    async def send(message):
        raise OSError("gone")

    visit = visit_to(endpoint)
    visit.send = send
    with pytest.raises(OSError, match="gone"):
        asyncio.run(serve(visit))
    assert log == ["a in", "a saw OSError", "a out"]


def test_a_cancelled_request_is_left_as_well():
    log = Log()

    async def endpoint(a=Depends(log.around("a"))):
        await asyncio.Event().wait()

    async def cancel():
        task = asyncio.create_task(serve(visit_to(endpoint)))
        while not log:
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(cancel())
    assert log == ["a in", "a saw CancelledError", "a out"]


def test_the_trail_is_told_who_came_and_who_left():
    log = Log()
    marks = Marks()

    def sync(a=Depends(log.around("a"))):
        return 1

    async def endpoint(a=Depends(sync), b=Depends(sync)): ...

    served(endpoint, trail=marks)
    around, once = marks.of("dependency_entered")
    assert around["name"].endswith("steps")
    assert (around["where"], around["outcome"], around["cached"]) == ("event loop", "gave", 1)
    assert (once["where"], once["outcome"], once["cached"], once["file"]) == ("thread", "gave", 1, __file__)
    assert once["took_ns"] >= 0
    [left] = marks.of("dependency_left")
    assert left["outcome"] == "left"


def test_the_trail_is_told_who_failed_and_who_could_not_run():
    marks = Marks()

    def needs(q: int): ...

    async def fails():
        raise KeyError("x")

    async def endpoint(a=Depends(needs), b=Depends(fails)): ...

    with pytest.raises(KeyError):
        served(endpoint, trail=marks)
    skipped, raised = marks.of("dependency_entered")
    assert skipped["outcome"] == "skipped"
    assert raised["outcome"] == "raised"
    assert isinstance(raised["error"], KeyError)


def test_the_trail_is_told_who_let_an_error_pass_and_who_swallowed_it():
    marks, log = Marks(), Log()

    async def swallows():
        try:
            yield
        except KeyError:
            pass

    async def endpoint(a=Depends(swallows), b=Depends(log.around("b"))):
        raise KeyError("x")

    with pytest.raises(WebfootError):
        served(endpoint, trail=marks)
    assert [facts["outcome"] for facts in marks.of("dependency_left")] == ["raised", "swallowed"]
