"""Work that may wait is served within its window, in the order in which it comes."""

from __future__ import annotations

from collections.abc import Iterator

from planner.units import SECONDS_PER_HOUR
from planner.verify.case import Case, class_names
from planner.verify.measure import Seen, at_least, at_most, equal, refused, unless
from planner.verify.registry import check
from planner.verify.waiting import defers

#: Of a service's highest class rate: rates below it are compared against it, not against themselves.
SMALL = 1e-3


@check("deadline")
def deadline(case: Case) -> Iterator[Seen]:
    """What waits changes by what comes less what is served, is never less than nothing, and came within the window.

    In the order in which it comes, what waits at the end of a period came in it or in the D - 2 before it; what goes to a
    batch, is answered by a response cache or is left unserved goes as it comes.
    """
    for name, service in case.services.items():
        periods = defers(case, service)
        part = case.parts[name]
        if periods <= 1:
            yield unless(part.waiting, name, "work of this service does not wait")
            continue
        if set(part.waiting) != set(class_names(service)) or any(len(w) != len(case.hours) for w in part.waiting.values()):
            yield refused(name, "what waits is not stated for every class and period")
            continue
        may_miss = case.problem.limits.shortage == "by_priority" or service.unserved_usd_per_request is not None
        yield unless(part.unserved_per_s and not may_miss, name, "requests are left unserved, which the problem does not allow")
        yield from _classes(case, name, service, periods)


def _classes(case: Case, name: str, service, periods: int) -> Iterator[Seen]:
    part, came = case.parts[name], case.demand[name]
    lengths = [p.length_hours * SECONDS_PER_HOUR for p in case.times.periods]
    before = [p.before for p in case.times.periods]
    floor = SMALL * max(map(max, came)) * max(lengths) or 1e-9
    for b, label in enumerate(class_names(service)):
        waiting = part.waiting[label]
        leaves = [sum(one.rate(b, t) for one in case.hosted_of(name) if one.use.mode == "batch") for t in case.periods]
        missed = part.unserved_per_s.get(label)
        leaves = [gone + (missed[t] if missed else 0.0) + case.hit(name) * came[b][t] for t, gone in enumerate(leaves)]
        for t in case.periods:
            where = f"{name} {label} {case.names[t]}"
            served = sum(p.deployment.rate_per_s[label][t] for p in case.placed_of(name) if label in p.deployment.rate_per_s)
            served += sum(one.rate(b, t) for one in case.hosted_of(name)) + (missed[t] if missed else 0.0)
            served += case.hit(name) * came[b][t]
            change = (came[b][t] - served) * lengths[t]
            yield at_most(leaves[t] * lengths[t], came[b][t] * lengths[t], where, unit="requests that leave as they come", floor=floor)
            yield equal(waiting[t], waiting[before[t]] + change, where, unit="requests waiting", floor=floor)
            yield at_least(waiting[t], 0.0, where, unit="requests waiting", floor=floor)
            young, at = 0.0, t
            for _ in range(periods - 1):
                young += (came[b][at] - leaves[at]) * lengths[at]
                at = before[at]
                if at == t:
                    break
            yield at_most(waiting[t], young, where, unit="requests that came within the window", floor=floor)
