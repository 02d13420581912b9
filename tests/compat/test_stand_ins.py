"""Small names that packages import."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from webfoot.api.options import NotGiven as DefaultPlaceholder
from webfoot.compat.asgi2 import ASGI2Middleware
from webfoot.compat.concurrency import contextmanager_in_threadpool, run_until_first_complete
from webfoot.compat.importer import ImportFromStringError, import_from_string
from webfoot.compat.lifespans import _merge_lifespan_context
from webfoot.compat.stand_ins import (
    Default,
    deep_dict_update,
    generate_encoders_by_class_tuples,
    generate_operation_id_for_path,
    get_path_param_names,
    get_value_or_default,
)


def test_what_nobody_gave() -> None:
    assert Default("x") == DefaultPlaceholder("x")
    assert get_value_or_default(Default("a"), DefaultPlaceholder("b"), "c", "d") == "c"
    assert get_value_or_default(Default("a"), Default("b")) == Default("a")
    assert DefaultPlaceholder(1) == DefaultPlaceholder(1) != DefaultPlaceholder(2)
    assert not DefaultPlaceholder("")


def test_utils() -> None:
    assert get_path_param_names("/ducks/{number}/{rest:path}") == {"number", "rest:path"}
    assert generate_operation_id_for_path(name="a-b", path="/x/{y}", method="GET") == "a_b_x__y__get"
    main = {"a": {"b": 1}, "list": [1], "x": 1}
    deep_dict_update(main, {"a": {"c": 2}, "list": [2], "x": {"y": 1}})
    assert main == {"a": {"b": 1, "c": 2}, "list": [1, 2], "x": {"y": 1}}
    assert generate_encoders_by_class_tuples({int: str, float: str, bytes: repr}) == {str: (int, float), repr: (bytes,)}


def test_a_context_manager_in_threads() -> None:
    told: list[Any] = []

    @contextlib.contextmanager
    def pond(swallows: bool) -> Iterator[str]:
        told.append(threading.current_thread() is threading.main_thread())
        try:
            yield "water"
        except KeyError as error:
            told.append(error.args)
            if not swallows:
                raise
        finally:
            told.append(threading.current_thread() is threading.main_thread())

    async def main() -> None:
        async with contextmanager_in_threadpool(pond(True)) as water:
            told.append(water)
        async with contextmanager_in_threadpool(pond(True)):
            raise KeyError("duck")
        with pytest.raises(KeyError):
            async with contextmanager_in_threadpool(pond(False)):
                raise KeyError("goose")

    asyncio.run(main())
    assert told == [False, "water", False, False, ("duck",), False, False, ("goose",), False]


def test_the_first_that_ends_cancels_the_rest() -> None:
    told: list[str] = []

    async def quick(name: str) -> None:
        told.append(name)

    async def slow() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            told.append("cancelled")
            raise

    async def fails() -> None:
        raise ValueError("quack")

    asyncio.run(run_until_first_complete((slow, {}), (quick, {"name": "duck"})))
    assert told == ["duck", "cancelled"]
    with pytest.raises(ValueError, match="quack"):
        asyncio.run(run_until_first_complete((slow, {}), (fails, {})))


def test_two_lifespans_as_one() -> None:
    told: list[str] = []

    def lifespan(name: str, state: dict[str, int] | None) -> Any:
        @contextlib.asynccontextmanager
        async def around(app: Any) -> Any:
            told.append(f"{name} begins")
            yield state
            told.append(f"{name} ends")

        return around

    async def main() -> None:
        async with _merge_lifespan_context(lifespan("a", {"x": 1, "y": 1}), lifespan("b", {"x": 2}))(None) as state:
            assert state == {"x": 2, "y": 1}
        async with _merge_lifespan_context(lifespan("c", None), lifespan("d", None))(None) as state:
            assert state is None

    asyncio.run(main())
    assert told[:4] == ["a begins", "b begins", "b ends", "a ends"]


def test_asgi2() -> None:
    told: list[Any] = []

    def app(scope: Any) -> Any:
        async def serve(receive: Any, send: Any) -> None:
            told.append((scope, receive, send))

        return serve

    asyncio.run(ASGI2Middleware(app)({"type": "http"}, 1, 2))  # type: ignore[arg-type]
    assert told == [({"type": "http"}, 1, 2)]


def test_a_name_as_text() -> None:
    assert import_from_string("os:path.join") is __import__("os").path.join
    assert import_from_string(test_asgi2) is test_asgi2
    for text, said in [
        ("no_such_pond:app", 'there is no module "no_such_pond"'),
        ("os:path.duck", 'the module "os" has no attribute "path.duck"'),
        ("os", '"os" does not name anything: write "<module>:<attribute>"'),
    ]:
        with pytest.raises(ImportFromStringError) as raised:
            import_from_string(text)
        assert str(raised.value) == said


def test_a_module_that_cannot_be_imported_is_not_one_that_is_missing(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pond_without_water.py").write_text("import no_such_water")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModuleNotFoundError, match="no_such_water"):
        import_from_string("pond_without_water:app")
