from __future__ import annotations

import uuid

import pytest

from webfoot.web.routing.convertors import CONVERTOR_TYPES, Convertor, register_url_convertor
from webfoot.web.routing.path import (
    WILD,
    compile_path,
    convert_params,
    get_route_path,
    literal_segments,
    replace_params,
)


def values(template: str, path: str) -> dict[str, object] | None:
    regex, _, convertors = compile_path(template)
    found = regex.match(path)
    return None if found is None else convert_params(convertors, found)


@pytest.mark.parametrize(
    ("template", "path", "expected"),
    [
        ("/ducks", "/ducks", {}),
        ("/ducks", "/ducks/", None),
        ("/ducks", "/ducks\n", None),
        ("/{name}", "/mallard", {"name": "mallard"}),
        ("/{name}", "/ü é", {"name": "ü é"}),
        ("/{name}", "/a\nb", {"name": "a\nb"}),
        ("/{name}", "/", None),
        ("/{name}", "/a/b", None),
        ("/{n:int}", "/007", {"n": 7}),
        ("/{n:int}", "/-7", None),
        ("/{n:int}", "/\u0663", None),  # a digit, but no ASCII digit
        ("/{n:int}", "/" + "9" * 5000, None),  # more digits than int() takes: no match, not an error
        ("/{x:float}", "/1.5", {"x": 1.5}),
        ("/{x:float}", "/15", {"x": 15.0}),
        ("/{x:float}", "/1.", None),
        ("/{x:float}", "/" + "9" * 400, None),  # more than a float can be, and infinity is no value to go on with
        ("/{rest:path}", "/", {"rest": ""}),
        ("/{rest:path}", "//a/\n", {"rest": "/a/\n"}),
        ("/{a}.{b}", "/x.y.z", {"a": "x.y", "b": "z"}),
        ("/{a:int}-{b:int}", "/1-2", {"a": 1, "b": 2}),
        ("/a.b+c", "/a.b+c", {}),
        ("/a.b", "/aXb", None),
        ("/a{b", "/a{b", {}),
        ("/{1a}", "/{1a}", {}),
    ],
)
def test_what_a_template_matches(template: str, path: str, expected: dict[str, object] | None) -> None:
    assert values(template, path) == expected


def test_a_uuid_with_and_without_hyphens() -> None:
    duck = uuid.UUID("6ba7b810-9dad-11d1-80b4-00c04fd430c8")
    assert values("/{u:uuid}", f"/{duck}") == values("/{u:uuid}", f"/{duck.hex}") == {"u": duck}


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        ("str", "a b", "a b"),
        ("path", "a/b", "a/b"),
        ("int", 7, "7"),
        ("float", 1.0, "1"),
        ("float", 1e-7, "0.0000001"),
        ("float", 1e22, "10000000000000000000000"),
        ("uuid", uuid.UUID(int=1), "00000000-0000-0000-0000-000000000001"),
    ],
)
def test_values_are_written_back(kind: str, value: object, text: str) -> None:
    assert CONVERTOR_TYPES[kind].to_string(value) == text


@pytest.mark.parametrize(
    ("kind", "value"),
    [("str", "a/b"), ("str", ""), ("int", -1), ("float", -0.5), ("float", float("nan")), ("float", float("inf"))],
)
def test_values_that_no_path_could_give_are_refused(kind: str, value: object) -> None:
    with pytest.raises(AssertionError):
        CONVERTOR_TYPES[kind].to_string(value)


def test_a_name_twice_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"Duplicated param name a at path /\{a\}/\{a:int\}"):
        compile_path("/{a}/{a:int}")
    with pytest.raises(ValueError, match="names a, b at"):
        compile_path("/{a}/{a}/{b}/{b}")


def test_an_unknown_convertor_is_an_error() -> None:
    with pytest.raises(AssertionError, match="Unknown path convertor 'duck'"):
        compile_path("/{a:duck}")


def test_a_convertor_of_your_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("webfoot.web.routing.convertors.CONVERTOR_TYPES", CONVERTOR_TYPES)
    monkeypatch.delitem(CONVERTOR_TYPES, "even", raising=False)

    class Even(Convertor[int]):
        regex = "[0-9]+"

        def convert(self, value: str) -> int:
            if int(value) % 2:
                raise ValueError("odd")
            return int(value)

        def to_string(self, value: int) -> str:
            return str(value)

    register_url_convertor("even", Even())
    assert values("/{n:even}", "/4") == {"n": 4}
    assert values("/{n:even}", "/5") is None


@pytest.mark.parametrize(
    ("template", "segments", "complete"),
    [
        ("/", ("", ""), True),
        ("/a/b", ("", "a", "b"), True),
        ("/a/{b}/c", ("", "a", WILD, "c"), True),
        ("/a/{b:int}.json", ("", "a", WILD), True),
        ("/a/{rest:path}", ("", "a"), False),
        ("/a/{rest:path}/b", ("", "a"), False),
    ],
)
def test_a_template_cut_at_its_slashes(template: str, segments: tuple[str | None, ...], complete: bool) -> None:
    assert literal_segments(template, compile_path(template)[2]) == (segments, complete)


@pytest.mark.parametrize(
    ("path", "root_path", "expected"),
    [
        ("/a", "", "/a"),
        ("/root/a", "/root", "/a"),
        ("/root", "/root", ""),
        ("/rooted/a", "/root", "/rooted/a"),
        ("/a", "/root", "/a"),
    ],
)
def test_the_path_below_the_root(path: str, root_path: str, expected: str) -> None:
    assert get_route_path({"path": path, "root_path": root_path}) == expected


def test_parameters_without_a_place_are_left_over() -> None:
    _, written, convertors = compile_path("/{a}/{b:int}")
    assert replace_params(written, convertors, {"a": "x", "b": 3, "c": 1}) == ("/x/3", {"c": 1})
