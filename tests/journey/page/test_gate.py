"""Who is let in: nobody from elsewhere, no other web page, nobody without the token. On real sockets."""

import pytest
from tests.conformance.harness import echo
from tests.journey.page.paging import with_page

from webfoot.journey.page.gate import Gate

TOKEN = "a-token-of-ducks"
LIST = "/__webfoot__/api/journeys"
PARSERS = ("httptools", "h11")


def ask(target, *headers, token="", parser="httptools", **more):
    async def talk(ponds):
        return await ponds.ask(target, *headers, **more)

    return with_page(echo, talk, token=token, http=parser)


@pytest.mark.parametrize("parser", PARSERS)
@pytest.mark.parametrize("target", ["/__webfoot__/", "/__webfoot__/api/journeys"])
def test_this_machine_is_let_in(target, parser):
    assert ask(target, parser=parser).status == 200


@pytest.mark.parametrize("parser", PARSERS)
@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:8000",
        "127.0.0.1.evil.example",
        "localhost.evil.example",
        "localhost@evil.example",
        "evil.localhost.example",
        "10.0.0.1",
        "[::2]:8000",
        "0.0.0.0",
        "2130706433",
        "notlocalhost",
    ],
)
@pytest.mark.parametrize("target", ["/__webfoot__/", "/__webfoot__/page.js", LIST, "/__webfoot__/api/events"])
def test_a_page_under_a_foreign_name_reads_nothing(target, host, parser):
    """DNS rebinding: evil.example leads to 127.0.0.1, and for the browser it is one origin."""
    reply = ask(target, host=host, parser=parser)
    assert reply.status in (400, 403)
    assert b"journeys" not in reply.body


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "localhost:8000",
        "LOCALHOST",
        "localhost.",
        "duck.localhost:1",
        "127.0.0.1",
        "127.9.9.9",
        "[::1]:80",
    ],
)
def test_names_of_this_machine(host):
    assert ask(LIST, host=host).status == 200


@pytest.mark.parametrize(
    "headers",
    [
        ["sec-fetch-site: cross-site"],
        ["sec-fetch-site: same-site"],
        ["sec-fetch-site: cross-site", "origin: http://localhost:1"],
        ["origin: https://evil.example"],
        ["origin: http://localhost:1"],
        ["origin: null"],
        ["origin: "],
    ],
)
@pytest.mark.parametrize("target", [LIST, f"{LIST}/1-1", "/__webfoot__/api/events", "/__webfoot__/api/clear"])
@pytest.mark.parametrize("token", ["", TOKEN])
def test_another_web_page_reads_nothing(target, headers, token):
    cookie = [f"cookie: webfoot_journey={Gate(TOKEN).cookie}"] if token else []
    method = "POST" if target.endswith("clear") else "GET"
    reply = ask(target, *headers, *cookie, token=token, method=method)
    assert (reply.status, reply.error) == (403, "another web page asked for this")


@pytest.mark.parametrize("site", ["same-origin", "none"])
def test_the_page_itself_and_whoever_types_the_address_do(site):
    assert ask(LIST, f"sec-fetch-site: {site}").status == 200


def test_the_own_origin_counts_where_a_browser_says_no_more():
    async def talk(ponds):
        return await ponds.ask(LIST, f"origin: http://localhost:{ponds.address[1]}")

    assert with_page(echo, talk).status == 200


def test_a_link_from_elsewhere_opens_the_page_which_holds_no_secrets():
    assert ask("/__webfoot__/", "sec-fetch-site: cross-site", "sec-fetch-mode: navigate").status == 200


@pytest.mark.parametrize(
    "field",
    [
        "x-forwarded-for: 127.0.0.1",
        "x-forwarded-for: 8.8.8.8",
        "forwarded: for=127.0.0.1",
        "x-real-ip: 127.0.0.1",
        "via: 1.1 x",
    ],
)
@pytest.mark.parametrize("parser", PARSERS)
def test_behind_a_proxy_nobody_is_this_machine(field, parser):
    reply = ask(LIST, field, parser=parser)
    assert reply.status == 403
    assert "came through a proxy" in reply.error
    assert "--journey-token" in reply.error


@pytest.mark.parametrize("field", ["x-forwarded-for: 127.0.0.1", "forwarded: for=127.0.0.1"])
def test_a_field_makes_nobody_this_machine(field):
    """Not even where the proxy is trusted, and what it says stands in the scope."""
    scope = {"client": ("10.0.0.1", 5)}
    name, _, value = field.encode().partition(b": ")
    for headers in ({b"host": b"localhost"}, {b"host": b"localhost", name: value}):
        refusal = Gate().refuse(scope, headers, is_data=True)
        assert refusal.status == 403


@pytest.mark.parametrize(
    "client",
    [("10.0.0.1", 5), ("::ffff:10.0.0.1", 5), ("192.168.1.1", 5), None, (), "x", ("", 1), ("localhost.evil", 1)],
)
def test_from_elsewhere(client):
    refusal = Gate().refuse({"client": client}, {b"host": b"localhost"}, is_data=True)
    assert refusal.status == 403
    assert refusal.reason == "the page is for this machine only; with --journey-token it is for whoever has the token"


# With a token.


def test_without_the_token_nothing_is_told():
    reply = ask(LIST, token=TOKEN)
    assert reply.status == 401
    assert reply.error == "a token is needed: open this page once with ?token=..., as --journey-token says"
    assert TOKEN not in str(reply)


@pytest.mark.parametrize(
    "wrong",
    [
        "cookie: webfoot_journey=",
        f"cookie: webfoot_journey={TOKEN}",
        f"cookie: x=webfoot_journey={Gate(TOKEN).cookie}",
        f"cookie: webfoot_journey={Gate('another-token').cookie}",
        f"cookie: webfoot_journey={Gate(TOKEN).cookie}x",
        f"cookie: webfoot_journey={Gate('').cookie}",
        "cookie: webfoot_journey=\xff\xfe",
        f"authorization: Basic {TOKEN}",
        "authorization: Bearer",
        f"authorization: Bearer {TOKEN[:-1]}",
        f"authorization: Bearer {TOKEN} x",
        f"x-token: {TOKEN}",
        "x-forwarded-for: 127.0.0.1",
    ],
)
def test_nor_with_something_like_it(wrong):
    assert ask(LIST, wrong, token=TOKEN).status == 401


@pytest.mark.parametrize(
    "right",
    [
        f"cookie: webfoot_journey={Gate(TOKEN).cookie}",
        f"cookie: a=1; webfoot_journey={Gate(TOKEN).cookie}; b=2",
        f'cookie: bad"="; webfoot_journey={Gate(TOKEN).cookie}',
        f"authorization: Bearer {TOKEN}",
        f"authorization: bearer {TOKEN}",
    ],
)
def test_with_it_from_anywhere(right):
    assert ask(LIST, right, "x-forwarded-for: 8.8.8.8", token=TOKEN, host="pond.example").status == 200


def test_the_token_goes_from_the_address_into_a_cookie():
    async def talk(ponds):
        login = await ponds.ask(f"/__webfoot__/?token={TOKEN}", host="pond.example")
        assert login.status == 303
        assert login.headers["location"] == "./"
        cookie, *rest = login.headers["set-cookie"].split("; ")
        assert {"HttpOnly", "SameSite=Strict"} < set(rest)
        assert not any(part.startswith(("Domain", "Path")) for part in rest)  # the browser takes the page's own
        assert TOKEN not in str(login)
        assert (await ponds.ask(LIST, f"cookie: {cookie}", host="pond.example")).status == 200

    with_page(echo, talk, token=TOKEN)


def test_a_token_that_nobody_asked_for_is_cut_off_all_the_same():
    reply = ask("/__webfoot__/?token=whatever")
    assert (reply.status, reply.headers["location"]) == (303, "./")
    assert "set-cookie" not in reply.headers


def test_guessing_is_slow():
    async def talk(ponds):
        statuses = [(await ponds.ask(f"/__webfoot__/?token=guess-{n}")).status for n in range(12)]
        assert statuses == [401] * 10 + [429] * 2
        assert (await ponds.ask(LIST, "authorization: Bearer x")).status == 429
        # Who is in stays in.
        assert (await ponds.ask(LIST, f"cookie: webfoot_journey={Gate(TOKEN).cookie}")).status == 200

    with_page(echo, talk, token=TOKEN)


def test_the_files_need_no_token_for_they_hold_nothing():
    assert ask("/__webfoot__/", token=TOKEN, host="pond.example").status == 200


def test_a_cookie_over_tls_is_for_tls_only():
    async def talk(ponds):
        reply = await ponds.ask(f"/__webfoot__/?token={TOKEN}", "x-forwarded-proto: https", "x-forwarded-for: 8.8.8.8")
        assert "; Secure" in reply.headers["set-cookie"]

    with_page(echo, talk, token=TOKEN, proxy_headers=True, forwarded_allow_ips="127.0.0.1")
