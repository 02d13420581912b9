"""The access log's format: atoms as Apache, Gunicorn, Hypercorn and Uvicorn name them."""

from __future__ import annotations

import os
import re

import pytest
from tests.server.logs.entries import entry, written

from webfoot.server import OptionError, ServerOptions
from webfoot.server.logs.atoms import ATOMS, compile_format
from webfoot.server.logs.entry import Session

BASIC = (b"authorization", b"Basic amVtaW1hOnF1YWNr")  # jemima:quack


def line(text: str, *arguments: object, **more: object) -> str:
    return compile_format(text)(entry(*arguments, **more))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("%(h)s", "127.0.0.1"),
        ("%(l)s %(u)s", "- -"),
        ("%(r)s", "GET /ducks?tail=1 HTTP/1.1"),
        ("%(R)s", "GET /ducks HTTP/1.1"),
        ("%(m)s %(U)s?%(q)s %(H)s", "GET /ducks?tail=1 HTTP/1.1"),
        ("%(Uq)s", "/ducks?tail=1"),
        ("%(S)s", "http"),
        ("%(s)s %(st)s", "200 OK"),
        ("%(b)s %(B)s", "13 13"),
        ("%(f)s", "http://pond/?token=[redacted]"),
        ("%(a)s", "Mozilla/5.0"),
        ("%(T)s %(L)s %(M)s %(D)s", "0 0.001234 1 1234"),
        ("%({Host}i)s %({x-none}i)s", "pond -"),
        ("%({Content-Type}o)s %({x-none}o)s", "text/plain -"),
        ("%({HOME_OF_DUCKS}e)s %({NO_DUCKS}e)s", "pond -"),
        ("%(id)s %(reason)s %(code)s", "- - -"),
        (
            '%(client_addr)s - "%(request_line)s" %(status_code)s',
            '127.0.0.1:1234 - "GET /ducks?tail=1 HTTP/1.1" 200 OK',
        ),
        ("%(message)s", '127.0.0.1:1234 - "GET /ducks?tail=1 HTTP/1.1" 200 13B 1.2ms'),
        ("100%% %(s)s %%(s)s", "100% 200 %(s)s"),
        ("{0} $x ä %(s)s", "{0} $x ä 200"),
    ],
)
def test_atoms(text, shown, monkeypatch):
    monkeypatch.setenv("HOME_OF_DUCKS", "pond")
    assert line(text, sent=[(b"Content-Type", b"text/plain")]) == shown


def test_what_is_not_there():
    assert line("%(h)s %(b)s %(B)s %(f)s %(a)s", client=None, size=0, fields=[]) == "- - 0 - -"
    assert line("%(st)s %(q)s.", b"/", 799) == "- ."


def test_times():
    assert re.fullmatch(r"\[\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d \+0000\]", line("%(t)s"))
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line("%(time)s"))


def test_the_process():
    assert line("%(p)s") == str(os.getpid())


@pytest.mark.parametrize(
    ("value", "user"),
    [
        (BASIC[1], "jemima"),
        (b"bAsIc amVtaW1hOnF1YWNr", "jemima"),
        (b"Basic ", "-"),
        (b"Basic !!!", "-"),
        (b"Bearer amVtaW1hOnF1YWNr", "-"),
        (b"Basic Ig0KOg==", '\\"\\x0d\\x0a'),
    ],
)
def test_users(value, user):
    assert line("%(u)s", fields=[(b"authorization", value)]) == user


@pytest.mark.parametrize("name", ["authorization", "Cookie", "x-api-key"])
def test_fields_that_are_secrets(name):
    assert line(f"%({{{name}}}i)s", fields=[(name.lower().encode(), b"quack")]) == "[redacted]"
    assert line("%({set-cookie}o)s", sent=[(b"set-cookie", b"session=quack")]) == "[redacted]"


def test_formats_with_a_name():
    assert re.fullmatch(
        r'127\.0\.0\.1 - jemima \[.*\] "GET /ducks\?tail=1 HTTP/1\.1" 200 13', line("common", fields=[BASIC])
    )
    assert line("combined").endswith(' 200 13 "http://pond/?token=[redacted]" "Mozilla/5.0"')


def test_every_atom_says_what_it_is():
    assert all(meaning for meaning, _ in ATOMS.values())
    assert all(isinstance(str(atom(entry())), str) for _, atom in ATOMS.values())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("%(x)s", "has the atom %(x)s, which there is not; those that there are: h, l, u,"),
        ("%(request_lin)s", "has the atom %(request_lin)s, which there is not; did you mean %(request_line)s?"),
        ("%h %r", "has '%h %r', and an atom is written %(r)s; a percent sign is %%"),
        ("%(s)d", "has '%(s)d', and an atom"),
        ("%({}i)s", "has the atom %({}i)s"),
        ("%({host}x)s", "has the atom %({host}x)s"),
        ("%(s)s 100%", "has '%'"),
        ("hello", "has no atom, such as %(r)s"),
        ("%(s)s\n", "has a character that is not printable"),
        ("%(s)s \x1b[31m", "has a character that is not printable"),
    ],
)
def test_what_is_no_format(text, said):
    with pytest.raises(OptionError, match=re.escape(f"the option access_log_format {said}")) as refused:
        ServerOptions(access_log_format=text)
    assert "\n" not in str(refused.value)


def test_json_has_keys_of_its_own():
    with pytest.raises(OptionError, match="log_format = json and access_log_format exclude each other"):
        ServerOptions(log_format="json", access_log_format="%(s)s")
    assert ServerOptions(log_format="json", access_log_format="json").writes_json_access_log


def test_one_line_for_each_websocket():
    opened, closed = entry(b"/chat", 101), entry(b"/chat", 101, size=60)
    opened.event, closed.event, closed.session = "opened", "closed", Session(1000, 1, 5, 2, 60)
    assert written(opened, closed, access_log_format="%(U)s %(s)s %(B)s %(code)s") == ["/chat 101 60 1000"]
    assert len(written(opened, closed)) == 2
    assert len(written(opened, closed, access_log_format="json")) == 2
