"""Re-planning: changes are counted, limited and paid for in the program, and what is said to move is what differs."""

import json
import random
from itertools import product

import pytest

from planner.analysis.bench import Bench
from planner.analysis.replan import replan
from planner.errors import UsageError
from planner.plan.cost import TOTAL
from planner.problem.normalise import changed
from planner.solve import Infeasible, Solved
from tests.analysis.small import MONTH, bench, catalog, loaded, offer, problem, service

FREE = {"hours_per_change": 0, "usd_per_hour": 0, "double_running_hours": 0}
SELLERS = [offer("one", 10.0), offer("dear", 12.0, provider="other")]
YEAR = {"name": "a year", "scope": {"provider": "own"}, "measure": "instances", "term_months": 12, "discount": 0.4}


def today(document, **more):
    """The plan of a problem, and the problem it was made for."""
    base = bench(document, **more)
    return base.base().plan, base.loaded.problem


def again(document, running, **more):
    plan, before = running
    return replan(bench(document), plan, before, catalog(), **more)


def total(step):
    return step.answer.plan.cost[TOTAL]


def two_services(demand=1.0, migration=None, **more):
    """chat runs 2 machines and code 1; ``dear`` is cheaper later for both."""
    services = [service(rate=3.0 * demand), service("code", rate=1.0 * demand)]
    stated = {} if migration is None else {"existing": {"migration": migration}}
    return problem(services, **stated, **more)


def test_moving_is_worth_it_where_what_it_saves_pays_for_it():
    running = today(problem(offers=SELLERS))
    # The other seller comes down to 9 USD/h: 2 × 1 × 730 a month, for two changes of 4 h at 94 USD and two replicas that run
    # an hour at 9 USD beside the old ones, over 12 months.
    found = again(problem(offers=[SELLERS[0], offer("dear", 9.0, provider="other")]), running)
    moving = (2 * 4 * 94 + 2 * 9) / 12
    assert total(found.chosen) == pytest.approx(2 * 9 * MONTH + moving)
    assert found.chosen.saved.value == pytest.approx(-2 * MONTH + moving) and found.chosen.saved.sign == "lower"
    assert {(one.what, one.deployment.split(", ")[1]) for one in found.moved} == {("stop", "own:one@here firm"), ("start", "other:dear@here firm")}
    # 770 USD once, 1,460 a month.
    assert found.payback_months == pytest.approx(770 / 1460)
    plan = found.chosen.answer.plan
    assert plan.certificate.passed and plan.cost["migration_usd_per_month"] == pytest.approx(moving)


def test_nothing_moves_where_it_does_not_pay():
    running = today(problem(offers=SELLERS))
    # 1 cent an hour cheaper: 14.60 USD a month, less than the 64 that moving takes.
    found = again(problem(offers=[SELLERS[0], offer("dear", 9.99, provider="other")]), running)
    assert found.chosen.changes == 0 and total(found.chosen) == pytest.approx(2 * 10 * MONTH)
    assert [one.what for one in found.moved] == ["keep"]


def test_the_curve_shows_what_each_further_change_saves():
    cheaper = [offer("one", 10.0), offer("dear", 9.0, provider="other")]
    running = today(two_services(offers=SELLERS))
    found = again(two_services(offers=cheaper, migration=FREE), running)
    # Each service moves by two changes: chat saves 2 × 730 with them, code 730.
    by_count = {one.allowed: total(one) / MONTH for one in found.steps}
    assert by_count == pytest.approx({0: 30, 1: 30, 2: 28, 3: 28, None: 27})
    assert found.chosen.changes == 4 and found.steps[-1] is found.chosen


def test_no_more_changes_are_made_than_are_allowed():
    cheaper = [offer("one", 10.0), offer("dear", 9.0, provider="other")]
    running = today(two_services(offers=SELLERS))
    found = again(two_services(offers=cheaper, migration=FREE), running, max_changes=2)
    assert found.chosen.allowed == 2 and total(found.chosen) == pytest.approx(28 * MONTH)
    assert {(one.what, one.deployment.partition(":")[0]) for one in found.moved} == {("start", "chat"), ("stop", "chat"), ("keep", "code")}


def test_growth_needs_its_changes_and_too_few_have_no_plan():
    running = today(two_services())
    found = again(two_services(demand=2.5), running)
    # Four and two machines: both deployments are resized.
    assert [isinstance(one.answer, Infeasible) for one in found.steps[:2]] == [True, True]
    assert found.chosen.changes == found.fewest.changes == 2 and found.chosen.saved.value == 0.0
    assert {one.what for one in found.moved} == {"resize"}


def test_where_nothing_can_stay_as_it_is_what_more_changes_save_is_against_the_fewest():
    running = today(problem(offers=SELLERS))
    # A third machine is needed: one more (one change), or all three at 9 elsewhere (two).
    found = again(problem([service(rate=5.0)], [SELLERS[0], offer("dear", 9.0, provider="other")]), running)
    assert (found.fewest.changes, found.chosen.changes) == (1, 2)
    one, two = 4 * 94 + 9, 2 * 4 * 94 + 3 * 9
    # With one change the third machine is the cheaper one, and two stay.
    assert found.chosen.saved.value == pytest.approx((27 - 29) * MONTH + (two - one) / 12)
    assert found.payback_months == pytest.approx((two - one) / (2 * MONTH))


def test_what_runs_idle_may_be_kept():
    running = today(problem([service(rate=9.0)]))
    # 5 machines; demand falls to what 1 serves. Without a change all five run on.
    found = again(problem([service(rate=1.0)]), running, max_changes=0)
    assert total(found.chosen) == pytest.approx(5 * 10 * MONTH)


def test_what_is_no_longer_allowed_stops_and_counts():
    running = today(problem(offers=SELLERS))
    found = again(problem([service(allow={"exclude_providers": ["own"]})], SELLERS), running)
    assert found.chosen.changes == 2 and isinstance(found.steps[1].answer, Infeasible)
    # The stop has no column in the program any more; its work is paid for all the same.
    assert total(found.chosen) == pytest.approx(2 * 12 * MONTH + (2 * 4 * 94 + 2 * 12) / 12)


def test_commitments_of_today_are_held_and_paid_on():
    running = today(problem(commitments={"offers": [YEAR]}))
    cheaper = [offer("one", 10.0), offer("dear", 5.0, provider="other")]
    found = again(problem(offers=cheaper), running)
    # 12 USD/h are paid for the two that are held, so they go on serving; without them 10 USD/h would do elsewhere.
    assert found.held == ("a year",) and total(found.chosen) == pytest.approx(12 * MONTH) and found.chosen.changes == 0
    anew = again(problem(offers=cheaper), running, recommit=True)
    assert anew.held == () and total(anew.chosen) == pytest.approx(10 * MONTH + (2 * 4 * 94 + 2 * 5) / 12)


def test_commitments_of_the_plan_before_the_last_are_still_held():
    first = today(problem(commitments={"offers": [YEAR]}))
    grown = problem([service(rate=7.0)], commitments={"offers": [YEAR]})
    second = again(grown, first)
    found = again(problem([service(rate=7.0)]), (second.chosen.answer.plan, second.problem))
    # Two were bought at first, two more with the growth; all four are paid on.
    assert found.held == ("a year", "a year") and [one.name for one in found.problem.commitments.held] == ["held: a year", "held: a year (2)"]
    assert total(found.chosen) == pytest.approx(4 * 6 * MONTH)


def test_hardware_that_was_bought_is_owned_now():
    room = {"name": "room", "site": "here", "accelerator": "H100", "accelerators_per_instance": 1, "instances": 0, "electricity_usd_per_kwh": 0.0,
            "power_off": True, "buy": {"max_instances": 3, "usd_per_instance": 24000.0}}  # fmt: skip
    stated = problem(owned=[room])
    running = today(stated)
    # Two are bought at 24,000 over four years, 500 a month each; bought they cost nothing more, and one more may be bought.
    assert running[0].cost[TOTAL] == pytest.approx(2 * 500)
    found = again(stated, running)
    (row,) = found.problem.owned
    assert (row.instances, row.buy.max_instances) == (2, 1) and found.held == ()
    assert total(found.chosen) == pytest.approx(0.0) and found.chosen.changes == 0 and found.chosen.saved.sign == "same"


def test_of_equal_plans_the_one_with_the_fewest_changes_is_chosen():
    # Nothing is charged for moving and both sellers ask the same: what runs stays.
    same = [offer("one", 10.0), offer("dear", 10.0, provider="other")]
    for seller in same:
        found = again(problem(offers=same, existing={"migration": FREE}), today(problem(offers=[seller])))
        assert found.chosen.changes == 0


def test_a_day_is_kept_hour_by_hour_and_another_cycle_by_its_peak():
    halves = {"periods": {"kind": "day", "per_day": 2}}
    running = today(problem([service(rate=[1.0, 5.0])], **halves))
    same = again(problem([service(rate=[1.0, 5.0])], **halves), running, max_changes=0)
    assert total(same.chosen) == pytest.approx((1 + 3) / 2 * 10 * MONTH)
    single = again(problem([service(rate=1.0)]), running, max_changes=0)
    assert total(single.chosen) == pytest.approx(3 * 10 * MONTH)


@pytest.mark.parametrize("cap", [None, 0, 1, 2, 3])
def test_leaving_out_what_is_dominated_changes_no_cost_where_something_runs_today(cap):
    # Dominated: the dear seller's pool, which runs today, and large batches that carry no more.
    document = two_services(offers=[offer("one", 10.0), offer("dear", 12.0, provider="other"), offer("third", 11.0, provider="other")])
    plan, _ = today(two_services(offers=[SELLERS[1]]))
    rows = [
        {"service": s.name, "variant": d.variant, "accelerator": d.accelerator, "engine": d.engine, "max_num_seqs": d.max_num_seqs, "pool": d.pool, "replicas": d.replicas}
        for s in plan.services for d in s.deployments
    ]  # fmt: skip
    limits = {} if cap is None else {"max_changes": cap}
    problem_ = loaded({**document, "existing": {"deployments": rows}, "limits": limits}).problem
    answers = [Bench(loaded(document), catalog(), bench(gap=0.0).options).solved(problem_, prune=prune) for prune in (True, False)]
    assert all(isinstance(one, Solved) for one in answers)
    assert answers[0].plan.cost[TOTAL] == pytest.approx(answers[1].plan.cost[TOTAL], rel=1e-9)


def test_a_plan_with_fewer_changes_than_it_claims_to_pay_for_fails_its_check():
    from planner.verify.certify import certify

    running = today(problem(offers=SELLERS))
    found = again(problem(offers=[SELLERS[0], offer("dear", 9.0, provider="other")]), running)
    plan, asked = found.chosen.answer.plan, found.problem
    tight = changed(asked, limits=changed(asked.limits, max_changes=1))
    failed = {c.name for c in certify(plan, tight, catalog()).checks if not c.passed}
    assert "changes" in failed


def test_months_and_seasons_count_moving_once():
    seasons = {"horizon": {"months": 6, "seasons": [{"name": "low", "months": 4, "demand": {"*": 0.5}}, {"name": "high", "months": 2}]}}
    running = today(problem(offers=SELLERS, **seasons))
    found = again(problem(offers=[SELLERS[0], offer("dear", 8.0, provider="other")], **seasons), running)
    # One machine for four months, two for two. Work for two changes, two replicas started, over 6 months.
    assert total(found.chosen) == pytest.approx((4 * 1 + 2 * 2) / 6 * 8 * MONTH + (2 * 4 * 94 + 2 * 8) / 6)


def test_the_command_says_what_to_do_and_writes_a_plan_that_can_be_checked(run, tmp_path):
    before, after, plan, new = (tmp_path / name for name in ("b.json", "a.json", "plan.json", "new.json"))
    before.write_text(json.dumps(problem(offers=SELLERS)))
    after.write_text(json.dumps(problem(offers=[SELLERS[0], offer("dear", 9.0, provider="other")])))
    run("solve", before, "-o", plan)
    done = run("replan", after, "--from", plan, "-o", new)
    assert done.code == 0 and "start 2 × chat" in done.out and "stop 2 × chat" in done.out
    assert all(len(line) <= 80 for line in done.out.split("\n"))
    assert run("verify", new).code == 0
    answer = json.loads(run("replan", after, "--from", plan, "--max-changes", "1", "--json").out)
    assert answer["max_changes"] == 1 and answer["changes"] == 0 and answer["saved_usd_per_month"]["sign"] == "same"
    spoilt = json.loads(plan.read_text())
    spoilt["cost"]["total_usd_per_month"] = 1.0
    plan.write_text(json.dumps(spoilt))
    assert run("replan", after, "--from", plan).code == 7
    assert run("replan", after).code == 2


def test_a_wrong_number_of_periods_is_refused(run, tmp_path):
    file = tmp_path / "p.json"
    row = {"service": "chat", "variant": "bf16", "accelerator": "H100", "max_num_seqs": 256, "pool": "own:one@here", "replicas": [2, 2, 2]}
    file.write_text(json.dumps(problem(existing={"deployments": [row]})))
    assert "3 numbers; the problem has 1 periods" in run("solve", file).err


@pytest.mark.parametrize("seed", range(6))
def test_the_best_move_is_what_going_through_all_plans_finds(seed):
    chance = random.Random(seed)
    prices = [chance.choice([8.0, 9.0, 10.0, 11.0]) for _ in range(3)]
    standing = [chance.randrange(4) for _ in range(3)]
    hours, double = chance.choice([0.0, 4.0]), chance.choice([0.0, 50.0, 300.0])
    need, cap = chance.randrange(1, 6), chance.choice([0, 1, 2, 3])
    names = ["one", "two", "three"]
    offers = [offer(name, usd, provider=f"p{n}") for n, (name, usd) in enumerate(zip(names, prices))]
    rows = [
        {"service": "chat", "variant": "bf16", "accelerator": "H100", "engine": "unstated", "max_num_seqs": 256, "pool": f"p{n}:{names[n]}@here", "replicas": [count]}
        for n, count in enumerate(standing) if count
    ]  # fmt: skip
    stated = {"deployments": rows, "migration": {"hours_per_change": hours, "usd_per_hour": 100.0, "double_running_hours": double}}
    answer = bench(problem([service(rate=2.0 * need)], offers, existing=stated, limits={"max_changes": cap})).base()

    def worth(counts):
        moved = sum(n != now for n, now in zip(counts, standing))
        started = sum(max(0, n - now) * double * usd for n, now, usd in zip(counts, standing, prices))
        return sum(n * usd for n, usd in zip(counts, prices)) * MONTH + (moved * hours * 100.0 + started) / 12

    allowed = [c for c in product(range(9), repeat=3) if sum(c) >= need and sum(n != now for n, now in zip(c, standing)) <= cap]
    if allowed:
        assert answer.plan.cost[TOTAL] == pytest.approx(min(map(worth, allowed)), rel=1e-9)
    else:
        assert isinstance(answer, Infeasible)


def test_a_plan_of_another_problem_is_refused():
    running = today(problem([service("search")]))
    with pytest.raises(UsageError, match="runs search, of which this problem has none"):
        again(problem([service("chat")]), running)
    # One service more, or one less, is the same fleet.
    assert again(problem([service("chat"), service("search")]), running).moved
