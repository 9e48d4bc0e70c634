"""Assembles the plan: decisions, cost, proof, what binds, what it rests on, and the inputs that check it."""

from __future__ import annotations

from math import inf

from planner import __version__
from planner.backends.judge import trivial_bound
from planner.formulation.assumptions import assumptions, not_considered
from planner.formulation.binding import bindings
from planner.formulation.build import Built
from planner.formulation.decisions import read_decisions, without_idle_marks
from planner.formulation.extract import demand_multiplier, plan_cost, plan_periods
from planner.formulation.extract_cash import plan_cash
from planner.formulation.extract_jobs import plan_jobs
from planner.formulation.extract_pools import carbon_by_region, market_carbon, plan_commitments, plan_pools
from planner.formulation.extract_services import plan_services
from planner.formulation.hosted import with_decided
from planner.milp.status import ZERO_GAP, relative_gap
from planner.plan.cost import TOTAL
from planner.plan.problem_digest import problem_digest
from planner.plan.schema import Inputs, Plan, SolverReport


def make_plan(run, built: Built, found, catalog, left_out: dict[str, str]) -> Plan:
    """The plan of a solved program, not yet checked (``certificate`` is None)."""
    decided = read_decisions(built, found.values)
    values = with_decided(built, without_idle_marks(built, found.values), decided)
    cost = plan_cost(built, values)
    services = plan_services(built, decided)
    pools = plan_pools(built, decided)
    carbon = carbon_by_region(built, decided)
    # A solver's rounding may leave a bound just below what the columns alone prove: below 0 for a plan that costs nothing.
    bound = None if found.bound is None else min(max(found.bound, trivial_bound(built.model)), cost[TOTAL])
    gap = relative_gap(cost[TOTAL], bound)
    gap = None if gap == inf else gap
    proven = gap is not None and gap <= max(run.options.gap, ZERO_GAP)
    return Plan(
        status="optimal" if proven else "feasible",
        proven=proven,
        checked=True,
        deterministic=found.deterministic,
        gap=gap,
        bound_usd_per_month=bound,
        cost=cost,
        cash=plan_cash(built, values),
        carbon_kg_per_month=None if carbon is None else float(sum(map(sum, carbon.values()))),
        carbon_by_region=carbon,
        carbon_offset_kg_per_month=None if built.var.offset is None else float(values[built.var.offset].sum()),
        carbon_market_kg_per_month=market_carbon(built, decided),
        routing=_routing(built),
        periods=plan_periods(built),
        services=services,
        pools=pools,
        commitments=plan_commitments(built, decided, pools),
        jobs=plan_jobs(built, decided),
        binding=bindings(built, decided, values, cost, services),
        demand_multiplier_survived=demand_multiplier(built, decided),
        assumptions=assumptions(built, catalog, services, pools),
        not_considered=not_considered(built, left_out),
        solver=_solver(run, built, found),
        inputs=_inputs(built, catalog),
    )


def _routing(built: Built) -> str:
    kinds = {service.routing for service in built.sets.services}
    return kinds.pop() if len(kinds) == 1 else "mixed"


def _solver(run, built: Built, found) -> SolverReport:
    model = built.model
    return SolverReport(
        backend=found.backend,
        version=found.version,
        method=found.method,
        seconds=run.phases.get("build", 0.0) + run.phases.get("solve", run.seconds() - run.phases.get("candidates", 0.0)),
        phases=dict(run.phases),
        columns=model.column_count,
        rows=model.row_count,
        nonzeros=model.entry_count,
        integers=int(model.integer.sum()),
        nodes=found.nodes,
        tie_break_proven=found.tie_broken,
        gap_asked=run.options.gap,
        message=found.message,
    )


def _inputs(built: Built, catalog) -> Inputs:
    problem = built.sets.problem.model_dump(mode="json")
    return Inputs(
        problem=problem,
        problem_digest=problem_digest(problem),
        catalog_edition=catalog.edition,
        catalog_digest=catalog.digest,
        overlay_digest=catalog.overlay_digest,
        facts=_private(catalog),
        planner_version=__version__,
    )


def _private(catalog) -> dict | None:
    if catalog.private is None:
        return None
    from planner.catalog.overlay import stated

    return stated(catalog.private)
