"""The CPU seconds of an import, in a process that has imported next to nothing yet."""

import importlib
import sys
import time

# what is imported -> the name that is looked up in it, so that a lazy module cannot hide its cost
NAMES = {
    "webfoot": "__version__",
    "webfoot:Webfoot": "Webfoot",
    "webfoot.server": "Server",
    "webfoot.web": "WebApp",
    "fastapi": "FastAPI",
    "starlette.applications": "Starlette",
    "uvicorn": "Server",
    "blacksheep": "Application",
}


def main(what: str) -> None:
    started = time.process_time()
    getattr(importlib.import_module(what.partition(":")[0]), NAMES[what])
    print(f'{{"seconds": {time.process_time() - started}}}')


if __name__ == "__main__":
    main(sys.argv[1])
