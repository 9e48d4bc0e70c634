"""Solving with a simulation: evidence replaces the queueing rule, held-back requests decide, and what misses is said."""

import json
from pathlib import Path

import pytest

from planner.cli.main import main

ROOT = Path(__file__).resolve().parents[2]


def problem(folder, *, ttft_ms, tpot_ms=100, burst=3, rate=4.0, trace=None):
    content = {
        "schema_version": 1, "catalog": "2026-11", "commitments": {"offered": False},
        "services": [{
            "name": "chat", "model": "Llama-3.1-8B",
            "workload": {"trace": trace} if trace else {
                "rate_per_s": rate, "classes": [{"input_tokens": 1000, "output_tokens": 200, "share": 1}], "dispersion_10s": burst,
            },
            "slo": {"ttft_ms": {"p95": ttft_ms}, "tpot_ms": {"p95": tpot_ms}},
            "allow": {"regions": ["aws:us-east-1"], "accelerators": ["L40S", "RTXPRO6000"], "variants": ["fp8"], "tp": [1]},
            "batch_limits": [32],
        }],
    }  # fmt: skip
    path = folder / "problem.json"
    path.write_text(json.dumps(content))
    return path


@pytest.fixture(autouse=True, scope="module")
def small(tmp_path_factory):
    """Tables of one run are not found by another, and are made from fewer requests; machine code is kept, it takes long to make."""
    import planner.replay.shares as shares
    import planner.replay.sources as sources

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shares, "cache_folder", lambda: tmp_path_factory.mktemp("tables"))
        patch.setattr(sources, "PROBE_REQUESTS", 4_000)
        patch.setattr(sources, "PROBE_S", 300.0)
        yield


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """(exit code, plan file) of one service solved with a simulation."""
    folder = tmp_path_factory.mktemp("simulated")
    return main(["solve", str(problem(folder, ttft_ms=800)), "--simulate", "-o", str(folder / "plan.json")]), folder / "plan.json"


def test_a_simulated_plan_keeps_its_limits_and_costs_no_more_than_the_rule_that_kept_them_too(made):
    code, path = made
    plan = json.loads(path.read_text())
    assert code == 0 and plan["simulated"] and plan["checked"] and plan["proven"]
    assert all(one["lower_bound"] >= one["percentile"] / 100 for one in plan["simulation"]["limits"])
    rule, = (one for one in plan["simulation"]["rounds"] if one["first"])
    last = plan["simulation"]["rounds"][-1]
    assert last["usd_per_month"] == plan["cost"]["total_usd_per_month"]
    assert rule["missed"] or last["usd_per_month"] <= rule["usd_per_month"]
    # What was found stands in the problem that the plan carries, so that the check recomputes with it.
    simulated = any(d["share_basis"] == "simulated" for d in plan["services"][0]["deployments"])
    assert simulated == bool(plan["inputs"]["problem"]["services"][0]["safe_shares"])


def test_a_plan_made_so_passes_verify_and_simulate(run, made):
    assert run("verify", made[1]).code == 0
    assert run("simulate", made[1]).code == 0
    # Nor do other draws than those it was picked and scored on turn it over.
    assert run("simulate", made[1], "--seeds", "2").code == 0


def test_bursts_that_only_the_part_planned_with_shows_refute_plans_too(tmp_path):
    from planner.catalog import load_catalog
    from planner.problem.load import load_problem
    from planner.replay.search import Asked, begun
    from planner.solve import solve

    # Sixty requests at once every minute for ten minutes; then one a second, which is as many, for six and a half.
    rows = [*(60 * minute for minute in range(10) for _ in range(60)), *range(600, 1001)]
    (tmp_path / "trace.csv").write_text("t_seconds,input_tokens,output_tokens\n" + "".join(f"{t},1000,200\n" for t in rows))
    loaded = load_problem(problem(tmp_path, ttft_ms=800, trace="trace.csv"))
    search = begun(loaded, load_catalog("2026-11"), Asked(seeds=1))
    plan = solve(search.problem, search.catalog).plan
    # Found one after the other, it is refuted by the first that misses; here all are asked.
    search.trials.enough = None
    picked = {cell.stretch: all(limit.met for limit in cell.limits) for cell in search.trials.of(search.case(plan))}
    assert picked == {"the part picked on": True, "the part planned with": False, "drawn arrivals": False}
    assert [cell.stretch for cell in search.scored(plan)] == ["the untouched part"]


def test_text_says_what_was_simulated_and_what_the_way_cost(made):
    from planner.plan.read import read_plan
    from planner.report.simulated import simulated_lines

    said = "\n".join(line.plain for line in simulated_lines(read_plan(made[1])))
    assert "Simulated: every limit is kept" in said and "queueing rule" in said


@pytest.fixture
def scored(run, tmp_path):
    """(exit code, plan, text) of 1,000 s of one request a second whose last 200 s are others."""

    def command(*last):
        rows = "".join(f"{t},1000,200\n" for t in [*range(800), *last])
        (tmp_path / "trace.csv").write_text("t_seconds,input_tokens,output_tokens\n" + rows)
        file = tmp_path / "plan.json"
        done = run("solve", problem(tmp_path, ttft_ms=800, trace="trace.csv"), "--simulate", "-o", file)
        return done.code, json.loads(file.read_text()), " ".join(done.out.split())

    return command


def test_the_last_part_of_a_trace_scores_the_plan_and_has_no_say_in_it(scored):
    code, calm, said = scored(*range(801, 1001))
    # Twenty times the requests in the last 200 s of 1,000.
    code_late, busy, said_late = scored(*(801 + k / 20 for k in range(4000)))
    assert code == 0 and calm["simulated"] and "the untouched last 20 %" in said and "scored once" in said
    assert code_late == 7 and not busy["simulated"] and busy["simulation"]["held_where_picked"] and "the plan does not hold" in said_late
    assert any(one["attainment"] < one["percentile"] / 100 for one in busy["simulation"]["limits"])
    # All that was chosen is the same: nothing was mended on what the score is taken from.
    for part in ("cost", "services", "pools"):
        assert calm[part] == busy[part]
    assert calm["simulation"]["rounds"] == busy["simulation"]["rounds"]


def test_an_untouched_part_of_few_requests_is_kept_but_not_surely(scored):
    # Ten requests, all in time: 0.95 ** 10 = 0.60, so no p95 is sure; they are not mixed with what the plan was picked on.
    code, plan, said = scored(*range(910, 1001, 10))
    assert code == 7 and not plan["simulated"] and "the limits were kept, but not surely" in said
    assert all(one["attainment"] == 1.0 and one["requests"] <= 10 for one in plan["simulation"]["limits"])


@pytest.mark.parametrize(
    "rows, load, told",
    [
        # One of two requests to plan with would be none.
        ([(5, 1000, 200), (6, 1000, 200)], {}, "too short to be cut in three"),
        # A service without demand is promised nothing.
        ([(t, 1000, 200) for t in range(1000)], {"scale": 0}, "not measured, nobody asked"),
    ],
)
def test_what_nothing_is_left_to_score_is_not_measured_and_not_called_kept(run, tmp_path, monkeypatch, rows, load, told):
    monkeypatch.setattr("planner.replay.trial.DRAWN_REQUESTS", 2_000)
    (tmp_path / "trace.csv").write_text("t_seconds,input_tokens,output_tokens\n" + "".join(f"{t},{a},{b}\n" for t, a, b in rows))
    path = problem(tmp_path, ttft_ms=800, trace="trace.csv")
    content = json.loads(path.read_text())
    content["services"][0]["workload"] |= load
    path.write_text(json.dumps(content))
    done = run("solve", path, "--simulate", "-o", tmp_path / "plan.json")
    plan = json.loads((tmp_path / "plan.json").read_text())
    assert done.code == 7 and not plan["simulated"] and told in " ".join(done.out.split())
    assert {(one["attainment"], one["requests"]) for one in plan["simulation"]["limits"]} == {(None, 0)}
    assert run("verify", tmp_path / "plan.json").code == 0


def test_a_plan_that_calls_itself_simulated_is_refuted_by_its_check_where_its_limits_say_otherwise(run, made, tmp_path):
    content = json.loads(made[1].read_text())
    forged = tmp_path / "forged.json"
    for change in ({"attainment": None, "lower_bound": None, "requests": 0}, {"lower_bound": 0.5}):
        limits = [content["simulation"]["limits"][0] | change, *content["simulation"]["limits"][1:]]
        forged.write_text(json.dumps(content | {"simulation": content["simulation"] | {"limits": limits}}))
        done = run("verify", forged)
        assert done.code == 7 and "simulated" in done.out + done.err
    forged.write_text(json.dumps(content | {"simulation": content["simulation"] | {"held_where_picked": False}}))
    assert run("verify", forged).code == 7


def test_a_tail_that_cannot_be_proven_on_few_requests_ends_with_exit_code_7(run, tmp_path):
    # 60 requests, 12 of them for the score: no p95 is sure on them even if all are in time.
    rows = "".join(f"{10 * k},1000,200\n" for k in range(60))
    (tmp_path / "few.csv").write_text("t_seconds,input_tokens,output_tokens\n" + rows)
    done = run("solve", problem(tmp_path, ttft_ms=800, trace="few.csv"), "--simulate", "--json")
    plan = json.loads(done.out)
    assert done.code == 7 and not plan["simulated"]
    assert plan["simulation"]["rounds"][-1]["missed"]


def test_tables_are_found_once_and_then_read(tmp_path, monkeypatch):
    import planner.replay.shares as shares
    from planner.replay.sources import Drawn
    from planner.simulate.tally import Limit
    from tests.simulate.cases import times

    source = Drawn(((10.0, 10.0),), (1.0,), 1.0, 0)
    ask = times(), (0.02,), (Limit("ttft", 95.0, 500.0),), source, 2, tmp_path
    first = shares.share_table(*ask)
    assert [count for count, _ in first] == [1, 2] and 0.0 < first[0][1] <= first[1][1]
    monkeypatch.setattr(shares, "_holds", lambda *_: pytest.fail("simulated again"))
    assert shares.share_table(*ask) == first
    other = (times(step=0.02), *ask[1:])
    with pytest.raises(pytest.fail.Exception):
        shares.share_table(*other)


def test_held_back_requests_are_not_planned_with(tmp_path):
    from planner.problem.load import load_problem
    from planner.replay.held_back import split

    # One request a second for 60 s, then ten a second for 40 s: a plan from the first 60 % knows of one a second.
    times = [*range(60), *(60 + k / 10 for k in range(401))]
    (tmp_path / "trace.csv").write_text("t_seconds,input_tokens,output_tokens\n" + "".join(f"{t},100,10\n" for t in times))
    parts = split(load_problem(problem(tmp_path, ttft_ms=800, trace="trace.csv")), 0.4)
    assert parts.problem.services[0].workload.rate_per_s[0] == pytest.approx(1.0, rel=0.02)
    own = [part["chat"] for part in (parts.planning, parts.picking, parts.scoring)]
    assert sum(part.requests for part in own) == len(times)
    # 60 s to plan with, the next 20 to pick on, the last 20 for the score alone.
    assert own[0].t_seconds[-1] <= 60.0 < own[1].t_seconds[0] and own[1].t_seconds[-1] <= 80.0 < own[2].t_seconds[0]
