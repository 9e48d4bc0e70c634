"""A small problem with its plan, written by hand: every figure is derived in a comment beside it."""

from __future__ import annotations

import copy
from typing import Any

from planner.catalog import load_catalog
from planner.catalog.catalog import Catalog
from planner.catalog.hardware import Model
from planner.catalog.market import Region
from planner.catalog.usage import Variant
from planner.documents import digest, from_data, validate
from planner.plan.schema import Plan
from planner.problem.defaults import DEFAULTS
from planner.problem.schema import Problem

BOX, RACK = "acme:box2@west", "owned:rack@cellar"

# Two periods of 12 h a day, 365 h a month each, 730/24 = 30.41666… occurrences a month.
# chat: short requests 3/s then 6/s, long ones 1/s then 2/s; one X serves 4 short or 2 long a second,
#   so a short request takes 0.25 replica-seconds and a long one 0.5.
# bulk: 1/s in both periods on two X together (tp 2) at 2/s: 0.5 replica-seconds.
PROBLEM: dict[str, Any] = {
    "periods": {"kind": "day", "per_day": 2},
    "carbon": {"price_usd_per_tonne": 100.0},
    "offers": {
        "catalog": False,
        "accelerators": [{"name": "X", "vendor": "acme", "memory_gib": 80.0, "memory_bandwidth_gb_per_s": 2000.0,
                          "bf16_tflops": 300.0, "tdp_w": 500.0, "idle_w": 60.0}],
        "own": [{"provider": "acme", "region": "west", "instance_type": "box2", "accelerator": "X",
                 "accelerators_per_instance": 2, "on_demand_usd_per_hour": 4.0, "spot_usd_per_hour": 1.5,
                 "reserved_1y_usd_per_hour": 2.5, "spot_availability": 0.9, "spot_interruptions_per_month": 7.3,
                 "stock": 6}],
    },
    "owned": [{"name": "rack", "site": "cellar", "accelerator": "X", "accelerators_per_instance": 2, "instances": 2,
               "electricity_usd_per_kwh": 0.1, "upkeep_usd_per_hour": 0.5, "pue": 1.25, "g_co2e_per_kwh": 200.0,
               "power_cap_kw": 1.5}],
    "commitments": {"held": [{"name": "old", "scope": {"instance_type": "box2"}, "measure": "instances", "amount": 1.0,
                              "usd_per_month": 50.0}]},
    "limits": {
        "budget_usd_per_month": 5000.0, "horizon_usd": 60000.0, "upfront_usd": 100.0, "one_off_usd": 100.0,
        "carbon_kg_per_month": 300.0, "max_configurations": 2,
        "regions": [{"region": "acme:west", "carbon_kg_per_month": 200.0}],
        "teams": [{"team": "a", "budget_usd_per_month": 3500.0}],
        "quotas": [{"name": "west", "provider": "acme", "max_instances": 5}],
    },
    "services": [
        {"name": "chat", "team": "a", "model": "toy",
         "workload": {"rate_per_s": [4.0, 8.0], "dispersion_10s": 1.0,
                      "classes": [{"name": "short", "input_tokens": 100.0, "output_tokens": 50.0, "share": 0.75},
                                  {"name": "long", "input_tokens": 1000.0, "output_tokens": 500.0, "share": 0.25}]},
         "spot": {"allowed": True, "max_share": 0.5}, "ramp": {"max_added_replicas": 2}, "max_configurations": 1,
         "availability": {"min_instances": 2, "survives_loss": {"fraction": 0.75, "of": ["spot_pool"]}},
         "carbon_kg_per_month": 90.0, "allow": {"variants": None}, "profiles_only": True,
         "profiles": [{"variant": "bf16", "accelerator": "X", "tp": 1, "throughput_rps": [4.0, 2.0], "max_num_seqs": 8}]},
        {"name": "bulk", "model": "toy", "unserved_usd_per_request": 0.0001,
         "workload": {"rate_per_s": [1.0, 1.0], "dispersion_10s": 1.0,
                      "classes": [{"input_tokens": 100.0, "output_tokens": 50.0, "share": 1.0}]},
         "allow": {"variants": None}, "profiles_only": True,
         "profiles": [{"variant": "bf16", "accelerator": "X", "tp": 2, "throughput_rps": [2.0], "max_num_seqs": 8}]},
    ],
}

COST = {
    "on_demand_usd_per_month": 1460.0,  # 1 box in the second half of the day: 365 h × 4 USD
    "reserved_usd_per_month": 1825.0,  # 1 box all month: 730 h × 2.5 USD
    "held_commitments_usd_per_month": 50.0,
    "spot_usd_per_month": 492.75,  # 365 h × 1.5 USD × 0.9 of the time there
    "spot_restarts_usd_per_month": 0.5475,  # 365 h × 1.5 USD × 7.3/730 interruptions an hour × 0.1 h
    "start_ups_usd_per_month": 0.1 * (4.0 + 1.5) * 730 / 24,  # one box on demand and one spot box at noon, 0.1 h each
    # rack: 1.25 × (2 × 60 W + 2 × 75 W host) = 0.3375 kW idle, two of them always on = 0.675 kW; a busy X draws
    # 1.25 × (0.8 × 500 − 60) = 0.425 kW more; two X busy half the time = 0.425 kW, a quarter = 0.2125 kW.
    "owned_energy_usd_per_month": 72.54375,  # 365 h × 0.1 USD × (0.675 + 0.425 + 0.675 + 0.2125) kW
    "owned_upkeep_usd_per_month": 365.0,  # 730 h × 0.5 USD × 1 instance in use
    "carbon_price_usd_per_month": 27.07059,  # 0.2707059 t × 100 USD
    "unserved_usd_per_month": 65.7,  # 0.5/s × 3600 × 365 h × 0.0001 USD
}
# box2: 1.2 × 270 W = 0.324 kW idle, a busy X 1.2 × 340 W = 0.408 kW more. Boxes on: 2, then 3 + 0.9 of a spot box.
# Busy X: 1.25, then 2.5. 365 h × 0.1 kg/kWh × (0.648 + 0.51 + 1.2636 + 1.02) kW = 125.6184 kg.
# rack: 365 h × 0.2 kg/kWh × 1.9875 kW = 145.0875 kg.
CARBON = 125.6184 + 145.0875
# The same by period, 365 h each: 0.1 × (0.648 + 0.51) and 0.1 × (1.2636 + 1.02); 0.2 × (0.675 + 0.425) and 0.2 × (0.675 + 0.2125).
CARBON_BY_REGION = {"acme:west": [42.267, 83.3514], "owned:rack": [80.3, 64.7875]}
# chat's own: one box's worth of X firm, 0.45 of a box spot: 365 × 0.1 × (0.324 + 0.51 + 0.324 + 0.1458 + 1.02).
CHAT_CARBON = 84.8187
BULK_CARBON = 95.8125  # 365 × 0.2 × (2 × 0.3375 + 0.425 + 0.2125)
CHAT_SHARE = 3193.75  # 730 h × 2 X × 2 USD + 365 h × 1 X × 0.75 USD
TOTAL = sum(COST.values())

_X = {"variant": "bf16", "accelerator": "X", "pp": 1, "engine": "unstated", "max_num_seqs": 8}
_BOX = {"instance_type": "box2", "provider": "acme", "region": "acme:west", "pool": BOX}
_RACK = {"instance_type": "rack", "provider": "owned", "region": "owned:rack", "pool": RACK}
_QUIET = {"ttft_ms": [None, None], "tpot_ms": [None, None], "latency_percentile": 95.0, "basis": "measured"}
# Firm: 1.25 of 2 replicas busy, then together with the spot replica 2.5 of 2 + 0.9. Everything of saturation is safe.
_USED = 2.5 / 2.9

PLAN: dict[str, Any] = {
    "status": "optimal", "proven": True, "checked": True, "deterministic": True, "gap": 0.0,
    "bound_usd_per_month": TOTAL, "cost": {**COST, "total_usd_per_month": TOTAL}, "carbon_kg_per_month": CARBON,
    "carbon_by_region": CARBON_BY_REGION, "routing": "divisible",
    "periods": [{"name": "h00", "hours_per_month": 365.0}, {"name": "h12", "hours_per_month": 365.0}],
    "services": [
        {"name": "chat", "carbon_kg_per_month": CHAT_CARBON, "share_usd_per_month": CHAT_SHARE,
         "deployments": [
             {**_X, **_BOX, **_QUIET, "tp": 1, "purchase": "firm", "replicas": [2, 2],
              # Busy: 0.25 × 3 + 0.5 × 1 = 1.25 of 2, then 0.25 × 4.5 + 0.5 × 1.5 = 1.875 of 2.
              "rate_per_s": {"short": [3.0, 4.5], "long": [1.0, 1.5]},
              "utilisation": [0.625, _USED], "headroom": [0.375, 1 - _USED]},
             {**_X, **_BOX, **_QUIET, "tp": 1, "purchase": "spot", "replicas": [0, 1],
              # Busy: 0.25 × 1.5 + 0.5 × 0.5 = 0.625 of 0.9; a quarter of all requests.
              "rate_per_s": {"short": [0.0, 1.5], "long": [0.0, 0.5]},
              "utilisation": [None, _USED], "headroom": [None, 1 - _USED]},
         ],
         "survival": [{"lost": BOX, "kind": "spot_pool", "routing": [
             # Three quarters of the demand on the two firm replicas: at most 0.75 × 2.5 = 1.875 of 2.
             {**_X, "tp": 1, "region": "acme:west", "request_class": "short", "rate_per_s": [2.25, 4.5]},
             {**_X, "tp": 1, "region": "acme:west", "request_class": "long", "rate_per_s": [0.75, 1.5]},
         ]}]},
        {"name": "bulk", "carbon_kg_per_month": BULK_CARBON, "share_usd_per_month": 0.0,
         "unserved_per_s": {"c1": [0.0, 0.5]},
         "deployments": [
             {**_X, **_RACK, **_QUIET, "tp": 2, "purchase": "firm", "replicas": [1, 1], "rate_per_s": {"c1": [1.0, 0.5]},
              "utilisation": [0.5, 0.25], "headroom": [0.5, 0.75]},
         ]},
    ],
    "pools": [
        {"id": BOX, "instance_type": "box2", "provider": "acme", "region": "acme:west", "accelerator": "X",
         "accelerators_per_instance": 2, "on_demand": [0.0, 1.0],
         "reserved": {"old": [1.0, 1.0], f"1y {BOX}": [1.0, 1.0]}, "owned": [0, 0], "spot": [0, 1],
         "running_firm": [2, 3], "firm_starts": [0, 1], "spot_starts": [0, 1]},
        {"id": RACK, "instance_type": "rack", "provider": "owned", "region": "owned:rack", "accelerator": "X",
         "accelerators_per_instance": 2, "on_demand": [0.0, 0.0], "owned": [1, 1], "spot": [0, 0],
         "running_firm": [1, 1], "firm_starts": [0, 0], "spot_starts": [0, 0]},
    ],
    "commitments": [{"name": f"1y {BOX}", "measure": "instances", "units": 1.0, "term_months": 12,
                     "usd_per_unit_hour": 2.5, "upfront_usd": 0.0, "beyond_horizon_usd": 0.0, "used_share": 1.0}],
    "binding": [
        {"constraint": c, "where": w, "value": v, "limit": top, "unit": unit, "slack": top - v}
        for c, w, v, top, unit in (
            ("budget", "budget_usd_per_month", TOTAL, 5000.0, "USD/month"), ("budget", "horizon_usd", 12 * TOTAL, 60000.0, "USD"),
            ("budget", "upfront_usd", 0.0, 100.0, "USD"), ("budget", "one_off_usd", 0.0, 100.0, "USD"),
            ("budget", "team a", CHAT_SHARE, 3500.0, "USD/month"), ("carbon_cap", "all services", CARBON, 300.0, "kgCO2e/month"),
            ("carbon_cap", "acme:west", 125.6184, 200.0, "kgCO2e/month"), ("carbon_cap", "chat", CHAT_CARBON, 90.0, "kgCO2e/month"),
            ("quota", "west", 4.0, 5.0, "instances"), ("stock", BOX, 4.0, 6.0, "instances"), ("stock", RACK, 1.0, 2.0, "instances"),
            ("power_cap", RACK, 1.1, 1.5, "kW"),  # 0.675 kW idle + 0.425 kW busy
            ("max_configurations", "all services", 2.0, 2.0, "configurations"), ("max_configurations", "chat", 1.0, 1.0, "configurations"),
            ("spot_share", "chat", 0.25, 0.5, "of requests"), ("ramp", "chat", 1.0, 2.0, "replicas per period"),
            ("replica_capacity", "chat", _USED, 1.0, "of safe capacity"), ("replica_capacity", "bulk", 0.5, 1.0, "of safe capacity"),
        )
    ],
    "demand_multiplier_survived": 2.0 / 1.875,  # the firm replicas of chat are the first to be full
    "assumptions": [
        {"path": "carbon.intensity", "value": "average", "kind": "default", "reason": DEFAULTS["carbon.intensity"].reason},
        {"path": "services.*.routing", "value": "divisible", "kind": "default", "reason": DEFAULTS["service.routing"].reason},
        {"path": "services.bulk.spot.allowed", "value": DEFAULTS["spot.allowed"].value, "kind": "default",
         "reason": DEFAULTS["spot.allowed"].reason},
        {"path": f"offers.{BOX}.on_demand", "value": 4.0, "kind": "private", "reason": "price of a pool in use",
         "source": "user", "as_of": "stated in the problem"},
        {"path": "services.chat: bf16 X tp1 batch 8", "value": None, "kind": "assumed", "reason": "said of its performance"},
    ],
    "solver": {"backend": "hand", "version": "", "method": "by hand", "seconds": 0.0, "columns": 0, "rows": 0,
               "nonzeros": 0, "integers": 0, "gap_asked": 0.0},
}


def catalog(*, model: dict[str, Any] | None = None, variants: tuple[dict[str, Any], ...] = (), constants: bool = False) -> Catalog:
    """A catalogue that knows one region, its grid (100 g/kWh) and its PUE (1.2), and where asked the model ``toy`` and the published constants of training."""
    facts = {"source": "test", "as_of": "2026", "kind": "assumed"}
    west = Region(provider="acme", region="west", country="US", geo="US", carbon_average_g_co2e_per_kwh=100.0, pue=1.2, **facts)
    models = {} if model is None else {"toy": Model(**{**TOY, **model}, **facts)}
    rows = {v.id: v for v in (Variant(**{**FP8, **variant}, **facts) for variant in variants)}
    empty: dict[str, Any] = {}
    return Catalog(edition="test", digest="0" * 64, sources=empty, accelerators=empty, models=models,
                   regions={west.id: west}, offers=empty, region_hours=empty, spot=empty, commitments=empty, variants=rows,
                   _late=lambda table: load_catalog().costs if constants and table == "costs" else empty)


# A dense model of 8e9 parameters with the shape of Llama 3 8B.
TOY = {"name": "toy", "kind_of_model": "decoder", "params_b": 8.0, "active_params_b": 8.0, "layers": 32, "hidden": 4096,
       "heads": 32, "kv_heads": 8, "head_dim": 128, "vocab": 128000, "attention": "GQA", "full_attention_layers": 32,
       "max_context": 8192}
FP8 = {"model": "toy", "method": "fp8", "weight_precision": "fp8", "activation_precision": "bf16", "size_factor": 0.5,
       "benchmark": "*", "recovery": 0.98, "preparation_accelerator_hours": 60.0}


def problem(data: dict[str, Any] | None = None) -> Problem:
    """The problem, or one made of other data."""
    return validate(from_data(PROBLEM if data is None else data, "problem"), Problem)


def plan_data(of: Problem | None = None) -> dict[str, Any]:
    """The plan as plain data, free to be changed."""
    stated = (of or problem()).model_dump(mode="json")
    data = copy.deepcopy(PLAN)
    data["inputs"] = {"problem": stated, "problem_digest": digest(stated), "catalog_edition": "test",
                      "catalog_digest": "0" * 64, "planner_version": "test"}
    return data


def plan(data: dict[str, Any] | None = None) -> Plan:
    """The plan, or one made of other data."""
    return validate(from_data(plan_data() if data is None else data, "plan"), Plan)
