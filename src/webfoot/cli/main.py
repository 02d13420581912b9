"""The command `webfoot`. Each subcommand is imported when it is used, so that `webfoot run` needs only the server."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Final, NoReturn

import click

import webfoot

# name -> (module, help). The module holds the click command under the name `command`.
COMMANDS: Final[dict[str, tuple[str, str]]] = {
    "run": ("webfoot.cli.run", "Serve an ASGI application."),
    "dev": ("webfoot.cli.dev", "Serve it for development: restart when a file changes."),
    "routes": ("webfoot.cli.routes", "List the routes of an application."),
    "check": ("webfoot.cli.check", "Look for routes that are never reached and other slips."),
    "top": ("webfoot.cli.top", "Show what is under way in a server, and what it waits for."),
    "journey": ("webfoot.cli.journey", "Send one request through an application and draw its way."),
}


class LazyGroup(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command = import_module(COMMANDS[cmd_name][0]).command
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, help) for name, (_, help) in COMMANDS.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(webfoot.__version__, message="%(prog)s %(version)s")
def cli() -> None:
    """A web server, toolkit and API framework that shows how a request travels."""


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and end the process; what the user got wrong is one sentence on stderr."""
    code = _run(arguments)
    # Only a process that served has threads and loops to get rid of; the others need not load the server for it.
    if "webfoot.server.process.ending" in sys.modules:
        from webfoot.server.process.ending import leave

        leave(code)
    sys.exit(code)


def _run(arguments: Sequence[str] | None) -> int:
    try:
        result = cli.main(args=arguments, prog_name="webfoot", standalone_mode=False)
    except click.ClickException as error:
        return _refuse(error)
    except (click.Abort, KeyboardInterrupt):
        return 130
    except BrokenPipeError:  # `webfoot routes main:app | head`
        sys.stderr.close()
        return 0
    except ModuleNotFoundError as error:
        return _explain_missing(error)
    except Exception as error:
        return _explain(error)
    return result if isinstance(result, int) else 0


def _refuse(error: click.ClickException) -> int:
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        error.show()
        return error.exit_code
    context = error.ctx if isinstance(error, click.UsageError) else None
    command = context.command_path if context is not None else "webfoot"
    print(f"{command}: {error.format_message().rstrip('.')}; see {command} --help", file=sys.stderr)
    return error.exit_code


def _explain_missing(error: ModuleNotFoundError) -> int:
    """A package of one of our extras is needed. That anything else is missing is a defect: its traceback stays."""
    if (error.name or "").partition(".")[0] not in ("watchfiles", "pydantic", "python_multipart"):
        raise error
    print(
        f"webfoot: this needs the package {error.name}, which is not installed: pip install 'webfoot[all]'",
        file=sys.stderr,
    )
    return 1


def _explain(error: Exception) -> int:
    from webfoot.server.process.verdict import VERDICTS, verdict_on

    if isinstance(error, VERDICTS):
        return verdict_on(error).report()
    raise error
