"""How jobs are run, worked out again from problem and catalogue: hours, memory, rent, power, emissions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from planner.economics.pools import Pool
from planner.economics.windows import share_by_period, windows
from planner.errors import PlannerError
from planner.perf.architecture import Architecture
from planner.perf.from_catalog import chip_of
from planner.perf.jobs import Run, job_constants, job_run
from planner.plan.schema import JobPlan
from planner.problem.adapted import job_needed, things_to_make
from planner.units import GRAMS_PER_KG
from planner.verify.case import Case


@dataclass(frozen=True)
class JobFacts:
    """A job of the plan beside what follows from problem and catalogue; ``run`` None: it cannot be worked out, ``why``."""

    job: Any
    plan: JobPlan
    pool: Pool
    run: Run | None
    why: str
    runs: int
    share: tuple[float, ...]

    @property
    def firm(self) -> bool:
        """Not interruptible."""
        return self.plan.purchase == "firm"

    def there_hours(self) -> float:
        """Hours of the horizon in which each instance runs."""
        return self.run.wall_hours * self.runs * (1.0 if self.firm else self.pool.spot_availability)

    def instances(self, t: int) -> int:
        """Instances it may stand on in a period."""
        return self.plan.instances if self.share[t] > 0 else 0


def jobs_of(case: Case) -> tuple[JobFacts, ...]:
    """Every job that the plan runs, in its order; worked out once for a case and those made from it."""
    if case.jobs is None:
        case.jobs = _jobs(case)
    return case.jobs


def _jobs(case: Case) -> tuple[JobFacts, ...]:
    stated = {job.name: job for job in case.problem.jobs}
    constants = job_constants(case.catalog.costs) if stated else {}
    found = []
    for plan in case.plan.jobs:
        job, pool = stated[plan.name], case.pools[plan.pool]
        run, why = _run(case, job, plan, pool, constants)
        runs = len(windows(job, case.problem.horizon.months))
        found.append(JobFacts(job, plan, pool, run, why, runs, share_by_period(job, case.times)))
    return tuple(found)


def _run(case: Case, job: Any, plan: JobPlan, pool: Pool, constants: dict[str, float]) -> tuple[Run | None, str]:
    try:
        model = Architecture.of(case.catalog.model(job.model))
        teacher = job.teacher is not None and job.teacher.model
        taught = Architecture.of(case.catalog.model(job.teacher.model)) if teacher else None
        chip = chip_of(case.catalog, case.problem.offers.accelerators, pool.accelerator)
    except (PlannerError, AttributeError) as error:
        return None, str(error)
    if chip.rate_tflops("bf16") is None or not constants:
        return None, "the accelerator's 16-bit rate or a constant of training is unknown"
    if plan.instances > 1 and job.exchanges and job.network_gb_per_s is None:
        return None, "several instances over a network of unknown speed"
    spot = {} if plan.purchase == "firm" else {
        "interruptions_per_hour": pool.spot_interruptions_per_hour,
        "availability": pool.spot_availability,
        "restart_hours": case.problem.start_up.spot_restart_hours,
    }  # fmt: skip
    return job_run(job, model, taught, chip, pool.accelerators, plan.instances, constants, **spot), ""


def add_jobs(case: Case, cost: dict[str, float]) -> None:
    """Adds rent, energy, hourly charges, support, data and teachers of jobs to the parts of ``cost``."""
    months = case.problem.horizon.months
    for found in jobs_of(case):
        rent, energy = job_usd(case, found)
        cost["jobs_usd_per_month"] += rent
        cost["job_energy_usd_per_month"] += energy
        for part, usd in case.charges.usd_per_hour(found.pool).items():
            cost[part] += found.there_hours() / months * found.plan.instances * usd
    for job in needed(case):
        cost["job_data_usd_per_month"] += data_usd(job) * len(windows(job, months)) / months


def job_usd(case: Case, found: JobFacts) -> tuple[float, float]:
    """(rent with its support plan, energy and upkeep of what is owned) of all runs, spread over the horizon [USD/month]."""
    pool, each = found.pool, found.there_hours() / case.problem.horizon.months
    price = pool.on_demand if found.firm else pool.spot
    rented = 0.0
    for t, share in enumerate(found.share):
        if price is not None:
            rented += each * share * price[t] * (found.plan.instances - found.plan.spare[t])
    energy = 0.0
    if pool.owned is not None:
        energy = each * found.plan.instances * (working_kw(pool) * pool.electricity_usd_per_kwh + pool.upkeep_usd_per_hour)
    return rented * (1.0 + case.charges.support_share((pool,))), energy


def needed(case: Case) -> list[Any]:
    """Jobs of the problem that the plan calls for: all, but of those that prepare something only what is used."""
    used = frozenset(
        name
        for p in case.placed
        if any(p.deployment.replicas)
        for name in things_to_make(p.service, p.configuration.variant, case.problem)
    )
    return [job for job in case.problem.jobs if job_needed(job, used)]


def one_off_usd(case: Case) -> float:
    """Rent, energy and data of jobs that are run once [USD]."""
    months = case.problem.horizon.months
    once = sum(sum(job_usd(case, found)) * months for found in jobs_of(case) if found.job.every_months is None)
    return once + sum(data_usd(job) * len(windows(job, months)) for job in needed(case) if job.every_months is None)


def data_usd(job: Any) -> float:
    """Data of one run, and an API's teaching by the token [USD]."""
    price = None if job.teacher is None else job.teacher.usd_per_mtok
    return job.data_usd + (0.0 if price is None else price * job.teacher.tokens / 1e6)


def working_kw(pool: Pool) -> float:
    """Power of one instance at work; idle power of owned ones that stay on is counted with them."""
    idle = 0.0 if pool.owned is not None and not pool.power_off else pool.idle_kw()
    return idle + pool.busy_kw_per_accelerator() * pool.accelerators


def job_kg(case: Case, found: JobFacts, t: int) -> float:
    """kgCO2e a month of a job in a period; raises TypeError where power or grid is unknown."""
    each = found.there_hours() * found.share[t] / case.problem.horizon.months * found.plan.instances
    kg = working_kw(found.pool) * found.pool.intensity[t] / GRAMS_PER_KG
    if case.problem.carbon.embodied:
        kg += found.pool.embodied_kg_per_hour
    return each * kg
