"""From chosen replicas to a vector of the whole program: everything else solved with them fixed."""

from __future__ import annotations

import time

import numpy as np

from planner.backends.interface import solve
from planner.backends.polish import polish
from planner.formulation.balance import balanced
from planner.formulation.build import Built
from planner.formulation.decompose.interrupts import heard
from planner.formulation.placements import Row, broken_rows, with_rows
from planner.milp.model import LinearModel
from planner.milp.status import Ended, Solution

# The rest is small and nearly separable, so it is solved to this gap [relative].
REST_GAP = 1e-6
# A vector may break rows by this much, as solvers' answers may.
TOLERANCE = 1e-6
# Time for the rest when the run is over, so that what was found is not lost.
GRACE_S = 2.0


def keep_if_better(built: Built, chosen: np.ndarray, best, run) -> None:
    """Makes the cheapest vector with the replicas of ``chosen`` the best plan, where it is better than ``best``.

    Raises KeyboardInterrupt where Ctrl-C came meanwhile, after that.
    """
    began = time.monotonic()
    answer, values, best.placements = completed(built, chosen, run, best.placements)
    best.completion_s = time.monotonic() - began
    if values is not None and built.model.objective(values) < best.objective:
        best.values, best.objective = values, built.model.objective(values)
    if answer is not None:
        heard(answer)


def completed(built: Built, chosen: np.ndarray, run, known: frozenset[Row] = frozenset()) -> tuple[Solution | None, np.ndarray | None, frozenset[Row]]:
    """(how the search for it ended, the cheapest vector with the replicas of ``chosen``, rows of placements found so far).

    The vector is None when there is none. ``known`` are rows of placements that other plans broke.
    """
    held = with_rows(built, sorted(known))
    while True:
        answer, values = _rest(held, chosen, run)
        # Services that count on the same instances may need one more: rows that say so are written when broken.
        broken = [] if values is None else broken_rows(built, values)
        if not broken:
            return answer, values, known
        known, held = known | set(broken), with_rows(held, broken)


def _rest(built: Built, chosen: np.ndarray, run) -> tuple[Solution | None, np.ndarray | None]:
    """The same but for placements; what can only be 0 beside these replicas is left out, which makes the program small."""
    model, var = built.model, built.var
    replicas = np.concatenate([c.ravel() for c in var.replicas]) if var.replicas else np.empty(0, dtype=int)
    fixed = model.fixed(replicas, np.round(chosen[replicas]))
    keep = ~only_zero(fixed)
    small, place = _without(fixed, keep)
    if small is None:
        return None, None
    answer = solve(small, backend="highs", gap=REST_GAP, time_limit_s=_seconds(run), stop=run.stop)
    found = answer.values
    if found is None and answer.ended in (Ended.STOPPED, Ended.INTERRUPTED):
        # Told to end, but without this there may be no plan to show.
        found = solve(small, backend="highs", gap=REST_GAP, time_limit_s=GRACE_S).values
    if found is None:
        return answer, None
    clean = polish(small, found)
    if clean is None:
        clean = found
    full = np.zeros(model.column_count)
    full[place] = clean
    if model.violation(full).size > TOLERANCE:
        return answer, None
    return answer, full


def evened(built: Built, values: np.ndarray) -> np.ndarray:
    """``values`` with requests spread evenly over the replicas."""
    return balanced(built, values)


def _seconds(run) -> float | None:
    left = run.left()
    return None if left is None else max(GRACE_S, left)


def only_zero(model: LinearModel) -> np.ndarray:
    """Columns that rows and bounds hold at 0: a row with no room left and nothing of the other sign in it [columns bool]."""
    row = model.entry_row()
    zero = (model.column_lower >= 0.0) & (model.column_upper <= 0.0)
    held = model.column_lower == model.column_upper
    rest = np.bincount(row, weights=model.coefficient * np.where(held, model.column_lower, 0.0)[model.column_index], minlength=model.row_count)
    no_room_above, no_room_below = model.row_upper - rest <= 0.0, model.row_lower - rest >= 0.0
    open_ = ~held[model.column_index] & (no_room_above | no_room_below)[row]
    row, column, coefficient = row[open_], model.column_index[open_], model.coefficient[open_]
    up = np.where(model.column_lower[column] >= 0.0, coefficient > 0, True)
    down = np.where(model.column_lower[column] >= 0.0, coefficient < 0, True)
    while True:
        live = ~zero[column]
        rising = np.bincount(row[live & up], minlength=model.row_count) > 0
        falling = np.bincount(row[live & down], minlength=model.row_count) > 0
        stuck = (no_room_above & ~falling) | (no_room_below & ~rising)
        more = live & stuck[row]
        if not more.any():
            return zero
        zero[column[more]] = True


def _without(model: LinearModel, keep: np.ndarray) -> tuple[LinearModel | None, np.ndarray]:
    """The program without some columns, which stay at 0, and the numbers of the others; None when 0 breaks a row."""
    place = np.flatnonzero(keep)
    new = np.cumsum(keep) - 1
    row = model.entry_row()
    mine = keep[model.column_index]
    filled = np.bincount(row[mine], minlength=model.row_count)
    rows = filled > 0
    empty_broken = ~rows & ((model.row_lower > TOLERANCE) | (model.row_upper < -TOLERANCE))
    if empty_broken.any() or (model.column_lower[~keep] > 0).any():
        return None, place
    return (
        LinearModel(
            cost=model.cost[keep],
            column_lower=model.column_lower[keep],
            column_upper=model.column_upper[keep],
            integer=model.integer[keep],
            row_start=np.concatenate([[0], np.cumsum(filled[rows])]),
            column_index=new[model.column_index[mine]],
            coefficient=model.coefficient[mine],
            row_lower=model.row_lower[rows],
            row_upper=model.row_upper[rows],
            cost_offset=model.cost_offset,
        ),
        place,
    )
