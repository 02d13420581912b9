"""Floor 3, the record of a request's way and why it ended so; works under any ASGI server, less the server's part.

watching    who watches: several listeners, one record of each journey
record      the marks of one request as they are made (implements webfoot.trail)
marks       the same to be read
cleaning    the facts of its marks made fit to be kept
redact      what may be kept of a fact: no secret, no body
failure     an exception as a record keeps it
why         one sentence: why it ended so, and which layer decided
tree        the marks nested into spans with self and total times
advice      what to do about it
under_way   what is known of a request that has not ended
says        what was decided at a mark, as a phrase
terminal    a journey drawn as text
line        a journey on one line
glance      all that it says of a request that went well, by one look at the marks
schema      a journey as JSON
parts       of that: the route, the endpoint, its dependencies and values
capture     what a thorough record keeps beside its marks
explaining  the reason for whoever asks for it while a request is under way
timing      where the time went: a clock around each step of the application
flight      the flight recorder: one file a process, which outlives it
saved       journeys that were saved: read, sent again, compared
export      a saved journey as curl, a test, HAR, spans
page        the page at /__webfoot__/
headers     fields by which an answer tells of its journey: webfoot-why, server-timing
otel        OpenTelemetry from the same marks
wanted      who watches by the settings
guide       the page docs/journey.md; its words are in story
"""
