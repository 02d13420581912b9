from __future__ import annotations

from pathlib import Path

import pytest

DUCK = Path("examples/ducks/duck.png").read_bytes()


def stored(settings) -> list[Path]:
    return list((settings.data / "photos").iterdir())


def upload(client, data: bytes, number: int = 1):
    return client.put(f"/sightings/{number}/photo", files={"photo": ("../../duck.exe", data, "text/html")})


def test_what_goes_up_comes_down(client):
    response = upload(client, DUCK)
    assert response.status_code == 200, response.text
    assert response.json()["photo_url"] == "/sightings/1/photo"
    photo = client.get("/sightings/1/photo")
    # What the client called the file, and its type, are not believed.
    assert (photo.status_code, photo.headers["content-type"], photo.content) == (200, "image/png", DUCK)


@pytest.mark.parametrize(
    ("first_bytes", "media_type"),
    [
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"GIF89a", "image/gif"),
        (b"RIFF\x00\x00\x00\x00WEBP", "image/webp"),
    ],
)
def test_kinds_of_photos(client, first_bytes, media_type):
    assert upload(client, first_bytes).status_code == 200
    assert client.get("/sightings/1/photo").headers["content-type"] == media_type


@pytest.mark.parametrize("data", [b"", b"<script>", b"RIFF\x00\x00\x00\x00WAVE"])
def test_not_a_photo(client, settings, data):
    response = upload(client, data)
    assert response.status_code == 415
    assert response.json() == {"detail": "A photo is a JPEG, PNG, GIF or WebP file; this is none of them."}
    assert stored(settings) == []


def test_at_the_limit_and_one_byte_above(client, settings):
    assert upload(client, DUCK.ljust(1000, b"\0")).status_code == 200
    response = upload(client, DUCK.ljust(1001, b"\0"))
    assert response.status_code == 413
    assert response.json() == {"detail": "A photo may have at most 1000 bytes."}
    assert [path.stat().st_size for path in stored(settings)] == [1000]


def test_a_new_photo_replaces_the_old_one(client, settings):
    upload(client, DUCK)
    upload(client, b"GIF89a")
    assert client.get("/sightings/1/photo").content == b"GIF89a"
    assert len(stored(settings)) == 1


def test_a_photo_goes_with_its_sighting(client, settings):
    upload(client, DUCK)
    assert client.delete("/sightings/1").status_code == 204
    assert stored(settings) == []


def test_no_photo_yet(client):
    response = client.get("/sightings/1/photo")
    assert (response.status_code, response.json()) == (404, {"detail": "Sighting 1 has no photo."})


def test_a_photo_that_was_removed_from_the_disk(client, settings):
    upload(client, DUCK)
    stored(settings)[0].unlink()
    assert client.get("/sightings/1/photo").status_code == 404


def test_no_such_sighting(client, settings):
    assert upload(client, DUCK, 99).status_code == 404
    assert stored(settings) == []


def test_the_field_is_missing(client):
    response = client.put("/sightings/1/photo", files={"picture": ("duck.png", DUCK)})
    assert response.status_code == 422
    assert [error["loc"] for error in response.json()["detail"]] == [["body", "photo"]]
