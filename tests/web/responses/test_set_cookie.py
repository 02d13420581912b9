from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime

import pytest

from webfoot.web.responses import Response


def line(*arguments, **attributes):
    response = Response()
    response.set_cookie(*arguments, **attributes)
    return response.headers["set-cookie"]


@pytest.mark.parametrize("name", ["", "a b", "a;b", "a=b", "é", "a\r\n"])
def test_a_name_is_a_token(name):
    with pytest.raises(ValueError, match="cannot be a cookie's name"):
        line(name, "x")


@pytest.mark.parametrize(
    "attributes",
    [{"path": "/;Domain=x"}, {"domain": "x\r\ny: z"}, {"expires": "now; Secure"}, {"path": "/\0"}, {"domain": "\x7f"}],
)
def test_an_attribute_stays_in_its_place(attributes):
    with pytest.raises(ValueError, match=r"a cookie's (path|domain|expires) must not hold ';' or control characters"):
        line("a", "b", **attributes)


def test_a_value_is_quoted_where_it_has_to_be():
    assert line("a", "plain:1.0", path=None, samesite=None) == "a=plain:1.0"
    assert line("a", 'x; "y"\r\n', path=None, samesite=None) == r'a="x\073 \"y\"\015\012"'
    with pytest.raises(ValueError, match="latin-1 has no 'ż'"):
        line("a", "ż")


def test_expiry():
    there = timezone(timedelta(hours=2))
    assert "expires=Tue, 01 Jan 2030 10:00:00 GMT" in line("a", "b", expires=datetime(2030, 1, 1, 12, tzinfo=there))
    assert "expires=Tue, 01 Jan 2030" in line("a", "b", expires="Tue, 01 Jan 2030 00:00:00 GMT")
    seconds = line("a", "b", expires=3600, path=None, samesite=None).removeprefix("a=b; expires=")
    assert abs(parsedate_to_datetime(seconds) - datetime.now(UTC) - timedelta(hours=1)) < timedelta(minutes=5)
    with pytest.raises(ValueError, match="needs a time zone"):
        line("a", "b", expires=datetime(2030, 1, 1))


def test_samesite():
    assert line("a", "b", samesite="none", secure=True).endswith("SameSite=none; Secure")
    with pytest.raises(ValueError, match="samesite must be"):
        line("a", "b", samesite="sometimes")
