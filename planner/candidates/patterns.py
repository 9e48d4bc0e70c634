"""Names against the patterns of a problem, where ``*`` stands for anything and letter case does not count."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase


def matches_any(patterns: Iterable[str], name: str) -> bool:
    """Whether ``name`` matches one of ``patterns``."""
    folded = name.casefold()
    return any(fnmatchcase(folded, pattern.casefold()) for pattern in patterns)
