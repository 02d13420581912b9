"""Telemetry by OpenTelemetry: `Webfoot(telemetry={...})`.

config        what can be chosen; nothing of OpenTelemetry is imported for it
switch        on or off, decided once at the first request; what is off is not in the way of any request
layer         around the application: one server span, the metrics and the error logs of each request
observation   what is known of one request meanwhile, beside what `journey.otel` knows of it
attributes    what is said of a request's route, and of faults
operations    the spans of a route's stages: dependencies, endpoint, serialization, background tasks
marks         spans for each middleware and each dependency, made of the marks of the trail
signals       the tracer, the instruments and the logger behind it
events        the log records: a request that did not fit, an exception that nobody handled
data          `get_telemetry_data()`: the request, its values and errors, for processors
export        exporters by the environment, while the application lives

What the server's `--otel` has in common with it stands in `webfoot.journey.otel`: attributes, instruments, the end of a
request, spans of marks.

Only `switch` is imported by the application. The rest is loaded when telemetry is on.
"""
