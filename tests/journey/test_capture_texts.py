"""No secret stays in the text of a body or a message, whatever that is written in and wherever it was cut off."""

import gzip
import json

import pytest

from webfoot.journey.capture.bodies import LIMIT, Body
from webfoot.journey.capture.texts import before_cut, clean
from webfoot.trail import secret_names
from webfoot.trail.secret_names import declare_secret


@pytest.fixture(autouse=True)
def no_secrets_of_other_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    """Applications that other modules have made may have declared any name as a secret's, for the whole process."""
    monkeypatch.setattr(secret_names, "_declared", set())


SECRET = "hunter2-quack"

TEXTS = {
    "a member": f'{{"password": "{SECRET}", "name": "Emma"}}',
    "a member of a member": f'{{"user": {{"name": "Emma", "api_key": "{SECRET}"}}}}',
    "an object": f'{{"credentials": {{"a": ["{SECRET}", {{"b": "{SECRET}"}}]}}, "name": "Emma"}}',
    "a list": f'{{"tokens": ["{SECRET}", "{SECRET}"], "name": "Emma"}}',
    "a number": '{"pin": 918273645, "name": "Emma"}',
    "a name with an escape": f'{{"pass\\u0077ord": "{SECRET}", "name": "Emma"}}',
    "a value with an escape": f'{{"password": "\\"{SECRET}", "name": "Emma"}}',
    "cut off in the value": f'{{"name": "Emma", "password": "{SECRET}',
    "cut off in a nested value": f'{{"name": "Emma", "secret": {{"a": ["{SECRET}", "x',
    "cut off at an escape": f'{{"name": "Emma", "secret": "{SECRET}\\',
    "no space": f'{{"name":"Emma","password":"{SECRET}"}}',
    "much space": f'{{ "name" :\n "Emma" , "password" \n : \t "{SECRET}" }}',
    "lines of JSON": f'{{"name": "Emma"}}\n{{"password": "{SECRET}"}}\n',
    "a list of pairs": f'[["name", "Emma"], ["authorization", "Bearer {SECRET}"]]',
    "name and value": f'[{{"name": "Emma"}}, {{"name": "password", "value": "{SECRET}"}}]',
    "JSON in JSON": json.dumps({"name": "Emma", "payload": json.dumps({"password": SECRET})}),
    "JSON in JSON in JSON": json.dumps({"name": "Emma", "a": json.dumps({"b": json.dumps({"token": SECRET})})}),
    "credentials in a text": f'{{"name": "Emma", "note": "send Authorization: Bearer {SECRET}"}}',
    "a URL with a password": f'{{"name": "Emma", "url": "https://emma:{SECRET}@pond.example/"}}',
    "a URL with a token": f'{{"name": "Emma", "url": "https://pond.example/?token={SECRET}"}}',
    "the input of a validation error": f'{{"detail": [{{"type": "too_short", "loc": ["body", "password"], '
    f'"msg": "too short, Emma", "input": "{SECRET}", "ctx": {{"x": "{SECRET}"}}}}]}}',
    "the words of a validator": f'{{"detail": [{{"type": "value_error", "loc": ["body", "password"], '
    f'"msg": "{SECRET} is weak", "input": "x"}}], "name": "Emma"}}',
    "the cookie of an error": f'{{"x": "Emma", "detail": [{{"loc": ["cookie", "duck"], "input": "{SECRET}"}}]}}',
    "a form": f"name=Emma&password={SECRET}",
    "a form, cut off": f"name=Emma&password={SECRET[:5]}",
    "a form with an encoded name": f"name=Emma&pass%77ord={SECRET}",
    "JSON in a form": f"name=Emma&payload=%7B%22password%22%3A%22{SECRET}%22%7D",
    "XML": f"<duck><name>Emma</name><password>{SECRET}</password></duck>",
    "XML with attributes": f'<duck><name>Emma</name><w:apiKey id="1">{SECRET}</w:apiKey></duck>',
    "HTML": f'<p>Emma</p><input type="hidden" name="csrf_token" value="{SECRET}">',
    "HTML the other way around": f"<p>Emma</p><input value='{SECRET}' name='csrf_token'>",
    "meta": f'<meta content="{SECRET}" name="csrf-token"><p>Emma</p>',
    "prose": f"Emma said: password = {SECRET}",
    "YAML": f"name: Emma\npassword: {SECRET}\n",
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
def test_no_secret_stays_and_the_rest_does(text):
    cleaned = clean(text)

    assert "quack" not in cleaned
    assert SECRET[:5] not in cleaned
    assert "918273645" not in cleaned
    assert "Emma" in cleaned


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
def test_nor_at_any_cut(text):
    for end in range(len(text)):
        assert "hunter" not in clean(before_cut(text[:end])), text[:end]


@pytest.mark.parametrize(
    "text",
    [
        '{"name": "Emma", "shipping": [1, 2.5, true, null], "x": {}}',
        "  [ ]  ",
        '"just a text"',
        "name=Emma&size=3&empty=",
        "Emma swims, and that is all",
        "{not json at all",
        "<duck><name>Emma</name></duck>",
        '{"escaped": "a \\"quote\\" and \\u00e9"}',
        "100% of ducks",
        "",
    ],
)
def test_what_holds_no_secret_stays_as_it_is(text):
    assert clean(text) == text


def test_an_application_may_declare_a_name():
    declare_secret("X-Pond-Duck")
    assert "quack" not in clean('{"x-pond-duck": "quack"}')


@pytest.mark.parametrize(
    "text", ["[" * 50_000, '{"a":' * 50_000, "a=" * 50_000, '"\\' * 20_000, "<a" * 30_000, "&" * 50_000]
)
def test_nothing_is_too_deep_or_too_long(text):
    clean(text[: 4 * LIMIT])


MULTIPART = (
    b'--duck\r\ncontent-disposition: form-data; name="name"\r\n\r\nEmma\r\n'
    b'--duck\r\ncontent-disposition: form-data; name="password"\r\n\r\nhunter2\r\n'
    b'--duck\r\ncontent-disposition: form-data; name="photo"; filename="emma.png"\r\ncontent-type: image/png\r\n\r\n'
    b"\x89PNG\x00private pixels\r\n"
    b"--duck--\r\n"
)
FORM_DATA = "multipart/form-data; boundary=duck"


def body(data, content_type="application/json", **fields):
    headers = {"content-type": content_type, **{name.replace("_", "-"): value for name, value in fields.items()}}
    made = Body([(name.encode(), value.encode()) for name, value in headers.items()])
    made.add(data)
    return made


def test_a_form_with_files_shows_fields_and_sizes():
    told = body(MULTIPART, FORM_DATA).told()

    assert told.text == "name: Emma\npassword: [redacted]\nphoto: <emma.png: image/png, 19 bytes>"
    assert told.says.startswith("a form with files, ")


def test_nor_when_the_form_is_cut_off_anywhere():
    for end in range(len(MULTIPART)):
        text = body(MULTIPART[:end], FORM_DATA).told().text
        assert "hunter" not in text
        assert "pixels" not in text


def test_parts_whose_boundary_is_not_told_are_not_shown():
    told = body(MULTIPART, "multipart/form-data").told()
    assert told.text is None
    assert "not shown" in told.says


def test_a_body_is_kept_up_to_a_limit():
    made = Body([(b"content-type", b"text/plain")])
    for _ in range(100):
        made.add(b"quack " * 1000)
    told = made.told()

    assert len(told.text) == told.kept == LIMIT
    assert told.size == 600_000
    assert told.says == f"text, 600000 bytes, cut off after {LIMIT}"
    assert made.weight <= LIMIT


def test_a_cut_through_a_character_is_no_binary():
    made = body(b"x" + "é".encode() * LIMIT, "text/plain")
    assert made.told().text.endswith("é")


@pytest.mark.parametrize(
    "data", [b"\x89PNG\r\n\x1a\n\x00\x00", b"\xff\xfe\xfd" * 10, '{"password": "x"}'.encode("utf-16")]
)
def test_what_is_no_text_is_told_by_its_size(data):
    told = body(data, "application/octet-stream").told()
    assert told.text is None
    assert told.kept == 0
    assert told.says == f"application/octet-stream, {len(data)} bytes, not shown: it is no text"


def test_what_was_compressed_is_shown_unpacked():
    packed = gzip.compress(json.dumps({"name": "Emma", "password": SECRET, "more": "x" * 100}).encode())
    told = body(packed, content_encoding="gzip").told()

    assert '"Emma"' in told.text
    assert SECRET not in told.text
    assert told.says == f"JSON, {len(packed)} bytes, gzip"


def test_a_bomb_is_not_unpacked_whole():
    told = body(gzip.compress(b"x" * 50_000_000)[:LIMIT], "text/plain", content_encoding="gzip").told()
    assert len(told.text) <= 4 * LIMIT


def test_what_nobody_can_unpack_is_told_by_its_size():
    assert body(b"quack", content_encoding="br").told().text is None
    assert body(b"quack", content_encoding="gzip").told().text is None


def test_a_settled_body_holds_no_bytes():
    made = body(f'{{"password": "{SECRET}"}}'.encode())
    before = made.told()
    made.settle()
    made.add(b"late")  # changes the size and nothing else

    assert made.told().text == before.text == '{"password": "[redacted]"}'
    assert not any(SECRET in str(getattr(made, slot)) for slot in Body.__slots__)


def test_a_file_that_goes_past_is_told_by_its_size():
    made = Body([(b"content-type", b"image/png")])
    made.add_unseen(5000)
    assert made.told().says == "image/png, 5000 bytes, not read here: it was sent from a file"
