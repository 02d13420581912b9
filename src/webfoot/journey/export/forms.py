"""The forms in which journeys are exported."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from webfoot.journey.export.curl import as_curl
from webfoot.journey.export.har import as_har
from webfoot.journey.export.otlp import as_otlp
from webfoot.journey.export.pytest_case import as_pytest
from webfoot.journey.saved.reading import Journey


@dataclass(frozen=True, slots=True)
class Form:
    """`write(journeys, app)` gives the text, which ends with a newline; `app` is `module:attribute`.

    It raises SavedError where a journey has nothing that could be written so.
    """

    says: str
    media_type: str
    suffix: str
    write: Callable[[Sequence[Journey], str], str]


FORMS: Final[dict[str, Form]] = {
    "curl": Form("the request as a curl command", "text/x-shellscript", ".sh", as_curl),
    "pytest": Form("a test that sends the request and expects this answer", "text/x-python", ".py", as_pytest),
    "har": Form("an HTTP Archive, for browsers' developer tools", "application/json", ".har", as_har),
    "otlp": Form("OpenTelemetry spans as OTLP/JSON", "application/json", ".json", as_otlp),
}
