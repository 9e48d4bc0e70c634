"""A problem small enough to solve by hand, and files of it."""

import json


def problem(**changes):
    """3 requests/s on machines that do 2 requests/s each at 10 USD/h: two of them, 2 × 10 × 730 = 14,600 USD/month."""
    found = {
        "schema_version": 1,
        "name": "small",
        "services": [
            {
                "name": "chat", "model": "Llama-3.1-8B", "profiles_only": True,
                "workload": {"rate_per_s": 3, "classes": [{"input_tokens": 100, "output_tokens": 100, "share": 1}]},
                "profiles": [{"accelerator": "H100", "throughput_rps": [2.0]}],
            }
        ],
        "offers": {
            "catalog": False,
            "own": [
                {"provider": "own", "region": "here", "instance_type": "one", "accelerator": "H100",
                 "accelerators_per_instance": 1, "on_demand_usd_per_hour": 10.0}
            ],
        },
    }
    return {**found, **changes}


COST = 14600.0


def written(folder, name="small.json", **changes):
    """The path of a file with the problem."""
    path = folder / name
    path.write_text(json.dumps(problem(**changes)), encoding="utf-8")
    return path
