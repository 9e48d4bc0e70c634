"""Cash by month, offsets, contracts for electricity, partners' capacity and the power of a site, each derived by hand."""

from __future__ import annotations

import pytest

from planner.errors import InvalidInput
from planner.plan.cost import TOTAL
from planner.plan.schema import Plan
from planner.verify.certify import certify
from tests.costs.test_buying import with_cellar
from tests.costs.test_charges import document
from tests.oracle.load import catalog, problem
from tests.oracle.solving import plan_of


def owned(name: str, **more) -> dict:
    """One card: idle 12 W + 75 W host = 87 W, 68 W more while busy; electricity 0.1 USD/kWh; no emissions."""
    return {"name": name, "site": "hall", "accelerator": "card", "accelerators_per_instance": 1, "instances": 1, "pue": 1.0,
            "electricity_usd_per_kwh": 0.1, "g_co2e_per_kwh": 0.0, "power_off": True, **more}  # fmt: skip


def month(plan: Plan, number: int) -> tuple[float, float, float]:
    found = plan.cash[number]
    return found.running_usd, found.upfront_usd, found.one_off_usd


def test_cash_is_even_where_nothing_is_due_on_a_day():
    plan = plan_of(document({}))
    assert {month(plan, m) for m in range(12)} == {(1460.0, 0.0, 0.0)}


def test_a_purchase_is_paid_on_delivery_and_spread_in_the_cost():
    plan = plan_of(with_cellar({"max_instances": 2, "usd_per_instance": 480.0, "delivery_month": 3, "usd_per_kw_month": 0.0}))
    assert month(plan, 2) == pytest.approx((1460.0, 0.0, 0.0))
    # Afterwards only electricity: 730 h at 0.1 USD of 2 × 87 W and 1.6 cards busy at 68 W.
    energy = 730 * 0.1 * (2 * 0.087 + 1.6 * 0.068)
    assert month(plan, 3) == pytest.approx((energy, 960.0, 0.0)) and month(plan, 4) == pytest.approx((energy, 0.0, 0.0))


def test_what_is_bought_again_is_paid_again_less_what_the_old_brings():
    buy = {"max_instances": 2, "usd_per_instance": 400.0, "life_years": 0.5, "salvage_share": 0.25}
    cash = [c.upfront_usd for c in plan_of(with_cellar(buy)).cash]
    assert cash == [800.0, 0, 0, 0, 0, 0, 600.0, 0, 0, 0, 0, 0]


def test_upfront_commitments_and_one_off_work_are_paid_on_the_first_day():
    term = {"name": "year", "scope": {}, "measure": "instances", "term_months": 12, "usd_per_hour": 0.5, "upfront_share": 1.0}
    plan = plan_of(document({"fixed": [{"name": "set-up", "one_off_usd": 1200.0, "usd_per_month": 10.0}]}, commitments={"offers": [term]}))
    assert month(plan, 0) == pytest.approx((10.0, 2 * 0.5 * 8760, 1200.0)) and month(plan, 11) == pytest.approx((10.0, 0.0, 0.0))
    assert sum(sum(month(plan, m)) for m in range(12)) == pytest.approx(12 * plan.cost[TOTAL])


def test_seasons_differ_in_cash_as_in_demand():
    seasons = [{"name": "low", "months": 8}, {"name": "high", "months": 4, "demand": {"*": 2.0}}]
    plan = plan_of(document({}, horizon={"months": 12, "seasons": seasons}))
    # 2/s need two cards, 4/s need four (3.2 busy).
    assert [c.running_usd for c in plan.cash] == pytest.approx([1460.0] * 8 + [2920.0] * 4)


@pytest.mark.parametrize("field", ["running_usd", "upfront_usd", "one_off_usd"])
def test_cash_that_is_not_what_decisions_give_fails_its_check(field):
    plan = plan_of(document({}))
    first = plan.cash[0].model_copy(update={field: getattr(plan.cash[0], field) + 1.0})
    changed = plan.model_copy(update={"cash": (first, *plan.cash[1:])})
    assert "claimed_cash" in {c.name for c in certify(changed, problem(document({})), catalog()).checks if not c.passed}


def emitting(carbon: dict, **limits) -> dict:
    """Two cards at home in a grid of 100 g: 0.1746 kg/h for idle and busy power alike."""
    return document({}, owned=[owned("a", g_co2e_per_kwh=100.0, instances=2)], carbon=carbon, limits=limits)


KG = 730 * 0.1 * (2 * 0.087 + 1.6 * 0.068)


def test_offsets_are_bought_for_the_stated_share():
    plan = plan_of(emitting({"offsets": {"usd_per_tonne": 1000.0, "share": 0.5}}))
    assert plan.carbon_kg_per_month == pytest.approx(KG)
    assert plan.carbon_offset_kg_per_month == pytest.approx(KG / 2)
    assert plan.cost["offsets_usd_per_month"] == pytest.approx(KG / 2)


def test_a_cap_counts_offsets_only_when_asked():
    # 5 kg are allowed. Inside the cap the rest is offset at 1 USD a kilogram; else a card must be rented elsewhere.
    offsets = {"usd_per_tonne": 1000.0, "share": 0.0}
    inside = plan_of(emitting({"offsets": offsets | {"inside_cap": True}}, carbon_kg_per_month=5.0))
    assert inside.carbon_offset_kg_per_month == pytest.approx(KG - 5.0)
    assert plan_of(emitting({"offsets": offsets}, carbon_kg_per_month=5.0)) is None


def test_market_based_emissions_stand_beside_and_are_never_capped():
    plan = plan_of(emitting({"contracts": [{"place": "hall", "g_co2e_per_kwh": 25.0}]}, carbon_kg_per_month=30.0))
    assert (plan.carbon_kg_per_month, plan.carbon_market_kg_per_month) == (pytest.approx(KG), pytest.approx(KG / 4))
    claimed = plan.model_copy(update={"carbon_market_kg_per_month": 0.0})
    stated = emitting({"contracts": [{"place": "hall", "g_co2e_per_kwh": 25.0}]}, carbon_kg_per_month=30.0)
    assert "claimed_carbon" in {c.name for c in certify(claimed, problem(stated), catalog()).checks if not c.passed}


def shared(usd: float, hours: list[int]) -> dict:
    stated = document({}, owned=[owned("lab", instances=2, partner={"usd_per_month": usd, "hours_utc": hours})],
                      periods={"kind": "day", "per_day": 2}, start_up={"hours": 0.0})  # fmt: skip
    stated["services"][0]["workload"]["rate_per_s"] = [2.0, 2.0]
    return stated


def test_partners_capacity_is_used_in_our_hours_against_a_contribution():
    plan = plan_of(shared(300.0, list(range(12))))
    assert plan.cost["partner_usd_per_month"] == 300.0 and plan.cost["on_demand_usd_per_month"] == pytest.approx(730.0)
    (lab,) = [pool for pool in plan.pools if pool.id.startswith("owned")]
    assert lab.running_firm == (2, 0)


def test_a_contribution_above_the_rent_it_saves_is_not_paid():
    # Half a day of two cards is 730 USD of rent; electricity comes on top of the contribution.
    assert plan_of(shared(725.0, list(range(12)))).cost == {"on_demand_usd_per_month": 1460.0, TOTAL: 1460.0}


def test_the_power_of_a_site_holds_for_all_that_stands_there():
    rows = [owned("a"), owned("b")]
    free = plan_of(document({}, owned=rows))
    assert TOTAL in free.cost and "on_demand_usd_per_month" not in free.cost
    # Two cards need 0.2828 kW at the site; with 0.2 kW one of them is rented.
    capped = plan_of(document({}, owned=rows, limits={"sites": [{"site": "hall", "power_kw": 0.2}]}))
    assert capped.cost["on_demand_usd_per_month"] == pytest.approx(730.0)


def test_what_partners_pay_for_cannot_be_left_on_or_bought():
    with pytest.raises(InvalidInput, match="theirs to pay"):
        problem(document({}, owned=[owned("lab", power_off=False, partner={"usd_per_month": 1.0})]))
