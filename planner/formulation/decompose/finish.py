"""Closes the last part of a gap: one search of the whole program, without what its relaxation rules out."""

from __future__ import annotations

import numpy as np

from planner.backends.interface import solve
from planner.formulation.build import Built
from planner.formulation.decompose.completion import keep_if_better
from planner.formulation.decompose.interrupts import heard
from planner.formulation.decompose.prices import safe_duals, safe_value
from planner.formulation.decompose.run import Best
from planner.milp.model import LinearModel
from planner.milp.status import relative_gap

#: More columns than this are not worth one search.
MOST_COLUMNS = 60_000


def narrowed(model: LinearModel, duals: np.ndarray, objective: float) -> tuple[LinearModel, float]:
    """(the program with columns bounded by their reduced costs, the relaxation's bound recomputed).

    Every vector that costs less than ``objective`` keeps to the new bounds: a column that adds its reduced cost times
    its distance from its bound to the relaxation's value cannot go further than what is left up to the objective.
    """
    duals = safe_duals(model, duals)
    bound = safe_value(model, model.cost, duals) + model.cost_offset
    reduced = model.cost - np.bincount(
        model.column_index, weights=model.coefficient * duals[model.entry_row()], minlength=model.column_count
    )
    room = max(objective - bound, 0.0) + 1e-9 * abs(objective)
    if not np.isfinite(bound):
        return model, bound
    lower, upper = model.column_lower.copy(), model.column_upper.copy()
    with np.errstate(divide="ignore", invalid="ignore"):
        step = room / np.abs(reduced)
    whole = model.integer
    step = np.where(whole, np.floor(step + 1e-6), step)
    up = (reduced > 1e-9) & np.isfinite(lower) & whole
    down = (reduced < -1e-9) & np.isfinite(upper) & whole
    upper[up] = np.minimum(upper[up], lower[up] + step[up])
    lower[down] = np.maximum(lower[down], upper[down] - step[down])
    return model.with_bounds(column_lower=lower, column_upper=upper), bound


def finished(built: Built, covered: Built, duals: np.ndarray, best: Best, run, known: float) -> float | None:
    """Searches the whole program for something better than ``best``, which it then becomes; a valid bound, or None.

    ``known`` is the bound known before.
    """
    model, bound = narrowed(covered.model, duals, best.objective)
    if (model.column_upper > model.column_lower).sum() > MOST_COLUMNS:
        return None

    def tell(so_far: float) -> None:
        run.tell("finishing", incumbent=best.objective, bound=so_far, gap=relative_gap(best.objective, so_far))

    answer = solve(
        model,
        backend="highs",
        gap=run.options.gap,
        time_limit_s=run.left(),
        seed=run.options.seed,
        start=best.values,
        stop=run.stop,
        on_progress=lambda p: tell(known if p.bound is None else max(known, p.bound)),
    )
    best.version, best.timed = answer.version, best.timed or not answer.deterministic
    if answer.values is not None and answer.objective < best.objective - 1e-9 * abs(best.objective):
        keep_if_better(built, answer.values[: built.model.column_count], best, run)
    heard(answer)
    # What was ruled out costs at least what the best plan did when it was.
    return bound if answer.bound is None else max(bound, min(answer.bound, best.objective))
