"""The one way to solve a program: pick a backend, scale, run, check, and try another when an answer fails."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from importlib import import_module
from importlib.util import find_spec
from threading import Event
from typing import TypeVar

import numpy as np

from planner.backends.isolated import isolated_claim
from planner.backends.judge import cleaned, judge
from planner.backends.request import Backend, Claim, Request, never
from planner.errors import PlannerError, UsageError
from planner.milp import LinearModel, Progress, Scaling, Solution, Status, scaling
from planner.milp.status import Ended

T = TypeVar("T")

# Name -> (module, function, package it needs). All but highspy run in a process of their own.
BACKENDS = {
    "highs": ("planner.backends.highs", "claim", "highspy"),
    "scip": ("planner.backends.mathopt", "claim_scip", "ortools"),
    "mathopt-highs": ("planner.backends.mathopt", "claim_highs", "ortools"),
    "glop": ("planner.backends.mathopt", "claim_glop", "ortools"),
    "cp-sat": ("planner.backends.cp_sat", "claim_cp_sat", "ortools"),
    "cbc": ("planner.backends.pulp_cbc", "claim", "pulp"),
}
_AUTO = ("highs", "scip", "cbc")
_IN_PROCESS = ("highs",)


def available() -> list[str]:
    """The backends whose packages are installed, in order of preference; imports none of them."""
    return [name for name, (_, _, package) in BACKENDS.items() if _installed(package)]


@lru_cache(maxsize=None)
def _installed(package: str) -> bool:
    """Looked for once: a search through all folders takes as long as a small linear program."""
    return find_spec(package) is not None


def load_default() -> None:
    """Imports the first solver of "auto" beforehand, so that a clock around `solve` times solving alone."""
    if "highs" in available():
        import_module("highspy")


def solve(
    model: LinearModel,
    *,
    backend: str | Backend = "auto",
    gap: float = 1e-4,
    time_limit_s: float | None = None,
    threads: int = 1,
    start: np.ndarray | None = None,
    seed: int = 0,
    on_progress: Callable[[Progress], None] | None = None,
    stop: Callable[[], bool] | Event | None = None,
    node_limit: int | None = None,
    presolve: bool = True,
) -> Solution:
    """The checked answer of a solver to ``model``.

    backend       a name of `available`, "auto", or a callable (model, request) -> Claim
    gap           relative, (cost - bound) / |cost|; 0 asks for 1e-9
    time_limit_s  wall seconds for everything, None for no limit
    start         a vector to start from; ignored unless it is feasible
    stop          a callable or an Event; true ends the run with what there is
    on_progress   called from this thread, at most ten times a second

    Ctrl-C ends the run like ``stop`` does and is reported as ``ended=INTERRUPTED``, not raised. A solver that
    fails or gives a vector that breaks the program gets Status.ERROR; "auto" then asks the next solver.
    Raises PlannerError for a malformed program and UsageError for an unknown backend.
    """
    began = time.monotonic()
    model.validate()
    request = Request(
        gap=gap,
        time_limit_s=time_limit_s,
        threads=threads,
        start=None if start is None else cleaned(model, start),
        seed=seed,
        node_limit=node_limit,
        on_progress=None if on_progress is None else _guarded(on_progress),
        stop=never if stop is None else _guarded(stop.is_set if isinstance(stop, Event) else stop),
        presolve=presolve,
    )
    if model.column_count == 0:
        return judge(model, _without_columns(model), request, "none", time.monotonic() - began)
    scaled = scaling(model)
    answer = None
    try:
        for name, run in _chosen(backend):
            answer = _ask(model, scaled, request, name, run, began)
            if answer.status is not Status.ERROR:
                break
    except _CallerFailed as failed:
        assert failed.__cause__ is not None
        raise failed.__cause__ from None
    assert answer is not None
    return answer


class _CallerFailed(BaseException):
    """Carries an error of the caller's own function past the net that is spread for solvers."""


def _guarded(function: Callable[..., T]) -> Callable[..., T]:
    def call(*arguments: object) -> T:
        try:
            return function(*arguments)
        except Exception as error:
            raise _CallerFailed from error

    return call


def _chosen(backend: str | Backend) -> list[tuple[str, Backend]]:
    if callable(backend):
        return [(getattr(backend, "__name__", "custom"), backend)]
    if backend != "auto" and backend not in BACKENDS:
        raise UsageError(f"there is no backend {backend!r}", hint=f"one of auto, {', '.join(BACKENDS)}")
    usable = available()
    names = [name for name in _AUTO if name in usable] if backend == "auto" else [backend]
    if not names or names[0] not in usable:
        needed = "highspy, ortools or pulp" if backend == "auto" else BACKENDS[backend][2]
        raise PlannerError(f"no solver: {needed} is not installed", hint=f"pip install {needed.split(',')[0]}")
    return [(name, _load(name)) for name in names]


def _load(name: str) -> Backend:
    module, function, _ = BACKENDS[name]

    def run(model: LinearModel, request: Request) -> Claim:
        if name in _IN_PROCESS:
            return getattr(import_module(module), function)(model, request)
        return isolated_claim(module, function, model, request)

    return run


def _ask(
    model: LinearModel, scaled: Scaling | None, request: Request, name: str, run: Backend, began: float
) -> Solution:
    answer = _once(model, scaled, request, name, run, began)
    if answer.status is Status.UNBOUNDED:
        return _unbounded_or_infeasible(model, answer, request, name, run, began)
    if not _too_small_to_prove(answer, 1.0 if scaled is None else scaled.cost):
        return answer
    # The solver is done by its own absolute tolerance, which is coarse against so small a cost: once more in
    # units in which the cost is large.
    factor = 2.0 ** round(math.log2(_TELLING_COST / max(abs(answer.objective), 1e-12 * _TELLING_COST)))
    enlarged = _enlarged(model, scaled, factor)
    again = _once(model, enlarged, replace(request, start=answer.values), name, run, began)
    return again if again.gap is not None and (answer.gap is None or again.gap < answer.gap) else answer


def _unbounded_or_infeasible(
    model: LinearModel, answer: Solution, request: Request, name: str, run: Backend, began: float
) -> Solution:
    """Presolve often cannot tell the two apart; without an objective only one of them is left."""
    question = model.with_cost(np.zeros(model.column_count))
    plain = _once(question, scaling(question), replace(request, start=None), name, run, began)
    if plain.status is Status.INFEASIBLE:
        return plain
    if plain.values is None:
        return replace(plain, message=f"{name} could not tell unbounded from infeasible")
    return answer


# With a cost of 1e6 an absolute tolerance of 1e-7 is 1e-13 of it.
_TELLING_COST = 1e6


def _too_small_to_prove(answer: Solution, unit: float) -> bool:
    return (
        answer.status is Status.FEASIBLE
        and answer.ended is Ended.FINISHED
        and answer.objective is not None
        and answer.bound is not None
        and abs(answer.objective) * unit < 1e-2 * _TELLING_COST
        # What is missing is of the size of a tolerance, not a search left unfinished.
        and (answer.objective - answer.bound) * unit < 1e-5
    )


def _enlarged(model: LinearModel, scaled: Scaling | None, factor: float) -> Scaling:
    if scaled is None:
        scaled = Scaling(model, np.ones(model.row_count), np.ones(model.column_count), 1.0)
    bigger = scaled.model.with_cost(
        scaled.model.cost * (factor / scaled.cost), scaled.model.cost_offset * (factor / scaled.cost)
    )
    return replace(scaled, model=bigger, cost=factor)


def _once(
    model: LinearModel, scaled: Scaling | None, request: Request, name: str, run: Backend, began: float
) -> Solution:
    left = None if request.time_limit_s is None else max(0.0, request.time_limit_s - (time.monotonic() - began))
    asked = replace(request, time_limit_s=left)
    try:
        claim = run(model, asked) if scaled is None else _scaled_run(scaled, asked, run)
    except PlannerError:
        raise
    except Exception as error:  # noqa: BLE001 - a solver's failure is an outcome here, not a crash
        words = f"{name} failed: {type(error).__name__}: {error}"
        claim = Claim(Status.ERROR, "unknown", message=words, ended=Ended.FAILED)
    return judge(model, claim, request, name, time.monotonic() - began)


def _scaled_run(scaled: Scaling, request: Request, run: Backend) -> Claim:
    report = request.on_progress

    def translated(progress: Progress) -> None:
        assert report is not None
        report(
            replace(progress, incumbent=scaled.objective(progress.incumbent), bound=scaled.objective(progress.bound))
        )

    asked = replace(
        request,
        start=None if request.start is None else scaled.start(request.start),
        on_progress=None if report is None else translated,
    )
    claim = run(scaled.model, asked)
    return replace(
        claim,
        values=None if claim.values is None else scaled.values(claim.values),
        bound=scaled.objective(claim.bound),
        row_duals=scaled.row_duals(claim.row_duals),
        reduced_costs=scaled.reduced_costs(claim.reduced_costs),
    )


def _without_columns(model: LinearModel) -> Claim:
    holds = bool(((model.row_lower <= 0.0) & (model.row_upper >= 0.0)).all())
    if not holds:
        return Claim(Status.INFEASIBLE, "", message="a row without columns cannot hold")
    return Claim(Status.OPTIMAL, "", values=np.empty(0), bound=model.cost_offset)
