"""`uvicorn.importer`."""

from __future__ import annotations

from importlib import import_module
from typing import Any


class ImportFromStringError(Exception):
    """The text names nothing that there is."""


def import_from_string(import_str: Any) -> Any:
    """What `module:attribute` names; what is no text is given back.

    Raises ImportFromStringError, and what the import of the module raises.
    """
    if not isinstance(import_str, str):
        return import_str
    module_name, _, attributes = import_str.partition(":")
    if not module_name or not attributes:
        raise ImportFromStringError(f'"{import_str}" does not name anything: write "<module>:<attribute>"')
    try:
        found: Any = import_module(module_name)
    except ModuleNotFoundError as error:
        if error.name != module_name:
            raise
        raise ImportFromStringError(f'there is no module "{module_name}"') from None
    for attribute in attributes.split("."):
        try:
            found = getattr(found, attribute)
        except AttributeError:
            raise ImportFromStringError(f'the module "{module_name}" has no attribute "{attributes}"') from None
    return found
