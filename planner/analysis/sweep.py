"""Solves many scenarios of one problem, on as many processes as are asked for; what is done is never done again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from planner.analysis.bench import Bench, plan_of, reason_of
from planner.analysis.elsewhere import bought_by_use
from planner.analysis.engine import Engine, Lost
from planner.analysis.journal import Journal
from planner.analysis.narrow import alone
from planner.analysis.scenarios import Scenario
from planner.documents import digest
from planner.errors import InvalidInput, PlannerError
from planner.plan.cost import TOTAL
from planner.solve import Infeasible

#: A scenario that took its process down so often, the last time alone, is recorded as crashed.
TRIES = 2


#: A scenario is first solved without what makes a plan dearer than this multiple of what it is expected to cost, then than
#: this multiple of the base plan's cost.
EXPECTED, NEAR = 1.02, 2.0


@dataclass(frozen=True)
class Result:
    """One scenario's answer; nothing in it depends on where, when or beside what it was solved.

    status  ``optimal``, ``feasible``, ``infeasible``, ``unknown``, ``invalid`` or ``crashed``
    plan    instances by pool and purchase, mean over the month, and hosted options in use: which plan holds here
    """

    id: str
    name: str
    weight: float
    settings: dict[str, str]
    status: str
    total_usd_per_month: float | None = None
    bound_usd_per_month: float | None = None
    gap: float | None = None
    carbon_kg_per_month: float | None = None
    plan: str = ""
    message: str = ""


def base_digest(bench: Bench) -> str:
    """What all scenarios of a sweep share: the problem, the catalogue and how each is solved."""
    how = asdict(replace(bench.options, time_limit_s=None, threads=1))
    return digest(
        {"problem": bench.loaded.problem.model_dump(mode="json"), "catalog": bench.catalog.digest, "overlay": bench.catalog.overlay_digest, "how": how}
    )


def sweep(
    bench: Bench,
    scenarios: Sequence[Scenario],
    engine: Engine,
    *,
    journal: Journal | None = None,
    tell: Callable[[int, int], None] = lambda done, of: None,
) -> tuple[Result, ...]:
    """The answers in the order of ``scenarios``. Ctrl-C keeps what is done in the journal and raises KeyboardInterrupt.

    A process that dies costs what it was at: those scenarios are tried again, each alone; one that takes its process
    down again is ``crashed``.
    """
    base = base_digest(bench)
    ids = [scenario.id(base) for scenario in scenarios]
    done: dict[str, dict[str, Any]] = dict(journal.kept(base)) if journal is not None else {}
    done = {key: row for key, row in done.items() if row["status"] != "unknown"}
    todo = {key: scenario for key, scenario in zip(ids, scenarios) if key not in done}
    tell(len(done), len(ids))

    def keep(key: str, answer: dict[str, Any]) -> None:
        done[key] = answer
        if journal is not None:
            journal.add(base, answer)
        tell(len(done), len(ids))

    lost: list[str] = []
    for key, answer in engine.run(list(todo.items())):
        lost.append(key) if isinstance(answer, Lost) else keep(key, answer)
    for key in lost:
        keep(key, _alone(engine, key, todo[key]))
    return tuple(Result(**{**done[key], "name": s.name, "weight": s.weight, "settings": s.settings()}) for key, s in zip(ids, scenarios))


def _alone(engine: Engine, key: str, scenario: Scenario) -> dict[str, Any]:
    """The answer of a scenario that went down with its process, tried alone."""
    for _ in range(TRIES - 1):
        ((_, answer),) = engine.run([(key, scenario)])
        if not isinstance(answer, Lost):
            return answer
    return _row(key, status="crashed", message=f"its process died {TRIES} times")


def answered(bench: Bench, key: str, scenario: Scenario) -> dict[str, Any]:
    """One scenario solved on a bench, as plain values."""
    try:
        problem = bench.after(*scenario.changes).problem
        plan = plan_of(bench.base())
        answer = bench.solved(problem) if plan is None else bench.solved_below(problem, *_ceilings(bench, plan, problem))
    except InvalidInput as error:
        return _row(key, status="invalid", message=error.faults[0].message if error.faults else str(error))
    except PlannerError as error:
        return _row(key, status="invalid", message=error.message)
    plan = plan_of(answer)
    if plan is None:
        return _row(key, status="infeasible" if isinstance(answer, Infeasible) else "unknown", message=reason_of(answer))
    return _row(
        key, status=plan.status, total_usd_per_month=plan.cost[TOTAL], bound_usd_per_month=plan.bound_usd_per_month, gap=plan.gap,
        carbon_kg_per_month=plan.carbon_kg_per_month, plan=", ".join(instances(plan)),
    )  # fmt: skip


def _ceilings(bench: Bench, plan: Any, problem: Any) -> list[float]:
    """What the scenario's cheapest plan may cost: about the base plan's cost and what each kind of replica alone costs more now."""
    cost = plan.cost[TOTAL]
    then, now = (alone(bench.stated(one)) for one in (bench.loaded.problem, problem))
    expected = [] if then is None or now is None else [cost + now - then, cost]
    return [*(EXPECTED * one for one in expected if one > 0.0), NEAR * cost]


def instances(plan: Any) -> Iterable[str]:
    """``2 own:one@here on demand`` for each pool and way to pay, means over the month; then jobs, and the hosted options in use."""
    hours = [period.hours_per_month for period in plan.periods]
    for pool in plan.pools:
        kinds = {"on demand": pool.on_demand, "owned": pool.owned, "spot": pool.spot, **pool.reserved}
        for kind, counts in kinds.items():
            if any(counts):
                mean = sum(count * h for count, h in zip(counts, hours)) / sum(hours)
                # All digits of a count: what tells two plans apart is this text.
                yield f"{round(mean, 4):.12g} {pool.id} {kind}"
    yield from (f"{job.instances} {job.pool} {job.purchase} for job {job.name}" for job in plan.jobs)
    yield from bought_by_use(plan)


def _row(key: str, **figures: Any) -> dict[str, Any]:
    found = Result(id=key, name="", weight=1.0, settings={}, status="")
    return {**asdict(found), **figures}
