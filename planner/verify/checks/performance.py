"""The performance that a plan predicts is what its replicas and routing give."""

from __future__ import annotations

import math
from collections.abc import Iterator

from planner.perf.known_shares import SIMULATED
from planner.perf.latency import late_by_size, latency_percentile, shares_without, tail_wait_s, without_pace, work_moments
from planner.problem.defaults import default
from planner.units import MS_PER_SECOND
from planner.verify.case import Case, Group
from planner.verify.figures import api_limits
from planner.verify.groups import is_group
from planner.verify.measure import Seen, at_most, equal, refused, same, unless
from planner.verify.registry import check
from planner.verify.whole import says_all


@check("performance")
def performance(case: Case) -> Iterator[Seen]:
    """Latency, utilisation, headroom and basis of each deployment are recomputed.

    A figure that a hand-written plan does not state is no claim.

    Replicas of a configuration in a region pool: TTFT is the slowest class's without queueing plus the tail of
    the wait at the group's utilisation, TPOT that at the full running batch; the largest classes, which the
    percentile lets be late by their size, are left out of both.
    """
    for group in case.groups:
        percentile = latency_percentile(group.service.slo)
        figures = [_figures(group, t, percentile) for t in case.periods]
        for m in group.members:
            d = m.deployment
            yield same(d.basis, group.facts.basis, f"{m} basis")
            yield same(d.share_basis, group.facts.share_basis, f"{m} share_basis")
            yield equal(d.latency_percentile, percentile, f"{m} latency_percentile")
            for t in case.periods:
                there = d.replicas[t] > 0
                for name, computed in figures[t].items():
                    claimed = getattr(d, name)[t]
                    where = f"{m} {name} {case.names[t]}"
                    if claimed is None:
                        known = there and computed is not None and not (name == "ttft_ms" and _untold(group, computed))
                        yield unless(known and says_all(case.plan), where, "it is known, and not stated")
                    elif not there or computed is None:
                        yield refused(where, f"claimed {claimed:.9g} where there is no such figure")
                    else:
                        yield equal(claimed, computed, where, floor=1.0 if name == "headroom" else 1e-9)


def _untold(group: Group, ttft_ms: float) -> bool:
    """Requests that wait for hours have no time to first token worth stating, nor those of a share found by simulation."""
    return group.service.window_hours is not None or group.facts.share_basis == SIMULATED or not math.isfinite(ttft_ms)


def _figures(group: Group, t: int, percentile: float) -> dict[str, float | None]:
    facts, effective = group.facts, group.effective(t)
    if not effective:
        return {"ttft_ms": None, "tpot_ms": None, "utilisation": None, "headroom": None}
    used = sum(m.work(t) for m in group.members) / effective
    safe = group.share(t)
    return {
        "ttft_ms": _ttft_ms(group, t, used, percentile),
        "tpot_ms": None if facts.tpot_ms is None else _slowest(group, facts.tpot_ms, percentile, output=True)[0],
        "utilisation": used,
        "headroom": (safe - used) / safe if safe > 0 else 0.0,
    }


def _ttft_ms(group: Group, t: int, used: float, percentile: float) -> float | None:
    facts, load = group.facts, group.service.workload
    if facts.ttft_ms is None or used >= 1.0:
        return None
    mean, scv = work_moments(facts.work_s, [c.share for c in load.classes], facts.can_serve)
    spread = default("workload.dispersion_10s") if load.dispersion_10s is None else load.dispersion_10s
    slowest, late = _slowest(group, facts.ttft_ms, percentile, output=False)
    wait = tail_wait_s(
        group.count(t), used, work_s_mean=mean, work_scv=scv, dispersion=spread, percentile=percentile + 100.0 * late
    )
    return slowest + MS_PER_SECOND * wait


def _slowest(group: Group, values: tuple[float | None, ...], percentile: float, *, output: bool) -> tuple[float | None, float]:
    """(time of the slowest class that the percentile is about, share of those it leaves out by their size); None: nobody has such a time."""
    classes = group.service.workload.classes
    served = {b: value for b, value in enumerate(values) if group.facts.can_serve[b] and value is not None}
    if not served:
        return None, 0.0
    if is_group(group.service):  # every class of every service is held to the limit
        return max(served.values()), 0.0
    sizes = [c.input_tokens + (c.output_tokens if output else 0.0) for c in classes]
    silent = without_pace([c.output_tokens for c in classes]) if output else frozenset()
    late, share = late_by_size(sizes, shares_without([c.share for c in classes], silent), percentile)
    held = [value for b, value in served.items() if b not in late]
    return (max(held), share) if held else (max(served.values()), 0.0)


@check("demand_multiplier")
def demand_multiplier(case: Case) -> Iterator[Seen]:
    """At the multiplier claimed, the plan's own routing scaled up still fits its replicas.

    A lower limit: another routing might carry more, so a claim above this is not confirmed rather than wrong.
    """
    claimed = case.plan.demand_multiplier_survived
    if claimed is None:
        return
    for figure in api_limits(case):
        where = f"{figure.where} (not confirmed by scaling the plan's own routing)"
        yield at_most(claimed * figure.value, figure.limit, where, unit=figure.unit)
    for one in case.hosted:
        for t in case.periods if one.use.mode == "provisioned" and one.offer is not None and one.offer.provisioned is not None else ():
            where, carried = f"{one} {case.names[t]} (not confirmed by scaling the plan's own routing)", (one.use.units or 0) * one.offer.provisioned.tokens_per_minute
            yield at_most(claimed * one.weighed_tokens_per_minute(t), carried, where, unit="tokens/minute")
        for t in case.periods if one.workers is not None else ():
            where = f"{one} {case.names[t]} (not confirmed by scaling the plan's own routing)"
            if one.offer.by_request:
                yield at_most(claimed * one.at_once(t), one.offer.max_concurrency or 0, where, unit="requests at once")
                continue
            yield at_most(claimed * one.work(t), one.worker_room(t), where, unit="busy workers", floor=1e-3)
    for group in case.groups:
        for t in case.periods:
            share = group.share(t)
            for m in group.members:
                where = f"{m} {case.names[t]} (not confirmed by scaling the plan's own routing)"
                yield at_most(claimed * m.work(t), share * m.effective(t), where, unit="busy replicas", floor=1e-3)
                if group.facts.kv_capacity_tokens is not None:
                    held = claimed * m.cached_tokens(t) / group.facts.kv_capacity_tokens
                    yield at_most(held, m.effective(t), where, unit="replicas' cache", floor=1e-3)
