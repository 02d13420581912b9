"""Wire cases: bytes from a client and the verdict that RFC 9110 and 9112 call for, whichever parser reads them."""

from __future__ import annotations

from tests.conformance.wire_accepted import ACCEPTED
from tests.conformance.wire_makers import Case
from tests.conformance.wire_refused import REFUSED
from tests.conformance.wire_refused_bodies import REFUSED_BODIES

ALL: list[Case] = [*ACCEPTED, *REFUSED, *REFUSED_BODIES]

KNOWN_DIFFERENCES: dict[str, str] = {}
"""Case -> why h11 may come to another verdict than httptools. Empty: there is no such case, and no reason to have one."""
