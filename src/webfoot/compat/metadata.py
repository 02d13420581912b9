"""`importlib.metadata` for peers that are not installed: packages ask for the version of what they build on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from importlib.machinery import ModuleSpec
from importlib.metadata import Distribution, DistributionFinder
from os import PathLike
from types import ModuleType
from typing import Any


class PeerDistribution(Distribution):
    def __init__(self, name: str, version: str) -> None:
        self._text = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\nSummary: as webfoot.compat has it\n"

    def read_text(self, filename: str) -> str | None:
        return self._text if filename == "METADATA" else None

    def locate_file(self, path: str | PathLike[str]) -> Any:
        raise FileNotFoundError(f"{path}: webfoot.compat has names and no files")


class PeerMetadata(DistributionFinder):
    """Stands last on `sys.meta_path`, so that a peer that is installed answers for itself."""

    def __init__(self, versions: Mapping[str, str]) -> None:
        self._versions = versions

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        return None

    def find_distributions(self, context: Any = DistributionFinder.Context()) -> Iterator[Distribution]:
        wanted = self._versions if context.name is None else {context.name.lower()} & self._versions.keys()
        return (PeerDistribution(name, self._versions[name]) for name in wanted)
