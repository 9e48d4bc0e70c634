"""Makes a plan of patterns better one period at a time, all else as it is, with what runs before and after in view."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from planner.backends.crew import Crew, Job
from planner.formulation.build import Built
from planner.formulation.decompose.neighbours import Neighbours
from planner.formulation.decompose.pattern import Pattern
from planner.formulation.decompose.period_owners import SEVERAL, periods_of_columns, periods_of_rows
from planner.formulation.decompose.placed import with_placed
from planner.formulation.decompose.pricing import Pricing, out_of_time
from planner.formulation.decompose.restricted import Restricted, restricted
from planner.formulation.placements import Row
from planner.milp.model import LinearModel
from planner.milp.status import Solution

#: Rounds of choosing periods anew, and the share of the gap asked for that one must gain to be followed by another.
PASSES, LITTLE = 12, 0.5
#: Share of the gap asked for within which one period is chosen, and its search nodes.
SHARE, NODES = 0.5, 300
#: More patterns than this in one period are searched with fewer nodes: most of what is won is won early.
MANY, NODES_MANY = 1_000, 60
#: A row may be broken by so much, relative to what is in it.
TOLERANCE = 1e-9
#: A limit over several periods is broken from this share of it on; all of it then costs so many times the plan, in more passes.
BROKEN, PAIN, REPAIRS = 1e-7, 3.0, 3


def moved(built: Built, state: Pricing, patterns: list[Pattern], values: np.ndarray, chosen: list[Pattern], run, crew: Crew, placements: frozenset[Row] = frozenset()) -> np.ndarray:
    """The vector of the whole program after periods were chosen anew, from one with shared ``values`` and ``chosen`` patterns.

    An instance that would run for one period alone is dear to start: what each service does before and after is
    offered too, where it serves. A limit over several periods that is broken has a price until it is kept, and never
    grows worse.
    """
    split, periods = state.oracle.split, built.sets.period_count
    neighbours = Neighbours(state.oracle)
    full = values.copy()
    cost = np.inf
    for number in range(PASSES + REPAIRS if periods > 1 else 0):
        offered = {p.key: p for p in [*patterns, *chosen, *neighbours.of(chosen)]}
        program = with_placed(restricted(split, list(offered.values())), built, placements)
        values = np.concatenate([full[program.shared], np.zeros(len(program.patterns))])
        keys = {p.key for p in chosen}
        values[program.shared.size :] = [p.key in keys for p in program.patterns]
        _settle_starts(built, program, values)
        pain = _pain(built, program, values)
        if number >= PASSES and pain is None:
            break
        if not np.isfinite(cost):
            cost = program.model.objective(values)
        _pass(built, state, program, values, run, crew, pain)
        chosen = [p for p, value in zip(program.patterns, values[program.shared.size :], strict=True) if value > 0.5]
        full[program.shared] = values[: program.shared.size]
        now = program.model.objective(values)
        if out_of_time(run) or (pain is None and cost - now < LITTLE * max(run.options.gap, 1e-9) * abs(now)):
            break
        cost = now
    for pattern in chosen:
        full[pattern.columns] = pattern.values
    return full


def _pain(built: Built, program: Restricted, values: np.ndarray) -> np.ndarray | None:
    """What limits over several periods that are broken charge each column; None where none is."""
    model = program.model
    row = model.entry_row()
    total = np.bincount(row, weights=model.coefficient * values[model.column_index], minlength=model.row_count)
    size = np.maximum(np.abs(model.row_upper), 1.0)
    over = (periods_of_rows(model, row, periods_of(built, program)) == SEVERAL) & (total > model.row_upper + BROKEN * size)
    if not over.any():
        return None
    price = np.where(over, PAIN * abs(model.objective(values)) / np.where(over, size, 1.0), 0.0)
    return np.bincount(model.column_index, weights=model.coefficient * price[row], minlength=model.column_count)


def _pass(built: Built, state: Pricing, program: Restricted, values: np.ndarray, run, crew: Crew, pain: np.ndarray | None) -> None:
    """Chooses each period anew once, first every other one, side by side, then the rest; changes ``values``."""
    model, periods = program.model, built.sets.period_count
    cost = model.cost if pain is None else model.cost + pain
    row, starts, of_column = model.entry_row(), _starts(built, program), periods_of(built, program)
    order = heaviest_first(state)
    # Of an odd number the first and the last are neighbours side by side: what both changed is held against the rows below.
    for parity in (0, 1):
        due = [t for t in order if t % 2 == parity]
        if out_of_time(run):
            return
        parts = []
        for t in due:
            free = (of_column == t) | (starts & (of_column == (t + 1) % periods))
            columns = np.flatnonzero(free)
            rows = np.unique(row[free[model.column_index]])
            parts.append((columns, rows, part_program(model, row, columns, rows, cost[columns], model.column_lower[columns])))
        total = np.bincount(row, weights=model.coefficient * values[model.column_index], minlength=model.row_count)
        programs = [_with_rest(part, total[rows], values[columns]) for columns, rows, part in parts]
        answers = searched(programs, run, crew, [values[columns] for columns, _, _ in parts])
        for (columns, rows, part), answer in zip(parts, answers, strict=True):
            if answer.values is None or not part.objective(answer.values) < part.objective(values[columns]):
                continue
            # Periods side by side may have taken the same room under a limit: the first has it.
            total = np.bincount(row, weights=model.coefficient * values[model.column_index], minlength=model.row_count)
            newest = np.where(part.integer, np.round(answer.values), answer.values)
            now = _with_rest(part, total[rows], values[columns])
            use = np.bincount(now.entry_row(), weights=now.coefficient * newest[now.column_index], minlength=rows.size)
            slack = TOLERANCE * np.maximum(1.0, np.abs(use))
            if np.all(use >= now.row_lower - slack) and np.all(use <= now.row_upper + slack):
                values[columns] = newest


def _with_rest(part: LinearModel, total: np.ndarray, values: np.ndarray) -> LinearModel:
    """``part`` with what all else adds to its rows taken off their sides; a side that is broken may stay so."""
    own = np.bincount(part.entry_row(), weights=part.coefficient * values[part.column_index], minlength=total.size)
    rest = total - own
    return replace(part, row_lower=np.minimum(part.row_lower - rest, own), row_upper=np.maximum(part.row_upper - rest, own))


def _starts(built: Built, program: Restricted) -> np.ndarray:
    """Which columns of the restricted program count starts [columns bool]."""
    of = np.zeros(program.split.model.column_count, dtype=bool)
    for columns in built.var.starts.values():
        of[columns] = True
    return np.concatenate([of[program.shared], np.zeros(len(program.patterns), dtype=bool)])


def _settle_starts(built: Built, program: Restricted, values: np.ndarray) -> None:
    """Makes the starts what the instances that run ask for: single periods chose them at a price."""
    place = np.full(program.split.model.column_count, -1)
    place[program.shared] = np.arange(program.shared.size)
    for key, columns in built.var.starts.items():
        running, own = place[built.var.running[key]], place[columns]
        if (running >= 0).all():
            count = values[running]
            kept = own >= 0
            values[own[kept]] = np.maximum(count - np.roll(count, 1), 0.0)[kept]


def heaviest_first(state: Pricing) -> list[int]:
    """Periods, those that cost most at the best prices first: they decide what is worth signing."""
    each = np.where(np.isfinite(state.blocks), state.blocks, 0.0).sum(axis=0)
    return np.argsort(-each, kind="stable").tolist()


def periods_of(built: Built, program: Restricted) -> np.ndarray:
    """The period that decides each column of the restricted program, NONE where none does alone."""
    periods = built.sets.period_count
    of = periods_of_columns(built, program.split.model.column_count)
    return np.concatenate([of[program.shared], [p.block % periods for p in program.patterns]]).astype(int)


def searched(parts: list[LinearModel], run, crew: Crew, starts: list[np.ndarray] | None = None) -> list[Solution]:
    """The answers to periods' programs, side by side; those not begun in time have no values."""
    gap = SHARE * max(run.options.gap, 1e-9)
    jobs = [
        Job(part, gap, NODES if part.integer.sum() <= MANY else NODES_MANY, None if starts is None else starts[i])
        for i, part in enumerate(parts)
    ]
    return crew.solve_all(jobs, stop=lambda: out_of_time(run))


def part_program(model: LinearModel, row: np.ndarray, columns: np.ndarray, rows: np.ndarray, cost: np.ndarray, lower: np.ndarray) -> LinearModel:
    """The program of some columns, with lower ends of their own, and some rows."""
    place_column, place_row = np.full(model.column_count, -1), np.full(model.row_count, -1)
    place_column[columns], place_row[rows] = np.arange(columns.size), np.arange(rows.size)
    mine = np.flatnonzero((place_row[row] >= 0) & (place_column[model.column_index] >= 0))
    own = place_row[row[mine]]
    order = np.argsort(own, kind="stable")
    return LinearModel(
        cost=cost,
        column_lower=lower,
        column_upper=np.maximum(model.column_upper[columns], lower),
        integer=model.integer[columns],
        row_start=np.concatenate([[0], np.cumsum(np.bincount(own, minlength=rows.size))]),
        column_index=place_column[model.column_index[mine[order]]],
        coefficient=model.coefficient[mine[order]],
        row_lower=model.row_lower[rows],
        row_upper=model.row_upper[rows],
    )
