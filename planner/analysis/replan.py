"""From what runs today: the cheapest plan within so many changes, what to start, stop and keep, and what each change saves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import count
from typing import TYPE_CHECKING, Any

from planner.analysis.bench import Bench, plan_of
from planner.analysis.difference import SLACK, Interval, cost_interval
from planner.analysis.elsewhere import sent
from planner.errors import UsageError
from planner.plan.cost import TOTAL
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
#: What a commitment is called that the plan of an earlier day bought.
HELD = "held: "
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
    """What becomes of one deployment: ``start``, ``stop``, ``resize`` or ``keep``; replicas by period.

    Of what others answer, which is no change that counts, ``unit`` says that requests per second are meant.
    """

    what: str
    deployment: str
    before: tuple[float, ...]
    after: tuple[float, ...]
    unit: str = "replicas"


@dataclass(frozen=True)
class Replan:
    """``steps`` from no change on; ``chosen`` is the best that was asked for, ``fewest`` the first that has a plan.

    asked           the most changes there may be; None: any number
    held            commitments that the plan of today bought
    payback_months  after which what is paid once for moving has been saved; None: nothing is
    """

    asked: int | None
    problem: Problem
    steps: tuple[Step, ...]
    chosen: Step
    fewest: Step
    moved: tuple[Moved, ...]
    held: tuple[str, ...]
    payback_months: float | None = None


def replan(bench: Bench, running: Plan, before: Problem, catalog: Any, *, max_changes: int | None = None, recommit: bool = False) -> Replan:
    """``running`` is the plan of today, made for ``before`` with ``catalog``; the bench's problem is what must hold now.

    A change is a deployment (a configuration of a service in a pool, firm or spot) that starts, stops or is resized. What a
    change costs is stated in the problem's ``existing.migration``; commitments that the plan of today bought are held and
    paid on, unless ``recommit``.
    """
    _refuse_another(bench.loaded.problem, running)
    problem, held = from_today(bench, running, before, catalog, recommit=recommit)
    stated = problem.limits.max_changes
    most = min((n for n in (max_changes, stated) if n is not None), default=None)
    free = _step(bench, problem, None)
    changes = free.changes
    wanted = _numbers(most if changes is None else changes if most is None else min(most, changes))
    limited = [_step(bench, problem, n) for n in wanted]
    fewest = next((one for one in limited if plan_of(one.answer) is not None), free)
    limited, free = [_against(fewest, one) for one in limited], _against(fewest, free)
    within = changes is not None and (most is None or changes <= most)
    if within and limited[-1].allowed == changes:
        limited.pop()  # what may change as much as it likes changes no more than that
    chosen = _best((*limited, free) if within else limited)
    plan = plan_of(chosen.answer)
    moved = () if plan is None else (*_moved(bench, problem, plan), *_sent(running, plan))
    return Replan(most, problem, (*limited, free), chosen, fewest, moved, held, _payback(problem, fewest, chosen))


def _refuse_another(problem: Problem, running: Plan) -> None:
    """Services may come and go, but a plan of none of them runs something else. Raises UsageError."""
    there, here = ({one.name for one in side.services} for side in (running, problem))
    if not there & here:
        raise UsageError(
            f"the plan runs {', '.join(sorted(there))}, of which this problem has none: it is of another problem", where="--from",
            hint=f"a plan that runs some of {', '.join(sorted(here))}",
        )


def _best(steps: Sequence[Step]) -> Step:
    """The cheapest, of equals the one with the fewest changes; the last where none has a plan."""
    costs = [plan.cost[TOTAL] for one in steps if (plan := plan_of(one.answer)) is not None]
    least = min(costs, default=0.0)
    good = [one for one in steps if (plan := plan_of(one.answer)) is not None and plan.cost[TOTAL] <= least + SLACK * abs(least)]
    return min(good, key=lambda one: one.changes, default=steps[-1])


def _payback(problem: Problem, fewest: Step, chosen: Step) -> float | None:
    """Months: what is paid once more than with the fewest changes, over what is saved a month beside it."""
    if chosen.saved is None:
        return None
    months = problem.horizon.months
    spread = [plan_of(one.answer).cost.get(MIGRATION, 0.0) for one in (fewest, chosen)]
    more, monthly = (spread[1] - spread[0]) * months, spread[1] - spread[0] - chosen.saved.value
    return more / monthly if more > 0.0 and monthly > 0.0 else None


def from_today(bench: Bench, running: Plan, before: Problem, catalog: Any, *, recommit: bool = False) -> tuple[Problem, tuple[str, ...]]:
    """The bench's problem with what ``running`` runs as what exists, and the commitments of it that are held.

    Hardware that it bought is owned from now on; what was paid for it is sunk.
    """
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
    return (problem, ()) if recommit else with_commitments(problem, running, before, catalog)


def with_commitments(problem: Problem, running: Plan, before: Problem, catalog: Any) -> tuple[Problem, tuple[str, ...]]:
    """``problem`` with the commitments and the hardware that a plan bought for ``before`` as held and owned, and their names."""
    mine = {one.name for one in problem.commitments.held}
    earlier = tuple(one for one in before.commitments.held if one.name.startswith(HELD) and one.name not in mine)
    if not (running.commitments or earlier):
        return problem, ()
    case = Case(running, before, catalog)
    contracts = tuple(one for one in running.commitments if not case.options[one.name].bought)
    taken = mine | {one.name for one in earlier}
    held = tuple(_held(one, case.options[one.name], before, taken) for one in contracts)
    owned = {one.name.removeprefix("buy "): round(one.units) for one in running.commitments if case.options[one.name].bought}
    rows = tuple(_bought(row, owned.get(f"owned:{row.name}@{row.site}", 0)) for row in problem.owned)
    commitments = changed(problem.commitments, held=(*problem.commitments.held, *earlier, *held))
    names = (*(one.name.removeprefix(HELD) for one in earlier), *(one.name for one in contracts))
    return changed(problem, commitments=commitments, owned=rows), names


def _held(bought: Any, option: Any, before: Problem, taken: set[str]) -> HeldCommitment:
    """A commitment that a plan bought, as one that is held from now on and paid as it was signed; its name is none of ``taken``."""
    again = (f"{HELD}{bought.name}"[:190] + (f" ({n})" if n > 1 else "") for n in count(1))
    name = next(one for one in again if one not in taken)
    offer = next((one for one in before.commitments.offers if one.name == bought.name), None)
    if offer is not None and option.measure != "instances":
        scope, discount = offer.scope, option.discount
    else:
        provider, _, rest = option.covers[0].partition(":")
        instance_type, _, place = rest.rpartition("@")
        scope, discount = Scope(provider=provider, region=f"{provider}:{place.partition('/')[0]}", instance_type=instance_type), 0.0
    usd = bought.units * (option.usd_per_unit_hour * HOURS_PER_MONTH + option.financing_usd_per_unit_month)
    return HeldCommitment(name=name, scope=scope, measure=option.measure, amount=bought.units, discount=discount, usd_per_month=usd)


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
    if before is None or after is None:
        return step
    same = step.answer is fewest.answer or step.changes == fewest.changes == 0  # what runs today, both times
    return replace(step, saved=Interval(0.0, 0.0, 0.0) if same else cost_interval(before, after))


def _moved(bench: Bench, problem: Problem, plan: Plan) -> Iterator[Moved]:
    different = moves(Case(plan, problem, bench.catalog))
    for move in different:
        what = "start" if not any(move.before) else "stop" if not any(move.after) else "resize"
        yield Moved(what, str(move.deployment), move.before, move.after)
    names = {move.deployment for move in different}
    for name, replicas in sorted(standing(Case(plan, problem, bench.catalog)).items()):
        if name not in names and any(replicas):
            yield Moved("keep", str(name), replicas, replicas)


def _sent(running: Plan, plan: Plan) -> Iterator[Moved]:
    """What hosted options and groups are sent of each service, today and then."""
    old, new = ({f"{s.name}: {name}": rates for s in one.services for name, rates in sent(s).items()} for one in (running, plan))
    for name in sorted(old.keys() | new.keys()):
        before, after = old.get(name, ()), new.get(name, ())
        what = "start" if not before else "stop" if not after else "keep" if before == after else "resize"
        yield Moved(what, name, before, after, "requests/s")
