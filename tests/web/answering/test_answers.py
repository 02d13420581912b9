from __future__ import annotations

import asyncio
from typing import Any

from webfoot.web.answering.answers import ANSWERS_KEY, Answers


def test_it_knows_whether_a_response_has_started() -> None:
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def answer(answers: Answers) -> list[bool]:
        known = []
        for kind in ("http.response.early_hint", "http.response.start", "http.response.body"):
            await answers.send({"type": kind})
            known.append(answers.started)
        return known

    assert asyncio.run(answer(Answers(send))) == [False, True, True]
    assert [message["type"] for message in sent][1:] == ["http.response.start", "http.response.body"]


def test_it_is_found_in_the_scope_of_what_lies_within() -> None:
    async def send(message: Any) -> None: ...

    class Handlers:
        def find(self, exc: Exception, /) -> None:
            return None

    scope: dict[str, Any] = {}
    assert Answers.of(scope) is None
    handlers = Handlers()
    answers = Answers(send, handlers).enter(scope)
    assert Answers.of(scope) is answers is scope[ANSWERS_KEY]
    inner = answers.within(send)
    assert inner is not answers and inner.handlers is handlers and not inner.started
