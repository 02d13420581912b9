"""An application's own suite runs on compat: `python -m webfoot.compat -m pytest`."""

from __future__ import annotations

from pathlib import Path

from tests.compat.running import HERE, ran_well, run


def test_own_suite(site: Path, tmp_path: Path) -> None:
    configuration = tmp_path / "pytest.ini"
    configuration.write_text("[pytest]\naddopts = -p no:cacheprovider\npythonpath = " + str(HERE / "suite"))
    words = (
        "-m",
        "pytest",
        "-q",
        "-c",
        configuration,
        "--rootdir",
        HERE / "suite",
        "--confcutdir",
        HERE / "suite",
        HERE / "suite",
    )
    assert "6 passed" in ran_well(run("-m", "webfoot.compat", *words, site=site, cwd=HERE / "suite"))
    assert "6 passed" in ran_well(run(*words, cwd=HERE / "suite"))
