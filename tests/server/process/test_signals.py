"""Signals become calls, or something to wait for, and the handlers of before come back."""

import asyncio
import logging
import os
import select
import signal
import threading

import pytest

from webfoot.server.process import signals as signals_module
from webfoot.server.process.ending import tell_unless_heard
from webfoot.server.process.signals import SignalQueue, StopSignals


@pytest.fixture(autouse=True)
def _handlers():
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGTTIN)
    before = {number: signal.getsignal(number) for number in numbers}
    yield
    assert {number: signal.getsignal(number) for number in numbers} == before


def told(*numbers):
    """What a server is told when these signals arrive."""
    calls = []

    async def main():
        with StopSignals(lambda: calls.append("stop"), lambda: calls.append("force")):
            for number in numbers:
                os.kill(os.getpid(), number)
                await asyncio.sleep(0)
            await asyncio.sleep(0)

    asyncio.run(main())
    return calls


@pytest.mark.parametrize(
    ("numbers", "calls"),
    [
        ([signal.SIGINT], ["stop"]),
        ([signal.SIGTERM], ["stop"]),
        ([signal.SIGTERM, signal.SIGTERM], ["stop"]),
        ([signal.SIGINT, signal.SIGINT], ["stop", "force"]),
        ([signal.SIGTERM, signal.SIGINT], ["stop", "force"]),
        ([signal.SIGINT, signal.SIGTERM], ["stop"]),
    ],
)
def test_first_and_further_signals(numbers, calls):
    assert told(*numbers) == calls


def test_the_third_interrupt_is_an_exception():
    with pytest.raises(KeyboardInterrupt):
        told(signal.SIGINT, signal.SIGINT, signal.SIGINT)


def test_a_second_interrupt_leaves_less_time(monkeypatch):
    deadlines = []

    class Deadline:
        def __init__(self, seconds, clean_up):
            deadlines.append(seconds)
            assert clean_up is signals.clean_up

        def cancel(self):
            deadlines.append("cancelled")

    signals = StopSignals(lambda: None, lambda: None, 20.0, 3.0)
    signals.clean_up = print

    async def main():
        with signals:
            for _ in range(2):
                os.kill(os.getpid(), signal.SIGINT)
                await asyncio.sleep(0)

    monkeypatch.setattr(signals_module, "Deadline", Deadline)
    asyncio.run(main())
    assert deadlines == [20.0, 3.0, "cancelled", "cancelled"]


def test_a_blocked_loop_is_told_of():
    heard = threading.Event()
    told_of = []

    def unheard():
        timer = tell_unless_heard(0.05)
        told_of.append(timer)
        return timer

    async def main():
        with StopSignals(heard.set, lambda: None, 30.0):
            os.kill(os.getpid(), signal.SIGTERM)
            told_of[0].join(30)  # blocks the loop until the timer has spoken
        assert not heard.is_set()

    log = Lines()
    logger = logging.getLogger("webfoot")
    logger.addHandler(log)
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(signals_module, "tell_unless_heard", unheard)
            asyncio.run(main())
    finally:
        logger.removeHandler(log)
    assert [line.partition(" at ")[0] for line in log.lines] == ["told to stop, but the event loop is blocked"]
    assert "(MainThread) (Ctrl-C to cut off)" in log.lines[0]


class Lines(logging.Handler):
    def __init__(self):
        super().__init__()
        self.lines = []

    def emit(self, record):
        self.lines.append(record.getMessage())


def test_signals_are_delivered_again():
    seen = []
    before = signal.signal(signal.SIGTERM, lambda number, frame: seen.append(number))

    async def main():
        signals = StopSignals(lambda: None, lambda: None)
        with signals:
            os.kill(os.getpid(), signal.SIGTERM)
            os.kill(os.getpid(), signal.SIGTERM)
            await asyncio.sleep(0)
        assert seen == []
        signals.redeliver()

    try:
        asyncio.run(main())
    finally:
        signal.signal(signal.SIGTERM, before)
    assert seen == [signal.SIGTERM]


def test_in_another_thread_nothing_is_installed():
    async def main():
        before = signal.getsignal(signal.SIGTERM)
        with StopSignals(lambda: None, lambda: None):
            return signal.getsignal(signal.SIGTERM) is before

    results = []
    thread = threading.Thread(target=lambda: results.append(asyncio.run(main())))
    thread.start()
    thread.join()
    assert results == [True]


def test_a_queue_to_wait_for():
    signals = SignalQueue(signal.SIGTERM, signal.SIGTTIN)
    with signals:
        assert signals.take() == []
        assert select.select([signals], [], [], 0)[0] == []
        os.kill(os.getpid(), signal.SIGTTIN)
        os.kill(os.getpid(), signal.SIGTERM)
        assert select.select([signals], [], [], 30)[0] == [signals]
        assert sorted(signals.take()) == sorted([signal.SIGTERM, signal.SIGTTIN])
        assert signals.take() == []
        for _ in range(100_000):  # more than the socket holds
            signals.wake()
        assert select.select([signals], [], [], 0)[0] == [signals]
