"""Every fault that a plan might meet, one at a time: who was served during it, how long it took to recover, what was lost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from planner.errors import UsageError
from planner.problem.service import Service
from planner.replay.accounts import accounts_of
from planner.replay.case import Case
from planner.replay.demand import Span, span_of
from planner.replay.faults import Fault, outages_of, rerouted
from planner.replay.fleets import limits_of
from planner.replay.hosted import Sent, options_of
from planner.replay.run import Setting, assigned_requests, fleet_in
from planner.replay.sent import own_requests
from planner.replay.waiting import may_wait
from planner.simulate.arrivals import doubled
from planner.simulate.fleet import Fleet
from planner.simulate.kernel.world import FINISHED, LOST, PS_PER_S, REFUSED
from planner.simulate.service import Rules, play
from planner.simulate.tally import Limit, in_time

KINDS = ("instance", "spot_pool", "spot_region", "zone", "region", "slow_start", "burst")
#: Faults begin after this share of the run.
BEGINS = 0.3
#: A zone or a region is away for so long, and a burst lasts so long (assumed).
PLACE_S, BURST_S = 1800.0, 600.0
#: Replicas are late by so many start-up times where starts are slow.
SLOW = 3.0
#: Recovery is looked at in windows of this length.
WINDOW_S = 60.0
SPOT, REGION = "spot", "region"


@dataclass(frozen=True)
class Trial:
    """One fault and one service.

    during       share of the requests that arrived while it lasted and were served within all limits
    undisturbed  the same share of the same requests without the fault
    recover_s    from its start to the end of the last minute that missed a limit and would not have without it
    survives     whether the stated fraction was served within all limits; None: the problem states none for such a loss
    """

    fault: str
    kind: str
    service: str
    start_s: float
    end_s: float
    requests: int
    during: float | None
    undisturbed: float | None
    recover_s: float
    lost: int
    retried: int
    refused: int
    survives: bool | None


def fault_table(case: Case, setting: Setting, asked: str, *, tell: Callable[[str], None] | None = None) -> tuple[Trial, ...]:
    """A row for each fault and each service it touches; ``asked`` is "all" or kinds with commas between them."""
    kinds = KINDS if asked == "all" else tuple(one.strip() for one in asked.split(","))
    unknown = [one for one in kinds if one not in KINDS]
    if unknown:
        raise UsageError(f'there is no fault "{unknown[0]}"', hint="all, or some of " + ",".join(KINDS))
    span = span_of(case, setting.traces, setting.start, setting.scale)
    found = []
    for part in case.plan.services:
        service = case.services[part.name]
        fleet = fleet_in(case, service, (*span.stages, *span.beyond) if may_wait(service) else span.stages, setting)
        calm = _play(case, service, fleet, span, setting)
        for fault in _faults(case, span, kinds):
            if fault.kind in ("burst", "slow_start") or outages_of(case, fleet, (fault,)):
                if tell is not None:
                    tell(f"{part.name}: {fault.name}")
                found.append(_trial(case, service, fleet, span, setting, fault, calm))
    return tuple(found)


@dataclass(frozen=True, eq=False)
class _Seen:
    """Rows of a run in order of arrival, and [limit, request] whether it was in time."""

    rows: np.ndarray
    kept: np.ndarray


def _faults(case: Case, span: Span, kinds: tuple[str, ...]) -> list[Fault]:
    at = BEGINS * span.seconds
    hour, used = 3600.0, [d for s in case.plan.services for d in s.deployments if any(d.replicas)]
    start_up = case.problem.start_up
    found = []
    for kind in kinds:
        if kind == "instance":
            names = sorted({f"{d.pool} {d.purchase}" for d in used})
            found += [Fault(kind, name, at, at + start_up.hours * hour) for name in names]
        elif kind == "spot_pool":
            names = sorted({d.pool for d in used if d.purchase == SPOT})
            found += [Fault(kind, name, at, at + start_up.spot_restart_hours * hour) for name in names]
        elif kind == "spot_region":
            names = sorted({d.region for d in used if d.purchase == SPOT})
            found += [Fault(kind, name, at, at + start_up.spot_restart_hours * hour) for name in names]
        elif kind == "zone":
            zones = sorted({z for d in used if (z := case.pools[d.pool].failure_zone) is not None})
            found += [Fault(kind, name, at, at + PLACE_S) for name in zones]
        elif kind == REGION:
            found += [Fault(kind, name, at, at + PLACE_S) for name in sorted({d.region for d in used})]
        elif kind == "slow_start" and len(span.stages) > 1:
            found.append(Fault(kind, "replicas of a new period are late", span.stages[1].start_s, span.seconds))
        elif kind == "burst":
            found.append(Fault(kind, "twice the forecast", at, min(at + BURST_S, span.seconds)))
    return found


def _play(case: Case, service: Service, fleet: Fleet, span: Span, setting: Setting, fault: Fault | None = None) -> _Seen:
    parts: list[tuple[np.ndarray, np.ndarray]] = []
    limits = limits_of(service)

    def keep(rows: np.ndarray, late: np.ndarray) -> None:
        parts.append((rows, in_time(rows, late, limits)))

    rules: Rules = setting.rules
    twice = partial(doubled, start_s=fault.start_s, end_s=fault.end_s, seed=setting.first_seed) if fault is not None and fault.kind == "burst" else iter
    sent = Sent(options_of(case, next(s for s in case.plan.services if s.name == service.name)))
    every = assigned_requests(case, service, sent.options, setting, span, setting.first_seed, twice)
    requests = own_requests(every, sent, accounts_of(sent.options, {}), 0.0, lambda rows: keep(rows, np.zeros(len(rows), np.int64)))
    if fault is not None and fault.kind == "slow_start":
        rules = replace(rules, start_delay_s=SLOW * case.problem.start_up.hours * 3600.0)
    faults = setting.faults if fault is None or fault.kind in ("burst", "slow_start") else (*setting.faults, fault)
    fleet = rerouted(case, fleet, faults)
    drain_s = service.window_hours * 3600.0 * span.share if may_wait(service) else None
    play(fleet, requests, (), seed=setting.first_seed, rules=rules, outages=outages_of(case, fleet, faults), limits=limits, on_rows=keep, drain_s=drain_s)
    if not parts:
        return _Seen(np.zeros(0, [("arrived", np.int64), ("status", np.int64), ("retries", np.int64)]), np.ones((len(limits), 0), bool))
    rows, kept = np.concatenate([p[0] for p in parts]), np.concatenate([p[1] for p in parts], axis=1)
    order = np.argsort(rows["index"], kind="stable")
    return _Seen(rows[order], kept[:, order])


def _trial(case: Case, service: Service, fleet: Fleet, span: Span, setting: Setting, fault: Fault, calm: _Seen) -> Trial:
    hit = _play(case, service, fleet, span, setting, fault)
    end = span.seconds if fault.end_s is None else min(fault.end_s, span.seconds)
    limits = limits_of(service)
    during = _share(hit, fault.start_s, end)
    rows = hit.rows[hit.rows["arrived"] >= 0]
    return Trial(
        fault=fault.name, kind=fault.kind, service=service.name, start_s=fault.start_s, end_s=end,
        requests=int(_within(hit, fault.start_s, end).sum()), during=during, undisturbed=_share(calm, fault.start_s, end),
        recover_s=_recovery(hit, calm, limits, fault.start_s, span.seconds), lost=int((rows["status"] == LOST).sum()),
        retried=int((rows["retries"] > 0).sum()), refused=int((rows["status"] == REFUSED).sum()),
        survives=_survives(service, fault, during),
    )  # fmt: skip


def _survives(service: Service, fault: Fault, during: float | None) -> bool | None:
    stated = service.availability.survives_loss if service.availability is not None else None
    if stated is None or fault.kind not in stated.of or during is None:
        return None
    # What the percentiles themselves leave late is not held against the fraction.
    room = min((limit.percentile / 100.0 for limit in limits_of(service)), default=1.0)
    return during >= stated.fraction * room


def _within(seen: _Seen, start_s: float, end_s: float) -> np.ndarray:
    return (seen.rows["arrived"] >= start_s * PS_PER_S) & (seen.rows["arrived"] < end_s * PS_PER_S)


def _share(seen: _Seen, start_s: float, end_s: float) -> float | None:
    chosen = _within(seen, start_s, end_s)
    if not chosen.any():
        return None
    served = seen.rows["status"][chosen] == FINISHED
    return float((served & seen.kept[:, chosen].all(axis=0)).mean())


def _recovery(hit: _Seen, calm: _Seen, limits: tuple[Limit, ...], start_s: float, end_s: float) -> float:
    """Seconds until minutes that miss a limit, and would not have without the fault, are over."""
    windows = max(1, int(np.ceil((end_s - start_s) / WINDOW_S)))
    late = _missed(hit, limits, start_s, windows) & ~_missed(calm, limits, start_s, windows)
    return 0.0 if not late.any() else float((np.flatnonzero(late)[-1] + 1) * WINDOW_S)


def _missed(seen: _Seen, limits: tuple[Limit, ...], start_s: float, windows: int) -> np.ndarray:
    """Windows after ``start_s`` in which some limit is not kept at its percentile, or somebody was not served."""
    at = np.floor((seen.rows["arrived"] / PS_PER_S - start_s) / WINDOW_S).astype(np.int64)
    chosen = (at >= 0) & (at < windows)
    asked = np.maximum(np.bincount(at[chosen], minlength=windows), 1)
    found = np.bincount(at[chosen & (seen.rows["status"] != FINISHED)], minlength=windows) > 0
    for limit, kept in zip(limits, seen.kept):
        late = np.bincount(at[chosen & ~kept], minlength=windows)
        found |= late > (1.0 - limit.percentile / 100.0) * asked + 1e-9
    return found
