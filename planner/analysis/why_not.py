"""Why not this option: the rules that it breaks, the limits and the prices at which it would be chosen, what forcing it in would cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from planner.analysis.barred import Barred, barred, excludes, never_considered, not_offered
from planner.analysis.bench import Bench, plan_of, reason_of
from planner.analysis.blocked import Blocked, blocked
from planner.analysis.chosen_at import WIDEST, Moved, Option, chosen_at
from planner.analysis.difference import Interval, cost_interval
from planner.analysis.elsewhere import not_shared
from planner.analysis.few import width
from planner.analysis.hosted_prices import HOSTED
from planner.analysis.option_price import OptionPrice, price_of
from planner.analysis.priced import RENTED, hosted, rented
from planner.analysis.wanted import Wanted, means_nothing, variants_known
from planner.documents.clean import shortened
from planner.documents.near import near_or_known
from planner.errors import UsageError
from planner.problem.normalise import changed
from planner.solve import Outcome, Solved, judged, solve

if TYPE_CHECKING:
    from planner.plan.schema import Plan
    from planner.problem.load import LoadedProblem
    from planner.problem.schema import Problem

_SHOWN = 40
_HINT = "'L40S for chat', 'p5.4xlarge@us-east-1', 'fp8 on H100 for chat' or 'together:* for chat'"


@dataclass(frozen=True)
class WhyNot:
    """The answer for one service.

    used      the plan uses the option already
    barred    configurations and hosted options turned away, the closest miss first
    eligible  how many configurations and hosted options would do
    left_out  pools that it may not use, each with its reason
    forced    cost of serving the whole service from the option, less the plan's; None: not possible, ``message`` says why
    limits    of which each alone, moved so far, would bring the option in; None: not asked, as it is in the plan or there is none
    blocked   limits that must move together before it can serve the service at all; None: not asked, as one alone does or none is in its way
    prices    by purchase: the factors on today's price at which the service starts to use the option, and is served by nothing else
    """

    base: Outcome
    service: str
    what: str
    used: bool
    barred: tuple[Barred, ...]
    eligible: int
    left_out: tuple[str, ...]
    forced_plan: Plan | None = None
    forced: Interval | None = None
    message: str = ""
    limits: Moved | None = None
    blocked: Blocked | None = None
    prices: tuple[OptionPrice, ...] = ()


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
    return tuple(_answer(bench, Wanted(what.strip()), service.name) for service in chosen)


def _answer(bench: Bench, wanted: Wanted, name: str) -> WhyNot:
    base, problem = bench.base(), bench.loaded.problem
    full = judged(problem, bench.catalog, prune=False)
    choice = next(one for one in full.choices if one.service == name)
    service = next(one for one in problem.services if one.name == name)
    pools = tuple(pool for pool in full.pools if wanted.pool(pool))
    unoffered = () if pools else tuple(pool for pool in _every_pool(bench, problem) if wanted.pool(pool))
    answers = tuple(one for one in choice.hosted if wanted.hosted(one))
    turned_away = [r for r in choice.hosted_rejections if wanted.hosted(r)]
    chips = {pool.accelerator for pool in pools} | {r.configuration.accelerator for r in choice.rejections if wanted.accelerator(r.configuration.accelerator)}
    something = bool(chips or unoffered) or any(wanted.hosted(one) for each in full.choices for one in (*each.hosted, *each.hosted_rejections))
    if not something or not (wanted.variant is None or any(map(wanted.is_variant, variants_known(full, bench.catalog)))):
        raise UsageError(means_nothing(wanted, full, bench.catalog, something=something), where="--use", hint=_HINT)
    ids = frozenset(pool.id for pool in pools)
    eligible = [c for c in choice.candidates if wanted.configuration(c.configuration) and ids.intersection(c.pools)]
    rejected = [r for r in choice.rejections if r.configuration.accelerator in chips and wanted.configuration(r.configuration)]
    variants = _variants(bench, service)
    left_out = (*(f"{pool}: {why}" for pool, why in choice.excluded_pools.items() if excludes(pool, pools)), *not_offered(unoffered, full.left_out))
    if not (chips or unoffered or answers or turned_away):
        left_out = (f"hosted options that its modes do not name; they are {', '.join(service.modes)}",)
    made = WhyNot(
        base, name, wanted.text, False, (*barred([*rejected, *turned_away]), *never_considered(service, wanted, pools, choice, variants))[:_SHOWN],
        len(eligible) + len(answers), left_out[:_SHOWN],
    )  # fmt: skip
    plan = plan_of(base)
    if plan is None:
        return made
    if wanted.used_in(plan, name, ids):
        return replace(made, used=True)
    every = (*pools, *unoffered)
    means = frozenset(pool.id for pool in every)
    option = Option(
        name, lambda found: wanted.used_in(found, name, means), lambda other: _without(bench, other, wanted, name, means), every,
        tuple(v for v in variants if wanted.variant is None or wanted.is_variant(v)),
    )  # fmt: skip
    made = replace(made, limits=chosen_at(bench, option))
    answer = _forced(bench, bench.loaded, wanted, name, ids) if made.eligible else None
    if not isinstance(answer, Solved) and not made.limits.found:
        made = replace(made, blocked=blocked(bench, option, lambda loaded: _forced(bench, loaded, wanted, name, means)))
    if answer is None:
        return made
    if isinstance(answer, Solved):
        made = replace(made, forced_plan=answer.plan, forced=cost_interval(plan, answer.plan))
    else:
        made = replace(made, message=f"no plan serves the whole service from it{f': {why}' if (why := reason_of(answer)) else ''}")
    prices = tuple(_of_service(found, wanted, name, ids) for found in _priced(bench, wanted, service, pools, answers))
    return replace(made, prices=prices)


def _every_pool(bench: Bench, problem: Problem) -> tuple[Any, ...]:
    """Pools with those that ``offers`` leaves out."""
    from planner.economics.build_pools import build_pools
    from planner.economics.timeline import timeline

    opened = changed(problem, offers=changed(problem.offers, only=None, exclude=()))
    return build_pools(opened, bench.catalog, timeline(opened))[0]


def _variants(bench: Bench, service: Any) -> tuple[str, ...]:
    from planner.perf.from_catalog import served_variants

    return tuple(one.method for one in served_variants(bench.catalog, service.model))


def _without(bench: Bench, problem: Problem, wanted: Wanted, service: str, pools: frozenset[str]) -> Any:
    """Choices of a problem in which a service does without the option."""
    from planner.candidates.prune import pruned

    full = bench.stated(problem, prune=False)
    own = next(one for one in full.choices if one.service == service)
    left = (replace(c, pools=tuple(p for p in c.pools if p not in pools)) if wanted.configuration(c.configuration) else c for c in own.candidates)
    fewer = replace(own, candidates=tuple(c for c in left if c.pools), hosted=tuple(one for one in own.hosted if not wanted.hosted(one)))
    choices = tuple(fewer if one.service == service else one for one in full.choices)
    return replace(full, choices=pruned(choices, problem, full.pools, full.times) if bench.options.prune else choices)


def _forced(bench: Bench, loaded: LoadedProblem, wanted: Wanted, service: str, pools: frozenset[str]) -> Outcome | None:
    """The cheapest plan of a problem in which the option serves all of the service; everybody else may choose freely. None: too wide to ask."""
    problem = not_shared(loaded, service)
    # Of others, what is dominated is left out.
    stated = bench.stated(problem)
    if width(stated) > WIDEST:
        return None
    own = next(one for one in bench.stated(problem, prune=False).choices if one.service == service)
    only = (replace(c, pools=tuple(p for p in c.pools if p in pools)) for c in own.candidates if wanted.configuration(c.configuration))
    mine = replace(own, candidates=tuple(c for c in only if c.pools), hosted=tuple(one for one in own.hosted if wanted.hosted(one)))
    choices = tuple(mine if one.service == service else one for one in stated.choices)
    options = replace(bench.options, tie_break=False, price_safety=False)
    return solve(problem, bench.catalog, options, on_progress=bench.on_progress, stop=bench.stop, stated=replace(stated, choices=choices))


def _priced(bench: Bench, wanted: Wanted, service: Any, pools: Sequence[Any], answers: Sequence[Any]) -> list[OptionPrice]:
    """Every price by which the service could pay for the option, moved as ``planner price --option`` moves it."""
    rent = [pool for pool in pools if pool.owned is None]
    sold = {
        "on_demand": any(pool.on_demand for pool in rent),
        "spot": service.spot.allowed and service.spot.max_share > 0 and any(pool.spot for pool in rent),
        "reserved": bench.loaded.problem.commitments.offered and any(pool.reserved for pool in rent),
    }
    found = [rented(bench, wanted.text, rent, purchase) for purchase in RENTED if sold[purchase]]
    modes = {one.mode for one in answers}
    found += [one for purchase, kind in HOSTED.items() if modes & set(kind.modes) and (one := hosted(bench, purchase, wanted.hosted)) is not None]
    return [price_of(bench, wanted.text, one) for one in found]


def _of_service(found: OptionPrice, wanted: Wanted, service: str, pools: frozenset[str]) -> OptionPrice:
    """With what the option is to one service, not to all of them; the plans and the prices where they change are the same."""
    # What it would be used at when dearer than today is no answer to why it is not used today.
    there = [one for one in found.stretches if one.plan is not None and one.low <= 1.0]
    enters = max((one.high for one in there if wanted.used_in(one.plan, service, pools)), default=None)
    takes_over = max((one.high for one in there if wanted.alone_in(one.plan, service, pools)), default=None)
    return replace(found, enters=enters, takes_over=takes_over)
