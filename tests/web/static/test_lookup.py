"""Nothing outside of the directory is ever found: by names, by links, by anything that a path can be made of."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from webfoot.web.static import lookup
from webfoot.web.static.lookup import find_below, is_odd_on_windows, why_nothing


@pytest.fixture(scope="module")
def pond(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with links of every kind, and things beside it that nobody may see."""
    top = tmp_path_factory.mktemp("top").resolve()
    pond = top / "pond"
    (pond / "sub" / "deep").mkdir(parents=True)
    (top / "pond-other").mkdir()
    for path in ("secret", "pond-other/secret", "pond/duck", "pond/sub/duck", "pond/sub/deep/duck", "pond/back\\slash"):
        (top / path).write_text(path)
    (top / os.fsdecode(b"pond/latin-\xff")).write_text("latin")
    links = {
        "in": "duck", "in-sub": "sub/deep", "out": "../secret", "up": "..", "absolute": str(top / "secret"),
        "other": "../pond-other", "loop": "loop", "dangling": "nowhere", "through": "up/secret", "home": str(pond),
        "around": "../pond/duck", "sub/out": "../../secret",
    }  # fmt: skip
    for name, target in links.items():
        (pond / name).symlink_to(target)
    os.mkfifo(pond / "pipe")
    return pond


def found(pond: Path, path: str, follow_symlink: bool = False) -> str | None:
    """What is found, as a path from the directory; None for nothing."""
    answer = find_below(pond, path, follow_symlink=follow_symlink)
    return None if answer is None else os.path.relpath(answer[0], pond)


@pytest.mark.parametrize(
    ("path", "real"),
    [
        ("duck", "duck"),
        ("sub/deep/duck", "sub/deep/duck"),
        ("sub//deep/./duck/", "sub/deep/duck"),
        ("back\\slash", "back\\slash"),
        ("latin-\udcff", "latin-\udcff"),
        (".", "."),
        ("", "."),
        ("sub", "sub"),
        ("pipe", "pipe"),
        ("in", "duck"),
        ("in-sub/duck", "sub/deep/duck"),
        ("home/duck", "duck"),
        ("around", "duck"),
    ],
)
def test_what_is_in_it(pond: Path, path: str, real: str) -> None:
    assert found(pond, path) == real


OUTSIDE = [
    "..", "../secret", "../../../../etc/passwd", "sub/../../secret", "../pond/duck", "../pond-other/secret",
    "/etc/passwd", "//etc/passwd", "//", "/",
    "out", "up/secret", "up", "absolute", "other/secret", "through", "sub/out", "home/out", "home/up/secret",
]  # fmt: skip
NOTHING = [
    "none", "duck/x", "loop", "loop/x", "dangling", "x" * 300, "x/" * 5000, "duck\0", "\0", "sub\0/duck", "\ud800",
    "..\\secret", "%2e%2e/secret", "..%2fsecret", "sub/..", "sub/../duck", "~", "~root", "$HOME", "C:\\secret", "...",
]  # fmt: skip


@pytest.mark.parametrize("path", OUTSIDE + NOTHING)
def test_what_is_not(pond: Path, path: str) -> None:
    assert found(pond, path) is None


@pytest.mark.parametrize(
    ("path", "text"), [("out", "secret"), ("other/secret", "pond-other/secret"), ("up/secret", "secret")]
)
def test_links_that_lead_out_are_followed_when_told_to(pond: Path, path: str, text: str) -> None:
    answer = find_below(pond, path, follow_symlink=True)
    assert answer is not None
    assert Path(answer[0]).read_text() == text


@pytest.mark.parametrize(
    "path", [path for path in OUTSIDE if ".." in path or path.startswith("/")] + ["loop", "dangling"]
)
def test_but_never_a_path_that_goes_up(pond: Path, path: str) -> None:
    assert found(pond, path, follow_symlink=True) is None


NAMES = [
    "duck", "sub", "deep", "in", "in-sub", "out", "up", "absolute", "other", "loop", "through", "home", "around",
    "secret", "pond", "..", ".", "", "...", "etc", "passwd", "\0", "..\\", "\\..", "%2e%2e", "\udcff", "\u2025",
]  # fmt: skip


@given(st.lists(st.sampled_from(NAMES) | st.text(max_size=5), max_size=8).map("/".join) | st.text(max_size=40))
@example("home/home/home/up/pond/duck")
def test_whatever_is_found_is_inside(pond: Path, path: str) -> None:
    """Held against `os.path.realpath`, which asks the file system where a path really leads."""
    answer = find_below(pond, path, follow_symlink=False)
    if answer is not None:
        real = os.path.realpath(answer[0])
        assert real == str(pond) or real.startswith(f"{pond}/")
        assert os.stat(real).st_ino == answer[1].st_ino


@given(st.lists(st.sampled_from(NAMES), min_size=1, max_size=6))
def test_whatever_is_inside_and_does_not_go_up_is_found(pond: Path, names: list[str]) -> None:
    path = "/".join(names)
    if ".." in names or "\0" in path or path.startswith("/"):
        return
    real = os.path.realpath(pond / path)
    if (real == str(pond) or real.startswith(f"{pond}/")) and os.path.exists(real):
        assert found(pond, path) == os.path.relpath(real, pond)
    else:
        assert found(pond, path) is None


def test_the_directory_itself_may_be_a_link_or_relative(
    pond: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "current").symlink_to(pond)
    for directory in (tmp_path / "current", Path("current")):
        monkeypatch.chdir(tmp_path)
        answer = find_below(directory, "sub/duck", follow_symlink=False)
        assert answer is not None
        assert os.path.isabs(answer[0])
        assert find_below(directory, "out", follow_symlink=False) is None
        assert find_below(directory, "in", follow_symlink=False) is not None


def test_the_root_directory(pond: Path) -> None:
    assert find_below("/", str(pond)[1:] + "/out", follow_symlink=False) is not None, "everything is inside of it"


@pytest.mark.parametrize(
    "name",
    [
        "NUL",
        "nul",
        "con.txt",
        "COM1",
        "com9.tar.gz",
        "LPT\u00b2",
        "aux ",
        "CONIN$",
        "C:",
        "file.txt:stream",
        "a.",
        "a ",
        "a. .",
    ],
)
def test_what_windows_takes_for_something_else(name: str, pond: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert is_odd_on_windows(name)
    monkeypatch.setattr(lookup, "_ON_WINDOWS", True)
    for path in (name, f"sub/{name}", f"sub\\{name}", f"{name}/duck"):
        assert find_below(pond, path, follow_symlink=False) is None
        assert lookup._names(path) is None


@pytest.mark.parametrize("name", ["null", "console.txt", "com", "com10", "a.nul", "auxiliary", "duck.txt", "lpt"])
def test_and_what_it_does_not(name: str) -> None:
    assert not is_odd_on_windows(name)


def test_on_windows_a_backslash_is_a_slash(pond: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lookup, "_ON_WINDOWS", True)
    assert found(pond, "sub\\deep\\duck") == "sub/deep/duck"
    for path in (
        "..\\secret",
        "sub\\..\\..\\secret",
        "out",
        "\\sub",
        "\\\\host\\share\\duck",
        "C:\\duck",
        "C:duck",
        "/duck",
    ):
        assert found(pond, path) is None


@pytest.mark.parametrize(
    ("path", "html", "why"),
    [
        ("none", False, "there is no file 'none' below {pond}"),
        ("../secret", False, "the path '../secret' goes up or is absolute, and files are looked for below {pond}"),
        ("sub", False, "{pond}/sub is a directory, and html=True is not set"),
        ("sub", True, "{pond}/sub is a directory without an index.html"),
        ("out", False, "{pond}/out is reached by a link that leads out of {pond}: see follow_symlink"),
        ("pipe", False, "{pond}/pipe is neither a file nor a directory"),
        ("loop", False, "there is no file 'loop' below {pond}"),
        ("duck\0", False, "there is no file 'duck\\x00' below {pond}"),
    ],
)
def test_why_nothing(pond: Path, path: str, html: bool, why: str) -> None:
    assert why_nothing([pond], path, html) == why.format(pond=pond)


def test_why_nothing_without_directories() -> None:
    assert "none is given" in why_nothing([], "duck", False)


def test_why_nothing_where_nothing_may_be_read(pond: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda *_, **__: False)
    assert why_nothing([pond], "duck", False) == f"there is no file 'duck' below {pond}"
