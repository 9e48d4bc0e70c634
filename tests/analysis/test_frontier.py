"""The frontier is that of enumerating every plan where the objectives take steps, and boxes hold what is left elsewhere."""

import json
from dataclasses import replace
from itertools import product

import pytest

from planner.analysis.frontier import frontier
from planner.errors import UsageError
from planner.report.frontier import frontier_content
from planner.solve import Solved
from tests.analysis.small import MONTH, bench, offer, problem, service


def traded(*, routed: bool):
    """Four replicas among dirty machines for 10 USD/h at 400 g/kWh and owned ones that draw a tenth of the carbon.

    With ``routed`` a busy accelerator draws more than an idle one, so that emissions depend on the routing.
    """
    power = {"tdp_w": 700.0, "idle_w": 0.8 * 700.0 if not routed else 100.0}
    chip = {"name": "chip", "vendor": "own", **power}
    one = {**service(rate=7.0), "profiles": [{"accelerator": "chip", "throughput_rps": [2.0]}]}
    offers = [{**offer("dirty", 10.0, provider="aws", region="us-east-1"), "accelerator": "chip"},
              {**offer("clean", 16.0, provider="aws", region="eu-north-1"), "accelerator": "chip"}]  # fmt: skip
    return problem([one], None) | {"offers": {"catalog": False, "own": offers, "accelerators": [chip]}}


def test_the_frontier_is_that_of_enumerating_every_plan():
    on = bench(traded(routed=False))
    found = frontier(on, "carbon")
    assert found.exact
    # Four replicas, n of them clean: cost 40 + 6 n; emissions fall with n. All five are worth having.
    assert [p.cost for p in found.points] == pytest.approx([(40 + 6 * n) * MONTH for n in range(5)])
    each = {kind: next(p.plan.carbon_kg_per_month / 4 for p in found.points if p.cost == pytest.approx(4 * usd * MONTH)) for kind, usd in (("dirty", 10), ("clean", 16))}
    every = {((10 * d + 16 * c) * MONTH, each["dirty"] * d + each["clean"] * c) for d, c in product(range(6), repeat=2) if d + c >= 4}
    best = sorted(p for p in every if not any(q != p and q[0] <= p[0] + 1e-6 and q[1] <= p[1] + 1e-6 for q in every))
    assert [(p.cost, p.value) for p in found.points] == pytest.approx([pytest.approx(p) for p in best])


def test_points_on_a_line_are_all_supported():
    found = frontier(bench(traded(routed=False)), "carbon")
    assert found.points[0].supported and found.points[-1].supported and not any(p.knee for p in found.points)


def test_where_routing_matters_boxes_hold_what_may_be_left():
    found = frontier(bench(traded(routed=True)), "carbon", step=0.1)
    assert not found.exact and len(found.points) >= 3
    costs, values = [p.cost for p in found.points], [p.value for p in found.points]
    assert costs == sorted(costs) and values == sorted(values, reverse=True)
    span = values[0] - values[-1]
    assert not found.ended and all(box.low is None or box.high - box.low <= 0.1 * span + 1e-9 for box in found.boxes)


def test_no_point_beats_another():
    found = frontier(bench(traded(routed=True)), "carbon", step=0.2)
    for a, b in product(found.points, repeat=2):
        assert a is b or a.cost > b.cost or a.value > b.value


def test_spot_risk_is_the_share_on_spot():
    document = problem([service(rate=7.0, spot={"allowed": True})], [offer("one", 10.0, spot_usd_per_hour=4.0, spot_availability=1.0, spot_interruptions_per_month=0.0)])
    found = frontier(bench(document), "spot", step=0.1)
    # All four on spot cost 16, none 40; in between whole replicas change sides.
    assert found.points[0].cost == pytest.approx(16 * MONTH) and found.points[0].value == pytest.approx(1.0)
    assert found.points[-1].cost == pytest.approx(40 * MONTH) or found.points[-1].value <= 0.1


def undominated(plans):
    """Of (cost, value), lower being better in both, those that no other one beats."""
    return sorted({(c, v) for c, v in plans if not any((a, b) != (c, v) and a <= c + 1e-6 and b <= v + 1e-12 for a, b in plans)})


def held_against(found, best, sign=1.0):
    """Every point found is one of enumeration, the ends and the corners of its hull are all found, and what is missing lies in a box."""
    points = [(p.cost, sign * p.value) for p in found.points]
    for cost, value in points:
        assert any(c == pytest.approx(cost) and v == pytest.approx(value, rel=1e-5, abs=1e-6) for c, v in best), (cost, value)
    for corner in (best[0], best[-1], *corners(best)):
        assert any((c, v) == (pytest.approx(corner[0]), pytest.approx(corner[1], rel=1e-5, abs=1e-6)) for c, v in points), corner
    boxes = [sorted((sign * box.low, sign * box.high)) for box in found.boxes if box.low is not None]
    span = points[0][1] - points[-1][1]
    assert all(high - low <= found.step * span + 1e-9 for low, high in boxes)
    for cost, value in best:
        there = any(c == pytest.approx(cost) and v == pytest.approx(value, rel=1e-5, abs=1e-6) for c, v in points)
        assert there or any(low - 1e-9 <= value <= high + 1e-9 for low, high in boxes), (cost, value)


def corners(points):
    """Those of a staircase that are strictly the cheapest at some price of the value."""
    hull = []
    for c, v in points:
        while len(hull) > 1 and (hull[-1][0] - hull[-2][0]) * (v - hull[-2][1]) - (hull[-1][1] - hull[-2][1]) * (c - hull[-2][0]) <= 1e-9 * abs(c * v):
            hull.pop()
        hull.append((c, v))
    return hull


@pytest.mark.parametrize(("rate", "idle_w", "usd"), [(7.0, 100.0, 16.0), (9.3, 300.0, 13.0), (12.5, 50.0, 11.5)])
def test_cost_against_emissions_that_depend_on_routing_is_that_of_enumerating_every_number_of_machines(rate, idle_w, usd):
    chip = {"name": "chip", "vendor": "own", "tdp_w": 700.0, "idle_w": idle_w}
    places = {"us-east-1": 10.0, "eu-north-1": usd}

    def asked(rps, only=tuple(places)):
        one = {**service(rate=rps), "profiles": [{"accelerator": "chip", "throughput_rps": [2.0]}]}
        own = [{**offer("box", places[place], provider="aws", region=place), "accelerator": "chip"} for place in only]
        return bench(problem([one]) | {"offers": {"catalog": False, "own": own, "accelerators": [chip]}})

    # One machine at 1 and at 2 requests/s tells what a request/s and an idle machine emit.
    kg = {}
    for place in places:
        one, two = (asked(rps, (place,)).base().plan.carbon_kg_per_month for rps in (1.0, 2.0))
        kg[place] = (two - one, 2 * one - two)
    found = frontier(asked(rate), "carbon")
    plans = []
    for dirty, clean in product(range(9), repeat=2):
        if 2 * (dirty + clean) >= rate:
            there = min(2.0 * clean, rate)
            busy = there * kg["eu-north-1"][0] + (rate - there) * kg["us-east-1"][0]
            plans.append(((10 * dirty + usd * clean) * MONTH, busy + clean * kg["eu-north-1"][1] + dirty * kg["us-east-1"][1]))
    held_against(found, undominated(plans))
    assert len(found.points) >= 3 and not found.ended


@pytest.mark.parametrize("rate", [7.0, 9.5, 13.0])
def test_cost_against_spot_is_that_of_enumerating_every_number_of_machines(rate):
    document = problem([service(rate=rate, spot={"allowed": True})], [offer("one", 10.0, spot_usd_per_hour=4.0, spot_availability=1.0, spot_interruptions_per_month=0.0)])
    found = frontier(bench(document), "spot", step=0.02)
    # n firm machines carry 2 n requests/s, spot ones the rest: its share is what firm ones cannot carry.
    plans = [((10 * n + 4 * m) * MONTH, max(0.0, rate - 2 * n) / rate) for n, m in product(range(9), repeat=2) if 2 * (n + m) >= rate]
    held_against(found, undominated(plans))
    assert len(found.points) >= 4


@pytest.mark.parametrize(("rate", "speeds"), [(7.0, (2.0, 3.0)), (11.0, (1.5, 2.5)), (16.0, (1.0, 2.2))])
def test_cost_against_quality_is_that_of_enumerating_every_number_of_machines(rate, speeds):
    variants = dict(zip(("bf16", "fp8"), speeds))
    one = service(rate=rate, quality={"mean": 0.5})
    one["profiles"] = [{"accelerator": "H100", "variant": v, "throughput_rps": [rps]} for v, rps in variants.items()]
    found = frontier(bench(problem([one])), "quality", step=0.02)
    alone = {v: bench(problem([{**one, "profiles": [p]}])).base().plan.services[0].quality_mean for v, p in zip(variants, one["profiles"])}
    assert alone["bf16"] > alone["fp8"]
    # n machines of the better variant serve all they can, the others the rest; the mean counts requests.
    plans = []
    for n, m in product(range(18), repeat=2):
        if n * speeds[0] + m * speeds[1] >= rate:
            better = min(n * speeds[0], rate)
            plans.append((10 * (n + m) * MONTH, -(better * alone["bf16"] + (rate - better) * alone["fp8"]) / rate))
    held_against(found, undominated(plans), sign=-1.0)
    assert len(found.points) >= 2


def test_cost_against_latency_is_that_of_solving_at_every_limit():
    chips = {"fast": (16.0, 90.0), "middle": (12.0, 150.0), "slow": (10.0, 260.0)}
    one = service(rate=7.0, slo={"ttft_ms": {"p95": 400}})
    one["profiles"] = [{"accelerator": chip, "throughput_rps": [2.0], "ttft_ms": [ms]} for chip, (_, ms) in chips.items()]
    document = problem([one], [{**offer(chip, usd), "accelerator": chip} for chip, (usd, _) in chips.items()])
    document["offers"]["accelerators"] = [{"name": chip, "vendor": "own"} for chip in chips]
    found = frontier(bench(document), "latency", step=0.02)
    best = []
    for limit in range(400, 80, -5):
        tight = {**document, "services": [{**one, "slo": {"ttft_ms": {"p95": limit}}}]}
        answer = bench(tight).base()
        if not isinstance(answer, Solved):
            break
        best.append((answer.plan.cost["total_usd_per_month"], limit / 400))
    points = [(p.cost, p.value) for p in found.points]
    for cost, value in undominated(best):
        # The true value lies within 5 ms below what is noted: it was not asked for.
        there = any(c == pytest.approx(cost) and value - 5 / 400 <= v <= value + 1e-4 for c, v in points)
        assert there or any(box.low - 5 / 400 <= value <= box.high + 1e-9 for box in found.boxes), (cost, value)
    assert not found.ended and len(points) >= 4
    # The ends are narrowed further than the step: 5 ms are three times as much.
    for (cost, value), (c, v) in zip((undominated(best)[0], undominated(best)[-1]), (points[0], points[-1])):
        assert c == pytest.approx(cost) and value - 5 / 400 <= v <= value + 1e-4


def test_what_cannot_be_traded_is_refused():
    with pytest.raises(UsageError, match="carbon"):
        frontier(bench(), "carbo")
    with pytest.raises(UsageError, match="latency"):
        frontier(bench(), "latency")


def test_the_command_lists_the_points(run, tmp_path):
    file = tmp_path / "p.json"
    file.write_text(json.dumps(traded(routed=False)))
    done = run("frontier", file)
    assert done.code == 0 and "5 plans" in done.out and "Every such plan is listed." in done.out
    assert len(json.loads(run("frontier", file, "--json").out)["points"]) == 5
    assert run("frontier", file, "--between", "cost,lantency").code == 2
    assert run("frontier", file, "--between", "carbon").code == 2


def test_points_that_are_replaced_by_better_ones_leave_their_neighbours_boxes_whole():
    # Two services, instances of two: many ties in cost, so that points are replaced while boxes are open.
    services = [service("a", rate=9.0, availability={"min_instances": 2}), service("b", rate=1.0)]
    offers = [offer("pair", 14.0, size=2, provider="aws", region="eu-north-1"), offer("pair", 11.0, size=2, provider="aws", region="us-east-1")]
    found = frontier(bench(problem(services, offers)), "carbon", step=0.1)
    # Three pairs: 33 at the cheapest, 42 at the cleanest, and one or two moved in between.
    assert [p.cost for p in found.points] == pytest.approx([usd * MONTH for usd in (33, 36, 39, 42)])
    assert len(found.boxes) == 3


def test_where_no_plan_says_what_it_emits_the_frontier_says_so():
    document = problem()
    document["offers"]["accelerators"] = [{"name": "unknown-chip", "vendor": "own"}]
    document["offers"]["own"] = [{**offer("one", 10.0), "accelerator": "unknown-chip"}]
    document["services"][0]["profiles"] = [{"accelerator": "unknown-chip", "throughput_rps": [2.0]}]
    found = frontier(bench(document), "carbon")
    assert not found.points and not found.exact and "carbon is known" in found.ended
    assert [one.what for one in found.unknown] == ["own:one@here"] and found.cheaper.cost["total_usd_per_month"] == pytest.approx(20 * MONTH)


def dark():
    """Beside machines of which all is known: a cheaper chip of unknown draw, a place without a grid, and a provider's API."""
    document = traded(routed=False)
    document["services"][0]["profiles"].append({"accelerator": "dark", "throughput_rps": [2.0]})
    document["services"][0] |= {"modes": ["real_time", "provider_api"], "allow": {"providers": ["aws", "own", "host"]}}
    host = {"provider": "host", "model": "m", "serves": "Llama-3.1-8B", "input_usd_per_mtok": 50.0, "output_usd_per_mtok": 50.0, "context_window": 9000}
    own = [{**offer("cheap", 4.0, provider="aws", region="us-east-1"), "accelerator": "dark"}, {**offer("nowhere", 4.5, region="there"), "accelerator": "chip"}]
    document["offers"]["own"] += own
    document["offers"]["accelerators"].append({"name": "dark", "vendor": "own"})
    return {**document, "apis": [host]}


def test_what_is_left_out_for_unknown_emissions_is_counted_and_named_with_the_reason(run, tmp_path):
    found = frontier(bench(dark()), "carbon")
    reasons = {"aws:cheap@us-east-1": "power draw", "host:m": "emissions", "own:nowhere@there": "grid intensity"}
    assert {one.what: one.reason.split(" of ")[0] for one in found.unknown} == reasons and not any(one.services for one in found.unknown)
    # Four machines of unknown draw at 4 USD/h are the cheapest plan: no point, since unknown is not nothing.
    assert found.cheaper.cost["total_usd_per_month"] == pytest.approx(16 * MONTH) and found.points[0].cost == pytest.approx(40 * MONTH)
    answer = frontier_content(found)
    assert answer["left_out_count"] == 3 and answer["left_out"][1] == {"what": "host:m", "reason": "emissions of host:m unknown", "services": []}
    assert answer["cheaper_of_unknown_usd_per_month"] == pytest.approx(16 * MONTH)
    file = tmp_path / "p.json"
    file.write_text(json.dumps(dark()))
    shown = " ".join(run("frontier", file, "--most", "2").out.split())
    assert "Left out, since their carbon is not known: 3 options." in shown and "power draw of aws:cheap@us-east-1 unknown" in shown
    assert "The cheapest plan of all, 11,680.00 USD/month, is not among them" in shown


def test_a_problem_that_caps_carbon_already_is_told_the_same():
    assert len(frontier(bench(dark() | {"limits": {"carbon_kg_per_month": 1e6}}), "carbon").unknown) == 3


def test_what_has_no_known_quality_or_latency_is_named_too():
    altered = {"provider": "host", "model": "m", "serves": "Llama-3.1-8B", "input_usd_per_mtok": 5.0, "output_usd_per_mtok": 5.0, "context_window": 9000}
    one = service(rate=3.0, slo={"ttft_ms": {"p95": 400}}, modes=["real_time", "provider_api"], allow={"providers": ["own", "host"]})
    one["profiles"] = [{"accelerator": "H100", "throughput_rps": [2.0], "ttft_ms": [90.0]}]
    found = frontier(bench(problem([one], apis=[altered])), "latency", step=0.2)
    assert [(u.what, "ttft_ms of host:m at p95 is unknown" in u.reason) for u in found.unknown] == [("host:m", True)]
    # Nobody knows what a model of one's own scores: there is no plan of which the quality is known.
    found = frontier(bench(problem([{**service(rate=3.0), "model": "ours"}])), "quality", step=0.2)
    assert not found.points and [u.what for u in found.unknown] == ["bf16"] and "quality" in found.unknown[0].reason
    assert found.cheaper is not None


def test_scores_may_have_any_scale():
    # A better variant at 2 requests/s and a worse one at 3; scores of 90 instead of 1 only scale the values.
    def traded_at(score):
        one = service(rate=6.0, quality={"mean": 0.5 * score, "base_score": score})
        one["profiles"] = [{"accelerator": "H100", "variant": v, "throughput_rps": [rps]} for v, rps in (("bf16", 2.0), ("fp8", 3.0))]
        return frontier(bench(problem([one])), "quality", step=0.1)

    small, large = traded_at(1.0), traded_at(90.0)
    assert len(small.points) == 2 and [p.cost for p in large.points] == [p.cost for p in small.points] == pytest.approx([20 * MONTH, 30 * MONTH])
    assert [p.value for p in large.points] == pytest.approx([90 * p.value for p in small.points])
    # All on the better variant is the most there is.
    assert large.least == pytest.approx(large.points[-1].value, rel=0.01) and large.least >= large.points[-1].value


def test_requests_sent_elsewhere_count_in_the_share_on_spot():
    # One box on spot carries 2 of 4 requests/s, the rest is sent by the token: half is on spot.
    host = {"provider": "host", "model": "m", "serves": "Llama-3.1-8B", "input_usd_per_mtok": 5.0, "output_usd_per_mtok": 5.0, "context_window": 9000}
    one = service(rate=4.0, spot={"allowed": True}, modes=["real_time", "provider_api"], allow={"providers": ["own", "host"]})
    spot = offer("one", 50.0, spot_usd_per_hour=2.0, spot_availability=1.0, spot_interruptions_per_month=0.0, stock=1)
    found = frontier(bench(problem([one], [spot], apis=[host])), "spot", step=0.1)
    assert found.points[0].value == pytest.approx(0.5) and found.points[-1].value == pytest.approx(0.0, abs=0.05)


def test_costs_that_are_not_proven_to_the_last_cent_are_said_to_be(monkeypatch):
    on = bench(problem([service(rate=7.0, spot={"allowed": True})], [offer("one", 10.0, spot_usd_per_hour=4.0, spot_availability=1.0, spot_interruptions_per_month=0.0)]), gap=0.01)
    base = on.base()
    parts = base.plan.model_copy(update={"solver": base.plan.solver.model_copy(update={"method": "by blocks"})})
    monkeypatch.setattr(type(on), "base", lambda self: replace(base, plan=parts))
    found = frontier(on, "spot", step=0.5)
    assert found.gap == 0.01 and not found.exact
