"""What one objective costs in terms of another: the plans that none beats in both, and what lies between any two of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from planner.analysis.bench import Bench, plan_of
from planner.documents.near import did_you_mean
from planner.errors import UsageError
from planner.plan.cost import TOTAL
from planner.problem.normalise import changed
from planner.solve import Outcome, Solved

if TYPE_CHECKING:
    from planner.plan.schema import Plan
    from planner.problem.schema import Problem

#: Two figures are one within this relative slack.
SAME = 1e-7
#: Narrowest box, of the whole span, where one or both objectives may take any value; solves at most.
STEP, SOLVES = 0.02, 80


@dataclass(frozen=True)
class Objective:
    """What is traded against cost; ``of`` reads it from a plan, ``capped`` limits it. Lower is better, quality turned round.

    whole  whether it takes steps only: then every point can be found
    """

    name: str
    unit: str
    of: Callable[[Any, Any], float | None]
    capped: Callable[[Any, float], Any]
    whole: Callable[[Bench], bool] = lambda bench: False
    sign: float = 1.0


@dataclass(frozen=True)
class Point:
    """A plan that no other one beats in both; ``value`` in the objective's own direction.

    supported  it is the cheapest for some price of the objective: on the lower hull of all points
    """

    cost: float
    bound: float | None
    value: float
    plan: Plan
    supported: bool = False
    knee: bool = False


@dataclass(frozen=True)
class Box:
    """Between two neighbouring points: every other plan worth having lies between ``low`` and ``high``; None: there is none."""

    low: float | None
    high: float | None


@dataclass(frozen=True)
class Frontier:
    """Points from the cheapest on, and the box after each but the last.

    exact    every point is here: both objectives depend on whole numbers alone, and all were found
    ended    why the search stopped, if not by itself
    """

    base: Outcome
    objective: Objective
    points: tuple[Point, ...]
    boxes: tuple[Box, ...]
    exact: bool
    step: float
    solves: int
    ended: str = ""


def frontier(bench: Bench, other: str, *, step: float = STEP, most: int = SOLVES) -> Frontier:
    """Between cost and ``other``: carbon, latency, quality or spot; ``step`` is the narrowest box, of the whole span."""
    if other not in OBJECTIVES:
        raise UsageError(f'"{other}" is nothing to trade cost against{did_you_mean(other, OBJECTIVES)}', where="--between", hint=f"cost and one of {', '.join(OBJECTIVES)}")
    objective = OBJECTIVES[other]
    if other == "latency" and not any(_slos(service, service) for service in bench.loaded.problem.services):
        raise UsageError("no service states a limit on latency", where="--between", hint="services.<name>.slo in the problem")
    base, before = bench.base(), bench.solves
    search = _Search(bench, objective, most)
    cheapest = search.at(None)
    if cheapest is None:
        why = search.ended or f"no plan was found of which the {other} is known"
        return Frontier(base, objective, (), (), False, step, bench.solves - before, why if plan_of(base) is not None else search.ended)
    exact = objective.whole(bench)
    points, boxes = search.enumerated(cheapest) if exact else search.boxed(cheapest, step)
    marked = _marked(points)
    values = tuple(replace(p, value=objective.sign * p.value) for p in marked)
    sides = tuple(Box(*(None if b is None else objective.sign * b for b in box)) for box in boxes)
    return Frontier(base, objective, values, sides, exact and not search.ended, step, bench.solves - before, search.ended)


class _Search:
    """Cheapest plans under caps on the other objective, lower being better."""

    def __init__(self, bench: Bench, objective: Objective, most: int) -> None:
        self.bench, self.objective, self.most = bench, objective, most
        self.left, self.ended = most, ""

    def at(self, cap: float | None) -> Point | None:
        """The cheapest plan with the objective at most ``cap``; None: there is none, or the solves are used up."""
        if self.left == 0:
            self.ended = f"{self.most} solves were used up"
            return None
        self.left -= 1
        problem = self.bench.loaded.problem
        asked = self.objective.capped(problem, _LOOSE if cap is None else cap)
        answer = self.bench.solved(asked, explain=False, price_safety=False, **({"gap": 0.0} if cap is not None else {}))
        plan = plan_of(answer)
        if plan is None:
            if not isinstance(answer, Solved) and hasattr(answer, "reason"):
                self.ended = answer.message
            return None
        value = self.objective.of(plan, problem)
        if value is None:
            self.ended = f"the {self.objective.name} of a plan is not known"
            return None
        return Point(plan.cost[TOTAL], plan.bound_usd_per_month, value if cap is None else min(value, cap), plan)

    def enumerated(self, first: Point) -> tuple[list[Point], list[tuple]]:
        """Every point: each next one is the cheapest that is better by the least there is."""
        points = [first]
        while (found := self.at(points[-1].value - max(1e-9, SAME * abs(points[-1].value)))) is not None:
            if found.cost <= points[-1].cost * (1 + 1e-9):
                points[-1] = found  # as cheap, and better
            else:
                points.append(found)
        return points, [(None, None)] * (len(points) - 1)

    def boxed(self, first: Point, step: float) -> tuple[list[Point], list[tuple]]:
        """Points such that what lies between two neighbours is empty or narrower than the step."""
        best = self._best(first, step)
        if best is None or best.cost <= first.cost * (1.0 + SAME):
            return [first if best is None else best], []
        width = step * max(first.value - best.value, 1e-12)
        # Points from the best value to the cheapest cost, and between each two the box in which others may lie.
        points, boxes = [best, first], [(best.value, first.value)]
        while not self.ended:
            i = max(range(len(boxes)), key=lambda k: boxes[k][1] - boxes[k][0])
            low, high = boxes[i]
            if high - low <= width:
                break
            middle = (low + high) / 2.0
            found = self.at(middle)
            if self.ended:
                break
            if found is None or found.cost >= points[i].cost * (1.0 - SAME):
                boxes[i] = middle, high  # down to the middle nothing is cheaper than the better point
            elif found.cost <= points[i + 1].cost * (1.0 + SAME):
                points[i + 1], boxes[i] = found, (low, found.value)  # as cheap as the cheaper point, and better
            else:
                points.insert(i + 1, found)
                boxes[i : i + 1] = [(low, found.value), (middle, high)]
        points.reverse(), boxes.reverse()
        return points, [box if box[1] > box[0] else (None, None) for box in boxes]

    def _best(self, first: Point, step: float) -> Point | None:
        """The cheapest plan with about the least of the objective: below it, to the step, there is no plan."""
        low, high, best = 0.0 if first.value >= 0 else 2.0 * first.value, first.value, None
        if first.value < 0:
            low = -1.0
        span = max(abs(first.value), 1e-9) if first.value >= 0 else max(first.value - low, 1e-9)
        while high - low > step * span / 2.0:
            found = self.at((low + high) / 2.0)
            if self.ended:
                break
            if found is None:
                low = (low + high) / 2.0
            else:
                best, high = found, min(found.value, (low + high) / 2.0)
        return best


def _marked(points: list[Point]) -> list[Point]:
    """Which points lie on the lower hull, and the one farthest from the line between the ends: the knee."""
    hull: list[int] = []
    for i, p in enumerate(points):
        while len(hull) > 1 and _turn(points[hull[-2]], points[hull[-1]], p) <= 0:
            hull.pop()
        hull.append(i)
    knee = None
    if len(points) > 2:
        a, b = points[0], points[-1]
        wide, high = b.cost - a.cost or 1.0, a.value - b.value or 1.0
        under = [1.0 - (p.cost - a.cost) / wide - (p.value - b.value) / high for p in points]
        knee = max(range(len(points)), key=lambda i: under[i]) if max(under) > SAME else None
    return [replace(p, supported=i in hull, knee=i == knee) for i, p in enumerate(points)]


def _turn(a: Point, b: Point, c: Point) -> float:
    return (b.cost - a.cost) * (c.value - a.value) - (b.value - a.value) * (c.cost - a.cost)


#: A cap that nothing reaches, which makes the objective be counted.
_LOOSE = 1e12


def _carbon(plan: Plan, problem: Problem) -> float | None:
    return plan.carbon_kg_per_month


def _carbon_capped(problem: Problem, cap: float) -> Problem:
    return changed(problem, limits=changed(problem.limits, carbon_kg_per_month=max(cap, 0.0)))


def _spot(plan: Plan, problem: Problem) -> float:
    """The largest share of a service's requests on spot, in any period."""
    worst = 0.0
    for service in plan.services:
        for t in range(len(plan.periods)):
            there = {d.purchase: 0.0 for d in service.deployments}
            for d in service.deployments:
                there[d.purchase] += sum(rates[t] for rates in d.rate_per_s.values())
            total = sum(there.values())
            worst = max(worst, there.get("spot", 0.0) / total if total else 0.0)
    return worst


def _spot_capped(problem: Problem, cap: float) -> Problem:
    share = min(1.0, max(0.0, cap))
    return changed(problem, services=tuple(changed(s, spot=changed(s.spot, max_share=min(share, s.spot.max_share))) for s in problem.services))


def _quality(plan: Plan, problem: Problem) -> float | None:
    known = [s.quality_mean for s in plan.services if not s.busy_shares]
    return None if None in known or not known else -min(known)


def _quality_capped(problem: Problem, cap: float) -> Problem:
    from planner.problem.service import Quality

    floor = max(0.0, -cap) if cap < _LOOSE else 0.0
    return changed(problem, services=tuple(s if s.workload.serves is not None else _with_floor(s, floor, Quality) for s in problem.services))


def _with_floor(service: Any, floor: float, quality: Any) -> Any:
    stated = service.quality or quality()
    return changed(service, quality=changed(stated, mean=max(floor, stated.mean or 0.0)))


def _latency(plan: Plan, problem: Problem) -> float:
    """The multiple of all latency limits that the problem states, at which it was solved."""
    from planner.documents import from_data, validate
    from planner.problem.schema import Problem as Format

    there = validate(from_data(plan.inputs.problem, "plan"), Format)
    pairs = [(now[key], was[key]) for n, w in zip(there.services, problem.services) for now, was in _slos(n, w) for key in was]
    return max((now / was for now, was in pairs), default=1.0)


def _slos(now: Any, was: Any) -> list[tuple[dict, dict]]:
    return [(getattr(now.slo, name) or {}, limits) for name in type(was.slo).model_fields if (limits := getattr(was.slo, name))]


def _latency_capped(problem: Problem, cap: float) -> Problem:
    factor = 1.0 if cap >= _LOOSE else cap
    return changed(problem, services=tuple(changed(s, slo=_tightened(s.slo, factor)) for s in problem.services))


def _tightened(slo: Any, factor: float) -> Any:
    scaled = {name: {key: value * factor for key, value in limits.items()} for name in type(slo).model_fields if (limits := getattr(slo, name))}
    return changed(slo, **scaled)


def _carbon_is_whole(bench: Bench) -> bool:
    """Whether neither cost nor emissions depend on how requests are routed: both then follow whole numbers."""
    import math

    from planner.solve import program

    built = program(bench.loaded.problem, bench.catalog)
    rates = [columns for columns in built.var.rate.values()]
    costless = all(not built.model.cost[columns].any() for columns in rates)
    emissions = [built.data.carbon_per_rate(group) for group in built.sets.groups]
    flexible = any(option.measure != "instances" for option in built.sets.options) or any(held.measure == "spend" for held in built.sets.held)
    return costless and not flexible and all(kg is not None and math.isclose(float(abs(kg).max(initial=0.0)), 0.0, abs_tol=1e-12) for kg in emissions)


OBJECTIVES = {
    "carbon": Objective("carbon", "kgCO2e/month", _carbon, _carbon_capped, _carbon_is_whole),
    "latency": Objective("latency", "times all latency limits", _latency, _latency_capped),
    "quality": Objective("quality", "least mean score", _quality, _quality_capped, sign=-1.0),
    "spot": Objective("spot", "largest share on spot", _spot, _spot_capped),
}
