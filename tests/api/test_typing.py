"""The package is typed for those who use it: decorators keep the endpoint's type, options are checked."""

from pathlib import Path

from mypy import api

ROOT = Path(__file__).parents[2]


def test_an_application_passes_the_strict_type_check() -> None:
    said, complained, _ = api.run(
        [
            "--strict",
            "--config-file=",
            f"--cache-dir={ROOT / '.mypy_cache'}",
            str(ROOT / "tests/api/typed_application.py"),
        ]
    )
    assert (said.splitlines()[-1], complained) == ("Success: no issues found in 1 source file", ""), said
