"""The page that is made from the table."""

from webfoot.server.settings.options import OPTIONS
from webfoot.server.settings.page import settings_page


def test_each_setting_has_one_row_of_four_cells():
    rows = [line for line in settings_page().splitlines() if line.startswith("| `")]
    assert sorted(row.split("`")[1] for row in rows) == sorted(option.name for option in OPTIONS)
    assert all(row.replace("\\|", "").count("|") == 5 for row in rows)


def test_switches_show_how_they_are_switched():
    page = settings_page()
    assert "| `access_log` | `--access-log` / `--no-access-log` | on |" in page
    assert "| `reload` | `--reload` / `--no-reload` | off |" in page
    assert "| `timeout_head` | `--timeout-head SECONDS` | 10 |" in page
    assert "| `headers` | `--header NAME:VALUE` |  |" in page
