"""Simulates every service of a plan, each on its own replicas."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import chain

import numpy as np

from planner.errors import UsageError
from planner.problem.service import Service
from planner.replay.accounts import Account, accounts_of, limited, merged
from planner.replay.autoscale import Autoscale, autoscaled
from planner.replay.case import Case
from planner.replay.disaggregate import Disaggregate, disaggregated
from planner.replay.demand import Span, planned_rates, requests_of, span_of
from planner.replay.faults import Fault, outages_of, rerouted
from planner.replay.fleets import limits_of
from planner.replay.hosted import PROVISIONED, Assigned, Option, Sent, assigned, options_of
from planner.replay.sent import own_requests, with_stated, within_window
from planner.replay.served import fleet_of
from planner.replay.usage import Taken
from planner.replay.waiting import due, left_from_before, may_wait, queued
from planner.simulate.arrivals import Requests
from planner.simulate.fleet import Fleet, Outage, Stage
from planner.simulate.service import Played, Rules, play
from planner.simulate.tally import BATCHES, Attainment, Tally, verdict
from planner.units import MS_PER_SECOND
from planner.workload import Trace

#: Start of a run that is not counted, since it begins with an empty system: a share of it, at most so long; of a trace of few requests
#: all count.
WARM_UP_SHARE, WARM_UP_S, FEW_REQUESTS = 0.05, 300.0, 1000

#: Batches kept apart over all runs; further runs join those there are, so that memory does not grow with them.
MOST_RUNS = 90


@dataclass(frozen=True)
class Setting:
    """How a plan is simulated.

    traces     by service; the others' arrivals are drawn
    start      name or number of the period at time 0; None: the first
    scale      factor on every rate; a trace is replayed so many times as fast
    seeds      runs that are pooled, numbered from ``first_seed``
    warm_up_s  not counted at the beginning; None: 5 % of the run, at most 300 s, and nothing of a trace of under 1,000 requests
    autoscale  of replicas, instead of the plan's periods; None: as the plan has them
    divided    by service, its replicas into those that read prompts and those that decode
    """

    traces: Mapping[str, Trace] = field(default_factory=dict)
    start: str | None = None
    scale: float = 1.0
    seeds: int = 1
    first_seed: int = 0
    warm_up_s: float | None = None
    rules: Rules = Rules()
    faults: tuple[Fault, ...] = ()
    autoscale: Autoscale | None = None
    divided: Mapping[str, Disaggregate] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Simulated:
    """One service's runs: what was asked and counted, and each limit's attainment.

    due     of work that may wait: the share answered within its window; None: of other services
    before  requests that waited when the runs began; they are not counted
    taken   requests by the replicas that answered them, in all of the runs
    """

    fleet: Fleet
    span: Span
    warm_up_s: float
    tally: Tally
    played: tuple[Played, ...]
    limits: tuple[Attainment, ...]
    planned_rate: float
    sent: Sent
    taken: Taken
    outages: tuple[Outage, ...] = ()
    due: Attainment | None = None
    before: int = 0
    divided: Disaggregate | None = None

    @property
    def requests(self) -> int:
        """All that arrived, in every run, also those for hosted options."""
        return sum(p.arrivals for p in self.played) + self.sent.requests - self.before

    @property
    def simulated_rate(self) -> float:
        """Requests/s from the first arrival to the last."""
        seconds = max(sum(p.last_arrival_s for p in self.played), self.sent.seconds)
        return self.requests / seconds if seconds > 0.0 else 0.0

    @property
    def slo_met(self) -> bool | None:
        """Every limit is kept at its percentile, and nothing that may wait is late; None where of one nobody asked."""
        return verdict([*(one.met for one in self.limits), *([] if self.due is None else [self.due.met])])

    @property
    def confident(self) -> bool | None:
        """Every limit's lower bound is at its percentile too, and nothing that may wait was late; None as of ``slo_met``."""
        return verdict([*(one.confident for one in self.limits), *([] if self.due is None else [self.due.met])])

    @property
    def idle(self) -> bool:
        """Nothing is planned for it and nobody came, so it has nothing to keep."""
        return self.planned_rate <= 0.0 and not self.requests


def simulate_plan(case: Case, setting: Setting, *, tell: Callable[[str], None] | None = None) -> dict[str, Simulated]:
    """Every service of the plan by name."""
    slow = setting.autoscale is not None or setting.rules.start_delay_s > 0.0
    span = span_of(case, setting.traces, setting.start, setting.scale, whole=slow)
    shared = [_shared_accounts(case, setting, span, setting.first_seed + number) for number in range(setting.seeds)]
    found = {}
    for part in case.plan.services:
        if tell is not None:
            tell(part.name)
        found[part.name] = simulate_service(case, case.services[part.name], setting, span, [one.get(part.name, {}) for one in shared])
    return found


def simulate_service(case: Case, service: Service, setting: Setting, span: Span, shared: Sequence[dict[str, Account]]) -> Simulated:
    """One service alone: replicas are its own; ``shared`` are accounts that it has with other services, by seed."""
    trace = setting.traces.get(service.name)
    seconds = span.seconds if trace is None else trace.span_seconds / setting.scale
    warm_up = _warm_up(setting, trace, seconds)
    limits = limits_of(service, trace)
    waits, drain_s, stages = may_wait(service), None, span.stages
    if waits:
        last = due(service, span.share)
        limits, drain_s, stages = (*limits, last), last.limit_ms / MS_PER_SECOND, (*span.stages, *span.beyond)
    fleet = fleet_in(case, service, stages, setting)
    # Seeds draw new arrivals, but repeat those of a trace: the same hour once more is no new evidence.
    runs, copies = (min(setting.seeds, MOST_RUNS), 1) if trace is None else (1, setting.seeds)
    tally = Tally(limits, warm_up, seconds, min(BATCHES, MOST_RUNS // runs), runs=runs, copies=copies)
    before = 0
    part = next(s for s in case.plan.services if s.name == service.name)
    played, sent, outages, taken = [], Sent(options_of(case, part)), outages_of(case, fleet, setting.faults), Taken(fleet)

    def turned_away(rows: np.ndarray) -> None:
        tally.add(rows, np.zeros(len(rows), np.int64))

    for number in range(setting.seeds):
        tally.run = number % runs
        seed = setting.first_seed + number
        parts = assigned_requests(case, service, sent.options, setting, span, seed)
        requests = own_requests(parts, sent, accounts_of(sent.options, shared[number]), warm_up, turned_away)
        if waits and trace is None:
            left = list(left_from_before(case, part, span.stages[0].period, span.share))
            before, requests = before + sum(len(chunk.at_ps) for chunk in left), chain(left, requests)
        played.append(play(
            fleet, requests, (tally,), seed=seed, rules=setting.rules, outages=outages, limits=limits, on_rows=taken.add, paid_s=span.seconds, drain_s=drain_s,
        ))  # fmt: skip
    planned = _mean_planned(case, service.name, span)
    reached = tally.attainments()
    limits_reached, in_window = (reached[:-1], within_window(reached[-1], sent)) if waits else (tuple(with_stated(one, sent) for one in reached), None)
    return Simulated(fleet, span, warm_up, tally, tuple(played), limits_reached, planned, sent, taken, outages, in_window, before, setting.divided.get(service.name))


def _warm_up(setting: Setting, trace: Trace | None, seconds: float) -> float:
    if setting.warm_up_s is None:
        return 0.0 if trace is not None and trace.requests < FEW_REQUESTS else min(WARM_UP_SHARE * seconds, WARM_UP_S)
    if setting.warm_up_s > max(seconds, 0.0):
        raise UsageError(f"a warm-up of {setting.warm_up_s:g} s is longer than the run of {seconds:g} s: nothing would be counted")
    return setting.warm_up_s


def assigned_requests(
    case: Case, service: Service, options: tuple[Option, ...], setting: Setting, span: Span, seed: int, more: Callable[[Iterator[Requests]], Iterator[Requests]] = iter
) -> Iterator[Assigned]:
    """The service's requests with the option of each; ``more`` adds to them before they are assigned."""
    part = next(s for s in case.plan.services if s.name == service.name)
    requests = requests_of(case, service, span, setting.traces.get(service.name), setting.scale, seed)
    return assigned(case, part, options, span.stages, more(requests), seed)


def _shared_accounts(case: Case, setting: Setting, span: Span, seed: int) -> dict[str, dict[str, Account]]:
    """By service and API: who is let in where services share the limits of an account."""
    options = {part.name: options_of(case, part) for part in case.plan.services}
    offers = {one.offer.id: one.offer for own in options.values() for one in own if one.mode != PROVISIONED and limited(one.offer)}
    found: dict[str, dict[str, Account]] = {}
    for name, offer in sorted(offers.items()):
        users = [s for s, own in options.items() if any(one.offer.id == name and one.mode != PROVISIONED for one in own)]
        if len(users) > 1:
            streams = {s: (options[s], partial(assigned_requests, case, case.services[s], options[s], setting, span, seed)) for s in users}
            for service, account in merged(offer, streams).items():
                found.setdefault(service, {})[name] = account
    return found


def fleet_in(case: Case, service: Service, stages: tuple[Stage, ...], setting: Setting) -> Fleet:
    """The service's replicas as they are simulated: divided or scaled as asked, with queues of work that may wait, and routing after losses."""
    fleet = fleet_of(case, service, stages)
    fleet = queued(case, fleet) if may_wait(service) else fleet
    fleet = disaggregated(case, autoscaled(case, fleet, setting.autoscale), setting.divided.get(service.name))
    return rerouted(case, fleet, setting.faults)


def _mean_planned(case: Case, name: str, span: Span) -> float:
    """The plan's rate over the simulated stages, by their length [requests/s]."""
    ends = [*(stage.start_s for stage in span.stages[1:]), max(span.seconds, span.stages[-1].start_s + 1e-9)]
    weighted = sum((end - s.start_s) * planned_rates(case, name, s.period)[0] for s, end in zip(span.stages, ends))
    return weighted / (ends[-1] - span.stages[0].start_s)
