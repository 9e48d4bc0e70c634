"""Names that lead nowhere, and values that look like another unit."""

import pytest
from stated_problems import service

from planner.catalog import load_catalog
from planner.errors import InvalidInput
from planner.problem.meaning import check_meaning


@pytest.fixture(scope="module")
def catalog():
    return load_catalog()


def refused(loaded, catalog, **options):
    with pytest.raises(InvalidInput) as caught:
        check_meaning(loaded, catalog, **options)
    return {f.path: f for f in caught.value.faults}


def test_all_unknown_names_are_reported_together_with_near_ones(made, catalog):
    loaded = made(
        service(model="Lama-3.1-8B", allow={"accelerators": ["H10O"], "regions": ["mars"], "variants": ["fp9"]}),
        service("other", team="red", quality={"benchmark": "mmluu"}),
        limits={
            "teams": [{"team": "rad", "budget_usd_per_month": 1}],
            "quotas": [{"provider": "awz", "max_instances": 1}],
            "regions": [{"region": "us-eest-1", "carbon_kg_per_month": 1}],
        },
        commitments={"held": [{"name": "h", "scope": {"accelerator": "H10O"}, "measure": "instances", "amount": 1}]},
        horizon={"seasons": [{"name": "all", "months": 12, "demand": {"chatt": 2}}]},
    )
    faults = refused(loaded, catalog)
    assert set(faults) == {
        "services[0].model", "services[0].allow.accelerators[0]", "services[0].allow.regions[0]",
        "services[0].allow.variants[0]", "services[1].quality.benchmark", "limits.teams[0].team",
        "limits.quotas[0].provider", "limits.regions[0].region", "commitments.held[0].scope.accelerator",
        "horizon.seasons[0].demand",
    }  # fmt: skip
    assert "Llama-3.1-8B" in faults["services[0].model"].message
    assert "aws" in faults["limits.quotas[0].provider"].message
    assert "chat" in faults["horizon.seasons[0].demand"].message


def test_patterns_countries_areas_and_aliases_are_names(made, catalog):
    loaded = made(
        service(model="meta-llama/Llama-3.1-8B", allow={"accelerators": ["h100*"], "regions": ["EU", "de", "aws:us-*"]}),
        owned=[{"name": "rack", "accelerator": "A100-SXM4-40GB", "accelerators_per_instance": 8, "instances": 1, "electricity_usd_per_kwh": 0.2}],
    )  # fmt: skip
    assert check_meaning(loaded, catalog) == ()


def test_a_model_that_only_measured_profiles_describe_needs_no_catalogue(made, catalog):
    profile = {"accelerator": "H100", "throughput_rps": [1.0]}
    assert check_meaning(made(service(model="ours", profiles=[profile], profiles_only=True)), catalog) == ()
    assert "services[0].model" in refused(made(service(model="ours", profiles=[profile])), catalog)


OWN = {"provider": "p", "region": "r", "instance_type": "i", "accelerator": "H100", "accelerators_per_instance": 1}


def test_a_price_of_zero_needs_free(made, catalog):
    priced = {**OWN, "on_demand_usd_per_hour": 0.0}
    assert "offers.own[0].on_demand_usd_per_hour" in refused(made(offers={"own": [priced]}), catalog)
    assert check_meaning(made(offers={"own": [{**priced, "free": True}]}), catalog) == ()


def test_two_rows_of_one_offer_are_refused(made, catalog):
    rows = [{**OWN, "on_demand_usd_per_hour": 2.0}, {**OWN, "on_demand_usd_per_hour": 3.0}]
    assert refused(made(offers={"own": rows}), catalog)["offers.own"].code == "duplicate_name"


def test_one_type_in_two_zones_is_no_repetition(made, catalog):
    rows = [{**OWN, "on_demand_usd_per_hour": 2.0, "zone": "a"}, {**OWN, "on_demand_usd_per_hour": 3.0, "zone": "b"}]
    assert check_meaning(made(offers={"own": rows}), catalog) == ()


def test_a_held_commitment_that_begins_after_the_horizon_is_refused(made, catalog):
    held = {"name": "h", "scope": {"provider": "aws"}, "measure": "instances", "amount": 1, "start_month": 12}
    assert "commitments.held[0].start_month" in refused(made(commitments={"held": [held]}), catalog)


def test_a_monthly_price_and_seconds_for_milliseconds_are_warnings_that_strict_refuses(made, catalog):
    loaded = made(
        service(slo={"ttft_ms": {"p95": 0.5}}),
        offers={"own": [{**OWN, "on_demand_usd_per_hour": 2.5 * 730}]},
    )
    warnings = {w.path: w for w in check_meaning(loaded, catalog)}
    assert warnings["services[0].slo.ttft_ms.p95"].code == "seconds_for_milliseconds"
    monthly = warnings["offers.own[0].on_demand_usd_per_hour"]
    assert "1825" in monthly.message and "2.5 an hour" in monthly.message
    assert set(refused(loaded, catalog, strict=True)) == set(warnings)


def test_doubts_about_any_percentile_find_their_place(made, catalog):
    (warning,) = check_meaning(made(service(slo={"tpot_ms": {"p99.9": 0.05}})), catalog)
    assert warning.path == 'services[0].slo.tpot_ms["p99.9"]'


def test_an_empty_list_of_batch_limits_is_refused(made, catalog):
    assert "services[0].batch_limits" in refused(made(service(batch_limits=[])), catalog)


@pytest.mark.parametrize("measure", ["instances", "accelerators"])
def test_part_of_an_instance_cannot_be_held_while_any_spend_can(made, catalog, measure):
    held = {"name": "h", "scope": {"provider": "aws"}, "measure": "spend", "amount": 1.5}
    assert check_meaning(made(commitments={"held": [held]}), catalog) == ()
    with pytest.raises(InvalidInput) as caught:
        made(commitments={"held": [{**held, "measure": measure}]})
    assert "1.5" in str(caught.value) and "whole" in str(caught.value)
