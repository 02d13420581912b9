"""Each difference on purpose is told to the people who read the documentation."""

from pathlib import Path

import pytest
from tests.differential.api.differences import DIFFERENCES, DOCUMENT_DIFFERENCES

PAGE = Path(__file__).parents[3] / "docs" / "differences.md"


@pytest.mark.parametrize(
    "title", [*(row.title for row in (*DIFFERENCES, *DOCUMENT_DIFFERENCES)), "Refused at start-up"]
)
def test_each_difference_is_documented(title: str) -> None:
    section = PAGE.read_text().partition("## API framework")[2]
    assert f"### {title}" in section
