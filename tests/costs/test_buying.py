"""Buying hardware is chosen when its capital, space and energy cost less than rent, and is counted as by hand."""

from __future__ import annotations

import pytest

from planner.errors import InvalidInput
from planner.plan.cost import TOTAL
from tests.costs.test_charges import document
from tests.oracle.load import problem
from tests.oracle.solving import cost_of, plan_of


def with_cellar(buy: dict, own: dict | None = None, **more) -> dict:
    """Two cards at 1 USD/h are rented, or bought: 100 W rated, 12 W idle, 75 W host, PUE 1, electricity 0.1 USD/kWh."""
    stated = document({}, **more)
    stated["owned"] = [{"name": "cellar", "accelerator": "card", "accelerators_per_instance": 1, "instances": 0, "pue": 1.0,
                        "electricity_usd_per_kwh": 0.1, "g_co2e_per_kwh": 0.0, "power_off": True, "buy": buy, **(own or {})}]  # fmt: skip
    return stated


def test_capital_space_and_energy_are_paid_for_what_is_bought():
    cost = plan_of(with_cellar({"max_instances": 5, "usd_per_instance": 4800.0, "salvage_share": 0.25, "usd_per_kw_month": 100.0})).cost
    # Two instances: 4,800 less a quarter over 48 months is 75 each; 80 W busy + 75 W host = 0.155 kW of space at 100.
    assert cost["purchase_usd_per_month"] == pytest.approx(150.0)
    assert cost["colocation_usd_per_month"] == pytest.approx(2 * 0.155 * 100.0)
    # Idle 87 W each, and 68 W more while busy: 2/s at 1.25/s keep 1.6 cards busy.
    assert cost["owned_energy_usd_per_month"] == pytest.approx(730 * 0.1 * (2 * 0.087 + 1.6 * 0.068))
    assert cost[TOTAL] < 2 * 730


def test_what_rents_for_less_is_not_bought():
    # 60,000 over 48 months is 1,250 a month against 730 of rent.
    assert plan_of(with_cellar({"max_instances": 5, "usd_per_instance": 60_000.0})).cost == {
        "on_demand_usd_per_month": 1460.0, TOTAL: 1460.0
    }  # fmt: skip


def test_before_delivery_capacity_is_rented():
    plan = plan_of(with_cellar({"max_instances": 2, "usd_per_instance": 480.0, "delivery_month": 3}))
    cost = plan.cost
    # Three months of twelve rented; nine of 10 USD a month and instance, spread over twelve.
    assert cost["on_demand_usd_per_month"] == pytest.approx(1460 * 3 / 12)
    assert cost["purchase_usd_per_month"] == pytest.approx(20 * 9 / 12)
    # In all the hours in which they are there both serve; before delivery there is nothing to use.
    assert plan.commitments[0].used_share == pytest.approx(1.0)


def test_interest_is_paid_on_capital():
    stated = with_cellar({"max_instances": 2, "usd_per_instance": 4800.0, "life_years": 1.0}, financing={"annual_rate": 0.1})
    # 1.1 over twelve months: each month 4,800 i / (1 - 1/1.1), i = 1.1^(1/12) - 1, less 400 of capital; two instances.
    i = 1.1 ** (1 / 12) - 1
    assert plan_of(stated).cost["financing_usd_per_month"] == pytest.approx(2 * (4800 * i * 11 - 400))


def test_the_site_s_power_bounds_what_may_be_bought():
    # 0.155 kW carry one busy instance, so the other is rented; and upfront cash of 4,800 likewise buys one.
    for own, limits in (({"power_cap_kw": 0.155}, {}), ({}, {"upfront_usd": 4800.0})):
        plan = plan_of(with_cellar({"max_instances": 5, "usd_per_instance": 4800.0}, own, limits=limits))
        assert {c.name: c.units for c in plan.commitments} == {"buy owned:cellar@owned": 1.0}
        assert plan.cost["on_demand_usd_per_month"] == pytest.approx(730.0)


def test_a_plan_says_what_is_left_of_the_price_after_the_horizon():
    (bought,) = plan_of(with_cellar({"max_instances": 5, "usd_per_instance": 4800.0})).commitments
    assert (bought.upfront_usd, bought.beyond_horizon_usd) == (9600.0, pytest.approx(9600.0 * 36 / 48))


def test_a_purchase_without_a_price_or_left_on_is_refused():
    with pytest.raises(InvalidInput, match="not a price of 0"):
        problem(with_cellar({"max_instances": 1}))
    with pytest.raises(InvalidInput, match="power_off"):
        problem(with_cellar({"max_instances": 1, "usd_per_instance": 1.0}, {"power_off": False}))


def test_more_to_choose_from_never_costs_more():
    assert cost_of(with_cellar({"max_instances": 1, "usd_per_instance": 9000.0})) <= cost_of(document({}))
