"""Solves a program by prices: bounds from blocks, plans from patterns, until they meet or the time is over."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from planner.backends.crew import Crew
from planner.backends.interface import solve
from planner.formulation.build import Built
from planner.formulation.decompose.day_plan import first_plan
from planner.formulation.decompose.completion import evened, keep_if_better
from planner.formulation.decompose.interrupts import heard
from planner.formulation.decompose.nearby import nearby
from planner.formulation.decompose.on_offer import on_offer, usually_offered
from planner.formulation.decompose.oracle import Oracle
from planner.formulation.decompose.pattern import Pattern
from planner.formulation.decompose.period_plans import better_by_periods, limits_link_periods, plan_by_periods
from planner.formulation.decompose.period_pricing import PeriodPricing
from planner.formulation.decompose.pricing import FINE, Pricing, begin, out_of_time, sharpen, try_prices
from planner.formulation.decompose.restricted import restricted
from planner.formulation.decompose.split import split
from planner.formulation.decompose.strengthen import strengthened
from planner.formulation.monolith import Found, solve_whole
from planner.formulation.placements import Row
from planner.formulation.tighten import tightened
from planner.milp.status import Ended

# Rounds of pricing before a first and before every other plan is made, and how often both are repeated.
EARLY, ROUNDS = 8, 12
# A block's search ends after so many seconds, with the bound that its tree then has.
SEARCH_S = 10.0
REPEATS = 4
# Patterns per block offered where the usual ones admit no plan, and nodes of the program that makes one.
MORE_OFFERED, NODES = 60, 400
# With more blocks than this prices come before a first plan by periods, and fewer patterns are offered.
MANY, FEW_OFFERED = 2_000, 4
# Then few rounds of pricing come before the plan, and most of the time is left for it.
EARLY_MANY, LEFT_MANY = 3, 0.7
# More blocks than this are not chosen from together: one search of all periods takes longer than all else.
MOST_TOGETHER = 600
# Patterns of one group alone per block to begin with: in all so many.
ALONE = 3_000
# Class values tried per block when prices are to be settled, and the share of the time left for searching blocks.
SHARPENINGS, SETTLE = 4, 0.35
# Share of the time left that one making of a plan may take, and what the first one leaves to all else.
SHARE, LEFT = 0.35, 0.55


@dataclass
class Best:
    """The best plan so far; ``timed`` says whether a clock had a say in it, ``completion_s`` how long the last took to complete.

    placements   rows that choices broke because services count on the same instances
    start        while there is no plan, a choice that breaks limits over several periods alone, to be mended
    """

    values: np.ndarray | None = None
    objective: float = np.inf
    version: str = ""
    timed: bool = False
    completion_s: float = 0.0
    placements: frozenset[Row] = frozenset()
    start: np.ndarray | None = None


def solve_by_prices(built: Built, run) -> Found:
    """A plan with a proven gap, from prices on what services and periods share.

    Ctrl-C, ``run.stop`` and the time limit end it with the best plan so far and a bound that holds. Where patterns
    admit no plan at all, the program is solved whole, which also decides whether it has a plan.
    """
    with Crew() as crew:
        return _solved(built, run, crew)


def _solved(built: Built, run, crew: Crew) -> Found:
    best = Best()
    state: Pricing | None = None
    interrupted, notes = False, []
    try:
        state = begun(built, run)
        if state is None:
            return solve_whole(built, run)
        blocks = sum(int((b.rate > 0).sum()) for b in state.oracle.services)
        linked = limits_link_periods(built)
        if blocks <= MANY and not linked:
            _plan(built, state, best, run, crew)
        if best.values is None and (blocks <= MANY or linked):
            _whole_days(built, state, best, run)
        _improve(built, state, best, run, notes, crew)
    except KeyboardInterrupt:
        interrupted = True
    if best.values is None and not interrupted and not out_of_time(run):
        try:
            return below(solve_whole(built, run), state.bound)
        except KeyboardInterrupt:
            interrupted = True
    return found(built, state, best, run, interrupted, notes)


def begun(built: Built, run) -> Pricing | None:
    """Pricing with a pattern for every block; None where there is no block, or one has none."""
    run.tell("first patterns")
    tight, opened = strengthened(tightened(built))
    oracle = Oracle(tight, split(tight), opened)
    blocks = sum(int((b.rate > 0).sum()) for b in oracle.services)
    if not blocks:
        return None
    state = begin(oracle, max(4, ALONE // blocks))
    try_prices(state, state.flat, FINE)
    return state if _fill(state) else None


def _whole_days(built: Built, state: Pricing, best: Best, run) -> None:
    """A first plan of one pattern per service over all periods, with the cheapest of each period joined to one more."""
    cheapest = [listed[0][1] for listed in state.reduced().values()]
    few = len(state.oracle.split.columns) <= MANY
    first_plan(built, state.oracle.services, state.oracle.special, cheapest, best, run, leave_s=_share_left(run, LEFT), improve=few)
    if best.values is not None:
        state.incumbent = best.objective


def _improve(built: Built, state: Pricing, best: Best, run, notes: list[str], crew: Crew) -> None:
    gap = max(run.options.gap, 1e-9)
    # A first plan early: whoever interrupts then gets one.
    pricing = PeriodPricing(state)
    many = len(state.oracle.split.columns) > MANY
    pricing.find(run, rounds=EARLY_MANY if many else EARLY, target=0.1 * gap, leave_s=_share_left(run, LEFT_MANY if many else 0.4))
    _plan(built, state, best, run, crew)
    if best.values is None and not out_of_time(run):
        _whole_days(built, state, best, run)
    for _ in range(REPEATS):
        if enough(state, best, gap) or out_of_time(run):
            return
        pricing.find(run, rounds=ROUNDS, target=0.1 * gap, leave_s=_share_left(run, 0.4))
        if enough(state, best, gap):
            return
        won = not out_of_time(run) and _settle(state, best, run, gap, notes)
        _plan(built, state, best, run, crew)
        if not won or best.values is None:
            return


def _share_left(run, share: float) -> float:
    """Seconds that are a share of those left."""
    left = run.left()
    return 0.0 if left is None else share * left


def enough(state: Pricing, best: Best, gap: float) -> bool:
    return best.values is not None and best.objective - state.bound <= gap * abs(best.objective)


def below(whole: Found, bound: float) -> Found:
    """What one search found, with a bound known before where that is the better one; never above the plan's cost."""
    if whole.infeasible or not np.isfinite(bound) or (whole.bound is not None and whole.bound >= bound):
        return whole
    return replace(whole, bound=bound if whole.objective is None else min(bound, whole.objective))


def _fill(state: Pricing) -> bool:
    """A first pattern by search for every block without one; False when a block has none at all."""
    oracle = state.oracle
    have = {pattern.block for pattern in state.patterns.values()}
    priced = oracle.split.priced(state.flat)
    for number, blocks in enumerate(oracle.services):
        for t in np.flatnonzero(blocks.rate > 0):
            if number * oracle.periods + int(t) in have:
                continue
            bound, pattern = oracle.search(number, int(t), priced, gap=1e-3)
            if pattern is None:
                return False
            state.add([pattern])
    return True


def _plan(built: Built, state: Pricing, best: Best, run, crew: Crew) -> None:
    """A plan from patterns: over several periods each by itself, which limits over all of them may rule out."""
    if len(state.oracle.split.columns) <= MOST_TOGETHER:
        state.add(nearby(state, usually_offered(state, run), run))
    if state.oracle.periods > 1:
        before = best.objective
        many = len(state.oracle.split.columns) > MANY
        offered = on_offer(state, FEW_OFFERED if many else usually_offered(state, run))
        # Where limits link periods a plan made of single ones rarely keeps them: in a large program that time is better spent.
        if not (many and best.values is not None and limits_link_periods(built)):
            plan_by_periods(built, state, offered, best, run, crew)
        if best.objective >= before:
            better_by_periods(built, state, offered, best, run, crew)
        run.tell("planning", **state.figures())
        if best.objective < before or len(state.oracle.split.columns) > MOST_TOGETHER:
            return
    plan_from_patterns(built, state, best, run)


def plan_from_patterns(built: Built, state: Pricing, best: Best, run) -> None:
    """Chooses one pattern per block with all that is shared, whole numbers kept."""
    if not state.patterns:
        return
    answer = program = None
    usual = usually_offered(state, run)
    for offered in (usual, max(usual, MORE_OFFERED)):
        program = restricted(state.oracle.split, on_offer(state, offered))
        left = run.left()
        answer = solve(
            program.model,
            backend="highs",
            gap=0.3 * max(run.options.gap, 1e-9),
            time_limit_s=None if left is None else max(1.0, SHARE * left),
            seed=run.options.seed,
            stop=run.stop,
            node_limit=NODES,
            on_progress=lambda p: run.tell("planning", **{**state.figures(), "incumbent": _better(best, p.incumbent)}),
        )
        best.version, best.timed = answer.version, best.timed or not answer.deterministic
        if answer.values is not None or best.values is not None or answer.ended is Ended.INTERRUPTED:
            break
    if answer.values is None:
        heard(answer)
        return
    keep_if_better(built, program.values(answer.values)[: built.model.column_count], best, run)
    if best.values is not None:
        state.incumbent = best.objective
        run.tell("planning", **state.figures())
    heard(answer)


def _better(best: Best, incumbent: float | None) -> float | None:
    """The cost of the best plan, once there is one: an unfinished choice is not yet a plan."""
    return best.objective if best.values is not None else incumbent


def _settle(state: Pricing, best: Best, run, gap: float, notes: list[str]) -> bool:
    """Searches blocks whose bound lies under their cheapest pattern, the widest first; whether anything was won."""
    before = state.bound
    if run.left() is not None and run.left() < SHARPENINGS * state.round_s:
        return False
    sharpen(state, SHARPENINGS)
    run.tell("settling", **state.figures())
    oracle, listed = state.oracle, state.reduced()
    priced = oracle.split.priced(state.prices)
    until = None if run.left() is None else run.left() * (1.0 - SETTLE)
    widths = []
    for block, patterns in listed.items():
        number, t = divmod(block, oracle.periods)
        widths.append((patterns[0][0] - float(state.blocks[number, t]), number, t))
    widths.sort(key=lambda w: (-w[0], w[1], w[2]))
    missing = best.objective - state.bound
    worth = max(0.02 * gap * abs(state.bound) / max(1, len(widths)), 1e-9 * abs(state.bound))
    failed = 0
    for width, number, t in widths:
        if width <= worth or out_of_time(run) or (until is not None and run.left() < until):
            break
        bound, pattern = oracle.search(number, t, priced, gap=1e-4, time_limit_s=SEARCH_S)
        if not np.isfinite(bound):
            failed += 1
            continue
        if pattern is not None:
            state.add([pattern])
        more = max(0.0, bound - float(state.blocks[number, t]))
        state.blocks[number, t] += more
        state.bound += more * (1.0 - 1e-9)
        run.tell("settling", **state.figures(), note=oracle.built.sets.services[number].name)
    if failed:
        notes.append(f"{failed} blocks hit a limit")
    return state.bound - before > 0.01 * missing


def found(built: Built, state: Pricing | None, best: Best, run, interrupted: bool, notes: list[str]) -> Found:
    bound = None if state is None or not np.isfinite(state.bound) else state.bound
    values = best.values
    if values is not None:
        values = evened(built, values)
        bound = None if bound is None else min(bound, built.model.objective(values))
    # With a time limit the rounds of pricing are cut by the clock too.
    ended = interrupted or run.options.time_limit_s is not None or out_of_time(run)
    return Found(
        values=values,
        objective=None if values is None else built.model.objective(values),
        bound=bound,
        method="decomposition",
        backend="highs",
        version=best.version,
        deterministic=not (ended or best.timed or notes),
        interrupted=interrupted,
        message="; ".join(notes),
    )
