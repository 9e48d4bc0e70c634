"""At which limit and at which price an option would be chosen: against every value tried, on problems drawn at random."""

import json
import random

import pytest

from planner.analysis.option_price import price_option
from planner.analysis.why_not import why_not
from planner.plan.cost import TOTAL
from planner.solve import Infeasible, Options, Solved, solve
from tests.analysis.small import MONTH, bench, catalog, loaded, offer, problem, service
from tests.analysis.test_reach import emits, traded, usd  # noqa: F401 - a fixture


def cost(document):
    """By a solve of its own; None: there is no plan."""
    answer = solve(loaded(document).problem, catalog(), Options(gap=0.0, explain=False, confirm=False, tie_break=False))
    assert isinstance(answer, (Solved, Infeasible))
    return answer.plan.cost[TOTAL] if isinstance(answer, Solved) else None


def without(document, name):
    own = [row for row in document["offers"]["own"] if row["instance_type"] != name]
    return {**document, "offers": {**document["offers"], "own": own}}


def chosen(document, name):
    """Whether doing without an offer costs more, or cannot be."""
    best, other = cost(document), cost(without(document, name))
    return best is not None and (other is None or best < other * (1 - 1e-6))


def drawn(seed):
    """One service, machines of three sizes and prices, a quota on each of two places."""
    draw = random.Random(seed)
    profiles = [{"accelerator": name, "throughput_rps": [rps]} for name, rps in (("H100", draw.choice([2.0, 3.0])), ("L40S", 1.0), ("A100-80GB", draw.choice([1.5, 2.5])))]
    one = {**service(rate=draw.choice([5.0, 7.5, 9.0])), "profiles": profiles}
    chips = {"big": ("H100", "here"), "small": ("L40S", "there"), "mid": ("A100-80GB", "there")}
    own = [{**offer(name, float(draw.randint(2, 9)), region=place), "accelerator": chip} for name, (chip, place) in chips.items()]
    quotas = [{"name": "here", "region": "here", "max_instances": draw.randint(0, 2)}, {"name": "there", "region": "there", "max_instances": draw.randint(0, 12)}]
    return problem([one], own, limits={"quotas": quotas})


#: How many of the three a quota alone keeps out.
KEPT_OUT = {2: 1, 9: 0, 12: 2, 13: 1}


@pytest.mark.parametrize("seed", KEPT_OUT)
def test_the_quota_at_which_an_option_is_chosen_is_the_least_of_all_that_were_tried(seed):
    kept_out = 0
    document = drawn(seed)
    on = bench(document)
    for name in ("big", "small", "mid"):
        (found,) = why_not(on, f"{name}@own")
        if found.used or found.limits is None:
            continue
        offered = {one.limit.path: one for one in found.limits.found}
        for place in (0, 1):
            quota = document["limits"]["quotas"][place]
            tried = [value for value in range(quota["max_instances"] + 1, 10) if chosen(_with_quota(document, place, value), name)]
            one = offered.get(f"limits.quotas.{quota['name']}.max_instances")
            assert (None if one is None else one.step.change.value) == (tried[0] if tried else None), (name, place)
            if one is not None:
                kept_out += 1
                assert one.plan.checked and one.short == one.step.change.value - 1 and one.least
                there = _with_quota(document, place, tried[0])
                assert one.plan.cost[TOTAL] == pytest.approx(cost(there)) and one.without == (pytest.approx(other) if (other := cost(without(there, name))) is not None else None)
    assert kept_out == KEPT_OUT[seed]


def _with_quota(document, place, value):
    quotas = [{**row, "max_instances": value} if i == place else row for i, row in enumerate(document["limits"]["quotas"])]
    return {**document, "limits": {"quotas": quotas}}


@pytest.mark.parametrize("seed", list(KEPT_OUT)[:3])
def test_the_prices_named_are_those_of_the_price_of_the_option(seed):
    on = bench(drawn(seed))
    for name in ("big", "small", "mid"):
        (found,) = why_not(on, f"{name}@own")
        for one in found.prices:
            there = price_option(on, f"{name}@own", purchase=one.purchase)
            assert [bend.at for bend in one.bends] == [bend.at for bend in there.bends]
            assert (one.enters, one.takes_over) == (there.enters, there.takes_over)


def shared(seed):
    """Two services that may use three kinds of machines, of which the cheapest ones are few."""
    draw = random.Random(seed)
    services = [
        {**service(name, rate=draw.choice([3.0, 5.0, 8.5])), "profiles": [{"accelerator": "H100", "throughput_rps": [draw.choice([4.0, 5.0])]}, {"accelerator": "L40S", "throughput_rps": [draw.choice([1.0, 2.0])]}]}
        for name in ("chat", "code")
    ]
    own = [offer("big", 9.0), {**offer("small", 2.0, stock=draw.randint(3, 8)), "accelerator": "L40S"}, {**offer("more", float(draw.randint(4, 6))), "accelerator": "L40S"}]
    return problem(services, own)


@pytest.mark.parametrize("seed", [1, 2, 3, 5])
def test_at_the_price_named_for_one_service_of_two_it_alone_begins_to_use_the_option(seed):
    document = shared(seed)
    (found,) = why_not(bench(document), "big@own for chat")
    if found.used:
        return
    (price,) = found.prices
    for share in (0.99, 1.01):
        best = cost(_at(document, price.enters * share))
        # chat alone does without: its profile of the machine is taken away.
        barred = json.loads(json.dumps(_at(document, price.enters * share)))
        barred["services"][0]["profiles"] = barred["services"][0]["profiles"][1:]
        other = cost(barred)
        assert (best < other * (1 - 1e-7)) if share < 1 else best == pytest.approx(other, rel=1e-7)


def _at(document, factor):
    own = [{**row, "on_demand_usd_per_hour": factor * row["on_demand_usd_per_hour"]} if row["instance_type"] == "big" else row for row in document["offers"]["own"]]
    return {**document, "offers": {**document["offers"], "own": own}}


def test_a_cap_on_carbon_is_named_at_what_the_plan_with_the_option_emits(emits):  # noqa: F811
    # Three clean machines and one dirty one emit emits[3]; below that all four are clean, at 16 USD/h each.
    (found,) = why_not(bench(traded(carbon_kg_per_month=0.5 * (emits[3] + emits[4]))), "dirty@aws")
    (one,) = found.limits.found
    assert one.limit.kind.name == "carbon" and one.step.change.value == pytest.approx(emits[3], rel=1e-5) and one.short < emits[3]
    assert one.plan.cost[TOTAL] == pytest.approx(usd(3)) and one.without == pytest.approx(usd(4))


@pytest.mark.parametrize(
    ("allow", "value", "words"),
    [
        ({"regions": ["here"]}, ["here", "own:there"], "with own:there too"), ({"exclude_regions": ["there", "elsewhere"]}, ["elsewhere"], "without there"),
        ({"providers": ["else"]}, ["else", "own"], "with own too"), ({"accelerators": ["L40S"]}, ["L40S", "H100"], "with H100 too"),
    ],
)  # fmt: skip
def test_a_list_of_what_may_be_used_is_named_with_what_the_option_needs_and_no_more(allow, value, words):
    own = [{**offer("one", 10.0, provider="else" if "providers" in allow else "own"), "accelerator": "L40S"}, offer("far", 7.0, region="there"), offer("gone", 8.0, region="elsewhere")]
    one = {**service(allow=allow), "profiles": [{"accelerator": "H100", "throughput_rps": [2.0]}, {"accelerator": "L40S", "throughput_rps": [2.0]}]}
    if "providers" in allow or "accelerators" in allow:
        own.pop()
    (found,) = why_not(bench(problem([one], own)), "far@there" if "regions" in allow else "far")
    assert [(list(each.step.change.value), each.words.endswith(words)) for each in found.limits.found] == [(value, True)]


def test_offers_that_are_left_out_stock_and_reservations_are_limits_too():
    own = [offer("one", 10.0), offer("far", 7.0)]
    (found,) = why_not(bench(problem(offers=own) | {"offers": {"catalog": False, "own": [own[0], {**own[1], "stock": 1}]}}), "far")
    assert found.used
    # Five requests/s need three machines; where min_instances asks for them on one kind … here stock of none keeps it out.
    (found,) = why_not(bench(problem(offers=[own[0], {**own[1], "stock": 0}])), "far")
    assert [(one.limit.words, one.step.change.value, one.short) for one in found.limits.found] == [("stock", 1, 0)]
    reserved = offer("term", 14.0, provider="other", reserved_1y_usd_per_hour=6.0)
    (found,) = why_not(bench(problem(offers=[own[0], reserved], commitments={"offered": False})), "term")
    assert [one.limit.path for one in found.limits.found] == ["commitments.offered"]


def test_what_two_limits_keep_out_together_is_named_with_both_each_no_further_than_it_must():
    # Two machines at 7 instead of 10: the region bars them, and the quota there leaves none.
    limits = {"quotas": [{"name": "there", "region": "there", "max_instances": 0}, {"name": "all", "accelerator": "H100", "max_instances": 9}]}
    document = problem([service(allow={"regions": ["here"]})], [offer("one", 10.0), offer("far", 7.0, region="there")], limits=limits)
    (found,) = why_not(bench(document), "far")
    assert found.limits.found == () and set(found.blocked.paths) == {"services.chat.allow.regions", "limits.quotas.there.max_instances"}
    assert any(text.endswith("0 → 2 instances") for text in found.blocked.changes)
    assert (found.blocked.best, found.blocked.without) == (pytest.approx(14 * MONTH), pytest.approx(20 * MONTH))


def test_an_option_without_a_profile_is_told_so_where_only_profiles_count():
    own = [offer("one", 10.0), {**offer("other", 7.0), "accelerator": "L40S"}]
    (found,) = why_not(bench(problem(offers=own)), "L40S for chat")
    assert not found.eligible and found.barred[0].rules == ("profiles_only",) and "no profile of chat measures L40S; those it has: bf16 on H100" in found.barred[0].messages[0]
    (found,) = why_not(bench(problem(offers=own)), "fp8 on H100 for chat")
    assert "no profile of chat measures fp8 on H100" in found.barred[0].messages[0]


def test_every_option_that_may_not_serve_comes_with_a_reason():
    """However a problem keeps an option out, something says so."""
    plain = {**service(), "profiles_only": False, "profiles": []}
    own = [offer("one", 10.0), {**offer("other", 7.0), "accelerator": "L40S"}]
    api = {"provider": "acme", "model": "llama", "serves": "Llama-3.1-8B", "input_usd_per_mtok": 1.0, "output_usd_per_mtok": 1.0}
    cases = [
        (problem([{**plain, "allow": {"variants": ["native"]}}], own), "int4-awq on H100"), (problem([{**plain, "allow": {"accelerators": ["H100"]}}], own), "L40S"),
        (problem(offers=own) | {"offers": {"catalog": False, "own": own, "exclude": ["own:other@*"]}}, "other"), (problem([plain], own), "int8-of-nothing on H100"),
        (problem([{**plain, "allow": {"vendors": ["AMD"]}}], own), "H100"), (problem([{**plain, "slo": {"ttft_ms": {"p95": 0.001}}}], own), "H100"),
        (problem([{**plain, "modes": ["provider_api"]}], own, apis=[api]), "H100"), (problem([service(modes=["real_time"])], own, apis=[api]), "acme:llama"),
    ]  # fmt: skip
    for document, use in cases:
        try:
            (found,) = why_not(bench(document), use)
        except Exception as error:  # noqa: BLE001 - a name that means nothing is told so
            assert "no variant is called" in str(error) or "nothing that this problem could use" in str(error), (use, error)
            continue
        assert found.used or found.eligible or found.barred or found.left_out, use


def test_an_option_of_very_many_pools_is_asked_for_with_the_cheapest_of_them(monkeypatch):
    monkeypatch.setattr("planner.analysis.chosen_at.POOLS", 2)
    own = [offer("one", 10.0), *({**offer(f"m{n}", 9.0 - n), "accelerator": "L40S"} for n in range(4))]
    one = {**service(), "profiles": [{"accelerator": chip, "throughput_rps": [2.0]} for chip in ("H100", "L40S")]}
    document = problem([one]) | {"offers": {"catalog": False, "own": own}}
    (found,) = why_not(bench({**document, "services": [{**one, "allow": {"accelerators": ["H100"]}}]}), "L40S")
    assert [each.step.change.value for each in found.limits.found] == [["H100", "L40S"]]
    # Where the cheapest ones do not do, that no limit does is not claimed: a dearer one might.
    dear = [own[0], *({**row, "on_demand_usd_per_hour": 50.0 + n} for n, row in enumerate(own[1:]))]
    document["offers"]["own"] = dear
    (found,) = why_not(bench({**document, "services": [{**one, "allow": {"accelerators": ["H100"]}}]}), "L40S")
    assert not found.limits.found and any("accelerators" in text for text in found.limits.unasked)
