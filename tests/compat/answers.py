"""What the applications named on the command line answer, as JSON. Run on the peers and on `webfoot.compat`."""

import importlib.util
import json
import sys
from pathlib import Path

import fastapi
from starlette.testclient import TestClient

APPS = Path(__file__).parent / "apps"


def load(name):
    spec = importlib.util.spec_from_file_location(name, APPS / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # annotations are looked up there
    spec.loader.exec_module(module)
    return module


def told(answer):
    kept = {name: value for name, value in sorted(answer.headers.items()) if not name.startswith("set-cookie")}
    cookies = sorted(field.partition("=")[0] for field in answer.headers.get_list("set-cookie"))
    return {"status": answer.status_code, "headers": kept, "cookies": cookies, "body": answer.text}


def main(names):
    answers = {}
    for name in names:
        module = load(name)
        with TestClient(module.app) as client:
            answers[name] = [
                [f"{method} {path}", told(client.request(method, path, **more))] for method, path, more in module.ASKS
            ]
    json.dump({"origin": fastapi.__spec__.origin, "answers": answers}, sys.stdout)


main(sys.argv[1:])
