"""OR-Tools MathOpt: SCIP as second opinion, GLOP for linear programs, HiGHS by another road."""

from __future__ import annotations

import math
import time
from typing import Any

import numpy as np

from planner.backends.interruptible import run_interruptibly
from planner.backends.request import Claim, Request
from planner.errors import PlannerError
from planner.milp import LinearModel, Status
from planner.milp.status import Ended

TOLERANCE = 1e-7
# SCIP checks each row relative to its own size and integrality by the same number; its default is 1e-6.
SCIP_TOLERANCE = 1e-8
LP_TOLERANCE = 1e-9


def claim_scip(model: LinearModel, request: Request) -> Claim:
    """What SCIP says of ``model``."""
    from ortools.math_opt import parameters_pb2

    parameters = parameters_for(request)
    parameters.threads = request.threads
    parameters.gscip.real_params["numerics/feastol"] = SCIP_TOLERANCE
    parameters.gscip.real_params["numerics/dualfeastol"] = SCIP_TOLERANCE
    # Ctrl-C belongs to the caller, who stops SCIP through the interrupter.
    parameters.gscip.bool_params["misc/catchctrlc"] = False
    if request.node_limit is not None:
        parameters.node_limit = request.node_limit
    return ask(model, request, parameters, parameters_pb2.SOLVER_TYPE_GSCIP, "SCIP")


def claim_highs(model: LinearModel, request: Request) -> Claim:
    """What the HiGHS inside OR-Tools says of ``model``; it takes no thread count."""
    from ortools.math_opt import parameters_pb2

    parameters = parameters_for(request)
    tolerance = TOLERANCE if model.is_mip else LP_TOLERANCE
    for name in ("mip_feasibility_tolerance", "primal_feasibility_tolerance", "dual_feasibility_tolerance"):
        parameters.highs.double_options[name] = tolerance
    parameters.highs.double_options["small_matrix_value"] = 1e-12
    if request.node_limit is not None:
        parameters.node_limit = request.node_limit
    return ask(model, request, parameters, parameters_pb2.SOLVER_TYPE_HIGHS, "HiGHS")


def claim_glop(model: LinearModel, request: Request) -> Claim:
    """What GLOP says of ``model``, which must be a linear program."""
    from ortools.math_opt import parameters_pb2

    if model.is_mip:
        raise PlannerError("GLOP solves linear programs only", hint="backend highs or scip")
    parameters = parameters_for(request)
    parameters.ClearField("relative_gap_tolerance")
    parameters.ClearField("absolute_gap_tolerance")
    parameters.glop.primal_feasibility_tolerance = LP_TOLERANCE
    parameters.glop.dual_feasibility_tolerance = LP_TOLERANCE
    return ask(model, request, parameters, parameters_pb2.SOLVER_TYPE_GLOP, "GLOP")


def parameters_for(request: Request) -> Any:
    """What every solver is asked."""
    from ortools.math_opt import parameters_pb2

    parameters = parameters_pb2.SolveParametersProto()
    if request.time_limit_s is not None:
        parameters.time_limit.FromNanoseconds(int(request.time_limit_s * 1e9))
    # Absent would mean the solver's default, which is not 0.
    parameters.relative_gap_tolerance = request.solver_gap
    parameters.absolute_gap_tolerance = 0.0
    parameters.random_seed = request.seed
    if not request.presolve:
        parameters.presolve = parameters_pb2.EMPHASIS_OFF
    return parameters


def ask(model: LinearModel, request: Request, parameters: Any, solver_type: int, name: str) -> Claim:
    """What a solver of MathOpt says of ``model``."""
    # The layer under mathopt.solve: it takes and gives whole arrays where the layer above makes one Python object
    # for each column, and it imports in a quarter of the time.
    from ortools import __version__
    from ortools.math_opt import callback_pb2, model_parameters_pb2, parameters_pb2
    from ortools.math_opt.core.python import solver
    from ortools.util.python import solve_interrupter

    version = f"{name} in OR-Tools {__version__}"
    hints = model_parameters_pb2.ModelSolveParametersProto()
    if request.start is not None and model.is_mip:
        hint = hints.solution_hints.add()
        hint.variable_values.ids.extend(range(model.column_count))
        hint.variable_values.values.extend(request.start)
    interrupter = solve_interrupter.SolveInterrupter()
    program = model_proto(model)

    def work() -> Any:
        return solver.solve(
            program,
            solver_type,
            parameters_pb2.SolverInitializerProto(),
            parameters,
            hints,
            None,
            callback_pb2.CallbackRegistrationProto(),
            None,
            interrupter.pybind_interrupter,
        )

    started = time.monotonic()
    outcome = run_interruptibly(work, interrupter.interrupt, request.stop, lambda: None)
    if outcome.value is None:
        words = f"{name} was left behind after it was told to stop"
        return Claim(Status.NO_SOLUTION, version, ended=outcome.ended, message=words)
    out_of_time = request.time_limit_s is not None and time.monotonic() - started >= 0.9 * request.time_limit_s
    return _translated(outcome.value, model, version, outcome.ended, out_of_time)


def model_proto(model: LinearModel) -> Any:
    """``model`` as MathOpt's protocol buffer, without names."""
    from ortools.math_opt import model_pb2

    proto = model_pb2.ModelProto()
    proto.variables.ids.extend(range(model.column_count))
    proto.variables.lower_bounds.extend(model.column_lower)
    proto.variables.upper_bounds.extend(model.column_upper)
    proto.variables.integers.extend(model.integer.tolist())
    charged = np.flatnonzero(model.cost)
    proto.objective.offset = model.cost_offset
    proto.objective.linear_coefficients.ids.extend(charged.tolist())
    proto.objective.linear_coefficients.values.extend(model.cost[charged])
    proto.linear_constraints.ids.extend(range(model.row_count))
    proto.linear_constraints.lower_bounds.extend(model.row_lower)
    proto.linear_constraints.upper_bounds.extend(model.row_upper)
    matrix = proto.linear_constraint_matrix
    matrix.row_ids.extend(model.entry_row().tolist())
    matrix.column_ids.extend(model.column_index.tolist())
    matrix.coefficients.extend(model.coefficient)
    return proto


def _translated(result: Any, model: LinearModel, version: str, ended: Ended, out_of_time: bool) -> Claim:
    from ortools.math_opt import result_pb2, solution_pb2

    reason = result_pb2.TerminationReasonProto.Name(result.termination.reason).removeprefix("TERMINATION_REASON_")
    limit = result_pb2.LimitProto.Name(result.termination.limit).removeprefix("LIMIT_")
    status = _STATUS.get(reason, Status.ERROR)
    if ended is Ended.FINISHED:
        if status is Status.ERROR:
            ended = Ended.FAILED
        elif status is Status.FEASIBLE or status is Status.NO_SOLUTION:
            ended = _LIMIT.get(limit, Ended.TIME if out_of_time else Ended.FAILED)
    elif status in (Status.OPTIMAL, Status.INFEASIBLE):
        ended = Ended.FINISHED
    values = duals = reduced = None
    if status in (Status.OPTIMAL, Status.FEASIBLE) and result.solutions:
        first = result.solutions[0]
        if first.primal_solution.feasibility_status == solution_pb2.SOLUTION_STATUS_FEASIBLE:
            values = _vector(first.primal_solution.variable_values, model.column_count)
        if status is Status.OPTIMAL and not model.is_mip and first.HasField("dual_solution"):
            duals = _vector(first.dual_solution.dual_values, model.row_count)
            reduced = _vector(first.dual_solution.reduced_costs, model.column_count)
    if status is Status.FEASIBLE and values is None:
        status = Status.NO_SOLUTION
    bound = result.termination.objective_bounds.dual_bound
    return Claim(
        status=status,
        version=version,
        values=values,
        bound=bound if math.isfinite(bound) and (model.is_mip or status is Status.OPTIMAL) else None,
        nodes=int(result.solve_stats.node_count) if model.is_mip else None,
        ended=ended,
        message="" if status is Status.OPTIMAL else result.termination.detail,
        row_duals=duals,
        reduced_costs=reduced,
    )


def _vector(sparse: Any, size: int) -> np.ndarray:
    values = np.zeros(size)
    values[np.fromiter(sparse.ids, dtype=np.int64, count=len(sparse.ids))] = np.fromiter(
        sparse.values, dtype=np.float64, count=len(sparse.values)
    )
    return values


_STATUS = {
    "OPTIMAL": Status.OPTIMAL,
    "INFEASIBLE": Status.INFEASIBLE,
    "UNBOUNDED": Status.UNBOUNDED,
    "INFEASIBLE_OR_UNBOUNDED": Status.UNBOUNDED,
    "FEASIBLE": Status.FEASIBLE,
    "NO_SOLUTION_FOUND": Status.NO_SOLUTION,
    "IMPRECISE": Status.NO_SOLUTION,
}
_LIMIT = {
    "TIME": Ended.TIME,
    "NODE": Ended.NODES,
    "ITERATION": Ended.NODES,
    "SOLUTION": Ended.NODES,
    "INTERRUPTED": Ended.STOPPED,
}
