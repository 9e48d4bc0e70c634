"""Why no plan exists where rules turn everything away: the fewest rules that do, and what comes nearest."""

from __future__ import annotations

from itertools import combinations

from planner.formulation.conflict import Conflict, WayOut
from planner.problem.serves import OF


def without_candidates(problem, choices, demand, jobs=()):
    """(conflicts, ways out) when a service with demand has a class that nothing can serve, or a job cannot be run; else None."""
    conflicts: list[Conflict] = []
    ways: list[WayOut] = []
    shared = {(service.name, name): choice for service, choice in zip(problem.services, choices) for name in _served_by(service)}
    for service, choice in zip(problem.services, choices, strict=True):
        rates = demand[service.name]
        if service.workload.serves is not None:
            continue  # no service needs it, where another way is found for each of those it may answer for
        if service.unserved_usd_per_request is not None or problem.limits.shortage == "by_priority":
            continue
        lonely = [
            name
            for b, name in enumerate(choice.class_names)
            if rates[b].any() and not choice.hosted and not any(c.can_serve[b] for c in choice.candidates)
            and not any(_may_answer(one, f"{service.name}{OF}{name}") for (_, member), one in shared.items() if member == service.name)
        ]
        if not lonely:
            continue
        if choice.candidates:
            conflicts.append(_class_alone(service.name, lonely))
            continue
        turned_away = [*choice.rejections, *(r for r in choice.hosted_rejections if r.broken[0].rule != "mode_retired")]
        conflicts += _rules_that_leave_none(service.name, turned_away)
        ways += _nearest_ways(service.name, turned_away)
    for choice in (one for one in jobs if one.job.prepares is None):
        if not choice.runs:
            text = f"the deadline of {choice.job.name} lies beyond the horizon of {problem.horizon.months} months"
            conflicts.append(Conflict("job_deadline", choice.job.name, None, None, "", text))
        elif not choice.options:
            conflicts += _rules_that_leave_none(choice.job.name, choice.rejections)
            ways += _nearest_ways(choice.job.name, choice.rejections)
    return (tuple(conflicts), tuple(ways)) if conflicts else None


def _served_by(service) -> tuple[str, ...]:
    return () if service.workload.serves is None else service.workload.serves.services


def _may_answer(choice, name: str) -> bool:
    """Whether replicas of a group can serve a class of a service."""
    return any(candidate.can_serve[choice.class_names.index(name)] for candidate in choice.candidates)


def _class_alone(service: str, lonely: list[str]) -> Conflict:
    classes = ", ".join(lonely)
    text = f"no configuration that is left can serve class {classes} of {service}; planner check shows what each rule took"
    return Conflict("class_served", service, None, None, "", text)


def _rules_that_leave_none(service: str, rejections) -> list[Conflict]:
    """The fewest rules that together turn every configuration and hosted option away."""
    if not rejections:
        return [Conflict("candidates", service, None, None, "", f"{service}: no configuration or hosted option exists to choose from")]
    broken = [frozenset(b.rule for b in r.broken) for r in rejections]
    rules = sorted(frozenset().union(*broken))
    smallest = next(
        chosen
        for size in range(1, len(rules) + 1)
        for chosen in combinations(rules, size)
        if all(found & set(chosen) for found in broken)
    )
    conflicts = []
    for rule in smallest:
        # Of what only this rule of the conflict turns away, the nearest miss says most.
        misses = [
            b
            for r, found in zip(rejections, broken, strict=True)
            for b in r.broken
            if b.rule == rule and found & set(smallest) == {rule}
        ]
        nearest = min(misses, key=lambda b: (b.relative_miss is None, b.relative_miss or 0.0, b.message))
        limit = nearest.limit if isinstance(nearest.limit, (int, float)) else None
        value = nearest.value if isinstance(nearest.value, (int, float)) else None
        conflicts.append(Conflict(rule, service, limit, value, nearest.unit, nearest.message))
    return conflicts


def _nearest_ways(service: str, rejections) -> list[WayOut]:
    """Changes of one rule after which some configuration remains, nearest first."""
    single = [r for r in rejections if len(r.broken) == 1]
    best: dict[str, object] = {}
    for rejection in single:
        found = rejection.broken[0]
        kept = best.get(found.rule)
        miss = float("inf") if found.relative_miss is None else found.relative_miss
        if kept is None or miss < kept[0]:
            best[found.rule] = (miss, rejection.what, found)
    return [
        WayOut(f"{rule} for {service}", None, f"{configuration}: {found.message}")
        for rule, (_, configuration, found) in sorted(best.items(), key=lambda item: item[1][0])
    ][:3]
