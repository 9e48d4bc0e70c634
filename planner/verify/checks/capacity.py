"""Replicas carry what is routed to them, and fit the instances they stand on."""

from __future__ import annotations

from collections.abc import Iterator

from planner.verify.case import Case
from planner.verify.measure import Seen, at_most, unless
from planner.verify.registry import check

#: Replicas: work below this is compared against it.
SMALL = 1e-3


@check("replica_capacity")
def replica_capacity(case: Case) -> Iterator[Seen]:
    """Busy replica-seconds per second of each deployment are at most φ(N) times its effective replicas.

    N counts the configuration's replicas in the region. Requests are shared by effective replicas, so this is the
    same as the configuration's own row; with a spot share to keep it is the firm and the spot row apart.
    """
    for group in case.groups:
        for t in case.periods:
            share = group.share(t)
            for m in group.members:
                if m.deployment.replicas[t] or m.rate(t):
                    yield at_most(m.work(t), share * m.effective(t), f"{m} {case.names[t]}", unit="busy replicas", floor=SMALL)


@check("kv_capacity")
def kv_capacity(case: Case) -> Iterator[Seen]:
    """Cache held at once (rate × residence × tokens) is at most the safe cache of the effective replicas."""
    for p in case.placed:
        capacity = p.facts.kv_capacity_tokens
        if capacity is None:
            continue
        for t in case.periods:
            if p.deployment.replicas[t] or p.rate(t):
                held = p.cached_tokens(t) / capacity
                yield at_most(held, p.effective(t), f"{p} {case.names[t]}", unit="replicas' cache", floor=SMALL)


@check("instance_packing")
def instance_packing(case: Case) -> Iterator[Seen]:
    """Accelerators of the replicas in a pool are at most those of its running instances, firm and spot apart."""
    for part in case.plan.pools:
        for purchase, running in (("firm", part.running_firm), ("spot", part.spot)):
            here = [p for p in case.placed_in(part.id) if p.deployment.purchase == purchase]
            for t in case.periods:
                taken = sum(p.configuration.accelerators * p.deployment.replicas[t] for p in here)
                held = part.accelerators_per_instance * running[t]
                yield at_most(taken, held, f"{part.id} {purchase} {case.names[t]}", unit="accelerators", floor=1.0)


@check("instance_size")
def instance_size(case: Case) -> Iterator[Seen]:
    """A replica's accelerators are a power of two that divides the instance's, so that replicas always pack."""
    for p in case.used:
        size = p.configuration.accelerators
        wrong = size & (size - 1) or p.pool.accelerators % size
        yield unless(wrong, str(p), f"{size} accelerators are no power of two that divides an instance of {p.pool.accelerators}")
