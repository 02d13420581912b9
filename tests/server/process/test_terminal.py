"""The window that a server was started in is closed, which the system tells by SIGHUP, too."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
import termios
from pathlib import Path

import pytest
from tests.server.process.serving import GUARD, QUIET_APP, write_app


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_closed_terminal_is_a_stop_and_no_reload(tmp_path: Path, workers: str) -> None:
    write_app(tmp_path, QUIET_APP)
    window, terminal = os.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "webfoot", "run", "main:app", "--port", "0", "--workers", workers],
        cwd=tmp_path,
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
    )
    try:
        os.close(terminal)
        said = b""
        while b"serving main:app" not in said:
            said += os.read(window, 4096)
        os.close(window)
        assert process.wait(GUARD) == 0
    finally:
        process.kill()
        process.wait()
