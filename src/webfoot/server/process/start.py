"""What one command or one call of `run` sets going: a server, a supervisor or a reloader, down to the exit code."""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from webfoot.server.health.seats import seats_for
from webfoot.server.net.binding import bound
from webfoot.server.process.command import ESTATE, remember_command
from webfoot.server.process.ending import CUT_OFF
from webfoot.server.process.serve import Server
from webfoot.server.process.verdict import INTERRUPTED, UNGUARDED, VERDICTS, verdict_on
from webfoot.server.settings.log import configure
from webfoot.server.settings.options import ServerOptions, check_names
from webfoot.trail import Watcher

if TYPE_CHECKING:
    from webfoot.server.process.reload import Settings


def run(app: str | Callable[..., Any], **options: Any) -> None:
    """Serve `app` until SIGINT or SIGTERM, as Uvicorn's function of this name does.

    `options` are the fields of ServerOptions; OptionError is raised for a wrong one. Whatever else keeps the server
    from serving is printed in one sentence and ends the program (SystemExit).
    """
    check_names(options)
    code = start(ServerOptions(app=app, **options))
    if code:
        sys.exit(code)


def start(
    options: ServerOptions,
    watch: Callable[[], Watcher] | None = None,
    serve: Callable[[], int | None] | None = None,
    reread: Callable[[], ServerOptions] | None = None,
    settings: Settings | None = None,
) -> int:
    """Serve as the options say and give back the exit code of the process.

    `watch` makes whoever watches the requests of a server that reloads. `serve` serves in this process, and may give
    back its exit code; it is asked when the options want no other one. `reread` gives the options anew at SIGHUP, and
    `settings` when their file changes, to a server that reloads.
    """
    try:
        configure(options)
        return _start(options, watch, serve or partial(_serve, options), reread, settings)
    except VERDICTS as error:
        return verdict_on(error).report()
    except KeyboardInterrupt:
        return INTERRUPTED


def _serve(options: ServerOptions) -> int:
    server = Server(options)
    server.run()
    return CUT_OFF if server.ended_badly else 0


def _start(
    options: ServerOptions,
    watch: Callable[[], Watcher] | None,
    serve: Callable[[], int | None],
    reread: Callable[[], ServerOptions] | None,
    settings: Settings | None,
) -> int:
    remember_command()
    if ESTATE in os.environ:
        from webfoot.server.process.succession import carry_on

        return carry_on(options, watch, reread)
    if not options.reload and options.workers == 1:
        return serve() or 0
    if getattr(multiprocessing.current_process(), "_inheriting", False):
        # This is a worker that imports its program's main module. If that starts workers too, there is no end to it;
        # multiprocessing would refuse with a page of traceback.
        return UNGUARDED
    from webfoot.server.process.reload import Reloader
    from webfoot.server.process.supervisor import Supervisor

    with bound(options) as sockets, seats_for(options) as seats:
        if options.reload:
            return Reloader(options, sockets, watch, seats, settings).run()
        return Supervisor(options, sockets, reread, seats).run()
