"""The list of stations holds the source: each mark stands where the list says, with the facts that it names."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

import pytest

import webfoot
from webfoot.trail import STATIONS, Station

SOURCE = Path(webfoot.__file__).parent
STATION_OF = {mark: station for station in STATIONS for mark in station.marks}


@dataclass(frozen=True)
class MarkInSource:
    file: str
    line: int
    station: str | None  # None: not a literal
    facts: tuple[str | None, ...]  # None: a ** spread

    @property
    def place(self) -> str:
        return f"{self.file}:{self.line}"


Prepared = Mapping[str, Sequence[str | None]]
"""Names of the facts in dictionaries that are put together ahead of all requests, by the name of the dictionary."""


def marks_in(file: str, source: str, prepared: Prepared | None = None) -> Iterator[MarkInSource]:
    """Every call of something named `mark` or `note` in `source`: `trail.mark("...")`, `self.trail.mark(...)`."""
    tree = ast.parse(source)
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    calls = [(node, False) for node in calls_of("mark", tree)] + [(node, True) for node in calls_of("note", tree)]
    for node, is_note in calls:
        first = node.args[0] if node.args else None
        literal = first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else None
        around = next((each for each in reversed(functions) if each.lineno <= node.lineno <= each.end_lineno), None)
        if literal is None and getattr(around, "name", "") == "note":
            continue  # a trail's own, or one that hands on to another
        if is_note:
            if literal is None or len(node.args) != 2:
                continue  # somebody else's
            facts = names_noted(node.args[1], around, prepared or {})
        else:
            facts = [name for keyword in node.keywords for name in names_given(keyword, around, tree, prepared or {})]
        yield MarkInSource(file, node.lineno, literal, tuple(facts))


def prepared_in(sources: Iterable[str]) -> Prepared:
    """The dictionaries that are written out and called `as_...`, one or a list of them: what is known in advance."""
    written: list[tuple[str, ast.Dict]] = []
    for source in sources:
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Assign):
                value = node.value.elt if isinstance(node.value, ast.ListComp) else node.value
                names = {name for target in node.targets if (name := name_of(target)).startswith("as_")}
                written += [(name, value) for name in names if isinstance(value, ast.Dict)]
    found: dict[str, list[str | None]] = {}
    for _ in range(2):  # one may be made of another one
        before, found = found, {}
        for name, value in written:
            found.setdefault(name, []).extend(names_noted(value, None, before))
    return found


def name_of(node: ast.AST) -> str:
    """The last name in `a.b`, `a.b[1]`, `b`."""
    if isinstance(node, ast.Subscript):
        return name_of(node.value)
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def names_noted(given: ast.AST, around: ast.AST | None, prepared: Prepared) -> list[str | None]:
    """The names in a dictionary: one written out, a copy of one that is prepared, or a variable that holds such."""
    if isinstance(given, ast.Dict):
        names: list[str | None] = []
        for key, value in zip(given.keys, given.values, strict=True):
            if key is None:  # ** of another one
                names += names_noted(value, around, prepared)
            else:
                names.append(key.value if isinstance(key, ast.Constant) else None)
        return names
    if isinstance(given, ast.Call) and isinstance(given.func, ast.Attribute) and given.func.attr == "copy":
        return names_noted(given.func.value, around, prepared)
    if (name := name_of(given)) in prepared:
        return list(prepared[name])
    return names_in_variable(name, around, prepared) or [None]


def names_in_variable(name: str, around: ast.AST | None, prepared: Prepared) -> list[str | None]:
    """What a function puts into the dictionary that it calls so."""
    found: list[str | None] = []
    for node in ast.walk(around) if around is not None else ():
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        for target in targets:
            if isinstance(target, ast.Name) and target.id == name:
                found += [None] if node.value is None else names_noted(node.value, None, prepared)
            elif isinstance(target, ast.Subscript) and name_of(target) == name:
                found.append(target.slice.value if isinstance(target.slice, ast.Constant) else None)
    return found


def calls_of(name: str, tree: ast.AST) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", None)
            if called == name:
                yield node


def names_given(keyword: ast.keyword, around: ast.AST | None, tree: ast.AST, prepared: Prepared) -> list[str | None]:
    """The names that a keyword stands for; those of `**facts` where they can be read from the source, else None.

    They can where `facts` is a dictionary that the same function puts together, or that function's own `**facts`: then
    every call of it in the file is looked at.
    """
    if keyword.arg is not None:
        return [keyword.arg]
    if not isinstance(keyword.value, ast.Name) or not isinstance(around, ast.FunctionDef | ast.AsyncFunctionDef):
        return [None]
    if around.args.kwarg is not None and around.args.kwarg.arg == keyword.value.id:
        return [given.arg for call in calls_of(around.name, tree) for given in call.keywords]
    return names_in_variable(keyword.value.id, around, prepared) or [None]


def complaints_about(marks: list[MarkInSource], files: list[str], stations: tuple[Station, ...]) -> list[str]:
    """One sentence for each way in which the source and the list of stations disagree."""
    station_of = {mark: station for station in stations for mark in station.marks}
    found: list[str] = []
    for mark in marks:
        if mark.station is None:
            found.append(f"{mark.place} marks a station that is not written out as a literal")
        elif mark.station not in station_of:
            found.append(f"{mark.place} marks {mark.station!r}, which is not in STATIONS")
        else:
            station = station_of[mark.station]
            if not fnmatch(mark.file, station.owner):
                found.append(f"{mark.place} marks {mark.station!r}, but that belongs to {station.owner}")
            found += [
                f"{mark.place} marks {mark.station!r} with an undeclared fact {fact or '**'!r}"
                for fact in mark.facts
                if fact not in station.facts
            ]
    for station in stations:
        owners = [file for file in files if fnmatch(file, station.owner)]
        if not owners:
            found.append(f"station {station.number}: no file matches its owner {station.owner}")
        for owner in owners:
            marked = {mark.station for mark in marks if mark.file == owner}
            if not marked & set(station.marks):
                found.append(f"{owner} never marks {' or '.join(station.marks)}")
        marked_anywhere = {mark.station for mark in marks}
        found += [f"nobody marks {name!r}" for name in station.marks if owners and name not in marked_anywhere]
    return found


def test_each_mark_stands_in_its_owner_file_with_declared_facts():
    paths = sorted(SOURCE.rglob("*.py"))
    files = [path.relative_to(SOURCE).as_posix() for path in paths]
    sources = [path.read_text("utf-8") for path in paths]
    prepared = prepared_in(sources)
    marks = [mark for file, source in zip(files, sources, strict=True) for mark in marks_in(file, source, prepared)]

    assert complaints_about(marks, files, STATIONS) == []


TINY = (
    Station(1, ("connected", "secured"), "in", "net/one.py", "says", ("client",)),
    Station(2, ("head_parsed",), "in", "http1/parser_*.py", "says", ("size",)),
)
ONE = "trail.mark('connected', client='x'); trail.mark('secured')"
PARSER = "if trail is not None:\n    self.trail.mark('head_parsed', size=3)"


@pytest.mark.parametrize(
    ("sources", "complaint"),
    [
        pytest.param(
            {"net/one.py": ONE, "http1/parser_a.py": PARSER, "http1/parser_b.py": PARSER}, None, id="in order"
        ),
        pytest.param({"net/one.py": ONE}, "no file matches", id="owner file missing"),
        pytest.param({"net/one.py": ONE, "http1/parser_a.py": ""}, "never marks head_parsed", id="owner does not mark"),
        pytest.param(
            {"net/one.py": ONE, "http1/parser_a.py": PARSER, "http1/parser_b.py": ""},
            "http1/parser_b.py never marks",
            id="one of the owners does not mark",
        ),
        pytest.param(
            {"net/one.py": "trail.mark('connected')", "http1/parser_a.py": PARSER}, "nobody marks 'secured'", id="half"
        ),
        pytest.param(
            {"net/one.py": ONE, "http1/parser_a.py": PARSER, "web/x.py": "trail.mark('connected')"},
            "belongs to net/one.py",
            id="marked elsewhere",
        ),
        pytest.param(
            {"net/one.py": ONE + "; trail.mark('connected', peer=1)", "http1/parser_a.py": PARSER},
            "undeclared fact 'peer'",
            id="undeclared fact",
        ),
        pytest.param(
            {"net/one.py": ONE + "; trail.mark('connected', **facts)", "http1/parser_a.py": PARSER},
            "undeclared fact '**'",
            id="spread",
        ),
        pytest.param(
            {
                "net/one.py": ONE + "; f(peer=1)\ndef f(**facts): trail.mark('connected', **facts)",
                "http1/parser_a.py": PARSER,
            },
            "undeclared fact 'peer'",
            id="handed through",
        ),
        pytest.param(
            {
                "net/one.py": ONE + "; f(client=1)\ndef f(**facts): trail.mark('connected', **facts)",
                "http1/parser_a.py": PARSER,
            },
            None,
            id="handed through, in order",
        ),
        pytest.param(
            {
                "net/one.py": ONE + "\ndef f():\n a = {'peer': 1}\n trail.mark('connected', **a)",
                "http1/parser_a.py": PARSER,
            },
            "undeclared fact 'peer'",
            id="dictionary",
        ),
        pytest.param(
            {"net/one.py": ONE + "\ndef f():\n a = g()\n trail.mark('connected', **a)", "http1/parser_a.py": PARSER},
            "undeclared fact '**'",
            id="dictionary from elsewhere",
        ),
        pytest.param(
            {"net/one.py": ONE + "; trail.note('connected', {'client': 1})", "http1/parser_a.py": PARSER},
            None,
            id="noted, in order",
        ),
        pytest.param(
            {"net/one.py": ONE + "; trail.note('connected', {'client': 1, 'peer': 2})", "http1/parser_a.py": PARSER},
            "undeclared fact 'peer'",
            id="noted",
        ),
        pytest.param(
            {"net/one.py": ONE, "http1/parser_a.py": PARSER + "; trail.note('connected', {})"},
            "belongs to net/one.py",
            id="noted elsewhere",
        ),
        pytest.param(
            {
                "net/one.py": ONE + "; trail.note('connected', step.as_told[2].copy())",
                "http1/parser_a.py": PARSER + "\n    as_told = [{**step.as_before, 'client': 1} for step in steps]",
                "plan.py": "as_before = {'peer': 1}",
            },
            "undeclared fact",
            id="prepared",
        ),
        pytest.param(
            {
                "net/one.py": ONE + "\ndef f():\n a = as_told.copy()\n a['peer'] = 2\n trail.note('connected', a)",
                "http1/parser_a.py": PARSER + "\n    as_told = {'client': 1}",
            },
            "undeclared fact 'peer'",
            id="prepared, and added to",
        ),
        pytest.param(
            {
                "net/one.py": ONE + "; trail.note('connected', step.as_told.copy())",
                "http1/parser_a.py": PARSER + "\n    as_told = {'client': 1}",
            },
            None,
            id="prepared, in order",
        ),
        pytest.param(
            {"net/one.py": ONE + "; trail.note('connected', facts)", "http1/parser_a.py": PARSER},
            "undeclared fact '**'",
            id="noted, from elsewhere",
        ),
        pytest.param(
            {"net/one.py": ONE + "; trail.mark(name)", "http1/parser_a.py": PARSER}, "not written out", id="variable"
        ),
        pytest.param(
            {"net/one.py": ONE + "; trail.mark('conected')", "http1/parser_a.py": PARSER}, "not in STATIONS", id="typo"
        ),
    ],
)
def test_the_check_itself_can_fail(sources, complaint):
    prepared = prepared_in(sources.values())
    marks = [mark for file, source in sources.items() for mark in marks_in(file, source, prepared)]

    found = complaints_about(marks, list(sources), TINY)

    if complaint is None:
        assert found == []
    else:
        assert any(complaint in sentence for sentence in found), found


def test_stations_are_numbered_in_the_order_of_the_journey():
    assert [station.number for station in STATIONS] == list(range(1, len(STATIONS) + 1))


def test_the_way_goes_in_turns_and_comes_out_once():
    ways = [station.way for station in STATIONS]
    order = ["in", "turn", "out", "end"]

    assert ways == sorted(ways, key=order.index)
    assert [station.marks for station in STATIONS if station.way == "turn"] == [
        ("endpoint_called", "endpoint_returned")
    ]


def test_no_mark_belongs_to_two_stations():
    assert len(STATION_OF) == sum(len(station.marks) for station in STATIONS)
