"""Start-up: a signature is read once, each parameter is classified, and the plan for requests is frozen.

    signature   callable -> parameters with their types resolved
    classify    parameter -> Field (a value), Depends (another callable) or a Special (the request itself, ...)
    callables   parameters -> CallPlan, with one pydantic validator for all values of that callable
    inline      which classes are so simple that they need no thread
    layout      the dependencies in the order in which they run, and those of scope "app"
    outside     callables without a request: those of scope "app", and what `app.resolve(...)` is given
    reply       response model and options -> ReplyPlan
    stream      an endpoint that yields: how it is answered, and the type of its items
    route       everything a route needs -> RoutePlan

Nothing here runs while a request is served.
"""
