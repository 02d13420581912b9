"""Pictures of the page of journeys for the documentation: `python scripts/screenshots.py` writes docs/images/*.png.

Serves the duck sightings example with `webfoot dev`, sends it what people send by mistake, and looks at the page with
Chromium (see scripts/install_browser.sh).
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "docs" / "images"
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update")
PATIENCE = 30.0  # seconds for the example to start
WIDE, NARROW = (1400, 900), (420, 860)

# name of the file, size, colours, and words in the row to open (nothing: the list alone)
PICTURES = (
    ("journeys", WIDE, "light", "species"),
    ("journeys-list", WIDE, "light", ""),
    ("journeys-dark", WIDE, "dark", "/sighting/7"),
    ("journeys-narrow", NARROW, "light", "species"),
)

MALLARD = {"species": "mallard", "place": "Village pond", "seen_at": "2026-05-01T08:30:00Z", "count": 3}
REQUESTS = (
    ("GET", "/sightings?limit=5", None),
    ("POST", "/sightings", MALLARD),
    ("GET", "/sightings/1", None),
    ("GET", "/health", None),
    ("DELETE", "/sightings", None),
    ("GET", "/sightings/999", None),
    ("GET", "/sighting/7", None),
    ("GET", "/sightings/", None),
    ("POST", "/sightings", {**MALLARD, "species": "goose", "count": "many", "place": ""}),
)


@contextmanager
def example() -> Iterator[str]:
    """The address of the example."""
    with tempfile.TemporaryDirectory() as directory:
        shutil.copytree(ROOT / "examples", Path(directory) / "examples")  # where nobody saves a file meanwhile
        process = subprocess.Popen(
            [sys.executable, "-u", "-m", "webfoot", "dev", "examples.ducks.application:app", "--port", "0"],
            cwd=directory,
            env={**os.environ, "DUCKS_DATA": f"{directory}/data", "DATABASE_URL": ""},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        try:
            assert process.stdout is not None
            guard = threading.Timer(
                PATIENCE, process.terminate
            )  # an application that does not start waits for a change
            guard.start()
            printed = iter(process.stdout.readline, "")
            found = next((found for line in printed if (found := re.search(r"serving .* on (http://\S+)", line))), None)
            guard.cancel()
            if found is None:
                sys.exit("the example did not start: see webfoot dev examples.ducks.application:app")
            threading.Thread(target=process.stdout.read, daemon=True).start()
            yield found[1]
        finally:
            process.terminate()
            process.wait()


def send(url: str, method: str, target: str, body: object) -> None:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url + target, data, {"content-type": "application/json"}, method=method)
    try:
        urllib.request.urlopen(request).read()
    except urllib.error.HTTPError as refusal:
        refusal.close()


def take(browser: Browser, url: str, name: str, size: tuple[int, int], colours: str, words: str) -> Path:
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]}, color_scheme="dark" if colours == "dark" else "light"
    )
    page = context.new_page()
    page.goto(f"{url}/__webfoot__/")
    page.locator(".row").nth(len(REQUESTS) - 1).wait_for()
    if words:
        page.locator(".row").filter(has_text=words).first.click()
        page.locator(".verdict").wait_for()
    path = IMAGES / f"{name}.png"
    page.screenshot(path=path)
    context.close()
    return path


def main() -> None:
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        sys.exit("Chromium is not installed: see scripts/install_browser.sh")
    IMAGES.mkdir(exist_ok=True)
    with example() as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        for request in REQUESTS:
            send(url, *request)
        for picture in PICTURES:
            path = take(browser, url, *picture)
            print(f"{path.relative_to(ROOT)}: {path.stat().st_size // 1000} kB")
        browser.close()


if __name__ == "__main__":
    main()
