"""Builds the program: columns, every registered constraint's rows, and the objective by parts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from planner.formulation.committed import with_units
from planner.formulation.data import Data
from planner.formulation.objective import Terms, cost_terms
from planner.formulation.registry import constraints
from planner.formulation.sets import Sets
from planner.formulation.variables import Variables, make_variables
from planner.milp.builder import ModelBuilder
from planner.milp.model import LinearModel


@dataclass(frozen=True)
class RowRange:
    """Rows ``start`` to ``stop`` belong to one constraint and are about ``where``.

    service   name of the service whose replicas' room they share, one row per period; None for other rows
    stated    the limit as the user gave it, where the row holds what is left of it; ``scale`` its units per row unit
    """

    constraint: str
    where: str
    start: int
    stop: int
    service: str | None = None
    stated: float | None = None
    scale: float = 1.0


@dataclass(frozen=True)
class Built:
    """A program with the meaning of its columns and rows.

    committed  whether any commitment is held at stated units: a bound is then one for these units
    """

    sets: Sets
    data: Data
    var: Variables
    model: LinearModel
    parts: dict[str, Terms]
    fixed: dict[str, float]
    ranges: tuple[RowRange, ...]
    committed: bool = False

    def cost_parts(self, values: np.ndarray) -> dict[str, float]:
        """Cost of ``values`` by part [USD/month]."""
        found = dict(self.fixed)
        for part, terms in self.parts.items():
            total = sum(float(np.sum(values[columns] * usd)) for columns, usd in terms)
            found[part] = found.get(part, 0.0) + total
        return found


def build(sets: Sets, data: Data, *, only: frozenset[str] | None = None, units: Mapping[str, float] | None = None) -> Built:
    """The program of all registered constraints, or of those named in ``only``; with commitments held at ``units``."""
    builder = ModelBuilder()
    var = make_variables(builder, sets, data)
    ranges: list[RowRange] = []
    for name, constraint in _in_order(only):
        for rows in constraint.build(sets, var, data):
            row, column, coefficient = rows.entries()
            start = builder.row_count
            builder.rows(name, row, column, coefficient, rows.lower, rows.upper, rows.labels, count=rows.count)
            ranges.append(RowRange(name, rows.where, start, builder.row_count, rows.service, rows.stated, rows.scale))
    parts, fixed = cost_terms(sets, var, data)
    cost = np.zeros(builder.column_count)
    for terms in parts.values():
        for columns, usd in terms:
            # A column may stand twice in one part, so additions are accumulated.
            np.add.at(cost, columns.ravel(), np.broadcast_to(usd, columns.shape).ravel())
    model = builder.build().with_cost(cost, sum(fixed.values()))
    built = Built(sets, data, var, model, parts, fixed, tuple(ranges))
    return built if units is None else with_units(built, units)


def _in_order(only: frozenset[str] | None):
    """Constraints by name; those that name columns of others' making come last."""
    known = constraints()
    late = ("budget",)
    names = [n for n in known if n not in late] + [n for n in late if n in known]
    return [(name, known[name]) for name in names if only is None or name in only]
