"""Losses as a plan meets them: what is on a lost replica starts anew or is lost, and what must be survived is."""

import json
from pathlib import Path

import numpy as np
import pytest

from planner.cli.main import main
from planner.simulate.arrivals import doubled
from planner.simulate.fleet import Outage, Reroute
from planner.simulate.kernel.world import FINISHED, LOST, PS_PER_S
from planner.simulate.service import Rules
from tests.simulate.cases import fleet, group, requests, run as play, times

ROOT = Path(__file__).resolve().parents[2]


def test_requests_on_a_lost_replica_start_anew_elsewhere():
    # One request each on two replicas; one replica goes after 0.1 s, when neither is done (50 tokens take 0.5 s).
    rows, _, tally = play(fleet(group(times(), (2,))), requests([0.0, 0.0], 10, 50), outages=[Outage(0, 0.1)])
    assert (rows["status"] == FINISHED).all() and sorted(rows["retries"].tolist()) == [0, 1]
    assert tally.retried == 1


def test_without_another_try_they_are_lost():
    rows, _, _ = play(fleet(group(times(), (2,))), requests([0.0, 0.0], 10, 50), outages=[Outage(0, 0.1)], rules=Rules(retry=False))
    assert sorted(rows["status"].tolist()) == [FINISHED, LOST]


def test_a_retried_request_counts_from_its_first_arrival():
    rows, _, _ = play(fleet(group(times(), (2,))), requests([0.0, 0.0], 10, 5), outages=[Outage(0, 0.02)])
    late, = rows[rows["retries"] > 0]
    assert late["first"] - late["arrived"] > 0.02 * PS_PER_S and late["made"] == 5


def test_a_replica_that_comes_back_is_used_again():
    place = fleet(group(times(), (1,)))
    rows, _, _ = play(place, requests([0.0, 1.0, 3.0], 10, 5), outages=[Outage(0, 0.5, 2.0)])
    assert [one == FINISHED for one in rows["status"]] == [True, False, True]


def test_routing_after_a_loss_holds_while_it_lasts():
    # All to group a; from second 10 to 20 all to b.
    place = fleet(group(times(), (1,)), group(times(), (1,), rates=((0.0,),), name="b"))
    place = place.__class__(**{**vars(place), "reroutes": (Reroute(10.0, 20.0, (((0.0,),), ((1.0,),))),)})
    rows, _, _ = play(place, requests([1.0, 11.0, 19.0, 21.0], 10, 5))
    assert rows["replica"].tolist() == [0, 1, 1, 0]


def test_a_burst_doubles_the_requests_of_its_time():
    chunk = requests(np.arange(100.0), 10, 5)
    both = np.concatenate([c.at_ps for c in doubled([chunk], 20.0, 40.0, 0)]) / PS_PER_S
    assert len(both) == 120 and ((both >= 20) & (both < 41)).sum() == 41
    assert (np.diff(both) >= 0).all()


@pytest.fixture(scope="module")
def spot_plan(tmp_path_factory):
    path = tmp_path_factory.mktemp("spot") / "plan.json"
    assert main(["solve", str(ROOT / "problems/10-spot.json"), "-o", str(path)]) == 0
    return path


def test_what_the_plan_promises_to_survive_is_survived(run, spot_plan):
    done = run("simulate", spot_plan, "--faults", "spot_pool,instance", "--json")
    found = json.loads(done.out)["faults"]
    pools = [one for one in found if one["kind"] == "spot_pool"]
    assert done.code == 0 and pools and all(one["survives"] for one in pools)
    assert all(one["retried"] > 0 and one["lost"] == 0 for one in pools)
    assert {one["survives"] for one in found if one["kind"] == "instance"} == {None}


def test_the_table_is_shown_to_people_too(run, spot_plan):
    done = run("simulate", spot_plan, "--faults", "burst")
    assert done.code == 0 and "burst" in done.out and "Recovered" in done.out


def test_spot_is_reclaimed_when_asked(run, spot_plan):
    found = json.loads(run("simulate", spot_plan, "--kill-spot", "600", "--json").out)
    assert found["services"][0]["retried"] > 0
    lost = json.loads(run("simulate", spot_plan, "--kill-spot", "600", "--lose", "--json").out)
    assert lost["services"][0]["endings"]["lost"] > 0


def test_spot_comes_and_goes_with_a_recorded_availability(run, spot_plan, tmp_path):
    # Away from 600 to 900 and from 900 to 1,000 s: one loss of 400 s of every pool.
    trace = tmp_path / "spot.csv"
    trace.write_text("start_seconds,duration_seconds,available\n0,600,1\n600,300,0\n900,100,0\n1000,9000,1\n")
    found = json.loads(run("simulate", spot_plan, "--spot-trace", trace, "--json").out)
    calm = json.loads(run("simulate", spot_plan, "--json").out)
    assert found["services"][0]["retried"] > 0
    assert found["incurred"]["incurred_usd"] < calm["incurred"]["incurred_usd"]


@pytest.mark.parametrize("text, told", [("a,b\n", "start_seconds"), ("start_seconds,duration_seconds,available\n0,5,2\n", "0 or 1")])
def test_a_recorded_availability_that_cannot_be_meant_is_refused(run, spot_plan, tmp_path, text, told):
    (tmp_path / "bad.csv").write_text(text)
    done = run("simulate", spot_plan, "--spot-trace", tmp_path / "bad.csv")
    assert done.code == 3 and told in done.err and "bad.csv" in done.err


@pytest.mark.parametrize("kinds", ["earthquake", "zone,flood"])
def test_an_unknown_fault_is_refused(run, spot_plan, kinds):
    done = run("simulate", spot_plan, "--faults", kinds)
    assert done.code == 2 and "no fault" in done.err
