"""The values read are held against Starlette's in tests/differential/web/test_config.py."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from webfoot.web import Config
from webfoot.web.config import Environ, EnvironError, environ
from webfoot.web.datastructures import CommaSeparatedStrings, Secret

FILE = """
# Ponds
POND = north
DEBUG=true
HOSTS="a.example, b.example"
export KEY='s3cret'
  # SHY=1
EMPTY=
"""


@pytest.fixture
def env_file(tmp_path: Path) -> Path:
    path = tmp_path / ".env"
    path.write_text(FILE)
    return path


def test_the_environment_wins_then_the_file_then_the_default(env_file: Path) -> None:
    config = Config(env_file, environ={"POND": "south"})
    assert config("POND") == "south"
    assert config("DEBUG", cast=bool) is True
    assert config("SIZE", cast=int, default=3) == 3
    assert config("SIZE", default=None) is None


def test_a_file_has_quotes_comments_and_exports(env_file: Path) -> None:
    config = Config(str(env_file), environ={})
    assert list(config("HOSTS", cast=CommaSeparatedStrings)) == ["a.example", "b.example"]
    assert config("KEY") == "s3cret"
    assert config("EMPTY") == ""
    assert config.file_values.keys() == {"POND", "DEBUG", "HOSTS", "KEY", "EMPTY"}


def test_a_prefix_stands_before_every_name(env_file: Path) -> None:
    config = Config(env_file, environ={"APP_POND": "south", "POND": "north"}, env_prefix="APP_")
    assert config("POND") == "south"
    with pytest.raises(KeyError, match="Config 'APP_DEBUG' is missing, and has no default"):
        config("DEBUG")


@pytest.mark.parametrize(
    ("cast", "value", "sentence"),
    [
        (bool, "maybe", "Config 'X' has value 'maybe'. Not a valid bool."),
        (bool, "", "Config 'X' has value ''. Not a valid bool."),
        (int, "3.5", "Config 'X' has value '3.5'. Not a valid int."),
        (float, "x", "Config 'X' has value 'x'. Not a valid float."),
    ],
)
def test_a_value_that_is_none_of_its_kind(cast: Any, value: str, sentence: str) -> None:
    with pytest.raises(ValueError) as caught:
        Config(environ={"X": value})("X", cast=cast)
    assert str(caught.value) == sentence


def address(text: str) -> str:
    raise ValueError(f"{text} is no address")


def test_a_cast_of_ones_own_does_not_tell_the_value() -> None:
    """It may hold a password (CWE-532)."""
    with pytest.raises(ValueError) as caught:
        Config(environ={"DATABASE": "postgres://duck:s3cret@pond"})("DATABASE", cast=address)
    assert str(caught.value) == "Config 'DATABASE' has a value that address does not take (ValueError)."
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_a_default_is_cast_too() -> None:
    config = Config(environ={})
    assert config("SIZE", cast=int, default="3") == 3
    assert repr(config("KEY", cast=Secret, default="duck")) == "Secret('**********')"
    with pytest.raises(ValueError, match="Not a valid int"):
        config("SIZE", cast=int, default="x")


@pytest.mark.parametrize("name", ["none.env", "."])
def test_a_file_that_is_not_there_is_warned_of_here(tmp_path: Path, name: str) -> None:
    with pytest.warns(UserWarning, match="not found") as warned:
        config = Config(tmp_path / name, environ={})
    assert warned[0].filename == __file__
    assert config("X", default="y") == "y"


def test_a_file_in_another_encoding(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_bytes("POND=s\u00fcd".encode("latin-1"))
    assert Config(path, environ={}, encoding="latin-1")("POND") == "s\u00fcd"
    with pytest.raises(ValueError, match="is not in the encoding utf-8"):
        Config(path, environ={})


def test_a_byte_order_mark_and_line_ends_of_windows(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_bytes(b"\xef\xbb\xbfPOND=north\r\nSIZE=3\r\n")
    assert Config(path, environ={}).file_values == {"POND": "north", "SIZE": "3"}


def test_a_named_pipe_is_read_once(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    writer = threading.Thread(target=path.write_text, args=("POND=piped\n",))
    writer.start()
    config = Config(path, environ={})
    writer.join()
    assert (config("POND"), config("POND")) == ("piped", "piped")


class TestEnviron:
    def test_it_is_the_environment(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("WEBFOOT_TEST_DUCK", "Emma")
        assert environ["WEBFOOT_TEST_DUCK"] == "Emma"
        assert Config()("WEBFOOT_TEST_DUCK") == "Emma"

    def test_it_can_be_changed_until_it_is_read(self) -> None:
        env = Environ({"A": "1", "B": "2"})
        env["A"] = "3"
        del env["B"]
        assert dict(env) == {"A": "3"}

    @pytest.mark.parametrize(
        "read",
        [lambda env: env["A"], lambda env: env.get("A"), lambda env: "A" in env, lambda env: Config(environ=env)("A")],
    )
    def test_and_not_afterwards(self, read: Callable[[Environ], Any]) -> None:
        env = Environ({"A": "1"})
        read(env)
        with pytest.raises(EnvironError, match=r"set environ\['A'\], but the value has already been read"):
            env["A"] = "2"
        with pytest.raises(EnvironError, match="delete"):
            del env["A"]

    def test_to_learn_that_it_is_not_there_is_to_read_it(self) -> None:
        env = Environ({})
        assert env.get("A") is None
        with pytest.raises(EnvironError):
            env["A"] = "1"

    def test_it_does_not_show_its_values(self) -> None:
        assert repr(Environ({"KEY": "s3cret"})) == "<Environ of 1 variables>"
