"""What one objective costs in terms of another: the plans that none beats in both, and what lies between any two of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from planner.analysis.bench import Bench, plan_of
from planner.analysis.objectives import LOOSE, OBJECTIVES, Objective, slos
from planner.analysis.second import Second
from planner.analysis.unknowns import Unknown, unknowns
from planner.documents.near import did_you_mean
from planner.errors import UsageError
from planner.plan.cost import TOTAL
from planner.solve import Outcome, Solved

if TYPE_CHECKING:
    from planner.plan.schema import Plan

#: Two figures are one within this relative slack.
SAME = 1e-7
#: Narrowest box, of the whole span, where one or both objectives may take any value; solves at most.
STEP, SOLVES = 0.02, 160
#: Whether anything is better at all is asked this much below the cheapest plan's value, relative.
NEXT = 1e-4


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
    gap      to which each cost is proven: what is cheaper by less may be missed
    least    no plan is better than this, in the objective's own direction; None: that was not found
    unknown  options that no point may use, since the objective is not known of them
    cheaper  the cheapest plan of all, where it costs less than the first point because the objective is not known of it
    """

    base: Outcome
    objective: Objective
    points: tuple[Point, ...]
    boxes: tuple[Box, ...]
    exact: bool
    step: float
    solves: int
    ended: str = ""
    gap: float = 0.0
    least: float | None = None
    unknown: tuple[Unknown, ...] = ()
    cheaper: Plan | None = None


def frontier(bench: Bench, other: str, *, step: float = STEP, most: int = SOLVES) -> Frontier:
    """Between cost and ``other``: carbon, latency, quality or spot; ``step`` is the narrowest box, of the whole span."""
    if other not in OBJECTIVES:
        raise UsageError(f'"{other}" is nothing to trade cost against{did_you_mean(other, OBJECTIVES)}', where="--between", hint=f"cost and one of {', '.join(OBJECTIVES)}")
    objective = OBJECTIVES[other]
    if other == "latency" and not any(slos(service, service) for service in bench.loaded.problem.services):
        raise UsageError("no service states a limit on latency", where="--between", hint="services.<name>.slo in the problem")
    base, before = bench.base(), bench.solves
    search = _Search(bench, objective, most)
    cheapest = search.at(None)
    left_out = unknowns(bench, other, objective.capped(bench.loaded.problem, LOOSE))
    plan = plan_of(base)
    unknown = plan is not None and objective.of(plan, bench.loaded.problem) is None
    # Of a figure that only a cap makes known the point with the cap may be the same plan.
    cheaper = plan if unknown and (cheapest is None or plan.cost[TOTAL] < cheapest.cost * (1.0 - SAME)) else None
    if cheapest is None:
        why = search.ended or f"no plan was found of which the {other} is known"
        ended = why if plan is not None else search.ended
        return Frontier(base, objective, (), (), False, step, bench.solves - before, ended, unknown=left_out, cheaper=cheaper)
    exact = objective.whole(bench)
    points, boxes = search.enumerated(cheapest) if exact else search.boxed(cheapest, step)
    marked = _marked(points)
    values = tuple(replace(p, value=objective.sign * p.value) for p in marked)
    sides = tuple(Box(*(None if b is None else objective.sign * b for b in box)) for box in boxes)
    least = None if search.least is None or search.ended else objective.sign * search.least
    exact = exact and not search.ended and search.gap == 0.0
    return Frontier(base, objective, values, sides, exact, step, bench.solves - before, search.ended, search.gap, least, left_out, cheaper)


class _Search:
    """Cheapest plans under caps on the other objective, lower being better."""

    def __init__(self, bench: Bench, objective: Objective, most: int) -> None:
        self.bench, self.objective, self.most = bench, objective, most
        self.left, self.ended = most, ""
        self.least: float | None = None
        plan = plan_of(bench.base())
        whole = plan is None or plan.solver.method == "monolith"
        # A program solved in parts is proven to the gap asked, and no further.
        self.gap = 0.0 if whole else bench.options.gap
        problem = bench.loaded.problem
        counted = objective.counted(problem) if objective.counted is not None and whole and problem.limits.shortage == "forbidden" else None
        self.second = None if counted is None else Second(bench, counted, objective.measures)

    def at(self, cap: float | None) -> Point | None:
        """The cheapest plan with the objective at most ``cap``; None: there is none, or the solves are used up."""
        if self.left == 0:
            self.ended = f"{self.most} solves were used up"
            return None
        self.left -= 1
        problem = self.bench.loaded.problem
        asked = self.objective.capped(problem, LOOSE if cap is None else cap)
        answer = self.bench.solved(asked, explain=False, price_safety=False, gap=self.gap)
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

    def tightened(self, point: Point) -> Point:
        """A point of the same cost with the least of the objective there is at that cost; the same where no row counts it."""
        value = self.second.least(point.cost) if self._may_ask() else None
        return point if value is None or value >= point.value - _near(point.value) else self._no_dearer(point, value) or point

    def _may_ask(self) -> bool:
        """Whether the objective itself can be asked about once more; counts that as a solve."""
        may = self.second is not None and self.left > 0 and not self.bench.stopped
        self.left -= may
        return may

    def _no_dearer(self, point: Point, value: float) -> Point | None:
        found = self.at(value + _near(value) / 10.0)
        return None if found is None or found.cost > point.cost * (1.0 + SAME) else found

    def _halved(self, point: Point) -> Point:
        """How far the objective's cap may go down at the same cost, to ``NEXT`` of itself."""
        low = self.objective.least(self.bench)
        while point.value - low > NEXT * max(abs(point.value), 1e-9) and not self.ended and not self.bench.stopped:
            middle = (low + point.value) / 2.0
            found = self._no_dearer(point, middle)
            low, point = (middle, point) if found is None else (low, found)
        return point

    def enumerated(self, first: Point) -> tuple[list[Point], list[tuple]]:
        """Every point: each next one is the cheapest that is better by the least there is."""
        points = [first]
        while (found := self.at(points[-1].value - max(1e-9, SAME * abs(points[-1].value)))) is not None:
            if found.cost <= points[-1].cost * (1 + 1e-9):
                points[-1] = found  # as cheap, and better
            else:
                points.append(found)
        self.least = points[-1].value
        return points, [(None, None)] * (len(points) - 1)

    def boxed(self, first: Point, step: float) -> tuple[list[Point], list[tuple]]:
        """Points such that what lies between two neighbours is empty or narrower than the step."""
        # Of what no row counts only the ends are narrowed so far.
        first = self.tightened(first) if self.second is not None or self.gap else self._halved(first)
        best = self._best(first, step)
        if best is None or best.cost <= first.cost * (1.0 + SAME):
            return [first if best is None else best], []
        width = step * max(first.value - best.value, 1e-12)
        # Points from the best value to the cheapest cost, and between each two the box in which others may lie.
        points = [best, *self._supported(best, first), first]
        boxes = [(one.value, other.value) for one, other in zip(points, points[1:])]
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
                found = self.tightened(found)
                points.insert(i + 1, found)
                boxes[i : i + 1] = [(low, found.value), (middle, high)]
        points.reverse(), boxes.reverse()
        return points, [box if box[1] > box[0] else (None, None) for box in boxes]

    def _supported(self, better: Point, cheaper: Point) -> list[Point]:
        """Between two points, those that are the cheapest for some price of the objective, from the better on (Aneja and Nair, 1979)."""
        if self.ended or not self._may_ask():
            return []
        usd = (better.cost - cheaper.cost) / (cheaper.value - better.value)
        found = self.second.least_sum(usd)
        line = cheaper.cost + usd * cheaper.value
        if found is None or found.cost + usd * found.value >= line - SAME * max(1.0, abs(line)) or not better.value < found.value < cheaper.value:
            return []
        point = self.at(found.value + _near(found.value) / 10.0)
        if point is None or not better.value < point.value < cheaper.value:
            return []
        return [*self._supported(better, point), point, *self._supported(point, cheaper)]

    def _best(self, first: Point, step: float) -> Point | None:
        """The cheapest plan with the least of the objective there is; None: ``first`` has it.

        Where no row counts the objective, it is narrowed to ``NEXT`` of itself; in a program solved in parts to half a step of the span.
        """
        if self._may_ask():
            value = self.second.least()
            if value is not None:
                self.least = value
                return None if value >= first.value - _near(first.value) else self.at(value + _near(value) / 10.0)
        low, floor = self.objective.least(self.bench), NEXT * max(abs(first.value), 1e-9)
        if first.value <= low:
            self.least = first.value
            return None
        best = self.at(first.value - floor)
        if best is None:
            self.least = first.value - floor
            return None
        while best.value - low > (floor if self.gap == 0.0 else max(step / 2.0 * (first.value - best.value), floor)):
            middle = (low + best.value) / 2.0
            found = self.at(middle)
            if self.ended:
                return best
            if found is None:
                low = middle
            else:
                best = found
        self.least = low
        return best


def _near(value: float) -> float:
    """What two figures may differ by and be one."""
    return SAME * max(abs(value), 1e-6)


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
