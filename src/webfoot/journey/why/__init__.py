"""Why a request ended as it did: one sentence, from the marks alone.

server      the request was refused, or the application broke its contract
router      404, 405, 307
values      422 and its kind; a reply that does not fit its model
failures    exceptions: where the first one came from and who turned it into an answer
unanswered  nobody answered: who had the request last
sockets     how a WebSocket ended that had been accepted
answers     a layer told what it decided, or nobody did: then nothing went wrong, and somebody meant to answer so
"""

from __future__ import annotations

from typing import Final

from webfoot.journey.marks import Mark
from webfoot.journey.record import Record
from webfoot.journey.why import answers, failures, server, sockets, unanswered
from webfoot.journey.why.failures import Trouble
from webfoot.journey.why.verdict import Why

__all__ = ["TROUBLES", "Why", "why"]


def why(record: Record, starting: int | None = None) -> Why | None:
    """The reason for a 3xx, 4xx or 5xx, or for an answer that never became whole. None if all went well.

    starting: the status of the answer that is about to begin, for whoever asks before there is a mark of it.
    """
    status = record.status if starting is None else starting
    if status is not None and 200 <= status < 300 and _went_well(record):
        return None
    refused = server.refused_request(record)
    if refused is not None:
        return refused
    if status is None or status < 300:
        return _began_well(record, status)
    deciding = answers.deciding(record, status)
    if deciding is not None:
        return _refused_socket(deciding, record, status) or answers.decision(deciding, record, status)
    if status == 500 and (silent := unanswered.nobody(record, status)) is not None:
        return silent
    before = answers.until_the_start(record)
    trouble = failures.first_trouble(before, record) or _answered_before_it_was_marked(record, status)
    if trouble is not None:
        return _told(trouble, before, record, status)
    return server.broken_contract(record) or answers.meant_answer(record, status)


TROUBLES: Final = frozenset(
    ("refused", "failed", "raised", "handled", "not_found", "method_not_allowed", "redirect_slash")
)
"""Outcomes that may be a reason for an answer of another kind than 2xx, or for none."""


def _went_well(record: Record) -> bool:
    """Whether nothing was marked that could be a reason for anything: of most requests, so this has to be quick."""
    is_whole = False
    for _, station, facts in record.kept:
        if station == "decided" or facts.get("error") is not None or facts.get("outcome") in TROUBLES:
            return False
        is_whole = is_whole or station == "response_ended"
    return is_whole


def _refused_socket(deciding: Mark, record: Record, status: int) -> Why | None:
    """A WebSocket says that it was closed, and not who made it: values that do not fit, or what a dependency raised."""
    if deciding.facts.get("by") != "WebSocket":
        return None
    trouble = failures.first_trouble(record.marks[: record.marks.index(deciding)], record)
    return None if trouble is None else trouble.cause.refused_socket(status)


def _answered_before_it_was_marked(record: Record, status: int) -> Trouble | None:
    """An exception that shows only after the response began, though it caused it.

    A handler beside the endpoint answers before any layer outside can mark; so does the server for a raw application.
    Any other late exception (in a stream, in a background task) had no say in the status.
    """
    trouble = failures.first_trouble(record.marks, record)
    if trouble is None:
        return None
    handled = failures.handler_of(trouble, record)
    said = record.fact("app_entered", "status") if handled is None else handled.facts.get("status")
    return trouble if said == status else None


def _began_well(record: Record, status: int | None) -> Why | None:
    after = record.marks[len(answers.until_the_start(record)) :] if status is not None else record.marks
    trouble = failures.first_trouble(after, record)
    if trouble is not None and status == 101 and (ended := sockets.ended(trouble, record)) is not None:
        return ended
    if trouble is not None and failures.handler_of(trouble, record) is None:
        cause = trouble.cause
        done = "was complete" if record.was_at("response_ended") else "had begun"
        when = f"after the answer {status} {done}" if status is not None else "before there was an answer"
        if status == 101:
            when = "after the WebSocket was accepted"
        return cause.why(f"{cause.subject} failed {when}: {cause.because}")
    if status == 101:
        return server.broken_contract(record) or sockets.closed_itself(record) or server.cut_short(record)
    return _hidden(record, status) or server.broken_contract(record) or server.cut_short(record)


def _hidden(record: Record, status: int | None) -> Why | None:
    """A failure of which somebody made an answer as if all had gone well."""
    if status is None:
        return None
    before = answers.until_the_start(record)
    trouble = failures.first_trouble(before, record)
    return _told(trouble, before, record, status) if trouble is not None and trouble.cause.failed else None


def _told(trouble: Trouble, before: list[Mark], record: Record, status: int) -> Why:
    cause = trouble.cause
    if cause.status == status:
        return cause.answered(status)
    if cause.layer == "router" and record.fact("scope_built", "kind") == "websocket":
        return cause.refused_socket(status)
    handled = failures.handler_of(trouble, record)
    if handled is not None and handled.facts.get("status") in (status, None):
        handler = handled.facts.get("handler") or handled.facts.get("name")
        return cause.turned_by(f"the exception handler {handler}", "exception handler", "middleware_left", status)
    sender = answers.innermost_open(before)
    if (
        sender is not None
        and not (cause.failed and status == 500)
        and sender.facts.get("name") not in answers.SURROUNDINGS
    ):
        return cause.turned_by(f"the middleware {sender.facts.get('name')}", "middleware", "middleware_left", status)
    if cause.failed and status == 500:
        return cause.answered(status)
    text = f"{cause.subject} led to {status}: {cause.because}"
    if cause.layer == "middleware" and status == 500:
        text += ", and nobody answers an HTTPException out there: let it return a response"
    return cause.why(text)
