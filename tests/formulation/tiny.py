"""Small programs whose optimum can be worked out by hand: candidates are written down, no performance formula is used."""

from __future__ import annotations

import json

from planner.candidates.candidate import Candidate, Choices, Configuration
from planner.candidates.hosted import Hosted, Workers
from planner.candidates.jobs import job_choices
from planner.catalog.load import load_catalog
from planner.economics.api import ApiOffer
from planner.economics.caches import cache_options
from planner.economics.charges import charges_of
from planner.economics.commitments import commitment_options, held_options
from planner.economics.build_pools import build_pools
from planner.economics.serverless import ServerlessOffer
from planner.economics.timeline import timeline
from planner.formulation.build import Built, build
from planner.formulation.data import make_data
from planner.formulation.registry import constraints
from planner.formulation.sets import make_sets
from planner.problem.demand import demand
from planner.problem.hosted import ProvisionedUnits
from planner.problem.schema import Problem

MONTH = 730.0


def offer(name: str, usd: float | None, *, size: int = 1, region: str = "r1", accelerator: str = "H100", **more) -> dict:
    """A pool of one's own: ``p:<name>@<region>``."""
    return {
        "provider": "p",
        "region": region,
        "instance_type": name,
        "accelerator": accelerator,
        "accelerators_per_instance": size,
        "on_demand_usd_per_hour": usd,
        **more,
    }


def service(name: str = "a", rate=10.0, **more) -> dict:
    """A service with one request class and a Poisson-like stream."""
    return {
        "name": name,
        "model": "Llama-3.1-8B",
        "workload": {
            "rate_per_s": rate if isinstance(rate, list) else [rate],
            "dispersion_10s": 1.0,
            "classes": [{"input_tokens": 100, "output_tokens": 100, "share": 1.0}],
        },
        **more,
    }


def problem(services: list[dict], offers: list[dict], **more) -> dict:
    """A problem over own offers only; starting costs nothing unless said."""
    return {
        "services": services,
        "offers": {"catalog": False, "own": offers},
        "start_up": {"hours": 0.0, "spot_restart_hours": 0.0},
        **more,
    }


def replica(rps: float = 4.0, *, tp: int = 1, variant: str = "bf16", accelerator: str = "H100", **more) -> dict:
    """A configuration that serves ``rps`` requests a second at saturation."""
    return {"rps": rps, "tp": tp, "variant": variant, "accelerator": accelerator, **more}


def hosted(usd_per_request: float, *, quality: float | None = None, mode: str = "provider_api", **limits) -> dict:
    """A provider API at a price for each request; ``limits`` are the account's, by minute."""
    return {"usd_per_request": usd_per_request, "quality": quality, "limits": limits, "mode": mode}


def workers(rps: float, *, usd_per_hour: float, stay_s: float, least_rate: float = 0.0, kept_usd_per_hour=None, most: int = 5) -> dict:
    """A serverless option: one worker serves ``rps`` requests/s, each keeps one up for ``stay_s``."""
    return {
        "worker_rps": rps, "usd_per_hour": usd_per_hour, "stay_s": stay_s, "least_rate": least_rate,
        "kept_usd_per_hour": kept_usd_per_hour, "most": most,
    }  # fmt: skip


def program(stated: dict, replicas: dict[str, list[dict]], *, without: str | None = None) -> Built:
    """The program of ``stated`` with the given configurations by service; ``without`` leaves one constraint out."""
    parsed = Problem.model_validate_json(json.dumps(stated))
    times = timeline(parsed)
    catalog = load_catalog()
    pools, _ = build_pools(parsed, catalog, times)
    choices = tuple(_choices(s, replicas[s.name], pools) for s in parsed.services)
    options, _ = commitment_options(parsed, pools)
    caches = tuple(cache_options(s, catalog)[0] for s in parsed.services)
    sets = make_sets(parsed, times, pools, choices, options, held_options(parsed, pools, times), charges_of(parsed, catalog), job_choices(parsed, catalog, pools, times), caches)
    rates = demand(parsed, times)
    data = make_data(sets, tuple(rates[s.name] for s in parsed.services))
    only = None if without is None else frozenset(constraints()) - {without}
    return build(sets, data, only=only)


def _choices(stated, replicas: list[dict], pools) -> Choices:
    own = tuple(_candidate(stated, row, pools) for row in replicas if "rps" in row)
    return Choices(stated.name, ("c1",), own, (), hosted=tuple(_hosted(stated, row) for row in replicas if "rps" not in row))


def _hosted(stated, row: dict) -> Hosted:
    return _serverless(stated, row) if "worker_rps" in row else _api(stated, row)


def _serverless(stated, row: dict) -> Hosted:
    offer = ServerlessOffer(
        provider="s", service="run", name="gpu", accelerator="H100", accelerated=True, usd_per_hour=row["usd_per_hour"],
        kept_usd_per_hour=row["kept_usd_per_hour"], max_request_mb=1.0, max_processing_s=60.0, max_memory_gib=None, cold_start_s=1.0,
        idle_timeout_s=10.0, max_workers=row["most"], places=(), missing_price="", source="test", as_of="2026", kind="assumed", private=True,
    )  # fmt: skip
    made = Workers(
        configuration=Configuration("bf16", "H100", 1, 1, "vllm", 256), can_serve=(True,), work_s=(1.0 / row["worker_rps"],),
        stay_s=(row["stay_s"],), cache=(0.0,), share=1.0, cold_s=1.0, least_rate=row["least_rate"], kept=row["kept_usd_per_hour"] is not None,
    )  # fmt: skip
    return Hosted(stated.name, "serverless", f"{offer.id} bf16", (0.0,), (200.0,), None, offer, (), made)


def _api(stated, row: dict) -> Hosted:
    limits = {"requests_per_minute": None, "tokens_per_minute": None, **row["limits"]}
    offer = ApiOffer(
        provider="api", api_model="m", model=stated.model, altered=None, input_usd_per_mtok=1.0, output_usd_per_mtok=1.0,
        cached_input_usd_per_mtok=None, batch_input_usd_per_mtok=1.0, batch_output_usd_per_mtok=1.0, batch_window_hours=24.0,
        context_window=8192, retires_on=None, places=(), ttft_ms=(), tpot_ms=(), end_to_end_ms=(),
        source="test", as_of="2026", kind="assumed", private=True, **limits,
    )  # fmt: skip
    return Hosted(stated.name, row["mode"], offer.id, (row["usd_per_request"],), (200.0,), row["quality"], offer)


def units(usd_per_unit_hour: float, tokens_per_minute: float, **more) -> dict:
    """Provisioned throughput of the tiny API, sold in units."""
    sold = ProvisionedUnits(usd_per_unit_hour=usd_per_unit_hour, tokens_per_minute=tokens_per_minute, **more)
    return hosted(0.0, mode="provisioned", provisioned=sold)


def _candidate(stated, row: dict, pools) -> Candidate:
    own = tuple(
        p.id
        for p in pools
        if p.accelerator == row["accelerator"] and p.accelerators >= row["tp"] and row.get("pool", p.id) == p.id
    )
    return Candidate(
        service=stated.name,
        configuration=Configuration(row["variant"], row["accelerator"], row["tp"], 1, "vllm", 256),
        pools=own,
        can_serve=(True,),
        work_s=(1.0 / row["rps"],),
        residence_s=(row.get("residence_s", 1.0),),
        kv_tokens=(row.get("kv_tokens", 200.0),),
        kv_capacity_tokens=row.get("kv_capacity_tokens"),
        levels=row.get("levels", ((1, 1.0),)),
        quality=row.get("quality"),
        preparation_usd=row.get("preparation_usd", 0.0),
        basis="measured",
        point=None,
    )
