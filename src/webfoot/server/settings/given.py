"""A value of a setting together with who gave it, so that a user can be told."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

from webfoot.server.settings.options import OPTIONS, read_environment


@dataclass(frozen=True, slots=True)
class Given:
    """source: a flag, a variable, or a file with its line: `--port`, `WEBFOOT_PORT`, `pyproject.toml:12`."""

    value: object
    source: str


def given_by_environment(environ: Mapping[str, str] = os.environ) -> dict[str, Given]:
    """As `read_environment`."""
    values = read_environment(environ)
    return {
        each.name: Given(values[each.name], each.variable_in(environ) or "") for each in OPTIONS if each.name in values
    }
