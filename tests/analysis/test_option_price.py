"""At which price an option enters and takes over: every bend that a fine sweep finds is found, and no other."""

import json
import random
from itertools import product
from pathlib import Path

import pytest

from planner.analysis.lines import Line, Segment, bends, envelope
from planner.analysis.option_price import LEAST, MOST, price_option
from planner.errors import UsageError
from planner.solve import Infeasible, Solved, Unknown
from tests.analysis.small import MONTH, bench, offer, problem, service

# 5 requests/s: single machines do 2 for 10 USD/h, a double one does 4 for 18.
MIXED = problem([service(rate=5.0)], [offer("one", 10.0), offer("two", 18.0, size=2)])


def test_an_envelope_is_found_with_about_two_lines_a_bend():
    lines = [Line(0, 4, "a"), Line(2, 2, "b"), Line(5, 1, "c"), Line(9, 0, "d"), Line(6, 3, "never")]
    asked = []

    def lowest(x):
        asked.append(x)
        return min(lines, key=lambda line: (line.at(x), line.slope))

    found = envelope(lowest, 0.0, 10.0)
    # a and b meet at 1, b and c at 3, c and d at 4.
    assert [one.line.of for one in found] == ["a", "b", "c", "d"]
    assert [one.high for one in found] == pytest.approx([1, 3, 4, 10]) and len(asked) <= 2 * 3 + 2


def test_an_options_bends_are_those_that_a_fine_sweep_finds():
    found = price_option(bench(MIXED), "two@own")
    # Three singles cost 30; one double and one single p + 10; two doubles 2 p. Of today's 18: p = 10 is 55.6 %, p = 20 is 111.1 %.
    assert found.exact and [one.high for one in found.stretches] == pytest.approx([10 / 18, 20 / 18, 3.0])
    assert found.enters == pytest.approx(20 / 18) and found.takes_over == pytest.approx(10 / 18)
    plans = [min((30, "none"), (18 * f + 10, "one"), (36 * f, "two")) for f in (n / 200 for n in range(10, 600))]
    assert len({name for _, name in plans}) == len(found.stretches)
    for stretch in found.stretches:
        middle = 18 * (stretch.low + stretch.high) / 2
        cost = min(30, middle + 10, 2 * middle)
        counts = {"30": 30.0, "one": middle + 10, "two": 2 * middle}
        assert any(abs(cost - value) < 1e-9 for value in counts.values())
    assert [round(one.share, 3) for one in found.stretches] == [1.0, round(2 / 3, 3), 0.0]


def mixed(number):
    """One service on two kinds of chip in instances of several sizes; no plan but whole instances, so every plan can be counted out."""
    chance = random.Random(number)
    speeds = {"fast": chance.choice((2.0, 2.5, 3.1)), "slow": chance.choice((0.9, 1.0, 1.3))}
    offers = {"new": ("fast", 1, chance.uniform(6, 12))}
    for name, chip, size in (("slow1", "slow", 1), ("slow4", "slow", 4), ("fast2", "fast", 2), ("fast8", "fast", 8))[: chance.choice((2, 3, 4))]:
        offers[name] = chip, size, size * chance.uniform(2.0, 9.0)
    rate = round(chance.uniform(3.0, 14.0), 2)
    one = {**service(rate=rate), "profiles": [{"accelerator": chip, "throughput_rps": [rps]} for chip, rps in speeds.items()]}
    own = [{**offer(name, round(usd, 2), size=size), "accelerator": chip} for name, (chip, size, usd) in offers.items()]
    document = problem([one], own)
    document["offers"]["accelerators"] = [{"name": chip, "vendor": "own"} for chip in speeds]
    return document, rate, speeds, {row["instance_type"]: (row["accelerator"], row["accelerators_per_instance"], row["on_demand_usd_per_hour"]) for row in own}


def every_plan(rate, speeds, offers):
    """(machines of the option, USD/h of the rest) of every number of machines that serves the rate, none more than it takes alone."""
    names = sorted(offers, key=lambda name: name != "new")
    most = [int(rate / (speeds[offers[n][0]] * offers[n][1])) + 1 for n in names]
    for counts in product(*(range(m + 1) for m in most)):
        if sum(c * speeds[offers[n][0]] * offers[n][1] for c, n in zip(counts, names)) >= rate - 1e-9:
            yield counts[0], sum(c * offers[n][2] for c, n in zip(counts[1:], names[1:]))


@pytest.mark.parametrize("number", range(8))
def test_every_bend_that_a_fine_sweep_over_every_plan_finds_is_found_and_no_other(number):
    document, rate, speeds, offers = mixed(number)
    found = price_option(bench(document), "new@own")
    today, plans = offers["new"][2], sorted(set(every_plan(rate, speeds, offers)))
    # Of plans with as many machines of the option only the cheapest rest counts.
    plans = {n: min(rest for m, rest in plans if m == n) for n, _ in plans}
    steps = 4000
    factors = [LEAST + (MOST - LEAST) * i / steps for i in range(steps + 1)]
    best = [min((n * today * f + rest, n) for n, rest in plans.items())[1] for f in factors]
    changes = [(low, high) for low, high, one, other in zip(factors, factors[1:], best, best[1:]) if one != other]
    assert found.exact and len(found.bends) == len(found.stretches) - 1
    for low, high in changes:
        assert any(low - 1e-6 <= one.at <= high + 1e-6 for one in found.bends)
    for one in found.bends:
        assert any(low - 1e-6 <= one.at <= high + 1e-6 for low, high in changes) and one.most - one.least < 1e-6
    for one in found.stretches:
        for f, usd in ((one.low, one.usd_at_low), (one.high, one.usd_at_high)):
            assert usd == pytest.approx(MONTH * min(n * today * f + rest for n, rest in plans.items()))


def test_the_sweeps_above_find_bends_at_all():
    assert sum(len(price_option(bench(mixed(number)[0]), "new@own").bends) for number in range(4)) >= 6


def test_what_is_not_proven_of_two_lines_is_the_width_of_their_bend():
    # 4 x and 10 + 2 x meet at 5; of one 0.6 is not proven, and two a unit set them apart: 0.3 either way.
    one, other = Line(0, 4, "a", slack=0.6), Line(10, 2, "b")
    (bend,) = bends([Segment(1, 5, one), Segment(5, 9, other)])
    assert (bend.at, bend.least, bend.most) == pytest.approx((5, 4.7, 5.3))


def test_plans_that_are_not_proven_to_gap_zero_make_every_bend_an_interval(monkeypatch):
    # A program solved in parts is asked for the gap of the bench, 2 % here; its bound is said to lie 1 % below.
    on = bench(MIXED, gap=0.02)
    whole, solved = on.base().plan, on.solved
    in_parts = Solved(whole.model_copy(update={"solver": whole.solver.model_copy(update={"method": "decomposition"})}))

    def loosely(problem, **other):
        plan = solved(problem, **other).plan
        return Solved(plan.model_copy(update={"bound_usd_per_month": 0.99 * plan.cost["total_usd_per_month"]}))

    monkeypatch.setattr(on, "solved", loosely)
    monkeypatch.setattr(on, "base", lambda: in_parts)
    found = price_option(on, "two@own")
    assert not found.exact and not found.swept and "gap" in found.why_not_exact
    for bend, true in zip(found.bends, (10 / 18, 20 / 18)):
        assert bend.least < true < bend.most and bend.most - bend.least > 0.01


def test_where_one_off_work_is_charged_at_the_usual_price_a_sweep_is_shown():
    # The median price of an accelerator-hour moves with the only offer's: making the variant costs more at a higher price.
    document = problem([service(rate=5.0)], [offer("one", 10.0), offer("two", 18.0, size=2)], limits={"one_off_usd": 1e6})
    found = price_option(bench(document), "two@own")
    assert not found.exact and found.swept and "one-off" in found.why_not_exact
    assert all(one.at is None and one.least < one.most for one in found.bends)


def test_with_a_cap_on_money_a_sweep_is_shown_and_says_so():
    found = price_option(bench({**MIXED, "limits": {"budget_usd_per_month": 90_000}}), "two@own")
    assert not found.exact and "capped" in found.why_not_exact
    # Steps of 14.75 %: the bends at 55.6 % and 111.1 % lie between two stretches.
    ends = [(a.high, b.low) for a, b in zip(found.stretches, found.stretches[1:])]
    assert [low < bend < high for (low, high), bend in zip(ends, (10 / 18, 20 / 18))] == [True, True]


def capped(usd):
    """Without the double machines three singles cost 30 USD/h, above what is capped here."""
    return {**MIXED, "limits": {"budget_usd_per_month": usd * MONTH}}


def test_a_sweep_under_a_cap_says_where_no_plan_meets_the_limits():
    # min(3 × 10, p + 10, 2 p) of p = 18 f is at most 29 up to p = 19: steps of 14.75 % from 5 %, the last with a plan is 93.5 %.
    found = price_option(bench(capped(29)), "two@own")
    last = found.stretches[-1]
    assert found.swept and "capped" in found.why_not_exact
    assert last.plan is None and last.proven and (last.low, last.high) == pytest.approx((1.0825, 3.0)) and "no plan" in last.why
    assert all(one.plan is not None for one in found.stretches[:-1]) and found.enters == pytest.approx(0.935)


def test_a_problem_without_a_plan_is_shown_the_prices_at_which_it_has_one():
    # At 18 the cheapest plan costs 28: a cap of 25 is met up to p = 15, 83.3 % of it. The sweep knows 78.75 % and not 93.5 %.
    found = price_option(bench(capped(25)), "two@own")
    assert isinstance(found.base, Infeasible) and [one.plan is None for one in found.stretches] == [False, False, True]
    assert (found.bends[-1].least, found.bends[-1].most) == pytest.approx((0.7875, 0.935))


def test_a_solve_that_ends_without_an_answer_leaves_a_stretch_that_is_not_known(monkeypatch):
    on = bench(MIXED)
    on.base()
    solved = on.solved

    def late(problem, **other):
        # Dearer than 30 USD/h a double machine, the clock runs out.
        dear = any(pool.id == "own:two@here" and pool.on_demand[0] > 30 for pool in on.stated(problem).pools)
        return Unknown("stopped", "no plan was found in the time given") if dear else solved(problem, **other)

    monkeypatch.setattr(on, "solved", late)
    found = price_option(on, "two@own")
    assert found.swept and not found.exact and "time given" in found.why_not_exact
    assert found.stretches[-1].plan is None and not found.stretches[-1].proven


def test_the_command_shows_a_sweep_with_prices_at_which_there_is_no_plan(run, tmp_path):
    file = tmp_path / "p.json"
    file.write_text(json.dumps(capped(29)))
    done = run("price", file, "--option", "two@own")
    assert done.code == 0 and "No plan meets all limits at 108 % – 300 %" in done.out and "Not exact: money is capped" in done.out
    answer = json.loads(run("price", file, "--option", "two@own", "--json").out)
    assert answer["stretches"][-1]["no_plan"]["proven"] and answer["stretches"][-1]["plan"] is None
    file.write_text(json.dumps(capped(25)))
    done = run("price", file, "--option", "two@own")
    assert done.code == 4 and "At today's price no plan meets all limits." in done.out


def test_cash_upfront_that_follows_the_price_is_a_limit_that_the_price_stands_in():
    offered = [{"name": "term", "scope": {"provider": "own"}, "measure": "instances", "term_months": 12, "discount": 0.3, "upfront_share": 0.5}]
    document = {**MIXED, "commitments": {"offers": offered}, "limits": {"upfront_usd": 60_000}}
    found = price_option(bench(document, gap=0.01), "two@own")
    assert found.swept and "upfront" in found.why_not_exact


def test_workers_and_units_have_prices_with_bends_too():
    # A worker at 4 USD/h against 0.008 USD a request elsewhere: which share it takes falls as its price rises.
    files = {"serverless": ("23-serverless", "l4@modal"), "provisioned": ("30-provisioned", "bedrock:*")}
    for purchase, (name, option) in files.items():
        loaded = json.loads((Path(__file__).parents[2] / "problems" / f"{name}.json").read_text())
        found = price_option(bench({**loaded, "periods": {"kind": "single"}, "services": [_flat(one) for one in loaded["services"]]}), option, purchase=purchase, low=0.5, high=2.0)
        assert found.purchase == purchase and found.exact and len(found.stretches) > 1
        costs = [usd for one in found.stretches for usd in (one.usd_at_low, one.usd_at_high)]
        assert costs == pytest.approx(sorted(costs)) and [one.share for one in found.stretches] == sorted((one.share for one in found.stretches), reverse=True)
        # Concave: each stretch rises less steeply than the one before.
        slopes = [(one.usd_at_high - one.usd_at_low) / (one.high - one.low) for one in found.stretches]
        assert all(a >= b - 1e-6 * abs(a) for a, b in zip(slopes, slopes[1:]))


def test_an_option_that_jobs_alone_run_on_has_entered():
    document = json.loads((Path(__file__).parents[2] / "problems" / "44-jobs.json").read_text())
    found = price_option(bench(document), "p5*@us-east-1", low=0.5, high=0.7)
    used, unused = found.stretches
    # The tuning job is the only one that changes places, where both places cost it the same.
    assert "firm for job tune" in used.instances and 0.0 < used.share < 0.01 and unused.share == 0.0
    assert found.enters == pytest.approx(used.high) and used.usd_at_high == pytest.approx(unused.usd_at_low) and "p5.48xlarge" not in unused.instances


def _flat(one):
    rate = one["workload"]["rate_per_s"]
    load = {key: value for key, value in one["workload"].items() if key != "hourly_shape"}
    return {**one, "workload": {**load, "rate_per_s": max(rate) if isinstance(rate, list) else rate}}


def test_an_option_that_nobody_sells_is_refused_with_near_names(run, tmp_path):
    file = tmp_path / "p.json"
    file.write_text(json.dumps(MIXED))
    for name, near in (("two@hre", 'not sold at "hre"; did you mean "here"'), ("zzz", "known here: H100, one, two"), ("own:twoo@here", "own:two@here")):
        done = run("price", file, "--option", name)
        assert done.code == 2 and near in done.err
    assert run("price", file, "--option", "two@own", "--only", "slo").code == 2 and run("price", file, "--purchase", "spot").code == 2
    with pytest.raises(UsageError, match="H100"):
        price_option(bench(MIXED), "H10@own")
    with pytest.raises(UsageError, match="spot"):
        price_option(bench(MIXED), "two@own", purchase="spot")
    with pytest.raises(UsageError, match="paid serverless"):
        price_option(bench(MIXED), "two@own", purchase="serverless")


def test_the_command_says_at_which_price_and_discount(run, tmp_path):
    file = tmp_path / "p.json"
    file.write_text(json.dumps(MIXED))
    answer = json.loads(run("price", file, "--option", "two@own", "--json").out)
    assert answer["exact"] and answer["enters_at_factor"] == pytest.approx(20 / 18) and answer["discount_to_take_over"] == pytest.approx(8 / 18)
    assert [one["taken_over"] for one in answer["stretches"]] == [True, False, False]
    assert "takes over all that it may serve at 55.5556 %" in " ".join(run("price", file, "--option", "two@own").out.split())
    assert run("price", file, "--option", "twoo@own").code == 2


def test_what_is_not_sold_so_is_not_recommended():
    with pytest.raises(UsageError, match="sold spot") as refused:
        price_option(bench(MIXED), "two@own", purchase="spot")
    assert refused.value.hint == "--purchase on_demand"
    held = problem(offers=[offer("one", 10.0), offer("two", None, size=2, spot_usd_per_hour=3.0, spot_availability=1.0)])
    with pytest.raises(UsageError, match="sold on demand") as refused:
        price_option(bench(held), "two@own")
    assert refused.value.hint == "--purchase spot"


def test_an_option_takes_over_from_those_that_may_use_it_and_nobody_else():
    # Code may not stand in the double machines: chat's three singles against two doubles, as if it were alone.
    code = service("code", rate=1.0, allow={"regions": ["there"]})
    found = price_option(bench(problem([service(rate=5.0), code], [offer("one", 10.0), offer("two", 18.0, size=2), offer("far", 10.0, region="there")])), "two@own")
    assert found.takes_over == pytest.approx(10 / 18) and found.stretches[0].share == pytest.approx(0.8)


def test_reservations_have_a_price_of_their_own():
    # Two machines at 3 USD/h on demand against two reserved at 5: even at 60 %, whatever the other asks on demand.
    for usd in (None, 8.0):
        offers = [offer("one", 3.0), offer("dear", usd, provider="other", reserved_1y_usd_per_hour=5.0)]
        found = price_option(bench(problem(offers=offers, commitments={"offered": True})), "dear@other", purchase="reserved")
        assert found.exact and found.enters == found.takes_over == pytest.approx(0.6) and found.today == {"other:dear@here": 5.0}
    # A spend commitment that covers the machine is no reservation of it.
    spend = {"name": "spend", "scope": {}, "measure": "spend", "term_months": 12, "discount": 0.5}
    offers = [offer("one", 10.0, reserved_1y_usd_per_hour=6.0)]
    found = price_option(bench(problem(offers=offers, commitments={"offered": True, "offers": [spend]})), "one@own", purchase="reserved")
    assert found.swept and found.enters < 1.0


@pytest.mark.parametrize("measure", ["spend", "instances", "accelerators"])
def test_use_that_a_commitment_by_its_price_covers_is_the_options_own(measure):
    """Two machines at 10 USD/h, or two of the option's at 16; with a discount of half off its price that is 8 of today's 16."""
    scope = {"provider": "other"}
    half = {"name": "half", "scope": scope, "measure": measure, "term_months": 12, "discount": 0.5}
    offers = [offer("one", 10.0), offer("opt", 16.0, provider="other")]
    found = price_option(bench(problem(offers=offers, commitments={"offered": True, "offers": [half]})), "opt@other")
    # Both are in the plan while half of the price is below 10: up to 125 %; all that it may serve there.
    used = [one for one in found.stretches if one.share > 0]
    assert all(one.share == pytest.approx(1.0) and one.whole for one in used)
    # No stretch in which the option runs counts as none of it: the cheapest plan and its share agree at every price.
    for one in found.stretches:
        runs = any(any(d.replicas) for s in one.plan.services for d in s.deployments if d.pool == "other:opt@here")
        assert runs == (one.share > 0)
    top = max(one.high for one in used)
    if measure == "spend":
        assert found.swept and top <= 1.25 <= next(one.low for one in found.stretches if one.low > top)
    else:
        assert top == found.enters == found.takes_over == pytest.approx(1.25)


def test_a_spend_commitment_elsewhere_leaves_the_price_in_the_objective_alone():
    """Two machines at 10 USD/h, half of it off by the commitment: the other vendor's at 16 must fall to 5, which is exact."""
    half = {"name": "half", "scope": {"provider": "own"}, "measure": "spend", "term_months": 12, "discount": 0.5}
    offers = [offer("one", 10.0), offer("opt", 16.0, provider="other")]
    found = price_option(bench(problem(offers=offers, commitments={"offered": True, "offers": [half]})), "opt@other")
    assert found.exact and not found.swept
    assert found.enters == pytest.approx(5 / 16)
