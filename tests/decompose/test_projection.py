"""What a period answers to prices: a bound below its natural optimum, and patterns that meet all its rows."""

from __future__ import annotations

import numpy as np
import pytest

from planner.backends import solve
from planner.backends.crew import Crew
from planner.errors import PlannerError
from planner.formulation.covering import with_covering_rows
from planner.formulation.decompose.by_period import solve_by_period
from planner.formulation.decompose.period_oracle import PeriodOracle
from planner.formulation.decompose.pricing import Pricing, try_prices
from planner.formulation.decompose.prices import SharedPart
from planner.formulation.decompose.split import part_of, split_by_period
from planner.milp import Status
from planner.solve import Options, Run
from tests.decompose.test_bounds import built_of
from tests.formulation.tiny import offer, problem, program, replica, service
from tests.oracle.generator import random_problem
from tests.oracle.rare import rare_problem
from tests.oracle.tiny import tiny_problem

#: Of one to four periods, with φ, spot shares, survival, slices, two classes, ramps, commitments, carbon; quick ones.
RANDOM = (1, 8, 9, 10, 12, 17, 25, 27, 38, 40, 41, 53, 58, 61, 62, 74, 95, 106)
RARE = (2, 9, 12, 57)
TINY = (5, 17, 24, 26, 29)
CASES = [(make, s) for make, seeds in ((random_problem, RANDOM), (rare_problem, RARE), (tiny_problem, TINY)) for s in seeds]
#: As the slack that a solver's tolerances leave on a bound, relative to the sum of what it is made of.
SLACK = 1e-6


def oracle_of(built, gap: float = 1e-3) -> PeriodOracle:
    oracle = PeriodOracle(with_covering_rows(built), Crew(1))
    oracle.gap = gap
    return oracle


def prices_to_try(oracle: PeriodOracle, seed: int) -> list[np.ndarray]:
    """None at all, the relaxation's, and wild ones, nine orders of magnitude apart, as far as the rows allow."""
    shared = SharedPart(oracle.split)
    duals = solve(oracle.built.model.relaxed(), backend="highs", gap=0.0).row_duals
    if duals is None:
        return [np.zeros(oracle.split.coupling.size)]
    sensible = shared.allowed(duals[oracle.split.coupling])
    draw = np.random.default_rng(seed)
    wild = sensible * 10.0 ** draw.integers(-6, 4, sensible.size)
    return [np.zeros(sensible.size), sensible, wild]


@pytest.mark.parametrize(("make", "seed"), CASES)
def test_bounds_stay_below_the_period_and_patterns_above_and_within_its_rows(make, seed):
    built = built_of(make(seed))
    if built is None:
        pytest.skip("no candidates")
    # Searches end early: what they found is then above what they proved.
    oracle, natural = oracle_of(built, gap=0.3), split_by_period(built)
    assert (natural.coupling == oracle.split.coupling).all()
    for prices in prices_to_try(oracle, seed):
        priced = natural.priced(prices)
        answer = oracle.answer(priced)
        optima = []
        for t in range(oracle.periods):
            # The period as the program states it: routing, levels and all, without a covering row.
            own = part_of(natural, natural.columns[t], natural.rows[t], priced[natural.columns[t]])
            exact = solve(own, backend="highs", gap=1e-7)
            bound = answer.bound[0, t]
            if exact.status is Status.INFEASIBLE:
                optima.append(np.inf)
                continue
            sizes = float(np.abs(own.cost * exact.values).sum())
            assert bound <= exact.objective + SLACK * max(1.0, sizes)
            optima.append(exact.bound - SLACK * max(1.0, sizes))
        for pattern in answer.patterns:
            t = pattern.block
            full = np.zeros(built.model.column_count)
            full[pattern.columns] = pattern.values
            own = part_of(natural, natural.columns[t], natural.rows[t], priced[natural.columns[t]])
            inside = full[natural.columns[t]]
            assert own.violation(inside).size <= 1e-6
            assert full.sum() == pytest.approx(inside.sum())
            assert own.objective(inside) >= optima[t]
            assert pattern.cost == pytest.approx(float(built.model.cost @ full))
            np.testing.assert_allclose(
                np.bincount(pattern.rows, pattern.use, oracle.split.coupling.size), oracle.split.use(pattern.values, pattern.columns), atol=1e-9
            )


def test_a_period_without_demand_costs_nothing_and_has_an_empty_pattern():
    stated = problem([service(rate=[6.0, 0.0])], [offer("x", 2.0)], periods={"kind": "day", "per_day": 2})
    oracle = oracle_of(program(stated, {"a": [replica(4.0)]}))
    answer = oracle.answer(oracle.split.priced(np.zeros(oracle.split.coupling.size)))
    assert answer.bound[0, 1] == 0.0
    assert {p.block: p.columns.size for p in answer.patterns}[1] == 0


def test_all_periods_may_be_empty():
    stated = problem([service(rate=[0.0, 0.0])], [offer("x", 2.0)], periods={"kind": "day", "per_day": 2})
    oracle = oracle_of(program(stated, {"a": [replica(4.0)]}))
    state = Pricing(oracle, SharedPart(oracle.split), np.zeros(oracle.split.coupling.size))
    try_prices(state, state.flat, 0)
    assert state.bound == 0.0


def test_a_period_without_a_plan_has_no_finite_bound():
    # 10 requests/s at night need three replicas of 4/s; only two instances can be had.
    stated = problem([service(rate=[4.0, 10.0])], [offer("x", 2.0, stock=2)], periods={"kind": "day", "per_day": 2})
    oracle = oracle_of(program(stated, {"a": [replica(4.0)]}))
    answer = oracle.answer(oracle.split.priced(np.zeros(oracle.split.coupling.size)))
    assert np.isfinite(answer.bound[0, 0])
    assert answer.bound[0, 1] == np.inf


def test_a_service_that_nothing_can_serve_after_a_loss_leaves_its_periods_as_they_are():
    # One zone is all there is, and half the demand must survive its loss: the covering row of the loss has no entry.
    survives = {"min_instances": 0, "survives_loss": {"fraction": 0.5, "of": ["zone"]}}
    stated = problem([service(rate=[4.0, 4.0], availability=survives)], [offer("x", 2.0, zone="z")], periods={"kind": "day", "per_day": 2})
    built = program(stated, {"a": [replica(4.0)]})
    assert oracle_of(built).projection.rows[0].size > 0
    assert solve_by_period(built, Run(Options(), None, None)).infeasible


def test_the_same_prices_are_not_worked_out_twice(monkeypatch):
    stated = problem([service(rate=[4.0, 10.0])], [offer("x", 2.0)], periods={"kind": "day", "per_day": 2})
    oracle = oracle_of(program(stated, {"a": [replica(4.0)]}))
    priced = oracle.split.priced(np.zeros(oracle.split.coupling.size))
    first = oracle.answer(priced)
    solved = []
    monkeypatch.setattr(oracle.crew, "solve_all", lambda jobs, stop=None: solved.extend(jobs) or [])
    assert (oracle.answer(priced).bound == first.bound).all()
    assert solved == []


def test_the_bends_of_saturation_are_followed():
    # 12 requests/s; A carries 4/s a replica at saturation, of which one to three replicas may use 0.4, and four all: 16/s.
    # B carries 9.5/s. One A and one B look like 0.25 + 0.79 of the demand, but carry 1.6 + 9.5. At prices of 1 and 1.9
    # two A and one B (3.2 + 9.5) cost 3.9, four A 4, and two B 3.8, which is the least.
    offers = [offer("x", 1.0), offer("y", 1.9, accelerator="L4")]
    cheap = replica(4.0, levels=((1, 0.4), (4, 1.0)))
    stated = problem([service(rate=[12.0, 12.0])], offers, periods={"kind": "day", "per_day": 2})
    oracle = oracle_of(program(stated, {"a": [cheap, replica(9.5, accelerator="L4")]}), gap=0.0)
    built = oracle.built
    priced = np.zeros(built.model.column_count)
    for slot, columns in zip(built.sets.slots, built.var.replicas, strict=True):
        priced[columns] = 1.0 if built.sets.pools[slot.pool].accelerator == "H100" else 1.9
    answer = oracle.answer(priced)
    assert oracle.projection.plain[0].stepped
    assert answer.bound[0] == pytest.approx([3.8, 3.8], abs=1e-5)
    assert {p.block for p in answer.patterns} == {0, 1}


def test_prices_that_the_shared_program_cannot_answer_give_no_bound_and_do_not_stay(monkeypatch):
    stated = problem([service(rate=[4.0, 10.0])], [offer("x", 2.0)], periods={"kind": "day", "per_day": 2})
    oracle = oracle_of(program(stated, {"a": [replica(4.0)]}))
    state = Pricing(oracle, SharedPart(oracle.split), np.zeros(oracle.split.coupling.size))

    def fails():
        raise PlannerError("the price program ended with kUnknown")

    with monkeypatch.context() as patched:
        patched.setattr(state.shared.lp, "solve", fails)
        try_prices(state, state.flat, 0)
    assert state.bound == -np.inf
    assert state.figures() == {"incumbent": None, "bound": None, "gap": None}
    try_prices(state, state.flat, 0)
    assert state.bound == 0.0
