"""What an import costs and needs: the server alone asks for neither pydantic nor the API framework."""

from __future__ import annotations

import subprocess
import sys

import pytest


def run(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)


@pytest.mark.parametrize("module", ["webfoot", "webfoot.server", "webfoot.web", "webfoot.journey", "webfoot.cli.main"])
def test_what_needs_no_pydantic_does_not_import_it(module: str) -> None:
    done = run(f"import sys, {module}; print([name for name in ('pydantic', 'rich') if name in sys.modules])")
    assert (done.stdout.strip(), done.stderr) == ("[]", "")


@pytest.mark.parametrize("absent", ["pydantic", "pydantic_core"])
def test_the_server_serves_without_pydantic(absent: str) -> None:
    without = f"import sys; sys.modules[{absent!r}] = None\n"
    code = "import webfoot.web\nfrom webfoot.server import run, Server, ServerOptions\nServer(ServerOptions(), app=run)"
    assert run(without + code).stderr == ""


def test_without_pydantic_the_framework_says_one_sentence() -> None:
    done = run("import sys; sys.modules['pydantic'] = None\nfrom webfoot import Webfoot")
    sentence = "ImportError: the API framework of webfoot needs pydantic: pip install 'webfoot[api]'"
    assert done.stderr.splitlines()[-1] == sentence
    assert done.stderr.count("Traceback") == 1
