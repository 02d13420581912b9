"""The table of opening handshakes on both parsers, and the terms of permessage-deflate."""

from __future__ import annotations

import pytest
from tests.conformance.websocket_handshake_cases import ALL, DEFLATE_OFFERS, Handshake
from tests.conformance.websocket_harness import (
    BINARY,
    TEXT,
    Client,
    Compressor,
    Echo,
    Heard,
    close,
    converse,
    frame,
    handshake,
)

PARSERS = ["httptools", "h11"]
LONG = b"a goose is no duck, and a duck no goose; " * 800


@pytest.mark.parametrize("parser", PARSERS)
@pytest.mark.parametrize("case", ALL, ids=str)
def test_whole(case: Handshake, parser: str) -> None:
    verdict(case, [case.raw], parser)


@pytest.mark.parametrize("parser", PARSERS)
@pytest.mark.parametrize("case", ALL[::5], ids=str)
def test_byte_by_byte(case: Handshake, parser: str) -> None:
    verdict(case, [case.raw[i : i + 1] for i in range(len(case.raw))], parser)


def verdict(case: Handshake, parts: list[bytes], parser: str) -> None:
    echo = Echo()

    async def talk(client: Client) -> Heard:
        await client.say(parts[:-1])
        heard = await client.open(parts[-1])
        if heard.status == 101:
            await client.say([frame(TEXT, b"hello"), close(1000)])
        else:
            client.dialogue.writer.write_eof()
        return await client.hear_end()

    heard = converse(echo, talk, http=parser)
    assert heard.status == case.status, heard
    assert {name: heard.fields.get(name) for name in case.fields} == case.fields
    assert [scope["type"] for scope in echo.scopes] == ([case.reached] if case.reached else [])
    for name, value in case.scope.items():
        if name == "headers":
            assert value in echo.scopes[0]["headers"]
        else:
            assert echo.scopes[0][name] == value
    if case.status == 101:
        assert heard.messages == echo.told == ["hello"]
        assert heard.code == 1000
    elif case.status != 200:
        assert heard.rest.startswith(str(case.status).encode()), "the reason is in the reply"
    assert heard.has_ended


@pytest.mark.parametrize(("values", "offer"), DEFLATE_OFFERS, ids=lambda each: str(each)[:60])
def test_terms_of_deflate(values: tuple[bytes, ...], offer: dict[str, str]) -> None:
    """RFC 7692 sections 7.1.1 and 7.1.2: what the answer may say, and that both sides keep to it."""
    fields = b"".join(b"Sec-WebSocket-Extensions:" + value + b"\r\n" for value in values)
    messages: list[str | bytes] = [LONG, b"!" + LONG, LONG]

    async def talk(client: Client) -> Heard:
        heard = await client.open(handshake(fields))
        answer = terms_of(heard)
        bits = max(int(answer.get("client_max_window_bits", 15)), 9)
        together = Compressor(bits)
        for message in messages:
            compressor = Compressor(bits) if "client_no_context_takeover" in answer else together
            await client.say([frame(BINARY, compressor(message), rsv=4)])  # type: ignore[arg-type]
        await client.hear(len(messages))
        await client.say([close(1000)])
        return await client.hear_end()

    heard: Heard = converse(Echo(), talk)
    assert heard.messages == messages
    assert [each.is_compressed for each in heard.frames[:-1]] == [True] * len(messages)
    check_terms(offer, terms_of(heard))


def terms_of(heard: Heard) -> dict[str, str]:
    name, *parameters = [each.strip() for each in heard.fields["sec-websocket-extensions"].split(";")]
    assert name == "permessage-deflate"
    answer = dict(each.partition("=")[::2] for each in parameters)
    assert len(answer) == len(parameters), "each once"
    return answer


def check_terms(offer: dict[str, str], answer: dict[str, str]) -> None:
    switches = ("server_no_context_takeover", "client_no_context_takeover")
    assert answer.keys() <= {*switches, "server_max_window_bits", "client_max_window_bits"}
    for name in switches:
        assert not answer.get(name), "it has no value"
    for name in ("server_no_context_takeover", "server_max_window_bits"):
        assert name in answer or name not in offer, "what the client wants of the server is agreed to or declined"
    assert 8 <= int(answer.get("server_max_window_bits", 15)) <= int(offer.get("server_max_window_bits", 15))
    if "client_max_window_bits" in answer:
        assert "client_max_window_bits" in offer, "only where the client said that it knows it"
        assert 8 <= int(answer["client_max_window_bits"]) <= int(offer["client_max_window_bits"] or 15)


def test_deflate_is_declined_when_it_is_off() -> None:
    async def talk(client: Client) -> Heard:
        await client.open(handshake(b"Sec-WebSocket-Extensions: permessage-deflate\r\n"))
        await client.say([frame(TEXT, LONG), close(1000)])
        return await client.hear_end()

    heard = converse(Echo(), talk, ws_per_message_deflate=False)
    assert "sec-websocket-extensions" not in heard.fields
    assert heard.messages == [LONG.decode()]
