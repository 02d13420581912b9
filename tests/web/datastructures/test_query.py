from urllib.parse import parse_qsl, urlencode

from hypothesis import given
from hypothesis import strategies as st

from webfoot.web.datastructures import QueryParams
from webfoot.web.datastructures.query import parse_query


@given(st.text(alphabet="ab=&+%2é;4Ff \x00", max_size=30))
def test_reads_as_the_standard_library_does(text):
    assert parse_query(text) == parse_qsl(text, keep_blank_values=True)


@given(st.lists(st.tuples(st.text(max_size=5), st.text(max_size=5)), max_size=5))
def test_survives_a_round_trip(pairs):
    assert QueryParams(str(QueryParams(pairs))).multi_items() == QueryParams(urlencode(pairs)).multi_items()


def test_bytes_outside_ascii_are_utf_8():
    assert QueryParams("a=ü".encode())["a"] == "ü"
    assert QueryParams(b"a=\xff")["a"] == "\ufffd"
