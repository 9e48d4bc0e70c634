"""From what runs today: the cheapest plan within so many changes, what to start, stop and keep, and what each change saves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from planner.analysis.bench import Bench, plan_of
from planner.analysis.difference import Interval, cost_interval
from planner.problem.existing import Existing, Migration, RunningToday
from planner.problem.normalise import changed
from planner.problem.purchase import HeldCommitment, Scope
from planner.solve import Outcome
from planner.units import HOURS_PER_MONTH
from planner.verify.case import Case
from planner.verify.remigrate import moves, standing

if TYPE_CHECKING:
    from planner.plan.schema import Plan
    from planner.problem.schema import Problem

#: Up to so many changes every number of them is solved; beyond, steps that widen.
EVERY = 8


@dataclass(frozen=True)
class Step:
    """The cheapest plan of at most ``allowed`` changes; None: without a limit. ``saved`` is against keeping all as it is."""

    allowed: int | None
    answer: Outcome
    changes: int | None
    saved: Interval | None


@dataclass(frozen=True)
class Moved:
    """What becomes of one deployment: ``start``, ``stop``, ``resize`` or ``keep``; replicas by period."""

    what: str
    deployment: str
    before: tuple[int, ...]
    after: tuple[int, ...]


@dataclass(frozen=True)
class Replan:
    """``steps`` from no change on; ``chosen`` is the last that was asked for. ``held`` are commitments that PLAN bought.

    payback_months  after which what moving costs once has been saved; None: nothing moves, or nothing to compare with
    """

    problem: Problem
    steps: tuple[Step, ...]
    chosen: Step
    moved: tuple[Moved, ...]
    held: tuple[str, ...]
    payback_months: float | None = None


def replan(bench: Bench, running: Plan, before: Problem, *, max_changes: int | None = None, recommit: bool = False) -> Replan:
    """``running`` is the plan of today, made for the problem ``before``; the bench's problem is what must hold now.

    A change is a deployment (a configuration of a service in a pool, firm or spot) that starts, stops or is resized. What a
    change costs is stated in the problem's ``existing.migration``; commitments that the plan of today bought are held and
    paid on, unless ``recommit``.
    """
    problem, held = from_today(bench, running, before, recommit=recommit)
    stated = problem.limits.max_changes
    most = min((n for n in (max_changes, stated) if n is not None), default=None)
    keep = bench.solved(_within(problem, 0))
    steps = [_step(bench, problem, None, None, keep)]
    free = steps[0].changes
    wanted = _numbers(most if free is None else free if most is None else min(most, free))
    limited = [_step(bench, problem, n, keep if n == 0 else None, keep) for n in wanted]
    enough = free is not None and (most is None or free <= most)
    chosen = steps[0] if enough else limited[-1]
    if enough and limited and limited[-1].allowed == free:
        limited.pop()
    plan = plan_of(chosen.answer)
    moved = () if plan is None else tuple(_moved(bench, problem, plan))
    return Replan(problem, (*limited, *steps), chosen, moved, held, _payback(problem, chosen))


def _payback(problem: Problem, chosen: Step) -> float | None:
    """Months: the one-off sum over what the plan saves a month beside it."""
    plan = plan_of(chosen.answer)
    once = 0.0 if plan is None else plan.cost.get("migration_usd_per_month", 0.0) * problem.horizon.months
    if chosen.saved is None or once <= 0.0:
        return None
    monthly = once / problem.horizon.months - chosen.saved.value
    return once / monthly if monthly > 0.0 else None


def from_today(bench: Bench, running: Plan, before: Problem, *, recommit: bool = False) -> tuple[Problem, tuple[str, ...]]:
    """The bench's problem with what ``running`` runs as what exists, and the commitments of it that are held."""
    problem = bench.loaded.problem
    names = [period.name for period in bench.stated(problem).times.periods]
    alike = names == [period.name for period in running.periods]
    rows = tuple(
        RunningToday(
            service=service.name, variant=d.variant, accelerator=d.accelerator, tp=d.tp, pp=d.pp, engine=d.engine, max_num_seqs=d.max_num_seqs,
            pool=d.pool, purchase=d.purchase, replicas=d.replicas if alike else (max(d.replicas),),
        )
        for service in running.services for d in service.deployments if any(d.replicas)
    )  # fmt: skip
    migration = problem.existing.migration if problem.existing is not None else Migration()
    problem = changed(problem, existing=Existing(deployments=rows, migration=migration))
    if recommit or not running.commitments:
        return problem, ()
    case = Case(running, before, bench.catalog)
    contracts = tuple(one for one in running.commitments if not case.options[one.name].bought)
    held = tuple(_held(one, case.options[one.name], before) for one in contracts)
    owned = {one.name.removeprefix("buy "): round(one.units) for one in running.commitments if case.options[one.name].bought}
    rows = tuple(_bought(row, owned.get(f"owned:{row.name}@{row.site}", 0)) for row in problem.owned)
    commitments = changed(problem.commitments, held=(*problem.commitments.held, *held))
    return changed(problem, commitments=commitments, owned=rows), tuple(one.name for one in running.commitments)


def _held(bought: Any, option: Any, before: Problem) -> HeldCommitment:
    """A commitment that a plan bought, as one that is held from now on and paid as it was signed."""
    offer = next((one for one in before.commitments.offers if one.name == bought.name), None)
    if offer is not None and option.measure != "instances":
        scope, discount = offer.scope, option.discount
    else:
        provider, _, rest = option.covers[0].partition(":")
        instance_type, _, place = rest.rpartition("@")
        scope, discount = Scope(provider=provider, region=f"{provider}:{place.partition('/')[0]}", instance_type=instance_type), 0.0
    usd = bought.units * (option.usd_per_unit_hour * HOURS_PER_MONTH + option.financing_usd_per_unit_month)
    return HeldCommitment(name=f"held: {bought.name}"[:200], scope=scope, measure=option.measure, amount=bought.units, discount=discount, usd_per_month=usd)


def _bought(row: Any, count: int) -> Any:
    """Hardware with what was bought of it among what is owned."""
    if not count or row.buy is None:
        return row
    left = row.buy.max_instances - count
    return changed(row, instances=row.instances + count, buy=changed(row.buy, max_instances=left) if left > 0 else None)


def _within(problem: Problem, allowed: int | None) -> Problem:
    return changed(problem, limits=changed(problem.limits, max_changes=allowed))


def _numbers(most: int | None) -> list[int]:
    """0, 1, 2, … up to ``most``, in widening steps where these are many."""
    if most is None:
        return [0]
    found, step = list(range(min(most, EVERY) + 1)), 2
    while found[-1] < most:
        found.append(min(most, found[-1] + step))
        step *= 2
    return found


def _step(bench: Bench, problem: Problem, allowed: int | None, answer: Outcome | None, keep: Outcome) -> Step:
    answer = answer or bench.solved(_within(problem, allowed))
    plan, kept = plan_of(answer), plan_of(keep)
    count = None if plan is None else len(moves(Case(plan, problem, bench.catalog)))
    return Step(allowed, answer, count, None if plan is None or kept is None else cost_interval(kept, plan))


def _moved(bench: Bench, problem: Problem, plan: Plan) -> Iterator[Moved]:
    different = moves(Case(plan, problem, bench.catalog))
    for move in different:
        what = "start" if not any(move.before) else "stop" if not any(move.after) else "resize"
        yield Moved(what, str(move.deployment), move.before, move.after)
    names = {move.deployment for move in different}
    for name, replicas in sorted(standing(Case(plan, problem, bench.catalog)).items()):
        if name not in names and any(replicas):
            yield Moved("keep", str(name), replicas, replicas)
