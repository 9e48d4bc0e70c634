"""The columns of the program, one family per decision, and where each is found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from planner.formulation.caches import cache_columns
from planner.formulation.data import Data, Side
from planner.formulation.hosted import hosted_columns
from planner.formulation.serverless import WorkerColumns
from planner.formulation.waiting import unserved_columns, waiting_columns
from planner.formulation.jobs import job_columns, most_of_jobs
from planner.formulation.sets import Group, Sets
from planner.milp.builder import ModelBuilder
from planner.problem.service import Service

# Requests/s under which the columns of a class count shares of its demand: one request in some three hours.
TINY_RATE = 1e-4
# Replica-seconds per second that are nothing to any row: beside whole replicas they would only spoil its numbers.
NO_WORK = 1e-10


@dataclass(frozen=True)
class Levels:
    """Columns that choose the level of φ(N) of one group, or of what survives of it.

    marks    (N_j, φ_j) of the levels that can be reached
    chosen   binary, [J, T]
    count    replicas while level j is chosen, [J, T]
    firm, spot   effective firm and spot replicas while level j is chosen, [J, T]; None: ``count`` serves
    """

    marks: tuple[tuple[int, float], ...]
    upper: np.ndarray
    chosen: np.ndarray
    count: np.ndarray
    firm: np.ndarray | None
    spot: np.ndarray | None


@dataclass
class Variables:
    """Column numbers by decision; arrays run over periods last.

    rate       [served, T] by group: requests per second (or slices) sent to it
    rate_spot  [served, T] by group with a spot share to keep: the part sent to spot
    rate_unit  [served, T] by group: requests per second per unit of ``rate`` and ``recourse``
    work_unit  the same for what counts work, energy and emissions: 0 where the work is nothing to a row
    replicas   [T] by slot
    running    [T] by side of a pool, at most ``most``; on_demand [T] by pool; starts [T] by side
    units      by commitment; covered [T] by (commitment, pool); held_covered likewise
    shortfall  by commitment with a monthly minimum; signed: binary of commitments with a smallest amount
    unserved   [B, T] by service; unserved_unit [B, T]: requests per second per unit of it
    hosted     [B, T] by hosted option: requests per second sent to it, per hosted_unit; workers of those that are serverless;
               provisioned: steps of units, whether any, most steps; waiting [B, T] by service whose work may wait
    distinct   [T] by (service, side, accelerators): instances counted on which a replica of that size stands
    owners     blocks of columns that one service decides alone in each period, with its number
    used       by (service, configuration); prepared by (model, variant); uses by key of a charge that is paid once
    job_ways   ways to run a job, with their columns; made by what jobs prepare; cached by (service, response cache)
    changed    binary by slot that differs from today; started: replicas above today's; offset: kgCO2e a month offset
    """

    builder: ModelBuilder
    sets: Sets
    data: Data
    rate: dict[int, np.ndarray] = field(default_factory=dict)
    rate_spot: dict[int, np.ndarray] = field(default_factory=dict)
    rate_unit: dict[int, np.ndarray] = field(default_factory=dict)
    work_unit: dict[int, np.ndarray] = field(default_factory=dict)
    replicas: list[np.ndarray] = field(default_factory=list)
    levels: dict[int, Levels] = field(default_factory=dict)
    running: dict[Side, np.ndarray] = field(default_factory=dict)
    most: dict[Side, np.ndarray] = field(default_factory=dict)
    on_demand: dict[int, np.ndarray] = field(default_factory=dict)
    starts: dict[Side, np.ndarray] = field(default_factory=dict)
    units: dict[int, int] = field(default_factory=dict)
    most_units: dict[int, float] = field(default_factory=dict)
    covered: dict[tuple[int, int], np.ndarray] = field(default_factory=dict)
    held_covered: dict[tuple[int, int], np.ndarray] = field(default_factory=dict)
    shortfall: dict[int, int] = field(default_factory=dict)
    signed: dict[int, int] = field(default_factory=dict)
    unserved: dict[int, np.ndarray] = field(default_factory=dict)
    unserved_unit: dict[int, np.ndarray] = field(default_factory=dict)
    used: dict[tuple[int, object], int] = field(default_factory=dict)
    prepared: dict[tuple[str, str], int] = field(default_factory=dict)
    offset: np.ndarray | None = None
    job_ways: list = field(default_factory=list)
    made: dict[str, int] = field(default_factory=dict)
    cached: dict[tuple[int, str], int] = field(default_factory=dict)
    uses: dict[tuple[str, ...], int] = field(default_factory=dict)
    changed: dict[int, int] = field(default_factory=dict)
    started: dict[int, int] = field(default_factory=dict)
    recourse: dict[tuple, np.ndarray] = field(default_factory=dict)
    hosted: dict[int, np.ndarray] = field(default_factory=dict)
    hosted_unit: dict[int, np.ndarray] = field(default_factory=dict)
    workers: dict[int, WorkerColumns] = field(default_factory=dict)
    provisioned: dict[int, tuple[int, int, int]] = field(default_factory=dict)
    waiting: dict[int, np.ndarray] = field(default_factory=dict)
    distinct: dict[tuple[int, Side, int], np.ndarray] = field(default_factory=dict)
    owners: list[tuple[np.ndarray, int]] = field(default_factory=list)

    def columns(
        self, name: str, shape, *, service: int | None = None, labels: Callable | None = None, **bounds
    ) -> np.ndarray:
        """A new block of columns.

        service   whose decision it is, one per period along the last axis; None: shared by services or periods
        """
        made = self.builder.columns(name, shape, labels=labels, **bounds)
        if service is not None:
            self.owners.append((made, service))
        return made


def make_variables(builder: ModelBuilder, sets: Sets, data: Data) -> Variables:
    """All columns that more than one constraint or the objective uses."""
    var = Variables(builder, sets, data)
    for group in sets.groups:
        _routing(var, group)
    for slot in sets.slots:
        enough = data.enough[slot.group]
        var.replicas.append(
            var.columns(
                "replicas",
                enough.shape,
                service=slot.service,
                upper=enough,
                integer=True,
                labels=_labels(sets, slot_name(sets, slot.index)),
            )
        )
    for group in sets.groups:
        marks = group.candidate.levels
        enough = data.enough[group.index]
        if needs_levels(marks, enough):
            var.levels[group.index] = make_levels(var, group, enough, has_spot=_mixed(sets, group), name="level")
    hosted_columns(var)
    waiting_columns(var)
    _instances(var)
    job_columns(var)
    cache_columns(var)
    _commitments(var)
    if sets.problem.carbon.offsets is not None:
        var.offset = builder.columns("offset", 1)
    unserved_columns(var)
    return var


def _routing(var: Variables, group: Group) -> None:
    service = var.sets.services[group.service]
    demand = var.data.served_demand(group)
    labels = _labels(var.sets, f"{group_name(var.sets, group)}", [var.sets.choices[group.service].class_names[b] for b in group.served])
    sliced = service.routing == "slices"
    unit = var.rate_unit[group.index] = unit_of(service, demand)
    work = var.data.busy_per_request(group)[:, None] * demand
    var.work_unit[group.index] = np.where(work < NO_WORK, 0.0, unit)
    own = {"service": group.service, "upper": most_units(service, demand), "integer": sliced, "labels": labels}
    var.rate[group.index] = var.columns("slices" if sliced else "rate", demand.shape, **own)
    if var.data.splits_spot(group):
        var.rate_spot[group.index] = var.columns("rate_spot", demand.shape, **own)


def tiny(demand: np.ndarray) -> np.ndarray:
    """Where there is a demand so small that a solver's tolerance might lose it."""
    return (demand > 0) & (demand < TINY_RATE)


def unit_of(service: Service, demand: np.ndarray) -> np.ndarray:
    """Requests/s per unit of the columns that route ``demand``: one, a slice, or all of a tiny demand."""
    return demand / service.slice_factor if service.routing == "slices" else np.where(tiny(demand), demand, 1.0)


def most_units(service: Service, demand: np.ndarray) -> np.ndarray:
    """The whole of ``demand`` in units of its columns."""
    if service.routing == "slices":
        return np.where(demand > 0, float(service.slice_factor), 0.0)
    return demand / unit_of(service, demand)


def _mixed(sets: Sets, group: Group) -> bool:
    return any(sets.slots[q].effective != 1.0 or not sets.slots[q].firm for q in group.slots)


def needs_levels(marks: tuple[tuple[int, float], ...], enough: np.ndarray) -> bool:
    """Whether the share of saturation depends on the count within what can be reached."""
    return len(reachable(marks, enough)) > 1 or reachable(marks, enough)[:1] != ((1, marks[0][1]),)


def reachable(marks: tuple[tuple[int, float], ...], enough: np.ndarray) -> tuple[tuple[int, float], ...]:
    """Levels that carry anything, merged where equal, up to the largest count that can be needed."""
    top = max(1.0, float(enough.max(initial=0)))
    kept: list[tuple[int, float]] = []
    for count, share in marks:
        if share > 0 and count <= top and (not kept or share > kept[-1][1]):
            kept.append((count, share))
    if not kept:
        kept = [next(((c, s) for c, s in marks if s > 0), (1, 0.0))]
    return tuple(kept)


def make_levels(var: Variables, group: Group, enough: np.ndarray, *, has_spot: bool, name: str) -> Levels:
    """Columns of the levels of one group; ``enough`` bounds the count in each period."""
    marks = reachable(group.candidate.levels, enough)
    first = np.array([count for count, _ in marks], dtype=float)
    last = np.append(first[1:] - 1.0, np.inf)
    upper = np.minimum(last[:, None], enough[None, :])
    shape = upper.shape
    own = {"service": group.service}
    reached = (upper >= first[:, None]).astype(float)
    chosen = var.columns(f"{name}_chosen", shape, upper=reached, integer=True, **own)
    count = var.columns(f"{name}_count", shape, upper=upper, **own)
    firm = var.columns(f"{name}_firm", shape, upper=upper, **own) if has_spot else None
    spot = var.columns(f"{name}_spot", shape, upper=upper, **own) if has_spot else None
    return Levels(marks, upper, chosen, count, firm, spot)


def _instances(var: Variables) -> None:
    sets, data = var.sets, var.data
    for side, slots in sets.slots_in.items():
        pool = sets.pools[side[0]]
        need = sum(np.ceil(data.enough[s.group] * s.accelerators / pool.accelerators) for s in slots)
        # Replicas that would fit one instance may have to stand on several.
        need = need + sum(_distinct(sets.services[n]) for n in {s.service for s in slots})
        if any(_keeps(sets, s.service) for s in slots) or (data.before >= 0).any():
            # An instance may be kept through a period that does not need it, to save a start.
            need = np.full_like(need, need.max(initial=0))
        label = f"{pool.id} {'firm' if side[1] else 'spot'}"
        var.most[side] = need
        var.running[side] = var.builder.columns("running", need.shape, upper=need, integer=True, labels=_labels(sets, label))
        if side[1]:
            sold = np.inf if pool.on_demand is not None else 0.0
            var.on_demand[side[0]] = var.builder.columns("on_demand", need.shape, upper=np.minimum(need, sold), labels=_labels(sets, pool.id))
        if (data.before >= 0).any() and (data.start_cost(side) > 0).any():
            var.starts[side] = var.builder.columns(
                "starts", need.shape, upper=np.where(data.before >= 0, need, 0.0), labels=_labels(sets, label)
            )


def _distinct(service) -> int:
    return service.availability.min_instances if service.availability else 0


def _keeps(sets: Sets, service: int) -> bool:
    return sets.services[service].ramp is not None


def _commitments(var: Variables) -> None:
    sets = var.sets
    for number, option in enumerate(sets.options):
        members = [sets.pool_index[p] for p in option.covers if p in sets.pool_index and (sets.pool_index[p], True) in sets.slots_in]
        if not members:
            continue
        top = var.most_units[number] = _most_units(var, option, members)
        var.units[number] = int(var.builder.columns("units", 1, upper=top, integer=option.measure != "spend", labels=[f"units {option.name}"])[0])
        if option.min_units is not None:
            var.signed[number] = int(var.builder.columns("signed", 1, upper=1.0, integer=True)[0])
        if option.beyond == "discounted":
            var.shortfall[number] = int(var.builder.columns("shortfall", 1)[0])
        if option.measure != "instances":
            for pool in members:
                upper = var.most[pool, True] + most_of_jobs(sets, pool)
                var.covered[number, pool] = var.builder.columns("covered", sets.period_count, upper=upper)
    for number, held in enumerate(sets.held):
        members = [sets.pool_index[p] for p in held.covers if p in sets.pool_index and (sets.pool_index[p], True) in sets.slots_in]
        for pool in members:
            upper = var.most[pool, True] + most_of_jobs(sets, pool)
            var.held_covered[number, pool] = var.builder.columns("held_covered", sets.period_count, upper=upper)


def _most_units(var: Variables, option, members: list[int]) -> float:
    pools = var.sets.pools
    runs = {pool: float(var.most[pool, True].max(initial=0)) + most_of_jobs(var.sets, pool) for pool in members}
    if option.measure == "instances":
        most = runs[members[0]]
    elif option.measure == "accelerators":
        most = sum(runs[pool] * pools[pool].accelerators for pool in members)
    else:
        most = sum(runs[pool] * max(pools[pool].on_demand or (0.0,)) * (1.0 - option.discount) for pool in members)
    most = max(most, option.min_units or 0.0)
    return most if option.max_units is None else min(most, option.max_units)


def group_name(sets: Sets, group: Group) -> str:
    """Service, configuration and region of a group."""
    return f"{sets.services[group.service].name} {group.configuration} {group.region}"


def slot_name(sets: Sets, slot: int) -> str:
    """Service, configuration, pool and purchase of a slot."""
    found, purchase = sets.slots[slot], "firm" if sets.slots[slot].firm else "spot"
    return f"{sets.services[found.service].name} {sets.groups[found.group].configuration} {sets.pools[found.pool].id} {purchase}"


def _labels(sets: Sets, head: str, middle: list[str] | None = None) -> Callable[[], list[str]]:
    heads = [head] if middle is None else [f"{head} {m}" for m in middle]
    return lambda: [f"{h} {t}" for h in heads for t in sets.period_names()]
