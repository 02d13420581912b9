"""What the log says of workers that have ended without being asked to: one sentence, however many they are."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from webfoot.server.process.worker import Worker

log = logging.getLogger("webfoot")


def tell_of(dead: Sequence[Worker], pause: float) -> None:
    """`pause`: seconds until others are started."""
    soon = f" in {pause:g} s" if pause else ""
    if all(each.exit_code == 0 for each in dead):  # somebody has sent them SIGTERM
        log.info("%s and %s replaced%s", _ends_of(dead), "is" if len(dead) == 1 else "are", soon)
        return
    others = "another one is" if len(dead) == 1 else "others are"
    why = "; ".join(dict.fromkeys(each.failure.sentence for each in dead if each.failure is not None))
    log.error("%s%s; %s started%s", _ends_of(dead), f": {why}" if why else "", others, soon)


def _ends_of(dead: Sequence[Worker]) -> str:
    """ "worker 7 ended with exit code 9", "workers 7 and 8 were killed by SIGKILL", and both if it was both."""
    pids: dict[str, list[int]] = {}
    for each in dead:
        pids.setdefault(each.end, []).append(each.pid)
    return ", ".join(_sentence(numbers, end) for end, numbers in pids.items())


def _sentence(pids: list[int], end: str) -> str:
    if len(pids) == 1:
        return f"worker {pids[0]} {end}"
    listed = ", ".join(map(str, pids[:-1])) + f" and {pids[-1]}"
    return f"workers {listed} {'were' + end[3:] if end.startswith('was ') else end}"
