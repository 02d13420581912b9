import pytest

from webfoot.web.datastructures import Headers, MutableHeaders
from webfoot.web.datastructures.headers import encode_header


def test_a_name_is_found_in_any_case_and_the_first_value_wins():
    headers = Headers(raw=[(b"x-duck", b"mallard"), (b"x-duck", b"eider")])
    assert headers["X-Duck"] == "mallard"
    assert headers.getlist("x-DUCK") == ["mallard", "eider"]
    assert "X-DUCK" in headers
    assert "x-goose" not in headers
    assert 7 not in headers
    with pytest.raises(KeyError, match="X-Goose"):
        headers["X-Goose"]


def test_a_name_that_cannot_be_one_is_not_there():
    headers = MutableHeaders({"x-duck": "mallard"})
    assert headers.get("☃", "none") == "none" and "☃" not in headers and headers.getlist("☃") == []
    del headers["☃"]
    assert headers == Headers({"x-duck": "mallard"})


def test_equality_ignores_order_and_class_but_counts_fields():
    pairs = [(b"a", b"1"), (b"b", b"2")]
    assert Headers(raw=pairs) == MutableHeaders(raw=pairs[::-1])
    assert Headers(raw=pairs) != Headers(raw=[*pairs, pairs[0]])
    assert Headers(raw=pairs) != {"a": "1", "b": "2"}


def test_only_one_source_is_taken():
    with pytest.raises(AssertionError, match="only one"):
        Headers({"a": "1"}, raw=[])
    with pytest.raises(AssertionError, match="only one"):
        Headers(raw=[], scope={"headers": []})
    assert len(Headers()) == 0


def test_repr_shows_all_fields():
    assert repr(Headers({"a": "1"})) == "Headers({'a': '1'})"
    assert repr(MutableHeaders(raw=[(b"a", b"1")] * 2)) == "MutableHeaders(raw=[(b'a', b'1'), (b'a', b'1')])"


@pytest.mark.parametrize("value", ["a\r\nset-cookie: b=c", "a\nb", "a\rb", "a\0b"])
def test_a_value_cannot_begin_a_line_of_its_own(value):
    headers = MutableHeaders({"x": "y"})
    with pytest.raises(ValueError, match="header 'x': a value must not hold CR, LF or NUL"):
        headers["x"] = value
    with pytest.raises(ValueError, match="CR, LF or NUL"):
        headers.append("x", value)
    with pytest.raises(ValueError, match="CR, LF or NUL"):
        headers.setdefault("z", value)
    with pytest.raises(ValueError, match="CR, LF or NUL"):
        headers |= {"z": value}
    with pytest.raises(ValueError, match="CR, LF or NUL"):
        Headers({"x": value})
    assert headers.raw == [(b"x", b"y")]


@pytest.mark.parametrize("name", ["", "a b", "a:", "a\r\nb", "\xe9", "(a)"])
def test_a_name_must_be_a_token(name):
    with pytest.raises(ValueError, match="is not a header name"):
        encode_header(name, "x")


def test_what_latin_1_does_not_have_is_one_clear_error():
    with pytest.raises(ValueError, match="header 'x': latin-1 has no 'ż'"):
        encode_header("x", "żółw")
    assert encode_header("X-A", "é") == (b"x-a", b"\xe9")


@pytest.mark.parametrize(("name", "value", "kind"), [("a", 1, "int"), ("a", None, "NoneType"), (b"a", "b", "bytes")])
def test_names_and_values_must_be_text(name, value, kind):
    with pytest.raises(TypeError, match=f"must be str, not {kind}"):
        encode_header(name, value)


def test_made_from_a_message_changes_reach_the_message_but_not_the_response_it_came_from():
    raw_headers = [(b"a", b"1")]
    message = {"type": "http.response.start", "headers": raw_headers}
    MutableHeaders(scope=message)["b"] = "2"
    assert message["headers"] == [(b"a", b"1"), (b"b", b"2")]
    assert raw_headers == [(b"a", b"1")]


def test_a_message_may_lack_headers():
    message = {"type": "http.response.start", "status": 200}
    MutableHeaders(scope=message).append("a", "b")
    assert message["headers"] == [(b"a", b"b")]


def test_setting_replaces_all_in_the_place_of_the_first():
    headers = MutableHeaders(raw=[(b"a", b"1"), (b"b", b"2"), (b"a", b"3"), (b"c", b"4"), (b"a", b"5")])
    headers["A"] = "9"
    assert headers.raw == [(b"a", b"9"), (b"b", b"2"), (b"c", b"4")]


def test_deleting_keeps_the_list_that_others_hold():
    raw = [(b"a", b"1"), (b"b", b"2"), (b"a", b"3")]
    headers = MutableHeaders(raw=raw)
    del headers["A"]
    del headers["never-there"]
    assert raw == [(b"b", b"2")]
    assert headers.raw is raw


def test_or_makes_a_new_object_and_vary_stays_one_line():
    first = MutableHeaders({"a": "1"})
    second = first | {"b": "2"}
    assert (first.raw, second.raw) == ([(b"a", b"1")], [(b"a", b"1"), (b"b", b"2")])
    second.add_vary_header("accept")
    second.add_vary_header("origin")
    assert second["vary"] == "accept, origin"
    with pytest.raises(TypeError, match="Expected a mapping but got list"):
        first |= [("a", "b")]
