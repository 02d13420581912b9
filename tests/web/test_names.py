import ast
import subprocess
import sys
from pathlib import Path

import pytest

import webfoot.web


@pytest.mark.parametrize("name", webfoot.web.__all__)
def test_each_public_name_loads(name):
    assert getattr(webfoot.web, name).__name__ == name


def test_type_checkers_see_the_names_that_load():
    tree = ast.parse(Path(webfoot.web.__file__).read_text())
    block = next(node for node in tree.body if isinstance(node, ast.If))
    seen = {name.name for node in block.body if isinstance(node, ast.ImportFrom) for name in node.names}
    assert seen == set(webfoot.web._HOMES) == set(webfoot.web.__all__)
    assert set(webfoot.web.__all__) <= set(dir(webfoot.web))


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match=r"module 'webfoot\.web' has no attribute 'Duck'"):
        webfoot.web.Duck


def test_requests_and_responses_need_neither_pydantic_nor_python_multipart():
    program = (
        "import sys, webfoot.web.requests, webfoot.web.responses\n"
        "print([name for name in sys.modules if name.partition('.')[0] in ('pydantic', 'python_multipart')])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
