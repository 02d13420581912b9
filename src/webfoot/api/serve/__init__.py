"""Request time: obey the plan.

pipeline    the plot: collect -> body -> resolve -> validate -> call -> reply -> leave
visit       what is known of one request while it is served
collect     path, query, header and cookie values, as texts
pick        a field's values among names and values, whatever place they come from
body        the body: JSON, a form, or bytes
resolve     the dependencies in their order, and leaving those that are generators
places      waiting for a dependency of which only so many may run, and keeping the place
validate    one pydantic call for all values of a callable; wording of what does not fit
reply       the result, validated and written as JSON bytes
socket      a WebSocket's plot: resolve -> validate -> call -> leave
outside     dependencies without a request: at start-up, and for `app.resolve(...)`
streams     what an endpoint yields, item by item: JSON Lines, server-sent events, chunks
"""
