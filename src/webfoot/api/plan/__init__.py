"""Start-up: a signature is read once, each parameter is classified, and the plan for requests is frozen.

    signature   callable -> parameters with their types resolved
    shapes      questions about a type: a scalar, a sequence, a union?
    classify    parameter -> Field (a value), Depends (another callable) or a Special (the request itself, ...)
    spread      models that take all values of a place, and the names of their fields
    values      Fields -> one pydantic validator
    callables   parameters -> CallPlan, with the validator for all values of that callable
    inline      which classes are so simple that they need no thread
    layout      the dependencies in the order in which they run, and those of scope "app"
    outside     callables without a request: those of scope "app", and what `app.resolve(...)` is given
    direct      whether a body may go straight from JSON bytes into its model
    reply       response model and options -> ReplyPlan
    stream      an endpoint that yields: how it is answered, and the type of its items
    additional  `responses=` of a route, held to what a document can say
    route       everything a route needs -> RoutePlan
    plans       the plans themselves: data only

For people and packages: `words` says a plan in sentences, `dependants` draws it as the tree that FastAPI has.

Nothing here runs while a request is served.
"""
