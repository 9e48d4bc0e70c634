"""From a problem to a proven, checked plan: the whole data flow, top to bottom."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from planner.api import make_callable
from planner.errors import CheckFailed

if TYPE_CHECKING:
    import numpy as np

    from planner.candidates.candidate import Choices
    from planner.catalog.catalog import Catalog
    from planner.candidates.jobs import JobChoices
    from planner.economics.caches import CacheOption
    from planner.economics.charges import Charges
    from planner.economics.pools import Pool
    from planner.economics.timeline import Timeline
    from planner.formulation.build import Built
    from planner.formulation.conflict import Conflict, WayOut
    from planner.formulation.data import Data
    from planner.formulation.sets import Sets
    from planner.plan.schema import Plan
    from planner.problem.schema import Problem


@dataclass(frozen=True)
class Options:
    """How to solve.

    gap           relative gap to prove; 0 means 1e-9
    time_limit_s  wall seconds for everything; None: no limit
    backend       a name of ``planner.backends.available()``, or auto
    prune         leave out what is dominated (exact); off only to measure its effect
    tie_break     choose among equal plans by fewest configurations, then canonical order
    price_safety  where a confidence is stated, solve with nominal predictions too and say what safety costs
    explain       where there is no plan, say which limits conflict and what the ways out cost
    confirm       where there is no plan, ask a second solver; off only where many such questions are asked to one end
    """

    gap: float = 1e-4
    time_limit_s: float | None = None
    backend: str = "auto"
    threads: int = 1
    seed: int = 0
    prune: bool = True
    tie_break: bool = True
    price_safety: bool = True
    explain: bool = True
    confirm: bool = True


@dataclass(frozen=True)
class Progress:
    """How far a run has come; unknown figures are None."""

    phase: str
    incumbent: float | None = None
    bound: float | None = None
    gap: float | None = None
    seconds: float = 0.0
    note: str = ""


@dataclass(frozen=True)
class Solved:
    """A checked plan; ``plan.proven`` says whether its gap is within what was asked."""

    plan: Plan


@dataclass(frozen=True)
class Infeasible:
    """No plan meets all limits, confirmed a second way; what conflicts and the ways out."""

    conflicts: tuple[Conflict, ...]
    ways_out: tuple[WayOut, ...]
    confirmed_by: str
    choices: tuple[Choices, ...]


@dataclass(frozen=True)
class Unknown:
    """Neither a plan nor a proof that there is none.

    reason   ``stopped`` (limit), ``interrupted`` (Ctrl-C) or ``unconfirmed`` (one solver says infeasible)
    """

    reason: str
    message: str
    bound_usd_per_month: float | None = None


Outcome = Solved | Infeasible | Unknown


@dataclass
class Run:
    """One run's clock, progress and stop signal."""

    options: Options
    on_progress: Callable[[Progress], None] | None
    stop: Callable[[], bool] | None
    began: float = field(default_factory=time.monotonic)
    phases: dict[str, float] = field(default_factory=dict)

    def seconds(self) -> float:
        """Wall seconds since the run began."""
        return time.monotonic() - self.began

    def left(self) -> float | None:
        """Wall seconds left; None without a limit."""
        limit = self.options.time_limit_s
        return None if limit is None else max(0.0, limit - self.seconds())

    def phase(self, name: str, since: float) -> None:
        """Adds the time since ``since`` to a phase."""
        self.phases[name] = self.phases.get(name, 0.0) + time.monotonic() - since

    def tell(self, phase: str, **figures) -> None:
        """Reports progress."""
        if self.on_progress is not None:
            self.on_progress(Progress(phase, seconds=self.seconds(), **figures))


def solve(
    problem: Problem,
    catalog: Catalog,
    options: Options | None = None,
    *,
    on_progress: Callable[[Progress], None] | None = None,
    stop: Callable[[], bool] | None = None,
    stated: Judged | None = None,
    units: Mapping[str, float] | None = None,
) -> Outcome:
    """The cheapest deployment of ``problem`` (normalised, see ``planner.problem.load``) with its proof.

    The plan returned has passed the independent check; one that does not raises CheckFailed and is not returned.
    Ctrl-C or ``stop`` end the run with the best plan so far. ``stated`` is what ``judged`` made of this problem already, or
    a part of its choices: the plan is then the cheapest among these. ``units`` holds commitments at so many, by name.
    """
    from planner.formulation.build import build
    from planner.formulation.conflict_of_rules import without_candidates

    run = Run(options or Options(), on_progress, stop)
    since = time.monotonic()
    run.tell("candidates")
    stated = stated or judged(problem, catalog, prune=run.options.prune)
    run.phase("candidates", since)
    stuck = without_candidates(problem, stated.choices, stated.rates, stated.jobs)
    if stuck is not None:
        return Infeasible(*stuck, confirmed_by="recount of the rules", choices=stated.choices)
    since = time.monotonic()
    run.tell("building")
    sets, data, left_out = indexed(stated)
    built = build(sets, data, units=units)
    run.phase("build", since)
    return _solve_program(run, built, catalog, left_out)


@dataclass(frozen=True)
class Judged:
    """A problem's periods, pools and demand, and what each service may choose from there.

    rates      requests/s by service name [class, period]
    left_out   offers left out, each with its reason
    """

    problem: Problem
    times: Timeline
    pools: tuple[Pool, ...]
    choices: tuple[Choices, ...]
    rates: dict[str, np.ndarray]
    left_out: dict[str, str]
    charges: Charges
    jobs: tuple[JobChoices, ...] = ()
    caches: tuple[tuple[CacheOption, ...], ...] = ()


def judged(problem: Problem, catalog: Catalog, *, prune: bool = True) -> Judged:
    """Every configuration of every service judged by every rule: the steps before a program is written."""
    from planner.candidates.enumerate import choices
    from planner.candidates.jobs import job_choices
    from planner.economics.build_pools import build_pools
    from planner.economics.caches import every_cache
    from planner.economics.charges import charges_of
    from planner.economics.power import refuse_unknown_power
    from planner.economics.timeline import timeline
    from planner.problem.demand import demand

    times = timeline(problem)
    pools, left_out = build_pools(problem, catalog, times)
    refuse_unknown_power(problem, pools)
    chosen = choices(problem, catalog, pools, times, prune=prune)
    jobs = job_choices(problem, catalog, pools, times)
    caches, refused = every_cache(problem, catalog)
    return Judged(problem, times, pools, chosen, demand(problem, times), left_out | refused, charges_of(problem, catalog), jobs, caches)


def indexed(stated: Judged) -> tuple[Sets, Data, dict[str, str]]:
    """Indices and numbers of the program, and everything left out of it with its reason."""
    from planner.candidates.jobs import worthwhile
    from planner.economics.commitments import commitment_options, held_options
    from planner.formulation.data import make_data
    from planner.formulation.sets import make_sets

    problem, times, pools = stated.problem, stated.times, stated.pools
    bought, not_sold = commitment_options(problem, pools)
    shared = frozenset(k for choice in stated.choices for candidate in choice.candidates for k in candidate.pools)
    jobs = worthwhile(stated.jobs, problem, pools, shared)
    sets = make_sets(problem, times, pools, stated.choices, bought, held_options(problem, pools, times), stated.charges, jobs, stated.caches)
    data = make_data(sets, tuple(stated.rates[service.name] for service in problem.services))
    return sets, data, {**stated.left_out, **not_sold}


def program(problem: Problem, catalog: Catalog) -> Built:
    """The mixed-integer program that ``solve`` hands to a solver."""
    from planner.formulation.build import build

    sets, data, _ = indexed(judged(problem, catalog))
    return build(sets, data)


def _solve_program(run: Run, built: Built, catalog: Catalog, left_out: dict[str, str]) -> Outcome:
    from planner.backends.interface import load_default
    from planner.formulation.method import method_for

    since = time.monotonic()
    load_default()
    run.phase("import solver", since)
    since = time.monotonic()
    found = method_for(built, run.options.backend, run.options.time_limit_s)(built, run)
    run.phase("solve", since)
    if found.values is None:
        return _without_plan(run, built, found)
    return _finish(run, built, found, catalog, left_out)


def _without_plan(run: Run, built: Built, found) -> Outcome:
    from planner.formulation.conflict import explain_infeasible

    if not found.infeasible:
        reason = "interrupted" if found.interrupted else "stopped"
        return Unknown(reason, found.message or "no plan was found in the time given", found.bound)
    if found.confirmed_by is None:
        return Unknown("unconfirmed", "one solver finds no plan; a second one did not confirm it", found.bound)
    conflicts, ways_out = explain_infeasible(found.program or built, run) if run.options.explain else ((), ())
    return Infeasible(conflicts, ways_out, found.confirmed_by, built.sets.choices)


def _finish(run: Run, built: Built, found, catalog: Catalog, left_out: dict[str, str]) -> Solved:
    from planner.formulation.plan import make_plan
    from planner.second_plan import with_cost_of_shadows, with_gain_of_waiting, with_price_of_safety
    from planner.verify.certify import certify

    plan = make_plan(run, built, found, catalog, left_out)
    plan = with_price_of_safety(run, plan, built.sets.problem, catalog)
    plan = with_gain_of_waiting(run, plan, built.sets.problem, catalog)
    plan = with_cost_of_shadows(run, plan, built.sets.problem, catalog)
    since = time.monotonic()
    run.tell("checking", incumbent=found.objective, bound=found.bound)
    certificate = certify(plan, built.sets.problem, catalog)
    run.phase("check", since)
    if not certificate.passed:
        failed = next(c for c in certificate.checks if not c.passed)
        said = f"the plan found does not pass its own check: {failed.name}: {failed.detail or failed.worst}"
        raise CheckFailed(said, where=failed.where, hint="another --backend; please report the problem file")
    return Solved(plan.model_copy(update={"certificate": certificate, "checked": True}))


make_callable(__name__)  # ``planner.solve(...)``: docs/decisions/python.md
