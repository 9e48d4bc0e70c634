"""HiGHS through highspy: the default for linear and mixed-integer programs."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

import numpy as np

from planner.backends.interruptible import run_interruptibly
from planner.backends.quiet import quiet
from planner.backends.request import Claim, Request
from planner.errors import PlannerError
from planner.milp import LinearModel, Progress, Status, relative_gap
from planner.milp.status import Ended

if TYPE_CHECKING:
    from highspy import Highs

# Integrality and row tolerance inside branch and bound; HiGHS's default is 1e-6.
MIP_TOLERANCE = 1e-7
LP_TOLERANCE = 1e-9
# Up to so many whole-number columns that are not fixed, branching itself finds the best vector soonest, by measurement.
FEW_INTEGERS = 150
# Above this share of whole-number columns a program is taken to be about whole numbers alone.
MOSTLY_WHOLE = 0.8
# With a start, which callers give where they have a good one, the same holds up to here: a proof is what is left.
FEW_WITH_START = 3000


def claim(model: LinearModel, request: Request) -> Claim:
    """What HiGHS says of ``model``."""
    import highspy

    run = _Run(highspy.Highs(), model, request)
    outcome = run_interruptibly(run.solve, run.cancel.set, request.stop, run.report, run.highs.clearCallbacks)
    if outcome.value is None:
        # HiGHS did not come back within the grace: the last incumbent and bound that it reported stand.
        return run.last_known(outcome.ended)
    return run.claim(outcome.ended)


class _Run:
    """One HiGHS instance at work, and what its callbacks have told so far."""

    def __init__(self, highs: Highs, model: LinearModel, request: Request) -> None:
        self.highs = highs
        self.model = model
        self.request = request
        self.cancel = threading.Event()
        self.version = highs.version()
        self.incumbent: np.ndarray | None = None
        self.incumbent_cost: float | None = None
        self.bound: float | None = None
        self.nodes = 0
        self._reported: tuple[Any, ...] = ()
        self._started = time.monotonic()

    def solve(self) -> bool:
        import highspy

        highs, model, request = self.highs, self.model, self.request
        self._set_options()
        self._watch()
        self._load()
        if request.start is not None and model.is_mip:
            solution = highspy.HighsSolution()
            solution.col_value = request.start.tolist()
            solution.value_valid = True
            self._require(highs.setSolution(solution), "setSolution")
        try:
            with quiet():
                self.run_status = highs.run()
        finally:
            # The scheduler belongs to this thread and remembers its thread count: without a reset the next
            # run with another count fails and reads an objective of 0.
            highspy.Highs.resetGlobalScheduler(False)
        return True

    def claim(self, ended: Ended) -> Claim:
        """The claim of a run that returned."""
        import highspy

        highs = self.highs
        verdict = highs.getModelStatus()
        info = highs.getInfo()
        status = Status.NO_SOLUTION
        if ended is Ended.FINISHED:
            status, ended = _STATUS.get(verdict.name, (Status.ERROR, Ended.FAILED))
        message = "" if status is not Status.ERROR else f"HiGHS ended with {verdict.name}"
        if self.run_status == highspy.HighsStatus.kError:
            status, ended, message = Status.ERROR, Ended.FAILED, f"HiGHS failed: {verdict.name}"
        if verdict.name == "kOptimal" and status is Status.NO_SOLUTION:
            # It finished in the moment of being told to stop.
            status, ended = Status.OPTIMAL, Ended.FINISHED
        feasible = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
        licensed = status in (Status.OPTIMAL, Status.NO_SOLUTION) and feasible
        values = np.array(highs.getSolution().col_value) if licensed else None
        if status is Status.NO_SOLUTION and values is not None:
            status = Status.FEASIBLE
        is_mip = self.model.is_mip
        bound = None
        if is_mip and status in (Status.OPTIMAL, Status.FEASIBLE, Status.NO_SOLUTION):
            bound = info.mip_dual_bound
        elif status is Status.OPTIMAL:
            bound = info.objective_function_value
        if is_mip and status is Status.OPTIMAL:
            # HiGHS drops nodes that could be better by less than its tolerance, then reports the incumbent as bound.
            bound = min(bound, info.objective_function_value - MIP_TOLERANCE)
        duals = status is Status.OPTIMAL and not is_mip and highs.getSolution().dual_valid
        return Claim(
            status=status,
            version=self.version,
            values=values,
            bound=bound,
            nodes=int(info.mip_node_count) if is_mip else None,
            ended=ended,
            message=message,
            row_duals=np.array(highs.getSolution().row_dual) if duals else None,
            reduced_costs=np.array(highs.getSolution().col_dual) if duals else None,
        )

    def last_known(self, ended: Ended) -> Claim:
        """The claim of a run that was left behind."""
        return Claim(
            status=Status.NO_SOLUTION if self.incumbent is None else Status.FEASIBLE,
            version=self.version,
            values=self.incumbent,
            bound=self.bound,
            nodes=self.nodes,
            ended=ended,
            message="HiGHS was left behind after it was told to stop",
        )

    def report(self) -> None:
        """Tells the caller what is new."""
        if self.request.on_progress is None or self.cancel.is_set():
            return
        news = (self.incumbent_cost, self.bound, self.nodes)
        if news != self._reported:
            self._reported = news
            gap = relative_gap(self.incumbent_cost, self.bound)
            seconds = time.monotonic() - self._started
            self.request.on_progress(Progress(self.incumbent_cost, self.bound, gap, self.nodes, seconds))

    def _set_options(self) -> None:
        request = self.request
        options: dict[str, Any] = {
            "output_flag": False,
            "threads": request.threads,
            "parallel": "off" if request.threads == 1 else "on",
            "random_seed": request.seed,
            "presolve": "choose" if request.presolve else "off",
            "mip_rel_gap": request.solver_gap,
            "mip_abs_gap": 0.0,
            "mip_feasibility_tolerance": MIP_TOLERANCE,
            "primal_feasibility_tolerance": MIP_TOLERANCE if self.model.is_mip else LP_TOLERANCE,
            "dual_feasibility_tolerance": MIP_TOLERANCE if self.model.is_mip else LP_TOLERANCE,
            # By default HiGHS takes coefficients up to 1e-9 for zero.
            "small_matrix_value": 1e-12,
        }
        whole = int((self.model.integer & (self.model.column_lower < self.model.column_upper)).sum())
        started = request.start is not None and self.model.integer.sum() <= FEW_WITH_START
        if whole <= FEW_INTEGERS and self.model.integer.sum() >= MOSTLY_WHOLE * self.model.column_count:
            # Routing by whole slices: many cheap nodes, on which a careful choice of each branch is wasted.
            options["mip_pscost_minreliable"] = 1
        elif whole <= FEW_INTEGERS or started:
            # Searches around the root solution: they take a third to a half of the time of so small a search.
            for name in ("rins", "rens", "root_reduced_cost"):
                options[f"mip_heuristic_run_{name}"] = False
        if started:
            # Each restart takes as long as the rest of the search.
            options["mip_allow_restart"] = False
        if request.time_limit_s is not None:
            options["time_limit"] = max(0.0, request.time_limit_s)
        if request.node_limit is not None:
            options["mip_max_nodes"] = request.node_limit
        for name, value in options.items():
            self._require(self.highs.setOptionValue(name, value), f"option {name}")

    def _load(self) -> None:
        model = self.model
        if model.entry_count >= 2**31:
            raise PlannerError("the program has more entries than HiGHS can index (2^31)")
        # The 2 says that the matrix is stored by rows, the 1 that the objective is minimised.
        self._require(
            self.highs.passModel(
                model.column_count,
                model.row_count,
                model.entry_count,
                2,
                1,
                model.cost_offset,
                model.cost,
                model.column_lower,
                model.column_upper,
                model.row_lower,
                model.row_upper,
                model.row_start.astype(np.int32),
                model.column_index,
                model.coefficient,
                model.integer.astype(np.int32),
            ),
            "passModel",
        )

    def _watch(self) -> None:
        def interrupt(event: Any) -> None:
            if self.cancel.is_set():
                event.interrupt()

        def figures(event: Any) -> None:
            out = event.data_out
            self.bound = float(out.mip_dual_bound) if np.isfinite(out.mip_dual_bound) else self.bound
            self.nodes = int(out.mip_node_count)
            interrupt(event)

        def improved(event: Any) -> None:
            values = np.array(event.data_out.mip_solution)
            if values.size == self.model.column_count:
                self.incumbent = values
                self.incumbent_cost = self.model.objective(values)

        if self.model.is_mip:
            self.highs.cbMipInterrupt.subscribe(figures)
            self.highs.cbMipImprovingSolution.subscribe(improved)
        else:
            self.highs.cbSimplexInterrupt.subscribe(interrupt)
            self.highs.cbIpmInterrupt.subscribe(interrupt)

    def _require(self, status: Any, what: str) -> None:
        if status.name == "kError":
            raise PlannerError(f"HiGHS refused {what}")


_STATUS = {
    "kOptimal": (Status.OPTIMAL, Ended.FINISHED),
    "kInfeasible": (Status.INFEASIBLE, Ended.FINISHED),
    "kUnbounded": (Status.UNBOUNDED, Ended.FINISHED),
    "kUnboundedOrInfeasible": (Status.UNBOUNDED, Ended.FINISHED),
    "kTimeLimit": (Status.NO_SOLUTION, Ended.TIME),
    "kInterrupt": (Status.NO_SOLUTION, Ended.STOPPED),
    "kHighsInterrupt": (Status.NO_SOLUTION, Ended.STOPPED),
    "kSolutionLimit": (Status.NO_SOLUTION, Ended.NODES),
    "kIterationLimit": (Status.NO_SOLUTION, Ended.NODES),
}
