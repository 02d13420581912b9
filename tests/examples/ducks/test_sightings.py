"""List, report, read, change and delete, against the six sightings that are there from the start."""

from __future__ import annotations

from datetime import datetime

import pytest

from examples.ducks import create_app
from examples.ducks.settings import Settings
from webfoot.testing import TestClient

PIER = {"species": "eider", "place": "Pier", "seen_at": "2024-05-01T06:30:00+02:00", "count": 3, "note": "Diving."}


def ids(client: TestClient, **params: object) -> list[int]:
    response = client.get("/sightings", params=params)
    assert response.status_code == 200, response.text
    return [item["id"] for item in response.json()["items"]]


def errors(response: object) -> list[tuple[object, str]]:
    assert response.status_code == 422, response.text
    return [(error["loc"], error["msg"]) for error in response.json()["detail"]]


class TestList:
    def test_newest_first(self, client):
        moments = [datetime.fromisoformat(item["seen_at"]) for item in client.get("/sightings").json()["items"]]
        assert len(moments) == 6
        assert moments == sorted(moments, reverse=True)

    def test_oldest_first_is_the_other_way_round(self, client):
        assert ids(client, order="oldest") == ids(client)[::-1]

    def test_pages_cover_everything_once(self, client):
        seen, offset = [], 0
        while offset is not None:
            page = client.get("/sightings", params={"limit": 4, "offset": offset}).json()
            assert page["total"] == 6
            seen += [item["id"] for item in page["items"]]
            offset = page["next_offset"]
        assert seen == ids(client)

    def test_last_page_that_is_full_has_no_next(self, client):
        assert client.get("/sightings?limit=3&offset=3").json()["next_offset"] is None

    def test_species_is_any_of_those_given(self, client):
        assert sorted(ids(client, species=["mallard", "teal"])) == [1, 2]

    def test_place_is_a_part_in_any_case(self, client):
        assert sorted(ids(client, place="mILL")) == [1, 3]

    def test_place_is_no_pattern(self, client):
        assert ids(client, place="%") == []

    def test_time_includes_since_and_excludes_until(self, client):
        client.post("/sightings", json=PIER)
        at, later = "2024-05-01T04:30:00Z", "2024-05-01T04:31:00Z"
        assert ids(client, since=at, until=later) == [7]
        assert ids(client, until=at) == []

    def test_conditions_hold_together(self, client):
        assert ids(client, species="mallard", place="Mill") == [1]
        assert ids(client, species="mallard", place="Moat") == []

    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            ("limit=0", (["query", "limit"], "Input should be greater than or equal to 1")),
            ("limit=101", (["query", "limit"], "Input should be less than or equal to 100")),
            ("colour=red", (["query", "colour"], "Extra inputs are not permitted")),
            ("since=2024-05-01T06:30:00", (["query", "since"], "Input should have timezone info")),
            (
                "since=2024-05-02T00:00:00Z&until=2024-05-01T00:00:00Z",
                (["query"], "Value error, since must be earlier than until"),
            ),
        ],
    )
    def test_a_wrong_question_is_told_so(self, client, query, expected):
        assert errors(client.get(f"/sightings?{query}")) == [expected]

    @pytest.mark.parametrize("moment", ["0001-01-01T00:00:00%2B14:00", "9999-12-31T23:59:59-14:00"])
    def test_a_moment_that_does_not_fit_into_utc_is_refused(self, client, moment):
        assert [loc for loc, _ in errors(client.get(f"/sightings?since={moment}"))] == [["query", "since"]]


class TestReport:
    def test_answers_with_what_was_stored(self, client):
        response = client.post("/sightings", json=PIER)
        assert response.status_code == 201
        assert response.headers["location"] == "/sightings/7"
        assert response.json() == {**PIER, "id": 7, "seen_at": "2024-05-01T04:30:00Z", "photo_url": None}
        assert client.get("/sightings/7").json() == response.json()

    def test_the_least_is_species_and_place(self, client):
        stored = client.post("/sightings", json={"species": "teal", "place": "  Ditch  "}).json()
        assert (stored["place"], stored["count"], stored["note"]) == ("Ditch", 1, None)

    @pytest.mark.parametrize(
        ("change", "where"),
        [
            ({"species": "goose"}, "species"),
            ({"place": " "}, "place"),
            ({"place": "a\0b"}, "place"),
            ({"count": 0}, "count"),
            ({"seen_at": "9000-01-01T00:00:00Z"}, "seen_at"),
            ({"id": 5}, "id"),
        ],
    )
    def test_a_wrong_value_is_named(self, client, change, where):
        response = client.post("/sightings", json=PIER | change)
        assert [loc for loc, _ in errors(response)] == [["body", where]]
        assert len(ids(client)) == 6

    def test_every_missing_field_is_named(self, client):
        assert errors(client.post("/sightings", json={})) == [
            (["body", "species"], "Field required"),
            (["body", "place"], "Field required"),
        ]

    def test_it_survives_the_application(self, settings: Settings):
        with TestClient(create_app(settings)) as client:
            client.post("/sightings", json=PIER)
        with TestClient(create_app(settings)) as client:
            assert client.get("/sightings/7").json()["place"] == "Pier"
            assert len(ids(client)) == 7


class TestOne:
    def test_none_such(self, client):
        for response in (client.get("/sightings/99"), client.delete("/sightings/99")):
            assert response.status_code == 404
            assert response.json() == {"detail": "There is no sighting 99."}

    @pytest.mark.parametrize("number", ["first", "0", "99999999999999999999"])
    def test_not_a_number(self, client, number):
        assert [loc for loc, _ in errors(client.get(f"/sightings/{number}"))] == [["path", "sighting_id"]]

    def test_a_change_leaves_the_rest(self, client):
        before = client.get("/sightings/1").json()
        response = client.patch("/sightings/1", json={"count": 9})
        assert response.json() == before | {"count": 9}
        assert client.get("/sightings/1").json() == response.json()

    def test_null_takes_the_note_away(self, client):
        assert client.patch("/sightings/1", json={"note": None}).json()["note"] is None

    def test_null_for_anything_else_is_refused(self, client):
        response = client.patch("/sightings/1", json={"place": None})
        assert errors(response) == [(["body", "place"], "Value error, may be left out, but not null")]

    def test_a_misspelt_field_is_refused(self, client):
        assert [loc for loc, _ in errors(client.patch("/sightings/1", json={"cuont": 2}))] == [["body", "cuont"]]

    def test_deleted_is_gone_and_its_number_is_not_used_again(self, client):
        assert client.delete("/sightings/6").status_code == 204
        assert client.get("/sightings/6").status_code == 404
        assert client.post("/sightings", json=PIER).json()["id"] == 7


def test_health_counts(client):
    assert client.get("/health").json() == {"status": "ok", "database": "sqlite", "sightings": 6, "listeners": 0}


def test_home_leads_to_the_documentation(client):
    response = client.get("/", follow_redirects=False)
    assert (response.status_code, response.headers["location"]) == (307, "/docs")


def test_a_route_that_is_not_there(client):
    assert client.get("/geese").status_code == 404


def test_a_method_that_is_not_there(client):
    assert client.put("/sightings").status_code == 405


def test_all_routes_are_described(client):
    paths = client.get("/openapi.json").json()["paths"]
    assert {path: sorted(methods) for path, methods in paths.items()} == {
        "/sightings": ["get", "post"],
        "/sightings/live": ["get"],
        "/sightings/{sighting_id}": ["delete", "get", "patch"],
        "/sightings/{sighting_id}/photo": ["get", "put"],
        "/health": ["get"],
    }
    assert {each["name"] for each in paths["/sightings"]["get"]["parameters"]} == {
        "species", "place", "since", "until", "order", "limit", "offset",
    }  # fmt: skip
