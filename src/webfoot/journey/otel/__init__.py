"""OpenTelemetry from the marks of the trail: `--otel`. Needs opentelemetry-api, and is imported where it is asked for.

tracing       who watches: a layer around the application
call          one request or WebSocket that is traced
observation   what its span and its measurements have in common with those of the API framework
spans         a span for each stretch of the way
attributes    what is said of a request
instruments   the metrics
export        exporters by the environment
faults        what fails in an SDK
"""
