"""Plans to export, written by hand: two services, spot beside firm, more replicas in the working hours."""

import json

from planner.catalog import load_catalog
from planner.export.targets import Export
from planner.plan.schema import Plan
from planner.problem.schema import Problem

# From 08:00 to 20:00 UTC three replicas, else one; spot from 10:00 to 14:00.
BUSY = (1,) * 8 + (3,) * 12 + (1,) * 4
SPOT = (0,) * 10 + (2,) * 4 + (0,) * 10


def deployment(**changes):
    """8-bit weights on one H100."""
    found = {
        "variant": "fp8", "accelerator": "H100", "tp": 1, "pp": 1, "engine": "vLLM", "max_num_seqs": 64, "instance_type": "p5.4xlarge",
        "provider": "aws", "region": "aws:us-east-1", "pool": "aws:p5.4xlarge@us-east-1", "purchase": "firm", "replicas": BUSY,
        "rate_per_s": {"c1": tuple(2.0 * count for count in BUSY)}, "ttft_ms": (None,) * 24, "tpot_ms": (None,) * 24,
        "latency_percentile": 95.0, "utilisation": (0.5,) * 24, "headroom": (0.2,) * 24, "basis": "modelled",
    }  # fmt: skip
    return {**found, **changes}


def pool(**changes):
    """One accelerator an instance, bought on demand."""
    found = {
        "id": "aws:p5.4xlarge@us-east-1", "instance_type": "p5.4xlarge", "provider": "aws", "region": "aws:us-east-1", "accelerator": "H100",
        "accelerators_per_instance": 1, "on_demand": BUSY, "owned": (0,) * 24, "spot": SPOT, "running_firm": BUSY,
        "firm_starts": (0,) * 24, "spot_starts": (0,) * 24,
    }  # fmt: skip
    return {**found, **changes}


def problem(**changes):
    """A day of 24 hours; chat must stand on two instances."""
    load = {"rate_per_s": 5.0, "classes": [{"input_tokens": 3000, "output_tokens": 500, "share": 1.0}]}
    found = {
        "periods": {"kind": "day"},
        "services": [
            {"name": "chat", "model": "Llama-3.1-8B", "workload": load, "availability": {"min_instances": 2}},
            {"name": "Long Papers", "model": "Qwen2.5-72B", "workload": load, "context_tokens": 32000},
        ],
    }
    return Problem.model_validate_json(json.dumps({**found, **changes}))


def plan(**changes):
    """The plan; ``problem`` may be another one."""
    stated = changes.pop("problem", None) or problem()
    long = deployment(
        variant="bf16", tp=4, max_num_seqs=32, instance_type="p5.48xlarge", pool="aws:p5.48xlarge@us-east-1", replicas=(2,) * 24,
        rate_per_s={"c1": (1.0,) * 24},
    )
    spot = deployment(purchase="spot", replicas=SPOT, rate_per_s={"c1": tuple(2.0 * count for count in SPOT)})
    large = pool(
        id="aws:p5.48xlarge@us-east-1", instance_type="p5.48xlarge", accelerators_per_instance=8, on_demand=(0,) * 24, spot=(0,) * 24,
        running_firm=(1,) * 24, reserved={"1y aws:p5.48xlarge@us-east-1": (1,) * 24},
    )
    bought = {
        "name": "1y aws:p5.48xlarge@us-east-1", "measure": "instances", "units": 1, "term_months": 12, "usd_per_unit_hour": 30.0,
        "upfront_usd": 0.0, "beyond_horizon_usd": 0.0, "used_share": 1.0,
    }  # fmt: skip
    found = {
        "status": "optimal", "proven": True, "checked": True, "deterministic": True, "gap": 0.0, "bound_usd_per_month": 21900.0,
        # 730 h × 30 USD.
        "cost": {"reserved_usd_per_month": 21900.0, "total_usd_per_month": 21900.0}, "carbon_kg_per_month": None, "routing": "divisible",
        "periods": [{"name": f"h{hour:02d}", "hours_per_month": 730 / 24} for hour in range(24)],
        "services": [{"name": "chat", "deployments": [deployment(), spot]}, {"name": "Long Papers", "deployments": [long]}],
        "pools": [pool(), large], "commitments": [bought], "binding": [], "demand_multiplier_survived": None, "assumptions": [],
        "solver": {"backend": "highs", "version": "1", "method": "m", "seconds": 0.0, "columns": 0, "rows": 0, "nonzeros": 0, "integers": 0, "gap_asked": 0.0},
        "inputs": {"problem": stated.model_dump(mode="json"), "problem_digest": "0" * 64, "catalog_edition": "2026-11",
                   "catalog_digest": "1" * 64, "planner_version": "0.1.0"},
    }  # fmt: skip
    return Plan.model_validate({**found, **changes})


def asked(**changes):
    """What a target is asked, with a role for SageMaker."""
    found = changes.pop("plan", None) or plan()
    stated = changes.pop("problem", None) or problem()
    return Export(found, stated, load_catalog("2026-11"), **{"role": "arn:aws:iam::123456789012:role/planner", **changes})
