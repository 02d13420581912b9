"""What a reload makes of the settings: those of now, as far as they can change while the sockets stay open."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace

from webfoot.server.net.tls import check_tls
from webfoot.server.process.verdict import VERDICTS
from webfoot.server.settings.log import configure
from webfoot.server.settings.options import OPTIONS, ServerOptions

log = logging.getLogger("webfoot")

_LASTING = [each.name for each in OPTIONS if each.section == "Where it listens"] + ["reload"]


def reread_options(
    now: ServerOptions, reread: Callable[[], ServerOptions] | None, also_lasting: Sequence[str] = ()
) -> ServerOptions | None:
    """The options to go on with; None, and a line in the log, if they are wrong.

    also_lasting: settings of whoever asks that cannot change while he runs.
    """
    try:
        new = reread() if reread is not None else now
        lasting = {name: getattr(now, name) for name in (*_LASTING, *also_lasting)}
        if changed := [name for name, value in lasting.items() if value != getattr(new, name)]:
            log.warning("%s cannot change in a reload and stays as it is: restart for that", " and ".join(changed))
        new = replace(new, **lasting)
        check_tls(new)
        configure(new)
    except VERDICTS as error:
        log.error("nothing is reloaded: %s", error)
        return None
    return new
