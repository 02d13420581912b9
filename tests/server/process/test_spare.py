"""The process that is at hand when a file changes: it serves as a fresh one would."""

import os

import pytest
from tests.server.process.serving import ask, poll, webfoot, write_app
from tests.server.process.test_reload import QUICK, save

# What it answers tells whether the library was there before the application was loaded.
APP = """
import sys
when = b"ahead" if "pond_library" in sys.modules else b"not ahead"
{more}
import pond_library

async def app(scope, receive, send):
    assert scope["type"] == "http"
    await send({{"type": "http.response.start", "status": 200, "headers": []}})
    await send({{"type": "http.response.body", "body": when + b" {number} " + pond_library.word}})
"""
LIBRARY = "word = b'one'\nprint('the library is there', flush=True)\n"


@pytest.fixture
def library(tmp_path):
    (tmp_path / "site-packages").mkdir()
    (tmp_path / "src").mkdir()
    path = tmp_path / "site-packages" / "pond_library.py"
    path.write_text(LIBRARY)
    return path


@pytest.fixture
def here(library, tmp_path):
    return tmp_path / "src"


def text(number, more=""):
    return APP.format(number=number, more=more)


def dev(library, here, *flags):
    path = os.pathsep.join(filter(None, (str(library.parent), os.environ.get("PYTHONPATH"))))
    return webfoot("dev", "main:app", "--port", "0", *flags, cwd=here, **QUICK, PYTHONPATH=path)


def test_libraries_are_there_when_the_application_is_loaded_anew(library, here):
    write_app(here, text(1))
    with dev(library, here) as serving:
        url = serving.url()
        assert ask(url) == "not ahead 1 one"
        for number in (2, 3):
            serving.wait_for("the library is there")
            save(here, text(number))
            serving.wait_for("serving again")
            assert ask(url) == f"ahead {number} one"
        assert serving.end() == 0
    assert serving.output.count("the library is there") <= 4


def test_a_library_that_has_changed_is_read_anew(library, here):
    write_app(here, text(1))
    with dev(library, here) as serving:
        url = serving.url()
        assert ask(url) == "not ahead 1 one"
        serving.wait_for("the library is there")
        library.write_text(LIBRARY.replace("one", "another"))
        save(here, text(2))
        serving.wait_for("serving again")
        assert ask(url) == "not ahead 2 another"
        assert serving.end() == 0


@pytest.mark.parametrize(
    "more",
    [
        pytest.param("import json; json.dumps = len", id="it replaces a function"),
        pytest.param("sys.meta_path.insert(0, type('Own', (), {'find_spec': lambda *_: None})())", id="it imports"),
    ],
)
def test_nothing_is_imported_ahead_for_an_application_that_changes_what_it_means(library, here, more):
    write_app(here, text(1, more))
    with dev(library, here) as serving:
        url = serving.url()
        assert ask(url) == "not ahead 1 one"
        save(here, text(2, more))
        serving.wait_for("serving again")
        assert ask(url) == "not ahead 2 one"
        assert serving.end() == 0


def test_an_environment_that_is_new_each_time(library, here):
    more = "import os, time; os.environ['MOMENT'] = str(time.time_ns())"
    write_app(here, text(1, more))
    with dev(library, here) as serving:
        url = serving.url()
        serving.wait_for("the library is there")
        for number in (2, 3, 4):
            save(here, text(number, more))
            assert (
                poll(lambda: ask(url), lambda said, number=number: f" {number} " in said) == f"not ahead {number} one"
            )
        assert serving.end() == 0
    assert "Traceback" not in serving.output


def test_without_a_spare_one(library, here):
    write_app(here, text(1))
    with dev(library, here, "--no-reload-spare") as serving:
        url = serving.url()
        assert ask(url) == "not ahead 1 one"
        save(here, text(2))
        serving.wait_for("serving again")
        assert ask(url) == "not ahead 2 one"
        assert serving.end() == 0
    assert serving.output.count("the library is there") == 2


def test_a_spare_one_that_was_killed_is_not_missed(library, here):
    write_app(here, text(1))
    library.write_text(
        LIBRARY + "import os, sys\nif 'main' not in sys.modules:\n    os._exit(9)\n"  # only where it is imported ahead
    )
    with dev(library, here) as serving:
        url = serving.url()
        serving.wait_for("the library is there")
        save(here, text(2))
        serving.wait_for("serving again")
        assert ask(url) == "not ahead 2 one"
        assert serving.end() == 0
