"""Why no plan exists: the smallest set of limits that conflict, in the user's words, and the ways out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.formulation.registry import constraints
from planner.plan.limit_words import CAPS, in_words, unit_after


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

    @property
    def named(self) -> str:
        """In words, such as ``quota of mine`` or ``cash upfront``."""
        return in_words(self.constraint, self.where)


@dataclass(frozen=True)
class WayOut:
    """One change after which a plan exists, and what that plan costs."""

    change: str
    cost_usd_per_month: float | None
    message: str


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
    *names, last = (in_words(*name) for name in dropped)
    change = f"drop {', '.join(names)} and {last}, together"
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
    unit = "USD/month" if constraint == "budget" and where not in CAPS else CAPS.get(where, (None, constraints()[constraint].unit))[1]
    limit, least = _limit_and_least(built, name, rows, blocks, set(blocks), run)
    if least is None and len(conflict) < len(blocks):
        # Another conflict stands beside this one: then what the limits of this one alone ask for.
        limit, least = _limit_and_least(built, name, rows, blocks, conflict, run)
    text = in_words(constraint, where)
    if limit is not None and least is not None:
        text += f": {(asked := _shown(limit, unit))} {unit_after(asked, unit)}; the least possible is {_shown(least, unit)}"
    return Conflict(constraint, where, limit, least, unit, text)


def _shown(value: float, unit: str) -> str:
    """Money in whole units or to the cent, everything else to six digits."""
    return (f"{value:,.0f}" if value == round(value) else f"{value:,.2f}") if unit.startswith("USD") else f"{value:,.6g}"


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
        change = f"more of {conflict.where}" if held else f"drop {conflict.named}"
        if built.sets.problem.limits.shortage == "by_priority":
            # What such a plan costs depends on how much it serves first: only solving it in stages tells.
            yield WayOut(change, None, "a plan then exists")
            continue
        if conflict.limit is not None and conflict.least is not None:
            unit = conflict.unit
            change = f"{conflict.named} {_shown(conflict.limit, unit)} → {(least := _shown(conflict.least, unit))} {unit_after(least, unit)}"
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
