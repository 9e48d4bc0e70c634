"""The plain-array program: what it accepts, what it measures, what its copies change."""

import numpy as np
import pytest

from planner.errors import PlannerError
from planner.milp import Family, ModelBuilder


def small():
    """min 3a + 2b + c; a + b >= 4; b - c <= 1; a, b whole in 0..5, c in 0..10."""
    builder = ModelBuilder()
    ab = builder.columns("ab", 2, 0, 5, True, [3.0, 2.0], labels=["a", "b"])
    c = builder.columns("c", 1, 0, 10, False, 1.0)
    builder.row("demand", {ab[0]: 1.0, ab[1]: 1.0}, lower=4.0, label="demand[all]")
    builder.row("limit", {ab[1]: 1.0, c[0]: -1.0}, upper=1.0)
    return builder.build(cost_offset=7.0)


def test_entries_given_twice_are_summed_and_ordered():
    builder = ModelBuilder()
    x = builder.columns("x", 3)
    builder.rows("r", [1, 0, 1, 0], [x[2], x[1], x[2], x[0]], [1.0, 5.0, 2.0, 4.0], upper=[9.0, 9.0])
    model = builder.build()
    # Row 0 holds 4 x0 + 5 x1; row 1 holds (1 + 2) x2.
    assert model.row_start.tolist() == [0, 2, 3]
    assert model.column_index.tolist() == [0, 1, 2]
    assert model.coefficient.tolist() == [4.0, 5.0, 3.0]


def test_entries_that_cancel_are_dropped_and_their_row_stays():
    builder = ModelBuilder()
    builder.columns("x", 1)
    builder.rows("r", [0, 0], [0, 0], [1.0, -1.0], upper=1.0)
    model = builder.build()
    assert (model.entry_count, model.row_count) == (0, 1)


def test_the_order_of_entries_does_not_change_the_program():
    rng = np.random.default_rng(3)
    row, column, value = rng.integers(0, 20, 200), rng.integers(0, 30, 200), rng.integers(1, 9, 200).astype(float)

    def built(order):
        builder = ModelBuilder()
        builder.columns("x", 30)
        builder.rows("r", row[order], column[order], value[order], count=20)
        return builder.build()

    one, other = built(np.arange(200)), built(rng.permutation(200))
    assert one.coefficient.tobytes() == other.coefficient.tobytes()
    assert one.column_index.tobytes() == other.column_index.tobytes()


def test_rows_keep_their_count_when_the_last_ones_are_empty():
    builder = ModelBuilder()
    builder.columns("x", 1)
    assert builder.rows("r", [0], [0], 1.0, lower=np.zeros(3)).tolist() == [0, 1, 2]
    assert builder.build().activity(np.array([2.0])).tolist() == [2.0, 0.0, 0.0]


def test_a_block_of_columns_returns_numbers_in_its_shape():
    builder = ModelBuilder()
    builder.columns("a", 4)
    assert builder.columns("b", (2, 3)).tolist() == [[4, 5, 6], [7, 8, 9]]


def test_families_name_ranges_and_a_name_may_own_several():
    builder = ModelBuilder()
    builder.columns("x", 1)
    for name in ("p", "p", "q", "p"):
        builder.row(name, {0: 1.0})
    model = builder.build()
    assert model.row_family == (Family("p", 0, 2), Family("q", 2, 3), Family("p", 3, 4))
    assert model.rows_of("p").tolist() == [0, 1, 3]
    assert model.rows_of("absent").size == 0
    assert model.row_names() == ["p[0]", "p[1]", "q[0]", "p[2]"]


def test_labels_are_made_only_when_read():
    calls = []
    builder = ModelBuilder()
    builder.columns("x", 2, labels=lambda: calls.append(1) or ["one", "two"])
    model = builder.build()
    assert calls == []
    assert model.column_names() == ["one", "two"]


def test_a_wrong_number_of_labels_names_the_block():
    with pytest.raises(PlannerError, match="block x: 1 labels for 2 members"):
        ModelBuilder().columns("x", 2, labels=["one"])


def test_a_column_number_out_of_range_names_the_block():
    builder = ModelBuilder()
    builder.columns("x", 2)
    with pytest.raises(PlannerError, match="block r: a column number is outside 0 .. 1"):
        builder.row("r", {2: 1.0})


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"cost": np.array([np.nan, 0.0, 0.0])}, "column a"),
        ({"coefficient": np.array([1.0, 1.0, np.inf, -1.0])}, "row limit"),
        ({"column_lower": np.array([0.0, 6.0, 0.0])}, "column b"),
        ({"row_lower": np.array([np.nan, -np.inf])}, r"row demand\[all\]"),
        ({"row_upper": np.array([-np.inf, 1.0])}, r"row demand\[all\]"),
    ],
)
def test_a_malformed_program_is_refused_by_name(change, where):
    from dataclasses import replace

    with pytest.raises(PlannerError, match=where):
        replace(small(), **change).validate()


def test_arrays_cannot_be_written():
    with pytest.raises(ValueError, match="read-only"):
        small().cost[0] = 1.0


def test_objective_includes_the_offset():
    # 3*1 + 2*3 + 2 + 7
    assert small().objective(np.array([1.0, 3.0, 2.0])) == 18.0


@pytest.mark.parametrize(
    ("values", "kind", "index", "size"),
    [
        ([1.0, 3.0, 2.0], "none", -1, 0.0),
        ([1.0, 1.0, 0.0], "row", 0, 0.5),  # 2 of 4 missing, the bound 4 is the scale
        ([5.0, 4.0, 1.0], "row", 1, 0.5),  # 4 - 1 exceeds 1 by 2, the largest term 4 is the scale
        ([6.0, 0.0, 0.0], "bound", 0, 0.2),  # 1 above the bound 5
        ([3.75, 1.0, 0.0], "integrality", 0, 0.25),
        ([np.nan, 1.0, 0.0], "value", 0, np.inf),
        ([1.0, 1.0], "value", -1, np.inf),
    ],
)
def test_the_worst_violation_is_found_and_measured(values, kind, index, size):
    worst = small().violation(np.array(values))
    assert (worst.kind, worst.index) == (kind, index)
    assert worst.size == pytest.approx(size)


@pytest.mark.parametrize("unit", [1e-9, 1.0, 1e9])
def test_a_rows_violation_does_not_depend_on_its_unit(unit):
    builder = ModelBuilder()
    x = builder.columns("x", 1)
    builder.row("cap", {x[0]: unit}, upper=2.0 * unit)
    # 3 against 2 breaks the cap by a third of the term 3.
    assert builder.build().violation(np.array([3.0])).size == pytest.approx(1.0 / 3.0)


def test_a_row_near_zero_is_measured_in_its_own_unit():
    builder = ModelBuilder()
    x = builder.columns("x", 2)
    builder.row("link", {x[0]: 1.0, x[1]: -100.0}, upper=0.0)
    # sqrt(1 * 100) = 10 is one unit of the row: 1e-6 over is 1e-7 of it.
    assert builder.build().violation(np.array([1e-6, 0.0])).size == pytest.approx(1e-7)


def test_copies_change_what_they_say_and_leave_the_original():
    model = small()
    fixed = model.fixed(np.array([1]), 2.0)
    assert (fixed.column_lower[1], fixed.column_upper[1]) == (2.0, 2.0)
    assert model.column_upper[1] == 5.0
    assert not model.relaxed().is_mip
    assert model.is_mip
    assert model.with_cost(np.ones(3)).objective(np.ones(3)) == 3.0
    assert model.with_bounds(row_lower=np.array([5.0, -np.inf])).row_lower[0] == 5.0


def test_appended_rows_come_last_and_are_named():
    model = small().with_rows("extra", [0, 2, 3], [0, 2, 1], [1.0, 1.0, 4.0], [0.0, 0.0], [5.0, 6.0]).validate()
    assert model.dense()[2:].tolist() == [[1.0, 0.0, 1.0], [0.0, 4.0, 0.0]]
    assert model.row_names() == ["demand[all]", "limit[0]", "extra[0]", "extra[1]"]
    assert model.rows_of("extra").tolist() == [2, 3]


def test_a_program_may_be_empty():
    model = ModelBuilder().build(cost_offset=2.0)
    assert (model.column_count, model.row_count) == (0, 0)
    assert model.violation(np.empty(0)).size == 0.0
    assert model.objective(np.empty(0)) == 2.0
