"""Where the files are, who may enter, and which of the dead are kept."""

from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path

import pytest
from tests.journey.flight.files import made

from webfoot.journey.flight.directory import MOST_OF_THE_DEAD, flights, private_directory, remove_old, usual_places


def test_it_is_made_for_its_user_alone(tmp_path: Path) -> None:
    place = private_directory(str(tmp_path / "flights"))

    assert place.stat().st_mode & 0o777 == 0o700


def test_one_that_is_there_is_taken(tmp_path: Path) -> None:
    (tmp_path / "flights").mkdir(mode=0o700)

    assert private_directory(str(tmp_path / "flights")) == tmp_path / "flights"


def test_what_cannot_be_trusted_is_refused(tmp_path: Path) -> None:
    (tmp_path / "open").mkdir()
    (tmp_path / "open").chmod(0o755)
    (tmp_path / "file").touch()
    (tmp_path / "mine").mkdir(mode=0o700)
    (tmp_path / "link").symlink_to(tmp_path / "mine")
    for name, sentence in (
        ("open", r"open is open to other users \(mode 755\): chmod 700 it"),
        ("file", "file is not a directory"),
        ("link", "link is not a directory"),
        ("none/below", "none is not a directory"),
    ):
        with pytest.raises(OSError, match=sentence):
            private_directory(str(tmp_path / name))


def test_one_of_another_user_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "flights").mkdir(mode=0o700)
    monkeypatch.setattr(os, "geteuid", lambda: 4711)
    with pytest.raises(OSError, match="belongs to another user"):
        private_directory(str(tmp_path / "flights"))


def test_the_usual_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    assert private_directory() == tmp_path / "webfoot"
    monkeypatch.delenv("XDG_RUNTIME_DIR")
    assert usual_places()[0] == Path(f"/dev/shm/webfoot-{os.geteuid()}")


def test_other_users_are_looked_for_and_directories_that_only_begin_alike_are_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    for name in ("webfoot-4711", "webfoot-0cj0akng", "webfoot-benchmarks-x"):
        (tmp_path / name).mkdir(mode=0o700)
        made(tmp_path / name, server=9).close()
    found = [flight.path.parent.name for flight in flights() if tmp_path in flight.path.parents]
    assert found == ["webfoot-4711"]


def test_where_the_first_place_is_spoilt_the_next_one_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "webfoot").touch()
    monkeypatch.setattr(
        "webfoot.journey.flight.directory.usual_places", lambda: [tmp_path / "webfoot", tmp_path / "next"]
    )
    assert private_directory() == tmp_path / "next"


def test_the_latest_of_the_dead_are_kept(tmp_path: Path) -> None:
    living = made(tmp_path / "flights", server=1)
    names = []
    for server in range(2, 2 + MOST_OF_THE_DEAD + 3):
        dead = made(tmp_path / "flights", server=server)
        dead.close()
        names.append(dead.path)
    (tmp_path / "flights" / "other.flight").write_text("no flight file")
    remove_old(tmp_path / "flights")
    found = flights(tmp_path / "flights")

    assert sum(not flight.is_alive for flight in found) == MOST_OF_THE_DEAD
    assert living.path.exists() and not any(path.exists() for path in names[:3])
    assert re.fullmatch(r"\d+-\d+-\d+\.flight", living.path.name)
