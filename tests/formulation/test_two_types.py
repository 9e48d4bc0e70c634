"""Slices over two types: counts in order of cost give the optimum of the whole program, on every random instance."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from planner.backends import solve
from planner.catalog import load_catalog
from planner.documents import from_data
from planner.formulation import two_types
from planner.formulation.two_types import by_counts
from planner.imports.melange import melange_problem
from planner.problem.load import problem_of
from planner.solve import Options, Run, program
from tests.oracle.melange_oracle import random_config

CASES = list(itertools.product(((2, 1), (3, 1), (4, 2), (3, 4)), range(6)))


def built_of(config: dict):
    return program(problem_of(from_data(melange_problem(config, "m"), "m")).problem, load_catalog())


def counted(built):
    return by_counts(built, Run(Options(gap=0.0), None, None))


@pytest.mark.parametrize(("size", "seed"), CASES)
def test_the_first_counts_that_hold_all_slices_cost_what_a_general_search_proves(size, seed):
    rows, slices = size
    built = built_of(random_config(seed, gpus=2, rows=rows, columns=rows, slice_factor=slices))
    answer = counted(built)
    if answer is None:
        assert any(len(group.served) == 0 for group in built.sets.groups) or len(built.sets.groups) != 2
        return
    best = solve(built.model, backend="highs", gap=0.0)
    assert answer.objective == pytest.approx(best.objective, rel=1e-9)
    assert built.model.violation(answer.values).size <= 1e-6


@pytest.mark.parametrize("seed", range(8))
def test_no_pair_of_counts_that_holds_all_slices_is_ruled_out(seed):
    # Every routing of 5 or fewer buckets in 2 slices is gone through: its own counts must not be ruled out.
    built = built_of(random_config(seed, gpus=2, rows=2, columns=2, slice_factor=2))
    loads = two_types._Loads(built)
    for x in itertools.product(range(3), repeat=loads.a.size):
        first = int(np.ceil(loads.own[0] + np.dot(x, loads.a) - 1e-9))
        second = int(np.ceil(loads.own[1] + np.dot(2 - np.array(x), loads.b) - 1e-9))
        assert loads.least_of_second(np.array([first]))[0] <= second + 1e-5
        assert not loads.ruled_out(first, second)


def test_by_hand_two_slices_that_fill_one_of_each():
    # 10 requests/s in 2 slices of 5. A carries 5/s for 1 USD/h, B 5/s for 1.5: divisible or not 2 A, 2 USD/h.
    # With A at 4/s a slice loads it 1.25: 3 A for 3 USD/h, A and B 2 + 1.5, 2 B 3 USD/h. Fewest types: 2 B or 3 A.
    config = {
        "gpu_info": {"A": {"cost": 1.0, "tputs": [[4.0]]}, "B": {"cost": 1.5, "tputs": [[5.0]]}},
        "workload_distribution": [[1.0]],
        "total_request_rate": 10.0,
        "slice_factor": 2,
    }
    answer = counted(built_of(config))
    assert answer.objective == pytest.approx(3.0 * 730.0)
    assert answer.bound == pytest.approx(3.0 * 730.0)


def test_three_types_are_left_to_the_general_search():
    assert counted(built_of(random_config(0, gpus=3, rows=2, columns=2, slice_factor=1))) is None


def test_numbers_too_large_to_list_are_left_to_the_general_search():
    # A thousand million requests/s over 4 a card: 250 million numbers of cards, each of which would be a row in memory.
    config = {
        "gpu_info": {"A": {"cost": 1.0, "tputs": [[4.0]]}, "B": {"cost": 1.5, "tputs": [[5.0]]}},
        "workload_distribution": [[1.0]],
        "total_request_rate": 1e9,
        "slice_factor": 2,
    }
    assert counted(built_of(config)) is None
