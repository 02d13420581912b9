import io

import pytest
from pydantic import TypeAdapter, ValidationError

from webfoot import UploadFile
from webfoot.web.datastructures import UploadFile as WebUploadFile

adapter = TypeAdapter(UploadFile)


def test_a_file_of_a_form_becomes_one_that_pydantic_knows():
    content = io.BytesIO(b"abc")
    file = adapter.validate_python(WebUploadFile(content, size=3, filename="a.txt"))
    assert type(file) is UploadFile
    assert (file.file, file.size, file.filename) == (content, 3, "a.txt")
    assert adapter.validate_python(file) is file


def test_anything_else_is_refused():
    with pytest.raises(ValidationError, match="Expected UploadFile, received: <class 'str'>"):
        adapter.validate_python("abc")
