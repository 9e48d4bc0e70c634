"""Losses as a plan meets them: what is on a lost replica starts anew or is lost, and what must be survived is."""

import gzip
import json
from pathlib import Path

import numpy as np
import pytest

from planner.cli.main import main
from planner.replay.fault_table import recovery
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


#: Four times as fast as it came, for half an hour's requests in 450 s.
FAST = ("--trace", ROOT / "problems/workloads/azure2023-conversation.csv.gz", "--scale", "4")


def test_what_the_plan_promises_to_survive_is_survived(run, spot_plan):
    done = run("simulate", spot_plan, *FAST, "--faults", "spot_pool,instance", "--json")
    found = json.loads(done.out)["faults"]
    pools = [one for one in found if one["kind"] == "spot_pool"]
    assert done.code == 0 and pools and all(one["survives"] for one in pools)
    assert all(one["retried"] > 0 and one["lost"] == 0 for one in pools)
    # The plan undertakes to serve 60 % then, and turns the rest away to keep them in time.
    assert all(0.35 < one["turned_away"] < 0.45 and one["during"] + one["turned_away"] > 0.97 for one in pools)
    assert {one["survives"] for one in found if one["kind"] == "instance"} == {None}


def test_the_table_is_shown_to_people_too(run, spot_plan):
    done = run("simulate", spot_plan, *FAST, "--faults", "burst")
    assert done.code == 0 and "burst" in done.out and "Back:" in done.out


def test_a_zone_is_lost_with_all_that_stands_in_it_and_survived_where_the_plan_spreads(run, tmp_path):
    def own(zone, price):
        return {
            "provider": "acme", "region": "north", "instance_type": f"box-{zone}", "accelerator": "L40S", "accelerators_per_instance": 1,
            "on_demand_usd_per_hour": price, "zone": zone,
        }  # fmt: skip

    content = {
        "schema_version": 1, "catalog": "2026-11", "commitments": {"offered": False},
        "offers": {"catalog": False, "own": [own("a", 1.0), own("b", 1.1)]},
        "services": [{
            "name": "chat", "model": "Llama-3.1-8B", "batch_limits": [32],
            "workload": {"rate_per_s": 4, "classes": [{"input_tokens": 900, "output_tokens": 180, "share": 1}]},
            "slo": {"ttft_ms": {"p95": 900}}, "allow": {"variants": ["fp8"], "tp": [1]},
            "availability": {"survives_loss": {"fraction": 0.9, "of": ["zone"]}},
        }],
    }  # fmt: skip
    (tmp_path / "zones.json").write_text(json.dumps(content))
    path = tmp_path / "plan.json"
    assert main(["solve", str(tmp_path / "zones.json"), "-o", str(path)]) == 0
    done = run("simulate", path, "--faults", "zone", "--json")
    rows = json.loads(done.out)["faults"]
    assert done.code == 0 and [one["fault"] for one in rows] == ["zone acme:north/a", "zone acme:north/b"]
    # A tenth may be turned away after the loss, and of the rest 95 % are to be in time.
    assert all(one["survives"] and one["during"] >= 0.9 * 0.95 and one["turned_away"] <= 0.11 for one in rows)
    # The same plan with nothing outside zone a loses everybody with it.
    plan = json.loads(path.read_text())
    for one in plan["services"][0]["deployments"]:
        if one["pool"].endswith("/b"):
            one["replicas"] = [0]
    path.write_text(json.dumps(plan))
    done = run("simulate", path, "--faults", "zone", "--json")
    (lost,) = json.loads(done.out)["faults"]
    assert done.code == 7 and lost["survives"] is False and lost["during"] == 0.0 and lost["turned_away"] == 1.0


def test_spot_is_reclaimed_when_asked(run, spot_plan):
    found = json.loads(run("simulate", spot_plan, *FAST, "--kill-spot", "200", "--json").out)
    assert found["services"][0]["retried"] > 0
    # Spot that was away is not paid for.
    assert found["incurred"]["incurred_usd"] < found["incurred"]["planned_usd"]
    lost = json.loads(run("simulate", spot_plan, *FAST, "--kill-spot", "200", "--lose", "--json").out)
    assert lost["services"][0]["endings"]["lost"] > 0
    # A run that is over by then loses nothing, and says so.
    late = json.loads(run("simulate", spot_plan, *FAST, "--kill-spot", "99999", "--json").out)
    assert late["services"][0]["retried"] == 0 and "before second 99999" in late["notes"][0]


@pytest.mark.parametrize("form", ["rows", "packed", "runs"])
def test_spot_comes_and_goes_with_a_recorded_availability(run, spot_plan, tmp_path, form):
    # Away from 100 to 200 and from 200 to 300 s: one loss of 200 s of every pool; in another file as one series of two, zipped; and as
    # run lengths of probes every 100 s.
    rows = ("0,100,1", "100,100,0", "200,100,0", "300,9000,1")
    trace = tmp_path / "spot.csv"
    trace.write_text("start_seconds,duration_seconds,available\n" + "\n".join(rows) + "\n")
    if form == "runs":
        trace.write_text("trace_id,gap_seconds,rle_available_x_run\nzone-b,100,1x91\nzone-a,100,1x1 0x2 4x90\n")
        trace = f"{trace}#zone-a"
    if form == "packed":
        text = "series,start_seconds,duration_seconds,value\nzone-b,0,9000,1\n" + "".join(f"zone-a,{row}\n" for row in rows)
        (tmp_path / "spot.csv.gz").write_bytes(gzip.compress(text.encode()))
        assert "2 of the 2 series" in run("simulate", spot_plan, "--spot-trace", f"{trace}.gz").err
        trace = f"{trace}.gz#zone-a"
    found = json.loads(run("simulate", spot_plan, *FAST, "--spot-trace", trace, "--json").out)
    calm = json.loads(run("simulate", spot_plan, *FAST, "--json").out)
    assert found["services"][0]["retried"] > 0
    assert found["incurred"]["incurred_usd"] < calm["incurred"]["incurred_usd"]


@pytest.mark.parametrize(
    "worse, over, expected",
    [
        ("0000000000", 3, (0.0, False)),
        # Worse in the third minute of a fault of four, and again in the second after it; then five good ones.
        ("0010010000000", 4, (360.0, False)),
        # A minute that misses by chance after five good ones is no part of it.
        ("0010000000100", 4, (180.0, False)),
        ("0011111111", 4, (600.0, True)),
        # The run ends with the fault: nobody knows.
        ("0011", 4, (240.0, False)),
    ],
)
def test_a_fault_is_over_when_five_minutes_in_a_row_are_as_good_as_without_it(worse, over, expected):
    assert recovery(np.array([sign == "1" for sign in worse]), over) == expected


@pytest.fixture(scope="module")
def day_plan(tmp_path_factory):
    """Two services on machines of four accelerators; six hours of the day ask for much more, and chat stands on two instances."""
    folder = tmp_path_factory.mktemp("day")
    own = {"provider": "own", "region": "here", "instance_type": "four", "accelerator": "L4", "accelerators_per_instance": 4, "on_demand_usd_per_hour": 4.0}
    load = {"rate_per_s": [0.2, 0.2, 4, 0.2], "classes": [{"share": 1, "input_tokens": 500, "output_tokens": 200}], "dispersion_10s": 1}
    service = {"model": "Llama-3.1-8B", "workload": load, "slo": {"ttft_ms": {"p95": 2000}}, "batch_limits": [32]}
    (folder / "problem.json").write_text(json.dumps({
        "schema_version": 1, "name": "day", "catalog": "2026-11", "periods": {"kind": "day", "per_day": 4},
        "services": [{"name": "chat", **service, "availability": {"min_instances": 2}}, {"name": "mail", **service}],
        "offers": {"only": [], "own": [own]}, "commitments": {"offered": False},
    }))  # fmt: skip
    assert main(["solve", str(folder / "problem.json"), "-o", str(folder / "plan.json")]) in (0, None)
    return folder / "plan.json"


def test_one_instance_takes_along_what_the_plan_places_on_it(run, day_plan):
    rows = {one["service"]: one for one in json.loads(run("simulate", day_plan, "--faults", "instance", "--json").out)["faults"]}
    # Chat stands on two instances, so some of it is left; in the period in which most is asked for.
    assert rows["chat"]["turned_away"] == 0.0 and rows["chat"]["retried"] > 0
    assert {one["period"] for one in rows.values()} == {json.loads(day_plan.read_text())["periods"][2]["name"]}


def test_replicas_that_come_late_are_looked_at_where_most_are_added(run, day_plan):
    plan = json.loads(day_plan.read_text())
    added = {s["name"]: sum(d["replicas"][2] - d["replicas"][1] for d in s["deployments"]) for s in plan["services"]}
    found = json.loads(run("simulate", day_plan, "--faults", "slow_start", "--json").out)["faults"]
    assert {one["service"]: int(one["fault"].split()[2]) for one in found} == {name: count for name, count in added.items() if count}
    # Three times six minutes, ten minutes after the run began.
    assert {(one["start_s"], round(one["end_s"], 6)) for one in found} == {(600.0, 600.0 + 1080.0)}


@pytest.mark.parametrize("text, told", [("a,b\n", "start_seconds"), ("start_seconds,duration_seconds,available\n0,5,2\n", "0 or 1"), ("trace_id,gap_seconds,rle_available_x_run\na,5,0x3 1y2\n", "1y2")])
def test_a_recorded_availability_that_cannot_be_meant_is_refused(run, spot_plan, tmp_path, text, told):
    (tmp_path / "bad.csv").write_text(text)
    done = run("simulate", spot_plan, "--spot-trace", tmp_path / "bad.csv")
    assert done.code == 3 and told in done.err and "bad.csv" in done.err


@pytest.mark.parametrize("kinds", ["earthquake", "zone,flood"])
def test_an_unknown_fault_is_refused(run, spot_plan, kinds):
    done = run("simulate", spot_plan, "--faults", kinds)
    assert done.code == 2 and "no fault" in done.err
