"""The docs page: it works offline, from Swagger UI's files in the installed package."""

from __future__ import annotations

import asyncio
import inspect
import json
import re
import sys
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from tests.differential.api.twins import Answer, Ask, put

from webfoot.api.application import Webfoot
from webfoot.api.openapi import assets, get_redoc_html, get_swagger_ui_html, get_swagger_ui_oauth2_redirect_html


def answer(app: Any, target: str, root_path: str = "", method: str = "GET", **headers: str) -> Answer:
    return asyncio.run(put(app, Ask(method, target, headers=headers, root_path=root_path)))


def header(got: Answer, name: str) -> str | None:
    return dict(got.headers).get(name)


def addresses(page: str) -> list[str]:
    """Everything that a browser fetches for the page."""
    return re.findall(r'(?:src|href)="([^"]*)"', page)


def parameters(page: str) -> dict[str, Any]:
    """What Swagger UI is given, each on a line of its own; `url` is the one text in single quotes."""
    url = re.search(r"^url: '(.*)',$", page, re.MULTILINE)
    assert url is not None
    others = re.findall(r'^("[^"]*": .*),$', page, re.MULTILINE)
    return {**json.loads("{" + ", ".join(others) + "}"), "url": url[1]}


def test_the_page_asks_only_this_application() -> None:
    app = Webfoot(title="Ducks")
    page = answer(app, "/docs")
    assert page.status == 200
    assert header(page, "content-type") == "text/html; charset=utf-8"
    text = page.body.decode()
    assert "://" not in text
    assert "//" not in "".join(addresses(text))
    assert "<title>Ducks - Swagger UI</title>" in text
    for address in addresses(text):
        asset = answer(app, address)
        assert asset.status == 200, address
        assert len(asset.body) > 500


def test_nobody_outside_is_asked_to_validate_the_document() -> None:
    assert parameters(answer(Webfoot(), "/docs").body.decode())["validatorUrl"] is None


@pytest.mark.parametrize("root_path", ["/proxy", "/proxy/"])
def test_addresses_carry_the_root_path(root_path: str) -> None:
    page = answer(Webfoot(), "/docs", root_path=root_path).body.decode()
    assert parameters(page)["url"] == "/proxy/openapi.json"
    assert all(address.startswith("/proxy/docs/swagger-ui-dist/") for address in addresses(page))
    assert "oauth2RedirectUrl: window.location.origin + '/proxy/docs/oauth2-redirect'," in page


def test_other_urls() -> None:
    app = Webfoot(docs_url="/", openapi_url="/api.json", swagger_ui_oauth2_redirect_url=None)
    page = answer(app, "/").body.decode()
    assert parameters(page)["url"] == "/api.json"
    assert "oauth2RedirectUrl" not in page
    assert all(answer(app, address).status == 200 for address in addresses(page))


def test_parameters_are_handed_to_swagger_ui() -> None:
    app = Webfoot(
        swagger_ui_parameters={"deepLinking": False, "tagsSorter": "alpha"}, swagger_ui_init_oauth={"clientId": "duck"}
    )
    page = answer(app, "/docs").body.decode()
    assert parameters(page)["deepLinking"] is False
    assert parameters(page)["tagsSorter"] == "alpha"
    assert parameters(page)["dom_id"] == "#swagger-ui"
    assert 'ui.initOAuth({"clientId": "duck"})' in page


def test_what_people_write_cannot_break_out_of_the_page() -> None:
    app = Webfoot(title="</title><script>x", swagger_ui_parameters={"x": "</script><script>y"})
    page = answer(app, "/docs").body.decode()
    assert "<script>x" not in page
    assert "<script>y" not in page
    assert parameters(page)["x"] == "</script><script>y"


def test_assets_are_kept_by_the_browser() -> None:
    app = Webfoot()
    first = answer(app, "/docs/swagger-ui-dist/swagger-ui.css")
    assert header(first, "content-type") == "text/css; charset=utf-8"
    assert header(first, "cache-control") == "public, max-age=86400"
    tag = header(first, "etag")
    assert tag is not None
    for held in (tag, f'"other", W/{tag}', "*"):
        again = answer(app, "/docs/swagger-ui-dist/swagger-ui.css", **{"if-none-match": held})
        assert (again.status, again.body, header(again, "etag")) == (304, b"", tag)
    assert answer(app, "/docs/swagger-ui-dist/swagger-ui.css", **{"if-none-match": '"other"'}).status == 200


def test_head_of_an_asset() -> None:
    got = answer(Webfoot(), "/docs/swagger-ui-dist/swagger-ui.css", method="HEAD")
    assert (got.status, got.body) == (200, b"")


@pytest.mark.parametrize("name", ["index.html", "swagger-ui.css.map", "..%2F__init__.py", "%2e%2e", ""])
def test_no_other_file_is_served(name: str) -> None:
    assert answer(Webfoot(), f"/docs/swagger-ui-dist/{name}").status == 404


def test_the_oauth2_page_needs_no_file() -> None:
    page = answer(Webfoot(), "/docs/oauth2-redirect").body.decode()
    assert addresses(page) == []
    assert "window.opener.swaggerUIRedirectOauth2" in page
    assert bytes(get_swagger_ui_oauth2_redirect_html().body).decode() == page


def test_without_the_package_the_page_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "swagger_ui_bundle", None)
    app = Webfoot()
    page = answer(app, "/docs").body.decode()
    assert "swagger-ui-bundle-v2" in page
    assert addresses(page) == ["/openapi.json"]
    assert answer(app, "/docs/swagger-ui-dist/swagger-ui.css").status == 404
    assert answer(app, "/openapi.json").status == 200


def test_a_page_of_your_own() -> None:
    page = get_swagger_ui_html(
        openapi_url="/x.json", title="Mine", swagger_js_url="/s.js", swagger_css_url="/s.css", swagger_favicon_url="/f"
    )
    assert addresses(bytes(page.body).decode()) == ["/s.css", "/f", "/s.js"]


def test_a_page_of_your_own_has_its_files_from_a_cdn_unless_it_says_otherwise() -> None:
    for make in (get_swagger_ui_html, get_redoc_html):
        page = bytes(make(openapi_url="/x.json", title="Mine").body).decode()
        named = [str(option.default) for name, option in inspect.signature(make).parameters.items() if "_url" in name]
        assert set(named[1:]) - {"None"} <= set(addresses(page))


@pytest.mark.parametrize("root_path", ["", "/proxy"])
def test_redoc_asks_the_cdn_for_one_file(root_path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assets, "find_spec", lambda name: None)
    page = answer(Webfoot(title="Ducks & co"), "/redoc", root_path=root_path).body.decode()
    assert "<title>Ducks &amp; co - ReDoc</title>" in page
    assert f'<redoc spec-url="{root_path}/openapi.json"></redoc>' in page
    outside = [address for address in addresses(page) if "//" in address]
    assert outside == ["https://cdn.jsdelivr.net/npm/redoc@2/bundles/redoc.standalone.js"]
    assert answer(Webfoot(), "/redoc/redoc-dist/redoc.standalone.js").status == 404


def test_redoc_from_an_installed_package(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    package = tmp_path / "drf_spectacular_sidecar"
    bundles = package / "static" / "drf_spectacular_sidecar" / "redoc" / "bundles"
    bundles.mkdir(parents=True)
    (bundles / "redoc.standalone.js").write_text("// ReDoc")
    (package / "__init__.py").write_text("raise ImportError('Django is not there')")
    monkeypatch.syspath_prepend(tmp_path)
    app = Webfoot()
    page = answer(app, "/redoc", root_path="/proxy").body.decode()
    assert "//" not in "".join(addresses(page))
    assert addresses(page)[-1] == "/proxy/redoc/redoc-dist/redoc.standalone.js"
    assert answer(app, "/redoc/redoc-dist/redoc.standalone.js").body == b"// ReDoc"


def test_redoc_is_switched_off() -> None:
    assert answer(Webfoot(redoc_url=None), "/redoc").status == 404
    assert answer(Webfoot(docs_url=None), "/redoc").status == 200
    assert answer(Webfoot(openapi_url=None), "/redoc").status == 404


def test_google_fonts() -> None:
    for wanted in (True, False):
        page = bytes(get_redoc_html(openapi_url="/x.json", title="T", with_google_fonts=wanted).body).decode()
        assert ("fonts.googleapis.com" in page) is wanted


@pytest.mark.parametrize(
    ("root_path", "in_script"),
    [
        ("/a'b", r"/a\'b"),
        ('/a"b', '/a"b'),
        ("/</script><script>x", r"/\u003c/script>\u003cscript>x"),
        ("/a\\b", r"/a\\b"),
    ],
)
def test_no_address_can_break_out_of_the_page(root_path: str, in_script: str) -> None:
    page = answer(Webfoot(), "/docs", root_path=root_path).body.decode()
    assert f"\nurl: '{in_script}/openapi.json',\n" in page
    for target in ("/docs", "/redoc"):
        page = answer(Webfoot(), target, root_path=root_path).body.decode()
        assert "<script>x" not in page
        own = [unescape(address) for address in addresses(page) if "//" not in address and "data:" not in address]
        assert own
        assert all(address.startswith(root_path) for address in own)


def test_the_pages_have_names() -> None:
    app = Webfoot()
    assert app.url_path_for("swagger_ui_html") == "/docs"
    assert app.url_path_for("redoc_html") == "/redoc"
    assert app.url_path_for("swagger_ui_redirect") == "/docs/oauth2-redirect"
    assert app.url_path_for("openapi") == "/openapi.json"


def test_a_mounted_application_has_its_own_page() -> None:
    app, sub = Webfoot(), Webfoot(title="Inner")
    app.mount("/sub", sub)
    page = answer(app, "/sub/docs").body.decode()
    assert parameters(page)["url"] == "/sub/openapi.json"
    assert all(answer(app, address).status == 200 for address in addresses(page))
    assert json.loads(answer(app, "/sub/openapi.json").body)["servers"] == [{"url": "/sub"}]
