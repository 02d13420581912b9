"""What is known of one setting, and how a dataclass becomes a table of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from webfoot.server.settings.kinds import Kind, Many


class OptionError(ValueError):
    """A setting has a value that is not allowed. `str()` is one sentence for the user."""


def option(
    default: object,
    section: str,
    kind: Kind,
    help: str,
    *,
    flag: str | None = None,
    optional: bool = False,
    secret: bool = False,
    also: str | None = None,
) -> Any:
    """Declare a field that is a setting.

    `optional` allows None as well; `flag` is given where it is not `--name-of-field`; a `secret` is never shown.
    `also` is another variable that is read where ours is not set.
    """
    return field(
        default=default,
        repr=not secret,
        metadata={
            "section": section,
            "kind": kind,
            "help": help,
            "flag": flag,
            "optional": optional,
            "secret": secret,
            "also": also,
        },
    )


@dataclass(frozen=True, slots=True)
class Option:
    """One row of the table."""

    name: str
    default: object
    section: str
    kind: Kind
    help: str
    flag: str
    optional: bool
    secret: bool
    also: str | None

    @property
    def environment(self) -> str:
        return f"WEBFOOT_{self.name.upper()}"

    def variable_in(self, environ: Mapping[str, str]) -> str | None:
        """The variable that sets it: the first one that is not empty."""
        return next((name for name in (self.environment, self.also) if name and environ.get(name)), None)

    def read(self, text: str, source: str) -> object:
        """The value of `text`, which was found in `source` (an environment variable, a flag)."""
        if self.optional and text.lower() == "none":
            return None
        try:
            return self.kind.read(text)
        except ValueError:
            raise self._refusal(text, self.kind, source) from None

    def read_items(self, texts: Iterable[str], source: str) -> tuple[object, ...]:
        """The value of a list whose items come one by one, as from a flag that is repeated."""
        assert isinstance(self.kind, Many)
        values = []
        for text in texts:
            try:
                values.append(self.kind.item.read(text))
            except ValueError:
                raise self._refusal(text, self.kind.item, source) from None
        return tuple(values)

    def check(self, value: object, source: str) -> object:
        if value is None and self.optional:
            return None
        try:
            return self.kind.check(value)
        except ValueError:
            raise self._refusal(value, self.kind, source) from None

    def convert(self, value: object, source: str, convert: Callable[[Kind, object], object]) -> object:
        """The value that `convert` makes of one in a file, which says `none` as text."""
        if self.optional and value == "none":
            return None
        try:
            return convert(self.kind, value)
        except ValueError:
            raise self._refusal(value, self.kind, source) from None

    def _refusal(self, value: object, kind: Kind, source: str) -> OptionError:
        allowed = f"{kind.allowed}, or none" if self.optional else kind.allowed
        shown = "what was given" if self.secret else repr(value)
        return OptionError(f"the option {self.name} cannot be {shown} (from {source}): it must be {allowed}")


def table_of(options: type[Any]) -> tuple[Option, ...]:
    """The settings of a dataclass, in the order of their declaration."""
    return tuple(
        Option(
            name=each.name,
            default=each.default,
            section=each.metadata["section"],
            kind=each.metadata["kind"],
            help=each.metadata["help"],
            flag=each.metadata["flag"] or f"--{each.name.replace('_', '-')}",
            optional=each.metadata["optional"],
            secret=each.metadata["secret"],
            also=each.metadata["also"],
        )
        for each in fields(options)
    )
