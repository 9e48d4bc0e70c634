"""The numbers of the program as arrays over its sets; every formula about money or carbon per unit is here."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from planner.formulation.constraints.changes import standing_today
from planner.formulation.sets import Group, Sets, Slot
from planner.formulation.waiting import periods_to_serve, reach
from planner.units import GRAMS_PER_KG, HOURS_PER_MONTH, SECONDS_PER_HOUR

Side = tuple[int, bool]


@dataclass(frozen=True)
class Data:
    """Arrays over the sets; T periods, B classes.

    hours        of each period in a month, sums to 730                          [h/month]  [T]
    occurrences  of each period in a month                                       [1/month]  [T]
    before       index of the period before, -1 where starts are not counted                [T]
    demand       by service: rate by class and period that may be served at most [1/s]      [B, T]
    arrivals     by service: rate by class and period that comes; the same where nothing waits  [B, T]
    defers       by service: periods in which what comes may be served, 1 where nothing waits
    """

    sets: Sets
    hours: np.ndarray
    occurrences: np.ndarray
    before: np.ndarray
    demand: tuple[np.ndarray, ...]
    arrivals: tuple[np.ndarray, ...] = ()
    defers: tuple[int, ...] = ()

    @cached_property
    def active(self) -> tuple[np.ndarray, ...]:
        """By service: periods with any demand [T bool]."""
        return tuple(d.sum(axis=0) > 0 for d in self.demand)

    def busy_per_request(self, group: Group) -> np.ndarray:
        """Replica-seconds per request at saturation of the served classes [s] [served]."""
        return np.array([group.candidate.work_s[b] for b in group.served])

    def cache_per_request(self, group: Group) -> np.ndarray:
        """Token-seconds of cache per request of the served classes [token s] [served]."""
        c = group.candidate
        return np.array([c.residence_s[b] * c.kv_tokens[b] for b in group.served])

    def splits_spot(self, group: Group) -> bool:
        """Whether requests on spot must be told apart: the service caps their share and the group has spot."""
        capped = self.sets.services[group.service].spot.max_share < 1.0
        return capped and any(not self.sets.slots[q].firm for q in group.slots)

    def served_demand(self, group: Group) -> np.ndarray:
        """Rate of the served classes [1/s] [served, T]."""
        return self.demand[group.service][list(group.served), :]

    @cached_property
    def enough(self) -> tuple[np.ndarray, ...]:
        """By group and period: a number of replicas that more of is never needed [T].

        Serving all that the group can serve, alone, takes some count n. Firm and spot that must each carry their own
        part, whole replicas for each, can take one more, and where cache binds one part and time the other, what both
        take. Survival of a loss can ask for that count on either side of the loss; distinct instances can ask for
        ``min_instances``; a ramp can ask in one period for what another needs; what runs today may be kept.
        """
        enough = [self._enough(group) for group in self.sets.groups]
        if self.sets.problem.existing is not None:
            for slot, now in zip(self.sets.slots, standing_today(self.sets)):
                enough[slot.group] = np.maximum(enough[slot.group], now)
        return tuple(enough)

    def _enough(self, group: Group) -> np.ndarray:
        service = self.sets.services[group.service]
        worst = min(self.sets.slots[q].effective for q in group.slots)
        work = self.busy_per_request(group) @ self.served_demand(group)
        count = np.array([_replicas_for(w, group.candidate.levels) for w in work / max(worst, 1e-9)])
        apart = self.splits_spot(group)
        if group.candidate.kv_capacity_tokens:
            cache = self.cache_per_request(group) @ self.served_demand(group)
            cached = np.ceil(cache / (group.candidate.kv_capacity_tokens * worst) - 1e-9)
            count = count + cached if apart else np.maximum(count, cached)
        count = count + 1 if apart else count
        if service.availability:
            if service.availability.survives_loss:
                count = 2 * count
            count = np.maximum(count, service.availability.min_instances)
        if service.ramp:
            count = np.full_like(count, count.max())
        return np.where(self.active[group.service], count, 0 if not service.ramp else count)

    def running_cost(self, side: Side) -> np.ndarray:
        """Rent of one running spot instance, expected hours, by period [USD/month] [T]; firm rent is on_demand's."""
        pool, firm = side
        p = self.sets.pools[pool]
        return np.zeros_like(self.hours) if firm else self.hours * np.array(p.spot) * p.spot_availability

    def restart_cost(self, pool: int) -> np.ndarray:
        """Restarts of one running spot instance by period [USD/month] [T]."""
        p = self.sets.pools[pool]
        again = p.spot_interruptions_per_hour * self.sets.problem.start_up.spot_restart_hours
        return self.hours * np.array(p.spot) * again

    def start_cost(self, side: Side) -> np.ndarray:
        """Start-up of one instance at the beginning of each period [USD/month] [T]."""
        pool, firm = side
        p = self.sets.pools[pool]
        length = self.sets.problem.start_up.hours
        if p.owned is not None:
            price = np.full(self.sets.period_count, p.electricity_usd_per_kwh * (p.idle_kw() or 0.0))
        else:
            rate = p.on_demand if firm else p.spot
            price = np.zeros(self.sets.period_count) if rate is None else np.array(rate)
        return price * length * self.occurrences

    def carbon_per_running(self, side: Side) -> np.ndarray | None:
        """Emissions of one running instance without work, by period [kg/month] [T]; None when unknown."""
        pool, firm = side
        p = self.sets.pools[pool]
        idle = p.idle_kw()
        if idle is None or p.intensity is None:
            return None
        share = 1.0 if firm else p.spot_availability
        kg = self.hours * np.array(p.intensity) / GRAMS_PER_KG * idle * share
        if self.sets.problem.carbon.embodied:
            if p.embodied_kg_per_hour is None:
                return None
            kg = kg + self.hours * p.embodied_kg_per_hour * share
        return kg

    def carbon_per_rate(self, group: Group) -> np.ndarray | None:
        """Emissions of one request per second over a period [kg/month per 1/s] [served, T]; None when unknown."""
        p = self.sets.pools[self.sets.slots[group.slots[0]].pool]
        kw = p.busy_kw_per_accelerator()
        if kw is None or p.intensity is None:
            return None
        per_busy = self.hours * np.array(p.intensity) / GRAMS_PER_KG * kw * group.configuration.accelerators
        return np.outer(self.busy_per_request(group), per_busy)

    def energy_cost_per_rate(self, group: Group) -> np.ndarray | None:
        """Electricity of one request per second on owned hardware [USD/month per 1/s] [served, T]; None elsewhere."""
        p = self.sets.pools[self.sets.slots[group.slots[0]].pool]
        kw = p.busy_kw_per_accelerator()
        if p.owned is None or not kw or not p.electricity_usd_per_kwh:
            return None
        per_busy = self.hours * p.electricity_usd_per_kwh * kw * group.configuration.accelerators
        return np.outer(self.busy_per_request(group), per_busy)

    def share_price(self, slot: Slot) -> np.ndarray:
        """Price of one accelerator as team shares count it, by period [USD/h] [T]."""
        return np.zeros_like(self.hours) + np.array(self.sets.pools[slot.pool].share_usd_per_hour(firm=slot.firm))

    def carbon_offset(self, pool: int) -> np.ndarray | None:
        """Emissions of owned instances that are never switched off [kg/month] [T]; None when unknown."""
        p = self.sets.pools[pool]
        return None if (each := self.carbon_per_running((pool, True))) is None else each * (p.owned or 0)


def always_on(pool) -> bool:
    """Owned hardware that draws idle power whether it is used or not."""
    return pool.owned is not None and not pool.power_off


def make_data(sets: Sets, demand: tuple[np.ndarray, ...]) -> Data:
    """Arrays of the program; ``demand`` by service, [B, T], requests per second."""
    periods = sets.times.periods
    hours = np.array([p.hours_per_month for p in periods])
    before = np.array([-1 if p.before is None else p.before for p in periods])
    defers = tuple(periods_to_serve(service, sets.times) for service in sets.services)
    assert abs(hours.sum() - HOURS_PER_MONTH) < 1e-6
    return Data(
        sets=sets,
        hours=hours,
        occurrences=np.array([p.occurrences for p in periods]),
        before=before,
        demand=tuple(reach(d, before, n) if n > 1 else d for d, n in zip(demand, defers)),
        arrivals=demand,
        defers=defers,
    )


def requests_per_month(rate_per_s: np.ndarray, hours: np.ndarray) -> np.ndarray:
    """Requests in a month at a rate held in each period."""
    return rate_per_s * hours * SECONDS_PER_HOUR


def _replicas_for(work: float, levels: tuple[tuple[int, float], ...]) -> float:
    """Smallest N with φ(N)·N at least ``work`` replica-seconds per second."""
    if work <= 0:
        return 0.0
    best = math.inf
    for index, (count, share) in enumerate(levels):
        if share <= 0:
            continue
        after = levels[index + 1][0] if index + 1 < len(levels) else math.inf
        need = max(count, math.ceil(work / share - 1e-9))
        if need < after:
            best = min(best, need)
    return best
