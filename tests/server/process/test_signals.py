"""Signals become calls, or something to wait for, and the handlers of before come back."""

import asyncio
import os
import select
import signal
import threading

import pytest

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
