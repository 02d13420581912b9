"""From "module:attribute" to an ASGI application, or to one sentence that says why there is none."""

from __future__ import annotations

import inspect
import os
import sys
from collections.abc import Callable
from difflib import get_close_matches
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, cast

from webfoot.asgi.types import ASGIApp
from webfoot.server.settings.frames import has_own_frames, own_frames, place_of
from webfoot.server.settings.options import ServerOptions


class LoadError(Exception):
    """There is no application to serve. `str()` is one sentence for the user.

    `traceback` is not empty where the user's own code failed: its frames, ready to print.
    """

    def __init__(self, sentence: str, traceback: str = "") -> None:
        super().__init__(sentence)
        self.traceback = traceback


def load_app(options: ServerOptions) -> ASGIApp:
    """The application that `options.app` stands for, made by the factory if `options.factory` says so.

    Calls `options.prepare` and puts `options.app_dir` at the head of the import path. Raises LoadError.
    """
    if options.prepare:
        _prepare(options.prepare, options.app_dir)
    if isinstance(options.app, str):
        found, name = _find(options.app, options.app_dir), options.app
    else:
        found, name = options.app, _name_of(options.app)
    if options.factory:
        found = _build(found, name)
    _check_application(found, name, options.factory)
    return cast("ASGIApp", found)


def _prepare(reference: str, app_dir: str) -> None:
    _enter(app_dir)
    module, _, function = reference.partition(":")
    try:
        getattr(import_module(module), function)()
    except Exception as error:
        raise _failed("preparing with", reference, error) from error


def _find(reference: str, app_dir: str) -> Any:
    module_name, attribute = _split(reference)
    module = _import(module_name, _enter(app_dir), reference)
    found: Any = module
    for part in attribute.split("."):
        try:
            found = getattr(found, part)
        except AttributeError:
            raise _missing_attribute(reference, part, found, module) from None
    return found


def _split(reference: str) -> tuple[str, str]:
    if not reference:
        raise LoadError("no application was named: write module:attribute, such as main:app")
    module_name, colon, attribute = reference.partition(":")
    if module_name.endswith(".py") or "/" in module_name:
        path = Path(module_name)
        where = "" if path.parent == Path() else f" with --app-dir {path.parent}"
        hint = f"{path.stem}:{attribute or 'app'}{where}"
        raise LoadError(f"{reference!r} names a file, but an application is named as module:attribute: write {hint}")
    if not colon or not attribute or not module_name:
        raise LoadError(
            f"{reference!r} does not name an application: write module:attribute, such as {module_name or 'main'}:app"
        )
    if attribute.endswith("()"):
        raise LoadError(f"{reference!r} calls a function: write {reference[:-2]} with --factory")
    if not all(part.isidentifier() for part in (*module_name.split("."), *attribute.split("."))):
        raise LoadError(f"{reference!r} does not name an application: module and attribute must be Python names")
    return module_name, attribute


def _enter(app_dir: str) -> Path:
    directory = Path(app_dir or os.getcwd()).absolute()
    if not directory.is_dir():
        what = "is not a directory" if directory.exists() else "does not exist"
        raise LoadError(f"the application directory {app_dir} {what}")
    if str(directory) not in sys.path[:1]:
        sys.path.insert(0, str(directory))
    return directory


def _import(name: str, directory: Path, reference: str) -> ModuleType:
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        if not has_own_frames(error) and error.name is not None and f"{name}.".startswith(f"{error.name}."):
            raise _missing_module(name, error.name, directory, reference) from None
        raise _failed("importing", name, error) from error
    except (Exception, SystemExit) as error:
        raise _failed("importing", name, error) from error


def _missing_module(name: str, missing: str, directory: Path, reference: str) -> LoadError:
    parent, _, last = missing.rpartition(".")
    if parent and not hasattr(sys.modules.get(parent), "__path__"):
        return LoadError(
            f"there is no module {missing}, because {parent} is a module and no package; did you mean {parent}:{last}?"
        )
    sentence = f"there is no module {missing} in {directory} or elsewhere on the import path"
    below = sorted(directory.glob(f"*/{name.replace('.', '/')}.py"))
    if below:
        inner = below[0].relative_to(directory).parts[0]
        return LoadError(f"{sentence}; did you mean {reference} with --app-dir {inner}?")
    package = sys.modules.get(parent)
    siblings = [directory] if package is None else [Path(each) for each in package.__path__]
    near = get_close_matches(last, [name for each in siblings for name in _modules_in(each)], n=1)
    if not near:
        return LoadError(sentence)
    meant = f"{parent}.{near[0]}" if parent else near[0]
    return LoadError(f"{sentence}; did you mean {reference.replace(missing, meant, 1)}?")


def _modules_in(directory: Path) -> list[str]:
    files = [path.stem for path in directory.glob("*.py")]
    return files + [path.parent.name for path in directory.glob("*/__init__.py")]


def _failed(doing: str, name: str, error: BaseException) -> LoadError:
    place = place_of(error)
    at = f" at {place}" if place else ""
    summary = type(error).__name__ + (f": {error}" if str(error) else "")
    # a message of many lines stands in the traceback; the sentence keeps its first
    return LoadError(f"{doing} {name} failed{at}: {summary.splitlines()[0]}", own_frames(error))


def _missing_attribute(reference: str, part: str, holder: object, module: ModuleType) -> LoadError:
    owner = module.__name__ if holder is module else _name_of(holder)
    sentence = f"{reference!r} names no application, because {owner} has no attribute {part}"
    candidates = [name for name in vars(module) if not name.startswith("_")] if holder is module else dir(holder)
    near = get_close_matches(part, candidates, n=1)
    if near:
        return LoadError(f"{sentence}; did you mean {near[0]}?")
    apps = [name for name, value in vars(module).items() if not name.startswith("_") and _looks_like_asgi(value)]
    return LoadError(f"{sentence}; {' and '.join(apps)} there would do" if apps else sentence)


def _build(factory: Any, name: str) -> Any:
    if not callable(factory):
        raise LoadError(f"{name} is no factory: it is {_kind_of(factory)}, which cannot be called")
    if _looks_like_asgi(factory):
        raise LoadError(f"{name} is no factory: it looks like an ASGI application itself; leave --factory out")
    if inspect.iscoroutinefunction(factory):
        raise LoadError(f"{name} is no factory: it is an async function; start-up work belongs in the lifespan")
    if not _accepts(factory, 0):
        raise LoadError(f"{name} is no factory: it needs arguments, but a factory is called without any")
    try:
        return factory()
    except Exception as error:
        raise _failed("the factory", name, error) from error


def _check_application(found: Any, name: str, built: bool) -> None:
    said = f"what the factory {name} returned" if built else name
    if not callable(found):
        raise LoadError(f"{said} is no ASGI application: it is {_kind_of(found)}, which cannot be called")
    if _accepts(found, 3):
        if inspect.isclass(found) and not hasattr(found, "__await__"):
            raise LoadError(f"{said} is no ASGI application: it is a class; name an instance of it")
        return
    if _accepts(found, 0):
        raise LoadError(f"{said} is no ASGI application, but it looks like a function that makes one: add --factory")
    if _accepts(found, 2):
        raise LoadError(
            f"{said} looks like a WSGI application, and webfoot serves ASGI; wrap it, for instance with "
            "a2wsgi.WSGIMiddleware"
        )
    if _accepts(found, 1):
        raise LoadError(
            f"{said} looks like an ASGI 2 application, and webfoot serves ASGI 3; wrap it with "
            "asgiref.compatibility.guarantee_single_callable"
        )
    raise LoadError(f"{said} is no ASGI application: it must be callable as app(scope, receive, send)")


def _looks_like_asgi(value: object) -> bool:
    if not callable(value) or inspect.isclass(value):
        return False
    awaits = inspect.iscoroutinefunction(value) or inspect.iscoroutinefunction(type(value).__call__)
    return awaits and _accepts(value, 3)


def _accepts(value: Callable[..., Any], count: int) -> bool:
    """Whether `value` can be called with that many positional arguments; yes, if Python cannot tell."""
    try:
        inspect.signature(value).bind(*[None] * count)
    except TypeError:
        return False
    except ValueError:
        return True
    return True


def _name_of(value: object) -> str:
    return getattr(value, "__qualname__", None) or type(value).__qualname__


def _kind_of(value: object) -> str:
    name = type(value).__name__
    return f"{'an' if name[0].lower() in 'aeiou' else 'a'} {name}"
