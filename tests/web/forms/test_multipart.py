import asyncio
import builtins

import pytest

from webfoot.web.datastructures import Headers, UploadFile
from webfoot.web.exceptions import ClientDisconnect, HTTPException
from webfoot.web.forms import MultiPartException
from webfoot.web.forms.multipart import MultiPartParser

BODY = (
    b'--B\r\nContent-Disposition: form-data; name="note"\r\n\r\nquack\r\n'
    b'--B\r\nContent-Disposition: form-data; name="photo"; filename="duck.png"\r\nContent-Type: image/png\r\n\r\n'
    b"\x89PNG\r\n--B-not\r\n"
    b"--B--\r\n"
)


def parser_of(*chunks, content_type="multipart/form-data; boundary=B", fails=None, **limits):
    async def stream():
        for chunk in chunks:
            yield chunk
        if fails is not None:
            raise fails

    return MultiPartParser(Headers({"content-type": content_type}), stream(), **limits)


def refused(*chunks, **options):
    with pytest.raises(MultiPartException) as caught:
        asyncio.run(parser_of(*chunks, **options).parse())
    return caught.value.message


@pytest.mark.parametrize("size", [1, 3, 64, 4096])
def test_fields_are_text_and_files_are_files(size):
    async def use():
        form = await parser_of(*[BODY[start : start + size] for start in range(0, len(BODY), size)]).parse()
        photo = form["photo"]
        assert isinstance(photo, UploadFile)
        assert (photo.filename, photo.content_type, photo.size) == ("duck.png", "image/png", 13)
        assert await photo.read() == b"\x89PNG\r\n--B-not"
        assert form["note"] == "quack"
        await form.close()

    asyncio.run(use())


def test_a_long_file_goes_to_disk():
    class Small(MultiPartParser):
        spool_max_size = 10

    async def use():
        small = Small(Headers({"content-type": "multipart/form-data; boundary=B"}), parser_of(BODY).stream)
        form = await small.parse()
        assert not form["photo"]._in_memory
        assert await form["photo"].read() == b"\x89PNG\r\n--B-not"
        await form.close()

    asyncio.run(use())


def test_what_is_broken_is_a_400_with_a_sentence():
    assert refused(BODY[:-6]) == "Invalid multipart data: its closing boundary is missing."
    assert refused(b"quack") == "Invalid multipart data."
    assert refused(BODY, content_type="multipart/form-data") == "Missing boundary in multipart."
    assert refused(BODY, content_type="multipart/form-data; boundary=" + "x" * 300) == "Invalid multipart data."
    assert refused(BODY.replace(b"name=", b"nome=")) == (
        'The Content-Disposition header field "name" must be provided.'
    )
    assert issubclass(MultiPartException, HTTPException)
    assert MultiPartException("x").status_code == 400


def test_limits():
    assert refused(BODY, max_files=0) == "Too many files. Maximum number of files is 0."
    assert refused(BODY, max_fields=0) == "Too many fields. Maximum number of fields is 0."
    assert refused(BODY, max_part_size=4) == "Part exceeded maximum size of 4 bytes."
    asyncio.run(asyncio.run(parser_of(BODY, max_part_size=5, max_files=1, max_fields=1).parse()).close())
    assert refused(BODY.replace(b"Content-Type", b"X" * 5000)) == "Invalid multipart data."
    assert refused(BODY.replace(b"Content-Type", b"a: b\r\n" * 9 + b"c")) == "Invalid multipart data."


@pytest.mark.parametrize("charset", ["latin-1", "nonsense", "rot13", "utf-16\0", "utf-8"])
def test_a_charset_that_does_not_fit_falls_back_to_latin_1(charset):
    body = b'--B\r\nContent-Disposition: form-data; name="a"\r\n\r\n\xe9\r\n--B--\r\n'
    form = (
        asyncio.run(parser_of(body, content_type=f"multipart/form-data; boundary=B; charset={charset}").parse())
        if ("\0" not in charset)
        else None
    )
    if form is not None:
        assert form["a"] == "é"


@pytest.mark.parametrize("fails", [None, ClientDisconnect("gone"), asyncio.CancelledError()])
def test_its_files_are_closed_when_it_comes_to_nothing(fails):
    parser = parser_of(BODY[:-6], fails=fails)
    with pytest.raises((MultiPartException, ClientDisconnect, asyncio.CancelledError)):
        asyncio.run(parser.parse())
    assert [upload.file.closed for upload in parser._uploads] == [True]


def test_without_the_library_one_sentence_says_what_to_install(monkeypatch):
    original = builtins.__import__

    def without(name, *arguments):
        if name.startswith("python_multipart"):
            raise ImportError(name)
        return original(name, *arguments)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ImportError, match=r"python-multipart: pip install 'webfoot\[web\]'"):
        parser_of(BODY)
