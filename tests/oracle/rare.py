"""Random problems bent towards what is rarely stated: capacity that is only held, idle owned machines, tiny rates."""

from __future__ import annotations

import random
from typing import Any

from tests.oracle.generator import Draw, random_problem


def rare_problem(seed: int) -> dict[str, Any]:
    """A random problem with one to three rare features added; the same seed gives the same one."""
    draw = Draw(random.Random(f"rare {seed}"))
    document = random_problem(seed)
    features = (_only_held, _spend_over_spot, _slices_on_spot, _idle_cellar, _tiny_rates)
    for add in draw.random.sample(features, draw.whole(1, 3)):
        add(draw, document)
    return document


def _only_held(draw: Draw, document: dict[str, Any]) -> None:
    """A pool sold as spot only, or not at all, whose firm instances are those held or committed by price."""
    row = draw.among(*document["offers"]["own"])
    _sold_as_spot_only(draw, row, nothing=draw.chance(0.3))
    scope = draw.among({"instance_type": row["instance_type"]}, {"accelerator": row["accelerator"]})
    measure = draw.among("instances", "accelerators")
    if draw.chance(0.7):
        held = {"name": "kept", "scope": scope, "measure": measure, "amount": draw.among(0, 1, 2, 3, 4, 6)}
        if draw.chance(0.5):
            held["usd_per_month"] = 200.0
        document["commitments"].setdefault("held", []).append(held)
    else:
        months = min(12, document["horizon"]["months"])
        offer = {"name": "contract", "scope": scope, "measure": measure, "term_months": months}
        offer["usd_per_hour"] = draw.between(0.5, 3.0)
        document["commitments"].setdefault("offers", []).append(offer)


def _spend_over_spot(draw: Draw, document: dict[str, Any]) -> None:
    """Spend held over pools of which one has no on-demand price."""
    row = draw.among(*document["offers"]["own"])
    _sold_as_spot_only(draw, row, nothing=False)
    held = {"name": "spent", "scope": {}, "measure": "spend", "amount": draw.between(0.5, 8.0)}
    document["commitments"].setdefault("held", []).append({**held, "discount": draw.among(0.0, 0.3)})


def _sold_as_spot_only(draw: Draw, row: dict[str, Any], *, nothing: bool) -> None:
    usd = row.pop("on_demand_usd_per_hour", 1.0)
    row.pop("reserved_1y_usd_per_hour", None)
    if nothing:
        row.pop("spot_usd_per_hour", None)
    else:
        row.setdefault("spot_usd_per_hour", round(0.4 * usd, 3))
        row.setdefault("spot_availability", draw.between(0.6, 1.0))


def _slices_on_spot(draw: Draw, document: dict[str, Any]) -> None:
    """Whole slices of which a share may go to spot."""
    service = draw.among(*document["services"])
    service.pop("quality", None)
    service["routing"], service["slice_factor"] = "slices", draw.whole(2, 5)
    service["spot"] = {"allowed": True, "max_share": draw.among(0.2, 0.5, 0.6, 1.0)}


def _idle_cellar(draw: Draw, document: dict[str, Any]) -> None:
    """Owned machines too few or too dear in electricity to be used, which may draw idle power under a cap."""
    rows = document["owned"]
    if not rows:
        rows.append({"name": "cellar", "accelerator": "small", "accelerators_per_instance": 1, "instances": 1,
                     "electricity_usd_per_kwh": 0.1, "g_co2e_per_kwh": 100.0, "pue": 1.2})  # fmt: skip
    row = rows[0]
    row["electricity_usd_per_kwh"] = draw.among(0.0, 0.2, 30.0)
    row["instances"] = draw.whole(0, 2)
    row["power_off"] = draw.chance(0.5)
    # 250 W a large accelerator stands idle at most: the machines kept on must fit their own cap.
    row["power_cap_kw"] = draw.between(2.0, 6.0)


def _tiny_rates(draw: Draw, document: dict[str, Any]) -> None:
    """Requests once in weeks in some or all periods, beside ordinary ones or not."""
    load = draw.among(*document["services"])["workload"]
    everywhere = draw.chance(0.4)
    load["rate_per_s"] = [
        draw.among(1e-7, 3e-9, 2e-12) if everywhere or draw.chance(0.5) else rate for rate in load["rate_per_s"]
    ]
