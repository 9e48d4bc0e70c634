"""CBC through PuLP: the fallback, and a third opinion from code that shares nothing with the others."""

from __future__ import annotations

import os
import re
import shutil
import signal
import tempfile
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from planner.backends.interruptible import run_interruptibly
from planner.backends.request import Claim, Request
from planner.errors import PlannerError
from planner.milp import LinearModel, Status
from planner.milp.status import Ended

TOLERANCE = 1e-7
INCREMENT = 1e-9


def claim(model: LinearModel, request: Request) -> Claim:
    """What CBC says of ``model``. Expects to lead its process group, which gets the signal that stops CBC."""
    if request.time_limit_s is not None and request.time_limit_s <= 0.0:
        # CBC takes a limit of 0 for none.
        return Claim(Status.NO_SOLUTION, _version(), ended=Ended.TIME)
    with tempfile.TemporaryDirectory(prefix="planner-cbc-") as folder:
        log = Path(folder) / "cbc.log"
        problem, columns = pulp_problem(model)
        if request.start is not None:
            for variable, value in zip(columns, request.start.tolist(), strict=True):
                variable.setInitialValue(value)
        solver = _solver(model, request, str(log), folder)
        started = time.monotonic()
        outcome = run_interruptibly(lambda: _solved(problem, solver), _interrupt_group, request.stop, lambda: None)
        seconds = time.monotonic() - started
        text = log.read_text(errors="replace") if log.exists() else ""
    if outcome.value is None:
        return Claim(Status.NO_SOLUTION, _version(), ended=outcome.ended, message="CBC did not stop in time")
    failure = outcome.value
    if failure:
        return Claim(Status.ERROR, _version(), ended=Ended.FAILED, message=failure)
    return _translated(model, request, problem, columns, text, outcome.ended, seconds)


def pulp_problem(model: LinearModel) -> tuple[Any, list[Any]]:
    """``model`` as a PuLP problem (minimise) and its variables in column order."""
    import pulp

    pulp_warnings_off()
    problem = pulp.LpProblem("program", pulp.LpMinimize)
    columns = [
        problem.add_variable(
            f"x{j}",
            lowBound=None if lower == -np.inf else lower,
            upBound=None if upper == np.inf else upper,
            cat="Integer" if whole else "Continuous",
        )
        for j, (lower, upper, whole) in enumerate(
            zip(model.column_lower.tolist(), model.column_upper.tolist(), model.integer.tolist(), strict=True)
        )
    ]
    cost = model.cost.tolist()
    problem += pulp.lpSum(cost[j] * columns[j] for j in np.flatnonzero(model.cost).tolist()), "cost"
    index, coefficient, start = model.column_index.tolist(), model.coefficient.tolist(), model.row_start.tolist()
    for i, (lower, upper) in enumerate(zip(model.row_lower.tolist(), model.row_upper.tolist(), strict=True)):
        if start[i] == start[i + 1]:
            _require_empty_row_holds(problem, columns, i, lower, upper)
            continue
        row = pulp.lpSum(coefficient[k] * columns[index[k]] for k in range(start[i], start[i + 1]))
        if lower == upper:
            problem += row == lower, f"r{i}"
            continue
        if lower > -np.inf:
            problem += row >= lower, f"r{i}lo"
        if upper < np.inf:
            problem += row <= upper, f"r{i}up"
    return problem, columns


def pulp_warnings_off() -> None:
    """PuLP 3.3.2 announces version 4 at each call; the calls here are the ones that both take."""
    warnings.filterwarnings("ignore", category=DeprecationWarning, module=r"(pulp|planner\.backends).*")
    warnings.filterwarnings("ignore", message=".*PuLP 4.*", category=DeprecationWarning)


def cbc_bound(log: str) -> float | None:
    """The proven lower bound that a CBC log states, without any objective offset; None unless it is certain.

    CBC states it once, in the summary of a stopped run ("Lower bound:"). A finished run needs no statement: the
    caller has its objective.
    """
    stated = re.findall(r"^Lower bound:\s+(-?[0-9.]+(?:[eE][-+]?\d+)?)\s*$", log, re.MULTILINE)
    if len(stated) != 1:
        return None
    # Printed to three decimals; the half unit may have been rounded up.
    decimals = len(stated[0].partition(".")[2]) if "e" not in stated[0].lower() else None
    return None if decimals is None else float(stated[0]) - 0.5 * 10.0**-decimals


def _solver(model: LinearModel, request: Request, log: str, folder: str) -> Any:
    import pulp

    options = [f"integerTolerance {TOLERANCE}", f"primalTolerance {TOLERANCE}", f"dualTolerance {TOLERANCE}"]
    # CBC's default increment drops nodes that are better by up to 1e-5.
    options += [f"increment {INCREMENT}", f"randomCbcSeed {request.seed + 1}"]
    given: dict[str, Any] = {
        "msg": False,
        "gapRel": _cbc_gap(request),
        "gapAbs": 0.0,
        "timeLimit": request.time_limit_s,
        "threads": request.threads if request.threads > 1 else None,
        "maxNodes": request.node_limit,
        "warmStart": request.start is not None and model.is_mip,
        "presolve": None if request.presolve else False,
        "options": options if request.presolve else [*options, "preprocess off"],
        "logPath": log,
    }
    path = shutil.which("cbc")
    bundled = getattr(pulp, "PULP_CBC_CMD", None)
    if bundled is not None and bundled(msg=False).available():
        solver = bundled(**given)
    else:
        solver = pulp.COIN_CMD(path=path, **given)
        if not solver.available():
            raise PlannerError("no CBC program was found", hint="pip install 'pulp[cbc]', or backend highs or scip")
    solver.tmpDir = folder
    return solver


def _solved(problem: Any, solver: Any) -> str:
    """Runs CBC; what went wrong, empty when nothing did."""
    import pulp

    try:
        problem.solve(solver)
    except pulp.PulpSolverError as error:
        return f"CBC failed: {error}"
    return ""


def _translated(
    model: LinearModel, request: Request, problem: Any, columns: list[Any], log: str, ended: Ended, seconds: float
) -> Claim:
    # `status` says optimal at a time limit too; only `sol_status` tells a proof from an incumbent.
    verdict = int(problem.sol_status)
    status = _STATUS.get(verdict, Status.ERROR)
    stopped = "Stopped on" in log or "Partial search" in log or "Exiting on maximum" in log
    if status is Status.INFEASIBLE and stopped:
        status = Status.NO_SOLUTION
    if status is Status.OPTIMAL and stopped:
        status = Status.FEASIBLE
    values = None
    if status in (Status.OPTIMAL, Status.FEASIBLE):
        values = np.array([np.nan if v.varValue is None else v.varValue for v in columns], dtype=np.float64)
    bound = None
    if status is Status.FEASIBLE or status is Status.NO_SOLUTION:
        known = cbc_bound(log) if model.is_mip else None
        bound = None if known is None else known + model.cost_offset
    if status is Status.OPTIMAL:
        bound = _finished_bound(model, log, _cbc_gap(request))
    if status in (Status.FEASIBLE, Status.NO_SOLUTION) and ended is Ended.FINISHED:
        by_nodes = request.node_limit is not None and "maximum nodes" in log.lower()
        by_time = request.time_limit_s is not None and (seconds >= 0.5 * request.time_limit_s or "time" in log.lower())
        ended = Ended.NODES if by_nodes else Ended.TIME if by_time else Ended.FAILED
    if status in (Status.OPTIMAL, Status.INFEASIBLE, Status.UNBOUNDED):
        ended = Ended.FINISHED
    # The solution file has eight digits.
    return Claim(status, _version(), values, bound, None, ended, coarse=True)


def _cbc_gap(request: Request) -> float:
    """Half the gap asked: the bound of a finished run is worked out from it, and must still pass."""
    return 0.5 * request.solver_gap


def _finished_bound(model: LinearModel, log: str, gap: float) -> float | None:
    """What a finished run has proven: CBC stops within ``gap`` of the larger of |cost| and |bound|, offset left out."""
    exact = re.findall(r"Search completed - best objective (-?[0-9.]+(?:[eE][-+]?\d+)?),", log)
    printed = re.findall(r"^(?:Objective value:|Optimal objective)\s+(-?[0-9.]+(?:[eE][-+]?\d+)?)", log, re.MULTILINE)
    if not (exact or printed):
        return None
    # The last word counts: heuristics and sub-searches report before it.
    cost = float((exact or printed)[-1])
    if printed and abs(float(printed[-1]) - cost) > 1e-6 * max(1.0, abs(cost)):
        return None
    if not model.is_mip:
        return cost + model.cost_offset
    if gap >= 1.0:
        return None
    return cost + model.cost_offset - gap * abs(cost) / (1.0 - gap) - INCREMENT


def _require_empty_row_holds(problem: Any, columns: list[Any], row: int, lower: float, upper: float) -> None:
    if lower <= 0.0 <= upper:
        return
    # PuLP drops an empty row, and with it the contradiction; a row over one column keeps it.
    problem += columns[0] >= columns[0].lowBound if columns[0].lowBound is not None else columns[0] >= 0, f"r{row}any"
    problem += 0 * columns[0] >= 1, f"r{row}never"


def _interrupt_group() -> None:
    """CBC ends at the next node on an interrupt and writes what it has."""
    if hasattr(os, "killpg") and os.getpgrp() == os.getpid():
        os.killpg(os.getpgrp(), signal.SIGINT)


def _version() -> str:
    import pulp

    return f"CBC through PuLP {pulp.VERSION}"


_STATUS = {
    1: Status.OPTIMAL,
    2: Status.FEASIBLE,
    0: Status.NO_SOLUTION,
    -1: Status.INFEASIBLE,
    -2: Status.UNBOUNDED,
}
