"""Caches: bought when they save more than they cost, within floors on quality, each figure by hand."""

from __future__ import annotations

import pytest

from planner.errors import InvalidInput
from planner.plan.schema import Plan
from planner.solve import Solved, solve
from planner.verify.certify import certify
from tests.costs.test_charges import REQUESTS, document
from tests.costs.test_jobs import with_job
from tests.oracle.load import catalog, problem
from tests.oracle.solving import plan_of


def cached(*caches: dict, **more) -> dict:
    """2 requests/s on cards of 1.25/s: two cards at 730 USD a month, one if a cache answers three eighths or more."""
    stated = document({})
    stated["services"][0] |= {"caches": list(caches), **more}
    return stated


EXACT = {"name": "word", "kind": "exact", "hit": 0.4, "usd_per_month": 50.0, "memory_gb": 20.0, "usd_per_gb_month": 0.5}
SEMANTIC = {"name": "sense", "kind": "semantic", "hit": 0.6, "usd_per_million_lookups": 10.0}


def test_a_cache_that_saves_a_card_is_bought():
    plan = plan_of(cached(EXACT))
    assert plan.services[0].cache == "word"
    assert plan.cost == {"on_demand_usd_per_month": 730.0, "caches_usd_per_month": 60.0, "total_usd_per_month": 790.0}
    assert sum(r[0] for d in plan.services[0].deployments for r in d.rate_per_s.values()) == pytest.approx(1.2)


@pytest.mark.parametrize("change", [{"hit": 0.37}, {"usd_per_month": 725.0}])
def test_a_cache_that_saves_too_little_is_not_bought(change):
    plan = plan_of(cached(EXACT | change))
    assert plan.services[0].cache is None and plan.cost["total_usd_per_month"] == 1460.0


def test_every_request_is_looked_up():
    assert plan_of(cached(SEMANTIC)).cost["caches_usd_per_month"] == pytest.approx(REQUESTS / 1e6 * 10.0)


def test_at_most_one_cache_answers():
    # Together they would need no second card either; the cheaper one does it alone.
    plan = plan_of(cached(EXACT, SEMANTIC))
    assert plan.services[0].cache == "sense" and plan.cost["caches_usd_per_month"] == pytest.approx(52.56)


def test_a_semantic_cache_is_held_to_the_floor_on_quality():
    low, fine = ({**SEMANTIC, "score": score} for score in (0.8, 0.96))
    refused = solve(problem(cached(low, quality={"min": 0.9})), catalog())
    assert isinstance(refused, Solved) and refused.plan.services[0].cache is None
    assert "quality_min" in next(n.reason for n in refused.plan.not_considered if "cache sense of a" in n.what)
    assert plan_of(cached(fine, quality={"min": 0.9})).services[0].cache == "sense"
    # On the mean: 0.4 × 1 + 0.6 × 0.96 = 0.976.
    assert plan_of(cached(fine, quality={"mean": 0.975})).services[0].quality_mean == pytest.approx(0.976)
    assert plan_of(cached(fine, quality={"mean": 0.977})).services[0].cache is None


def test_unknown_quality_meets_no_floor():
    assert plan_of(cached(SEMANTIC, quality={"mean": 0.5})).services[0].cache is None


def test_a_claimed_cache_that_was_not_offered_fails_the_check():
    stated = cached(EXACT)
    plan = plan_of(stated)
    data = plan.model_dump()
    data["services"][0]["cache"] = "other"
    failed = {c.name for c in certify(Plan.model_validate(data), problem(stated), catalog()).checks if not c.passed}
    assert {"response_cache", "demand_served"} <= failed


def prefixed(hit: float, kept: float = 0.0) -> dict:
    """Long prompts on modelled cards: prefill is most of the work."""
    stated = with_job({"tokens": 1.0})
    del stated["jobs"]
    service = stated["services"][0]
    del service["profiles"], service["profiles_only"]
    service["model"], service["batch_limits"] = "Llama-3.1-8B", [32]
    service["allow"] = {"variants": ["native"]}
    service["workload"]["classes"] = [{"input_tokens": 6000, "output_tokens": 50, "share": 1.0}]
    service["workload"]["rate_per_s"] = 3.0
    service["caches"] = [{"name": "head", "kind": "prefix", "hit": hit, "kept_tokens": kept}]
    return stated


def test_a_prefix_cache_spares_prefill_and_is_used_where_that_saves_a_card():
    plan = plan_of(prefixed(0.8))
    (deployment,) = plan.services[0].deployments
    without = prefixed(0.8)
    without["services"][0]["caches"] = []
    assert deployment.variant == "bf16+head"
    assert plan.cost["total_usd_per_month"] < plan_of(without).cost["total_usd_per_month"]


def test_a_prefix_cache_that_leaves_no_room_for_a_request_is_refused():
    # A card of 80 GiB holds some 400,000 tokens beside the model: a million kept leave none.
    assert plan_of(prefixed(0.8, kept=1e6)).services[0].deployments[0].variant == "bf16"


@pytest.mark.parametrize(
    "cache, why",
    [
        ({"name": "p", "kind": "prefix", "hit": 0.5, "usd_per_month": 1.0}, "part of the engine"),
        ({"name": "e", "kind": "exact", "hit": 0.5, "score": 0.9}, "own quality"),
        ({"name": "e", "kind": "exact", "hit": 0.5, "kept_tokens": 9.0}, "prefix cache"),
    ],
)
def test_a_cache_that_does_not_hang_together_is_refused(cache, why):
    with pytest.raises(InvalidInput, match=why):
        problem(cached(cache))
