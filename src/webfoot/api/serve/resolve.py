"""Run the dependencies in their order; leave those that are generators when their time has come."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable
from time import perf_counter_ns
from typing import Any

from webfoot.api.concurrency import ConcurrencyLimit
from webfoot.api.errors import WebfootError
from webfoot.api.plan.plans import Step
from webfoot.api.serve.places import Held, take_place
from webfoot.api.serve.validate import arguments
from webfoot.api.serve.visit import MISSING, Visit
from webfoot.trail import Trail
from webfoot.web.threads import pool, run_in_threadpool


async def resolve(steps: tuple[Step, ...], visit: Visit) -> None:
    """Fill `visit.results`, one for each step; MISSING where a step could not run because values did not fit.

    The others run all the same, so that the client is told everything that does not fit at once.
    """
    if visit.trail is not None:
        await _watched(steps, visit, visit.trail)
        return
    results = visit.results
    for number, step in enumerate(steps):
        values = arguments(step, number, visit) if step.takes else {}
        if values is None:
            results.append(MISSING)
        elif step.awaited:
            results.append(await step.plan.call(**values))
        else:
            results.append(await run(step, values, visit))


async def run(step: Step, values: dict[str, Any], visit: Visit) -> Any:
    """Run one dependency; of a generator, what it yields, with the rest noted in the visit."""
    kind = step.plan.kind
    if step.limit is not None:
        return await _run_in_place(step.limit, step, values, visit)
    if kind == "async":
        return await step.plan.call(**values)
    if kind == "sync":
        return await run_in_thread(step.plan.call, values, visit)
    if kind == "inline":
        return step.plan.call(**values)
    assert step.enter is not None
    return await _enter(step, step.enter(**values), visit)


async def _run_in_place(limit: ConcurrencyLimit, step: Step, values: dict[str, Any], visit: Visit) -> Any:
    place, kind, call = await take_place(limit, step, visit), step.plan.kind, step.plan.call
    if step.enter is not None:
        return await _enter_in_place(step, Held(step.enter(**values), place), visit)
    try:
        if kind == "async":
            return await call(**values)
        if kind == "sync":
            return await run_in_thread(place.around(call), values, visit)
        return call(**values)
    finally:
        place.give_back()


async def _enter_in_place(step: Step, manager: Held, visit: Visit) -> Any:
    try:
        return await _enter(step, manager, visit)
    except BaseException:
        entered = (*(visit.entered or ()), *(visit.entered_briefly or ()))
        if not any(one is manager for _, one in entered):  # nobody will leave it
            manager.place.give_back()
        raise


async def _watched(steps: tuple[Step, ...], visit: Visit, trail: Trail) -> None:
    """`resolve`, each dependency marked once it has given its value, or failed to."""
    results = visit.results
    for number, (step, as_given) in enumerate(zip(steps, visit.plan.as_given, strict=True)):
        values = arguments(step, number, visit) if step.takes else {}
        if values is None:
            trail.note("dependency_entered", {**as_given, "outcome": "skipped"})
            results.append(MISSING)
            continue
        if visit.closely is not None:
            visit.closely.before("dependency_entered", **as_given)
        facts = as_given.copy()
        began = perf_counter_ns()
        try:
            results.append(await (step.plan.call(**values) if step.awaited else run(step, values, visit)))
        except BaseException as error:
            facts |= {"took_ns": perf_counter_ns() - began, "outcome": "raised", "error": error}
            trail.mark("dependency_entered", **facts)
            raise
        facts["took_ns"] = perf_counter_ns() - began
        trail.note("dependency_entered", facts)


async def _enter(step: Step, manager: Any, visit: Visit) -> Any:
    if step.plan.kind == "async generator":
        result = await manager.__aenter__()
    else:
        result = await _enter_in_thread(step, manager, visit)
    _note_entered(step, manager, visit)
    return result


async def _enter_in_thread(step: Step, manager: Any, visit: Visit) -> Any:
    """When the request is cancelled meanwhile, what was entered all the same has to be left."""
    try:
        return await pool.finish(manager.__enter__)
    except asyncio.CancelledError:
        if inspect.getgeneratorstate(manager.gen) == inspect.GEN_SUSPENDED:
            _note_entered(step, manager, visit)
        raise


def _note_entered(step: Step, manager: Any, visit: Visit) -> None:
    if step.leaves == "function":
        visit.entered_briefly = [*(visit.entered_briefly or ()), (step, manager)]
    else:
        visit.entered = [*(visit.entered or ()), (step, manager)]


async def run_in_thread(call: Callable[..., Any], values: dict[str, Any], visit: Visit) -> Any:
    """Where there is something to be left, a cancellation waits for the thread: it may be using just that."""
    if visit.entered is None and visit.entered_briefly is None:
        return await run_in_threadpool(call, **values)
    return await pool.finish(call, **values)


async def leave_briefly(visit: Visit) -> None:
    """Leave the generators that end before the response is sent."""
    entered, visit.entered_briefly = visit.entered_briefly, None
    await _leave(entered or [], None, visit)


async def leave(visit: Visit, error: BaseException | None) -> None:
    """Leave all generators, the last entered first, and throw `error` into them if there is one.

    Raises what they raise, and `error` itself when they let it pass. When one of them swallows it before there is a
    response, nobody would know why there is none: that is a WebfootError.
    """
    entered = [*(visit.entered or ()), *(visit.entered_briefly or ())]
    visit.entered = visit.entered_briefly = None
    await _leave(entered, error, visit)


async def _leave(entered: list[tuple[Step, Any]], error: BaseException | None, visit: Visit) -> None:
    swallowed: tuple[Step, BaseException] | None = None
    for step, manager in reversed(entered):
        trail = None if step is visit.plan.endpoint else visit.trail  # the endpoint stands here when it yields
        if trail is not None:
            number = _number_of(step, visit)
            trail.before("dependency_left", name=step.plan.origin.name, number=number)
        began = perf_counter_ns() if trail is not None else 0
        try:
            if await _exit(step, manager, error, visit):
                assert error is not None
                swallowed, error = (step, error), None
        except BaseException as raised:
            swallowed, error = None, raised
        if trail is not None:
            took = perf_counter_ns() - began
            _mark_left(step, error, swallowed, trail, number=number, took_ns=took)
    if error is not None:
        raise error
    if swallowed is not None and not visit.responding:
        step, cause = swallowed
        raise WebfootError(
            f"the dependency {step.plan.origin} caught {cause!r} around its yield and did not raise it again, so "
            "there is no response to send; an `except` around a yield has to end with `raise`"
        ) from cause


async def _exit(step: Step, manager: Any, error: BaseException | None, visit: Visit) -> bool:
    """Leave one generator; whether it swallowed the error."""
    kind = type(error) if error is not None else None
    traceback = error.__traceback__ if error is not None else None
    try:
        if step.plan.kind == "async generator" or step is visit.plan.endpoint:
            return bool(await manager.__aexit__(kind, error, traceback))
        return bool(await pool.clean_up(manager.__exit__, kind, error, traceback))
    finally:
        if step.limit is not None:
            manager.place.give_back()


def _number_of(step: Step, visit: Visit) -> int:
    return next(number for number, one in enumerate(visit.plan.steps) if one is step)  # equal ones may be there


def _mark_left(
    step: Step,
    error: BaseException | None,
    swallowed: tuple[Step, BaseException] | None,
    trail: Trail,
    **facts: int,
) -> None:
    name = step.plan.origin.name
    if swallowed is not None and swallowed[0] is step:
        trail.mark("dependency_left", name=name, outcome="swallowed", error=swallowed[1], **facts)
    elif error is not None:
        trail.mark("dependency_left", name=name, outcome="raised", error=error, **facts)
    else:
        trail.mark("dependency_left", name=name, outcome="left", **facts)
