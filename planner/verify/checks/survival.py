"""After losing any one failure domain, what remains serves the stated fraction: the plan shows how."""

from __future__ import annotations

from collections.abc import Iterator

from planner.plan.schema import Survival
from planner.problem.service import Service
from planner.verify.case import Case, Group, Placed, class_names
from planner.verify.groups import answering, is_group
from planner.verify.measure import Seen, at_least, at_most, refused, same
from planner.verify.registry import check


@check("survives_loss")
def survives_loss(case: Case) -> Iterator[Seen]:
    """Every domain that the service's replicas stand in has a routing, and each routing shown serves and fits.

    A routing for a larger domain stands for one inside it. φ is taken at the surviving count.
    """
    for name, service in case.services.items():
        shown = case.parts[name].survival
        rule = service.availability.survives_loss if service.availability else None
        if rule is None or rule.fraction == 0:
            yield same(len(shown), 0, f"{name}: losses to survive")
            continue
        lost_in = [_lost(case, name, entry.kind, entry.lost) for entry in shown]
        for kind, domain in sorted(_domains(case, service)):
            lost = _lost(case, name, kind, domain)
            if not any(lost <= other for other in lost_in):
                yield refused(f"{name} without {domain}", f"no routing shows what is left after losing this {kind}")
        for entry, lost in zip(shown, lost_in):
            if entry.kind not in rule.of or not lost:
                yield refused(f"{name} without {entry.lost}", f"no {entry.kind} of this name that the service stands in")
            yield from _serves(case, service, entry, rule.fraction)
            yield from _fits(case, service, entry, lost)


def _domains(case: Case, service: Service) -> set[tuple[str, str]]:
    """(kind, name) of what can be lost at once: spot pools and regions, zones, of the replicas that stand there."""
    of = service.availability.survives_loss.of
    found = set()
    for p in case.placed_of(service.name):
        if any(p.deployment.replicas):
            names = {"spot_pool": p.pool.id, "spot_region": p.pool.region, "zone": p.pool.failure_zone}
            for kind in of:
                if names[kind] is not None and (kind == "zone" or not p.firm):
                    found.add((kind, names[kind]))
    return found


def _lost(case: Case, service: str, kind: str, name: str) -> frozenset[int]:
    """Positions of the service's deployments that go with a domain."""
    return frozenset(i for i, p in enumerate(case.placed_of(service)) if any(p.deployment.replicas) and _in(p, kind, name))


def _in(p: Placed, kind: str, name: str) -> bool:
    if kind == "zone":
        return p.pool.failure_zone == name
    return not p.firm and name == (p.pool.id if kind == "spot_pool" else p.pool.region)


def _serves(case: Case, service: Service, entry: Survival, fraction: float) -> Iterator[Seen]:
    demand = case.demand[service.name]
    floor = 1e-3 * max(map(max, demand)) or 1e-9
    for b, name in enumerate(class_names(service)):
        routes = [r.rate_per_s for r in entry.routing if r.request_class == name]
        elsewhere = [rates for _, rates in answering(case, service.name, name)]
        sent = [p.deployment.rate_per_s[name] for p in case.placed_of(service.name) if name in p.deployment.rate_per_s]
        for t in case.periods:
            where = f"{service.name} without {entry.lost} {name} {case.names[t]}"
            served = sum(rates[t] for rates in routes) + sum(one.rate(b, t) for one in case.hosted_of(service.name))
            # A group survives by itself what it is sent; a service need not see to that again.
            asked = sum(rates[t] for rates in sent) if is_group(service) else demand[b][t] - sum(rates[t] for rates in elsewhere)
            yield at_least(served, fraction * asked, where, unit="requests/s", floor=floor)


def _fits(case: Case, service: Service, entry: Survival, lost: frozenset[int]) -> Iterator[Seen]:
    groups = {(*g.configuration, g.region): g for g in case.groups_of(service.name)}
    members = case.placed_of(service.name)
    left_of = {key: [m for i, m in enumerate(members) if i not in lost and m in g.members] for key, g in groups.items()}
    routes: dict[tuple, list[tuple[int, tuple[float, ...]]]] = {}
    names = class_names(service)
    for r in entry.routing:
        key = (r.variant, r.accelerator, r.tp, r.pp, r.engine, r.max_num_seqs, r.region)
        routes.setdefault(key, []).append((names.index(r.request_class), r.rate_per_s))
    for key, sent in routes.items():
        where = f"{service.name} without {entry.lost}"
        if key not in groups:
            if any(any(rates) for _, rates in sent):
                yield refused(where, f"routes to {key}, which the plan does not run")
            continue
        yield from _carries(case, groups[key], left_of[key], sent, where)


def _carries(case: Case, group: Group, left: list[Placed], sent, where: str) -> Iterator[Seen]:
    facts = group.facts
    for t in case.periods:
        count = sum(m.deployment.replicas[t] for m in left)
        effective = sum(m.effective(t) for m in left)
        here = f"{where}: {group} {case.names[t]}"
        if any(rates[t] and not facts.can_serve[b] for b, rates in sent):
            yield refused(here, "routes a class to a configuration that cannot serve it")
            continue
        work = sum(rates[t] * facts.work_s[b] for b, rates in sent if rates[t])
        yield at_most(work, facts.share_at(count) * effective, here, unit="busy replicas", floor=1e-3)
        if facts.kv_capacity_tokens is not None:
            held = sum(rates[t] * facts.residence_s[b] * facts.kv_tokens[b] for b, rates in sent if rates[t])
            yield at_most(held / facts.kv_capacity_tokens, effective, here, unit="replicas' cache", floor=1e-3)
