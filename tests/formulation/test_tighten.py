"""Tighter ends: whole numbers that a row alone rules out are gone, and every point that keeps the rows stays."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
import pytest

from planner.formulation.tighten import tightened
from planner.milp.builder import ModelBuilder
from planner.milp.model import LinearModel


@dataclass(frozen=True)
class Bare:
    """A program with nothing but its rows and columns."""

    model: LinearModel


def test_a_quota_of_ten_admits_one_machine_of_eight_and_one_of_six_none_nor_what_stands_on_it():
    made = ModelBuilder()
    one, none, there, replicas = (int(made.columns(n, 1, upper=50.0, integer=True)[0]) for n in ("one", "none", "there", "replicas"))
    made.row("quota", {one: 8.0}, upper=10.0)
    made.row("quota", {none: 8.0, there: 4.0}, upper=6.0)
    # Replicas on two accelerators each stand on machines of eight that cannot run, and on one of four.
    made.row("packing", {replicas: 2.0, none: -8.0, there: -4.0}, upper=0.0)
    model = tightened(Bare(made.build())).model
    assert model.column_upper.tolist() == [1.0, 0.0, 1.0, 2.0]


def test_a_row_of_whole_multiples_is_rounded_down_to_one_and_one_with_a_part_of_a_number_is_not():
    made = ModelBuilder()
    machines = made.columns("machines", 2, upper=50.0, integer=True)
    share = made.columns("share", 1, upper=50.0)
    made.row("whole", {int(machines[0]): 8.0, int(machines[1]): 4.0}, upper=27.0)
    made.row("mixed", {int(machines[0]): 8.0, int(share[0]): 4.0}, upper=27.0)
    assert tightened(Bare(made.build())).model.row_upper.tolist() == [24.0, 27.0]


@pytest.mark.parametrize("seed", range(30))
def test_every_point_that_keeps_the_rows_stays(seed):
    drawn = np.random.default_rng(seed)
    made = ModelBuilder()
    columns = [int(made.columns(f"x{i}", 1, upper=float(drawn.integers(1, 5)), integer=bool(drawn.random() < 0.8))[0]) for i in range(4)]
    for r in range(3):
        terms = {c: float(drawn.integers(-3, 5)) for c in columns}
        made.row(f"row {r}", terms, lower=float(drawn.integers(-8, 0)) if drawn.random() < 0.3 else -np.inf, upper=float(drawn.integers(0, 12)))
    before = made.build()
    after = tightened(Bare(before)).model
    dense = before.dense()
    kept = 0
    for point in product(*(np.arange(0, upper + 1) for upper in before.column_upper)):
        x = np.array(point, dtype=float)
        if (dense @ x <= before.row_upper).all() and (dense @ x >= before.row_lower).all():
            kept += 1
            assert (x <= after.column_upper).all() and (dense @ x <= after.row_upper).all()
    assert kept
