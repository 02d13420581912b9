"""The configuration files of examples/deployment: what holds of them whatever runs."""

from __future__ import annotations

import re

import pytest
from tests.proxies.fronts import EXAMPLES

from webfoot.server.proxies import forwarded, x_forwarded
from webfoot.server.settings.options import ServerOptions

FIELDS = {name.decode() for name in (*x_forwarded.NAMES, forwarded.NAME)}


def seconds(name: str, pattern: str) -> float:
    match = re.search(rf"^\s*{pattern} (\d+)(s|h)?;?$", (EXAMPLES / name).read_text(), re.MULTILINE)
    assert match is not None
    return int(match[1]) * (3600 if match[2] == "h" else 1)


@pytest.mark.parametrize("name", ["nginx.conf", "haproxy.cfg"])
def test_each_field_that_we_might_believe_is_set_or_removed(name: str) -> None:
    text = (EXAMPLES / name).read_text()
    touched = re.findall(r"^\s*(?:proxy_set_header|http-request (?:set|del)-header)\s+(\S+)", text, re.MULTILINE)
    assert {field.lower() for field in touched} >= FIELDS


def test_the_proxies_give_up_an_idle_connection_before_we_do() -> None:
    assert seconds("nginx.conf", "keepalive_timeout") < ServerOptions().timeout_keep_alive


def test_a_relayed_idle_connection_is_closed_by_us() -> None:
    for side in ("client", "server"):
        assert seconds("haproxy-tcp.cfg", f"timeout {side}") > ServerOptions().timeout_keep_alive


def test_a_silent_websocket_is_pinged_before_the_proxies_give_it_up() -> None:
    interval = ServerOptions().ws_ping_interval
    assert interval is not None
    assert seconds("nginx.conf", "proxy_read_timeout") > 2 * interval
    assert seconds("haproxy.cfg", "timeout tunnel") > 2 * interval
