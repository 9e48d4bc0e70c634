"""Solves, simulates, tightens what missed and solves again: the cheapest plan found that holds, scored once on requests never met."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from planner.plan.cost import TOTAL
from planner.plan.schema import Plan
from planner.plan.simulation import SimulatedLimit, Simulation
from planner.problem.load import LoadedProblem
from planner.problem.schema import Problem
from planner.replay.case import Case
from planner.replay.cell import Cell
from planner.replay.evidence import found_tables, missing
from planner.replay.held_back import SCORED
from planner.replay.search import BOLDEST, DRIFT, SAME, Asked, Search, Tried, begun, worst
from planner.replay.tables import Tables, has_table, key_of, lowered, shown, uniform_tables
from planner.solve import Infeasible, Outcome, Progress, Solved, Unknown
from planner.verify.certify import certify

if TYPE_CHECKING:
    from planner.catalog.catalog import Catalog

#: Rounds with tables found by simulation, and rounds that begin with every share as bold as can be.
EVIDENCE_ROUNDS, BOLD_ROUNDS = 8, 48
Steps = tuple[tuple[float, float], ...]
#: A share that missed becomes this much of the utilisation at which it did: less the more requests were late against
#: those that may be, and less again in every further dozen rounds.
STEPS = ((2.0, 0.98), (4.0, 0.95), (math.inf, 0.9))
DOZEN, HASTE = 12, 0.97
#: Where that way ends without a plan of its own, once more with finer cuts, which take less along.
FINE = ((math.inf, 0.98),)


def solve_simulated(
    loaded: LoadedProblem,
    catalog: Catalog,
    asked: Asked = Asked(),
    *,
    on_progress: Callable[[Progress], None] | None = None,
    stop: Callable[[], bool] | None = None,
) -> Outcome:
    """The cheapest plan found whose limits hold; ``plan.simulated`` says whether they also do on requests that no plan was picked on.

    Three ways lead down to it: the queueing rule and then tables of shares found by simulation, tightened where they
    miss; every share as bold as can be, tightened where it misses until a plan holds; and one share for all
    configurations, by the hundredth. The last is left where it costs more than a plan that holds, so that no single
    share gives a cheaper one. Where no plan holds, the one that misses in the fewest places comes back with what it missed.
    """
    return searched(begun(loaded, catalog, asked, on_progress, stop))


def searched(search: Search) -> Outcome:
    """As ``solve_simulated``, with a search that can be asked more afterwards."""
    outcome = search.solved({})
    if not isinstance(outcome, Solved):
        return outcome
    search.tried(outcome.plan, {}, "queueing rule")
    by_evidence(search, outcome.plan)
    if not _boldly(search, STEPS):
        _boldly(search, FINE)
    one_share(search)
    found = _as_carried(search, search.best) if search.best is not None else search.nearest
    search.rounds.append(search.rounds.pop(found.at))
    return Solved(_with_simulation(search, found, search.scored(found.plan)))


def one_share(search: Search) -> tuple[float, Tried] | None:
    """(share, plan) of the boldest single share whose plan holds, where it costs less than the best so far; None otherwise.

    Shares that the plan of a higher one keeps too are passed over: it answers them at the same cost.
    """
    while search.hundredth > 0:
        share = search.hundredth / 100
        tables = uniform_tables(search.configurations, share)
        outcome = search.solved(tables)
        if isinstance(outcome, Unknown):
            return None
        if isinstance(outcome, Solved):
            if search.beaten(outcome.plan):
                return None
            found = search.tried(outcome.plan, tables, "one share", until_late=True)
            if found.done:
                return share, found
            search.hundredth = min(search.hundredth, math.ceil(100 * _peak(outcome.plan) - 1e-6))
        search.hundredth -= 1
    return None


def _peak(plan: Plan) -> float:
    """The highest share of saturation that is used where a table could set it."""
    return max((used or 0.0 for s in plan.services for d in s.deployments if has_table(key_of(d)) for used in d.utilisation), default=0.0)


def by_evidence(search: Search, plan: Plan) -> None:
    """Tables of what plans use, found on what is planned with, and tightened where they miss."""
    tables: Tables = {}
    for number in range(EVIDENCE_ROUNDS):
        case = Case(plan, search.problem, search.catalog)
        wanted = missing(case, tables)
        if wanted and not search.late():
            tables = tables | found_tables(case, wanted, search.parts.planning, search.asked.cache, lambda note: _tell(search, plan, note))
        elif number:
            found = search.tried(plan, tables, "evidence")
            tighter = tightened(search, found, tables, number, STEPS)
            if found.done or tighter is tables:
                return
            tables = tighter
        outcome = search.solved(tables)
        if not isinstance(outcome, Solved) or (search.beaten(outcome.plan) and not missing(search.case(outcome.plan), tables)):
            return
        plan = outcome.plan


def _boldly(search: Search, steps: Steps) -> bool:
    """From every share as bold as can be, only what missed made tighter: the first plan that holds is the cheapest of its kind.

    Whether it came to one; not where all that is left costs as much as a plan that is known.
    """
    tables = uniform_tables(search.configurations, BOLDEST, "not refuted by simulation")
    for number in range(BOLD_ROUNDS):
        outcome = search.solved(tables)
        if not isinstance(outcome, Solved) or search.beaten(outcome.plan):
            return False
        found = search.tried(outcome.plan, tables, "bold")
        tighter = tightened(search, found, tables, number, steps)
        if found.done or tighter is tables:
            return found.done
        tables = tighter
    return False


def tightened(search: Search, found: Tried, tables: Tables, number: int, steps: Steps) -> Tables:
    """``tables`` with the shares of what was late below where they were; the same where none of it has a table."""
    tighter, said = dict(tables), []
    for cell in found.cells:
        for load in cell.late:
            at = (cell.service, load.configuration)
            if at not in tighter or load.utilisation <= 1e-3:
                continue
            # Where more comes than is planned for, a share at which it is more than the replicas can do misses too.
            share = min(load.utilisation * _step(cell, steps) * HASTE ** (number // DOZEN), 1.0 / cell.pace)
            table = lowered(tighter[at], load.replicas, share)
            if table.levels != tighter[at].levels:
                tighter[at] = table
                variant, accelerator, *_, batch = load.configuration
                said.append(f"{cell.service}: up to {load.replicas} of {variant} {accelerator} batch {batch} to {share:.3f}")
    if not said:
        return tables
    search.rounds[-1] = search.rounds[-1].model_copy(update={"shares": tuple(dict.fromkeys(said))})
    return tighter


def _step(cell: Cell, steps: Steps) -> float:
    """By how much to lower, from the requests that were late against those that may be."""
    late = max(
        ((1.0 - (one.attainment or 0.0)) / max(1.0 - one.limit.percentile / 100.0, 1e-6) for one in cell.limits if one.confident is False),
        default=0.0,
    )
    return next(step for most, step in steps if late <= most)


def _as_carried(search: Search, best: Tried) -> Tried:
    """The same plan from shares that it was seen to carry and no more, so that it promises no room that nobody looked at."""
    tables = dict(best.tables)
    for at in sorted(tables):
        loads = [load for cell in best.cells if cell.service == at[0] for load in cell.loads if load.configuration == at[1]]
        if any(load.replicas for load in loads) and tables[at].source != "simulated":
            tables[at] = shown(tables[at], loads)
    if tables == best.tables:
        return best
    outcome = search.solved(tables)
    if not isinstance(outcome, Solved) or outcome.plan.cost[TOTAL] > best.usd * (1.0 + SAME):
        return best
    found = search.tried(outcome.plan, tables, "as carried")
    return found if (found.done, found.holds) == (best.done, best.holds) else best


def _tell(search: Search, plan: Plan, note: str) -> None:
    if search.tell is not None:
        search.tell(Progress("simulating", incumbent=plan.cost[TOTAL], bound=plan.bound_usd_per_month, note=note))


def _with_simulation(search: Search, found: Tried, scored: Sequence[Cell]) -> Plan:
    """The plan with its score, checked once more."""
    plan = found.plan
    limits = tuple(
        SimulatedLimit(
            service=cell.service, metric=f"{one.limit.metric}_ms", percentile=one.limit.percentile, limit_ms=one.limit.limit_ms,
            measured_ms=one.measured_ms, attainment=one.attainment, lower_bound=one.lower_bound, requests=one.requests,
            period=plan.periods[cell.period].name if len(plan.periods) > 1 else None, lost=cell.lost,
        )
        for cell, one in worst(scored)
    )  # fmt: skip
    simulation = Simulation(
        requests=_scored_on(search, plan), picked_on=_picked_on(search), held_where_picked=found.done, limits=limits, rounds=tuple(search.rounds),
    )  # fmt: skip
    holds = found.done and all(cell.holds for cell in scored)
    made = plan.model_copy(update={"simulated": holds, "simulation": simulation, "certificate": None, "checked": False})
    certificate = certify(made, Problem.model_validate(plan.inputs.problem, strict=False), search.catalog)
    return made.model_copy(update={"certificate": certificate, "checked": certificate.passed})


def _scored_on(search: Search, plan: Plan) -> str:
    """Where the requests of the score come from, in words."""
    held, uncut = sorted(search.parts.scoring), search.parts.uncut
    drawn = [s.name for s in plan.services if s.name not in held and s.name not in uncut]
    stated = [name for name in held if not search.scores.stretches[name][0].held.own_rate]
    words = [f"the untouched last {100 * SCORED * search.asked.hold_back:g} % of the trace of {', '.join(held)}"] if held else []
    words += [f"as often as stated for {', '.join(stated)}"] if stated else []
    words += [f"arrivals drawn anew as stated for {', '.join(drawn)}"] if drawn else []
    words += [f"nothing for {', '.join(uncut)}, whose trace is too short to be cut in three"] if uncut else []
    return "; ".join(words)


def _picked_on(search: Search) -> str:
    """What plans were picked on, in words."""
    held, share = search.parts.scoring, search.asked.hold_back
    words = [f"the first {100 * (1.0 - share):g} % of traces, the next {100 * (1.0 - SCORED) * share:g} % apart from it"] if held else []
    return "; ".join([*words, *_going_on(search), "arrivals drawn as stated"])


def _going_on(search: Search) -> list[str]:
    """What drifts in traces, and how far it was carried on."""
    words = []
    for name, stretches in sorted(search.trials.stretches.items()):
        coming = next((one.held for one in stretches if one.name == DRIFT), None)
        if coming is not None:
            parts = (search.parts.planning[name], search.parts.picking[name], coming.trace)
            rates = " → ".join(f"{one.requests / max(one.span_seconds, 1e-6):.3g}" for one in parts)
            tokens = " → ".join(f"{one.input_tokens.mean():,.0f} and {one.output_tokens.mean():,.0f}" for one in parts)
            often = f"{rates} requests/s of " if coming.own_rate else f"{coming.faster:.3g} times the stated rate, requests of "
            words.append(f"what drifts in the trace of {name} going on to its end ({often}{tokens} tokens)")
    return words


__all__ = ["Asked", "Infeasible", "Solved", "Unknown", "solve_simulated"]
