"""What is left out of a program below a ceiling was in no plan that cheap: random small problems have the same optimum."""

import random

import pytest

from planner.analysis.narrow import affordable, alone
from planner.plan.cost import TOTAL
from planner.solve import indexed, solve
from tests.analysis.small import MONTH, bench, offer, problem, service

# 3 requests/s: machines of 2 requests/s cost 10 USD/h, a machine of four accelerators 31.
ONE_OR_FOUR = problem([service(rate=3.0)], [offer("one", 10.0), offer("four", 31.0, size=4)])


def offers_of(stated):
    return {pool for choice in stated.choices for candidate in choice.candidates for pool in candidate.pools}


def test_what_costs_more_than_the_ceiling_beside_the_least_of_the_rest_is_left_out():
    stated = bench(ONE_OR_FOUR).stated(bench(ONE_OR_FOUR).loaded.problem)
    # Two small ones cost 20; a large one costs 31 whatever stands beside it.
    assert offers_of(affordable(stated, 20 * MONTH)) == {"own:one@here"}
    assert affordable(stated, 32 * MONTH) is None
    assert alone(stated) == pytest.approx(20 * MONTH)


def test_what_a_machine_is_worth_elsewhere_counts():
    # 20 requests/s cost 100 in small machines at the least, 5 a request. A dear one, as fast, costs 18 for the same 2: with one
    # of them a plan costs 8 more, 108.
    document = problem([service(rate=20.0)], [offer("one", 10.0), offer("dear", 18.0)])
    stated = bench(document).stated(bench(document).loaded.problem, prune=False)
    assert offers_of(affordable(stated, 107 * MONTH)) == {"own:one@here"}
    assert affordable(stated, 108.1 * MONTH) is None


@pytest.mark.parametrize(
    "more",
    [
        {"periods": {"kind": "day", "per_day": 24}},
        {"commitments": {"held": [{"name": "paid", "scope": {"provider": "own", "instance_type": "four"}, "measure": "instances", "amount": 1}]}},
        {"costs": {"without": ["on_demand_usd_per_month"]}},
    ],
)
def test_nothing_is_left_out_where_an_instance_may_cost_less_than_its_price(more):
    on = bench({**ONE_OR_FOUR, **more})
    assert affordable(on.stated(on.loaded.problem), 20 * MONTH) is None


def drawn(number):
    """Two or three offers with their own machines, one or two services of two classes, spot and distinct instances now and then."""
    chance = random.Random(number)
    chips = [{"name": f"chip{i}", "vendor": "own"} for i in range(3)]
    services = []
    for name in "ab"[: chance.choice((1, 1, 2))]:
        profiles = []
        for chip in chips:
            rps = [round(chance.uniform(0.5, 4.0), 2), round(chance.uniform(0.3, 2.0), 2)]
            if chance.random() < 0.2:
                rps[1] = None
            profiles.append({"accelerator": chip["name"], "throughput_rps": rps, "tp": chance.choice((1, 1, 2))})
        classes = [{"input_tokens": 100, "output_tokens": 100, "share": 0.6}, {"input_tokens": 300, "output_tokens": 100, "share": 0.4}]
        one = {**service(name, rate=round(chance.uniform(0.5, 12.0), 2)), "profiles": profiles}
        one["workload"] = {**one["workload"], "classes": classes}
        if chance.random() < 0.3:
            one["availability"] = {"min_instances": chance.choice((2, 3))}
        if chance.random() < 0.4:
            one["spot"] = {"allowed": True, "max_share": chance.choice((0.5, 1.0))}
        services.append(one)
    offers = []
    for i, chip in enumerate(chips):
        for size in (1, 2, 4, 8)[: chance.choice((2, 3, 4))]:
            usd = round(size * chance.uniform(2.0, 6.0), 2)
            spot = {"spot_usd_per_hour": round(usd * chance.uniform(0.3, 0.7), 2), "spot_availability": 0.9, "spot_interruptions_per_month": 5.0}
            offers.append({**offer(f"{chip['name']}x{size}", usd, size=size, **(spot if chance.random() < 0.5 else {})), "accelerator": chip["name"]})
    document = problem(services, offers)
    document["offers"]["accelerators"] = chips
    return document


def slots(stated):
    return len(indexed(stated)[0].slots)


@pytest.mark.parametrize("number", range(24))
def test_the_cheapest_plan_of_what_is_left_is_the_cheapest_of_all(number):
    on = bench(drawn(number))
    stated, cost = on.stated(on.loaded.problem), on.base().plan.cost[TOTAL]
    # At the optimum itself as much is left out as ever can be.
    for ceiling in (cost * (1 + 1e-9), cost * 1.1):
        few = affordable(stated, ceiling)
        if few is not None:
            assert slots(few) < slots(stated)
            assert solve(on.loaded.problem, on.catalog, on.options, stated=few).plan.cost[TOTAL] == pytest.approx(cost, rel=1e-7)
        assert on.solved_below(on.loaded.problem, ceiling).plan.cost[TOTAL] == pytest.approx(cost, rel=1e-7)


def test_near_the_optimum_much_is_left_out():
    """Else the test above would hold for a bound that leaves out nothing."""
    kept = every = 0
    for number in range(24):
        on = bench(drawn(number))
        stated = on.stated(on.loaded.problem)
        few = affordable(stated, on.base().plan.cost[TOTAL])
        every += slots(stated)
        kept += slots(few or stated)
    assert kept < 0.8 * every


def test_a_ceiling_that_is_too_low_is_not_taken_for_the_answer():
    on = bench(ONE_OR_FOUR)
    assert on.solved_below(on.loaded.problem, 5 * MONTH, 12 * MONTH).plan.cost[TOTAL] == pytest.approx(20 * MONTH)
