"""Turns a solver's claim into a Solution: every vector is checked, every figure recomputed."""

from __future__ import annotations

import numpy as np

from planner.backends.polish import polish
from planner.backends.request import Claim, Request
from planner.milp import LinearModel, Solution, Status, relative_gap
from planner.milp.status import ZERO_GAP, Ended

# A vector that breaks anything by more than this is a lie; the plan's own check has the same tolerance.
FEASIBLE_TO = 1e-6
# A vector worse than this is solved again with its integers fixed before it is judged.
CLEAN_TO = 1e-7
# A bound above the cost of a checked vector by more than this is a contradiction, not rounding.
CONTRADICTION = 1e-6


def judge(model: LinearModel, claim: Claim, request: Request, backend: str, seconds: float) -> Solution:
    """The claim as a Solution; ERROR where it does not hold."""

    def solution(status: Status, message: str = claim.message, **known: object) -> Solution:
        fields: dict = {"values": None, "objective": None, "bound": None, "gap": None}
        fields.update(known)
        ended = Ended.FAILED if status is Status.ERROR else claim.ended
        return Solution(
            status=status,
            seconds=seconds,
            nodes=claim.nodes,
            ended=ended,
            backend=backend,
            version=claim.version,
            message=message,
            **fields,
        )

    if claim.status is Status.ERROR:
        return solution(Status.ERROR)
    if claim.status in (Status.INFEASIBLE, Status.UNBOUNDED):
        if claim.status is Status.INFEASIBLE and request.start is not None:
            return solution(Status.ERROR, f"{backend} says infeasible, yet the given start is feasible")
        return solution(claim.status)
    values = None
    if claim.values is not None:
        values = cleaned(model, claim.values, coarse=claim.coarse)
        if values is None:
            worst = model.violation(claim.values)
            breach = f"{worst.kind} by {worst.size:.2g}"
            return solution(Status.ERROR, f"{backend} gave a vector that breaks the program ({breach})")
    elif claim.status in (Status.OPTIMAL, Status.FEASIBLE):
        return solution(Status.ERROR, f"{backend} says {claim.status.value} and gave no vector")
    values = _better(model, values, request.start)
    bound = proven_bound(model, claim)
    if values is None:
        return solution(Status.NO_SOLUTION, bound=bound)
    objective = model.objective(values)
    if bound is not None and bound > objective + CONTRADICTION * max(1.0, abs(objective)):
        words = f"{backend} claims a bound of {bound!r} above the cost {objective!r} of a checked vector"
        return solution(Status.ERROR, words)
    if bound is not None:
        bound = min(bound, objective)
    gap = relative_gap(objective, bound)
    proven = gap is not None and gap <= max(request.gap, ZERO_GAP)
    return solution(
        Status.OPTIMAL if proven else Status.FEASIBLE,
        values=values,
        objective=objective,
        bound=bound,
        gap=gap,
        row_duals=claim.row_duals,
        reduced_costs=claim.reduced_costs,
    )


def cleaned(model: LinearModel, values: np.ndarray, *, coarse: bool = False) -> np.ndarray | None:
    """``values`` with whole integers and inside the column bounds, or None when they are no solution.

    The continuous part is solved again when rounding the rest disturbed it, or when it is ``coarse``.
    """
    values = np.asarray(values, dtype=np.float64)
    if values.shape != (model.column_count,) or not np.isfinite(values).all():
        return None
    if model.violation(values).size > FEASIBLE_TO:
        return None
    snapped = np.clip(np.where(model.integer, np.round(values), values), model.column_lower, model.column_upper)
    # Adding 0 turns -0.0 into 0.0, which prints the same everywhere.
    snapped = snapped + 0.0
    breach = model.violation(snapped).size
    if model.is_mip and (breach > CLEAN_TO or (coarse and not model.integer.all())):
        polished = polish(model, snapped)
        if polished is not None:
            return polished
    return snapped if breach <= FEASIBLE_TO else None


def proven_bound(model: LinearModel, claim: Claim) -> float | None:
    """The best valid lower bound among the claim's, the dual vector's and the column bounds' own."""
    bounds = [trivial_bound(model)]
    if claim.row_duals is not None:
        bounds.append(dual_bound(model, claim.row_duals))
    recomputed = claim.row_duals is not None and np.isfinite(bounds[-1])
    if claim.bound is not None and np.isfinite(claim.bound) and not recomputed:
        bounds.append(claim.bound)
    best = max(bounds)
    if not np.isfinite(best):
        return None
    return _rounded_up(model, best)


def trivial_bound(model: LinearModel) -> float:
    """What the column bounds alone prove; -inf when they prove nothing."""
    charged = np.flatnonzero(model.cost)
    cost = model.cost[charged]
    cheapest = np.where(cost > 0, model.column_lower[charged], model.column_upper[charged])
    return float(np.sum(cost * cheapest)) + model.cost_offset


def dual_bound(model: LinearModel, row_duals: np.ndarray) -> float:
    """The Lagrangian bound of a linear program at ``row_duals``: valid whatever solver made them."""
    y = np.where(row_duals > 0, row_duals, 0.0) * np.where(np.isfinite(model.row_lower), 1.0, 0.0) + np.where(
        row_duals < 0, row_duals, 0.0
    ) * np.where(np.isfinite(model.row_upper), 1.0, 0.0)
    reduced = model.cost - np.bincount(
        model.column_index, weights=model.coefficient * y[model.entry_row()], minlength=model.column_count
    )
    # A reduced cost of rounding size against an infinite bound would spoil the sum.
    size = np.maximum(1.0, np.abs(model.cost))
    reduced = np.where(np.abs(reduced) <= 1e-9 * size, 0.0, reduced)
    at_row = np.where(y > 0, model.row_lower, np.where(y < 0, model.row_upper, 0.0))
    at_column = np.where(reduced > 0, model.column_lower, np.where(reduced < 0, model.column_upper, 0.0))
    return float(np.sum(y * at_row) + np.sum(reduced * at_column)) + model.cost_offset


def _rounded_up(model: LinearModel, bound: float) -> float:
    """With whole costs on whole columns the optimum is whole, so the bound may be."""
    charged = model.cost != 0.0
    if not model.integer[charged].all() or (model.cost != np.round(model.cost)).any():
        return bound
    return float(np.ceil(bound - model.cost_offset - CONTRADICTION)) + model.cost_offset


def _better(model: LinearModel, values: np.ndarray | None, start: np.ndarray | None) -> np.ndarray | None:
    if values is None or start is None:
        return start if values is None else values
    return start if model.objective(start) < model.objective(values) else values
