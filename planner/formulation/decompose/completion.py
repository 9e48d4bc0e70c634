"""From chosen replicas to a vector of the whole program: everything else solved with them fixed."""

from __future__ import annotations

import numpy as np

from planner.backends.interface import solve
from planner.backends.polish import polish
from planner.formulation.balance import balanced
from planner.formulation.build import Built
from planner.formulation.decompose.interrupts import heard
from planner.formulation.placements import with_placements
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
    answer, values = completed(built, chosen, run)
    if values is not None and built.model.objective(values) < best.objective:
        best.values, best.objective = values, built.model.objective(values)
    if answer is not None:
        heard(answer)


def completed(built: Built, chosen: np.ndarray, run) -> tuple[Solution | None, np.ndarray | None]:
    """(how the search for it ended, the cheapest vector with the replicas of ``chosen``; None when there is none)."""
    while True:
        answer, values = _rest(built, chosen, run)
        # Services that count on the same instances may need one more: rows that say so are written when broken.
        held = None if values is None else with_placements(built, values)
        if held is None:
            return answer, values
        built = held


def _rest(built: Built, chosen: np.ndarray, run) -> tuple[Solution | None, np.ndarray | None]:
    """The same but for placements; columns of groups that stand nowhere in a period are left out, which makes it small."""
    model, var = built.model, built.var
    replicas = np.concatenate([c.ravel() for c in var.replicas]) if var.replicas else np.empty(0, dtype=int)
    counts = np.round(chosen[replicas])
    keep = np.ones(model.column_count, dtype=bool)
    for group in built.sets.groups:
        idle = sum(np.round(chosen[var.replicas[q]]) for q in group.slots) <= 0
        levels = var.levels.get(group.index)
        own = [var.rate[group.index], *(var.replicas[q][None, :] for q in group.slots)]
        own += [var.rate_spot[group.index]] if group.index in var.rate_spot else []
        if levels is not None:
            own += [c for c in (levels.chosen, levels.count, levels.firm, levels.spot) if c is not None]
        for columns in own:
            keep[columns[..., idle]] = False
    fixed = model.fixed(replicas, counts)
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
