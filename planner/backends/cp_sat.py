"""CP-SAT: an integer solver made to bound programs with continuous columns, by rounding these outward to a grid."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from planner.backends.mathopt import ask, claim_glop, parameters_for
from planner.backends.request import Claim, Request
from planner.errors import PlannerError
from planner.milp import LinearModel, Status

# Continuous columns live on a grid of 1 / this, coarser where they reach far. CP-SAT's own default, 1, returns wrong
# optima for any model with continuous columns.
FINEST, COARSEST = 2.0**20, 2.0**10
# CP-SAT multiplies domains and activities in 64 bits; larger ranges overflow or get cut short.
LARGEST = 1e9
# Rows become whole numbers too, exact to this.
PRECISION = 1e-6


def claim_cp_sat(model: LinearModel, request: Request) -> Claim:
    """What CP-SAT says of ``model``; refused where its whole numbers could cut off or misprice a solution.

    An all-integer program is given as it is. Otherwise CP-SAT solves a relaxation on a grid (``on_grid``): its bound and its
    "infeasible" hold for the program, and its whole numbers become a plan when a linear program finds the rest. The grid
    costs the bound about a millionth of a unit's price, so that gaps of 1e-5 are proven and gap 0 is not.
    """
    from ortools.math_opt import parameters_pb2

    reason = refusal(model)
    if reason:
        raise PlannerError(f"CP-SAT cannot be trusted with this program: {reason}", hint="backend highs or scip")
    grid = 1.0 if model.integer.all() else _grid(model)
    parameters = parameters_for(request)
    parameters.threads = request.threads
    parameters.cp_sat.mip_var_scaling = grid
    parameters.cp_sat.mip_max_bound = LARGEST
    parameters.cp_sat.mip_check_precision = PRECISION
    parameters.cp_sat.mip_drop_tolerance = 1e-12
    solved = model if model.integer.all() else on_grid(model, grid)
    claim = ask(solved, request, parameters, parameters_pb2.SOLVER_TYPE_CP_SAT, "CP-SAT")
    if solved is model or claim.values is None:
        return claim
    return _completed(model, claim, request)


def refusal(model: LinearModel) -> str:
    """Why CP-SAT must not be given ``model``; empty when it may."""
    reach = _reach(model)
    if not np.isfinite(reach):
        return "a column has no bound"
    if reach * (1.0 if model.integer.all() else COARSEST) > LARGEST:
        return f"a column reaches {reach:.3g}"
    size = np.abs(model.coefficient[model.coefficient != 0.0])
    if size.size and size.max() / size.min() > 1e6:
        return "coefficients differ by more than 1e6"
    return ""


def on_grid(model: LinearModel, grid: float) -> LinearModel:
    r"""A relaxation of ``model`` whose continuous columns may be taken as multiples of 1 / ``grid``.

    Any solution stays one when each continuous column is rounded to the grid, to the cheaper side where it has a cost
    (by less than 1/grid) and to the nearer one where it has none (by at most half of that): every row is loosened by
    :math:`\sum_j |a_{ij}| e_j` and bounds are moved out to the grid. The cost does not rise, so the optimum is a bound.
    """
    continuous = ~model.integer
    error = np.where(continuous, np.where(model.cost != 0.0, 1.0, 0.5) / grid, 0.0)
    room = np.bincount(
        model.entry_row(), weights=np.abs(model.coefficient) * error[model.column_index], minlength=model.row_count
    )
    room = np.where(room > 0.0, room + PRECISION, 0.0)
    return replace(
        model,
        row_lower=model.row_lower - room,
        row_upper=model.row_upper + room,
        column_lower=np.where(continuous, np.floor(model.column_lower * grid) / grid, model.column_lower),
        column_upper=np.where(continuous, np.ceil(model.column_upper * grid) / grid, model.column_upper),
    )


def _completed(model: LinearModel, claim: Claim, request: Request) -> Claim:
    """The claim with the program's own continuous part; without a vector where the whole numbers admit none."""
    whole = np.flatnonzero(model.integer)
    rest = claim_glop(model.relaxed().fixed(whole, np.round(claim.values[whole])), replace(request, start=None))
    if rest.status is Status.OPTIMAL:
        return replace(claim, values=rest.values)
    words = "its whole numbers fit the grid and not the program"
    return replace(claim, status=Status.NO_SOLUTION, values=None, message=words)


def _reach(model: LinearModel) -> float:
    return float(np.maximum(np.abs(model.column_lower), np.abs(model.column_upper)).max(initial=0.0))


def _grid(model: LinearModel) -> float:
    """The finest grid, a power of two, on which no column exceeds what CP-SAT takes."""
    most = LARGEST / max(_reach(model), 1.0)
    return float(min(FINEST, 2.0 ** np.floor(np.log2(most))))
