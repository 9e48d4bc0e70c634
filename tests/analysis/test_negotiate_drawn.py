"""On problems drawn at random: conflicts are all the minimal ones, and what is offered has a checked plan that none beats."""

import json
import random
from itertools import combinations, product

import pytest

from planner.analysis.bench import QUICK, without_total_cap
from planner.analysis.conflicts import conflicts, dropping
from planner.analysis.limits import limits_of
from planner.analysis.negotiate import negotiate
from planner.problem.patch import Change, patched
from planner.solve import Infeasible, Options, Solved, solve
from tests.analysis.small import bench, catalog, offer, problem, service


def drawn(seed):
    """Two services on machines of two regions, with two to four limits that are drawn too tight for them now and then."""
    draw = random.Random(seed)
    services = [_service(draw, name) for name in "ab"]
    offers = [offer("one", float(draw.randint(8, 12))), offer("far", float(draw.randint(5, 9)), region="there")]
    quotas = [
        {"name": "all", "accelerator": "H100", "max_instances": draw.randint(2, 5)},
        {"name": "there", "region": "there", "max_instances": draw.randint(0, 2)},
        {"name": "here", "region": "here", "max_instances": draw.randint(1, 3)},
    ]
    limits = {"quotas": draw.sample(quotas, draw.randint(1, 2))}
    if draw.random() < 0.7:
        limits["budget_usd_per_month"] = float(draw.randint(8, 26) * 1000)
    return problem(services, offers, limits=limits)


def _service(draw, name):
    more = {"rate": draw.choice([1.5, 3.0, 5.0])}
    if draw.random() < 0.5:
        more["allow"] = {"regions": [draw.choice(["here", "there"])]}
    if draw.random() < 0.5:
        more["availability"] = {"min_instances": draw.randint(2, 3)}
    return service(name, **more)


def feasible(loaded):
    """By a solve of its own, with nothing kept from another."""
    answer = solve(loaded.problem, catalog(), Options(gap=1.0, explain=False, confirm=False, tie_break=False))
    assert isinstance(answer, (Solved, Infeasible))
    return isinstance(answer, Solved)


def infeasible(seeds):
    return [seed for seed in seeds if not feasible(bench(drawn(seed)).loaded)]


SEEDS = (1, 3, 5, 7)


def test_the_problems_drawn_have_no_plan():
    assert infeasible(SEEDS) == list(SEEDS)


@pytest.mark.parametrize("seed", SEEDS)
def test_conflicts_are_all_the_minimal_ones(seed):
    on = bench(drawn(seed))
    wishes = [limit for limit in limits_of(on.loaded.stated) if not limit.lever]
    found = conflicts(on, on.loaded, wishes)
    every = range(len(wishes))
    kept_sets = [kept for n in range(len(wishes) + 1) for kept in combinations(every, n)]
    holds = {kept: feasible(dropping(on, on.loaded, [wishes[i] for i in every if i not in kept])) for kept in kept_sets}
    minimal = {kept for kept, ok in holds.items() if not ok and all(holds[tuple(i for i in kept if i != out)] for out in kept)}
    assert minimal and found.complete
    assert {tuple(wishes.index(limit) for limit in one.limits) for one in found.sets} == minimal


@pytest.mark.parametrize("seed", SEEDS[:3])
def test_every_bundle_has_a_checked_plan_and_none_beats_another(seed):
    found = negotiate(bench(drawn(seed)))
    assert found.bundles
    for one in found.bundles:
        assert one.plan.checked and one.plan.certificate.passed
    for one, other in product(found.bundles, repeat=2):
        if one is not other:
            a, b = ({c.limit.path: moved(c) for c in bundle.concessions} for bundle in (one, other))
            gives_no_more = all(size <= b.get(path, 0) for path, size in a.items())
            assert not (gives_no_more and one.plan.cost["total_usd_per_month"] <= other.plan.cost["total_usd_per_month"])


def moved(concession):
    """How far a number goes, in its own unit: of a limit of nothing there is no share. A choice is one, and all of it is more than any number."""
    before, after = concession.limit.value, concession.step.change.value
    if concession.step.dropped:
        return float("inf")
    return abs(after - before) if isinstance(after, (int, float)) and not isinstance(after, bool) else 1.0


def every_value(limit):
    """(pain, change) of all a limit may become but a budget, which is worked out; a count up to eight."""
    yield 0.0, None
    if limit.side == "choice":
        yield limit.kind.weight, limit.steps[-1].change
    elif limit.kind.name != "budget":
        for value in range(limit.value + 1, 9) if limit.side == "most" else range(limit.value - 1, -1, -1):
            size = abs(value - limit.value) / limit.value if limit.value else 3.0
            yield limit.kind.weight * min(3.0, size), Change(limit.path, value)


@pytest.mark.parametrize("seed", [1, 14, 18])
def test_no_values_of_any_limits_hurt_less_than_the_bundle_of_least_pain(seed):
    found, on = negotiate(bench(drawn(seed))), bench(drawn(seed))
    least = float("inf")
    for given in sorted(product(*map(every_value, limits_of(on.loaded.stated))), key=lambda given: sum(pain for pain, _ in given)):
        pain = sum(pain for pain, _ in given)
        if pain >= least:
            break
        cap, free = without_total_cap(patched(on.loaded, [change for _, change in given if change is not None], catalog()).problem)
        answer = on.solved(free, **QUICK)
        if isinstance(answer, Solved):
            cost = answer.plan.cost["total_usd_per_month"]
            short = 0.0 if cap is None else max(0.0, cost / cap - 1.0)
            least = min(least, pain + 2.0 * min(3.0, short))
    assert found.closed and min(bundle.pain for bundle in found.bundles) == pytest.approx(least, rel=0.02)


def with_spot(seed):
    """As drawn, with spot capacity that nobody asked for: a default keeps it out."""
    document = drawn(seed)
    draw = random.Random(1000 + seed)
    for row in document["offers"]["own"]:
        row |= {"spot_usd_per_hour": row["on_demand_usd_per_hour"] * draw.choice([0.3, 0.6]), "spot_availability": 1.0, "spot_interruptions_per_month": 0.0}
    return document


@pytest.mark.parametrize("seed", [1, 3, 5, 14])
def test_a_conflict_is_one_as_printed_whatever_else_is_given_up_and_none_without_any_part_of_it(seed):
    on = bench(with_spot(seed))
    every = limits_of(on.loaded.stated)
    found = conflicts(on, on.loaded, [limit for limit in every if not limit.lever], [limit for limit in every if limit.lever])
    assert found.sets or found.hopeless
    for one in found.sets:
        stated = {limit.path for limit in (*one.limits, *one.levers)}
        assert one.sharp and not feasible(dropping(on, on.loaded, [limit for limit in every if limit.path not in stated])), one
        for part in stated:
            assert feasible(dropping(on, on.loaded, [limit for limit in every if limit.path not in stated - {part}])), (one, part)


def test_some_of_the_problems_drawn_conflict_only_while_a_service_takes_no_spot(run, tmp_path):
    # Two machines at 10 USD/h do not fit 12,000 USD; on spot at 3 they do.
    document = problem([service()], [offer("one", 10.0, spot_usd_per_hour=3.0, spot_availability=1.0, spot_interruptions_per_month=0.0)], limits={"budget_usd_per_month": 12_000})
    (conflict,) = negotiate(bench(document)).conflicts
    assert [limit.path for limit in conflict.levers] == ["services.chat.spot.allowed"]
    file = tmp_path / "p.json"
    file.write_text(json.dumps(document))
    assert "at least 14,600.00 is needed while chat takes no spot" in " ".join(run("negotiate", file).out.split())
    answer = json.loads(run("negotiate", file, "--json").out)
    assert [one["words"] for one in answer["conflicts"][0]["while"]] == ["chat takes no spot"]
    # Below what even spot costs it conflicts whatever is allowed.
    document["limits"]["budget_usd_per_month"] = 4_000
    (conflict,) = negotiate(bench(document)).conflicts
    assert conflict.levers == () and conflict.needed[0].enough == pytest.approx(6 * 730)


def test_caps_of_nothing_have_ways_that_spare_each_of_them():
    """Clean machines for 16 USD/h, dirty ones for 10: a budget and a cap of nothing must both give, and each may be spared."""
    from tests.analysis.test_reach import traded, usd

    found = negotiate(bench(traded(carbon_kg_per_month=0, budget_usd_per_month=0)))
    assert len(found.bundles) >= 3
    budgets = {round(c.step.change.value, 2) for one in found.bundles for c in one.concessions if c.limit.kind.name == "budget"}
    assert {usd(0), usd(4)} <= budgets


def test_fewer_than_three_bundles_come_with_the_reason(run, tmp_path):
    file = tmp_path / "p.json"
    file.write_text(json.dumps(problem([service()], limits={"budget_usd_per_month": 12_000})))
    shown = " ".join(run("negotiate", file).out.split())
    assert "No more than 1: every other way gives at least as much of the same limits." in shown
    assert "every other way" in json.loads(run("negotiate", file, "--json").out)["fewer_than_three"]


@pytest.mark.parametrize("seed", [1])
def test_where_the_search_is_cut_short_bundles_are_made_of_the_conflicts(monkeypatch, seed):
    whole = negotiate(bench(drawn(seed)))
    monkeypatch.setattr("planner.analysis.bundles.QUESTIONS", 0)
    found = negotiate(bench(drawn(seed)))
    assert not found.exhausted and len(found.bundles) >= min(2, len(whole.bundles))
    for one in found.bundles:
        assert one.plan.checked and one.plan.certificate.passed
        assert feasible(patched(bench(drawn(seed)).loaded, [c.step.change for c in one.concessions], catalog()))
