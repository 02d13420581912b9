"""What becomes of tests that want trio."""

from __future__ import annotations

from unittest import SkipTest


class NotOnTrio(ValueError, SkipTest):
    """webfoot runs on asyncio only. In a suite that runs everything on both, pytest and unittest skip the second."""
