"""Packages that build on the peers do their main jobs on compat, where the peers are not installed.

Each script of packages/ is also run on the peers themselves by `python tests/compat/packages/NAME.py`.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.compat.running import HERE, ran_well, run

SCRIPTS = sorted((HERE / "packages").glob("*.py"))
# What cannot be yet: the package, and the sentence that its script ends with; docs/compat.md says more.
MISSING: dict[str, tuple[str, str]] = {}


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_main_job(script: Path, site: Path) -> None:
    done = run("-m", "webfoot.compat", script, site=site)
    if script.stem in MISSING:
        assert done.returncode == 1
        assert MISSING[script.stem][1] in done.stderr.splitlines()[-1]
    else:
        ran_well(done)


def test_each_missing_one_is_on_the_page() -> None:
    page = (HERE.parents[1] / "docs/compat.md").read_text()
    assert len(SCRIPTS) >= 9
    assert set(MISSING) <= {script.stem for script in SCRIPTS}
    for package, _ in MISSING.values():
        assert f"\n{package} does not: " in page
