"""What holds of every plan: parts of the cost stand for themselves, leaving one out never costs more, nothing that waits is late."""

from __future__ import annotations

from functools import lru_cache

import pytest

from planner.analysis.bench import Bench
from planner.analysis.compare import compare, of_kind
from planner.catalog import load_catalog
from planner.documents import from_data
from planner.plan.cost import TOTAL
from planner.problem.load import load_problem, problem_of
from planner.problem.normalise import changed
from planner.solve import Options, Solved, solve
from planner.verify.case import Case
from planner.verify.recost import recost
from tests.problems.golden import FOLDER, solved

CATALOG = load_catalog("2026-11")
#: Problems whose totals have several parts: rent, usage, people, traffic, purchases, jobs, caches, energy.
MANY_PARTS = ["22-api-overflow", "32-managed", "40-total-cost", "43-shared-site", "44-jobs", "48-caches", "54-prompted"]


@lru_cache(maxsize=None)
def plan_of(name: str):
    outcome = solved(FOLDER / f"{name}.json")
    assert isinstance(outcome, Solved)
    return outcome.plan


def stated(name: str):
    return load_problem(FOLDER / f"{name}.json").problem


def leaving_out(problem, part: str):
    return changed(problem, costs=changed(problem.costs, without=(part,)))


def parts_of(plan) -> list[str]:
    return sorted(part for part, usd in plan.cost.items() if part != TOTAL and usd)


@pytest.mark.parametrize("name", MANY_PARTS)
def test_all_parts_sum_to_the_total_to_the_cent(name):
    cost = plan_of(name).cost
    assert sum(usd for part, usd in cost.items() if part != TOTAL) == pytest.approx(cost[TOTAL], abs=0.005)


@pytest.mark.parametrize("name", MANY_PARTS)
def test_costing_the_same_plan_without_a_part_changes_that_part_alone(name):
    plan = plan_of(name)
    whole = recost(Case(plan, stated(name), CATALOG))
    for part in parts_of(plan):
        assert recost(Case(plan, leaving_out(stated(name), part), CATALOG)) == whole | {part: 0.0}


@pytest.mark.parametrize("name", ["32-managed", "40-total-cost", "48-caches", "54-prompted"])
def test_optimising_again_without_a_part_never_costs_more(name):
    plan = plan_of(name)
    for part in parts_of(plan):
        less = solve(leaving_out(stated(name), part), CATALOG, Options(gap=0.0)).plan
        # What is left of the old plan is a plan of the new problem; its bound lies under it.
        assert less.bound_usd_per_month <= (plan.cost[TOTAL] - plan.cost[part]) * (1 + 1e-9)
        assert less.cost[TOTAL] <= plan.cost[TOTAL] * (1 + 1e-9)


def late(came: list[float], served: list[float], begins: float, periods: int) -> float:
    """Requests of a class still waiting when their window is over, first come first served, of a cycle gone through three times.

    came, served  requests by period; begins  those waiting when the cycle begins; periods  in which one must be served
    """
    queue = [[-1, begins]] if begins else []
    missed = 0.0
    for t in range(3 * len(came)):
        queue.append([t, came[t % len(came)]])
        left = served[t % len(came)]
        while queue and left > 0:
            taken = min(left, queue[0][1])
            left -= taken
            queue[0][1] -= taken
            if queue[0][1] <= 1e-9:
                queue.pop(0)
        missed += sum(size for at, size in queue if at >= 0 and t - at >= periods - 1)
    return missed


@pytest.mark.parametrize("name, hours", [("25-clean-hours", None), ("25-clean-hours", 4.0), ("25-clean-hours", 11.0), ("27-batch-refused", None)])
def test_what_waits_is_served_within_its_window(name, hours):
    problem = stated(name)
    (service,) = problem.services
    if hours is not None:
        service = changed(service, window_hours=hours)
    plan = solve(changed(problem, services=(service,)), CATALOG).plan
    (part,) = plan.services
    seconds = 24 * 3600 / len(plan.periods)
    rates = service.workload.rate_per_s
    for b, one in enumerate(service.workload.classes):
        label = one.name or f"c{b + 1}"
        each = rates if isinstance(rates, tuple) else (rates,) * len(plan.periods)
        came = [rate * one.share * seconds for rate in each]
        ways = [d.rate_per_s[label] for d in (*part.deployments, *part.hosted) if label in d.rate_per_s]
        served = [sum(way[t] for way in ways) * seconds for t in range(len(plan.periods))]
        assert sum(served) == pytest.approx(sum(came), rel=1e-6)
        waiting = part.waiting[label][-1] if part.waiting else 0.0
        window = int(service.window_hours * 3600 / seconds + 1e-9)
        # A request that comes in a period may be served in it and the ones after: as many as the window holds.
        assert late(came, served, waiting, max(1, window)) <= 1e-3 * sum(came)
    if plan.waiting is not None:
        assert plan.waiting.saved_usd_per_month >= -1e-6


def small(throughput: float, rent: float, token: float, rate: float):
    """A service of one kind of machine, and the same model by the token."""
    return problem_of(from_data({
        "services": [{
            "name": "a", "model": "Llama-3.1-8B", "modes": ["provider_api", "real_time"],
            "workload": {"rate_per_s": rate, "dispersion_10s": 1.0, "classes": [{"input_tokens": 900, "output_tokens": 100, "share": 1.0}]},
            "allow": {"providers": ["p", "host"], "variants": ["bf16"]}, "profiles_only": True,
            "profiles": [{"variant": "bf16", "accelerator": "H100", "throughput_rps": [throughput]}]}],
        "offers": {"catalog": False, "own": [{"provider": "p", "region": "r", "instance_type": "box", "accelerator": "H100",
                   "accelerators_per_instance": 1, "on_demand_usd_per_hour": rent}]},
        "apis": [{"provider": "host", "model": "m", "serves": "Llama-3.1-8B", "input_usd_per_mtok": token, "output_usd_per_mtok": token,
                  "context_window": 8000}]}, "small.json"))  # fmt: skip


@pytest.mark.parametrize("throughput, rent, token, rate", [(4.0, 1.0, 1.0, 0.05), (0.5, 2.5, 3.0, 0.9), (12.0, 9.0, 0.5, 30.0)])
def test_the_switch_point_of_compare_is_found_again_by_solving_on_both_sides(throughput, rent, token, rate):
    loaded = small(throughput, rent, token, rate)
    found = compare(Bench(loaded, CATALOG, Options(gap=0.0)))
    (one,) = [b for b in found.break_even if {b.below, b.above} in ({"provider_api", "on_demand"}, {"provider_api", "self_hosted"}) and b.low]
    for times, cheaper, dearer in ((one.low, one.below, one.above), (one.high, one.above, one.below)):
        usd = {kind: solve(of_kind(loaded.problem, kind, times), CATALOG, Options(gap=0.0)).plan.cost[TOTAL] for kind in (cheaper, dearer)}
        # The two lie within a fiftieth of each other's demand: there the order turns, or is about to.
        assert usd[cheaper] <= usd[dearer] * (1 + 1e-9), (times, usd)


def test_the_price_of_a_chat_service_of_2023_is_reproduced_with_its_assumptions_and_refuted_by_running_requests_together():
    plan = plan_of("55-chat-of-2023")
    quoted, together = plan.services
    per_day = quoted.share_usd_per_month / (730 / 24)
    # 1e7 / 86,400 answers a second, 2/3 a machine: 174 machines of 24 USD an hour.
    assert per_day == pytest.approx(174 * 24 * 24) and 90_000 < per_day < 110_000
    # Ten million answers of 30 words: three million times a hundred words.
    assert 0.01 < per_day / 3e6 < 0.10 and per_day / 3e6 == pytest.approx(0.0334, rel=0.01)
    assert together.share_usd_per_month < quoted.share_usd_per_month / 10
