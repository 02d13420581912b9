import asyncio
import io

import pytest

from webfoot.web.datastructures import FormData, Headers, UploadFile
from webfoot.web.forms import FormOpening, read_form


async def stream_of(*chunks):
    for chunk in chunks:
        yield chunk


def read(content_type, *chunks):
    headers = Headers({} if content_type is None else {"content-type": content_type})
    return asyncio.run(read_form(headers, stream_of(*chunks), max_files=1, max_fields=1, max_part_size=99))


@pytest.mark.parametrize("content_type", [None, "", "text/plain", "multipart/mixed; boundary=B"])
def test_any_other_kind_is_an_empty_form(content_type):
    assert read(content_type, b"a=1") == FormData()


def test_the_kind_is_read_in_any_case():
    assert read("Application/X-WWW-form-urlencoded ; charset=utf-8", b"a=1")["a"] == "1"
    body = b'--B\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--B--\r\n'
    assert read("Multipart/Form-Data;Boundary=B", body)["a"] == "1"


def test_opening_closes_the_files_also_after_an_error():
    file = io.BytesIO()

    async def reading():
        return FormData(f=UploadFile(file))

    async def use():
        assert (await FormOpening(reading()))["f"].file is file
        assert not file.closed
        async with FormOpening(reading()):
            raise RuntimeError("on the way")

    with pytest.raises(RuntimeError, match="on the way"):
        asyncio.run(use())
    assert file.closed
