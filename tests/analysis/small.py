"""Problems small enough to solve by hand, ready for a bench."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from planner.analysis.bench import Bench
from planner.catalog.load import load_catalog
from planner.documents import from_data
from planner.problem.load import LoadedProblem, problem_of
from planner.solve import Options

MONTH = 730.0


def service(name: str = "chat", rate: Any = 3.0, rps: float = 2.0, **more: Any) -> dict[str, Any]:
    """One class of requests; a replica on one accelerator serves ``rps`` requests/s."""
    return {
        "name": name, "model": "Llama-3.1-8B", "profiles_only": True,
        "workload": {"rate_per_s": rate, "classes": [{"input_tokens": 100, "output_tokens": 100, "share": 1}]},
        "profiles": [{"accelerator": "H100", "throughput_rps": [rps]}], **more,
    }  # fmt: skip


def offer(name: str = "one", usd: float | None = 10.0, *, size: int = 1, region: str = "here", provider: str = "own", **more: Any) -> dict[str, Any]:
    """A pool of the user's own, ``own:<name>@here``."""
    return {
        "provider": provider, "region": region, "instance_type": name, "accelerator": "H100", "accelerators_per_instance": size,
        "on_demand_usd_per_hour": usd, **more,
    }  # fmt: skip


def problem(services: list | None = None, offers: list | None = None, **more: Any) -> dict[str, Any]:
    """3 requests/s on machines of 2 requests/s at 10 USD/h: two of them, 2 × 10 × 730 = 14,600 USD/month."""
    return {
        "schema_version": 1, "services": services or [service()], "offers": {"catalog": False, "own": offers or [offer()]},
        "start_up": {"hours": 0.0, "spot_restart_hours": 0.0}, **more,
    }  # fmt: skip


@lru_cache(maxsize=1)
def catalog() -> Any:
    """The edition that comes with the planner."""
    return load_catalog("2026-11")


def loaded(document: dict[str, Any]) -> LoadedProblem:
    """A problem document as a file would be read."""
    return problem_of(from_data(document, "p.json"))


def bench(document: dict[str, Any] | None = None, **options: Any) -> Bench:
    """A bench that proves to gap 0 unless told otherwise."""
    return Bench(loaded(document or problem()), catalog(), Options(**{"gap": 0.0, **options}))
