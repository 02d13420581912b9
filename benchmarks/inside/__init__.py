"""What a layer costs without a socket. Each module is a program that prints one line of JSON; it runs in a process of
its own, so that what another stack imported or allocated does not count.

    python -m benchmarks.inside.routes STACK      CPU us per request: first and last of 1000 routes, and a 404
    python -m benchmarks.inside.toolkit STACK     the same: plain, JSON, mounts; what five layers add
    python -m benchmarks.inside.layers STACK      what single layers add: compression with nothing to do, a body limit
    python -m benchmarks.inside.overrides STACK   the same with and without an unrelated dependency override
    python -m benchmarks.inside.schema STACK      1000 POST routes built and described: CPU seconds, peak memory
    python -m benchmarks.inside.trail webfoot     CPU us of a raw hello: trail off, and trail removed from the source
    python -m benchmarks.inside.guard webfoot     what the ASGI guard adds, CPU us: a hello, JSON, a body, a WebSocket
    python -m benchmarks.inside.imports STACK     CPU seconds of an import
    python -m benchmarks.inside.exchanges NAME    CPU us of a whole exchange through the server, without a socket
"""
