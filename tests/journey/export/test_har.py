from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from tests.journey.saved.journeys import journey_of, posted, talked, uploaded

from webfoot.journey.export.har import as_har

# Sections 3 to 15 of the format: the fields that an entry must have.
NEEDED = {
    "": {"startedDateTime", "time", "request", "response", "cache", "timings"},
    "request": {"method", "url", "httpVersion", "cookies", "headers", "queryString", "headersSize", "bodySize"},
    "response": {
        "status", "statusText", "httpVersion", "cookies", "headers", "content", "redirectURL",
        "headersSize", "bodySize",
    },
    "timings": {"send", "wait", "receive"},
}  # fmt: skip


def entries(*journeys: dict[str, Any]) -> list[dict[str, Any]]:
    log = json.loads(as_har(journeys))["log"]
    assert (log["version"], log["creator"]["name"]) == ("1.2", "webfoot")
    for entry in log["entries"]:
        for part, fields in NEEDED.items():
            assert fields <= (entry[part] if part else entry).keys()
        datetime.fromisoformat(entry["startedDateTime"])
        timings = [value for value in entry["timings"].values() if value != -1]
        assert abs(sum(timings) - entry["time"]) < 0.001
        for side in ("request", "response"):
            assert all({"name", "value"} <= field.keys() for field in entry[side]["headers"])
    return list(log["entries"])


def test_a_request_and_its_answer():
    [entry] = entries(posted())
    asked, answered = entry["request"], entry["response"]
    assert asked["url"] == "http://localhost/ducks?token=[redacted]"
    assert asked["queryString"] == [{"name": "token", "value": "[redacted]"}]
    assert asked["postData"] == {"mimeType": "application/json", "text": '{"name": "Emma"}'}
    assert (answered["status"], answered["statusText"]) == (201, "Created")
    assert answered["content"]["text"] == '{"said":"Emma was added by Jo"}'
    assert answered["content"]["size"] == answered["bodySize"] == len(answered["content"]["text"])


def test_the_reason_is_a_comment():
    [entry] = entries(journey_of("GET", "/old"))
    assert entry["response"]["redirectURL"] == "/echo"
    [entry] = entries(journey_of("GET", "/nowhere"))
    assert "no route matches GET /nowhere" in entry["comment"]


def test_forms_cookies_and_messages():
    form, cookie, socket = entries(uploaded(), journey_of("GET", "/echo", [("cookie", "a=1; b=2")]), talked("quack"))
    assert form["request"]["postData"]["params"] == [
        {"name": "note", "value": "two\nlines"},
        {"name": "picture", "fileName": "duck.png", "contentType": "image/png"},
    ]
    assert "1" not in json.dumps(cookie["request"]["cookies"])
    assert socket["request"]["url"].startswith("ws://")
    said = [(each["type"], each["opcode"], each["data"]) for each in socket["_webSocketMessages"]]
    assert said == [("send", 1, "quack"), ("receive", 1, "QUACK"), ("send", 8, "1000: all went well")]


def test_binary_messages_are_in_base64_as_browsers_have_them():
    journey = talked("quack", "waddle", "duck")
    told = iter([{"data": "AP8=", "size": 2}, {"text": "quack", "size": 5}, {"size": 5, "says": "5 bytes"}])
    for frame in journey["frames"]:
        if frame["way"] == "in" and frame["kind"] == "text":
            frame.update({"kind": "binary", "text": None, **next(told)})
    [socket] = entries(journey)
    said = [each["data"] for each in socket["_webSocketMessages"] if each["opcode"] == 2]
    assert said == ["AP8=", "cXVhY2s=", "5 bytes"]
