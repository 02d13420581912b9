"""What the pages say is run: every Python block as a module of its own, every command at least read by its program.

A block may be left out by a comment right before it: `<!-- not run: REASON -->`.
"""

from __future__ import annotations

import re
import runpy
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from webfoot.web.threads import ThreadPool

ROOT = Path(__file__).resolve().parent.parent.parent
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]

BLOCK = re.compile(r"(?:^<!-- not run:(?P<reason>[^\n]*)-->\n)?^```(?P<language>\w*)\n(?P<text>.*?)^```$", re.M | re.S)


TOML = re.compile(r"^# webfoot\.toml|^\[tool\.webfoot", re.M)


@dataclass(frozen=True)
class Block:
    page: Path
    line: int
    language: str
    text: str
    reason: str | None

    def __str__(self) -> str:
        return f"{self.page.name}:{self.line}"


def blocks(page: Path, text: str | None = None) -> list[Block]:
    text = page.read_text() if text is None else text
    return [
        Block(page, text[: found.start("text")].count("\n"), found["language"], found["text"], found["reason"])
        for found in BLOCK.finditer(text)
    ]


ALL = [block for page in PAGES for block in blocks(page)]
PYTHON = [block for block in ALL if block.language == "python"]
COMMANDS = [
    (block, line[2:])
    for block in ALL
    if block.language == "console" and block.reason is None
    for line in block.text.replace("\\\n", " ").splitlines()
    if line.startswith("$ ")
]


@pytest.mark.parametrize("block", PYTHON, ids=str)
def test_python_runs(block: Block, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    if block.reason is not None:
        assert block.reason.strip(), f"{block}: say why it is not run"
        pytest.skip(block.reason.strip())
    module = tmp_path / "page.py"
    # Errors are to show the page's own line numbers.
    module.write_text("\n" * block.line + block.text)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["page.py"])
    monkeypatch.setattr("webfoot.web.threads.pool", ThreadPool())  # with no threads yet, as in a process of its own
    runpy.run_path(str(module), run_name="page")


@pytest.mark.parametrize(("block", "command"), COMMANDS, ids=lambda value: str(value)[:60])
def test_commands_are_read_by_their_program(block: Block, command: str):
    # What comes behind a pipe or is the name of a file to write is the shell's.
    words = shlex.split(re.split(r" \| | > ", command)[0], comments=True)
    match words[0]:
        case "webfoot":
            webfoot_reads(words[1:])
        case "curl":
            curl_reads(words)
        case "make":
            targets = re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.M)
            assert all(word in targets for word in words[1:] if "=" not in word), command
        case "python" | ".venv/bin/python":
            assert (ROOT / words[1]).exists() or (words[1] == "-m" and module_exists(words[2])), command
        case "pip" | "git" | "cd" | "ruff" | "mypy":
            pass
        case other:
            raise AssertionError(f"{block}: nobody knows how to check {other!r}")


@pytest.mark.parametrize("block", [each for each in ALL if each.language == "toml" and TOML.search(each.text)], ids=str)
def test_settings_are_read(block: Block, tmp_path: Path):
    from webfoot.server.settings.file import PARTS, SettingsFile
    from webfoot.server.settings.options import ServerOptions

    file = tmp_path / ("webfoot.toml" if "# webfoot.toml" in block.text else "pyproject.toml")
    file.write_text(block.text)
    common = SettingsFile(file).given()
    for part in ("", *PARTS):
        given = {**common, **(SettingsFile(file).given(part) if part else {})}
        assert ServerOptions(**{name: each.value for name, each in given.items()}).app


def webfoot_reads(words: list[str]) -> None:
    """The command line is read as far as click reads it; nothing is started."""
    import click

    from webfoot.cli.main import cli

    context = cli.make_context("webfoot", list(words[:1]), resilient_parsing=True)
    name, command, _ = cli.resolve_command(context, list(words[:1]))
    assert command is not None
    try:
        command.make_context(name, list(words[1:]), parent=context)
    except click.exceptions.Exit:
        pass  # --help


def curl_reads(words: list[str]) -> None:
    """curl takes its options, and the address is a URL. Nobody listens there."""
    assert any(re.match(r"https?://", word) for word in words[1:]), words
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    nowhere = [re.sub(r"^(https?://)[^/]*", r"\g<1>127.0.0.1:1", word) for word in words]
    done = subprocess.run(nowhere, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 7, done.stderr  # could not connect; 2 is a wrong option


def module_exists(name: str) -> bool:
    from importlib.util import find_spec

    return find_spec(name) is not None


class TestThePagesAreRead:
    """The tests above find what they should: a pattern that matches nothing would pass, too."""

    PAGE = (
        "Text\n```python\na = 1\n```\n<!-- not run: needs a moon -->\n```python\nb\n```\n```console\n$ make it\n```\n"
    )

    def test_blocks(self):
        found = blocks(ROOT / "x.md", self.PAGE)
        assert [(block.language, block.reason and block.reason.strip(), block.line) for block in found] == [
            ("python", None, 2), ("python", "needs a moon", 6), ("console", None, 9),
        ]  # fmt: skip

    def test_every_fence_is_a_block(self):
        for page in PAGES:
            assert len(blocks(page)) * 2 == len(re.findall(r"^```", page.read_text(), re.M)), page

    def test_the_readme_has_them(self):
        assert any(block.page.name == "README.md" for block in PYTHON)
        assert any(block.page.name == "README.md" for block, _ in COMMANDS)


def test_the_readme_shows_the_example():
    """README's application is the one that examples/hello_api.py holds, which a test drives."""
    source = (ROOT / "examples/hello_api.py").read_text().partition('"""\n\n')[2]
    assert source in [block.text for block in PYTHON if block.page.name == "README.md"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path):
    for target in re.findall(r"\]\((?!https?://|#)([^)#\s]+)", page.read_text()):
        there = (page.parent / target).resolve()
        # `make bench` makes this one; a checkout without a measurement is no broken one.
        assert there.exists() or there == ROOT / "benchmarks/report.md", f"{page.name}: {target}"


def test_every_page_is_in_the_index():
    index = (ROOT / "docs/index.md").read_text()
    assert [page.name for page in PAGES if page.parent.name == "docs" and f"({page.name})" not in index] == ["index.md"]
