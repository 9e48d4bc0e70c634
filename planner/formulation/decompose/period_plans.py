"""A plan from patterns, period by period: once what is signed for all periods is fixed, the rest nearly falls apart by them."""

from __future__ import annotations

import numpy as np

from planner.backends.central_lp import central_point
from planner.backends.crew import Crew
from planner.errors import PlannerError
from planner.formulation.build import Built
from planner.formulation.decompose.completion import keep_if_better
from planner.formulation.decompose.few_configurations import left_out
from planner.formulation.decompose.interrupts import Sooner
from planner.formulation.decompose.pattern import Pattern, make_pattern
from planner.formulation.decompose.period_moves import heaviest_first, moved, part_program, periods_of, searched
from planner.formulation.decompose.period_owners import NONE, SEVERAL, periods_of_columns, periods_of_rows
from planner.formulation.decompose.placed import with_placed
from planner.formulation.decompose.pricing import CENTRAL, Pricing
from planner.formulation.decompose.restricted import restricted
from planner.formulation.registry import constraints
from planner.milp.model import LinearModel


def plan_by_periods(built: Built, state: Pricing, patterns: list[Pattern], best, run, crew: Crew) -> None:
    """Chooses one pattern per block, each period by itself; ``best`` becomes the plan where it is better.

    What no single period decides (commitments above all) begins at its value in the relaxation, whole numbers
    rounded, and may be raised in any period at its whole price. Rows over several periods (starts, budgets, carbon)
    have no say but their price in the relaxation, so that what is chosen may break a limit: then no plan comes from here.
    """
    program = with_placed(restricted(state.oracle.split, patterns), built, best.placements)
    model = program.model
    given = {p.key for p in patterns}
    listed = {block: [pair for pair in found if pair[1].key in given] for block, found in state.reduced().items()}
    unused = left_out(state.oracle.built, listed)[program.shared]
    model = model.with_bounds(column_upper=np.where(np.append(unused, np.zeros(len(program.patterns), dtype=bool)), 0.0, model.column_upper))
    try:
        point = central_point(model.relaxed(), CENTRAL)
    except PlannerError:
        return  # these patterns admit no plan, not even in parts
    of_column = periods_of(built, program)
    always = np.flatnonzero(of_column == NONE)
    values = np.zeros(model.column_count)
    row = model.entry_row()
    of_row = periods_of_rows(model, row, of_column)
    every = np.flatnonzero(of_row == NONE)
    # What a limit holds together is rounded down: two halves rounded up would break it.
    limited = np.zeros(model.column_count, dtype=bool)
    limited[model.column_index[of_row[row] == NONE]] = True
    whole = np.where(limited, np.floor(point.values + 1e-6), np.round(point.values))
    values[always] = np.where(model.integer, whole, point.values)[always]
    values = np.clip(values, model.column_lower, model.column_upper)
    duals = np.where(of_row == SEVERAL, point.duals[: model.row_count], 0.0)
    priced = model.cost - np.bincount(model.column_index, weights=model.coefficient * duals[row], minlength=model.column_count)
    order = heaviest_first(state)
    parts = []
    for t in order:
        columns = np.flatnonzero((of_column == t) | (of_column == NONE))
        rows = np.union1d(np.flatnonzero(of_row == t), every)
        lower = np.where(of_column == NONE, values, model.column_lower)[columns]
        parts.append((columns, part_program(model, row, columns, rows, priced[columns], lower)))
    answers = searched([part for _, part in parts], run, crew)
    short = [i for i, answer in enumerate(answers) if answer.values is None]
    if short:
        # What is paid by the dollar was settled to a tolerance: it may be settled anew.
        freed = [_freed(model, *parts[i], of_column) for i in short]
        for i, answer in zip(short, searched(freed, run, crew), strict=True):
            answers[i] = answer
    if any(answer.values is None for answer in answers):
        return
    closed = _closed(model, row, every, parts, answers, of_column, values)
    again = [i for i, answer in enumerate(answers) if np.any(answer.values[closed[parts[i][0]]] > 0.5)]
    held = [parts[i][1].with_bounds(column_upper=np.where(closed[parts[i][0]], parts[i][1].column_lower, parts[i][1].column_upper)) for i in again]
    for i, answer in zip(again, searched(held, run, crew) if again else [], strict=True):
        answers[i] = answer
    if any(answer.values is None for answer in answers):
        return
    for (columns, _), answer in zip(parts, answers, strict=True):
        best.version = answer.version
        # Whoever needs more signed has it signed: what one period asks for serves the others too.
        values[columns] = np.where(of_column[columns] == NONE, np.maximum(answer.values, values[columns]), answer.values)
    chosen = [p for p, value in zip(program.patterns, values[program.shared.size :], strict=True) if value > 0.5]
    full = np.zeros(program.split.model.column_count)
    full[program.shared] = values[: program.shared.size]
    # Kept before it is made better: who stops the run meanwhile has a plan.
    keep_if_better(built, program.values(values)[: built.model.column_count], best, run)
    keep_if_better(built, moved(built, state, patterns, full, chosen, Sooner(run, best.completion_s), crew, best.placements)[: built.model.column_count], best, run)
    if best.values is not None:
        state.incumbent = best.objective


def better_by_periods(built: Built, state: Pricing, patterns: list[Pattern], best, run, crew: Crew) -> None:
    """Makes the best plan better by choosing its periods anew, all limits kept; or a plan of a start that breaks some."""
    oracle, model = state.oracle, state.oracle.split.model
    begun = best.start if best.values is None else best.values
    if begun is None or oracle.periods < 2:
        return
    full = np.zeros(model.column_count)
    full[: begun.size] = begun
    for q, columns in oracle.opened.items():
        slot = built.sets.slots[q]
        full[columns] = np.ceil(full[built.var.replicas[q]] * slot.accelerators / built.sets.pools[slot.pool].accelerators - 1e-9)
    blocks = [n * oracle.periods + int(t) for n, b in enumerate(oracle.services) for t in np.flatnonzero(b.rate > 0)]
    chosen = [make_pattern(oracle.split, oracle.coupling, k, oracle.split.columns[k], full[oracle.split.columns[k]]) for k in blocks]
    shared = np.zeros(model.column_count)
    shared[oracle.split.shared] = full[oracle.split.shared]
    best.start = moved(built, state, patterns, shared, chosen, Sooner(run, best.completion_s), crew, best.placements)[: built.model.column_count]
    keep_if_better(built, best.start, best, run)
    if best.values is not None:
        state.incumbent = best.objective


def _closed(model: LinearModel, row, every, parts, answers, of_column, values) -> np.ndarray:
    """Columns of no period that none may have, so that all together keep a limit on them [columns bool].

    Each period kept the limit by itself. Where they ask for more together, those that most periods ask for stay.
    """
    asked, most = np.zeros(model.column_count), values.copy()
    for (columns, _), answer in zip(parts, answers, strict=True):
        mine = of_column[columns] == NONE
        asked[columns[mine]] += answer.values[mine] > 0.5
        most[columns[mine]] = np.maximum(most[columns[mine]], answer.values[mine])
    closed = np.zeros(model.column_count, dtype=bool)
    for r in every.tolist():
        entries = np.flatnonzero(row == r)
        columns, weight = model.column_index[entries], model.coefficient[entries]
        if float(weight @ most[columns]) <= model.row_upper[r] + 1e-9:
            continue
        had = values[columns].copy()
        for i in np.argsort(-asked[columns], kind="stable").tolist():
            more = np.where(np.arange(columns.size) == i, most[columns], had)
            if asked[columns[i]] and float(weight @ more) <= model.row_upper[r] + 1e-9:
                had = more
            elif had[i] <= model.column_lower[columns[i]]:
                closed[columns[i]] = True
    return closed


def _freed(model: LinearModel, columns: np.ndarray, part: LinearModel, of_column: np.ndarray) -> LinearModel:
    """A period's program with columns of no period back at their lower ends where they are no whole numbers."""
    kept = part.integer | (of_column[columns] != NONE)
    return part.with_bounds(column_lower=np.where(kept, part.column_lower, model.column_lower[columns]))


def limits_link_periods(built: Built) -> bool:
    """Whether some limit that the user set is on a sum over periods, which single periods do not see."""
    of_row = periods_of_rows(built.model, built.model.entry_row(), periods_of_columns(built, built.model.column_count))
    known = constraints()
    return any(known[part.constraint].limit and (of_row[part.start : part.stop] == SEVERAL).any() for part in built.ranges)
