"""Conflicts are truly minimal, bundles truly enough, and the cheapest one is that of trying every combination."""

import json
from itertools import combinations, product

import pytest

from planner.analysis.conflicts import conflicts, dropping
from planner.analysis.lattice import Lattice, below
from planner.analysis.ladder import price_limits
from planner.analysis.limits import limits_of
from planner.analysis.negotiate import negotiate
from planner.errors import UsageError
from planner.plan.cost import TOTAL
from planner.problem.patch import patched
from planner.solve import Infeasible, Options, Solved, solve
from tests.analysis.test_negotiate_drawn import moved
from tests.analysis.small import MONTH, bench, catalog, offer, problem, service

# Two services of two replicas each on single machines at 10 USD/h: 4 × 7,300 = 29,200. Elsewhere the machine costs 7.
FLEET = problem(
    [service("a", allow={"regions": ["here"]}), service("b", availability={"min_instances": 2})],
    [offer("one", 10.0), offer("far", 7.0, region="there")],
)


def fleet(**limits):
    return {**FLEET, "limits": limits}


def feasible(loaded):
    """By a solve of its own, with nothing kept from another."""
    answer = solve(loaded.problem, catalog(), Options(gap=1.0, explain=False))
    assert isinstance(answer, (Solved, Infeasible))
    return isinstance(answer, Solved)


CASES = [
    fleet(budget_usd_per_month=20_000),
    fleet(budget_usd_per_month=26_000, quotas=[{"name": "there", "region": "there", "max_instances": 1}]),
    fleet(quotas=[{"name": "all", "accelerator": "H100", "max_instances": 3}]),
    fleet(budget_usd_per_month=1_000, quotas=[{"name": "all", "accelerator": "H100", "max_instances": 1}]),
]


@pytest.mark.parametrize("document", CASES)
def test_conflicts_are_all_the_minimal_ones(document):
    on = bench(document)
    wishes = [limit for limit in limits_of(on.loaded.stated) if not limit.lever]
    found = conflicts(on, on.loaded, wishes)
    every = range(len(wishes))
    holds = {kept: feasible(dropping(on, on.loaded, [wishes[i] for i in every if i not in kept])) for n in range(len(wishes) + 1) for kept in combinations(every, n)}
    minimal = {kept for kept, ok in holds.items() if not ok and all(holds[tuple(i for i in kept if i != out)] for out in kept)}
    assert found.complete and {tuple(wishes.index(limit) for limit in one.limits) for one in found.sets} == minimal
    assert all(" and " in one.confirmed_by or one.confirmed_by == "recount of the rules" for one in found.sets)


@pytest.mark.parametrize("document", [CASES[0], CASES[2]])
def test_the_bundle_of_least_pain_is_that_of_trying_every_combination(document):
    on = bench(document)
    found = negotiate(on)
    limits = limits_of(on.loaded.stated)
    vectors = sorted(product(*(range(len(limit.steps) + 1) for limit in limits)), key=lambda v: pain(limits, v))
    known_no = []
    for vector in vectors:  # in order of pain: the first that suffices is the cheapest
        if any(below(vector, no) for no in known_no):
            continue
        changes = [limit.steps[n - 1].change for limit, n in zip(limits, vector) if n]
        if feasible(patched(on.loaded, changes, catalog())):
            break
        known_no.append(vector)
    best = min(found.bundles, key=lambda bundle: bundle.pain)
    # A number is moved no further than it must within its step, so its pain is at most that of the step.
    assert "least pain" in best.characters and {c.limit.path for c in best.concessions} == {limit.path for limit, n in zip(limits, vector) if n}
    assert best.pain <= pain(limits, vector) + 1e-9


def pain(limits, vector):
    return sum(limit.kind.weight * limit.steps[n - 1].size for limit, n in zip(limits, vector) if n)


@pytest.mark.parametrize("document", CASES)
def test_every_bundle_has_a_checked_plan_and_none_beats_another(document):
    found = negotiate(bench(document))
    assert found.bundles
    for one in found.bundles:
        assert one.plan.checked and one.plan.certificate.passed
    for one, other in product(found.bundles, repeat=2):
        if one is not other:
            a, b = ({c.limit.path: moved(c) for c in bundle.concessions} for bundle in (one, other))
            assert not (all(size <= b.get(path, 0) for path, size in a.items()) and one.plan.cost["total_usd_per_month"] <= other.plan.cost["total_usd_per_month"])


def test_a_budget_that_is_asked_for_never_moves():
    # Both in the cheap place cost 4 × 7 × 730 = 20,440; residency keeps a at 10: 24,820.
    found = negotiate(bench(fleet()), budget=21_000)
    assert all(c.limit.path != "limits.budget_usd_per_month" for one in found.bundles for c in one.concessions)
    (conflict,) = found.conflicts
    assert {limit.kind.name for limit in conflict.limits} == {"budget", "residency"}
    assert found.bundles[0].plan.cost["total_usd_per_month"] == pytest.approx(4 * 7 * MONTH)
    assert found.bundles[0].agrees == ("legal",) and found.bundles[0].saves == pytest.approx(2 * 3 * MONTH)


def test_what_is_kept_does_not_give_way():
    assert not negotiate(bench(fleet()), budget=21_000, keep=["residency"]).bundles
    assert [one.kept for one in negotiate(bench(CASES[0]), keep=["limits.budget"]).reach if one.limit.kind.name == "budget"] == [True]


def test_names_that_no_limit_has_are_refused_with_near_ones():
    on = bench(fleet())
    for name, near in (("residence", '"residency"'), ("services.aa.*", '"services.a.'), ("limits.budgett", '"budget"'), ("zzz", "stated here: services")):
        with pytest.raises(UsageError, match=near):
            negotiate(on, budget=21_000, keep=[name])
        with pytest.raises(UsageError, match=near):
            negotiate(on, budget=21_000, weights={name: 2.0})
        with pytest.raises(UsageError, match=near):
            price_limits(on, only=[name])


def test_each_conflict_says_what_its_caps_would_have_to_be():
    # a stays here at 10 a machine, b may go there for 7: 2 × 10 + 2 × 7 = 34 USD/h.
    (conflict,) = negotiate(bench(fleet()), budget=21_000).conflicts
    money = next(least for limit, least in zip(conflict.limits, conflict.needed) if limit.kind.name == "budget")
    assert money.enough == pytest.approx(34 * MONTH) and money.too_little == pytest.approx(34 * MONTH)
    # Four machines are needed, of which a quota of three and one of one leave too few; 4 is enough and 3 is not.
    (conflict,) = negotiate(bench(CASES[2])).conflicts
    assert [(least.enough, least.too_little) for least in conflict.needed] == [(4, 3)]


def test_what_a_cap_would_have_to_be_lies_between_two_values_close_together():
    # Every plan emits the same: what one that is found emits is enough, and a hair less is not.
    on = bench(traded_fleet(carbon_kg_per_month=1.0))
    (conflict,) = conflicts(on, on.loaded, [limit for limit in limits_of(on.loaded.stated) if limit.kind.name == "carbon"]).sets
    (least,) = conflict.needed
    true = bench(traded_fleet(carbon_kg_per_month=1e9)).base().plan.carbon_kg_per_month
    assert least.too_little < true <= least.enough * (1 + 1e-9) and least.enough - least.too_little <= 2e-5 * least.enough


def traded_fleet(**limits):
    """One service on one kind of machine in one region: every plan emits the same."""
    chip = {"name": "chip", "vendor": "own", "tdp_w": 700.0, "idle_w": 560.0}
    one = {**service(rate=7.0), "profiles": [{"accelerator": "chip", "throughput_rps": [2.0]}]}
    own = [{**offer("one", 10.0, provider="aws", region="us-east-1"), "accelerator": "chip"}]
    return {**problem([one]), "offers": {"catalog": False, "own": own, "accelerators": [chip]}, "limits": limits}


def test_weights_decide_what_hurts_least():
    tight = fleet(budget_usd_per_month=24_000)
    cheap_legal = negotiate(bench(tight), weights={"residency": 0.001, "budget": 9})
    cheap_money = negotiate(bench(tight), weights={"residency": 9, "budget": 0.001})
    assert [c.limit.kind.name for c in cheap_legal.bundles[0].concessions] == ["residency"]
    (raised,) = cheap_money.bundles[0].concessions
    # 24,820 is what it takes; five halvings of the first step of 5 % come within 40 USD.
    assert raised.limit.kind.name == "budget" and 24_820 <= raised.step.change.value <= 24_870


def test_single_concessions_are_shown_with_what_they_reach_even_where_none_suffices():
    both = fleet(budget_usd_per_month=20_500, quotas=[{"name": "there", "region": "there", "max_instances": 3}])
    found = negotiate(bench(both), keep=["budget"])
    # Four in the cheap place are needed: residency of a and the quota must both give.
    assert not any(one.suffices for one in found.reach if one.limit.kind.name != "budget")
    assert {c.limit.kind.name for c in found.bundles[0].concessions} == {"residency", "quota"}


def test_nothing_must_give_where_a_plan_exists():
    found = negotiate(bench(fleet()), budget=50_000)
    assert isinstance(found.asked, Solved) and found.bundles == () and found.conflicts == ()


def test_a_lattice_finds_the_cheapest_vector_without_asking_for_every_one():
    # Enough where a + b >= 4 and c >= 1, of steps 0..3, 0..3, 0..2: cheapest by a + 1.5 b + c is (3, 1, 1).
    asked = []

    def enough(vector):
        asked.append(vector)
        return vector[0] + vector[1] >= 4 and vector[2] >= 1

    lattice = Lattice((3, 3, 2), enough)
    assert lattice.cheapest(lambda v: v[0] + 1.5 * v[1] + v[2]) == (3, 1, 1)
    assert len(asked) == len(set(asked)) < 4 * 4 * 3
    assert lattice.cheapest(lambda v: sum(v), free=frozenset({0, 2})) is None


def test_the_command_shows_bundles_and_its_code(run, tmp_path):
    file = tmp_path / "p.json"
    file.write_text(json.dumps(fleet()))
    done = run("negotiate", file, "--budget", "21000")
    assert done.code == 0 and "regions of a: here" in done.out and "legal" in done.out
    assert all(len(text) <= 80 for text in done.out.split("\n"))
    answer = json.loads(run("negotiate", file, "--budget", "21000", "--json").out)
    assert answer["complete"] and answer["bundles"][0]["who_must_agree"] == ["legal"]
    assert run("negotiate", file, "--budget", "21000", "--keep", "residency").code == 4
    weights = tmp_path / "w.json"
    weights.write_text('{"slo": -1}')
    assert run("negotiate", file, "--budget", "21000", "--weights", weights).code == 3


def test_a_signal_ends_the_search_for_conflicts_and_bundles_and_neither_is_called_complete():
    on = bench(CASES[1])
    whole, asked = negotiate(bench(CASES[1])), []

    def stop():
        # Heard once the problem and its least cost are known: two solves.
        asked.append(on.solves)
        return on.solves >= 2

    on.stop = stop
    found = negotiate(on)
    assert asked and on.solves == 2
    assert isinstance(found.asked, Infeasible) and not found.complete and not found.exhausted and found.reach == ()
    assert whole.complete and whole.bundles


def test_limits_of_nothing_give_way_in_order_and_each_bundle_is_named_once():
    """Every step of a limit of nothing is as large as giving it up: their order is that of their values."""
    on = bench(fleet(budget_usd_per_month=0, quotas=[{"name": "all", "accelerator": "H100", "max_instances": 0}]))
    found = negotiate(on)
    assert found.bundles
    for one in found.bundles:
        assert len(set(one.characters)) == len(one.characters)
        assert feasible(patched(on.loaded, [given.step.change for given in one.concessions], catalog()))
    # Four machines at the least, at 7 or 10 USD an hour where service a may not go elsewhere.
    cheapest = min(found.bundles, key=lambda one: one.plan.cost[TOTAL])
    moved = {given.limit.path: given.step.change.value for given in cheapest.concessions}
    assert moved["limits.budget_usd_per_month"] is None or moved["limits.budget_usd_per_month"] >= cheapest.plan.cost[TOTAL] - 0.01

