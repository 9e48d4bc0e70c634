"""The product, a second statement of the program, brute force and every backend find the same optimum."""

from __future__ import annotations

import pytest

from planner.backends import available
from planner.plan.schema import Plan
from planner.verify.certify import certify
from tests.oracle.brute import Brute
from tests.oracle.cbc import OracleGaveUp
from tests.oracle.costly import costly_problem
from tests.oracle.generator import random_problem
from tests.oracle.grouped import grouped_problem
from tests.oracle.load import catalog, facts, problem
from tests.oracle.mirrored import mirrored_problem
from tests.oracle.on_catalog import catalog_problem
from tests.oracle.oracle import optimum
from tests.oracle.rare import rare_problem
from tests.oracle.solving import cost_of, plan_of, same
from tests.oracle.tiny import tiny_problem
from tests.oracle.with_hosts import hosted_problem, provisioned_problem, serverless_problem, waiting_problem
from tests.oracle.working import working_problem

#: Seconds, not fractions of one, for CBC or for HiGHS: left to long runs.
SLOW = {3, 5, 6, 11, 18, 26, 34, 38, 39, 55}
#: Something was once wrong here: in the product, in a solver, or in the second statement.
FOUND = [180, 188, 328, 359, 703, 735]
RANDOM = [seed for seed in range(60) if seed not in SLOW] + FOUND
CATALOG = [seed for seed in range(20) if seed not in {2, 9, 11, 12, 17}]
RARE = [*(seed for seed in range(24) if seed not in {5, 6}), 94, 123, 190, 218, 488, 490, 50027]
HOSTED = [seed for seed in range(24) if seed not in {5, 6}]
SERVERLESS = range(20)
WAITING = [seed for seed in range(24) if seed not in {0, 3, 5, 7, 8, 12, 21}]
WORKING = (0, 4, 7, 10, 12, 14, 16, 17, 19, 20, 21, 22, 23, 25, 27, 28)
COSTLY = (0, 1, 3, 9, 13, 19, 21, 23, 24, 25, 27, 33, 35)
PROVISIONED = (1, 4, 10, 12, 15, 17, 19, 20, 23, 27, 30, 33, 35, 37, 40)
# In 81005 discounted use beyond a spend commitment falls into some months alone.
MIRRORED = (1, 4, 7, 8, 9, 13, 15, 16, 17, 19, 20, 21, 28, 29, 33, 81005)
GROUPED = (1, 2, 7, 8, 9, 10, 12, 13, 16, 17, 19, 21, 23, 24, 43, 52, 63)
#: Relative: CBC's answers have eight digits, which a long run meets now and then.
CBC_DIGITS = 1e-7
#: With levels of φ, spot, survival, commitments, owned hardware, slices; the last one without a plan.
BACKENDS_ON = (0, 17, 27, 45, 49)
TINY = [*range(50), 3146, 3209]
#: Replicas and instances of one kind that brute force tries at most.
BOX = 4


@pytest.mark.parametrize("seed", RANDOM)
def test_the_second_statement_has_the_same_optimum(seed):
    document = random_problem(seed)
    assert same(optimum(facts(problem(document))).cost_usd_per_month, cost_of(document))


@pytest.mark.parametrize("seed", RARE)
def test_the_second_statement_agrees_on_what_is_rarely_stated(seed):
    document = rare_problem(seed)
    assert same(optimum(facts(problem(document))).cost_usd_per_month, cost_of(document))


@pytest.mark.parametrize("seed", HOSTED)
def test_the_second_statement_agrees_where_provider_apis_answer_too(seed):
    document = hosted_problem(seed)
    assert same(optimum(facts(problem(document))).cost_usd_per_month, cost_of(document))


@pytest.mark.parametrize("seed", SERVERLESS)
def test_the_second_statement_agrees_where_serverless_workers_answer_too(seed):
    document = serverless_problem(seed)
    assert same(optimum(facts(problem(document))).cost_usd_per_month, cost_of(document))


@pytest.mark.parametrize("seed", WAITING)
def test_the_second_statement_agrees_where_work_may_wait(seed):
    document = waiting_problem(seed)
    assert same(optimum(facts(problem(document))).cost_usd_per_month, cost_of(document))


@pytest.mark.parametrize("seed", PROVISIONED)
def test_the_second_statement_agrees_where_units_of_throughput_may_be_bought(seed):
    document = provisioned_problem(seed)
    assert same(optimum(facts(problem(document))).cost_usd_per_month, cost_of(document))


@pytest.mark.parametrize("seed", MIRRORED)
def test_the_second_statement_agrees_where_requests_are_mirrored(seed):
    document = mirrored_problem(seed)
    assert same(optimum(facts(problem(document))).cost_usd_per_month, cost_of(document))


@pytest.mark.parametrize("seed", GROUPED)
def test_the_second_statement_agrees_where_services_may_share_replicas(seed):
    document = grouped_problem(seed)
    assert same(optimum(facts(problem(document))).cost_usd_per_month, cost_of(document))


@pytest.mark.parametrize("seed", COSTLY)
def test_the_second_statement_agrees_on_charges_beside_machines(seed):
    document = costly_problem(seed)
    assert same(optimum(facts(problem(document))).cost_usd_per_month, cost_of(document))


@pytest.mark.parametrize("seed", WORKING)
def test_the_second_statement_agrees_on_jobs(seed):
    document = working_problem(seed)
    assert same(optimum(facts(problem(document))).cost_usd_per_month, cost_of(document))


@pytest.mark.parametrize("seed", CATALOG)
def test_the_second_statement_agrees_on_models_and_prices_of_the_catalogue(seed):
    document = catalog_problem(seed)
    assert same(optimum(facts(problem(document))).cost_usd_per_month, cost_of(document))


@pytest.mark.parametrize("seed", TINY)
def test_brute_force_finds_nothing_cheaper_and_nothing_else(seed):
    compare_with_brute_force(tiny_problem(seed), 500_000)


@pytest.mark.parametrize("backend", [b for b in available() if b in ("scip", "cbc", "mathopt-highs")])
@pytest.mark.parametrize("seed", BACKENDS_ON)
def test_backends_agree(seed, backend):
    document = random_problem(seed)
    assert same(cost_of(document, backend), cost_of(document))


@pytest.mark.parametrize("seed", RANDOM[::4])
def test_a_plan_read_back_from_its_file_passes_the_check(seed):
    document = random_problem(seed)
    plan = plan_of(document)
    if plan is None:
        pytest.skip("no plan")
    again = Plan.model_validate_json(plan.model_dump_json())
    certificate = certify(again, problem(document), catalog())
    assert certificate.passed, [c for c in certificate.checks if not c.passed]


def test_long_run_agrees_with_the_second_statement(fuzz_seed):
    for make in (random_problem, rare_problem, hosted_problem, serverless_problem, waiting_problem, catalog_problem, costly_problem, working_problem, mirrored_problem, provisioned_problem):
        document = make(fuzz_seed)
        found = cost_of(document)
        try:
            expected = optimum(facts(problem(document)), time_limit_s=60).cost_usd_per_month
        except OracleGaveUp:
            pytest.skip("CBC did not finish")
        assert same(expected, found, tolerance=CBC_DIGITS)


def test_long_run_agrees_with_brute_force(fuzz_seed):
    compare_with_brute_force(tiny_problem(fuzz_seed), 5_000_000)


def compare_with_brute_force(document, most_combinations: int) -> None:
    box = Brute(facts(problem(document)), BOX)
    if box.size > most_combinations:
        pytest.skip(f"{box.size:,} combinations")
    plan = plan_of(document)
    if plan is not None and _largest_count(plan) > BOX:
        pytest.skip("the plan lies outside the box")
    assert same(box.least_cost(), None if plan is None else plan.cost["total_usd_per_month"])


def _largest_count(plan: Plan) -> int:
    replicas = [n for service in plan.services for d in service.deployments for n in d.replicas]
    return max([*replicas, *(n for pool in plan.pools for n in (*pool.running_firm, *pool.spot))], default=0)
