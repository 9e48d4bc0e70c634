"""Reads Mélange's input form (throughput matrices, bucket weights, slices) into a problem with measured profiles.

The program that the problem states is exactly Mélange's: one period, one accelerator per instance, capacity pooled
per type at the full measured throughput, slices not divided, nothing paid but the hourly price. So its
``total_usd_per_month`` is 730 times Mélange's hourly cost. Everything that could add to it is switched off here in
words of the format, never left to a default.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from typing import Any

from pydantic import Field

from planner.documents import Document, from_data, validate
from planner.errors import Fault, InvalidInput
from planner.problem.base import Frozen, Name, NonNegative, PositiveCount
from planner.problem.schema import Problem

MAX_BUCKETS = 1000  # request classes of one service, as the problem format has it
MAX_RATE_PER_S = 1e15  # likewise
PLACE = "melange"
VARIANT = "bf16"
MODEL = "unstated"

Matrix = tuple[tuple[NonNegative, ...], ...]


class Gpu(Frozen):
    """One GPU type."""

    cost: NonNegative = Field(description="USD per hour")
    tputs: Matrix = Field(min_length=1, description="requests/s by input size (row) and output size (column)")


class MelangeConfig(Frozen):
    """Mélange's configuration file."""

    gpu_info: dict[Name, Gpu] = Field(min_length=1)
    workload_distribution: Matrix = Field(
        min_length=1, description="weight by input size (row) and output size (column); not normalised"
    )
    total_request_rate: NonNegative = Field(description="requests/s that the weights are multiplied by")
    slice_factor: PositiveCount = Field(1, description="equal, indivisible parts of each bucket")


def melange_problem(config: dict[str, Any] | Document, name: str) -> dict[str, Any]:
    """The problem document, in our format, that states Mélange's program for ``config``.

    ``config`` is the plain data of the configuration, or the ``Document`` read from its file, so that faults carry
    lines. Raises ``InvalidInput`` with everything that is wrong in it. A bucket that no GPU can serve is no fault of
    the form: the problem then has no plan.
    """
    document = config if isinstance(config, Document) else _document(config, name)
    form = validate(document, MelangeConfig)
    faults = list(_faults(document, form))
    if faults:
        raise InvalidInput(document.file, faults)
    problem = _problem(form, name)
    validate(from_data(problem, document.file), Problem)
    return problem


def _document(config: dict[str, Any], name: str) -> Document:
    faults = [Fault(path, "not_finite", f"{value} cannot be used; give a finite number") for path, value in _odd(config)]
    if faults:
        raise InvalidInput(name, faults)
    return from_data(config, name)


def _odd(data: Any, path: str = "") -> Iterator[tuple[str, float]]:
    """Path and value of every number that is not finite."""
    if isinstance(data, dict):
        for key, value in data.items():
            yield from _odd(value, f"{path}.{key}" if path else str(key))
    elif isinstance(data, (list, tuple)):
        for index, value in enumerate(data):
            yield from _odd(value, f"{path}[{index}]")
    elif isinstance(data, float) and not math.isfinite(data):
        yield path, data


def _faults(document: Document, form: MelangeConfig) -> Iterator[Fault]:
    weights = form.workload_distribution
    columns = len(weights[0])
    if columns == 0:
        yield document.fault(("workload_distribution", 0), "shape", "this row has no column; give at least one bucket")
        return
    for row, values in enumerate(weights):
        if len(values) != columns:
            yield document.fault(
                ("workload_distribution", row), "shape", f"this row has {len(values)} columns, the first has {columns}"
            )
    for gpu, facts in sorted(form.gpu_info.items()):
        steps = ("gpu_info", gpu, "tputs")
        if len(facts.tputs) != len(weights):
            yield document.fault(
                steps, "shape", f"{len(facts.tputs)} rows for the {len(weights)} rows of workload_distribution"
            )
        for row, values in enumerate(facts.tputs):
            if len(values) != columns:
                yield document.fault(
                    (*steps, row), "shape", f"{len(values)} columns for the {columns} of workload_distribution"
                )
    buckets = sum(weight > 0 for row in weights for weight in row)
    if buckets > MAX_BUCKETS:
        yield document.fault(
            ("workload_distribution",), "too_many", f"{buckets:,} buckets carry weight; the limit is {MAX_BUCKETS:,}"
        )
    rate = form.total_request_rate * math.fsum(weight for row in weights for weight in row)
    if rate > MAX_RATE_PER_S:
        yield document.fault(
            ("total_request_rate",), "too_large", f"times the weights it is {rate:g} requests/s; the limit is 1e15"
        )
    for folded, times in sorted(Counter(gpu.casefold() for gpu in form.gpu_info).items()):
        if times > 1:
            yield document.fault(
                ("gpu_info",), "same_name", f"{times} GPUs are named {folded!r} but for letter case; rename one"
            )


def _problem(form: MelangeConfig, name: str) -> dict[str, Any]:
    buckets = [(i, j) for i, row in enumerate(form.workload_distribution) for j, w in enumerate(row) if w > 0]
    total_weight = math.fsum(form.workload_distribution[i][j] for i, j in buckets)
    if buckets:
        shares = [form.workload_distribution[i][j] / total_weight for i, j in buckets]
    else:  # nothing is asked for: one bucket keeps the form whole
        buckets, shares = [(0, 0)], [1.0]
    gpus = sorted(form.gpu_info.items())
    return {
        "schema_version": 1,
        "name": name,
        "description": (
            "Imported from Mélange's input form. Measured throughput per bucket; the form states no model and no token "
            "counts, and nothing here depends on them: 1 token stands in their fields."
        ),
        "horizon": {"months": 1, "seasons": []},
        "periods": {"kind": "single"},
        "services": [
            {
                "name": name,
                "model": MODEL,
                "workload": {
                    "rate_per_s": form.total_request_rate * total_weight,
                    "classes": [
                        {"name": f"in{i}-out{j}", "input_tokens": 1.0, "output_tokens": 1.0, "share": share}
                        for (i, j), share in zip(buckets, shares, strict=True)
                    ],
                    "scale": 1.0,
                    "headroom": 1.0,
                    "dispersion_10s": 1.0,
                },
                "slo": {},
                "allow": {"variants": [VARIANT]},
                "spot": {"allowed": False},
                "routing": "slices",
                "slice_factor": form.slice_factor,
                "profiles": [
                    {
                        "variant": VARIANT,
                        "accelerator": gpu,
                        "tp": 1,
                        "pp": 1,
                        "throughput_rps": [facts.tputs[i][j] for i, j in buckets],
                        "source": "Mélange's input form",
                    }
                    for gpu, facts in gpus
                ],
                "profiles_only": True,
            }
        ],
        "limits": {"shortage": "forbidden"},
        "offers": {
            "catalog": False,
            "own": [
                {
                    "provider": PLACE,
                    "region": PLACE,
                    "instance_type": gpu,
                    "accelerator": gpu,
                    "accelerators_per_instance": 1,
                    "on_demand_usd_per_hour": facts.cost,
                    "free": facts.cost == 0.0,
                    "source": "Mélange's input form",
                }
                for gpu, facts in gpus
            ],
            "accelerators": [{"name": gpu} for gpu, _ in gpus],
        },
        "commitments": {"offered": False, "allow_beyond_horizon": False},
        "start_up": {"hours": 0.0, "spot_restart_hours": 0.0},
        "carbon": {"price_usd_per_tonne": 0.0, "embodied": False},
        "financing": {"annual_rate": 0.0},
    }
