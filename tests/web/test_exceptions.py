import pickle

import pytest

from webfoot.asgi.types import ClientDisconnected
from webfoot.web.exceptions import ClientDisconnect, HTTPException


def test_the_detail_is_the_status_phrase_unless_given():
    assert HTTPException(404).detail == "Not Found"
    assert HTTPException(status_code=404, detail="no duck").detail == "no duck"
    assert HTTPException(799).detail == ""
    assert str(HTTPException(418, "teapot")) == "418: teapot"
    assert repr(HTTPException(418, "teapot")) == "HTTPException(status_code=418, detail='teapot')"


def test_survives_pickling():
    copy = pickle.loads(pickle.dumps(HTTPException(status_code=404, detail="x", headers={"a": "b"})))
    assert (copy.status_code, copy.detail, copy.headers) == (404, "x", {"a": "b"})


def test_a_server_knows_that_a_disconnect_is_nobodys_fault():
    with pytest.raises(ClientDisconnected):
        raise ClientDisconnect("gone")
