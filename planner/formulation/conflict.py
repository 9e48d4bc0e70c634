"""Why no plan exists: the smallest set of limits that conflict, in the user's words, and the ways out."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from planner.formulation.registry import constraints
from planner.problem.serves import OF


@dataclass(frozen=True)
class Conflict:
    """One limit that takes part in the conflict.

    value   what is asked now; ``least`` what it would have to be at least for the others to hold; None: no number
    """

    constraint: str
    where: str
    limit: float | None
    least: float | None
    unit: str
    message: str


@dataclass(frozen=True)
class WayOut:
    """One change after which a plan exists, and what that plan costs."""

    change: str
    cost_usd_per_month: float | None
    message: str


def without_candidates(problem, choices, demand, jobs=()):
    """(conflicts, ways out) when a service with demand has a class that nothing can serve, or a job cannot be run; else None."""
    conflicts: list[Conflict] = []
    ways: list[WayOut] = []
    shared = {(service.name, name): choice for service, choice in zip(problem.services, choices) for name in _served_by(service)}
    for service, choice in zip(problem.services, choices, strict=True):
        rates = demand[service.name]
        if service.workload.serves is not None:
            continue  # no service needs it, where another way is found for each of those it may answer for
        if service.unserved_usd_per_request is not None or problem.limits.shortage == "by_priority":
            continue
        lonely = [
            name
            for b, name in enumerate(choice.class_names)
            if rates[b].any() and not choice.hosted and not any(c.can_serve[b] for c in choice.candidates)
            and not any(_may_answer(one, f"{service.name}{OF}{name}") for (_, member), one in shared.items() if member == service.name)
        ]
        if not lonely:
            continue
        if choice.candidates:
            conflicts.append(_class_alone(service.name, lonely))
            continue
        turned_away = [*choice.rejections, *(r for r in choice.hosted_rejections if r.broken[0].rule != "mode_retired")]
        conflicts += _rules_that_leave_none(service.name, turned_away)
        ways += _nearest_ways(service.name, turned_away)
    for choice in (one for one in jobs if one.job.prepares is None):
        if not choice.runs:
            text = f"the deadline of {choice.job.name} lies beyond the horizon of {problem.horizon.months} months"
            conflicts.append(Conflict("job_deadline", choice.job.name, None, None, "", text))
        elif not choice.options:
            conflicts += _rules_that_leave_none(choice.job.name, choice.rejections)
            ways += _nearest_ways(choice.job.name, choice.rejections)
    return (tuple(conflicts), tuple(ways)) if conflicts else None


def _served_by(service) -> tuple[str, ...]:
    return () if service.workload.serves is None else service.workload.serves.services


def _may_answer(choice, name: str) -> bool:
    """Whether replicas of a group can serve a class of a service."""
    return any(candidate.can_serve[choice.class_names.index(name)] for candidate in choice.candidates)


def _class_alone(service: str, lonely: list[str]) -> Conflict:
    classes = ", ".join(lonely)
    text = f"no configuration that is left can serve class {classes} of {service}; planner check shows what each rule took"
    return Conflict("class_served", service, None, None, "", text)


def _rules_that_leave_none(service: str, rejections) -> list[Conflict]:
    """The fewest rules that together turn every configuration and hosted option away."""
    if not rejections:
        return [Conflict("candidates", service, None, None, "", f"{service}: no configuration or hosted option exists to choose from")]
    broken = [frozenset(b.rule for b in r.broken) for r in rejections]
    rules = sorted(frozenset().union(*broken))
    smallest = next(
        chosen
        for size in range(1, len(rules) + 1)
        for chosen in combinations(rules, size)
        if all(found & set(chosen) for found in broken)
    )
    conflicts = []
    for rule in smallest:
        # Of what only this rule of the conflict turns away, the nearest miss says most.
        misses = [
            b
            for r, found in zip(rejections, broken, strict=True)
            for b in r.broken
            if b.rule == rule and found & set(smallest) == {rule}
        ]
        nearest = min(misses, key=lambda b: (b.relative_miss is None, b.relative_miss or 0.0, b.message))
        limit = nearest.limit if isinstance(nearest.limit, (int, float)) else None
        value = nearest.value if isinstance(nearest.value, (int, float)) else None
        conflicts.append(Conflict(rule, service, limit, value, nearest.unit, nearest.message))
    return conflicts


def _nearest_ways(service: str, rejections) -> list[WayOut]:
    """Changes of one rule after which some configuration remains, nearest first."""
    single = [r for r in rejections if len(r.broken) == 1]
    best: dict[str, object] = {}
    for rejection in single:
        found = rejection.broken[0]
        kept = best.get(found.rule)
        miss = float("inf") if found.relative_miss is None else found.relative_miss
        if kept is None or miss < kept[0]:
            best[found.rule] = (miss, rejection.what, found)
    return [
        WayOut(f"{rule} for {service}", None, f"{configuration}: {found.message}")
        for rule, (_, configuration, found) in sorted(best.items(), key=lambda item: item[1][0])
    ][:3]


def explain_infeasible(built, run) -> tuple[tuple[Conflict, ...], tuple[WayOut, ...]]:
    """A minimal set of limits that conflict (deletion filter over limits), and for each what would have to give.

    A limit is one block of rows of a constraint marked as the user's. A block is dropped from the conflict when
    the others are infeasible without it; what remains is minimal: any one out, and a plan exists. Nothing is named when
    the run is stopped before that is known.
    """
    blocks = _limit_blocks(built)
    left = dict(blocks)
    for name in list(blocks):
        trial = {k: v for k, v in left.items() if k != name}
        feasible = _feasible(built, blocks, set(trial), run)
        if feasible is None and run.stop is not None and run.stop():
            # What is left is no smallest set: better no names than wrong ones.
            return (), ()
        if feasible is False:
            left = trial
    conflicts = tuple(_stated(built, name, rows, blocks, set(left), run) for name, rows in left.items())
    ways = tuple(_ways_out(built, conflicts, left, blocks, run))
    return conflicts, ways or tuple(_together(built, left, blocks, run))


def _together(built, left, blocks, run):
    """Where no limit alone does: the fewest that do when dropped together, in the sense that none of them can stay.

    Limits are put back one after the other, those of the conflict last, as long as a plan exists.
    """
    from planner.backends.interface import solve

    kept: set = set()
    for name in [*(name for name in blocks if name not in left), *left]:
        feasible = _feasible(built, blocks, kept | {name}, run)
        if feasible is None:
            return
        if feasible:
            kept.add(name)
    dropped = [name for name in blocks if name not in kept]
    answer = solve(_relaxed(built, blocks, kept), gap=max(run.options.gap, 1e-4), time_limit_s=run.left(), stop=run.stop)
    if answer.values is None or len(dropped) < 2:
        return
    change = f"drop {' and '.join(f'{constraint} of {where}' for constraint, where in dropped)}, together"
    if built.sets.problem.limits.shortage == "by_priority":
        yield WayOut(change, None, "a plan then exists")
        return
    yield WayOut(change, answer.objective, f"the cheapest plan then costs {answer.objective:,.2f} USD/month")


def _limit_blocks(built) -> dict[tuple[str, str], np.ndarray]:
    known = constraints()
    # What is held is all there is where nothing else is sold.
    names = {held.name for held in built.sets.held}
    found: dict[tuple[str, str], list[np.ndarray]] = {}
    for part in built.ranges:
        held = part.constraint == "commitment_pool" and part.where in names
        if known[part.constraint].limit or part.constraint == "stock" or held:
            where = part.where.split(" without ")[0] if part.constraint == "survives_loss" else part.where
            found.setdefault((part.constraint, where), []).append(np.arange(part.start, part.stop))
    return {key: np.concatenate(rows) for key, rows in found.items()}


def _relaxed(built, blocks, kept: set) -> object:
    """The program without the limits that are not in ``kept``."""
    lower, upper = built.model.row_lower.copy(), built.model.row_upper.copy()
    for name, rows in blocks.items():
        if name not in kept and name[0] not in _STRUCTURAL:
            lower[rows], upper[rows] = -np.inf, np.inf
        elif name not in kept:
            free = _right_hand(built, rows)
            lower[free], upper[free] = -np.inf, np.inf
    return built.model.with_bounds(row_lower=lower, row_upper=upper)


# Blocks whose rows also define columns: only the rows that state the limit itself are let go.
_STRUCTURAL = frozenset({"spot_share", "survives_loss", "max_configurations", "min_instances"})


def _right_hand(built, rows: np.ndarray) -> np.ndarray:
    """Rows with a right-hand side: those that state a limit rather than define a column."""
    lower, upper = built.model.row_lower[rows], built.model.row_upper[rows]
    states = (np.isfinite(lower) & (lower != 0)) | (np.isfinite(upper) & (upper != 0))
    return rows[states]


def _feasible(built, blocks, kept: set, run) -> bool | None:
    from planner.backends.interface import solve
    from planner.milp.status import Status

    model = _relaxed(built, blocks, kept)
    answer = solve(model.with_cost(np.zeros(model.column_count)), gap=1.0, time_limit_s=run.left(), stop=run.stop)
    if answer.values is not None:
        return True
    return False if answer.status is Status.INFEASIBLE else None


def _stated(built, name, rows, blocks, conflict: set, run) -> Conflict:
    constraint, where = name
    unit = constraints()[constraint].unit
    limit, least = _limit_and_least(built, name, rows, blocks, set(blocks), run)
    if least is None and len(conflict) < len(blocks):
        # Another conflict stands beside this one: then what the limits of this one alone ask for.
        limit, least = _limit_and_least(built, name, rows, blocks, conflict, run)
    text = f"{constraint} of {where}"
    if limit is not None and least is not None:
        text += f": {limit:,.6g} {unit}; the least possible is {least:,.6g}"
    return Conflict(constraint, where, limit, least, unit, text)


def _limit_and_least(built, name, rows, blocks, kept: set, run) -> tuple[float | None, float | None]:
    """The limit of a single-row block and the least value at which the other limits of ``kept`` can hold."""
    if rows.size != 1 or not np.isfinite(built.model.row_upper[rows[0]]):
        return None, None
    from planner.backends.interface import solve

    row = int(rows[0])
    model = _relaxed(built, blocks, kept - {name})
    start, stop = built.model.row_start[row], built.model.row_start[row + 1]
    cost = np.zeros(model.column_count)
    cost[built.model.column_index[start:stop]] = built.model.coefficient[start:stop]
    answer = solve(model.with_cost(cost), gap=1e-6, time_limit_s=run.left(), stop=run.stop)
    if answer.values is None or answer.bound is None:
        return None, None
    return _in_words(built, name, float(built.model.row_upper[row]), answer.objective)


def _in_words(built, name, upper: float, reached: float) -> tuple[float, float]:
    """Row figures as the user stated the limit: what is drawn, emitted or paid in any case is not in the row."""
    part = next(p for p in built.ranges if (p.constraint, p.where) == name)
    stated = upper if part.stated is None else part.stated
    return stated, stated + (reached - upper) * part.scale


def _ways_out(built, conflicts, left, blocks, run):
    from planner.backends.interface import solve

    for conflict, name in zip(conflicts, left, strict=True):
        model = _relaxed(built, blocks, set(blocks) - {name})
        answer = solve(model, gap=max(run.options.gap, 1e-4), time_limit_s=run.left(), stop=run.stop)
        if answer.values is None:
            continue
        held = conflict.constraint == "commitment_pool"
        change = f"more of {conflict.where}" if held else f"drop {conflict.constraint} of {conflict.where}"
        if built.sets.problem.limits.shortage == "by_priority":
            # What such a plan costs depends on how much it serves first: only solving it in stages tells.
            yield WayOut(change, None, "a plan then exists")
            continue
        if conflict.limit is not None and conflict.least is not None:
            change = f"{conflict.constraint} {conflict.limit:,.6g} → {conflict.least:,.6g} {conflict.unit}"
            answer = solve(
                _loosened(built, name, blocks[name], conflict),
                gap=max(run.options.gap, 1e-4),
                time_limit_s=run.left(),
                stop=run.stop,
            )
            if answer.values is None:
                continue
        yield WayOut(change, answer.objective, f"the cheapest plan then costs {answer.objective:,.2f} USD/month")


def _loosened(built, name, rows, conflict):
    """The program with one limit moved to the least that is possible, and a hair more."""
    scale = next(p.scale for p in built.ranges if (p.constraint, p.where) == name)
    upper = built.model.row_upper.copy()
    upper[rows[0]] += (conflict.least - conflict.limit + 1e-6 * max(abs(conflict.least), 1.0)) / scale
    return built.model.with_bounds(row_upper=upper)
