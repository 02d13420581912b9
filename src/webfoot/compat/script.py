"""A script run as the main program, here and again in the processes that it spawns.

multiprocessing has each new process import the main module anew, before anything of ours runs there. It does so by the
name in `__main__.__spec__`, and that is this module: run as `__mp_main__` it installs compat and runs the script.
"""

from __future__ import annotations

import io
import os
import sys
from importlib.machinery import ModuleSpec
from importlib.util import decode_source
from types import ModuleType
from typing import Any, Final

from webfoot.compat.installing import install

_PATH: Final = "WEBFOOT_COMPAT_SCRIPT"
"""The variable that tells the spawned which script it is: while they import it, sys.argv names this file."""


def run_script(path: str) -> None:
    """Run it with the name `__main__`; `sys.argv` is set already, its first is `path`."""
    main = ModuleType("__main__")
    main.__file__ = path
    main.__spec__ = ModuleSpec("webfoot.compat.script", None, origin=path)
    main.__dict__["__builtins__"] = __builtins__
    sys.modules["__main__"] = main
    os.environ[_PATH] = path
    _execute(path, main.__dict__)


def _execute(path: str, names: dict[str, Any]) -> None:
    with io.open_code(path) as file:
        code = compile(decode_source(file.read()), path, "exec", dont_inherit=True)
    exec(code, names)  # noqa: S102 - that is what we were asked for


if __name__ == "__mp_main__":
    install()
    _execute(os.environ[_PATH], globals())
