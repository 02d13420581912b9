"""What is said when a part of the toolkit is used whose package is not installed."""

from __future__ import annotations


def missing(package: str, what: str, extra: str) -> ImportError:
    """To be raised `from` the ImportError. `what` is as its user knows it, `extra` brings the package along."""
    return ImportError(f"{what} needs the package {package}: pip install 'webfoot[{extra}]'")
