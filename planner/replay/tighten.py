"""Solves, simulates on time that was held back, tightens what missed and solves again, until the plan holds or nothing more helps."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from planner.plan.cost import TOTAL
from planner.plan.schema import Plan
from planner.plan.simulation import Round, SimulatedLimit, Simulation
from planner.problem.confidence import with_confidence
from planner.problem.load import LoadedProblem
from planner.problem.schema import Problem
from planner.problem.safe_share import SafeShare
from planner.problem.service import Service
from planner.replay.case import Case
from planner.replay.fleets import limits_of, replicated
from planner.replay.held_back import Split, split
from planner.replay.run import Setting, Simulated, simulate_plan
from planner.replay.shares import share_table
from planner.replay.sources import source_of
from planner.replay.uniform import Tables, key_of, uniform_tables, with_tables
from planner.solve import Infeasible, Options, Outcome, Progress, Solved, Unknown, judged, solve
from planner.verify.certify import certify

if TYPE_CHECKING:
    from planner.candidates.candidate import Candidate
    from planner.catalog.catalog import Catalog

#: Rounds of finding shares for what a plan newly uses, and of tightening what missed.
FIND_ROUNDS, TIGHTEN_ROUNDS = 8, 8
#: Rounds in which every configuration without a table is taken for as good as any can be, so that none is passed over.
HOPE_ROUNDS, HOPE = 12, 0.95
#: Shares that are tried for all configurations alike.
ONE_SHARE = (0.9, 0.8, 0.7, 0.6, 0.5)
#: Configurations of a service looked into besides those that plans use: the cheapest for their work.
SHORTLIST = 4
#: A share that missed becomes this much of the utilisation at which it did.
STEP = 0.92
#: Largest fleet of one configuration for which shares are found, against what its work alone needs.
ROOM = 2.5


@dataclass(frozen=True)
class Asked:
    """How to solve and simulate.

    hold_back   share of each trace's time that is not planned with
    seeds       runs that are pooled on held-back requests
    confidence  as ``planner solve --confidence``; None: as the problem states
    cache       folder of tables found before; None: nothing is kept
    """

    options: Options = Options()
    hold_back: float = 0.4
    seeds: int = 3
    confidence: float | None = None
    cache: Path | None = None


@dataclass
class _Work:
    """One run: the problem, its parts, and the tables found so far."""

    asked: Asked
    catalog: Catalog
    parts: Split
    problem: Problem
    tell: Callable[[Progress], None] | None
    stop: Callable[[], bool] | None
    tables: Tables = field(default_factory=dict)
    rounds: list[Round] = field(default_factory=list)
    began: float = field(default_factory=time.monotonic)
    holding: list[tuple[int, Plan, dict[str, Simulated]]] = field(default_factory=list)

    def late(self) -> bool:
        """Whether the time asked for is over; what was found by then counts."""
        limit = self.asked.options.time_limit_s
        return (limit is not None and time.monotonic() - self.began > limit) or (self.stop is not None and self.stop())

    def stated(self, hoped: Tables | None = None) -> Problem:
        """The problem with every table found, and with what is ``hoped`` of the configurations that have none."""
        return with_tables(self.problem, (hoped or {}) | self.tables)


def solve_simulated(
    loaded: LoadedProblem,
    catalog: Catalog,
    asked: Asked = Asked(),
    *,
    on_progress: Callable[[Progress], None] | None = None,
    stop: Callable[[], bool] | None = None,
) -> Outcome:
    """The cheapest plan found whose limits hold on held-back requests; ``plan.simulated`` says whether they do.

    Where no round's plan holds with confidence, the last one comes back with what it missed. Of plans that hold, the
    cheapest one counts, also the first, which rests on the queueing rule alone.
    """
    parts = split(loaded, asked.hold_back)
    problem = parts.problem if asked.confidence is None else with_confidence(parts.problem, asked.confidence)
    work = _Work(asked, catalog, parts, problem, on_progress, stop)
    outcome = _solve(work)
    if not isinstance(outcome, Solved):
        return outcome
    found = _simulate(work, outcome.plan)
    plan = outcome.plan
    for service in problem.services:
        _find(work, plan, service, _shortlist(work, service))
    hoped = uniform_tables(problem, catalog, HOPE)
    for _ in range(HOPE_ROUNDS):
        outcome = Unknown("stopped", "") if work.late() else _solve(work, hoped)
        if not isinstance(outcome, Solved) or not any(_find(work, outcome.plan, s, _used(outcome.plan, s)) for s in problem.services):
            break
    for _ in range(FIND_ROUNDS + TIGHTEN_ROUNDS):
        if work.late():
            break
        outcome = _solve(work)
        if not isinstance(outcome, Solved):
            break
        plan = outcome.plan
        if any(_find(work, plan, service, _used(plan, service)) for service in problem.services):
            continue
        found = _simulate(work, plan)
        if _holds(found) or not _tighten(work, plan, found):
            break
    _try_one_share(work)
    if work.holding:
        # Among equals the latest: the one that rests on most evidence.
        at, plan, found = min(reversed(work.holding), key=lambda one: one[1].cost[TOTAL])
        work.rounds.append(work.rounds.pop(at))
    return Solved(_with_simulation(work, plan, found))


def _solve(work: _Work, hoped: Tables | None = None) -> Outcome:
    return solve(work.stated(hoped), work.catalog, _options(work), on_progress=work.tell, stop=work.stop)


def _try_one_share(work: _Work) -> None:
    """Plans with one share of saturation everywhere, the boldest first: a plan that holds by luck of its routing counts too."""
    for share in ONE_SHARE:
        best = min((plan.cost[TOTAL] for _, plan, _ in work.holding), default=math.inf)
        if work.late():
            return
        problem = with_tables(work.problem, uniform_tables(work.problem, work.catalog, share))
        outcome = solve(problem, work.catalog, _options(work), on_progress=work.tell, stop=work.stop)
        if not isinstance(outcome, Solved) or outcome.plan.cost[TOTAL] >= best or _holds(_simulate(work, outcome.plan)):
            return


def _options(work: _Work) -> Options:
    """With the time that is left."""
    limit = work.asked.options.time_limit_s
    return replace(work.asked.options, time_limit_s=None if limit is None else max(0.1, limit - (time.monotonic() - work.began)))


def _simulate(work: _Work, plan: Plan) -> dict[str, Simulated]:
    """The plan on held-back requests, written down as a round."""
    if work.tell is not None:
        work.tell(Progress("simulating", incumbent=plan.cost[TOTAL], bound=plan.bound_usd_per_month))
    case = Case(plan, Problem.model_validate(plan.inputs.problem, strict=False), work.catalog)
    # Other seeds than the ones that shares were found with.
    found = simulate_plan(case, Setting(work.parts.held_back, seeds=work.asked.seeds, first_seed=1))
    work.rounds.append(Round(usd_per_month=plan.cost[TOTAL], first=not work.rounds, missed=tuple(_missed(found))))
    if _holds(found):
        work.holding.append((len(work.rounds) - 1, plan, found))
    return found


def _holds(found: Mapping[str, Simulated]) -> bool:
    return all(one.slo_met and one.confident for one in found.values())


def _missed(found: Mapping[str, Simulated]) -> list[str]:
    return [
        f"{name}: {one.limit.metric} p{one.limit.percentile:g} in time {100.0 * (one.attainment or 0.0):.2f} %, surely {100.0 * (one.lower_bound or 0.0):.2f} %"
        for name, service in found.items()
        for one in service.limits
        if not one.confident
    ]


def _used(plan: Plan, service: Service) -> list[tuple]:
    """Configurations of a service with replicas in any period."""
    planned = next(s for s in plan.services if s.name == service.name)
    ways = {(d.variant, d.accelerator, d.tp, d.pp, d.engine, d.max_num_seqs) for d in planned.deployments if any(d.replicas)}
    return sorted(ways)


def _shortlist(work: _Work, service: Service) -> list[tuple]:
    """Configurations that could be cheapest if they carried all of their saturation; plans use others only if these do not."""
    state = judged(work.problem, work.catalog, prune=True)
    prices = {pool.id: _usd_per_accelerator_hour(pool) for pool in state.pools}
    own = next(c for c in state.choices if c.service == service.name)
    rate = state.rates[service.name].max(axis=1)

    def least(candidate: Candidate) -> float:
        busy = sum(r * w for r, w, can in zip(rate, candidate.work_s, candidate.can_serve) if can)
        price = min(prices[pool] for pool in candidate.pools)
        return (max(1.0, math.ceil(busy)) * candidate.configuration.accelerators * price, candidate.configuration)

    # One that leaves a class to others is not comparable; plans that use it are seen to when they come.
    whole = [c for c in own.candidates if all(c.can_serve)]
    return [key_of(c.configuration) for c in sorted(whole, key=least)[:SHORTLIST]]


def _usd_per_accelerator_hour(pool) -> float:
    prices = [*(pool.on_demand or ())[:1], *(price for _, price in pool.reserved)]
    if pool.committed_usd_per_hour is not None:
        prices.append(pool.committed_usd_per_hour)
    return (min(prices) if prices else 0.0) / pool.accelerators


def _find(work: _Work, plan: Plan, service: Service, wanted: Sequence[tuple]) -> bool:
    """Finds the tables of configurations that have none yet; whether there were any."""
    case = Case(plan, work.problem, work.catalog)
    limits = tuple(limit for limit in limits_of(service))
    # Adapted models and prefix caches keep the rule: a table speaks of the service's own model alone.
    new = [key for key in wanted if (service.name, key) not in work.tables and not {"/", "+"} & set(key[0])] if limits else []
    for key in new:
        if work.tell is not None:
            work.tell(Progress("simulating", incumbent=plan.cost[TOTAL], bound=plan.bound_usd_per_month, note=" ".join(map(str, key[:2]))))
        replica = replicated(case, service, key)
        can = [math.isfinite(w) for w in replica.work_s]
        source = None if work.late() else source_of(service, work.parts.planning.get(service.name), can)
        if source is None:
            continue
        load = service.workload
        rate = max(load.rate_per_s) * load.scale * load.headroom
        busy = rate * sum(share * w for share, w in zip(source.shares, replica.work_s) if share > 0.0)
        levels = share_table(replica.times, replica.work_s, limits, source, math.ceil(ROOM * busy) + 2, work.asked.cache)
        _set(work, service.name, key, levels)
    return bool(new)


def _set(work: _Work, service: str, key: tuple, levels: Sequence[tuple[int, float]]) -> None:
    variant, accelerator, tp, pp, _, batch = key
    # The format has no table of nothing: a share of a millionth stands for a configuration that cannot hold its limits.
    levels = tuple(levels) if levels[-1][1] > 0.0 else (*levels[:-1], (levels[-1][0], 1e-6))
    work.tables[service, key] = SafeShare(
        variant=variant, accelerator=accelerator, tp=tp, pp=pp, max_num_seqs=batch, levels=levels, source="simulated"
    )


def _tighten(work: _Work, plan: Plan, found: Mapping[str, Simulated]) -> bool:
    """Lowers the shares of the configurations of services that missed below where they were; whether anything changed."""
    said = []
    for service in plan.services:
        if found[service.name].slo_met and found[service.name].confident:
            continue
        for one in service.deployments:
            key = (one.variant, one.accelerator, one.tp, one.pp, one.engine, one.max_num_seqs)
            table = work.tables.get((service.name, key))
            used = max((u for u in one.utilisation if u is not None), default=0.0)
            if table is None or used <= 1e-3:
                continue
            most = max(sum(d.replicas[t] for d in service.deployments) for t in range(len(plan.periods)))
            lower = tuple((n, min(share, STEP * used) if n <= most else share) for n, share in table.levels)
            if lower != table.levels:
                _set(work, service.name, key, lower)
                said.append(f"{service.name}: {one.variant} {one.accelerator} batch {one.max_num_seqs} to {STEP * used:.3f}")
    if said:
        work.rounds[-1] = work.rounds[-1].model_copy(update={"shares": tuple(said)})
    return bool(said)


def _with_simulation(work: _Work, plan: Plan, found: Mapping[str, Simulated]) -> Plan:
    """The plan with what came of it, checked once more."""
    limits = tuple(
        SimulatedLimit(
            service=name, metric=f"{one.limit.metric}_ms", percentile=one.limit.percentile, limit_ms=one.limit.limit_ms,
            measured_ms=one.measured_ms, attainment=one.attainment, lower_bound=one.lower_bound, requests=one.requests,
        )
        for name, service in found.items()
        for one in service.limits
    )  # fmt: skip
    held = sorted(work.parts.held_back)
    drawn = [s.name for s in plan.services if s.name not in work.parts.held_back]
    words = [f"the last {100 * work.asked.hold_back:g} % of the trace of {', '.join(held)}"] if held else []
    words += [f"arrivals drawn as stated for {', '.join(drawn)}, {work.asked.seeds} seeds"] if drawn else []
    simulation = Simulation(requests="; ".join(words), limits=limits, rounds=tuple(work.rounds))
    made = plan.model_copy(update={"simulated": _holds(found), "simulation": simulation, "certificate": None, "checked": False})
    problem = Problem.model_validate(plan.inputs.problem, strict=False)
    certificate = certify(made, problem, work.catalog)
    return made.model_copy(update={"certificate": certificate, "checked": certificate.passed})


__all__ = ["Asked", "Infeasible", "Solved", "Unknown", "solve_simulated"]
