"""Where the time of a request went: seven parts that add up to all of it. For thorough watching; `docs/timing.md`.

listening   `Timing`, a Listener that has the application's steps measured
stepping    the application's coroutine, driven step by step with a clock; its receive() and send()
pace        the event loop: whether it ran something else while a request was due
times       the stretches of one request's time, bounded
split       the seven parts
words       what they are called, and their shares of a bar
"""
