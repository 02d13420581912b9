"""`webfoot journey dump`: what the flight recorder holds, of servers that run and of those that have died."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from io import TextIOWrapper
from itertools import groupby
from pathlib import Path
from time import localtime, strftime, time
from typing import Final

import click

from webfoot.cli.flags import NamedCommand
from webfoot.journey.flight.directory import flights
from webfoot.journey.flight.dumping import Wanted, entries, line_of, reason_of
from webfoot.journey.flight.reading import Flight, Request, UnreadableFlight, read
from webfoot.journey.redact import printable

_SHOWN: Final = 20
"""Requests that have ended, without --last."""


@click.command("dump", cls=NamedCommand)
@click.argument("where", required=False, default="", metavar="[PID|DIR|FILE]")
@click.option("--json", "as_data", is_flag=True, help="Print all of it, a JSON object a line.")
@click.option("--journeys", "only_journeys", is_flag=True, help="Print the full journeys alone, for replay and export.")
@click.option("--slow", is_flag=True, help="Of the requests that have ended, the slow ones.")
@click.option("--failed", is_flag=True, help="Those that failed.")
@click.option("--last", type=click.IntRange(0), metavar="N", help="The last N of them.")
def command(where: str, as_data: bool, only_journeys: bool, slow: bool, failed: bool, last: int | None) -> int:
    """Print what a server with `--recorder` is doing and has done, also after it was killed.

    The server is named by its pid or that of a worker, by the directory of its recorder or by one of the files. Without
    a name it is the only one; if there are several, they are listed.
    """
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
    found = _flights(where)
    if not where and len({flight.server for flight in found}) > 1:
        _list(found)
        return 0
    if as_data or only_journeys:
        for entry in entries(found, Wanted(slow, failed, last)):
            if not only_journeys:
                click.echo(json.dumps(entry))
            elif entry["entry"] == "journey":
                del entry["entry"]
                click.echo(json.dumps(entry))
    else:
        _show(found, Wanted(slow, failed, _SHOWN if last is None else last))
    return 0


def _flights(where: str) -> Sequence[Flight]:
    path = Path(where)
    if where and path.is_file():
        try:
            return [read(path)]
        except (UnreadableFlight, OSError) as error:
            raise click.ClickException(str(error)) from None
    if where and not where.isdigit() and not path.is_dir():
        raise click.ClickException(f"{where} is no pid, no directory and no file of the flight recorder")
    if where and path.is_dir():
        found = flights(where)
    else:
        found = flights()
        if where:
            pid = int(where)
            known = {flight.path for flight in found}
            found += [flight for flight in _mapped_by(pid) if flight.path not in known]
            found = [flight for flight in found if pid in (flight.server, flight.worker)]
    if not found:
        which = f" of {where}" if where else ""
        raise click.ClickException(f"there are no records{which}: start the server with `webfoot run --recorder`")
    return found


def _mapped_by(pid: int) -> list[Flight]:
    """Those files that a process writes in a directory of its own choice, and its children (Linux)."""
    pids = [pid]
    found: dict[str, Flight] = {}
    for each in pids:
        try:
            children = Path(f"/proc/{each}/task/{each}/children").read_text().split()
            maps = Path(f"/proc/{each}/maps").read_text().split("\n")
        except OSError:
            continue
        pids += map(int, children)
        for name in {line[line.index("/") :] for line in maps if line.endswith(".flight")}:
            try:
                found[name] = read(name)
            except (UnreadableFlight, OSError):
                continue
    return list(found.values())


def _list(found: Iterable[Flight]) -> None:
    click.echo("There are records of several servers; name one by its pid:")
    for server, group in groupby(sorted(found, key=lambda each: -each.server), key=lambda each: each.server):
        files = list(group)
        newest = max(files, key=lambda each: each.started_at)
        state = "serves" if any(each.is_alive for each in files) else "has ended"
        count = f"{len(files)} worker{'' if len(files) == 1 else 's'}"
        began = strftime("%Y-%m-%d %H:%M:%S", localtime(newest.started_at))
        click.echo(f"  {server}  {newest.app}, {count}, since {began}, {state}, in {newest.path.parent}")


def _show(found: Iterable[Flight], wanted: Wanted) -> None:
    for number, flight in enumerate(found):
        state = "serves" if flight.is_alive else printable(flight.epitaph.how) or "has ended"
        began = strftime("%Y-%m-%d %H:%M:%S", localtime(flight.started_at))
        whose = f"worker {flight.worker} of server {flight.server}"
        click.echo("\n" * bool(number) + f"{whose}: {flight.app}, since {began}, {state}")
        click.echo(f"  {flight.path}")
        _section("under way" if flight.is_alive else "was under way when it ended", _under_way(flight))
        reasons = _reasons(flight)
        ended = wanted.of(flight.ended)
        _section("ended", [_told(each, reasons) for each in ended])
        if flight.left_out:
            click.echo(f"  {flight.left_out} more were slow or failed, too many within a second to be kept in full")


def _section(title: str, lines: Sequence[str]) -> None:
    click.echo(f"  {title}:{'' if lines else ' nothing'}")
    for line in lines:
        click.echo(f"    {line}")


def _under_way(flight: Flight) -> list[str]:
    now = time() if flight.is_alive else max((each.began + (each.took or 0) for each in flight.ended), default=0.0)
    oldest_first = sorted(flight.in_flight, key=lambda each: each.began)
    return [line_of(each, max(now, each.began)) for each in oldest_first]


def _reasons(flight: Flight) -> dict[str, str]:
    """For each request that was kept in full, why it ended so; or where its time went."""
    return {str(journey.get("id")): said for journey in flight.journeys() if (said := reason_of(journey))}


def _told(request: Request, reasons: dict[str, str]) -> str:
    clock = strftime("%H:%M:%S", localtime(request.began))
    marks = [name for name, holds in (("slow", request.is_slow), ("failed", request.has_failed)) if holds]
    why = reasons.get(request.id)
    line = f"{clock}  {line_of(request, 0.0)}{'  ' + ', '.join(marks) if marks else ''}"
    return f"{line}\n      {printable(why)}" if why else line
