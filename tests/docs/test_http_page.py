"""docs/http.md says what the server does: every refusal of the code, and for everything else a proof that exists."""

from __future__ import annotations

import ast
import importlib.util
from pathlib import Path

import pytest
from tests.conformance.wire_cases import ALL

ROOT = Path(__file__).resolve().parent.parent.parent
PAGE = ROOT / "docs/http.md"
NAMES = {case.name for case in ALL}
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in PAGE.read_text().partition("## What is taken")[2].partition("## What an application")[0].splitlines()
    if line.startswith("| ") and "proved by" not in line
]


@pytest.fixture(scope="module")
def script():
    spec = importlib.util.spec_from_file_location("generate_docs", ROOT / "scripts/generate_docs.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_fault_of_the_code_is_on_the_page_and_no_other(script):
    text = PAGE.read_text()
    for fault in script.all_faults():
        cells = [fault.reason, fault.section, f"`{fault.rule}`", f"`{fault.file}`"]
        row = " | ".join([fault.status, *cells] if fault.kind == "RemoteFault" else cells)
        assert f"| {row} |" in text, "run `python scripts/generate_docs.py`"
    assert script.with_faults(text) == text, "run `python scripts/generate_docs.py`"


def test_faults_are_found_wherever_they_are_made(script):
    """As many as there are calls; one that makes a fault of what its function is called with counts more than once."""
    found = script.all_faults()
    for path in (ROOT / script.SERVER).rglob("*.py"):
        names = [node.func for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]
        calls = sum(isinstance(name, ast.Name) and name.id in ("RemoteFault", "LocalFault") for name in names)
        file = str(path.relative_to(ROOT / script.SERVER))
        assert sum(fault.file == file for fault in found) >= calls, file
    assert not [fault for fault in found if "…" in fault.rule + fault.section + fault.status and fault.rule != "body-…"]


def test_a_rule_has_one_status_and_one_section(script):
    known: dict[str, set[tuple[str, str]]] = {}
    for fault in script.all_faults():
        if fault.kind == "RemoteFault":
            known.setdefault(fault.rule, set()).add((fault.status, fault.section))
    assert {rule: told for rule, told in known.items() if len(told) > 1} == {}


def test_every_rule_of_grammar_rules_and_framing_has_a_wire_case(script):
    files = {"http1/grammar.py", "http1/rules.py", "http1/framing.py"}
    rules = {fault.rule for fault in script.all_faults() if fault.kind == "RemoteFault" and fault.file in files}
    assert {case.rule for case in ALL if case.rule} == rules


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_what_is_taken_is_proved(row):
    _, _, _, file, proof = row
    assert (ROOT / "src/webfoot/server" / file.strip("`")).is_file()
    place, _, name = proof.strip("`").partition("::")
    if name:
        assert f"def {name}(" in (ROOT / place).read_text()
    else:
        assert place in NAMES


def test_there_are_such_rows():
    assert len(ROWS) > 40
