"""Finds a model or an accelerator by whichever usual spelling a table has of its name."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from typing import Any

from planner.perf.spelling import fold, fold_release, joined, text_in

#: How alike a name must be to be offered instead of one that is not known (0 to 1), and how many are.
ALIKE, OFFERED = 0.6, 3


class Named:
    """Values by every usual spelling of their names; a name of its own wins over a looser reading of another."""

    def __init__(self, values: Mapping[str, Any], what: str, *, releases: bool = False) -> None:
        self._what = what
        self._readings: tuple[Callable[[str], str], ...] = (fold, fold_release, joined) if releases else (fold, joined)
        self._values: dict[str, Any] = {}
        for reading in self._readings:
            for name, value in values.items():
                self._values.setdefault(reading(name), value)
        for name, value in values.items():
            self._values.setdefault(fold(name).replace("rtx", "", 1), value)
        self._names = {name.casefold(): name for name in values}

    def find(self, name: Any) -> Any:
        """The value of that name, or in words why there is none."""
        written = text_in(name)
        if written is None:
            return f"{self._what} is blank"
        found = next((self._values[key] for key in (one(written) for one in self._readings) if key in self._values), None)
        return f"{self._what} {written!r} is not known{self._near(written)}" if found is None else found

    def _near(self, written: str) -> str:
        wanted = written.rsplit("/", 1)[-1].casefold()
        longer = sorted((name for name in self._names if re.match(rf"{re.escape(wanted)}\W", name)), key=lambda name: (len(name), name))
        near = longer or get_close_matches(wanted, sorted(self._names), OFFERED, ALIKE)
        names = [self._names[name] for name in near[:OFFERED]]
        return f"; did you mean {' or '.join(names)}?" if names else ""
