"""Compiles the event loop once per version of its sources and keeps the machine code in the user's cache."""

from __future__ import annotations

import os
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import TypeVar

import numba

Function = TypeVar("Function", bound=Callable)


def compiled(function: Function) -> Function:
    """``function`` as machine code; the first call of a version compiles, later processes load."""
    return numba.njit(cache=KEPT, error_model="numpy")(function)


def inlined(function: Function) -> Function:
    """As ``compiled``, for a few lines that are used everywhere: put in place instead of called."""
    return numba.njit(inline="always", error_model="numpy")(function)


def _cache_folder() -> str:
    """A folder named for the content of this package: a file that changes must not meet code made of its old callees."""
    digest = sha256()
    for source in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(source.read_bytes())
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return str(Path(base) / "llm-deployment-planner" / f"simulate-{digest.hexdigest()[:16]}")


def _can_be_kept(folder: Path) -> bool:
    """Whether something can be written there; numba would look for another place, where nothing tells versions apart."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return False
    return os.access(folder, os.W_OK | os.X_OK)


if not os.environ.get("NUMBA_CACHE_DIR"):
    numba.config.CACHE_DIR = _cache_folder()
#: Whether machine code outlives the process.
KEPT = _can_be_kept(Path(numba.config.CACHE_DIR).parent)
