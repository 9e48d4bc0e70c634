"""What is left out is said once, and nothing of it is lost."""

from fnmatch import fnmatchcase

from own_pools import offer, service

from planner.candidates.candidate import Choices
from planner.candidates.excluded import LeftOut, by_place, left_out
from planner.candidates.report import check_report

POOLS = ("p:a@far", "p:b@far", "p:a@near", "p:b@near", "p:c@lone")


def choice(name, excluded):
    return Choices(service=name, class_names=(), candidates=(), rejections=(), excluded_pools=excluded)


def test_a_place_whose_every_pool_is_out_for_one_reason_is_one_pattern():
    barred = {"p:a@far": "far", "p:b@far": "far", "p:a@near": "small", "p:c@lone": "far"}
    assert by_place(barred, POOLS) == {"p:*@far": "far", "p:a@near": "small", "p:c@lone": "far"}


def test_two_reasons_in_a_place_are_no_pattern():
    barred = {"p:a@far": "far", "p:b@far": "far and small"}
    assert by_place(barred, POOLS) == barred


def test_a_pattern_stands_for_exactly_its_pools_also_where_zones_have_pools():
    pools = ("p:a@far", "p:b@far", "p:a@far/z1", "p:b@far/z1")
    barred = {pool: "far" for pool in pools}
    found = by_place(barred, pools)
    matched = {pool for pattern in found for pool in pools if fnmatchcase(pool, pattern)}
    assert set(found) == {"p:*@far", "p:*@far/z1"} and matched == set(barred)


def test_each_reason_is_said_once_with_what_and_whom_it_is_about():
    choices = [choice("one", {"p:*@far": "far", "p:a@near": "small"}), choice("two", {"p:*@far": "far"})]
    assert left_out({"x": "no price", "y": "no price"}, choices) == (
        LeftOut("no price", ("x", "y")),
        LeftOut("far", ("p:*@far",)),
        LeftOut("small", ("p:a@near",), ("one",)),
    )


def test_check_says_once_what_every_service_may_not_use(make):
    places = {"allow": {"regions": ["here"]}}
    offers = [offer(), offer("a", region="there"), offer("b", region="there")]
    made = make(service("one", **places), service("two", **places), offers=offers)
    (said,) = check_report(made.choices())["excluded_pools"]
    assert (said["pools"], said["services"]) == (["p:*@there"], [])


def test_what_dominates_is_said_once_for_all_that_it_replaces(make):
    made = make(service(batch_limits=[1, 2, 4, 8, 16]), offers=[offer()])
    (entry,) = check_report(made.choices(prune=True))["services"]
    replaced = [what for one in entry["dominated"] for what in one["what"]]
    assert len(replaced) == len(set(replaced)) == entry["candidates"] - entry["kept"] > 0
    assert len({(one["by"], one["why"]) for one in entry["dominated"]}) == len(entry["dominated"])
