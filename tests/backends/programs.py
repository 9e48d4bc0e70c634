"""Small programs with known answers, shared by the backend tests."""

import itertools

import numpy as np

from planner.milp import LinearModel, ModelBuilder


def replicas(cost_offset: float = 0.0) -> LinearModel:
    """min 5 a + 3 b; 4 a + 2 b >= 7; a, b whole in 0..5.

    a=1, b=2 covers 8 for 11; a=2 covers 8 for 10; b=4 costs 12; a=1, b=1 covers 6 only: the optimum is 10.
    Its relaxation takes a = 7/4 for 8.75, and one more unit of demand costs 5/4.
    """
    builder = ModelBuilder()
    x = builder.columns("replicas", 2, 0, 5, True, [5.0, 3.0], labels=["a", "b"])
    builder.row("demand", {x[0]: 4.0, x[1]: 2.0}, lower=7.0)
    return builder.build(cost_offset)


def impossible() -> LinearModel:
    """x + y between 20 and 30 with both at most 5."""
    builder = ModelBuilder()
    x = builder.columns("x", 2, 0, 5, True, 1.0)
    builder.row("demand", {x[0]: 1.0, x[1]: 1.0}, 20.0, 30.0)
    return builder.build()


def endless() -> LinearModel:
    """min -x - y with x = y and no upper bound."""
    builder = ModelBuilder()
    x = builder.columns("x", 2, 0, np.inf, True, -1.0)
    builder.row("same", {x[0]: 1.0, x[1]: -1.0}, 0.0, 0.0)
    return builder.build()


def random_box(seed: int) -> LinearModel:
    """Four whole columns in 0..3 under three rows; some are infeasible."""
    rng = np.random.default_rng(seed)
    builder = ModelBuilder()
    x = builder.columns("x", 4, 0, 3, True, rng.integers(-6, 10, 4) + rng.choice([0.0, 0.37], 4))
    row, column = np.divmod(np.arange(12), 4)
    middle = rng.integers(-5, 15, 3).astype(float)
    lower = np.where(rng.random(3) < 0.4, -np.inf, middle)
    upper = np.where(np.isinf(lower) | (rng.random(3) < 0.3), middle + rng.integers(0, 6, 3), np.inf)
    builder.rows("r", row, x[column], rng.integers(-4, 9, 12), lower, upper)
    return builder.build(cost_offset=float(rng.integers(-20, 20)))


def best_of_box(model: LinearModel) -> float | None:
    """The optimum by trying every point, None when no point is feasible."""
    ranges = [range(int(a), int(b) + 1) for a, b in zip(model.column_lower, model.column_upper, strict=True)]
    points = (np.array(p, dtype=float) for p in itertools.product(*ranges))
    return min((model.objective(p) for p in points if model.violation(p).size == 0.0), default=None)


def covering(columns: int = 80, rows: int = 30, seed: int = 1) -> LinearModel:
    """A set-covering-like program that no solver closes within seconds."""
    rng = np.random.default_rng(seed)
    builder = ModelBuilder()
    x = builder.columns("x", columns, 0, 1, True, rng.integers(100, 1000, columns) + rng.random(columns))
    weight = rng.integers(1, 100, (rows, columns)) * (rng.random((rows, columns)) < 0.5)
    row, column = np.nonzero(weight)
    builder.rows("cover", row, x[column], weight[row, column], lower=0.5 * weight.sum(1))
    return builder.build()


def mixed(seed: int, size: int = 20) -> LinearModel:
    """A ``size`` by ``size`` covering program with whole and continuous columns."""
    rng = np.random.default_rng(seed)
    builder = ModelBuilder()
    whole = builder.columns("n", size // 2, 0, 10, True, rng.integers(5, 50, size // 2))
    parts = builder.columns("x", size - size // 2, 0, 100, False, 1.0 + 20.0 * rng.random(size - size // 2))
    both = np.concatenate([whole, parts])
    row, column = np.divmod(np.arange(size * size), size)
    weight = np.concatenate([rng.integers(1, 40, (size, size // 2)), 5.0 * rng.random((size, size - size // 2))], axis=1)
    builder.rows("cover", row, both[column], weight.ravel(), lower=rng.integers(50, 300, size).astype(float))
    return builder.build()
