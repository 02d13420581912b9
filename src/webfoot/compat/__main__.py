"""`python -m webfoot.compat script.py [args]`, or `-m module [args]`: run it with the peers' names leading here."""

from __future__ import annotations

import os
import runpy
import sys
from importlib import import_module

from webfoot.compat import install
from webfoot.compat.script import run_script

COMMANDS = {"fastapi": "webfoot.compat.fastapi_command", "uvicorn": "webfoot.compat.command"}
"""Of the peers, which have no module here that could be run: `-m uvicorn` is the function `main` of this one."""

USAGE = "usage: python -m webfoot.compat [-m MODULE | SCRIPT] [ARGUMENTS]"


def main(arguments: list[str]) -> None:
    if not arguments or arguments == ["-m"] or arguments[0] in ("-h", "--help"):
        sys.exit(USAGE)
    install()
    if arguments[0] == "-m":
        sys.argv = arguments[1:]
        if arguments[1] in COMMANDS:
            import_module(COMMANDS[arguments[1]]).main(prog_name=arguments[1])
        runpy.run_module(arguments[1], run_name="__main__", alter_sys=True)
        return
    script = os.path.abspath(arguments[0])
    if not os.path.isfile(script):
        sys.exit(f"webfoot.compat: there is no file {arguments[0]}")
    sys.argv = [script, *arguments[1:]]
    sys.path[0] = os.path.dirname(script)
    run_script(script)


if __name__ == "__main__":
    main(sys.argv[1:])
