"""A plan on requests of some kind: every service in every period and after every loss it is to survive."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from planner.plan.schema import Plan, ServicePlan
from planner.problem.service import Service
from planner.replay.accounts import accounts_of
from planner.replay.case import Case
from planner.replay.cell import DRAWN, Cell, Load, Stretch, late_loads
from planner.replay.demand import planned_rates
from planner.replay.faults import Fault, outages_of, rerouted
from planner.replay.fleets import Configuration, configuration_of, limits_of, longest_of, replicated
from planner.replay.held_requests import DRAWN_REQUESTS, DRAWN_S, drawn_requests, held_requests
from planner.replay.hosted import Sent, assigned, options_of
from planner.replay.refuted import Refuted, in_pieces, watch
from planner.replay.run import FEW_REQUESTS, WARM_UP_S, WARM_UP_SHARE
from planner.replay.sent import own_requests, with_stated
from planner.replay.served import fleet_of
from planner.simulate.fleet import Fleet, Stage
from planner.simulate.intervals import CONFIDENCE
from planner.simulate.kernel.world import REFUSED
from planner.simulate.service import play
from planner.simulate.tally import BATCHES, Tally, in_time

#: One of many periods is drawn for this part of the time that a single one is.
SHORTEST = 4
#: Drawn requests of all periods of a service together, where each gets at least a fifth of what a single one gets.
ALL_PERIODS = 8 * DRAWN_REQUESTS


@dataclass
class Trials:
    """Plays plans; what was played once is not played again.

    stretches   by service, one after the other; those of other services are drawn
    seeds       runs of a trace where the router leaves something to chance; so many times more drawn requests where there is no trace
    confidence  of every limit
    runs        of drawn arrivals, each as long
    enough      a run is ended when so many times the requests are late that may be, and nothing else is asked of a service and period that were late;
                None: everything is asked
    """

    stretches: Mapping[str, tuple[Stretch, ...]]
    seeds: int = 3
    first_seed: int = 1
    confidence: float = CONFIDENCE
    runs: int = 1
    enough: float | None = None
    _known: dict[tuple, Cell] = field(default_factory=dict)
    _refuted_on: dict[tuple, str] = field(default_factory=dict)
    _last: tuple[str, int] | None = None

    def of(self, case: Case, *, until_late: bool = False) -> tuple[Cell, ...]:
        """Every service with limits in every period in which anybody asks, and after every loss that it survives.

        Losses are left where the service is late without them, and all that comes after the first late one ``until_late``: what
        was late last is asked first.
        """
        places = [
            (service, next(s for s in case.plan.services if s.name == service.name), period)
            for service in case.problem.services
            for period in (range(len(case.plan.periods)) if limits_of(service) else ())
            if planned_rates(case, service.name, period)[0] > 0.0
        ]
        if until_late:
            places.sort(key=lambda place: (place[0].name, place[2]) != self._last)
        found: list[Cell] = []
        for service, planned, period in places:
            cells = self._place(case, service, planned, period)
            found += cells
            if any(cell.late for cell in cells):
                self._last = service.name, period
                if until_late:
                    break
        return tuple(found)

    def _place(self, case: Case, service: Service, planned: ServicePlan, period: int) -> list[Cell]:
        """A service in one period, without a loss and then after each; no further than to what is late first, where runs may be ended."""
        found: list[Cell] = []
        for loss in (None, *(Fault(one.kind, one.lost, 0.0) for one in planned.survival)):
            place = service.name, period, loss
            each = self.stretches.get(service.name, (DRAWN,))
            # What refuted a plan here before may well refute the next one.
            for stretch in sorted(each, key=lambda one: one.name != self._refuted_on.get(place)):
                cell = self._cell(case, service, planned, period, loss, stretch)
                found += [] if cell is None else [cell]
                if cell is not None and cell.late and self.enough is not None:
                    self._refuted_on[place] = stretch.name
                    return found
            if any(cell.late for cell in found):
                return found
        return found

    def _cell(self, case: Case, service: Service, planned: ServicePlan, period: int, loss: Fault | None, stretch: Stretch) -> Cell | None:
        key = (service.name, period, loss, stretch.name, _routing(planned, period, loss))
        if key not in self._known:
            fleet = fleet_of(case, service, (Stage(period, 0.0),))
            away = () if loss is None else outages_of(case, fleet, (loss,))
            if loss is not None and not any(fleet.groups[g].parts[p].replicas[period] > n for g, p, n in _places(fleet, away)):
                return None
            self._known[key] = self._played(case, service, planned, period, loss, fleet, away, stretch)
        return self._known[key]

    def _played(
        self, case: Case, service: Service, planned: ServicePlan, period: int, loss: Fault | None, fleet: Fleet, away: Sequence, stretch: Stretch
    ) -> Cell:
        fleet = fleet if loss is None else rerouted(case, fleet, (loss,))
        held = stretch.held
        limits = limits_of(service, None if held is None else held.trace)
        confidence = stretch.confidence or self.confidence
        # What headroom adds is planned for, but does not come.
        total, rates = planned_rates(case, service.name, period)
        total, rates = total / service.workload.headroom, [rate / service.workload.headroom for rate in rates]
        # One group of replicas leaves nothing to chance: other seeds would repeat the same run of a trace.
        runs, copies = (self.runs, 1) if held is None else (1, self.seeds if len(fleet.groups) > 1 else 1)
        in_cycle, number = case.times.periods[period].in_cycle, [s.name for s in case.plan.services].index(service.name)
        most = max(DRAWN_REQUESTS // 5, min(DRAWN_REQUESTS, ALL_PERIODS // len(case.plan.periods)))
        # Where drawn arrivals are all there is, more of them are asked than beside parts of a trace.
        most *= 1 if service.name in self.stretches else self.seeds
        sent = Sent(options_of(case, planned))
        # The last place is of requests that no replica took.
        groups = np.array([g for g, _, _ in fleet.replicas()] + [len(fleet.groups)], np.int64)
        turns_away = bool(fleet.unserved) and any(rate[period] > 0.0 for rate in fleet.unserved) or loss is not None
        every: Tally | None = None
        asked, asked_s = 0, 0.0
        own = np.zeros((len(fleet.groups) + 1, len(limits) + 1), np.int64)  # requests in time of each limit, and all
        watched: Refuted | None = None

        def count(rows: np.ndarray, prompt: np.ndarray) -> None:
            if turns_away:
                # Those that the plan does not undertake to serve are no part of what it promises.
                taken = rows["status"] != REFUSED
                rows, prompt = rows[taken], prompt[taken]
            every.add(rows, prompt)
            kept, group = in_time(rows, prompt, limits), groups[rows["replica"]]
            if watched is not None:
                watched.count(kept[:, rows["arrived"] >= every.begin])
            for at, one in enumerate((*kept, np.ones(len(rows), bool))):
                own[:, at] += np.bincount(group[one], minlength=len(own))

        for run in range(runs * copies):
            seed = self.first_seed + run
            if held is None:
                least_s = DRAWN_S / min(len(case.plan.periods), SHORTEST)
                chunks, seconds = drawn_requests(service, rates, seed, (number, period), most, least_s, longest_of(case, service))
            else:
                chunks, seconds = held_requests(held, service, case.problem.periods, in_cycle, total, service.workload.rate_per_s[in_cycle])
            warm_up = 0.0 if held is not None and held.trace.requests < FEW_REQUESTS else min(WARM_UP_SHARE * seconds, WARM_UP_S)
            if every is None:
                every = Tally(limits, warm_up, seconds, BATCHES, runs=runs, copies=copies, confidence=confidence)
            every.run = run % runs
            held_all = list(chunks)
            came = sum(len(chunk.at_ps) for chunk in held_all)
            asked, asked_s = asked + came, asked_s + seconds
            # Of requests that a provider answers, only what is stated is known.
            watched = None if self.enough is None or sent.options else watch(limits, came, self.enough)
            parts = assigned(case, planned, sent.options, fleet.stages, iter(held_all), seed)
            refused = partial(_refused, every)
            # No other service has a part in its accounts.
            chunks = own_requests(parts, sent, accounts_of(sent.options, {}), warm_up, refused)
            over = None if watched is None else watched.over
            play(fleet, in_pieces(chunks, over), (), seed=seed, outages=away, limits=limits, on_rows=count, over=over)
            if watched is not None and watched.over():
                break
            reached = every.attainments() if run + 1 < runs * copies and runs == 1 else ()
            if any(one.met is False for one in reached) or (reached and self.enough is not None and all(one.confident for one in reached)):
                break  # further copies would not prove it, or need not
        refuted = watched is not None and watched.over()
        found = watched.at_most(every.attainments()) if refuted else tuple(with_stated(one, sent) for one in every.attainments())
        loads = tuple(_loads(case, service, fleet, period, away))
        late = late_loads(found, loads, own, confidence)
        return Cell(service.name, period, None if loss is None else loss.name, stretch.name, found, loads, late, asked / asked_s / total, refuted)


def _refused(tally: Tally, rows: np.ndarray) -> None:
    """Counts requests that a provider did not let in."""
    tally.add(rows, np.zeros(len(rows), np.int64))


def _places(fleet: Fleet, away: Sequence) -> list[tuple[int, int, int]]:
    each = fleet.replicas()
    return [each[one.replica] for one in away]


def _loads(case: Case, service: Service, fleet: Fleet, period: int, away: Sequence) -> list[Load]:
    """One of each group, in their order: replicas that are left, and the share of saturation that is sent to them."""
    lost = _places(fleet, away)
    routed = [group.rate_per_s for group in fleet.groups]
    usual = {(key, region): u for (key, region), u in _utilisation(case.plan, service.name, period).items()}
    after = fleet.reroutes[0].rate_per_s if fleet.reroutes else routed
    found = []
    for g, ((configuration, region), used) in enumerate(usual.items()):
        count = sum(part.replicas[period] for part in fleet.groups[g].parts)
        left = count - sum(1 for group, part, number in lost if group == g and number < fleet.groups[g].parts[part].replicas[period])
        if fleet.reroutes and left and count:
            work = [w if np.isfinite(w) else 0.0 for w in replicated(case, service, configuration).work_s]
            before, now = (sum(w * rate[period] for w, rate in zip(work, rates)) for rates in (routed[g], after[g]))
            used = used * now / before * count / left if before > 0.0 else now / left
        found.append(Load(configuration, region, left, used if left else 0.0))
    return found


def _utilisation(plan: Plan, name: str, period: int) -> dict[tuple[Configuration, str], float]:
    """Of each configuration in each region, also one that rests, in the order of the fleet's groups."""
    planned = next(s for s in plan.services if s.name == name)
    each: dict[tuple[Configuration, str], list[tuple[int, float]]] = {}
    for one in planned.deployments:
        each.setdefault((configuration_of(one), one.region), []).append((one.replicas[period], one.utilisation[period] or 0.0))
    return {key: sum(n * u for n, u in parts) / max(sum(n for n, _ in parts), 1) for key, parts in each.items()}


def _routing(planned: ServicePlan, period: int, loss: Fault | None) -> tuple:
    """All of a plan that a cell depends on."""

    def at(rates: Mapping[str, tuple[float, ...]]) -> tuple:
        return tuple((name, rate[period]) for name, rate in sorted(rates.items()))

    own = tuple((configuration_of(d), d.pool, d.purchase, d.replicas[period], at(d.rate_per_s)) for d in planned.deployments)
    away = tuple((use.provider, use.name, at(use.rate_per_s)) for use in planned.hosted)
    after = () if loss is None else tuple(
        (r.variant, r.accelerator, r.tp, r.pp, r.engine, r.max_num_seqs, r.region, r.request_class, r.rate_per_s[period])
        for one in planned.survival
        if (one.kind, one.lost) == (loss.kind, loss.what)
        for r in one.routing
    )  # fmt: skip
    return own, away, at(planned.unserved_per_s), after
