"""Why not this option: the rules that it breaks with what is reached and allowed, or what forcing it in would cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from planner.analysis.bench import Bench, plan_of
from planner.analysis.difference import Interval, cost_interval
from planner.analysis.elsewhere import named, not_shared, sent
from planner.analysis.even_price import even_price
from planner.documents.clean import shortened
from planner.documents.near import did_you_mean, near_or_known
from planner.errors import UsageError
from planner.solve import Outcome, Solved, judged, solve

if TYPE_CHECKING:
    from planner.plan.schema import Plan

_SHOWN = 40


@dataclass(frozen=True)
class Barred:
    """A configuration of the option that rules turn away, with each rule's message."""

    configuration: str
    rules: tuple[str, ...]
    messages: tuple[str, ...]
    nearest: float | None


@dataclass(frozen=True)
class WhyNot:
    """The answer for one service.

    used          the plan uses the option already
    barred        configurations and hosted options turned away, the closest miss first
    eligible      how many configurations and hosted options would do
    forced        cost of serving the whole service from the option, less the plan's; None: not possible
    price_factor  factor on the prices by which it is paid for, at which the plan with it costs no more than the plan; None: at no price
    priced        what these are: ``on-demand``, ``spot``, ``reserved``, ``token``, ``worker``, ``unit``
    prices        least price of today of each pool of it, however rented [USD/h]
    """

    base: Outcome
    service: str
    what: str
    used: bool
    barred: tuple[Barred, ...]
    eligible: int
    left_out: tuple[str, ...]
    forced_plan: Plan | None
    forced: Interval | None
    price_factor: float | None
    prices: dict[str, float]
    message: str = ""
    priced: tuple[str, ...] = ()


def why_not(bench: Bench, use: str) -> tuple[WhyNot, ...]:
    """``use`` is ``L40S for chat``, ``inf2.xlarge@us-east-1``, ``int4 on H100``, ``together:*`` …; without ``for`` every service is asked.

    A hosted option goes by its name, its provider or its mode.
    """
    what, _, name = use.partition(" for ")
    services = bench.loaded.problem.services
    chosen = [s for s in services if not name or s.name == name.strip()]
    if not chosen:
        near = near_or_known(name.strip(), {s.name for s in services})
        raise UsageError(f'no service is named "{shortened(name.strip())}"{near}', where="--use", hint="'L40S for chat'")
    return tuple(_answer(bench, _Wanted(what.strip()), service.name) for service in chosen)


class _Wanted:
    """An option: variant, accelerator or instance type, and where; parts that are not named may be anything."""

    def __init__(self, text: str) -> None:
        self.text = text
        head, _, self.where = text.partition("@")
        variant, on, ware = head.rpartition(" on ")
        self.variant, self.ware = (variant.strip() or None, ware.strip()) if on else (None, head.strip())

    def configuration(self, one: Any) -> bool:
        """Whether a configuration may be meant, wherever it runs."""
        return self.variant is None or fnmatchcase(one.variant.casefold(), self.variant.casefold())

    def hosted(self, one: Any) -> bool:
        """Whether a hosted option, or one turned away, is meant: by its name, its provider or its mode."""
        names = (one.name, one.name.partition(":")[0], one.mode, one.mode.replace("_", " "), named(one))
        return any(fnmatchcase(name.casefold(), self.text.casefold()) for name in names)

    def accelerator(self, name: str) -> bool:
        return fnmatchcase(name.casefold(), self.ware.casefold())

    def pool(self, pool: Any) -> bool:
        """Whether a pool is meant."""
        if self.variant is None and fnmatchcase(pool.id.casefold(), self.text.casefold()):
            return True
        wares = (pool.accelerator, pool.instance_type, pool.id)
        return any(fnmatchcase(w.casefold(), self.ware.casefold()) for w in wares) and (
            not self.where or any(fnmatchcase(p.casefold(), self.where.casefold()) for p in _places(pool))
        )


def _answer(bench: Bench, wanted: _Wanted, service: str) -> WhyNot:
    base = bench.base()
    full = judged(bench.loaded.problem, bench.catalog, prune=False)
    choice = next(one for one in full.choices if one.service == service)
    pools = {pool.id: pool for pool in full.pools if wanted.pool(pool)}
    chips = {pool.accelerator for pool in pools.values()} | {
        r.configuration.accelerator for r in choice.rejections if wanted.accelerator(r.configuration.accelerator)
    }
    hosted = tuple(one for one in choice.hosted if wanted.hosted(one))
    turned_away = [r for r in choice.hosted_rejections if wanted.hosted(r)]
    nothing = not chips and not any(wanted.hosted(one) for each in full.choices for one in (*each.hosted, *each.hosted_rejections))
    if nothing or not _is_variant(wanted, full, bench):
        raise UsageError(_refusal(wanted, full, bench, nothing=nothing), where="--use", hint="'L40S for chat', 'p5.4xlarge@us-east-1', 'fp8 on H100 for chat' or 'together:* for chat'")
    eligible = [c for c in choice.candidates if wanted.configuration(c.configuration) and any(pool in pools for pool in c.pools)]
    barred = sorted(
        (_barred(r.what, r) for r in (*(r for r in choice.rejections if r.configuration.accelerator in chips and wanted.configuration(r.configuration)), *turned_away)),
        key=lambda one: (len(one.rules), one.nearest is None, one.nearest or 0.0, one.configuration),
    )
    excluded = tuple(f"{pool}: {why}" for pool, why in choice.excluded_pools.items() if _excludes(pool, pools))
    if not pools and not (hosted or turned_away or chips):
        modes = next(one.modes for one in bench.loaded.problem.services if one.name == service)
        excluded = (f"hosted options that its modes do not name; they are {', '.join(modes)}",)
    plan = plan_of(base)
    prices = {name: price for name, pool in sorted(pools.items()) if any(name in c.pools for c in eligible) and (price := _today(pool)) is not None}
    made = {"base": base, "service": service, "what": wanted.text, "barred": tuple(barred[:_SHOWN]), "eligible": len(eligible) + len(hosted),
            "left_out": excluded[:_SHOWN], "prices": prices}  # fmt: skip
    if plan is None or not (eligible or hosted):
        return WhyNot(used=False, forced_plan=None, forced=None, price_factor=None, **made)
    if _in(plan, service, wanted, pools):
        return WhyNot(used=True, forced_plan=None, forced=None, price_factor=None, **made)
    answer = _forced(bench, full, service, eligible, hosted, pools)
    if not isinstance(answer, Solved):
        return WhyNot(used=False, forced_plan=None, forced=None, price_factor=None, message="no plan serves the whole service from it", **made)
    even = even_price(bench, plan, answer.plan, pools, hosted)
    return WhyNot(used=False, forced_plan=answer.plan, forced=cost_interval(plan, answer.plan), price_factor=even.factor, priced=even.kinds, **made)


def _today(pool: Any) -> float | None:
    """The least price of an instance, however it is rented [USD/h]; None: it is not."""
    return min((price for prices in (pool.on_demand, pool.spot, [price for _, price in pool.reserved]) for price in (prices or ())[:1]), default=None)


def _in(plan: Plan, service: str, wanted: _Wanted, pools: dict[str, Any]) -> bool:
    """Whether a plan serves a service from the option already."""
    mine = next(one for one in plan.services if one.name == service)
    if any(d.pool in pools and any(d.replicas) and wanted.configuration(d) for d in mine.deployments):
        return True
    return any(wanted.hosted(one) and named(one) in sent(mine) for one in mine.hosted)


def _forced(bench: Bench, full: Any, service: str, eligible: Sequence[Any], hosted: tuple[Any, ...], pools: dict[str, Any]) -> Outcome:
    """The cheapest plan in which the option serves all of the service; everybody else may choose freely."""
    problem = not_shared(bench.loaded, service)
    only = tuple(replace(c, pools=tuple(pool for pool in c.pools if pool in pools)) for c in eligible)
    # Of others, what is dominated is left out.
    stated = bench.stated(problem)
    own = next(one for one in full.choices if one.service == service)
    choices = tuple(replace(own, candidates=only, hosted=hosted) if one.service == service else one for one in stated.choices)
    options = replace(bench.options, tie_break=False, explain=False, price_safety=False)
    return solve(problem, bench.catalog, options, on_progress=bench.on_progress, stop=bench.stop, stated=replace(stated, choices=choices))


def _barred(name: Any, rejection: Any) -> Barred:
    misses = [b.relative_miss for b in rejection.broken if b.relative_miss is not None]
    return Barred(
        str(name), tuple(b.rule for b in rejection.broken), tuple(b.message for b in rejection.broken), max(misses, default=None)
    )


def _excludes(pattern: str, pools: dict[str, Any]) -> bool:
    return any(fnmatchcase(pool, pattern) for pool in pools)


def _places(pool: Any) -> tuple[str, ...]:
    return pool.provider, pool.region, pool.region.split(":", 1)[-1]


def _is_variant(wanted: _Wanted, full: Any, bench: Bench) -> bool:
    """Whether the variant that is named, if any, is one that the problem or the catalogue knows."""
    return wanted.variant is None or any(fnmatchcase(name.casefold(), wanted.variant.casefold()) for name in _variants(full, bench))


def _variants(full: Any, bench: Bench) -> set[str]:
    own = {one.configuration.variant for choice in full.choices for one in (*choice.candidates, *choice.rejections)}
    return own | {row.method for row in bench.catalog.variants.values()}


def _refusal(wanted: _Wanted, full: Any, bench: Bench, *, nothing: bool) -> str:
    """Which part of a name means nothing, with near names, or some that would."""
    if not nothing:
        return f'no variant is called "{shortened(wanted.variant)}"{near_or_known(wanted.variant, _variants(full, bench))}'
    there = [pool for pool in full.pools if _Wanted(wanted.text.partition('@')[0]).pool(pool)] if wanted.where else []
    if there:
        return f'"{shortened(wanted.ware)}" is not sold at "{shortened(wanted.where)}"{near_or_known(wanted.where, {name for pool in there for name in _places(pool)})}'
    wares = {name for pool in full.pools for name in (pool.accelerator, pool.instance_type)}
    hosted = {one.name for choice in full.choices for one in (*choice.hosted, *choice.hosted_rejections)}
    sellers = {name.partition(":")[0] for name in hosted} | {one.mode for choice in full.choices for one in (*choice.hosted, *choice.hosted_rejections)}
    near = did_you_mean(wanted.ware, wares | hosted) or did_you_mean(wanted.ware.partition(":")[0], sellers) or near_or_known(wanted.ware, wares | sellers)
    return f'nothing that this problem could use is "{shortened(wanted.text)}"{near}'
