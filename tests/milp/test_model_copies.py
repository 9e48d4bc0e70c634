"""Elastic and scaled copies, text, and the gap: transformations that must not change the question."""

import numpy as np
import pytest

from planner.errors import PlannerError
from planner.milp import ModelBuilder, elastic, lp_text, mps_text, relative_gap, scaling
from planner.milp.text import safe_names


def limited():
    """min x + y; x + y >= 10 (demand); x <= 4, y <= 3 (cap)."""
    builder = ModelBuilder()
    x = builder.columns("x", 2, 0, np.inf, False, 1.0)
    builder.row("demand", {x[0]: 1.0, x[1]: 1.0}, lower=10.0)
    builder.rows("cap", [0, 1], x, 1.0, upper=[4.0, 3.0])
    return builder.build()


def test_slack_is_added_only_to_the_named_rows_and_finite_sides():
    copy = elastic(limited(), {"cap": 2.0})
    assert copy.row.tolist() == [1, 2]
    assert copy.column.tolist() == [2, 3]
    assert copy.model.dense().tolist() == [[1, 1, 0, 0], [1, 0, -1, 0], [0, 1, 0, -1]]
    assert copy.model.cost.tolist() == [0, 0, 2, 2]
    copy.model.validate()


def test_an_equality_gets_slack_on_both_sides():
    builder = ModelBuilder()
    builder.columns("x", 1, 0, 1)
    builder.row("fix", {0: 1.0}, 5.0, 5.0)
    copy = elastic(builder.build(), {"fix": 1.0})
    assert copy.model.dense().tolist() == [[1.0, 1.0, -1.0]]
    assert copy.model.column_names()[1:] == ["slack[fix[0]|below]", "slack[fix[0]|above]"]


def test_slack_says_how_far_each_row_gives():
    copy = elastic(limited(), {"cap": 2.0, "demand": 1.0}, keep_cost=True)
    assert copy.row.tolist() == [0, 1, 2]
    # Demand 10 with x = 7, y = 3: the first cap gives by 3.
    values = np.array([7.0, 3.0, 0.0, 3.0, 0.0])
    assert copy.slack(values) == {1: 3.0}
    assert copy.model.violation(values).size == 0.0
    assert copy.model.objective(values) == 16.0


def test_only_chosen_rows_of_a_family_are_relaxed():
    assert elastic(limited(), {"cap": 1.0}, rows=np.array([2])).row.tolist() == [2]


def test_relaxing_a_constraint_that_made_no_row_is_an_error():
    with pytest.raises(PlannerError, match="constraint quota"):
        elastic(limited(), {"quota": 1.0})


def test_numbers_near_one_are_left_alone():
    assert scaling(limited()) is None


def test_scaling_is_exact_both_ways():
    rng = np.random.default_rng(5)
    builder = ModelBuilder()
    n = builder.columns("n", 5, 0, 9, True, 10.0 ** rng.uniform(-12, 9, 5))
    x = builder.columns("x", 8, 0, 1e9, False, 10.0 ** rng.uniform(-12, 0, 8))
    row, column = np.divmod(np.arange(4 * 13), 13)
    builder.rows("r", row, np.concatenate([n, x])[column], 10.0 ** rng.uniform(-6, 6, 52), lower=np.ones(4))
    model = builder.build()
    scaled = scaling(model)
    assert (scaled.column[:5] == 1.0).all()
    for factor in (scaled.row, scaled.column, np.array([scaled.cost])):
        assert (np.frexp(factor)[0] == 0.5).all()  # powers of two
    values = rng.random(13)
    assert scaled.values(scaled.start(values)).tobytes() == values.tobytes()
    assert scaled.objective(scaled.model.objective(scaled.start(values))) == pytest.approx(model.objective(values))
    assert scaled.model.activity(scaled.start(values)) / scaled.row == pytest.approx(model.activity(values))


def test_scaling_narrows_the_span_of_the_coefficients():
    builder = ModelBuilder()
    x = builder.columns("x", 2, cost=[1e-12, 1.0])
    builder.rows("r", [0, 0, 1, 1], [x[0], x[1], x[0], x[1]], [1e-6, 1e6, 1e-3, 1e9], lower=np.ones(2))
    size = np.abs(scaling(builder.build()).model.coefficient)
    # Each row and column differs from the other by a constant factor, so a scaling to 1 exists.
    assert size.max() / size.min() <= 4.0


@pytest.mark.parametrize(
    ("objective", "bound", "gap"),
    [(100.0, 99.0, 0.01), (0.0, 0.0, 0.0), (5.0, None, None), (None, 5.0, None), (-100.0, -101.0, 0.01), (0.0, -1.0, np.inf)],
)
def test_the_gap_is_relative_to_the_cost(objective, bound, gap):
    assert relative_gap(objective, bound) == gap


def test_names_become_safe_and_stay_distinct():
    # "e5" and "free" read as a number and a section, a leading digit as a coefficient.
    assert safe_names(["x[a,b]", "x[a;b]", "e5", "free", "1st", "", "ok"], "c") == [
        "x_a_b",
        "x_a_b_1",
        "c_e5",
        "c_free",
        "c_1st",
        "c_",
        "ok",
    ]


def test_the_lp_text_of_a_small_program_is_this():
    assert lp_text(limited()) == (
        "Minimize\n obj: + 1.0 x_0 + 1.0 x_1\nSubject To\n"
        " demand_0: + 1.0 x_0 + 1.0 x_1 >= 10.0\n cap_0: + 1.0 x_0 <= 4.0\n cap_1: + 1.0 x_1 <= 3.0\n"
        "Bounds\n 0.0 <= x_0 <= inf\n 0.0 <= x_1 <= inf\nEnd\n"
    )


def awkward(seed):
    """A random program with every kind of bound, row and cost, empty rows, unused columns and unsafe names."""
    rng = np.random.default_rng(seed)
    builder = ModelBuilder()
    lower = rng.choice([-np.inf, -2.5, 0.0, 1.0], 12)
    upper = np.where(rng.random(12) < 0.3, np.inf, np.where(np.isfinite(lower), lower, 0.0) + rng.integers(0, 4, 12))
    whole = rng.random(12) < 0.5
    cost = rng.choice([0.0, -1.5, 1e-12, 3e9], 12)
    builder.columns("x", 12, lower, upper, whole, cost, labels=[f"x {'é' * (i % 3)}:{i // 2}" for i in range(12)])
    entry = rng.random((9, 12)) < 0.4
    entry[4] = False
    row, column = np.nonzero(entry)
    low = rng.choice([-np.inf, -7.0, 0.0], 9)
    high = np.where(rng.random(9) < 0.4, np.inf, np.where(np.isfinite(low), low, 1.0) + rng.choice([0.0, 2.0], 9))
    low[4], high[4] = -np.inf, 1.0
    builder.rows("r", row, column, rng.normal(size=row.size), low, high)
    return builder.build(cost_offset=-3.25)


@pytest.mark.parametrize("writer", [lp_text, mps_text])
@pytest.mark.parametrize("seed", range(6))
def test_highs_reads_back_the_program_that_was_written(tmp_path, writer, seed):
    import highspy

    model = awkward(seed)
    path = tmp_path / f"model.{writer.__name__.removesuffix('_text')}"
    path.write_text(writer(model))
    highs = highspy.Highs()
    highs.setOptionValue("output_flag", False)
    assert highs.readModel(str(path)) == highspy.HighsStatus.kOk
    read = highs.getLp()
    assert read.num_col_ == model.column_count
    name = {text: i for i, text in enumerate(safe_names(model.column_names(), "x"))}
    order = np.argsort([name[text] for text in read.col_names_])
    assert np.array(read.col_cost_)[order] == pytest.approx(model.cost, rel=1e-15)
    assert np.array(read.col_lower_)[order].tolist() == model.column_lower.tolist()
    assert np.array(read.col_upper_)[order].tolist() == model.column_upper.tolist()
    kinds = list(read.integrality_) or [highspy.HighsVarType.kContinuous] * model.column_count
    assert [kinds[j] == highspy.HighsVarType.kInteger for j in order] == model.integer.tolist()
    assert read.offset_ == model.cost_offset


def test_text_is_the_same_each_time():
    assert lp_text(awkward(1)) == lp_text(awkward(1))
    assert mps_text(awkward(1)) == mps_text(awkward(1))
