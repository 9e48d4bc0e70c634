"""Simulates every service of a plan and tells what came of its limits: the content that ``planner simulate`` prints."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from planner.problem.service import Service
from planner.replay.case import Case
from planner.replay.demand import Span, planned_rates, requests_of, span_of
from planner.replay.faults import Fault, outages_of, rerouted
from planner.replay.fleets import fleet_of, limits_of
from planner.simulate.fleet import Fleet
from planner.simulate.kernel.world import ENDINGS
from planner.simulate.service import Played, Rules, gaps_at, kv_use, play
from planner.simulate.tally import BATCHES, METRICS, Attainment, Tally
from planner.workload import Trace

PERCENTILES = (50.0, 90.0, 95.0, 99.0)
#: Start of a run that is not counted, since it begins with an empty system: a share of it, at most so long.
WARM_UP_SHARE, WARM_UP_S = 0.05, 300.0


@dataclass(frozen=True)
class Setting:
    """How a plan is simulated.

    traces     by service; the others' arrivals are drawn
    start      name or number of the period at time 0; None: the first
    scale      factor on every rate; a trace is replayed so many times as fast
    seeds      runs that are pooled, numbered from ``first_seed``
    warm_up_s  not counted at the beginning; None: 5 % of the run, at most 300 s
    """

    traces: Mapping[str, Trace] = field(default_factory=dict)
    start: str | None = None
    scale: float = 1.0
    seeds: int = 1
    first_seed: int = 0
    warm_up_s: float | None = None
    rules: Rules = Rules()
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True, eq=False)
class Simulated:
    """One service's runs: what was asked and counted, and each limit's attainment."""

    fleet: Fleet
    span: Span
    warm_up_s: float
    tally: Tally
    played: tuple[Played, ...]
    limits: tuple[Attainment, ...]
    planned_rate: float

    @property
    def slo_met(self) -> bool:
        """Every limit is kept at its percentile."""
        return all(one.met for one in self.limits)

    @property
    def confident(self) -> bool:
        """Every limit's lower bound is at its percentile too."""
        return all(one.confident for one in self.limits)


def simulate_plan(case: Case, setting: Setting, *, tell: Callable[[str], None] | None = None) -> dict[str, Simulated]:
    """Every service of the plan by name."""
    span = span_of(case, setting.traces, setting.start, setting.scale)
    found = {}
    for part in case.plan.services:
        if tell is not None:
            tell(part.name)
        found[part.name] = simulate_service(case, case.services[part.name], setting, span)
    return found


def simulate_service(case: Case, service: Service, setting: Setting, span: Span) -> Simulated:
    """One service alone: replicas are its own."""
    trace = setting.traces.get(service.name)
    fleet = rerouted(case, fleet_of(case, service, span.stages), setting.faults)
    seconds = span.seconds if trace is None else trace.span_seconds / setting.scale
    warm_up = min(WARM_UP_SHARE * seconds, WARM_UP_S) if setting.warm_up_s is None else setting.warm_up_s
    limits = limits_of(service)
    # Seeds draw new arrivals, but repeat those of a trace: the same hour once more is no new evidence.
    runs, copies = (setting.seeds, 1) if trace is None else (1, setting.seeds)
    tally = Tally(limits, warm_up, seconds, BATCHES, runs=runs, copies=copies)
    played = []
    for seed in range(setting.seeds):
        tally.run = seed if trace is None else 0
        outages = outages_of(case, fleet, setting.faults)
        own = setting.first_seed + seed
        requests = requests_of(case, service, span, trace, setting.scale, own)
        played.append(play(fleet, requests, (tally,), seed=own, rules=setting.rules, outages=outages, limits=limits))
    planned = _mean_planned(case, service.name, span)
    return Simulated(fleet, span, warm_up, tally, tuple(played), tally.attainments(), planned)


def content(case: Case, found: Mapping[str, Simulated]) -> dict[str, Any]:
    """What was found, as plain data."""
    first = next(iter(found.values()))
    return {
        "start": case.plan.periods[first.span.stages[0].period].name,
        "simulated_s": first.span.seconds,
        "share_of_each_period": first.span.share,
        "slo_met": all(one.slo_met for one in found.values()),
        "confident": all(one.confident for one in found.values()),
        "services": [_service_content(name, one) for name, one in found.items()],
    }


def _service_content(name: str, one: Simulated) -> dict[str, Any]:
    tally, played = one.tally, one.played
    requests = sum(p.arrivals for p in played)
    seconds = sum(max(p.last_arrival_s, 1e-12) for p in played)
    counted_s = (tally.end - tally.begin) / 1e12 * len(played)
    busy = [_busy(p, one.fleet) for p in played]
    used = [kv_use(p.world) for p in played]
    gaps = played[0].world.gaps.copy()
    for other in played[1:]:
        gaps[1] += other.world.gaps[1]
    replicas = np.concatenate([p.world.replicas for p in played])
    return {
        "name": name,
        "requests": requests,
        "counted_requests": tally.requests,
        "warm_up_s": one.warm_up_s,
        "planned_rate": one.planned_rate,
        "simulated_rate": requests / seconds if requests else 0.0,
        "slo_met": one.slo_met,
        "confident": one.confident,
        "limits": [_limit_content(limit) for limit in one.limits],
        **{f"{metric}_ms": _percentiles(tally, metric) for metric in METRICS},
        "itl_ms": {f"p{p:g}": value for p, value in zip(PERCENTILES, gaps_at(gaps, PERCENTILES))},
        "goodput_per_s": float(tally.good.sum()) / counted_s,
        "endings": {ending: int(count) for ending, count in zip(ENDINGS, tally.endings)},
        "retried": tally.retried,
        "preemptions": int(replicas["preempted"].sum()),
        "utilisation": sum(busy) / len(busy),
        "kv_use_mean": sum(u[0] for u in used) / len(used),
        "kv_use_peak": max(u[1] for u in used),
        "tokens_read": int(replicas["tokens_in"].sum()),
        "tokens_written": int(replicas["tokens_out"].sum()),
    }


def _limit_content(one: Attainment) -> dict[str, Any]:
    return {
        "metric": f"{one.limit.metric}_ms",
        "percentile": one.limit.percentile,
        "limit_ms": one.limit.limit_ms,
        "measured_ms": one.measured_ms,
        "attainment": one.attainment,
        "lower_bound": one.lower_bound,
        "requests": one.requests,
        "met": one.met,
        "confident": one.confident,
    }


def _percentiles(tally: Tally, metric: str) -> dict[str, Any]:
    found: dict[str, Any] = {"mean": tally.mean_ms(metric), "requests": tally.finished(metric)}
    for one in tally.quantiles(metric, PERCENTILES):
        found[f"p{one.percentile:g}"] = {"value": one.value_ms, "low": one.low_ms, "high": one.high_ms}
    return found


def _mean_planned(case: Case, name: str, span: Span) -> float:
    """The plan's rate over the simulated stages, by their length [requests/s]."""
    ends = [*(stage.start_s for stage in span.stages[1:]), max(span.seconds, span.stages[-1].start_s + 1e-9)]
    weighted = sum((end - s.start_s) * planned_rates(case, name, s.period)[0] for s, end in zip(span.stages, ends))
    return weighted / (ends[-1] - span.stages[0].start_s)


def _busy(played: Played, fleet: Fleet) -> float:
    """Share of the replicas' time in which an iteration was under way."""
    starts = [stage.start_s for stage in fleet.stages]
    ends = [*starts[1:], max(played.ended_s, starts[-1])]
    there = sum(
        max(0.0, min(end, played.ended_s) - start) * part.replicas[stage.period]
        for group in fleet.groups
        for part in group.parts
        for stage, start, end in zip(fleet.stages, starts, ends)
    )
    return float(played.world.replicas["busy_ps"].sum()) / 1e12 / there if there > 0.0 else 0.0


def services_missed(found: Mapping[str, Simulated]) -> Sequence[str]:
    """Names of the services that do not keep a limit."""
    return [name for name, one in found.items() if not one.slo_met]
