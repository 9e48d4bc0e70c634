"""A plan from patterns, period by period: once what is signed for all periods is fixed, the rest nearly falls apart by them."""

from __future__ import annotations

import numpy as np

from planner.backends.central_lp import central_point
from planner.backends.interface import solve
from planner.errors import PlannerError
from planner.formulation.build import Built
from planner.formulation.decompose.completion import keep_if_better
from planner.formulation.decompose.interrupts import heard
from planner.formulation.decompose.pattern import Pattern
from planner.formulation.decompose.period_owners import NONE, SEVERAL, periods_of_columns, periods_of_rows
from planner.formulation.decompose.pricing import CENTRAL, Pricing, out_of_time
from planner.formulation.decompose.restricted import Restricted, restricted
from planner.formulation.registry import constraints
from planner.milp.model import LinearModel

#: Share of the gap asked for within which one period is chosen, its search nodes, and seconds at most.
SHARE, NODES, SECONDS = 0.5, 300, 2.5


def plan_by_periods(built: Built, state: Pricing, patterns: list[Pattern], best, run) -> None:
    """Chooses one pattern per block, each period by itself; ``best`` becomes the plan where it is better.

    What no single period decides (commitments above all) begins at its value in the relaxation, whole numbers
    rounded, and may be raised in any period at its whole price. Rows over several periods (starts, budgets, carbon)
    have no say but their price in the relaxation, so that what is chosen may break a limit: then no plan comes from here.
    """
    program = restricted(state.oracle.split, patterns)
    model = program.model
    try:
        point = central_point(model.relaxed(), CENTRAL)
    except PlannerError:
        return  # these patterns admit no plan, not even in parts
    of_column = _periods(built, program)
    always = np.flatnonzero(of_column == NONE)
    values = np.zeros(model.column_count)
    values[always] = np.where(model.integer[always], np.round(point.values[always]), point.values[always])
    values = np.clip(values, model.column_lower, model.column_upper)
    row = model.entry_row()
    of_row = periods_of_rows(model, row, of_column)
    duals = np.where(of_row == SEVERAL, point.duals[: model.row_count], 0.0)
    priced = model.cost - np.bincount(model.column_index, weights=model.coefficient * duals[row], minlength=model.column_count)
    every = np.flatnonzero(of_row == NONE)
    for t in _heaviest_first(state):
        if out_of_time(run):
            return
        columns = np.flatnonzero((of_column == t) | (of_column == NONE))
        rows = np.union1d(np.flatnonzero(of_row == t), every)
        lower = np.where(of_column == NONE, values, model.column_lower)[columns]
        part = _part(model, row, columns, rows, priced[columns], lower)
        answer = _searched(part, run)
        if answer.values is None and (kept := part.integer | (of_column[columns] != NONE)).sum() < columns.size:
            # What is paid by the dollar was settled to a tolerance: it may be settled anew.
            answer = _searched(part.with_bounds(column_lower=np.where(kept, lower, model.column_lower[columns])), run)
        best.timed = best.timed or not answer.deterministic
        heard(answer)
        if answer.values is None:
            return
        best.version = answer.version
        values[columns] = np.maximum(answer.values, lower)
    keep_if_better(built, program.values(values)[: built.model.column_count], best, run)
    if best.values is not None:
        state.incumbent = best.objective


def _searched(part: LinearModel, run):
    left = run.left()
    seconds = SECONDS if left is None else max(0.5, min(SECONDS, left))
    return solve(part, backend="highs", gap=SHARE * max(run.options.gap, 1e-9), node_limit=NODES, time_limit_s=seconds, stop=run.stop)


def _heaviest_first(state: Pricing) -> list[int]:
    """Periods, those that cost most at the best prices first: they decide what is worth signing."""
    each = np.where(np.isfinite(state.blocks), state.blocks, 0.0).sum(axis=0)
    return np.argsort(-each, kind="stable").tolist()


def limits_link_periods(built: Built) -> bool:
    """Whether some limit that the user set is on a sum over periods, which single periods do not see."""
    of_row = periods_of_rows(built.model, built.model.entry_row(), periods_of_columns(built, built.model.column_count))
    known = constraints()
    return any(known[part.constraint].limit and (of_row[part.start : part.stop] == SEVERAL).any() for part in built.ranges)


def _periods(built: Built, program: Restricted) -> np.ndarray:
    """The period that decides each column of the restricted program, NONE where none does alone."""
    periods = built.sets.period_count
    of = periods_of_columns(built, program.split.model.column_count)
    return np.concatenate([of[program.shared], [p.block % periods for p in program.patterns]]).astype(int)


def _part(model: LinearModel, row: np.ndarray, columns: np.ndarray, rows: np.ndarray, cost: np.ndarray, lower: np.ndarray) -> LinearModel:
    """The program of some columns, with lower ends of their own, and some rows."""
    place_column, place_row = np.full(model.column_count, -1), np.full(model.row_count, -1)
    place_column[columns], place_row[rows] = np.arange(columns.size), np.arange(rows.size)
    mine = np.flatnonzero((place_row[row] >= 0) & (place_column[model.column_index] >= 0))
    own = place_row[row[mine]]
    order = np.argsort(own, kind="stable")
    return LinearModel(
        cost=cost,
        column_lower=lower,
        column_upper=np.maximum(model.column_upper[columns], lower),
        integer=model.integer[columns],
        row_start=np.concatenate([[0], np.cumsum(np.bincount(own, minlength=rows.size))]),
        column_index=place_column[model.column_index[mine[order]]],
        coefficient=model.coefficient[mine[order]],
        row_lower=model.row_lower[rows],
        row_upper=model.row_upper[rows],
    )
