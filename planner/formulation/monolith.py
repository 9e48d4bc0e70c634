"""Solves a program whole: cost first, ties by a stated rule, whole numbers rounded and the rest solved again."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from planner.backends.interface import solve
from planner.backends.polish import polish
from planner.backends.second_opinion import confirm_infeasible
from planner.formulation.balance import balanced
from planner.formulation.build import Built
from planner.formulation.covering import with_covering_rows
from planner.formulation.placements import with_placements
from planner.formulation.start import Start, good_start
from planner.formulation.ties import tie_broken
from planner.formulation.two_types import by_counts
from planner.milp.model import LinearModel
from planner.milp.status import Ended, Solution, Status

# Search nodes for which a program of whole slices is asked for gap 0.
EXACT_NODES = 10_000
# Above this many whole-number columns ties are left as the first stage found them, which is deterministic too.
TIE_BREAK_COLUMNS = 6000


@dataclass(frozen=True)
class Found:
    """What solving gave.

    values      a cleaned vector of the program, or None
    bound       valid lower bound on its cost, or None
    tie_broken  whether the choice among equal plans was proven
    program     the program with the rows that placements asked for, where any were broken
    """

    values: np.ndarray | None
    objective: float | None
    bound: float | None
    method: str
    backend: str
    version: str
    deterministic: bool
    tie_broken: bool = False
    infeasible: bool = False
    interrupted: bool = False
    confirmed_by: str | None = None
    nodes: int | None = None
    message: str = ""
    program: Built | None = None


def solve_whole(built: Built, run) -> Found:
    """The cheapest vector of the program, by one branch-and-bound search.

    Where services count on the same instances, rows are written and the search repeated until all can stand.
    """
    found, bound = _searched(built, run), None
    while found.values is not None and (held := with_placements(built, found.values)) is not None:
        # Rows only take plans away: a bound without them holds.
        before, built, bound = found.values, held, max((b for b in (bound, found.bound) if b is not None), default=None)
        found = replace(_searched(built, run), program=built)
        if found.values is None and not found.infeasible:
            # Out of time: the replicas found before may stand if more instances run.
            from planner.formulation.decompose.completion import completed

            values = completed(built, before, run)[1]
            if values is not None:
                found = replace(found, values=values, objective=built.model.objective(values), deterministic=False)
        if bound is not None and not found.infeasible and (found.bound is None or found.bound < bound):
            found = replace(found, bound=bound if found.objective is None else min(bound, found.objective))
    return found


def _searched(built: Built, run) -> Found:
    run.tell("solving")
    model, stage = _shortage_first(built, run)
    if stage is not None and stage.values is None and stage.status is not Status.INFEASIBLE:
        return replace(_found(stage, None, None), bound=None)
    ranked = stage is None or stage.status is Status.OPTIMAL
    # The rows that a fraction of a replica breaks are for the search alone: what it finds is held to the program's own.
    covered = with_covering_rows(replace(built, model=model)).model
    start = Start() if _sliced(built) else _start(built, covered, run)
    answer = _exact_first(built, covered, run) if _sliced(built) else _search_from(covered, start, run)
    if answer.status is Status.INFEASIBLE:
        return _infeasible(model, run, answer)
    if answer.values is None:
        return _found(answer, None, None)
    values, chosen = answer.values, False
    if _breaks_ties(built, run) and answer.status is Status.OPTIMAL:
        run.tell("choosing among equals", incumbent=answer.objective, bound=answer.bound)
        values, chosen = tie_broken(built, start.within(covered, answer.objective), answer, run)
    values = _clean(built, model, values)
    if values is None:
        return _found(answer, None, None, message="the solver's whole numbers admit no exact plan")
    found = _found(answer, values, built.model.objective(values), tie_broken=chosen)
    if ranked:
        return found
    message = "the ranking of unserved demand was stopped: another plan may serve more of an earlier priority"
    return replace(found, bound=None, deterministic=stage.deterministic, message=message)


def _sliced(built: Built) -> bool:
    return any(service.routing == "slices" for service in built.sets.services)


def _start(built: Built, model: LinearModel, run) -> Start:
    return good_start(built, model, run) if run.options.backend in ("auto", "highs") else Start()


def _search_from(model: LinearModel, start: Start, run) -> Solution:
    """The search among what costs no more than the start, which is all that can be better."""
    if start.values is None:
        return _search(model, run)
    return _search(start.within(model, model.objective(start.values)), run, start=start.values)


def _breaks_ties(built: Built, run) -> bool:
    """Not among whole slices: equal costs are rare there, and proving a choice takes as long as the search itself."""
    return run.options.tie_break and not _sliced(built) and built.model.integer.sum() <= TIE_BREAK_COLUMNS


def _exact_first(built: Built, model: LinearModel, run) -> Solution:
    """With whole slices the next better plan is a few cents away: gap 0 within some nodes, else the gap asked."""
    counted = by_counts(built, run)
    if counted is not None:
        return counted
    answer = _search(model, run, gap=0.0, node_limit=EXACT_NODES)
    if answer.ended is not Ended.NODES or (answer.gap is not None and answer.gap <= run.options.gap):
        return answer
    return _search(model, run, start=answer.values)


def _search(model: LinearModel, run, **more) -> Solution:
    return solve(
        model,
        backend=run.options.backend,
        time_limit_s=run.left(),
        threads=run.options.threads,
        seed=run.options.seed,
        stop=run.stop,
        on_progress=lambda p: run.tell("solving", incumbent=p.incumbent, bound=p.bound, gap=p.gap),
        **{"gap": run.options.gap, **more},
    )


def _clean(built: Built, model: LinearModel, values: np.ndarray) -> np.ndarray | None:
    """Whole numbers rounded, the continuous part solved again with them fixed, requests spread evenly."""
    exact = polish(model, values[: model.column_count])
    return None if exact is None else balanced(built, exact)


def _found(answer: Solution, values, objective, **more) -> Found:
    bound = answer.bound
    if bound is not None and objective is not None:
        # Rounding may leave the re-costed plan below the solver's bound by its tolerance: never claim more.
        bound = min(bound, objective)
    return Found(
        values=values,
        objective=objective,
        bound=bound,
        method="monolith",
        backend=answer.backend,
        version=answer.version,
        deterministic=answer.deterministic,
        interrupted=answer.ended is Ended.INTERRUPTED,
        nodes=answer.nodes,
        **{"message": answer.message, **more},
    )


def _infeasible(model: LinearModel, run, answer: Solution) -> Found:
    if not run.options.confirm:
        return _found(answer, None, None, infeasible=True, confirmed_by=f"{answer.backend} alone")
    run.tell("confirming that there is no plan")
    opinion = confirm_infeasible(model, first=answer.backend, time_limit_s=run.left(), seed=run.options.seed, stop=run.stop)
    if opinion.verdict == "refuted":
        # The second solver has a plan: the first was wrong, so the second one's family solves the program.
        again = solve(model, backend=opinion.backend, gap=run.options.gap, time_limit_s=run.left(), start=opinion.values, stop=run.stop)
        # A search that is ended before it has a plan of its own leaves the one that refuted the first.
        values = opinion.values if again.values is None else again.values
        return _found(again, values, model.objective(values), message=f"{answer.backend} found no plan, {opinion.backend} did")
    confirmed = f"{answer.backend} and {opinion.backend}" if opinion.verdict == "confirmed" else None
    return _found(answer, None, None, infeasible=True, confirmed_by=confirmed)


def _shortage_first(built: Built, run) -> tuple[LinearModel, Solution | None]:
    """With ``shortage: by_priority`` the unserved rate of each priority is made least, in order, and then held.

    Returns the program with what was reached held, and the first stage that was not proven, else the last one.
    """
    model = built.model
    if built.sets.problem.limits.shortage != "by_priority":
        return model, None
    stage = None
    for priority in sorted({s.priority for s in built.sets.services}):
        cost = np.zeros(model.column_count)
        for number, columns in built.var.unserved.items():
            if built.sets.services[number].priority == priority:
                cost[columns] = built.data.hours * built.var.unserved_unit[number]
        ranked = model.with_cost(cost)
        stage = solve(ranked, backend=run.options.backend, gap=0.0, time_limit_s=run.left(), stop=run.stop)
        if stage.values is None:
            return model, stage
        charged = np.flatnonzero(cost)
        # The row counts shares of the most that could be left unserved, so that a tiny demand is held as firmly.
        most = float(np.sum(cost[charged] * model.column_upper[charged])) or 1.0
        if stage.objective <= 0.0:
            # Nothing is left unserved: closed columns say so more safely than a row with a tiny right-hand side.
            upper = model.column_upper.copy()
            upper[charged] = 0.0
            model = model.with_bounds(column_upper=upper)
            continue
        model = model.with_rows(
            f"shortage_{priority}",
            np.array([0, charged.size]),
            charged,
            cost[charged] / most,
            np.array([-np.inf]),
            np.array([stage.objective / most + 1e-9]),
        )
        if stage.status is not Status.OPTIMAL:
            break
    return model, stage
