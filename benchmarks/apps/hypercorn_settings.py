"""Hypercorn's settings that have no flag (`hypercorn --config python:benchmarks.apps.hypercorn_settings`)."""

# It would close each connection after 1000 requests, as none of the others does.
keep_alive_max_requests = 10**9
