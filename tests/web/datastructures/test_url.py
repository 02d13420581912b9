import pytest

from webfoot.web.datastructures import URL, QueryParams, URLPath


def scope_of(**other):
    return {"type": "http", "scheme": "http", "path": "/", "headers": [], "server": ("duck.org", 80), **other}


def test_repr_hides_the_password_and_str_does_not():
    url = URL("postgresql://user:pass@db.org:5432/ducks")
    assert "pass@" not in repr(url)
    assert repr(url) == "URL('postgresql://user:********@db.org:5432/ducks')"
    assert str(url) == "postgresql://user:pass@db.org:5432/ducks"


def test_equal_to_its_string_and_hashes_like_it():
    url = URL("http://duck.org/a")
    assert url == "http://duck.org/a"
    assert {"http://duck.org/a": 1}[url] == 1
    assert url != URL("http://duck.org/b")
    assert url != 1


@pytest.mark.parametrize(
    "host", [b"evil.org/path", b"evil.org?q", b"user@evil.org", b"evil.org#f", b"a b", b"a:b", b""]
)
def test_a_host_field_that_is_no_host_is_not_used(host):
    assert str(URL(scope=scope_of(headers=[(b"host", host)]))) == "http://duck.org/"


def test_a_path_cannot_become_a_host():
    assert URL(scope=scope_of(server=None, path="//evil.org/")).netloc == ""
    assert URL(scope=scope_of(path="@evil.org/")).hostname == "duck.org"
    assert URL(scope=scope_of(path="/a?b#c")).path == "/a%3Fb%23c"


def test_half_of_a_surrogate_pair_is_a_question_mark():
    """JSON can bring one in."""
    url = URL("/pond?a=1")
    assert url.include_query_params(duck="\ud83e") == "/pond?a=1&duck=%3F"
    assert url.replace_query_params(duck="\ud83e") == "/pond?duck=%3F"
    assert URL("/pond?duck=\ud83e&a=1").remove_query_params("a") == "/pond?duck=%3F"
    assert str(QueryParams({"duck": "\ud83e"})) == "duck=%3F"


def test_a_query_of_any_bytes_gives_a_url():
    assert URL(scope=scope_of(query_string=b"a=\xe9&b=%20+")).query == "a=%E9&b=%20+"


def test_userinfo_cannot_break_out():
    url = URL("http://h/").replace(username="a:b@c", password="d@e/f")
    assert (url.hostname, url.path) == ("h", "/")
    assert url.replace(username=url.username, password=url.password) == url


def test_a_url_path_is_a_str():
    path = URLPath("/ducks/1", host="duck.org")
    assert path == "/ducks/1"
    assert path.make_absolute_url("https://pond.org/api/") == "https://duck.org/api/ducks/1"
    with pytest.raises(AssertionError, match="protocol must be"):
        URLPath("/", protocol="ftp")  # type: ignore[arg-type]
