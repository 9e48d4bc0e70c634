"""The fitted table: coefficients and uncertainty of a replica from those of its groups."""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np

from planner.perf.calibration import DEFAULT, Band, Efficiency
from planner.perf.relatives import relatives
from planner.perf.replica import Replica

#: The table that ships with the package; ``python -m planner.perf.fit`` writes it.
FITTED = Path(__file__).with_name("fitted.csv")
COLUMNS = ("field", "group", "level", "log_value", "rows", "pairs", "kind", "source", "as_of")
FIELDS = tuple(field.name for field in fields(Efficiency))
METRICS = ("throughput", "ttft", "tpot")
#: Groups whose absence from the measurements widens the band; the rest only shift a prediction.
NOVEL = ("chip", "model")


@dataclass(frozen=True)
class Coefficients:
    """Log deviations by (field, group, level), and log half-widths of the band by (metric, side, novelty)."""

    effects: Mapping[tuple[str, str, str], float]
    spread: Mapping[tuple[str, str, str], float]

    @classmethod
    def load(cls, path: Path) -> Coefficients:
        """Read a table with ``COLUMNS``; raises OSError or ValueError when it is not one."""
        effects, spread = {}, {}
        with path.open(newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                key = (row["field"], row["group"], row["level"])
                (spread if row["field"].startswith("band ") else effects)[key] = float(row["log_value"])
        return cls(effects, spread)

    @cached_property
    def _by_group(self) -> dict[str, dict[str, np.ndarray]]:
        """Group to level to the deviations of all fields, in the order of ``FIELDS``."""
        found: dict[str, dict[str, np.ndarray]] = {}
        for (field, group, level), value in self.effects.items():
            vector = found.setdefault(group, {}).setdefault(level, np.zeros(len(FIELDS)))
            vector[FIELDS.index(field)] += value
        return found

    def known(self, group: str, level: str) -> bool:
        """Whether anything of that group and level was measured."""
        return level in self._by_group.get(group, {})

    def never_ran(self, groups: Mapping[str, str]) -> bool:
        """Whether nothing was measured of the engine, in a table that knows engines at all."""
        return "engine" in self._by_group and not self.known("engine", groups["engine"])

    def log_deviation(self, groups: Mapping[str, str]) -> np.ndarray:
        """Sum of the deviations of all groups, per field; a level never measured adds nothing."""
        total = self._by_group.get("all", {}).get("", np.zeros(len(FIELDS))).copy()
        for group, level in groups.items():
            vector = self._by_group.get(group, {}).get(level)
            if vector is not None:
                total += vector
        return total

    def efficiency(self, groups: Mapping[str, str]) -> Efficiency:
        """Coefficients of a replica of these groups."""
        return Efficiency(*np.exp(LOG_DEFAULT + self.log_deviation(groups)).tolist())

    def band(self, groups: Mapping[str, str]) -> Band:
        """80 % band of a replica of these groups; wider for a chip, a model or an engine that was never measured."""
        new = NOVEL if self.never_ran(groups) else [group for group in NOVEL if not self.known(group, groups[group])]
        novelty = " ".join(new) or "pair"
        low, high = ({m: self.spread.get((f"band {m}", side, novelty)) for m in METRICS} for side in ("low", "high"))
        return Band(*((math.exp(low[m]), math.exp(high[m])) for m in METRICS))


LOG_DEFAULT = np.log([getattr(DEFAULT, name) for name in FIELDS])


@lru_cache(maxsize=1)
def shipped() -> Coefficients:
    """The table of the package."""
    return Coefficients.load(FITTED)


def efficiency(replica: Replica) -> Efficiency:
    """Coefficients for a replica's chip, precision, model and engine."""
    return _efficiency(tuple(relatives(replica).items()))


def band(replica: Replica) -> Band:
    """Uncertainty of a replica of which no configuration was measured."""
    return _band(tuple(relatives(replica).items()))


def efficiencies(each: Sequence[Mapping[str, str]], table: Coefficients) -> Efficiency:
    """Coefficients of many, as arrays."""
    unique: dict[tuple, int] = {}
    at = np.array([unique.setdefault(tuple(groups.items()), len(unique)) for groups in each], dtype=int)
    rows = np.array([table.log_deviation(dict(key)) for key in unique]).reshape(len(unique), len(FIELDS))
    return Efficiency(*np.exp(LOG_DEFAULT + rows[at]).T)


@lru_cache(maxsize=65536)
def _efficiency(groups: tuple[tuple[str, str], ...]) -> Efficiency:
    return shipped().efficiency(dict(groups))


@lru_cache(maxsize=65536)
def _band(groups: tuple[tuple[str, str], ...]) -> Band:
    return shipped().band(dict(groups))
