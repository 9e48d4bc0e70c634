"""Where each job might run: every pool, purchase and number of instances, judged by the rules of jobs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from math import inf

from planner.candidates.candidate import Broken
from planner.candidates.places import carbon_counts
from planner.candidates.registry import rules_of
from planner.catalog.catalog import Catalog
from planner.economics.commitments import scope_covers
from planner.economics.pools import Pool
from planner.economics.timeline import Timeline
from planner.economics.windows import share_by_period, windows
from planner.errors import PlannerError
from planner.perf.architecture import Architecture
from planner.perf.from_catalog import chip_of
from planner.perf.jobs import Run, job_constants, job_run
from planner.perf.replica import Chip
from planner.problem.jobs import Job
from planner.problem.schema import Problem


@dataclass(frozen=True)
class JobCase:
    """One way to run a job, under judgement.

    run       None where it cannot be worked out: ``unknown`` says why, or the network is not stated
    fastest   where only the network is not stated: as if exchanging took no time, so what this misses is missed in any case
    emissions_count  why power and grid must be known, in words; empty: they need not be
    """

    job: Job
    pool: Pool
    firm: bool
    instances: int
    run: Run | None
    fastest: Run | None
    unknown: str
    emissions_count: str


@dataclass(frozen=True)
class JobOption:
    """One way to run a job that meets every rule.

    runs   how often it is done within the horizon
    share  of its hours in each period
    """

    pool: str
    firm: bool
    instances: int
    run: Run
    runs: int
    share: tuple[float, ...]

    def there_hours(self, pool: Pool) -> float:
        """Hours of the horizon in which each of its instances runs and is paid for."""
        return self.run.wall_hours * self.runs * (1.0 if self.firm else pool.spot_availability)


@dataclass(frozen=True)
class JobRejection:
    """A way to run a job that breaks rules; reads like a configuration's."""

    job: str
    what: str
    broken: tuple[Broken, ...]


@dataclass(frozen=True)
class JobChoices:
    """All ways in which one job may be run; ``runs`` 0: its deadline lies beyond the horizon."""

    job: Job
    runs: int
    options: tuple[JobOption, ...]
    rejections: tuple[JobRejection, ...]


def job_choices(problem: Problem, catalog: Catalog, pools: tuple[Pool, ...], times: Timeline) -> tuple[JobChoices, ...]:
    """What each job may choose from, in the order of ``problem.jobs``."""
    constants = job_constants(catalog.costs) if problem.jobs else {}
    return tuple(_choices(job, problem, catalog, pools, times, constants) for job in problem.jobs)


def _choices(job: Job, problem: Problem, catalog: Catalog, pools, times: Timeline, constants: Mapping[str, float]) -> JobChoices:
    share, runs = share_by_period(job, times), len(windows(job, problem.horizon.months))
    options, rejections = [], []
    for case in _cases(job, problem, catalog, pools, constants) if runs else ():
        broken = tuple(b for rule in rules_of("job") if (b := rule.check(case)) is not None)
        side = "" if case.firm else " spot"
        if broken:
            rejections.append(JobRejection(job.name, f"{case.instances} × {case.pool.id}{side}", broken))
        else:
            options.append(JobOption(case.pool.id, case.firm, case.instances, case.run, runs, share))
    return JobChoices(job, runs, tuple(options), tuple(rejections))


def _cases(job: Job, problem: Problem, catalog: Catalog, pools, constants: Mapping[str, float]) -> Iterator[JobCase]:
    model, why = architecture_of(catalog, job.model)
    teacher = None
    if job.teacher is not None and job.teacher.model is not None:
        teacher, why_teacher = architecture_of(catalog, job.teacher.model)
        why = why or why_teacher
    chips: dict[str, tuple[Chip | None, str]] = {}
    for pool in pools:
        if pool.endpoint is not None:
            continue  # an endpoint answers requests
        if pool.accelerator not in chips:
            chips[pool.accelerator] = _chip(problem, catalog, pool.accelerator)
        chip, no_chip = chips[pool.accelerator]
        unknown = why or no_chip or ("" if constants else "the catalogue lacks the constants of training")
        counted = carbon_counts(problem, None, pool)
        for firm in (True, False) if job.allow.spot and pool.spot is not None else (True,):
            for count in sorted(set(job.instances)):
                run, stated = None, count == 1 or not job.exchanges or job.network_gb_per_s is not None
                if not unknown:
                    spot = {} if firm else {
                        "interruptions_per_hour": pool.spot_interruptions_per_hour, "availability": pool.spot_availability,
                        "restart_hours": problem.start_up.spot_restart_hours,
                    }  # fmt: skip
                    asked = job if stated else job.model_copy(update={"network_gb_per_s": inf})
                    run = job_run(asked, model, teacher, chip, pool.accelerators, count, constants, **spot)
                yield JobCase(job, pool, firm, count, run if stated else None, None if stated else run, unknown, counted)


def architecture_of(catalog: Catalog, name: str) -> tuple[Architecture | None, str]:
    """A model's shape, or why it is not known."""
    row = catalog.model(name)
    if row is None:
        return None, f"the catalogue has no model {name}"
    try:
        return Architecture.of(row), ""
    except PlannerError as error:
        return None, error.message


def _chip(problem: Problem, catalog: Catalog, name: str) -> tuple[Chip | None, str]:
    try:
        chip = chip_of(catalog, problem.offers.accelerators, name)
    except PlannerError as error:
        return None, error.message
    return (chip, "") if chip.rate_tflops("bf16") else (None, f"{name} has no known 16-bit rate")


def worthwhile(
    choices: tuple[JobChoices, ...], problem: Problem, pools: tuple[Pool, ...], shared: frozenset[str]
) -> tuple[JobChoices, ...]:
    """``choices`` less options that another replaces at no loss, whatever the plan.

    More instances of a pool that take as many hours together only need more of it at once: less of them can stand on what
    services leave idle, and stock, quotas and power are taken by number. An option in a rented pool that nothing else bears on (no service may use it, no stock, quota, carbon or charge
    counts it) touches the program by its cost alone; of all such options of a job only the cheapest is kept.

    shared   ids of pools that services may use
    """
    by_id = {pool.id: pool for pool in pools}
    apart = problem.costs.tells_pools_apart

    def alone(option: JobOption) -> bool:
        pool = by_id[option.pool]
        counted = any(scope_covers(quota, pool) for quota in problem.limits.quotas) or carbon_counts(problem, None, pool)
        return not (apart or counted or pool.owned is not None or pool.stock is not None or pool.id in shared)

    found = []
    for choice in choices:
        fewest = [o for o in choice.options if not any(_as_well_by_fewer(other, o) for other in choice.options)]
        free = [o for o in fewest if alone(o)]
        best = min(free, key=lambda o: (rent_usd(o, by_id[o.pool]), o.pool, o.firm, o.instances), default=None)
        found.append(replace(choice, options=tuple(o for o in fewest if o is best or not alone(o))))
    return tuple(found)


def _as_well_by_fewer(other: JobOption, option: JobOption) -> bool:
    """Whether ``other`` takes fewer instances of the same kind, and no more hours of all of them together."""
    alike = (other.pool, other.firm) == (option.pool, option.firm) and other.instances < option.instances
    return alike and other.instances * other.run.wall_hours <= option.instances * option.run.wall_hours * (1.0 + 1e-9)


def rent_usd(option: JobOption, pool: Pool) -> float:
    """Rent of all runs of a job [USD]; nothing for what is owned."""
    price = pool.on_demand if option.firm else pool.spot
    return 0.0 if price is None else option.instances * option.there_hours(pool) * sum(s * p for s, p in zip(option.share, price))
