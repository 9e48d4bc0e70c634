"""The variance splits into price, volume and mix; bills find their pools; measured demand takes the place of planned demand."""

from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.analysis.billed_rent import billed_rent
from planner.analysis.measured_demand import served_as, with_measured_demand
from planner.analysis.variance import Pair, total, variances
from planner.economics.timeline import timeline
from planner.errors import UsageError
from planner.problem.load import load_problem
from tests.cli.small import problem as small
from tests.cli.small import written

AMOUNT = st.floats(0.0, 1e7, allow_nan=False).map(lambda value: round(value, 3))


def test_price_volume_and_mix_are_told_apart():
    # A: 100 h at 1 planned, 150 h at 1.2 billed. B: 100 h at 3 planned, 50 h at 3 billed. 200 h on both sides: no volume.
    # Price: A 180 - 150 = 30. Mix: A 50 more at 1, B 50 fewer at 3.
    found = variances({"A": Pair(100, 100, 150, 180), "B": Pair(100, 300, 50, 150)})
    assert (found["A"].price, found["A"].volume, found["A"].mix) == (30, 0, 50)
    assert (found["B"].price, found["B"].volume, found["B"].mix) == (0, 0, -150)
    assert total(found.values()).usd == -70


def test_twice_of_everything_is_volume_alone():
    found = total(variances({"A": Pair(100, 100, 200, 200), "B": Pair(50, 300, 100, 600)}).values())
    assert (found.price, found.volume, found.mix) == (0, 400, 0)


def test_what_nobody_planned_has_its_listed_price_as_expected_and_without_one_its_billed_price():
    # 10 h at 7 billed where 5 was listed: 20 is price. Planned elsewhere: 100 h at 1, billed 90 h: 100 h in all, no volume.
    listed = variances({"A": Pair(100, 100, 90, 90), "new": Pair(0, 0, 10, 70, 5.0)})["new"]
    assert (listed.price, listed.volume, listed.mix) == (20, 0, 50)
    assert variances({"A": Pair(100, 100, 90, 90), "new": Pair(0, 0, 10, 70)})["new"].price == 0


def test_a_sum_without_hours_differs_in_price():
    assert variances({"fee": Pair(0, 100, 0, 130)})["fee"].price == 30


@given(st.lists(st.tuples(AMOUNT, AMOUNT, AMOUNT, AMOUNT), min_size=1, max_size=6))
def test_the_parts_sum_to_the_variance_line_by_line_and_in_all(rows):
    pairs = {str(at): Pair(q0, usd0 if q0 else 0.0, q1, usd1 if q1 else 0.0) for at, (q0, usd0, q1, usd1) in enumerate(rows)}
    found = variances(pairs)
    for one in (*found.values(), total(found.values())):
        size = max(abs(one.usd), abs(one.price), abs(one.volume), abs(one.mix), 1.0)
        assert one.price + one.volume + one.mix == pytest.approx(one.usd, abs=1e-9 * size)
    assert total(found.values()).usd == pytest.approx(sum(p.billed_usd - p.planned_usd for p in pairs.values()))


def charge(**changes):
    """A row of a bill: ten hours on demand for 20 USD."""
    row = {
        "provider": "aws", "region": "us-east-1", "instance_type": "p5.48xlarge", "service": "Compute", "category": "Usage",
        "pricing": "Standard", "description": "", "commitment": "", "status": "", "sku": "", "effective_usd": 20.0, "hours": 10.0, "quantities": ((10.0, "Hours"),),
    }
    return SimpleNamespace(**{**row, **changes})


POOLS = {
    "aws:p5.48xlarge@us-east-1": SimpleNamespace(provider="aws", region="us-east-1", instance_type="p5.48xlarge"),
    "azure:Standard_ND96isr_H100_v5@eastus": SimpleNamespace(provider="azure", region="azure:eastus", instance_type="Standard_ND96isr_H100_v5"),
}


@pytest.mark.parametrize(
    "row",
    [
        charge(),
        charge(provider="Amazon Web Services", region="US-EAST-1"),
        charge(instance_type="7QDZBSZ6RU", description="$98.32 per On Demand Linux p5.48xlarge Instance Hour"),
        charge(instance_type="BoxUsage:p5.48xlarge"),
        charge(instance_type="i-0abc", sku='{"InstanceType": "p5.48xlarge", "OperatingSystem": "Linux"}'),
    ],
)
def test_a_row_finds_its_pool_by_seller_region_and_type_wherever_the_type_is_named(row):
    (key, rent), = billed_rent([row], POOLS, months=2.0).rent.items()
    assert key == ("aws:p5.48xlarge@us-east-1", "on demand") and (rent.quantity, rent.usd) == (5.0, 10.0)


def test_another_seller_or_place_is_another_pool_and_dynamic_prices_are_spot():
    row = charge(provider="microsoft", region="eastus", instance_type="x", description="ND: Standard_ND96isr_H100_v5 Spot", pricing="Dynamic")
    found = billed_rent([row, charge(region="eu-west-1", service="Amazon EC2")], POOLS, months=1.0)
    assert set(found.rent) == {("azure:Standard_ND96isr_H100_v5@eastus", "spot")}
    assert found.outside == {"Amazon EC2": 20.0}


def test_the_unused_part_of_a_commitment_makes_the_used_hours_dearer_and_is_named():
    # 60 USD for 10 h in use and 40 USD for nothing: 100 USD for these hours.
    used = charge(commitment="sp-1", status="Used", pricing="Committed", effective_usd=60.0)
    unused = charge(commitment="sp-1", status="Unused", pricing="Committed", effective_usd=40.0, instance_type="", hours=None)
    found = billed_rent([used, unused], POOLS, months=1.0)
    assert found.rent["aws:p5.48xlarge@us-east-1", "committed"].usd == pytest.approx(100.0)
    assert (found.promises["sp-1"].usd, found.promises["sp-1"].unused_usd) == (100.0, 40.0)


def test_a_commitment_is_compared_for_what_it_covers_here_and_put_apart_for_the_rest():
    # 60 USD for hours of the pool, 40 for something else, 20 unused: 60 % of the unused part belongs here, 72 USD in all.
    used = charge(commitment="sp-1", status="Used", pricing="Committed", effective_usd=60.0)
    other = charge(commitment="sp-1", status="Used", pricing="Committed", effective_usd=40.0, instance_type="m5.large")
    unused = charge(commitment="sp-1", status="Unused", pricing="Committed", effective_usd=20.0, instance_type="", hours=None)
    found = billed_rent([used, other, unused], POOLS, months=1.0)
    assert found.rent["aws:p5.48xlarge@us-east-1", "committed"].usd == pytest.approx(72.0)
    assert found.outside == pytest.approx({"commitments for other things": 48.0}) and found.promises["sp-1"].unused_usd == pytest.approx(12.0)
    # One that covers nothing here is no part of the comparison at all.
    found = billed_rent([other, unused], POOLS, months=1.0)
    assert not found.rent and not found.promises and found.outside == pytest.approx({"commitments for other things": 60.0})


ROW = st.fixed_dictionaries({
    "instance_type": st.sampled_from(["p5.48xlarge", "m5.large", ""]), "effective_usd": st.integers(-50, 500).map(float),
    "hours": st.sampled_from([None, 0.0, 10.0]), "commitment": st.sampled_from(["", "sp-1", "sp-2"]),
    "status": st.sampled_from(["", "Used", "Unused"]), "category": st.sampled_from(["Usage", "Purchase", "Tax", "Credit"]),
})  # fmt: skip


@given(st.lists(ROW, max_size=8))
def test_no_money_of_a_bill_is_lost_or_counted_twice(rows):
    found = billed_rent([charge(**row) for row in rows], POOLS, months=1.0)
    shown = sum(line.usd for line in found.rent.values()) + sum(found.outside.values())
    assert shown == pytest.approx(sum(row["effective_usd"] for row in rows), abs=1e-6)


def test_what_an_expected_bill_keeps_apart_goes_into_the_hours_it_belongs_to():
    # 20 USD for 10 h on demand and 2 USD of start-ups: 11 h. What commitments held cost goes by the hours that they covered.
    apart = charge(provider="planner", instance_type="", region="")
    rows = [charge(), SimpleNamespace(**{**vars(apart), "service": "start-ups before serving", "effective_usd": 2.0, "hours": None})]
    rent = billed_rent(rows, POOLS, months=1.0).rent["aws:p5.48xlarge@us-east-1", "on demand"]
    assert (rent.usd, rent.quantity) == pytest.approx((22.0, 11.0))
    held = SimpleNamespace(**{**vars(apart), "service": "commitments already held", "effective_usd": 70.0, "hours": None})
    rows = [charge(commitment="held", status="Used", pricing="Committed", effective_usd=0.0), held]
    rent = billed_rent(rows, POOLS, months=1.0).rent["aws:p5.48xlarge@us-east-1", "committed"]
    assert (rent.usd, rent.quantity) == (70.0, 10.0)


def test_hardware_bought_is_no_rent():
    found = billed_rent([charge(commitment="buy owned:room", category="Purchase")], POOLS, months=1.0, apart=["buy owned:room"])
    assert not found.rent and found.outside == {"buy owned:room": 20.0}


def test_taxes_and_credits_are_no_rent():
    found = billed_rent([charge(category="Credit", effective_usd=-5.0), charge(category="Tax")], POOLS, months=1.0)
    assert not found.rent and found.outside == {"credit": -5.0, "tax": 20.0}


def load(rate, hours=None, tokens=(100.0, 100.0)):
    """A measured load."""
    one = SimpleNamespace(input_tokens=tokens[0], output_tokens=tokens[1], share=1.0)
    return SimpleNamespace(rate_per_s=rate, hourly_per_s=hours or (rate,) * 24, classes=(one,))


def demanded(folder, load, **changes):
    """The small problem's workload after the load was measured."""
    found = load_problem(written(folder, **changes)).problem
    return with_measured_demand(found, {"chat": load}, timeline(found)).services[0].workload


def test_measured_hours_become_the_periods_that_they_lie_in(tmp_path):
    hours = tuple(float(hour) for hour in range(24))
    assert demanded(tmp_path, load(11.5, hours)).rate_per_s == (11.5,)
    found = demanded(tmp_path, load(11.5, hours), periods={"kind": "day", "per_day": 4})
    assert found.rate_per_s == (2.5, 8.5, 14.5, 20.5)


def test_a_week_keeps_its_planned_shape(tmp_path):
    services = small()["services"]
    services[0]["workload"]["rate_per_s"] = [1.0] * 120 + [0.3] * 48
    planned = demanded(tmp_path, load(0.8), services=services, periods={"kind": "week"}).rate_per_s
    # The mean of the plan is (120 + 14.4) / 168 = 0.8: nothing changes.
    assert planned == pytest.approx([1.0] * 120 + [0.3] * 48)


def test_what_was_measured_is_the_first_season(tmp_path):
    seasons = [{"name": "peak", "months": 1, "demand": {"chat": 2.0}}, {"name": "rest", "months": 1}]
    assert demanded(tmp_path, load(6.0), horizon={"months": 2, "seasons": seasons}).rate_per_s == (3.0,)


def test_lengths_follow_the_means_unless_a_profile_was_measured_by_class(tmp_path):
    services = small()["services"]
    del services[0]["profiles"], services[0]["profiles_only"]
    free = demanded(tmp_path, load(3.0, tokens=(200.0, 50.0)), services=services).classes[0]
    assert (free.input_tokens, free.output_tokens) == (200.0, 50.0)
    assert demanded(tmp_path, load(3.0, tokens=(200.0, 50.0))).classes[0].input_tokens == 100.0


def test_services_are_found_in_metrics_by_their_name_then_by_their_model(tmp_path):
    found = load_problem(written(tmp_path)).problem
    catalog = SimpleNamespace(model=lambda name: name if name == "Llama-3.1-8B" else None)
    assert served_as(found, ("chat", "Llama-3.1-8B"), {}, catalog) == {"chat": "chat"}
    assert served_as(found, ("Llama-3.1-8B",), {}, catalog) == {"chat": "Llama-3.1-8B"}
    assert served_as(found, ("other",), {}, catalog) == {}
    assert served_as(found, ("other",), {"chat": "other"}, catalog) == {"chat": "other"}
    for stated in ({"chta": "other"}, {"chat": "othre"}):
        with pytest.raises(UsageError, match="did you mean"):
            served_as(found, ("other",), stated, catalog)
