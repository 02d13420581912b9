"""Floor 5: `import fastapi`, `starlette` and `uvicorn` lead to webfoot, so that an unmodified application runs on it.

    import webfoot.compat
    webfoot.compat.install()

Which name is ours is said by tables, `names` and one file for each peer. `finder` answers imports from them, `metadata`
answers `importlib.metadata.version`, `server` is `uvicorn.Config`, `Server` and `run` over our own server.
"""

from webfoot.compat.installing import AlreadyImported, install, is_installed, uninstall

__all__ = ["AlreadyImported", "install", "is_installed", "uninstall"]
