"""A plan of two services over 24 periods, written by hand for tests of its printing."""

from planner.plan.schema import Plan

# Twelve quiet hours with 1 instance and twelve busy ones with 3: 2 on average.
REPLICAS = (2,) * 12 + (6,) * 12
RUNNING = (1,) * 12 + (3,) * 12
# 730 h × 10 USD/h: one reserved at 6 USD/h (4,380), on demand 0 and 2 instances half the time each (7,300).
COST = {"on_demand_usd_per_month": 7300.0, "reserved_usd_per_month": 4380.0, "spot_usd_per_month": 0.0}


def deployment(**changes):
    """One configuration on one pool."""
    found = {
        "variant": "fp8", "accelerator": "H100", "tp": 2, "pp": 1, "engine": "vllm", "max_num_seqs": 128,
        "instance_type": "p5.4xlarge", "provider": "aws", "region": "aws:us-east-1",
        "pool": "aws:p5.4xlarge@us-east-1", "purchase": "firm", "replicas": REPLICAS,
        "rate_per_s": {"short": (3.0,) * 12 + (9.0,) * 12, "long": (1.0,) * 12 + (3.0,) * 12},
        "ttft_ms": (212.0,) * 12 + (312.0,) * 12, "tpot_ms": (28.0,) * 12 + (31.0,) * 12, "latency_percentile": 95.0,
        "utilisation": (0.5,) * 12 + (0.71,) * 12, "headroom": (0.3,) * 12 + (0.05,) * 12, "basis": "modelled",
    }
    return {**found, **changes}


def plan(name="chat", **changes):
    """The plan with some fields replaced."""
    found = {
        "status": "optimal", "proven": True, "checked": True, "deterministic": True, "gap": 0.00005,
        "bound_usd_per_month": 11679.4, "cost": {**COST, "total_usd_per_month": 11680.0},
        "carbon_kg_per_month": 512.34, "routing": "divisible",
        "periods": [{"name": f"h{hour:02d}", "hours_per_month": 730 / 24} for hour in range(24)],
        "services": [{"name": name, "deployments": [deployment()]}],
        "pools": [{
            "id": "aws:p5.4xlarge@us-east-1", "instance_type": "p5.4xlarge", "provider": "aws", "region": "aws:us-east-1",
            "accelerator": "H100", "accelerators_per_instance": 4, "on_demand": (0.0,) * 12 + (2.0,) * 12,
            "reserved": {"aws 1 year": (1.0,) * 24}, "owned": (0,) * 24, "spot": (0,) * 24, "running_firm": RUNNING,
            "firm_starts": (0,) * 12 + (2,) + (0,) * 11, "spot_starts": (0,) * 24,
        }],
        "commitments": [{
            "name": "aws 1 year", "measure": "instances", "units": 1.0, "term_months": 12, "usd_per_unit_hour": 6.0,
            "upfront_usd": 0.0, "beyond_horizon_usd": 0.0, "used_share": 1.0,
        }],
        "binding": [
            {"constraint": "quota", "where": "aws H100", "value": 3.0, "limit": 3.0, "unit": "instances", "slack": 0.0},
            {"constraint": "carbon_cap", "where": "all services", "value": 512.34, "limit": 900.0, "unit": "kgCO2e/month",
             "slack": 387.66},
        ],
        "demand_multiplier_survived": 1.07,
        "assumptions": [
            {"path": "horizon.months", "value": 12, "kind": "default", "reason": "a budget year"},
            {"path": "offers.aws:p5.4xlarge@us-east-1", "value": None, "kind": "assumed", "reason": "obtainable at once"},
        ],
        "not_considered": [{"what": ["gcp:a4@us-central1"], "reason": "price unknown"}],
        "certificate": {"passed": True, "checks": [{"name": "demand_served", "passed": True, "worst": 0.0}]},
        "solver": {
            "backend": "highs", "version": "1.12.0", "method": "monolith", "seconds": 1.25, "columns": 100, "rows": 80,
            "nonzeros": 300, "integers": 48, "gap_asked": 0.0001,
        },
        "inputs": {
            "problem": {
                "horizon": {"months": 12},
                "services": [{"name": name, "model": "Llama-3.1-8B", "slo": {"ttft_ms": {"p95": 500.0}, "tpot_ms": None}}],
            },
            "problem_digest": "0" * 64, "catalog_edition": "2026-11", "catalog_digest": "1" * 64,
            "planner_version": "0.1.0",
        },
    }
    return Plan.model_validate({**found, **changes})
