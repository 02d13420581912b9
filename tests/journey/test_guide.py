from __future__ import annotations

from webfoot.journey.guide import journey_page
from webfoot.trail import STATIONS


def test_the_page_has_a_row_for_each_station_and_names_all_marks():
    page = journey_page("")

    for station in STATIONS:
        row = next(line for line in page.splitlines() if line.startswith(f"| {station.number} |"))
        assert f"`{station.owner}`" in row
        assert all(f"`{mark}`" in row for mark in station.marks)
