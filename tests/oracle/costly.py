"""Random problems with charges beside machines added; the same seed gives the same one."""

from __future__ import annotations

import random
from typing import Any

from tests.oracle.generator import CHIPS, Draw, random_problem

PLACES = ("aws:us-east-1", "aws:eu-north-1", "gcp:europe-west4")


def costly_problem(seed: int) -> dict[str, Any]:
    """A random problem under two to six kinds of charge; every place has its price unless the draw leaves one out."""
    draw = Draw(random.Random(f"costly {seed}"))
    document = random_problem(seed)
    for service in document["services"]:
        if draw.chance(0.6):
            service["home"] = draw.among("aws:us-east-1", "EU", "europe-west4")
    kinds = (_storage, _egress, _transfer, _balancers, _licences, _platforms, _monitoring, _support, _fixed)
    costs: dict[str, Any] = {}
    for add in draw.random.sample(kinds, draw.whole(2, 6)):
        costs |= add(draw)
    if draw.chance(0.2):
        costs["without"] = [draw.among("on_demand_usd_per_month", "staff_usd_per_month", "egress_usd_per_month")]
    document["costs"] = costs
    if draw.chance(0.4):
        _buy(draw, document)
    if draw.chance(0.3) and document["owned"] and "buy" not in document["owned"][0]:
        document["owned"][0]["power_off"] = True
        hours = draw.among(list(range(24)), list(range(12)), list(range(6, 24)))
        document["owned"][0]["partner"] = {"hours_utc": hours, "usd_per_month": draw.between(0.0, 900.0)}
    if draw.chance(0.3):
        document["limits"]["sites"] = [{"site": "owned", "power_kw": draw.between(0.5, 5.0)}] if document["owned"] else []
    if draw.chance(0.4):
        offsets = {"usd_per_tonne": draw.between(5.0, 400.0), "share": draw.among(0.0, 0.5, 1.0), "inside_cap": draw.chance(0.6)}
        document["carbon"]["offsets"] = offsets
    return document


def _buy(draw: Draw, document: dict[str, Any]) -> None:
    """Machines of one's own that may be bought, beside those there or alone, at once or some months into the horizon."""
    if not document["owned"]:
        chip = draw.among(*CHIPS)
        document["owned"] = [{"name": "cellar", "accelerator": chip, "accelerators_per_instance": draw.among(1, 2, 4),
                              "instances": 0, "electricity_usd_per_kwh": 0.2, "g_co2e_per_kwh": 100.0, "pue": 1.2}]  # fmt: skip
    row = document["owned"][0]
    row["power_off"] = True
    months = document["horizon"]["months"]
    row["buy"] = {
        "max_instances": draw.whole(1, 6),
        "usd_per_accelerator": draw.between(2000.0, 24000.0, 0),
        "usd_per_instance": draw.among(0.0, 3000.0),
        "life_years": draw.among(0.5, 3.0, 5.0),
        "salvage_share": draw.among(0.0, 0.2),
        "usd_per_kw_month": draw.among(0.0, 180.0),
        "delivery_month": draw.among(0, 0, draw.whole(0, months - 1)),
    }


def _storage(draw: Draw) -> dict:
    rows = [{"place": place, "usd_per_gb_month": draw.between(0.5, 9.0), "versions": draw.whole(1, 3)} for place in PLACES]
    return {"storage": rows[: draw.among(3, 3, 2)] + [{"place": "owned:*", "usd_per_gb_month": 0.0}]}


def _egress(draw: Draw) -> dict:
    return {"egress": [{"place": "*", "usd_per_gb": draw.between(50.0, 400.0)}, {"place": "EU", "usd_per_gb": draw.between(0.0, 90.0)}]}


def _transfer(draw: Draw) -> dict:
    rows = {"transfer": [{"place": "*", "usd_per_gb": draw.between(5.0, 60.0)}]}
    return rows | ({"weights_home": draw.among("US", "aws:eu-north-1")} if draw.chance(0.5) else {})


def _balancers(draw: Draw) -> dict:
    return {"load_balancers": [{"place": "*", "usd_per_hour": draw.between(0.05, 0.9), "usd_per_gb": draw.among(0.0, 30.0)}]}


def _licences(draw: Draw) -> dict:
    return {"licences": [{"offers": draw.among("*", "*large*", "aws:*"), "usd_per_accelerator_hour": draw.between(0.1, 1.0)}]}


def _platforms(draw: Draw) -> dict:
    clouds = ({"name": "cloud a", "offers": ["aws:*"]}, {"name": "cloud g", "offers": ["gcp:*", "owned:*"]})
    return {
        "platforms": [
            row | {"people": draw.between(0.0, 0.1), "usd_per_person_year": 120_000.0, "loading": 1.3,
                   "usd_per_month": draw.between(0.0, 200.0), "one_off_usd": draw.among(0.0, 900.0)}
            for row in clouds
        ]
    }  # fmt: skip


def _monitoring(draw: Draw) -> dict:
    return {"monitoring": [{"usd_per_instance_hour": draw.between(0.0, 0.3), "usd_per_million_requests": draw.between(0.0, 90.0)}]}


def _support(draw: Draw) -> dict:
    return {"support": [{"offers": draw.among("*", "aws:*", "gcp:*"), "share_of_bill": draw.between(0.03, 0.3)}]}


def _fixed(draw: Draw) -> dict:
    return {"fixed": [{"name": "labels", "kind": "data", "one_off_usd": draw.between(0.0, 600.0)}, {"name": "office", "usd_per_month": 70.0}]}
