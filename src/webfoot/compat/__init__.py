"""Floor 5: `import fastapi`, `starlette` and `uvicorn` lead to webfoot, so that an unmodified application runs on it.

    import webfoot.compat
    webfoot.compat.install()

Which name is ours is said by tables; what behaves otherwise while compat is installed stands in one table, `switches`.

    installing        the finders in their places, and out again
    names             where the names live: `fastapi_names`, `starlette_names`, `uvicorn_names`
    finder            imports of the peers' modules, answered from the tables
    metadata          `importlib.metadata.version` of peers that are not installed
    switches          where compat behaves as the peers do, and webfoot by itself does not
    script            a script run as the main program (`python -m webfoot.compat script.py`)

Of FastAPI and Starlette:

    application       the application as tools know it
    signatures        `inspect.signature` with every option by its name
    typed_signatures  reading signatures as FastAPI does
    walking           the tree of a path operation, for who walks it
    handlers          `get_request_handler`, which tools replace
    heeded            other functions that programs replace and mean to be called
    old_options       options under old names, of which FastAPI warns
    lifespans         one lifespan around another
    json_packages     `ORJSONResponse`, `UJSONResponse`
    concurrency       what there is of concurrency beside our toolkit's
    anyio_threads     `anyio.from_thread` in endpoints that are no `async def`
    session_cookie    the session's cookie in Starlette's order
    wsgi              the parts of Starlette's adapter
    trio              tests that want trio
    stand_ins         small names that packages import
    fastapi_command   the command `fastapi`

Of Uvicorn:

    server            `Config`, `Server` and `run` over our own server
    server_options    what becomes of each option
    supervisors       reload, several processes
    command           the command `uvicorn`
    logs              what our server logs, told to Uvicorn's loggers
    relay             the step from our loggers to theirs
    log_formats       formatters, and `LOGGING_CONFIG`
    importer          `module:attribute`
    proxy_headers     the middleware of that name
    asgi2             applications that are called twice
    scopes            what access logs tell of a scope
"""

from webfoot.compat.installing import AlreadyImported, install, is_installed, uninstall

__all__ = ["AlreadyImported", "install", "is_installed", "uninstall"]
