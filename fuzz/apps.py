"""What all applications of the fuzzer share: their calls are written down, and the server's side of ASGI is guarded."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from fuzz.findings import Finding
from fuzz.inputs import Choices
from webfoot.asgi.guard import Guard
from webfoot.asgi.guard.rules import RULES
from webfoot.asgi.types import ClientDisconnected
from webfoot.server.protocol.errors import LocalFault

UNLAWFUL = 200
"""From this argument on a step is taken whatever the rules say."""


class Injected(Exception):
    """The application fails on purpose."""


@dataclass
class Call:
    """One call of the application.

    fault: the rule that the application broke first. refused: what `send` said to that. end: how the call ended ("",
    while it runs), `error` with what.
    """

    scope: dict[str, Any]
    received: list[Any] = field(default_factory=list)
    fault: str | None = None
    refused: str | None = None
    end: str = ""
    error: BaseException | None = None

    def told(self) -> Any:
        return self.scope, self.received, self.refused, self.end


class Watch(Guard):
    """The guard, which tells on the server and only takes note of the application."""

    def __init__(self, app: Any, call: Call) -> None:
        super().__init__(app)
        self.call = call

    def _complain(self, rule: str, found: str) -> None:
        if RULES[rule].side == "server":
            raise Finding("asgi", found)
        self.call.fault = self.call.fault or rule


class Actor:
    """Takes the steps of one plan, in a lawful way unless told otherwise, and then does what is left to do."""

    steps: ClassVar[Sequence[str]]

    def __init__(self, apps: Apps, call: Any, plan: list[tuple[str, int]]) -> None:
        self.apps, self.call, self.plan = apps, call, plan

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self._receive, self._send = receive, send
        for name, argument in self.plan:
            if name == "return":
                return
            if argument < UNLAWFUL:
                name = await self.lawful(name)
            await self.step(name, argument) or await self.common_step(name, argument)
        await self.finish()

    async def lawful(self, name: str) -> str:
        """The step to take instead of `name` where that would break a rule, which most plans would at once."""
        raise NotImplementedError

    async def finish(self) -> None:
        """What is left to do behind a plan, so that the application has done its part."""
        raise NotImplementedError

    async def step(self, name: str, argument: int) -> bool:
        """False if the step is none of this kind of application alone."""
        raise NotImplementedError

    async def receive(self) -> Any:
        raise NotImplementedError

    async def common_step(self, name: str, argument: int) -> None:
        match name:
            case "receive":
                await self.receive()
            case "hurry":
                try:
                    await asyncio.wait_for(self.receive(), 0)
                except TimeoutError:
                    pass
            case "both":
                one, two = asyncio.create_task(self.receive()), asyncio.create_task(self.receive())
                await asyncio.sleep(0)
                one.cancel()
                two.cancel()
                await asyncio.gather(one, two, return_exceptions=True)
            case "wait":
                await self.apps.gate.wait()
            case "nap":
                await asyncio.sleep(0)
            case "sleep":
                await asyncio.sleep((1, 15, 100)[argument % 3])
            case "raise":
                raise Injected
            case "raise cancelled":
                raise asyncio.CancelledError
            case "exit":
                raise SystemExit
            case "cancel":
                asyncio.current_task().cancel()  # type: ignore[union-attr]
            case _:
                raise AssertionError(f"there is no step {name}")


COMMON_STEPS = (
    *("receive", "hurry", "both", "wait", "nap", "sleep"),
    *("raise", "raise cancelled", "exit", "cancel", "return"),
)


TOLD = ("type", "subprotocols", "method", "path", "raw_path", "query_string", "http_version", "headers", "scheme")
"""The keys of a scope that must not depend on anything but the client's bytes."""


class Apps:
    """The application of one play. `gate` opens when nobody may wait any longer."""

    largest_part: ClassVar[int] = 2000  # of what is sent at once, with its head
    call_type: ClassVar[type[Call]] = Call
    actor: ClassVar[type[Actor]]

    def __init__(self, choices: Choices) -> None:
        self.choices = choices
        self.calls: list[Any] = []
        self.gate = asyncio.Event()
        self.findings: list[Finding] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        call = self.call_type({name: scope[name] for name in TOLD if name in scope})
        self.calls.append(call)
        plan = self.plan(scope)
        try:
            await Watch(self.actor(self, call, plan), call)(scope, receive, send)
            call.end = "returned"
        except Finding as finding:
            self.findings.append(finding)
            raise
        except BaseException as error:
            call.end, call.error = type(error).__name__, error
            if isinstance(error, LocalFault) and call.fault is None:
                self.findings.append(Finding("asgi", f"a lawful application is blamed: {error}"))
            raise

    def plan(self, scope: Any) -> list[tuple[str, int]]:
        steps = self.actor.steps
        return [(self.choices.of(steps), self.choices.byte()) for _ in range(self.choices.byte() % 8)]

    def expected(self, error: BaseException) -> bool:
        """Whether the server may log the traceback of `error`: the application did that."""
        if isinstance(error, (Injected, asyncio.CancelledError, SystemExit, LocalFault, ClientDisconnected)):
            return True
        return any(call.error is error and call.fault for call in self.calls) and not isinstance(error, AssertionError)
