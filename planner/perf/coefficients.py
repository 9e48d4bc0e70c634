"""The fitted table: coefficients and uncertainty of a replica from those of its groups."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from planner.perf.calibration import DEFAULT, Band, Efficiency
from planner.perf.reading import number, text
from planner.perf.relatives import relatives
from planner.perf.replica import Replica

#: Where editions of the catalogue lie; each holds the table as ``performance.csv`` (``planner catalog refit`` writes it).
EDITIONS = Path(__file__).parents[1] / "catalog" / "editions"
TABLE = "performance.csv"
FIELDS = tuple(field.name for field in fields(Efficiency))
METRICS = ("throughput", "ttft", "tpot")
#: What has a band: the metrics, TTFT without what is waited for others, and that.
BANDS = (*METRICS, "queue")
#: Novelty under which the table keeps quantiles in units of the deviation that measurements nearby leave.
MEASURED = "measured"
#: The 90 % quantile of a normal distribution, where the table has none of its own.
USUAL_QUANTILE = 1.2816
#: How much wider, on a logarithmic scale, the band of a processor, or of weights in host memory, is than that of a card never
#: measured: every constant was fitted to cards that hold their model (assumed; Intel's own figure for a socket, under 100 ms a
#: token of 7B in 16 bits, lies within it).
UNMEASURED_WIDTH = 2.0
#: Groups whose absence from the measurements widens the band; the rest only shift a prediction.
NOVEL = ("chip", "model")


@dataclass(frozen=True, eq=False)
class Coefficients:
    """Log deviations by (field, group, level), and log half-widths of the band by (metric, side, novelty)."""

    effects: Mapping[tuple[str, str, str], float]
    spread: Mapping[tuple[str, str, str], float]

    @classmethod
    def of(cls, rows: Iterable[Any]) -> Coefficients:
        """From rows with ``field``, ``group``, ``level`` and ``log_value``, as the catalogue or a CSV file has them."""
        effects, spread = {}, {}
        for row in rows:
            name, group = text(row, "field") or "", text(row, "group") or ""
            key = (name, group, text(row, "level") or "")
            (spread if name.startswith("band ") else effects)[key] = float(number(row, "log_value") or 0.0)
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

    def around_measured(self, metric: str, deviation: float) -> tuple[float, float]:
        """Multipliers (low, high) around a figure that measurements nearby correct, ``deviation`` their uncertainty."""
        sides = ((side, sign) for side, sign in (("low", -1.0), ("high", 1.0)))
        low, high = (self.spread.get((f"band {metric}", side, MEASURED), sign * USUAL_QUANTILE) for side, sign in sides)
        return math.exp(low * deviation), math.exp(high * deviation)

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
        low, high = ({m: self.spread[f"band {m}", side, novelty] for m in BANDS} for side in ("low", "high"))
        return Band(**{m: (math.exp(low[m]), math.exp(high[m])) for m in BANDS})


LOG_DEFAULT = np.log([getattr(DEFAULT, name) for name in FIELDS])


@lru_cache(maxsize=1)
def shipped() -> Coefficients:
    """The table of the newest edition."""
    newest = max(path for path in EDITIONS.iterdir() if (path / TABLE).is_file())
    with (newest / TABLE).open(newline="", encoding="utf-8") as file:
        return Coefficients.of(csv.DictReader(file))


@lru_cache(maxsize=16)
def coefficients_of(catalog: Any) -> Coefficients | None:
    """The table of a catalogue, in memory once; None when it holds none."""
    rows = getattr(catalog, "performance", None)
    return Coefficients.of(rows.values()) if rows else None


def table_of(replica: Replica) -> Coefficients:
    """The table that a replica is predicted with."""
    return shipped() if replica.coefficients is None else replica.coefficients


def efficiency(replica: Replica) -> Efficiency:
    """Coefficients for a replica's chip, precision, model and engine."""
    return _efficiency(table_of(replica), tuple(relatives(replica).items()))


def band(replica: Replica) -> Band:
    """Uncertainty of a replica of which no configuration was measured."""
    found = _band(table_of(replica), tuple(relatives(replica).items()))
    return found.widened(UNMEASURED_WIDTH) if replica.chip.processor or replica.engine.host_gib else found


def deviations(each: Sequence[Mapping[str, str]], table: Coefficients) -> np.ndarray:
    """Log deviations of the coefficients of many replicas, one row each."""
    unique: dict[tuple, int] = {}
    at = np.array([unique.setdefault(tuple(groups.items()), len(unique)) for groups in each], dtype=int)
    return np.array([table.log_deviation(dict(key)) for key in unique]).reshape(len(unique), len(FIELDS))[at]


@lru_cache(maxsize=65536)
def _efficiency(table: Coefficients, groups: tuple[tuple[str, str], ...]) -> Efficiency:
    return table.efficiency(dict(groups))


@lru_cache(maxsize=65536)
def _band(table: Coefficients, groups: tuple[tuple[str, str], ...]) -> Band:
    return table.band(dict(groups))
