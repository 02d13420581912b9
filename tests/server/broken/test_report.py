"""What is told of a failure: the chain of exceptions, the user's frames, the lines around."""

import sys
import textwrap

import pytest

from webfoot.server.broken.page import draw
from webfoot.server.broken.report import Report, report_on
from webfoot.server.settings.load import LoadError, load_app
from webfoot.server.settings.options import ServerOptions


def failure_of(directory, text, name="broken_pond"):
    (directory / f"{name}.py").write_text(textwrap.dedent(text))
    sys.modules.pop(name, None)
    with pytest.raises(LoadError) as failed:
        load_app(ServerOptions(f"{name}:app", app_dir=str(directory)))
    return report_on(failed.value, failed.value.traceback)


def test_each_frame_has_its_place_and_the_lines_around(tmp_path):
    report = failure_of(
        tmp_path,
        """\
        def outer():
            inner()

        def inner():
            raise ValueError("egg")

        outer()
        """,
    )
    assert report.sentence.endswith("broken_pond.py:5: ValueError: egg")
    (link,) = report.chain
    assert link.error == "ValueError: egg"
    assert [(shot.line, shot.function) for shot in link.shots] == [(7, "<module>"), (2, "outer"), (5, "inner")]
    assert link.shots[2].lines[4] == (5, '    raise ValueError("egg")')
    assert link.shots[2].place.endswith("broken_pond.py:5")


def test_a_chain_begins_with_the_first_exception(tmp_path):
    report = failure_of(
        tmp_path,
        """\
        try:
            {}["duck"]
        except KeyError as error:
            try:
                raise LookupError("no duck") from error
            except LookupError:
                raise RuntimeError("no pond")
        """,
    )
    assert [link.error for link in report.chain] == [
        "KeyError: 'duck'",
        "LookupError: no duck",
        "RuntimeError: no pond",
    ]
    assert [link.before.partition(" ")[0] for link in report.chain] == ["", "The", "While"]


def test_a_syntax_error_shows_its_line(tmp_path):
    report = failure_of(tmp_path, "x = 1\ndef app(:\n")
    (link,) = report.chain
    assert [(shot.line, shot.lines) for shot in link.shots] == [(2, [(1, "x = 1"), (2, "def app(:")])]
    assert "SyntaxError: invalid syntax" in link.error


def test_much_is_cut(tmp_path):
    report = failure_of(tmp_path, "def f(n):\n    g(n)\ndef g(n):\n    f(n)  # " + "a" * 500 + "\nf(0)\n")
    (link,) = report.chain
    assert len(link.shots) == 12
    assert link.left_out > 900
    assert max(len(text) for shot in link.shots for _, text in shot.lines) == 300


def test_a_failure_without_an_exception_of_the_users_is_a_sentence(tmp_path):
    assert failure_of(tmp_path, "ap = None") == Report(
        "'broken_pond:app' names no application, because broken_pond has no attribute app; did you mean ap?"
    )


def test_the_page_holds_what_it_quotes_as_text(tmp_path):
    report = failure_of(tmp_path, "raise ValueError('</script><script>alert(1)//')\n")
    page = draw(report, "NONCE", reloads=True)
    assert page.count("<script") == 1
    assert "&lt;/script&gt;&lt;script&gt;alert(1)" in page
    assert 'role="alert"' in page
    assert "location.reload()" in page
    assert "location.reload()" not in draw(report, "NONCE", reloads=False)
