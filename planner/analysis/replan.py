"""From what runs today: the cheapest plan within so many changes, what to start, stop and keep, and what each change saves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
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
MIGRATION = "migration_usd_per_month"


@dataclass(frozen=True)
class Step:
    """The cheapest plan of at most ``allowed`` changes; None: without a limit. ``saved`` is against the fewest changes there can be."""

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
    """``steps`` from no change on; ``chosen`` is the last that was asked for, ``fewest`` the first that has a plan.

    held            commitments that the plan of today bought
    payback_months  after which what is paid once for moving has been saved; None: nothing is
    """

    problem: Problem
    steps: tuple[Step, ...]
    chosen: Step
    fewest: Step
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
    free = _step(bench, problem, None)
    count = free.changes
    wanted = _numbers(most if count is None else count if most is None else min(most, count))
    limited = [_step(bench, problem, n) for n in wanted]
    fewest = next((one for one in limited if plan_of(one.answer) is not None), free)
    limited, free = [_against(fewest, one) for one in limited], _against(fewest, free)
    if count is not None and (most is None or count <= most):
        # What is free to change as much as it likes changes no more than is allowed.
        chosen, limited = free, [one for one in limited if one.allowed != count]
    else:
        chosen = limited[-1]
    plan = plan_of(chosen.answer)
    moved = () if plan is None else tuple(_moved(bench, problem, plan))
    return Replan(problem, (*limited, free), chosen, fewest, moved, held, _payback(problem, fewest, chosen))


def _payback(problem: Problem, fewest: Step, chosen: Step) -> float | None:
    """Months: what is paid once more than with the fewest changes, over what is saved a month beside it."""
    if chosen.saved is None:
        return None
    months = problem.horizon.months
    spread = [plan_of(one.answer).cost.get(MIGRATION, 0.0) for one in (fewest, chosen)]
    more, monthly = (spread[1] - spread[0]) * months, spread[1] - spread[0] - chosen.saved.value
    return more / monthly if more > 0.0 and monthly > 0.0 else None


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


def _step(bench: Bench, problem: Problem, allowed: int | None) -> Step:
    answer = bench.solved(_within(problem, allowed))
    plan = plan_of(answer)
    return Step(allowed, answer, None if plan is None else len(moves(Case(plan, problem, bench.catalog))), None)


def _against(fewest: Step, step: Step) -> Step:
    before, after = plan_of(fewest.answer), plan_of(step.answer)
    return step if before is None or after is None else replace(step, saved=cost_interval(before, after))


def _moved(bench: Bench, problem: Problem, plan: Plan) -> Iterator[Moved]:
    different = moves(Case(plan, problem, bench.catalog))
    for move in different:
        what = "start" if not any(move.before) else "stop" if not any(move.after) else "resize"
        yield Moved(what, str(move.deployment), move.before, move.after)
    names = {move.deployment for move in different}
    for name, replicas in sorted(standing(Case(plan, problem, bench.catalog)).items()):
        if name not in names and any(replicas):
            yield Moved("keep", str(name), replicas, replicas)
