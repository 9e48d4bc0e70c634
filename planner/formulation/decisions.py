"""A solver's vector read as decisions: whole numbers whole, rates by group, nothing below the noise."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from planner.formulation.build import Built
from planner.formulation.constraints.changes import moved
from planner.formulation.caches import hit_share
from planner.formulation.constraints.paid_once import uses
from planner.formulation.data import Side
from planner.formulation.hosted import decided_rates
from planner.formulation.jobs import JobWay, makers
from planner.problem.adapted import job_needed, prepared_key
from planner.formulation.provisioned import decided_units
from planner.formulation.serverless import WorkersDecided, decided_workers
from planner.formulation.shared import answered, rows_of, serves_others
from planner.formulation.waiting import closed, row_scale, waiting_after


@dataclass(frozen=True)
class Decisions:
    """What a plan decides, as arrays over periods.

    rate, rate_spot   requests/s by group [served, T]; slices by group where routing is by slices
    replicas          by slot [T]; running, starts by side [T]; on_demand by pool [T]
    units             by commitment; covered by (commitment, pool) [T]; held_covered by (held, pool) [T]
    unserved          requests/s by service [B, T]
    hosted            requests/s by hosted option [B, T]; workers of those that are serverless, units of those provisioned
    waiting           requests/s of a period that wait at its end, by service [B, T]
    recourse          requests/s by (service, kind, lost, group) [served, T]
    caches            name of the response cache by service that buys one
    jobs              the way in which each job is run, with its instances on spare capacity [T]
    """

    rate: dict[int, np.ndarray]
    rate_spot: dict[int, np.ndarray]
    slices: dict[int, np.ndarray]
    replicas: tuple[np.ndarray, ...]
    running: dict[Side, np.ndarray]
    starts: dict[Side, np.ndarray]
    on_demand: dict[int, np.ndarray]
    units: dict[int, float]
    covered: dict[tuple[int, int], np.ndarray]
    held_covered: dict[tuple[int, int], np.ndarray]
    unserved: dict[int, np.ndarray]
    recourse: dict[tuple, np.ndarray]
    hosted: dict[int, np.ndarray] = field(default_factory=dict)
    workers: dict[int, WorkersDecided] = field(default_factory=dict)
    provisioned: dict[int, int] = field(default_factory=dict)
    waiting: dict[int, np.ndarray] = field(default_factory=dict)
    jobs: tuple[tuple[JobWay, np.ndarray], ...] = ()
    caches: dict[int, str] = field(default_factory=dict)

    def spare_in(self, pool: int, periods: int) -> np.ndarray:
        """Instances of jobs that stand on capacity of a pool that is paid for anyway, by period."""
        return sum((spare for way, spare in self.jobs if way.pool == pool), start=np.zeros(periods))

    def effective(self, built_slots, group) -> np.ndarray:
        """Effective replicas of a group by period."""
        return sum(self.replicas[q] * built_slots[q].effective for q in group.slots)


def read_decisions(built: Built, values: np.ndarray) -> Decisions:
    """The decisions in ``values``; starts follow from running instances, never from their columns."""
    var, sets = built.var, built.sets
    unserved = {number: np.maximum(values[columns] * var.unserved_unit[number], 0.0) for number, columns in var.unserved.items()}
    rate, slices = {}, {}
    for index, columns in var.rate.items():
        taken = values[columns]
        if sets.services[sets.groups[index].service].routing == "slices":
            slices[index] = np.round(taken).astype(int)
            taken = slices[index]
        rate[index] = np.maximum(taken * var.rate_unit[index], 0.0)
    rate_spot = {i: np.maximum(values[c] * var.rate_unit[i], 0.0) for i, c in var.rate_spot.items()}
    replicas = tuple(_whole(values[columns]) for columns in var.replicas)
    hosted = decided_rates(built, values)
    _without_noise(built, rate, rate_spot, replicas)
    _complete(built, values, rate, rate_spot, unserved, hosted)
    running = {side: _whole(values[columns]) for side, columns in var.running.items()}
    return Decisions(
        rate=rate,
        rate_spot=rate_spot,
        slices=slices,
        replicas=replicas,
        running=running,
        starts={side: _starts(counts, built.data.before) for side, counts in running.items()},
        on_demand={pool: np.maximum(_near_whole(values[columns]), 0.0) for pool, columns in var.on_demand.items()},
        units={number: float(_near_whole(values[column])) for number, column in var.units.items()},
        covered={key: np.maximum(_near_whole(values[columns]), 0.0) for key, columns in var.covered.items()},
        held_covered={key: np.maximum(_near_whole(values[columns]), 0.0) for key, columns in var.held_covered.items()},
        unserved=unserved,
        recourse={key: np.maximum(values[columns] * var.rate_unit[key[-1]], 0.0) for key, columns in var.recourse.items()},
        hosted=hosted,
        workers=decided_workers(built, values, hosted),
        provisioned=decided_units(built, values, hosted),
        waiting=_waiting(built, values, rate, unserved, hosted),
        caches={number: name for (number, name), column in var.cached.items() if values[column] > 0.5},
        jobs=tuple(_job(way, values, sets.period_count) for way in var.job_ways if values[way.chosen] > 0.5),
    )


def _job(way: JobWay, values: np.ndarray, periods: int) -> tuple[JobWay, np.ndarray]:
    spare = np.zeros(periods) if way.spare is None else np.clip(_near_whole(values[way.spare]), 0.0, way.option.instances)
    return way, spare


def without_idle_marks(built: Built, values: np.ndarray) -> np.ndarray:
    """``values`` in which nothing is paid once, or prepared, that no replica uses: a search may leave that within its gap."""
    var, sets = built.var, built.sets
    there = [bool((values[columns] > 0.5).any()) for columns in var.replicas]
    cleared = values.copy()
    for key, (_, slots) in uses(sets).items():
        if key in var.uses and not any(there[q] for q in slots):
            cleared[var.uses[key]] = 0.0
    opened = {
        prepared_key(sets.services[s.service], sets.groups[s.group].configuration.variant, sets.problem)
        for s in sets.slots
        if there[s.index]
    }
    for key, column in var.prepared.items():
        if key not in opened:
            cleared[column] = 0.0
    made = {name for q, name in makers(sets) if there[q]}
    for way in var.job_ways:
        if not job_needed(way.choice.job, frozenset(made)):
            cleared[way.chosen] = 0.0
            if way.spare is not None:
                cleared[way.spare] = 0.0
    for name, column in var.made.items():
        cleared[column] = float(name in made)
    for slot, (changed, started) in moved(sets, [np.round(values[columns]) for columns in var.replicas]).items() if var.changed else ():
        cleared[var.changed[slot]], cleared[var.started[slot]] = float(changed), float(started)
    return cleared


def _without_noise(built: Built, rate: dict, rate_spot: dict, replicas: tuple) -> None:
    """Nothing is sent where nothing stands, not even what a tolerance allows."""
    slots = built.sets.slots
    for group in built.sets.groups:
        firm = sum(replicas[q] for q in group.slots if slots[q].firm) > 0
        spot = sum(replicas[q] for q in group.slots if not slots[q].firm) > 0
        rate[group.index] = np.where(firm | spot, rate[group.index], 0.0)
        if group.index in rate_spot:
            rate_spot[group.index] = np.where(spot, rate_spot[group.index], 0.0)
            rate_spot[group.index] = np.where(firm, rate_spot[group.index], rate[group.index])


def _complete(built: Built, values: np.ndarray, rate: dict, rate_spot: dict, unserved: dict, hosted: dict) -> None:
    """Makes the routed rates of every class sum to its demand exactly, which a solver meets to its tolerance only."""
    sets = built.sets
    for number, service in enumerate(sets.services):
        if service.routing == "slices" or serves_others(sets, number):
            continue
        wanted = built.data.arrivals[number] * (1.0 - hit_share(built, values, number)) - unserved.get(number, 0.0)
        routed = np.zeros_like(wanted)
        for group in sets.groups_of[number]:
            routed[list(group.served)] += rate[group.index]
        routed += answered(sets, rate, number)
        for choice in sets.hosted_of[number]:
            routed += hosted[choice.index]
        factor = np.where(routed > 0, np.maximum(wanted, 0.0) / np.where(routed > 0, routed, 1.0), 1.0)
        if number in built.var.waiting:
            factor = closed(routed, np.maximum(wanted, 0.0), built.data.before)
        for group in sets.groups_of[number]:
            share = factor[list(group.served)]
            rate[group.index] = rate[group.index] * share
            if group.index in rate_spot:
                rate_spot[group.index] = np.minimum(rate_spot[group.index] * share, rate[group.index])
        for b in range(len(factor)):
            for group, row in rows_of(sets, number, b):
                rate[group.index][row] *= factor[b]
                if group.index in rate_spot:
                    rate_spot[group.index][row] = np.minimum(rate_spot[group.index][row] * factor[b], rate[group.index][row])
        for choice in sets.hosted_of[number]:
            hosted[choice.index] = hosted[choice.index] * factor


def _waiting(built: Built, values: np.ndarray, rate: dict, unserved: dict, hosted: dict) -> dict[int, np.ndarray]:
    """What waits at the end of each period, from what comes and what is served."""
    found = {}
    for number, columns in built.var.waiting.items():
        net = built.data.arrivals[number] * (1.0 - hit_share(built, values, number)) - unserved.get(number, 0.0)
        for group in built.sets.groups_of[number]:
            net[list(group.served)] -= rate[group.index]
        for choice in built.sets.hosted_of[number]:
            net = net - hosted[choice.index]
        stated = values[columns] * row_scale(built.data, number)[:, None]
        found[number] = waiting_after(stated, net, built.data.before)
    return found


def _whole(values: np.ndarray) -> np.ndarray:
    return np.round(values).astype(int)


def _near_whole(values):
    nearest = np.round(values)
    return np.where(np.abs(values - nearest) <= 1e-9 * np.maximum(1.0, np.abs(values)), nearest, values)


def _starts(counts: np.ndarray, before: np.ndarray) -> np.ndarray:
    later = np.where(before >= 0, counts - counts[before], 0)
    return np.maximum(later, 0)
