"""The fuzzer proper: atheris runs one target in this process until the time is over.

    python -m fuzz.engine TARGET SECONDS CORPUS FOUND [libFuzzer's options]

It does not stop at a finding, but writes each kind of it once to FOUND. Started by `python -m fuzz`.
"""

from __future__ import annotations

import hashlib
import importlib
import sys
from pathlib import Path

import atheris

WATCHED = (
    "h11",
    "webfoot.asgi.guard",
    "webfoot.server.net.transport",
    "webfoot.server.http1.connection",
    "webfoot.server.http1.parser_h11",
    "webfoot.server.http1.parser_httptools",
    "webfoot.server.gateway.websocket_exchange",
    "webfoot.server.websocket.handshake",
)
"""These, and what they import of the server and of h11, are instrumented: the coverage of them guides the fuzzer."""

with atheris.instrument_imports(include=["webfoot.server", "webfoot.asgi", "h11"]):
    for module in WATCHED:
        importlib.import_module(module)
    from fuzz.findings import Finding
    from fuzz.mutate import Mutator
    from fuzz.targets import TARGETS

LARGEST_INPUT = 4096
MOST_OF_A_KIND = 3


def main(name: str, seconds: str, corpus: str, found: str, *options: str) -> None:
    target = TARGETS[name]
    kinds: dict[str, int] = {}

    def one(data: bytes) -> None:
        try:
            target.run(data)
        except Finding as finding:
            kinds[finding.kind] = kinds.get(finding.kind, 0) + 1
            if kinds[finding.kind] <= MOST_OF_A_KIND:
                path = Path(found, f"{name}-{finding.oracle.replace(' ', '-')}-{hashlib.sha256(data).hexdigest()[:10]}")
                path.write_bytes(data)
                print(f"finding: {finding}\n  replay: python -m fuzz {name} --replay {path}", flush=True)

    mutator = Mutator(target.pieces, target.wires)
    settings = [f"-max_total_time={seconds}", f"-max_len={LARGEST_INPUT}", "-timeout=20", "-rss_limit_mb=1500"]
    settings += [f"-artifact_prefix={found}/", "-print_final_stats=1", "-len_control=0", "-verbosity=1"]
    atheris.Setup([sys.argv[0], *settings, *options, corpus], one, custom_mutator=mutator)
    atheris.Fuzz()


if __name__ == "__main__":
    main(*sys.argv[1:])
