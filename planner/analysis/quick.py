"""A first answer to a changed problem within about a second: the base plan where it may stay, few candidates where it may not."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from planner.analysis.bench import Bench
from planner.analysis.few import POOLS, cheapest, cheapest_pools, without_bound
from planner.backends.interface import solve as search
from planner.backends.polish import polish
from planner.formulation.balance import balanced
from planner.formulation.build import build
from planner.formulation.covering import with_covering_rows
from planner.formulation.monolith import Found
from planner.formulation.plan import make_plan
from planner.solve import Judged, Run, Solved, indexed, solve
from planner.verify.certify import certify

if TYPE_CHECKING:
    from planner.formulation.build import Built
    from planner.plan.schema import Plan
    from planner.problem.schema import Problem

#: Accelerators considered beside those of the base plan, each with its cheapest configuration.
BESIDE = 5
#: Nodes and gap of the search for what is left free; the gap is of the whole cost, of which one service is a part.
NODES, GAP = 20, 0.003
#: Where that leaves no plan: so many services more that stand where it does, each time with a wider gap and fewer nodes.
RINGS = ((0, GAP, NODES), (1, 0.03, 5), (3, 0.05, 5))


def quick_answer(bench: Bench, plan: Plan, problem: Problem) -> Solved | None:
    """A checked plan of ``problem`` without a bound of its own; None where few candidates have no plan.

    Services that did not change keep their replicas, and pools that no changed service stands in their instances. Where
    that leaves no plan, because a quota or a cap is used up, the services that stand nearest move too, and at last few candidates
    of every service are solved afresh.
    """
    stated = bench.stated(problem)
    changed = _changed(bench.loaded.problem, problem)
    near = _nearest(plan, changed)
    for more, gap, nodes in RINGS:
        moved = changed.union(near[:more])
        if len(moved) >= len(problem.services) or (more and len(near) < more) or bench.stopped:
            break
        few = replace(stated, choices=tuple(_few(stated, choice, plan, choice.service in moved) for choice in stated.choices))
        kept = _kept(bench, plan, few, moved, gap, nodes)
        if kept is not None:
            return Solved(kept)
    wide = replace(stated, choices=tuple(_few(stated, choice, plan, True) for choice in stated.choices))
    answer = solve(
        problem, bench.catalog, replace(bench.options, tie_break=False, price_safety=False, explain=False, confirm=False),
        on_progress=bench.on_progress, stop=bench.stop, stated=wide,
    )  # fmt: skip
    return Solved(without_bound(answer.plan)) if isinstance(answer, Solved) else None


def _changed(before: Problem, after: Problem) -> set[str]:
    """Services that are new, or ask for something else."""
    old = {service.name: service for service in before.services}
    return {service.name for service in after.services if old.get(service.name) != service}


def _nearest(plan: Plan, moved: set[str]) -> list[str]:
    """The other services, those first that hold most accelerators of the kinds and regions in which ``moved`` stand."""
    held: dict[str, dict[tuple[str, str], float]] = {service.name: {} for service in plan.services}
    for service, d in ((service, d) for service in plan.services for d in service.deployments):
        mine, place = held[service.name], (d.region, d.accelerator)
        mine[place] = mine.get(place, 0.0) + sum(d.replicas) * d.tp * d.pp
    places = {place for name in moved for place, count in held.get(name, {}).items() if count}
    return sorted(held.keys() - moved, key=lambda name: (-sum(count for place, count in held[name].items() if place in places), name))


def _kept(bench: Bench, plan: Plan, few: Judged, moved: set[str], gap: float, nodes: int) -> Plan | None:
    """The plan with everything held that no changed service touches, checked; None where that does not meet every limit."""
    run = Run(bench.options, bench.on_progress, bench.stop)
    run.tell("solving")
    sets, data, left_out = indexed(few)
    if any(not slots for slots in sets.groups_of):
        return None
    built = build(sets, data)
    columns, values = _held(built, plan, moved)
    held = built.model.fixed(columns, values)
    # Rows that no plan breaks lift the bound of the relaxation, and the search then ends at its root.
    covered = with_covering_rows(built).model
    how = {"gap": gap, "node_limit": nodes, "seed": bench.options.seed, "stop": bench.stop}
    # Where the plan may stay as it is, nothing dearer is found.
    stays = search(covered.fixed(*_held(built, plan, set())), time_limit_s=run.left(), **how).values if moved else None
    answer = search(covered.fixed(columns, values), time_limit_s=run.left(), start=stays, **how)
    exact = None if answer.values is None else polish(held, answer.values[: held.column_count])
    if exact is None:
        return None
    vector = balanced(built, exact)
    found = Found(vector, built.model.objective(vector), None, "kept", answer.backend, answer.version, answer.deterministic, nodes=answer.nodes)
    made = make_plan(run, built, found, bench.catalog, left_out)
    certificate = certify(made, sets.problem, bench.catalog)
    return made.model_copy(update={"certificate": certificate, "checked": True}) if certificate.passed else None


def _held(built: Built, plan: Plan, moved: set[str]) -> tuple[np.ndarray, np.ndarray]:
    """Columns of whole numbers that keep the plan's values: replicas of what did not change, instances it stands on alone."""
    sets, var = built.sets, built.var
    replicas = {
        (s.name, d.variant, d.accelerator, d.tp, d.pp, d.max_num_seqs, d.pool, d.purchase): d.replicas for s in plan.services for d in s.deployments
    }
    instances = {(pool.id, firm): counts for pool in plan.pools for firm, counts in ((True, pool.running_firm), (False, pool.spot))}
    bought = {one.name: one.units for one in plan.commitments}
    columns: list[np.ndarray] = []
    values: list[np.ndarray] = []
    touched = set()
    for slot, own in zip(sets.slots, var.replicas):
        service, c, pool = sets.services[slot.service].name, sets.groups[slot.group].configuration, sets.pools[slot.pool].id
        if service in moved:
            touched.add((slot.pool, slot.firm))
            continue
        key = (service, c.variant, c.accelerator, c.tp, c.pp, c.max_num_seqs, pool, "firm" if slot.firm else "spot")
        columns.append(own)
        values.append(np.zeros(own.size) + np.array(replicas.get(key, 0)))
    for side, own in var.running.items():
        if side not in touched:
            columns.append(own)
            values.append(np.zeros(own.size) + np.array(instances.get((sets.pools[side[0]].id, side[1]), 0)))
    if not moved:
        for number, column in var.units.items():
            columns.append(np.array([column]))
            values.append(np.array([bought.get(sets.options[number].name, 0.0)]))
    return (np.concatenate(columns), np.concatenate(values).astype(float)) if columns else (np.empty(0, dtype=int), np.empty(0))


def _few(stated: Judged, choice: Any, plan: Plan, wide: bool) -> Any:
    """One service's choices: what the plan uses of them, and with ``wide`` the next ones by what serving alone costs."""
    used = _used(plan, choice.service)
    prices = {pool.id: pool for pool in stated.pools}
    beside = cheapest(choice.candidates, prices, BESIDE) if wide else set()
    kept = []
    for candidate in choice.candidates:
        mine = {pool for configuration, pool in used if configuration == _name(candidate.configuration)}
        if mine or id(candidate) in beside:
            near = cheapest_pools(candidate, prices, POOLS) if wide else ()
            kept.append(replace(candidate, pools=tuple(sorted((mine | set(near)) & set(candidate.pools)))))
    return replace(choice, candidates=tuple(kept))


def _used(plan: Plan, service: str) -> set[tuple[tuple, str]]:
    return {(_name(d), d.pool) for s in plan.services if s.name == service for d in s.deployments if any(d.replicas)}


def _name(one: Any) -> tuple:
    return one.variant, one.accelerator, one.tp, one.pp, one.engine, one.max_num_seqs
