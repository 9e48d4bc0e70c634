"""What a plan says of its own standing agrees with itself and with the recomputation."""

from __future__ import annotations

from collections.abc import Iterator

from planner import __version__
from planner.plan.cost import TOTAL
from planner.plan.schema import Plan
from planner.verify.case import Case
from planner.verify.checks.min_instances import tightest_placement
from planner.verify.figures import Figure, figures
from planner.verify.measure import CLAIM_TOLERANCE, Seen, at_most, equal, refused, same, unless
from planner.verify.registry import check
from planner.verify.whole import says_all

#: ``--gap 0`` means this, relative (DESIGN, exact semantics).
ZERO_GAP = 1e-9


@check("proof", tolerance=CLAIM_TOLERANCE)
def proof(case: Case) -> Iterator[Seen]:
    """Gap, bound, cost, status and ``proven`` agree: gap = (cost − bound)/|cost|, 0 when both are 0.

    ``optimal`` and ``proven`` hold exactly when the gap is at most the gap asked. The bound itself rests on the
    solver's search and is not recomputed.
    """
    plan = case.plan
    if plan.status not in ("optimal", "feasible"):
        yield refused("status", f"a plan that holds is optimal or feasible, not {plan.status}")
    yield same(plan.proven, plan.status == "optimal", "proven")
    yield from _simulated(plan)
    if plan.bound_usd_per_month is None:
        yield same(plan.gap, None, "gap without a bound")
        yield same(plan.proven, False, "proven without a bound")
        return
    total, bound = plan.cost[TOTAL], plan.bound_usd_per_month
    yield at_most(bound, total, "bound_usd_per_month against the cost", unit="USD/month", floor=1e-6)
    if total == 0.0 and bound != 0.0:
        yield same((plan.gap, plan.proven), (None, False), "gap of a cost of 0 with another bound")
        return
    if plan.gap is None:
        yield refused("gap", "it is missing beside a bound")
        return
    yield equal(plan.gap, 0.0 if total == bound else (total - bound) / abs(total), "gap", floor=1.0)
    yield same(plan.proven, plan.gap <= max(plan.solver.gap_asked, ZERO_GAP), "proven for the gap asked")


@check("binding")
def binding(case: Case) -> Iterator[Seen]:
    """Each limit listed exists, once, and its value, limit, unit and slack are those recomputed.

    A plan with a certificate lists every limit; a hand-written one need not.
    """
    found: dict[tuple[str, str], list[Figure]] = {}
    for figure in figures(case) if case.plan.binding or says_all(case.plan) else ():
        found.setdefault((figure.constraint, figure.where), []).append(figure)
    for stated in case.plan.binding:
        where = f"{stated.constraint} {stated.where}"
        here = found.get((stated.constraint, stated.where))
        if not here:
            yield refused(where, "the problem sets no such limit, or it is listed more than once")
            continue
        nearest = min(here, key=lambda f: abs(f.value - stated.value) + abs(f.limit - stated.limit))
        here.remove(nearest)
        yield same(stated.unit, nearest.unit, f"{where}: unit")
        size = max(abs(nearest.limit), abs(nearest.value), 1e-3)
        yield equal(stated.value, nearest.value, f"{where}: value", unit=stated.unit, floor=size)
        yield equal(stated.limit, nearest.limit, f"{where}: limit", unit=stated.unit, floor=size)
        yield equal(stated.slack, nearest.slack, f"{where}: slack", unit=stated.unit, floor=size)
    for (constraint, where), left in sorted(found.items()) if says_all(case.plan) else ():
        yield unless(left, f"{constraint} {where}", "a limit of the problem that is not listed")


@check("certificate")
def certificate(case: Case) -> Iterator[Seen]:
    """A certificate inside the plan says what this recomputation says: the same checks, results and placement."""
    plan = case.plan
    if plan.certificate is None:
        return
    yield same(plan.checked, plan.certificate.passed, "checked against the certificate")
    found = {c.name: c for c in case.done}
    stated = {c.name: c for c in plan.certificate.checks if c.name != "certificate"}
    # A plan of another version may lack checks that came later: they are made all the same.
    later = set(found) - set(stated) if plan.inputs.planner_version != __version__ else set()
    yield same(sorted(stated), sorted(set(found) - later), "names of the checks")
    for name in sorted(set(stated) & set(found)):
        yield same(stated[name].passed, found[name].passed, f"result of {name}")
        yield equal(stated[name].worst, found[name].worst, f"worst violation of {name}", floor=1.0)
    yield same(plan.certificate.passed, all(c.passed for c in plan.certificate.checks), "passed against the checks listed")
    yield same(plan.certificate.placement, tightest_placement(case), "placement")


def _simulated(plan: Plan) -> Iterator[Seen]:
    """``simulated`` says that a simulation comes with the plan, that nothing refuted it and that every limit was measured and kept with confidence."""
    found = plan.simulation
    if found is None:
        yield same(plan.simulated, False, "simulated without a simulation")
        return
    kept = all(one.lower_bound is not None and one.lower_bound >= one.percentile / 100.0 for one in found.limits)
    yield same(plan.simulated, kept and found.held_where_picked, "simulated, by the lower bounds of its limits")
    if found.rounds:
        yield equal(found.rounds[-1].usd_per_month, plan.cost[TOTAL], "simulation: cost of the last round")
