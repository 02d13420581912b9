"""The same environment and the same file, read by Starlette and by webfoot."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from tests.differential.web.kits import OURS, THEIRS

FILE = """\
# a comment
DEBUG=True
 SPACED = a b
DOUBLE="quoted"
SINGLE='single'
EMPTY=
NO EQUALS
HASH=a#b
HASHED=a # b
EQUALS=a=b=c
MIXED="a'
#OUT=1
TWICE=1
TWICE=2
LINES="a\\nb"
NUMBER=12
UNCLOSED="abc
=nameless
ONE="
UMLAUT=\u00fc
ODD_ENDS=a\x0bb\x0cc\x85d\u2028e
"""
ENVIRON = {"TWICE": "environment", "NUMBER": "13", "YES": "1", "NO": "FALSE", "MAYBE": "yes"}
NAMES = [
    *("DEBUG", "SPACED", "DOUBLE", "SINGLE", "EMPTY", "NO EQUALS", "HASH", "HASHED", "EQUALS", "MIXED", "OUT"),
    *("TWICE", "LINES", "NUMBER", "UNCLOSED", "", "ONE", "UMLAUT", "ODD_ENDS", "YES", "NO", "MAYBE", "MISSING"),
]


def answer(do: Any) -> Any:
    try:
        return repr(do())
    except Exception as error:
        return type(error).__name__, str(error)


def both(do: Any) -> tuple[Any, Any]:
    return answer(lambda: do(THEIRS)), answer(lambda: do(OURS))


@pytest.fixture(scope="module")
def env_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("config") / ".env"
    path.write_text(FILE)
    return path


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("cast", [None, str, bool, int, float, "Secret", "CommaSeparatedStrings"], ids=str)
@pytest.mark.parametrize("default", [(), ("7",), (None,), (True,)], ids=str)
def test_values(env_file: Path, name: str, cast: Any, default: tuple[Any, ...]) -> None:
    def read(kit: SimpleNamespace) -> Any:
        config = kit.Config(env_file, environ=ENVIRON)
        return config(name, getattr(kit, cast) if isinstance(cast, str) else cast, *default)

    theirs, ours = both(read)
    assert ours == theirs


@pytest.mark.parametrize("prefix", ["", "N", "NUM"])
def test_prefixes(env_file: Path, prefix: str) -> None:
    for name in ("NUMBER", "UMBER", "BER"):
        theirs, ours = both(lambda kit: kit.Config(env_file, ENVIRON, env_prefix=prefix).get(name, int))
        assert ours == theirs


def test_the_whole_file(env_file: Path) -> None:
    theirs, ours = both(lambda kit: sorted(kit.Config(env_file).file_values.items()))
    assert ours == theirs


PROGRAMS: dict[str, Any] = {
    "set": lambda env: (env.__setitem__("A", "2"), env["A"]),
    "read, set": lambda env: (env["A"], env.__setitem__("A", "2")),
    "in, set": lambda env: ("A" in env, env.__setitem__("A", "2")),
    "get, set": lambda env: (env.get("Z"), env.__setitem__("Z", "2")),
    "listed, set": lambda env: (sorted(env), len(env), env.__setitem__("A", "2")),
    "delete": lambda env: (env.__delitem__("A"), sorted(env)),
    "read, delete": lambda env: (env["A"], env.__delitem__("A")),
    "delete what is not there": lambda env: env.__delitem__("Z"),
    "read another, set": lambda env: (env["B"], env.__setitem__("A", "2"), env["A"]),
    "setdefault": lambda env: env.setdefault("A", "2"),
    "update": lambda env: (env.update({"A": "3"}), env["A"]),
    "pop": lambda env: env.pop("A"),
}


@pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS)
def test_environ(program: Any) -> None:
    theirs, ours = both(lambda kit: program(kit.Environ({"A": "1", "B": "2"})))
    assert ours == theirs
