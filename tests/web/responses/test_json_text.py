import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webfoot.web.responses.json_text import write_json

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.integers() | st.none(), inner),
    max_leaves=20,
)


@given(VALUES)
def test_writes_as_the_standard_library_does(value):
    expected = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    assert write_json(value) == expected


def test_refuses_what_json_does_not_have():
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_json([float("nan")])
    with pytest.raises(TypeError, match="set is not JSON serializable"):
        write_json({1, 2})
    circle: list[object] = []
    circle.append(circle)
    with pytest.raises(ValueError, match="Circular reference"):
        write_json(circle)
    assert write_json({"again": "fine"}) == b'{"again":"fine"}'
