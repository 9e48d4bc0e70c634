"""What an objective cannot be traded over: options of which it is not known, each with the reason."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from planner.problem.normalise import changed

if TYPE_CHECKING:
    from planner.analysis.bench import Bench
    from planner.problem.schema import Problem
    from planner.solve import Judged

#: Rules that turn an option away because the objective is not known of it.
RULES = {
    "carbon": frozenset({"hosted_emissions", "job_power"}),
    "quality": frozenset({"quality_known", "hosted_quality"}),
    "latency": frozenset({"ttft", "tpot", "end_to_end", "api_latency"}),
}


@dataclass(frozen=True)
class Unknown:
    """An option that is left out, and what of it is not known; ``services`` for which, empty where it is about all or a job."""

    what: str
    reason: str
    services: tuple[str, ...] = ()


def unknowns(bench: Bench, objective: str, capped: Problem) -> tuple[Unknown, ...]:
    """What ``capped``, in which the objective is asked for, may not use because it is not known; sorted by name.

    Pools are those that may be used where emissions do not count and may not where they do.
    """
    asked = bench.stated(capped)
    found: dict[tuple[str, str], list[str]] = {}
    for service, what, reason in (*_turned_away(asked, RULES.get(objective, frozenset())), *(_pools(bench, asked) if objective == "carbon" else ())):
        named = found.setdefault((what, _cut(reason)), [])
        if service and service not in named:
            named.append(service)
    every = len(capped.services)
    return tuple(Unknown(what, reason, () if len(found[what, reason]) == every else tuple(found[what, reason])) for what, reason in sorted(found))


def _turned_away(asked: Judged, rules: frozenset[str]) -> Iterator[tuple[str, str, str]]:
    """(service, option, reason) of what breaks these rules alone, without a value to hold against a limit."""
    for choice in asked.choices:
        for one in (*choice.rejections, *choice.hosted_rejections):
            if one.broken and all(b.rule in rules and b.value is None for b in one.broken):
                # Of a configuration it is the variant that matters, or all of it says the same many times.
                what = getattr(one, "name", None) or (one.configuration.variant if one.broken[0].rule == "quality_known" else one.what)
                yield one.service, what, one.broken[0].message
    for job in asked.jobs:
        for one in job.rejections:
            if one.broken and all(b.rule in rules and b.value is None for b in one.broken):
                yield "", f"job {job.job.name}", one.broken[0].message


def _pools(bench: Bench, asked: Judged) -> Iterator[tuple[str, str, str]]:
    free = {choice.service: choice.excluded_pools for choice in bench.stated(_carbon_free(asked.problem)).choices}
    for choice in asked.choices:
        before = free.get(choice.service, {})
        for what, reason in choice.excluded_pools.items():
            if not any(fnmatchcase(what, pattern) for pattern in before):
                yield choice.service, what, reason


def _carbon_free(problem: Problem) -> Problem:
    """The problem in which nobody asks what is emitted."""
    services: Any = tuple(changed(service, carbon_kg_per_month=None) for service in problem.services)
    limits = changed(problem.limits, carbon_kg_per_month=None, regions=())
    return changed(problem, services=services, limits=limits, carbon=changed(problem.carbon, price_usd_per_tonne=0.0, offsets=None))


def _cut(reason: str) -> str:
    """Without the clause on what asks for the figure: here it is always the frontier."""
    said, _, why = reason.rpartition("; ")
    return said if said and ("emissions" in why or "carbon" in why or "electricity" in why) else reason
