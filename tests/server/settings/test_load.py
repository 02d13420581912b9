"""From "module:attribute" to an application, or to one sentence."""

import itertools
import sys

import pytest

from webfoot.server import LoadError, ServerOptions
from webfoot.server.settings.load import load_app

_numbers = itertools.count()

MODULE = """
class App:
    async def __call__(self, scope, receive, send): ...

class Resource:
    def __init__(self, scope, receive, send): ...
    def __await__(self): ...

class Old:
    def __init__(self, scope): ...
    async def __call__(self, receive, send): ...

async def app(scope, receive, send): ...
def make(): return app
def make_nothing(): return None
def make_failing(): raise KeyError("pond")
async def make_async(): ...
def make_with(config): return app
def wsgi(environ, start_response): ...
class Wsgi:
    def __call__(self, environ, start_response): ...
flask = Wsgi()
instance = App()
number = 3
class holder:
    inner = app
"""


@pytest.fixture
def module(tmp_path, monkeypatch):
    """A module of its own for each test, in `tmp_path`: `write(text)` gives its name."""
    monkeypatch.setattr(sys, "path", sys.path[:])
    before = set(sys.modules)

    def write(text=MODULE):
        name = f"pond{next(_numbers)}"
        (tmp_path / f"{name}.py").write_text(text)
        return name

    yield write
    for name in set(sys.modules) - before:
        if name.startswith("pond"):
            del sys.modules[name]


def load(reference, tmp_path, **options):
    return load_app(ServerOptions(reference, app_dir=str(tmp_path), **options))


def sentence(reference, tmp_path, **options):
    with pytest.raises(LoadError) as caught:
        load(reference, tmp_path, **options)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("attribute", ["app", "instance", "Resource", "holder.inner"])
def test_applications(module, tmp_path, attribute):
    assert callable(load(f"{module()}:{attribute}", tmp_path))


def test_a_factory(module, tmp_path):
    assert load(f"{module()}:make", tmp_path, factory=True).__name__ == "app"


def test_an_application_that_is_at_hand():
    async def app(scope, receive, send): ...

    assert load_app(ServerOptions(app)) is app
    assert load_app(ServerOptions(lambda: app, factory=True)) is app


@pytest.mark.parametrize(
    ("attribute", "factory", "says"),
    [
        ("number", False, "{m}:number is no ASGI application: it is an int, which cannot be called"),
        ("App", False, "{m}:App is no ASGI application, but it looks like a function that makes one: add --factory"),
        ("make", False, "{m}:make is no ASGI application, but it looks like a function that makes one: add --factory"),
        ("wsgi", False, "{m}:wsgi looks like a WSGI application, and webfoot serves ASGI"),
        ("flask", False, "{m}:flask looks like a WSGI application, and webfoot serves ASGI"),
        ("Old", False, "{m}:Old looks like an ASGI 2 application"),
        ("number", True, "{m}:number is no factory: it is an int, which cannot be called"),
        ("app", True, "{m}:app is no factory: it looks like an ASGI application itself; leave --factory out"),
        ("make_async", True, "{m}:make_async is no factory: it is an async function"),
        ("make_with", True, "{m}:make_with is no factory: it needs arguments"),
        ("make_nothing", True, "what the factory {m}:make_nothing returned is no ASGI application: it is a NoneType"),
        ("aap", False, "'{m}:aap' names no application, because {m} has no attribute aap; did you mean app?"),
        ("quack", False, "'{m}:quack' names no application, because {m} has no attribute quack; app and instance"),
        ("holder.iner", False, "because holder has no attribute iner; did you mean inner?"),
        ("make()", False, "'{m}:make()' calls a function: write {m}:make with --factory"),
        ("a-b", False, "module and attribute must be Python names"),
        ("", False, "'{m}:' does not name an application: write module:attribute, such as {m}:app"),
    ],
)
def test_what_is_no_application(module, tmp_path, attribute, factory, says):
    name = module()
    assert says.format(m=name) in sentence(f"{name}:{attribute}", tmp_path, factory=factory)


@pytest.mark.parametrize(
    ("reference", "says"),
    [
        ("", "no application was named: write module:attribute, such as main:app"),
        ("main", "'main' does not name an application: write module:attribute, such as main:app"),
        (":app", "':app' does not name an application"),
        ("main.py", "'main.py' names a file, but an application is named as module:attribute: write main:app"),
        ("main.py:api", "write main:api"),
        ("src/main.py:api", "write main:api with --app-dir src"),
    ],
)
def test_what_is_no_name(tmp_path, reference, says):
    assert says in sentence(reference, tmp_path)


def test_a_module_that_is_missing(module, tmp_path):
    name = module()
    assert sentence(f"{name}x:app", tmp_path) == (
        f"there is no module {name}x in {tmp_path} or elsewhere on the import path; did you mean {name}:app?"
    )
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "pondhidden.py").touch()
    assert "did you mean pondhidden:app with --app-dir src?" in sentence("pondhidden:app", tmp_path)
    assert sentence(f"{name}.web:app", tmp_path) == (
        f"there is no module {name}.web, because {name} is a module and no package; did you mean {name}:web?"
    )
    assert sentence("main:app", tmp_path / "nowhere") == f"the application directory {tmp_path}/nowhere does not exist"
    (tmp_path / "file.py").touch()
    assert sentence("main:app", tmp_path / "file.py") == (
        f"the application directory {tmp_path}/file.py is not a directory"
    )


def test_a_module_that_is_missing_in_its_package(module, tmp_path):
    package = module()
    (tmp_path / f"{package}.py").unlink()
    (tmp_path / package).mkdir()
    (tmp_path / package / "__init__.py").touch()
    (tmp_path / package / "web.py").touch()
    assert sentence(f"{package}.wbe:app", tmp_path).endswith(f"; did you mean {package}.web:app?")
    assert sentence(f"{package}x.web:app", tmp_path).endswith(f"; did you mean {package}.web:app?")
    assert sentence(f"{package}.nothing:app", tmp_path).endswith(" or elsewhere on the import path")


def failure(reference, tmp_path, **options):
    with pytest.raises(LoadError) as caught:
        load(reference, tmp_path, **options)
    return caught.value


def test_an_import_error_inside_shows_the_users_own_frames(module, tmp_path):
    inner = module("x = 1\nimport no_such_thing\n")
    outer = module(f"import {inner}\n")
    failed = failure(f"{outer}:app", tmp_path)
    assert str(failed) == (
        f"importing {outer} failed at {tmp_path}/{inner}.py:2: ModuleNotFoundError: No module named 'no_such_thing'"
    )
    assert f'{outer}.py", line 1' in failed.traceback
    assert f'{inner}.py", line 2' in failed.traceback
    assert "webfoot" not in failed.traceback
    assert "importlib" not in failed.traceback


def test_frames_of_libraries_are_left_out(module, tmp_path):
    name = module("import json\njson.loads('{')\n")
    failed = failure(f"{name}:app", tmp_path)
    assert f"failed at {tmp_path}/{name}.py:2: JSONDecodeError" in str(failed)
    assert "decoder.py" not in failed.traceback


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("def app(:\n", "SyntaxError"),
        ("import sys\nsys.exit('no')\n", "SystemExit: no"),
        ("raise ValueError('a\\nb')\n", "ValueError: a"),
        ("raise ValueError\n", "ValueError"),
    ],
)
def test_a_module_that_fails(module, tmp_path, text, says):
    name = module(text)
    assert says in sentence(f"{name}:app", tmp_path)
    assert sentence(f"{name}:app", tmp_path).startswith(f"importing {name} failed at {tmp_path}/{name}.py:")


def test_a_factory_that_fails(module, tmp_path):
    name = module()
    failed = failure(f"{name}:make_failing", tmp_path, factory=True)
    assert str(failed).startswith(f"the factory {name}:make_failing failed at {tmp_path}/{name}.py:")
    assert "KeyError: 'pond'" in str(failed)
    assert "make_failing" in failed.traceback


def test_a_function_is_called_before_the_application_is_imported(module, tmp_path, monkeypatch):
    monkeypatch.setenv("POND_IS_READY", "no")
    first = module("import os\ndef prepare():\n    os.environ['POND_IS_READY'] = 'yes'\n")
    name = module(f"import os\nassert os.environ['POND_IS_READY'] == 'yes'\n{MODULE}")
    with pytest.raises(LoadError):
        load(f"{name}:app", tmp_path)
    assert callable(load(f"{name}:app", tmp_path, prepare=f"{first}:prepare"))


@pytest.mark.parametrize(
    ("text", "says"),
    [("", "has no attribute 'prepare'"), ("def prepare():\n    raise OSError('dry')\n", "OSError: dry")],
)
def test_a_function_that_fails(module, tmp_path, text, says):
    first = module(text)
    with pytest.raises(LoadError, match=rf"^preparing with {first}:prepare failed.*{says}$"):
        load(f"{module()}:app", tmp_path, prepare=f"{first}:prepare")
