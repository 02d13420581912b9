"""On which line of a TOML document a key stands."""

import pytest

from webfoot.server.settings.toml_lines import lines_of

PAGE = '''# a comment = 1
title = "x"

[tool.ducks]  # a comment
one = 1
text = """
[tool.geese]
two = 2
"""
three = [
  3, # a comment ]
  "]",
]
"four.five" = 4
six.seven = 5
six.eight = 6

[tool.ducks.inner]
nine = {ten = 1, eleven = 2}
twelve = {thirteen = 1}

[[tool.swans]]
name = "a"

[[tool.swans]]
name = "b"
'''


@pytest.mark.parametrize(
    ("keys", "line"),
    [
        ("title", 2),
        ("tool", 4),
        ("tool ducks", 4),
        ("tool ducks one", 5),
        ("tool ducks text", 6),
        ("tool ducks three", 10),
        ("tool ducks four.five", 14),
        ("tool ducks six", 15),
        ("tool ducks six eight", 16),
        ("tool ducks inner", 18),
        ("tool ducks inner nine", 19),
        ("tool ducks inner twelve thirteen", 20),
        ("tool swans", 22),
        ("tool swans name", 23),
        ("tool geese", None),
        ("tool ducks two", None),
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["lf", "crlf"])
def test_the_first_line_that_speaks_of_it(keys: str, line: int | None, end: str) -> None:
    assert lines_of(PAGE.replace("\n", end)).get(tuple(keys.split(" "))) == line


def test_an_empty_document_has_no_keys() -> None:
    assert lines_of("") == lines_of("\n# nothing\n") == {}
