"""Every fault that a plan might meet, one at a time: who was served during it, how long it took to recover, what was lost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from planner.errors import UsageError
from planner.plan.schema import ServicePlan
from planner.problem.service import Service
from planner.replay.accounts import accounts_of
from planner.replay.case import Case
from planner.replay.demand import MOST_DRAWN, Span, first_place, planned_rates, span_of
from planner.replay.faults import Fault, outages_of, rerouted
from planner.replay.fleets import limits_of
from planner.replay.hosted import Sent, options_of
from planner.replay.run import Setting, assigned_requests, fleet_in
from planner.replay.sent import own_requests
from planner.replay.waiting import may_wait
from planner.simulate.arrivals import doubled
from planner.simulate.fleet import Fleet, Stage, stages
from planner.simulate.kernel.world import FINISHED, LOST, PS_PER_S, REFUSED, UNFINISHED
from planner.simulate.service import Rules, play
from planner.simulate.tally import Limit, in_time
from planner.units import SECONDS_PER_HOUR

KINDS = ("instance", "spot_pool", "spot_region", "zone", "region", "slow_start", "burst")
#: Faults begin after this share of the run.
BEGINS = 0.3
#: A drawn run over periods of a day begins with the busiest one and is played as long as this, so that periods last as long as they
#: do; slow starts are looked at for so long before the period that adds most, and until so long after its replicas should be there.
DAY_S, BEFORE_S, AFTER_S = 7200.0, 600.0, 3600.0
#: A zone or a region is away for so long, and a burst lasts so long (assumed).
PLACE_S, BURST_S = 1800.0, 600.0
#: Replicas are late by so many start-up times where starts are slow.
SLOW = 3.0
#: Recovery is looked at in windows of this length; it is complete when so many in a row are as good as without the fault.
WINDOW_S, CALM_WINDOWS = 60.0, 5
SPOT, REGION = "spot", "region"


@dataclass(frozen=True)
class Trial:
    """One fault and one service.

    during       share of the requests that arrived while it lasted and were served within all limits
    undisturbed  the same share of the same requests without the fault
    recover_s    from its start to the end of the last minute that missed a limit and would not have without it, before five
                 minutes in a row after its end that did not
    unrecovered  there were no such five minutes
    lost, retried, refused, unfinished  requests of the whole run, beyond those without the fault; refused: also those that a plan turns away
                 on purpose after a loss, to serve the fraction that it promises in time
    turned_away  share of the requests that arrived while it lasted and were refused
    survives     whether the stated fraction was served within all limits; None: the problem states none for such a loss
    """

    fault: str
    kind: str
    service: str
    start_s: float
    end_s: float
    requests: int
    during: float | None
    turned_away: float | None
    undisturbed: float | None
    recover_s: float
    unrecovered: bool
    lost: int
    retried: int
    refused: int
    unfinished: int
    period: str
    survives: bool | None


def fault_table(case: Case, setting: Setting, asked: str, *, tell: Callable[[str], None] | None = None) -> tuple[Trial, ...]:
    """A row for each fault and each service it touches; ``asked`` is "all" or kinds with commas between them."""
    kinds = KINDS if asked == "all" else tuple(one.strip() for one in asked.split(","))
    unknown = [one for one in kinds if one not in KINDS]
    if unknown:
        raise UsageError(f'there is no fault "{unknown[0]}"', hint="all, or some of " + ",".join(KINDS))
    found = _rows(case, setting, _span(case, setting), tuple(one for one in kinds if one != "slow_start"), tell)
    late = _slow_span(case, setting) if "slow_start" in kinds else None
    if late is not None:
        found += _rows(case, replace(setting, start=str(late.stages[0].period)), late, ("slow_start",), tell)
    order = [part.name for part in case.plan.services]
    return tuple(sorted(found, key=lambda one: order.index(one.service)))


def _rows(case: Case, setting: Setting, span: Span, kinds: tuple[str, ...], tell: Callable[[str], None] | None) -> list[Trial]:
    found = []
    for part in case.plan.services:
        service = case.services[part.name]
        fleet = fleet_in(case, service, (*span.stages, *span.beyond) if may_wait(service) else span.stages, setting)
        calm = _play(case, service, fleet, span, setting)
        for fault in _faults(case, part, span, kinds):
            if fault.kind in ("burst", "slow_start") or outages_of(case, fleet, (fault,)):
                if tell is not None:
                    tell(f"{part.name}: {fault.name}")
                trial = _trial(case, service, fleet, span, setting, fault, calm)
                found += [trial] if trial.requests else []
    return found


def _span(case: Case, setting: Setting) -> Span:
    """The traces; or drawn, from the period that is asked for or the busiest of the plan, at its own pace."""
    whole = span_of(case, setting.traces, setting.start, setting.scale)
    if setting.traces or len({stage.period for stage in whole.stages}) == 1:
        return whole
    period = _busiest(case) if setting.start is None else whole.stages[0].period
    rate = setting.scale * sum(planned_rates(case, part.name, period)[0] for part in case.plan.services)
    return _from(case, setting, period, 0.0, min(DAY_S, MOST_DRAWN / max(rate, 1e-9)))


def _busiest(case: Case) -> int:
    rates = [sum(planned_rates(case, part.name, t)[0] for part in case.plan.services) for t in range(len(case.plan.periods))]
    return int(np.argmax(rates))


def _from(case: Case, setting: Setting, period: int, at_s: float, seconds: float) -> Span:
    """A stretch that begins ``at_s`` after the beginning of a period."""
    order, place = first_place(case, str(period))
    lengths = [one.length_hours * SECONDS_PER_HOUR for one in case.times.periods]
    window_s = max((s.window_hours * SECONDS_PER_HOUR for s in case.services.values() if may_wait(s)), default=0.0)
    first, every = (stages(order, lengths, place, at_s + seconds + more) for more in (0.0, window_s))
    shifted = tuple(Stage(one.period, max(0.0, one.start_s - at_s)) for one in every)
    return Span(shifted[: len(first)], seconds, 1.0, shifted[len(first) :])


def _slow_span(case: Case, setting: Setting) -> Span | None:
    """From shortly before the period that adds the most replicas; of a trace that is replayed, all of it. None: none ever adds any."""
    if setting.traces:
        span = span_of(case, setting.traces, setting.start, setting.scale)
        return span if any(_added(case, a.period, b.period) for a, b in zip(span.stages, span.stages[1:])) else None
    order, _ = first_place(case, setting.start)
    adds, before = max(((_added(case, a, b), a) for a, b in zip((order[-1], *order[:-1]), order)), key=lambda one: one[0])
    length = case.times.periods[before].length_hours * SECONDS_PER_HOUR
    return _from(case, setting, before, length - BEFORE_S, BEFORE_S + _delay_s(case) + AFTER_S) if adds else None


def _added(case: Case, before: int, after: int) -> int:
    return sum(max(0, d.replicas[after] - d.replicas[before]) for part in case.plan.services for d in part.deployments)


def _delay_s(case: Case) -> float:
    return SLOW * case.problem.start_up.hours * SECONDS_PER_HOUR


@dataclass(frozen=True, eq=False)
class _Seen:
    """Rows of a run in order of arrival, and [limit, request] whether it was in time."""

    rows: np.ndarray
    kept: np.ndarray


def _faults(case: Case, planned: ServicePlan, span: Span, kinds: tuple[str, ...]) -> list[Fault]:
    at, hour = BEGINS * span.seconds, SECONDS_PER_HOUR
    used = [d for s in case.plan.services for d in s.deployments if any(d.replicas[stage.period] for stage in span.stages)]
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
        elif kind == "slow_start":
            pairs = list(zip(span.stages, span.stages[1:]))
            grows = [(sum(max(0, d.replicas[b.period] - d.replicas[a.period]) for d in planned.deployments), -b.start_s, b) for a, b in pairs]
            count, _, stage = max(grows, key=lambda one: one[:2], default=(0, 0.0, None))
            if count:
                name = f"{count} new replica{'s' * (count > 1)} of {case.plan.periods[stage.period].name} late by {_delay_s(case) / 60.0:g} min"
                found.append(Fault(kind, name, stage.start_s, stage.start_s + _delay_s(case)))
        elif kind == "burst":
            found.append(Fault(kind, "twice the forecast", at, min(at + BURST_S, span.seconds)))
    return found


def _play(case: Case, service: Service, fleet: Fleet, span: Span, setting: Setting, fault: Fault | None = None) -> _Seen:
    parts: list[tuple[np.ndarray, np.ndarray]] = []
    limits = limits_of(service)

    def keep(rows: np.ndarray, late: np.ndarray) -> None:
        parts.append((rows, in_time(rows, late, limits)))

    def answered(rows: np.ndarray) -> None:
        # Of what providers answer no latency is drawn: who was let in counts as served.
        parts.append((rows, np.ones((len(limits), len(rows)), bool)))

    rules: Rules = setting.rules
    twice = partial(doubled, start_s=fault.start_s, end_s=fault.end_s, seed=setting.first_seed) if fault is not None and fault.kind == "burst" else iter
    sent = Sent(options_of(case, next(s for s in case.plan.services if s.name == service.name)))
    every = assigned_requests(case, service, sent.options, setting, span, setting.first_seed, twice)
    requests = own_requests(every, sent, accounts_of(sent.options, {}), 0.0, lambda rows: keep(rows, np.zeros(len(rows), np.int64)), answered)
    if fault is not None and fault.kind == "slow_start":
        rules = replace(rules, start_delay_s=_delay_s(case))
    faults = setting.faults if fault is None or fault.kind in ("burst", "slow_start") else (*setting.faults, fault)
    fleet = rerouted(case, fleet, faults)
    drain_s = service.window_hours * SECONDS_PER_HOUR * span.share if may_wait(service) else None
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
    windows = max(1, int(np.ceil((span.seconds - fault.start_s) / WINDOW_S)))
    worse = _missed(hit, limits, fault.start_s, windows) & ~_missed(calm, limits, fault.start_s, windows)
    recover_s, unrecovered = recovery(worse, int(np.ceil((end - fault.start_s) / WINDOW_S)))
    begun = max((s for s in span.stages if s.start_s <= fault.start_s), key=lambda s: s.start_s)
    return Trial(
        fault=fault.name, kind=fault.kind, service=service.name, start_s=fault.start_s, end_s=end,
        requests=int(_within(hit, fault.start_s, end).sum()), during=during, turned_away=_refused(hit, fault.start_s, end),
        undisturbed=_share(calm, fault.start_s, end), recover_s=recover_s, unrecovered=unrecovered, lost=_more(hit, calm, LOST), retried=int((hit.rows["retries"] > 0).sum()) - int((calm.rows["retries"] > 0).sum()),
        refused=_more(hit, calm, REFUSED), unfinished=_more(hit, calm, UNFINISHED), period=case.plan.periods[begun.period].name,
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


def _more(hit: _Seen, calm: _Seen, ending: int) -> int:
    """Requests that ended so because of the fault."""
    return max(0, int((hit.rows["status"] == ending).sum()) - int((calm.rows["status"] == ending).sum()))


def _refused(seen: _Seen, start_s: float, end_s: float) -> float | None:
    chosen = _within(seen, start_s, end_s)
    return float((seen.rows["status"][chosen] == REFUSED).mean()) if chosen.any() else None


def _share(seen: _Seen, start_s: float, end_s: float) -> float | None:
    chosen = _within(seen, start_s, end_s)
    if not chosen.any():
        return None
    served = seen.rows["status"][chosen] == FINISHED
    return float((served & seen.kept[:, chosen].all(axis=0)).mean())


def recovery(worse: np.ndarray, over: int) -> tuple[float, bool]:
    """(seconds until windows that the fault made worse are over, whether they never are); it ends with window ``over``."""
    for at in range(over, len(worse)):
        if not worse[at : at + CALM_WINDOWS].any():
            before = np.flatnonzero(worse[:at])
            return (float((before[-1] + 1) * WINDOW_S) if len(before) else 0.0), False
    found = np.flatnonzero(worse)
    return (float((found[-1] + 1) * WINDOW_S) if len(found) else 0.0), bool(len(found)) and over < len(worse)


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
