"""Saves what is needed to repeat an unexpected failure: the command, the versions, the traceback, the problem."""

from __future__ import annotations

import json
import os
import platform
import sys
import tempfile
import traceback
from importlib.metadata import PackageNotFoundError, version

from planner import __version__

_PACKAGES = ("highspy", "ortools", "pulp", "numpy", "pydantic", "click", "rich", "ruamel.yaml")
# Options whose files hold private prices: they are named, never copied.
_PRIVATE = ("--overlay",)
_LARGEST_COPIED = 5_000_000


def reproducer(arguments: list[str], error: BaseException) -> str:
    """The path of a new file, readable by its owner only; a sentence when none could be written."""
    content = {
        "command": ["planner", *arguments],
        "planner": __version__,
        "python": sys.version,
        "platform": platform.platform(),
        "packages": {name: _version(name) for name in _PACKAGES},
        "traceback": "".join(traceback.format_exception(error)),
        "files": {name: text for name in _named_files(arguments) if (text := _text(name)) is not None},
    }
    try:
        descriptor, path = tempfile.mkstemp(prefix="planner-failure-", suffix=".json")
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            json.dump(content, stream, indent=2)
    except OSError as failed:
        return f"nothing, {failed.strerror or failed}"
    return path


def _named_files(arguments: list[str]) -> list[str]:
    """Input files of the command line, private ones left out."""
    named = []
    for before, argument in zip(["", *arguments], arguments):
        private = before in _PRIVATE or argument.startswith(tuple(f"{option}=" for option in _PRIVATE))
        if not private and not argument.startswith("-") and os.path.isfile(argument):
            named.append(argument)
    return named


def _text(file: str) -> str | None:
    try:
        if os.path.getsize(file) > _LARGEST_COPIED:
            return None
        with open(file, encoding="utf-8", errors="backslashreplace") as stream:
            return stream.read()
    except OSError:
        return None


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
