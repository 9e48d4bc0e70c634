"""What the price of an option is: what its name means, the problem at a multiple of it, and what of a plan the option holds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from typing import TYPE_CHECKING, Any

from planner.analysis.bench import Bench
from planner.analysis.elsewhere import sent
from planner.analysis.hosted_prices import HOSTED
from planner.documents.clean import shortened
from planner.documents.near import did_you_mean, near_or_known
from planner.errors import UsageError
from planner.problem.patch import Change

if TYPE_CHECKING:
    from planner.plan.schema import Plan
    from planner.problem.schema import Problem

#: How a rented pool is paid for, by the hour of an instance.
RENTED = ("on_demand", "spot", "reserved")
PURCHASES = (*RENTED, *HOSTED)
#: The figure of an offer by the term of a reservation in months.
_TERMS = {12: "reserved_1y", 36: "reserved_3y"}


@dataclass(frozen=True)
class Priced:
    """A price that moves.

    purchase  how the option is paid for, one of ``PURCHASES``
    today     the price of each that its name means, by id, in ``unit``
    at        the problem at a multiple of the price
    shared    what the share is of: ``accelerator-hours``, those of jobs too, or ``requests`` that may be sent there
    share     of these in a plan, those bought so of what the name means
    whole     whether nothing else answers, or runs, what a plan serves and the option may serve
    """

    purchase: str
    unit: str
    today: dict[str, float]
    at: Callable[[float], Problem]
    shared: str
    share: Callable[[Plan], float]
    whole: Callable[[Plan], bool]


def priced(bench: Bench, option: str, purchase: str | None = None) -> Priced:
    """``option`` is ``accelerator@provider``, ``instance type@region``, a hosted option's name, or a pattern; all that match move together.

    Without ``purchase`` it is a pool on demand, or a provider's API by the token, or serverless workers, or units of
    provisioned throughput: the first that goes by the name. Raises UsageError where nothing does.
    """
    if purchase in HOSTED:
        found = _hosted(bench, option, purchase)
        if found is None:
            raise _nothing(bench, option, purchase)
        return found
    pools = _pools(bench, option)
    if not pools and purchase is None:
        for name in HOSTED:
            found = _hosted(bench, option, name)
            if found is not None:
                return found
    if not pools:
        raise _nothing(bench, option, purchase)
    return rented(bench, option, pools, purchase or RENTED[0])


def _nothing(bench: Bench, option: str, purchase: str | None) -> UsageError:
    """Which part of a name means nothing, with near names of what is sold so, or some that are."""
    what, _, where = option.partition("@")
    stated = bench.stated(bench.loaded.problem)
    modes = {mode for name in ((purchase,) if purchase in HOSTED else HOSTED if purchase is None else ()) for mode in HOSTED[name].modes}
    hosted = {one.offer.id for choice in stated.choices for one in choice.hosted if one.mode in modes}
    pools = [pool for pool in stated.pools if pool.owned is None] if purchase not in HOSTED else []
    there = _pools(bench, what) if where and purchase not in HOSTED else []
    hint = "such as mi300x@crusoe, an offer's name or provider:model"
    if there:
        places = {name for pool in there for name in _places(pool)}
        return UsageError(f'"{shortened(what)}" is not sold at "{shortened(where)}"{near_or_known(where, places)}', where="--option", hint=hint)
    wares = {name for pool in pools for name in (pool.accelerator, pool.instance_type)}
    near = did_you_mean(what, wares) or did_you_mean(option, {pool.id for pool in pools} | hosted) or near_or_known(what, wares | hosted)
    kind = "pool" if purchase in (None, *RENTED) else f"option that is paid {purchase.replace('_', ' ')}"
    return UsageError(f'no {kind} of this problem is "{shortened(option)}"{near}', where="--option", hint=hint)


def _places(pool: Any) -> tuple[str, ...]:
    return pool.provider, pool.region, pool.region.split(":", 1)[-1]


def _pools(bench: Bench, option: str) -> list[Any]:
    what, sign, where = option.partition("@")

    def names(pool: Any) -> bool:
        if fnmatchcase(pool.id.casefold(), option.casefold()):
            return True
        wares = (pool.accelerator, pool.instance_type)
        return any(fnmatchcase(w.casefold(), what.casefold()) for w in wares) and (
            not sign or any(fnmatchcase(p.casefold(), where.casefold()) for p in _places(pool))
        )

    return [pool for pool in bench.stated(bench.loaded.problem).pools if pool.owned is None and names(pool)]


def rented(bench: Bench, option: str, pools: Sequence[Any], purchase: str) -> Priced:
    """The price of ``pools`` by one purchase; raises UsageError where none of them is sold so."""
    today = {pool.id: prices[0] for pool in pools if (prices := _prices(pool, purchase))}
    if not today:
        sold = [f"--purchase {other}" for other in RENTED if any(_prices(pool, other) for pool in pools)]
        hint = " or ".join(sold) or "an option that is rented by the hour"
        raise UsageError(f"nothing that matches {shortened(option)} is sold {purchase.replace('_', ' ')}", where="--option", hint=hint)
    terms = {pool.id: [_TERMS[months] for months, _ in pool.reserved if months in _TERMS] for pool in pools}
    figures = [(name, figure) for name in sorted(today) for figure in (terms[name] if purchase == "reserved" else (purchase,))]

    def at(factor: float) -> Problem:
        return bench.after(*(Change(f"offers.{name}.{figure}", factor=factor) for name, figure in figures)).problem

    size = {pool.id: pool.accelerators for pool in bench.stated(bench.loaded.problem).pools}
    months, side = bench.loaded.problem.horizon.months, "spot" if purchase == "spot" else "firm"
    follow = _by_on_demand_price(bench.loaded.problem)

    def share(plan: Plan) -> float:
        hours = [period.hours_per_month for period in plan.periods]
        held = total = 0.0
        for pool in plan.pools:
            both = sum(h * (f + s) for h, f, s in zip(hours, pool.running_firm, pool.spot)) * pool.accelerators_per_instance
            kind = pool.spot if purchase == "spot" else _on_demand(pool, follow) if purchase == "on_demand" else _reserved(pool)
            total += both
            if pool.id in today:
                held += sum(h * n for h, n in zip(hours, kind)) * pool.accelerators_per_instance
        for job in plan.jobs:
            # What they run on beside services is paid with these.
            rented = job.instances - min(job.spare, default=0.0)
            used = job.instances * job.hours_per_run * job.runs * size[job.pool] / months
            total += used
            held += used * rented / job.instances if job.pool in today and job.purchase == side and purchase != "reserved" else 0.0
        return held / total if total else 0.0

    # Dear as it is today, the option may be dominated: what may stand there is known of all candidates.
    every = cache(lambda: bench.stated(bench.loaded.problem, prune=False))

    def whole(plan: Plan) -> bool:
        """Of a service that may stand there nothing answers but what stands there; no job runs elsewhere that may run there."""
        mine = [one for one in plan.pools if one.id in today]
        if purchase == "on_demand" and any(any(map(any, (counts for name, counts in one.reserved.items() if name not in follow))) for one in mine):
            return False
        if purchase == "reserved" and any(list(_reserved(one)) != list(one.running_firm) for one in mine):
            return False
        for choice in every().choices:
            one = next((found for found in plan.services if found.name == choice.service), None)
            if one is None or not any(pool in today for candidate in choice.candidates for pool in candidate.pools):
                continue
            if any(any(d.replicas) and not (d.pool in today and d.purchase == side) for d in one.deployments) or any(map(any, sent(one).values())):
                return False
        may = {choice.job.name for choice in every().jobs if any(way.pool in today and way.firm == (side == "firm") for way in choice.options)}
        return share(plan) > 0.0 and all(job.pool in today and job.purchase == side for job in plan.jobs if job.name in may)

    return Priced(purchase, "USD/h", today, at, "accelerator-hours", share, whole)


def _by_on_demand_price(problem: Problem) -> frozenset[str]:
    """Commitments that are paid by the on-demand price of what they cover: spend, and discounts off that price."""
    offers = {one.name for one in problem.commitments.offers if one.measure == "spend" or one.usd_per_hour is None}
    return frozenset(offers | {one.name for one in problem.commitments.held if one.measure == "spend"})


def _on_demand(part: Any, follow: frozenset[str]) -> tuple[float, ...]:
    """Instances of a pool by period that are paid by its on-demand price, with what such commitments cover of it."""
    return tuple(map(sum, zip(part.on_demand, *(counts for name, counts in part.reserved.items() if name in follow))))


def _reserved(part: Any) -> tuple[float, ...]:
    """Instances of a pool by period that run at the seller's reserved prices; commitments of the user's own are priced by themselves."""
    mine = [counts for name, counts in part.reserved.items() if name in {f"{months // 12}y {part.id}" for months in _TERMS}]
    return tuple(map(sum, zip(*mine)))


def _prices(pool: Any, purchase: str) -> list[float]:
    """By period, or by term of a reservation; empty where it is not sold so."""
    return [price for _, price in pool.reserved] if purchase == "reserved" else list(getattr(pool, purchase) or ())


def _hosted(bench: Bench, option: str, purchase: str) -> Priced | None:
    kind = HOSTED[purchase]
    return hosted(bench, purchase, lambda one: kind.named(one.offer, option))


def hosted(bench: Bench, purchase: str, named: Callable[[Any], bool]) -> Priced | None:
    """The price of the hosted options that ``named`` picks of those that are paid so; None: there are none."""
    kind, problem = HOSTED[purchase], bench.loaded.problem
    choices = bench.stated(problem).choices
    offers = {one.offer.id: one.offer for choice in choices for one in choice.hosted if one.mode in kind.modes and named(one)}
    if not offers:
        return None
    meant = tuple(offers[name] for name in sorted(offers))
    sold = {(choice.service, one.mode, one.name) for choice in choices for one in choice.hosted if one.mode in kind.modes and one.offer.id in offers}

    def share(plan: Plan) -> float:
        hours = [period.hours_per_month for period in plan.periods]
        may = {service for service, _, _ in sold}
        there = total = 0.0
        for service in (one for one in plan.services if one.name in may):
            for one, rates in _answering(service):
                count = sum(h * rate for h, rate in zip(hours, rates))
                total += count
                there += count if (service.name, *one) in sold else 0.0
        return there / total if total else 0.0

    today = {one.id: kind.price(one) for one in meant}
    return Priced(purchase, kind.unit, today, lambda factor: kind.at(problem, meant, factor), "requests", share, lambda plan: share(plan) >= 1.0 - 1e-9)


def _answering(service: Any) -> Iterator[tuple[tuple[str, str], tuple[float, ...]]]:
    """((mode, name), requests/s by period) of everything that answers a service, by class; own replicas and groups go without a name."""
    for one in service.deployments:
        yield from ((("", ""), rates) for rates in one.rate_per_s.values())
    for one in service.hosted:
        yield from (((one.mode, one.name), rates) for rates in one.rate_per_s.values())
    yield from ((("", ""), rates) for rates in service.answered_by.values())
