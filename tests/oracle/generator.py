"""Seeded random small problems that, together, use every feature of the self-hosted program.

Throughputs are stated as profiles, on accelerators and in pools of the problem's own: no performance formula is
involved. Regions are real ones, so that carbon has a grid. Each feature appears with a probability; what an instance
holds can be read from the document.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any

MODEL = "Llama-3.1-8B"
VARIANTS = ("bf16", "int8-w8a16", "int4-awq")
REGIONS = (("aws", "us-east-1"), ("aws", "eu-north-1"), ("gcp", "europe-west4"))
CHIPS = {"small": 300.0, "large": 700.0}  # name: TDP in watts
SPEED = {"small": 1.0, "large": 2.6}  # requests/s of one accelerator on an ordinary request
PRICE = {"small": 1.0, "large": 2.2}  # USD per accelerator-hour


@dataclass
class Draw:
    """A source of chance that reads well."""

    random: random.Random
    document: dict[str, Any] = field(default_factory=dict)

    def chance(self, probability: float) -> bool:
        return self.random.random() < probability

    def among(self, *values: Any) -> Any:
        return self.random.choice(values)

    def between(self, low: float, high: float, digits: int = 2) -> float:
        return round(self.random.uniform(low, high), digits)

    def whole(self, low: int, high: int) -> int:
        return self.random.randint(low, high)


def random_problem(seed: int) -> dict[str, Any]:
    """A problem document; the same seed gives the same one."""
    draw = Draw(random.Random(seed))
    periods, count = _periods(draw)
    horizon, seasons = _horizon(draw, count)
    offers = _offers(draw)
    owned = _owned(draw) if draw.chance(0.25) else []
    sizes = sorted({(o["accelerator"], o["accelerators_per_instance"]) for o in offers + owned})
    services = [
        _service(draw, f"s{i}", count, sizes) for i in range(draw.among(1, 1, 2, 2, 3) if count * seasons < 4 else 1)
    ]
    problem = {
        "schema_version": 1,
        "name": f"random-{seed}",
        "horizon": horizon,
        "periods": periods,
        "services": services,
        "offers": {
            "catalog": False,
            "own": offers,
            "accelerators": [{"name": name, "tdp_w": tdp} for name, tdp in CHIPS.items()],
        },
        "owned": owned,
        "commitments": _commitments(draw, offers, horizon["months"]),
        "start_up": {"hours": draw.among(0.0, 0.1, 2.0), "spot_restart_hours": draw.among(0.1, 1.0)},
        "carbon": {"price_usd_per_tonne": draw.among(0.0, 0.0, 0.0, 150.0)},
        "financing": {"annual_rate": draw.among(0.0, 0.08)},
        "limits": _limits(draw, services),
    }
    return problem


def _periods(draw: Draw) -> tuple[dict, int]:
    count = draw.among(1, 1, 1, 2, 3, 4)
    if count == 1:
        return {"kind": "single"}, 1
    return {"kind": "day", "per_day": count}, count


def _horizon(draw: Draw, count: int) -> tuple[dict, int]:
    months = draw.among(1, 12, 12, 24)
    if months == 1 or count > 2 or draw.chance(0.75):
        return {"months": months}, 1
    first = draw.whole(1, months - 1)
    low = {"name": "low", "months": first}
    high = {"name": "high", "months": months - first, "demand": {"*": draw.between(1.1, 2.0)}}
    if draw.chance(0.5):
        high["prices"] = [{"on_demand": draw.between(0.8, 1.3), "spot": draw.between(0.7, 1.5)}]
    return {"months": months, "seasons": [low, high]}, 2


def _offers(draw: Draw) -> list[dict]:
    offers = []
    for index in range(draw.whole(1, 4)):
        provider, region = draw.among(*REGIONS)
        chip = draw.among(*CHIPS)
        size = draw.among(1, 2, 4, 8)
        price = PRICE[chip] * size ** draw.between(0.9, 1.0) * draw.between(0.85, 1.15)
        row = {
            "provider": provider,
            "region": region,
            "instance_type": f"{chip}-{size}-{index}",
            "accelerator": chip,
            "accelerators_per_instance": size,
            "on_demand_usd_per_hour": round(price, 3),
        }
        if draw.chance(0.5):
            row["reserved_1y_usd_per_hour"] = round(price * draw.between(0.55, 0.8), 3)
        if draw.chance(0.6):
            row["spot_usd_per_hour"] = round(price * draw.between(0.25, 0.6), 3)
            row["spot_availability"] = draw.between(0.6, 1.0)
            row["spot_interruptions_per_month"] = draw.between(0.0, 40.0, 1)
        if draw.chance(0.1) and len(row) > 6:
            del row["on_demand_usd_per_hour"]
        if draw.chance(0.25):
            row["stock"] = draw.whole(2, 8)
        if draw.chance(0.3):
            row["zone"] = f"{region}{draw.among('a', 'b')}"
        offers.append(row)
    return offers


def _owned(draw: Draw) -> list[dict]:
    row = {
        "name": "cellar",
        "accelerator": draw.among(*CHIPS),
        "accelerators_per_instance": draw.among(1, 2, 4),
        "instances": draw.whole(0, 3),
        "electricity_usd_per_kwh": draw.between(0.05, 0.4),
        "upkeep_usd_per_hour": draw.among(0.0, 0.15),
        "power_off": draw.chance(0.5),
        "g_co2e_per_kwh": draw.between(20, 500, 0),
        "pue": draw.between(1.1, 1.6),
    }
    if draw.chance(0.3):
        row["power_cap_kw"] = draw.between(0.5, 4.0)
        row["power_off"] = True
    return [row]


def _service(draw: Draw, name: str, count: int, sizes: list[tuple[str, int]]) -> dict:
    classes = draw.among(1, 2, 2)
    share = draw.between(0.2, 0.8)
    service: dict[str, Any] = {
        "name": name,
        "team": draw.among("red", "blue"),
        "model": MODEL,
        "workload": {
            "rate_per_s": [draw.among(0.0, 1.0) if draw.chance(0.15) else draw.between(0.4, 5.0) for _ in range(count)],
            "classes": [
                {"name": "short", "input_tokens": 200, "output_tokens": 100, "share": share if classes > 1 else 1.0},
                {"name": "long", "input_tokens": 3000, "output_tokens": 500, "share": 1.0 - share},
            ][:classes],
            "dispersion_10s": draw.between(1.0, 6.0),
            "headroom": draw.among(1.0, 1.0, 1.2),
        },
        "allow": {"variants": list(VARIANTS)},
        "profiles_only": True,
        "priority": draw.whole(1, 2),
    }
    timed = draw.chance(0.35)
    service["profiles"] = drawn_profiles(draw, classes, sizes, timed)
    if timed:
        service["slo"] = {"ttft_ms": {"p95": draw.between(700, 3000, 0)}}
    if draw.chance(0.5):
        service["spot"] = {"allowed": True, "max_share": draw.among(1.0, 1.0, 0.5, 0.3)}
    if draw.chance(0.3):
        availability: dict[str, Any] = {"min_instances": draw.among(0, 1, 2, 2, 3)}
        if draw.chance(0.6):
            kinds = draw.among(["spot_pool", "spot_region"], ["spot_pool"], ["zone"], ["spot_region", "zone"])
            availability["survives_loss"] = {"fraction": draw.among(0.3, 0.6, 1.0), "of": kinds}
        service["availability"] = availability
    if draw.chance(0.15):
        service["ramp"] = {"max_added_replicas": draw.whole(1, 3)}
    if draw.chance(0.2):
        service["max_configurations"] = draw.whole(1, 2)
    if draw.chance(0.25):
        service["quality"] = draw.among({"mean": draw.between(0.975, 0.995, 3)}, {"min": 0.97})
    if draw.chance(0.1):
        service["carbon_kg_per_month"] = round(_accelerators(service) * draw.between(10, 90), 1)
    if draw.chance(0.12) and "availability" not in service:
        service["unserved_usd_per_request"] = draw.among(1e-4, 1e-3)
    if draw.chance(0.2) and "quality" not in service:
        service["routing"], service["slice_factor"] = "slices", draw.whole(1, 4)
    return service


def drawn_profiles(draw: Draw, classes: int, sizes: list[tuple[str, int]], timed: bool) -> list[dict]:
    """One to four configurations that fit some instance; the first serves every class."""
    profiles = {}
    for _ in range(draw.whole(1, 4)):
        chip, size = draw.among(*sizes)
        tp = draw.among(*[t for t in (1, 2, 4) if t <= size])
        variant = draw.among("bf16", "bf16", *VARIANTS)
        gain = {"bf16": 1.0, "int8-w8a16": 1.3, "int4-awq": 1.5}[variant]
        speed = SPEED[chip] * gain * tp ** draw.between(0.8, 1.05) * draw.between(0.9, 1.1)
        throughput: list[float | None] = [round(speed, 3), round(speed / draw.between(3, 6), 3)][:classes]
        if profiles and classes > 1 and draw.chance(0.2):
            throughput[1] = draw.among(None, 0.0, 1e-5)
        profile = {"variant": variant, "accelerator": chip, "tp": tp, "throughput_rps": throughput}
        if timed:
            profile["ttft_ms"] = [draw.between(80, 300, 0), draw.between(300, 600, 0)][:classes]
            profile["tpot_ms"] = [draw.between(8, 30, 0)] * classes
        profiles.setdefault((variant, chip, tp), profile)
    return list(profiles.values())


def _commitments(draw: Draw, offers: list[dict], months: int) -> dict:
    found: dict[str, Any] = {"offered": draw.chance(0.8), "allow_beyond_horizon": draw.chance(0.3)}
    if draw.chance(0.2):
        found["offers"] = [_commitment(draw, months)]
    if draw.chance(0.15):
        chip = draw.among(*CHIPS)
        row = {
            "name": "old",
            "scope": {"accelerator": chip},
            "measure": draw.among("instances", "accelerators", "spend"),
            "amount": draw.whole(1, 4),
            "usd_per_month": draw.among(0.0, 300.0),
        }
        if row["measure"] == "spend":
            row["discount"] = 0.3
        if months > 1 and draw.chance(0.6):
            row["end_month"] = draw.whole(1, months)
        found["held"] = [row]
    return found


def _commitment(draw: Draw, months: int) -> dict:
    measure = draw.among("instances", "accelerators", "spend", "spend")
    row = {
        "name": "plan",
        "scope": draw.among({"accelerator": "small"}, {"accelerator": "large"}, {"provider": "aws"}, {}),
        "measure": measure,
        "term_months": min(12, months),
        "discount": draw.between(0.2, 0.5),
        "upfront_share": draw.among(0.0, 0.5, 1.0),
    }
    if measure == "accelerators":
        del row["discount"]
        row["usd_per_hour"] = draw.between(0.5, 1.6)
    if measure == "spend" and draw.chance(0.5):
        row["min_units"] = draw.between(0.5, 4.0)
        row["beyond"] = draw.among("discounted", "on_demand")
    if draw.chance(0.3):
        row["max_units"] = max(row.get("min_units", 0.0), draw.whole(1, 6))
    return row


def _limits(draw: Draw, services: list[dict]) -> dict:
    """Limits near what the services need: some bind, some are slack, a few leave no plan."""
    need = sum(_accelerators(s) for s in services)
    limits: dict[str, Any] = {}
    if draw.chance(0.2):
        limits["carbon_kg_per_month"] = round(need * draw.between(10, 90), 1)
    if draw.chance(0.1):
        region = draw.among("us-east-1", "aws:eu-north-1", "EU")
        limits["regions"] = [{"region": region, "carbon_kg_per_month": round(need * draw.between(3, 60), 1)}]
    if draw.chance(0.3):
        measure = draw.among({"max_instances": draw.whole(2, 8)}, {"max_accelerators": draw.whole(4, 24)})
        selector = draw.among({"provider": "aws"}, {"accelerator": "large"}, {"accelerator": "small"}, {"region": "us-*"})
        purchase = draw.among({}, {"purchase": "firm"}, {"purchase": "spot"})
        limits["quotas"] = [{**selector, **purchase, **measure}]
    if draw.chance(0.1):
        limits["max_configurations"] = draw.whole(1, 3)
    if draw.chance(0.1):
        limits["upfront_usd"] = draw.between(0, 20000, 0)
    if draw.chance(0.15):
        red = sum(_accelerators(s) for s in services if s["team"] == "red")
        limits["teams"] = [{"team": "red", "budget_usd_per_month": round(red * 730 * draw.between(0.5, 3.0), 0)}]
    if draw.chance(0.1):
        limits["budget_usd_per_month"] = round(need * 730 * draw.between(0.5, 4.0), 0)
    if draw.chance(0.1):
        limits["one_off_usd"] = draw.between(0, 900, 0)
    if draw.chance(0.12) and not any("availability" in s for s in services):
        limits["shortage"] = "by_priority"
    return limits


def _accelerators(service: dict) -> float:
    """About how many small accelerators the service keeps busy at its peak."""
    load = service["workload"]
    work = sum(c["share"] * (1.0 if c["name"] == "short" else 4.5) for c in load["classes"])
    return max(1.0, max(load["rate_per_s"]) * load["headroom"] * work)
