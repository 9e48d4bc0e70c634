"""Rows of placements over patterns ask for what the same rows ask for over the columns of the whole program."""

from __future__ import annotations

import numpy as np

from planner.backends import solve
from planner.formulation.decompose.completion import only_zero
from planner.formulation.decompose.oracle import Oracle
from planner.formulation.decompose.placed import with_placed
from planner.formulation.decompose.pricing import FINE, begin, try_prices
from planner.formulation.decompose.restricted import restricted
from planner.formulation.decompose.split import split
from planner.formulation.decompose.strengthen import strengthened
from planner.formulation.placements import broken_rows, with_rows
from tests.decompose.test_bounds import built_of
from tests.formulation.test_placements import small_ones
from tests.oracle.generator import random_problem


def test_patterns_add_to_a_row_what_their_columns_do():
    built = small_ones(6, 1)
    two = solve(built.model.fixed(built.var.running[0, True], 2.0), backend="highs", gap=0.0)
    rows = broken_rows(built, two.values)
    assert rows
    tight, opened = strengthened(built)
    oracle = Oracle(tight, split(tight), opened)
    state = begin(oracle, 10)
    try_prices(state, state.flat, FINE)
    bare = restricted(oracle.split, list(state.patterns.values()))
    program = with_placed(bare, built, rows)
    added = program.model.row_count - bare.model.row_count
    assert added == len(rows) * built.sets.period_count
    draw = np.random.default_rng(0)
    for _ in range(5):
        chosen = np.concatenate([draw.integers(0, 3, bare.shared.size), draw.integers(0, 2, len(bare.patterns))]).astype(float)
        whole = with_rows(built, rows).model
        assert np.allclose(program.model.activity(chosen)[-added:], whole.activity(program.values(chosen)[: whole.column_count])[-added:])


def test_what_rows_hold_at_zero_changes_no_optimum():
    """Replicas of every other slot at 0: columns named as held at 0 are 0 in the optimum, and closing them costs nothing."""
    closed = 0
    for seed in range(12):
        built = built_of(random_problem(seed))
        if built is None:
            continue
        idle = np.concatenate([c.ravel() for c in built.var.replicas[::2]])
        held = built.model.fixed(idle, 0.0)
        zero = only_zero(held)
        answer = solve(held, backend="highs", gap=0.0)
        if answer.values is None:
            continue
        assert np.abs(answer.values[zero]).max(initial=0.0) <= 1e-6
        closed += int(zero.sum()) - idle.size
    assert closed > 0
