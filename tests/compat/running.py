"""Python processes in which the peers are not installed at all, and others in which they are."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
PEERS = ("fastapi", "starlette", "uvicorn")


def site_without_peers(made: Path) -> Path:
    """A directory with links to everything that is installed, but for the peers and what tells of them."""
    for entry in Path(sysconfig.get_paths()["purelib"]).iterdir():
        name = entry.name.partition("-")[0].lower()
        if name not in PEERS and entry.suffix != ".pth":
            (made / entry.name).symlink_to(entry)
    return made


def environment(*places: Path) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, (*places, ROOT / "src")))}


def run(*words: str | Path, site: Path | None = None, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Python with these arguments; with `site` it sees that directory in place of what is installed."""
    command = [sys.executable, *(["-S"] if site else []), "-W", "ignore", *map(str, words)]
    variables = environment(site) if site else environment()
    return subprocess.run(
        command, capture_output=True, text=True, timeout=60, check=False, env=variables, cwd=cwd or HERE
    )


def ran_well(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 0, f"{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
    return done.stdout
