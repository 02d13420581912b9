from hypothesis import given
from hypothesis import strategies as st

from webfoot.web.cookies import parse_cookies
from webfoot.web.responses import Response


def test_reads_what_browsers_send():
    assert parse_cookies("a=1; b=x=y; a=2") == {"a": "2", "b": "x=y"}
    assert parse_cookies("lonely; =also") == {"": "also"}
    assert parse_cookies('q="a\\"b\\073c"; open="x') == {"q": 'a"b;c', "open": '"x'}
    assert parse_cookies(" ;; ") == {}


@given(st.text(alphabet=st.characters(max_codepoint=255), max_size=20))
def test_any_value_set_comes_back(value):
    response = Response()
    response.set_cookie("duck", value)
    pair = response.headers["set-cookie"].rpartition("; Path=/")[0]
    assert parse_cookies(pair) == {"duck": value}
