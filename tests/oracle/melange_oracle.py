"""Mélange's program stated a second time, by hand in PuLP and solved by CBC, to compare costs and times with."""

from __future__ import annotations

import math
import random
import time
from dataclasses import dataclass
from typing import Any

import pulp

CANNOT_SERVE_RPS = 1e-5


@dataclass(frozen=True)
class MelangeAnswer:
    """cost_usd_per_hour None: no plan. seconds: building the program and solving it. proven: not cut off."""

    cost_usd_per_hour: float | None
    count: dict[str, int]
    seconds: float
    proven: bool = True


def melange_optimum(
    config: dict[str, Any], *, by_slice: bool = False, time_limit_s: float | None = None
) -> MelangeAnswer:
    r"""Least hourly cost for a configuration in Mélange's form.

    .. math:: \min \sum_g cost_g \, n_g \quad \sum_g x_{ig} = slices_i \quad
              \sum_i rate_i / (slices_i \, tput_{ig}) \, x_{ig} \le n_g

    ``by_slice`` states one binary per slice and GPU type, as its authors do; otherwise the equal slices of a bucket
    are counted, which has the same optimum and none of the symmetry.
    """
    began = time.perf_counter()
    factor = config["slice_factor"]
    parts, repeats = (1, factor) if by_slice else (factor, 1)
    items = [
        (i, j, weight * config["total_request_rate"] / factor)
        for i, row in enumerate(config["workload_distribution"])
        for j, weight in enumerate(row)
        for _ in range(repeats)
        if weight > 0
    ]
    gpus = sorted(config["gpu_info"])
    program = pulp.LpProblem("melange", pulp.LpMinimize)
    count = {g: pulp.LpVariable(f"n_{k}", lowBound=0, cat="Integer") for k, g in enumerate(gpus)}
    chosen = {
        (s, g): pulp.LpVariable(f"x_{s}_{k}", lowBound=0, upBound=parts, cat="Integer")
        for s, (i, j, _) in enumerate(items)
        for k, g in enumerate(gpus)
        if config["gpu_info"][g]["tputs"][i][j] > CANNOT_SERVE_RPS
    }
    program += pulp.lpSum(config["gpu_info"][g]["cost"] * count[g] for g in gpus)
    for s in range(len(items)):
        able = [chosen[s, g] for g in gpus if (s, g) in chosen]
        if not able:
            return MelangeAnswer(None, {}, time.perf_counter() - began)
        program += pulp.lpSum(able) == parts
    for g in gpus:
        tputs = config["gpu_info"][g]["tputs"]
        load = [chosen[s, g] * (rate / tputs[i][j]) for s, (i, j, rate) in enumerate(items) if (s, g) in chosen]
        program += pulp.lpSum(load) <= count[g]
    program.solve(pulp.PULP_CBC_CMD(msg=False, gapRel=0.0, gapAbs=0.0, threads=1, timeLimit=time_limit_s))
    seconds = time.perf_counter() - began
    if program.sol_status not in (pulp.LpSolutionOptimal, pulp.LpSolutionIntegerFeasible):
        return MelangeAnswer(None, {}, seconds, program.status == pulp.LpStatusInfeasible)
    found = {g: round(count[g].value() or 0) for g in gpus}
    cost = math.fsum(config["gpu_info"][g]["cost"] * n for g, n in found.items())
    return MelangeAnswer(cost, found, seconds, program.sol_status == pulp.LpSolutionOptimal)


def random_config(seed: int, *, gpus: int = 3, rows: int = 3, columns: int = 3, slice_factor: int = 2) -> dict[str, Any]:
    """A configuration with realistic spread: larger GPUs cost more and gain more on long requests.

    About one bucket in eight carries no weight, one throughput in eight says "cannot serve" on all but the largest
    GPU, and the weights are deliberately not normalised.
    """
    draw = random.Random(seed)
    info = {}
    for k in range(gpus):
        size = 2.0**k
        info[f"gpu{k}"] = {
            "cost": round(0.8 * size ** draw.uniform(0.75, 1.0), 2),
            "tputs": [
                [
                    0.0
                    if k < gpus - 1 and draw.random() < 0.125
                    else round(4.0 * size ** draw.uniform(0.7, 1.15) / (1 + i) / (1 + 2 * j), 3)
                    for j in range(columns)
                ]
                for i in range(rows)
            ],
        }
    return {
        "gpu_info": info,
        "workload_distribution": [
            [0.0 if draw.random() < 0.125 else round(draw.uniform(0.01, 0.3), 3) for _ in range(columns)]
            for _ in range(rows)
        ],
        "total_request_rate": round(draw.uniform(2.0, 20.0), 2),
        "slice_factor": slice_factor,
    }
