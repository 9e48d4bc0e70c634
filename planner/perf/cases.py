"""A table of benchmark rows as arrays that the formula broadcasts over."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from planner.perf.calibration import relatives
from planner.perf.footprint import Footprint, footprint
from planner.perf.memory import SAFE_KV_SHARE, kv_tokens_held, memory_use
from planner.perf.replica import BYTES_PER_VALUE, Architecture, Chip, Engine, Precision, Replica

COLUMNS = (
    "model", "gpu", "n_gpu", "tp", "pp", "engine", "engine_version", "weight_precision", "kv_precision",
    "isl", "osl", "concurrency_or_max", "metric",
)  # fmt: skip
#: Share of a chip's memory that weights may take where the table leaves the split open (assumed).
OPEN_SPLIT_SHARE = 0.6
#: Requests that run at once at most, by engine (documented defaults; benchmarks raise them).
MOST_REQUESTS = {"vLLM": 256, "SGLang": 1024, "TensorRT-LLM": 2048}
#: Tokens of one pass at most (documented defaults of today's versions).
BUDGET_TOKENS = 8192
SIXTEEN = {"bf16", "fp16", "fp32"}


@dataclass(frozen=True)
class Cases:
    """Rows that can be predicted, as arrays; ``refused`` says why the others cannot.

    at          positions of the rows in the table
    replicas    one per row; ``count`` of them share the row's load
    metric      throughput | total | ttft | tpot, and the statistic reported (mean, p50, p99, plain)
    kind        closed (``load`` requests at once) | full (everything queued) | open (``load`` requests per second)
    """

    at: np.ndarray
    replicas: tuple[Replica, ...]
    loads: Footprint
    relatives: tuple[Mapping[str, str], ...]
    input_tokens: np.ndarray
    output_tokens: np.ndarray
    count: np.ndarray
    room: np.ndarray
    budget: np.ndarray
    load: np.ndarray
    kind: np.ndarray
    metric: np.ndarray
    notes: tuple[str, ...]
    refused: Mapping[int, str]


def cases(columns: Mapping[str, Sequence[Any]], models: Mapping[str, Architecture], chips: Mapping[str, Chip]) -> Cases:
    """Read a table with the columns ``COLUMNS``; blank cells are None, NaN or empty text."""
    rows = list(zip(*(columns[name] for name in COLUMNS)))
    refused: dict[int, str] = {}
    known: dict[tuple, Any] = {}
    kept = []
    for at, row in enumerate(rows):
        key = row[:9]
        if key not in known:
            known[key] = _configuration(key, models, chips)
        found = known[key]
        if isinstance(found, str):
            refused[at] = found
            continue
        read = _row(row, found)
        if isinstance(read, str):
            refused[at] = read
        else:
            kept.append((at, *found, *read))
    return _stack(kept, refused)


def _stack(kept: list[tuple], refused: dict[int, str]) -> Cases:
    at, replicas, loads, keys, counts, notes, isl, osl, room, load, kind, metric, more = (
        zip(*kept) if kept else ((),) * 13
    )
    stacked = {
        field.name: np.array([getattr(one, field.name) for one in loads], dtype=float) for field in fields(Footprint)
    }
    return Cases(
        at=np.array(at, dtype=int),
        replicas=tuple(replicas),
        loads=Footprint(**stacked),
        relatives=tuple({**key, "statistic": one[1]} for key, one in zip(keys, metric)),
        input_tokens=np.array(isl, dtype=float),
        output_tokens=np.array(osl, dtype=float),
        count=np.array(counts, dtype=float),
        room=np.array(room, dtype=float),
        budget=np.full(len(at), float(BUDGET_TOKENS)),
        load=np.array(load, dtype=float),
        kind=np.array(kind, dtype=object),
        metric=np.array([one[0] for one in metric], dtype=object),
        notes=tuple("; ".join(filter(None, (a, b))) for a, b in zip(notes, more)),
        refused=refused,
    )


def _configuration(key: tuple, models: Mapping[str, Architecture], chips: Mapping[str, Chip]) -> Any:
    """(replica, footprint, relatives, replicas of the system, note), or why there is none."""
    model_name, chip_name, total, tp, pp, engine, version, weights, kv = key
    model, chip = models.get(str(model_name)), chips.get(str(chip_name))
    if model is None:
        return f"model {model_name!r} is not known"
    if chip is None:
        return f"accelerator {chip_name!r} is not known"
    total = int(_number(total) or 1)
    precision = precision_of(_text(weights), _text(kv), _text(engine), chip)
    if isinstance(precision, str):
        return precision
    engine_name = _text(engine) or "vLLM"
    most = next((value for word, value in MOST_REQUESTS.items() if word in engine_name), 256)
    settings = Engine(engine_name, _text(version), most, BUDGET_TOKENS)
    tp, pp, note = _number(tp), _number(pp), ""
    if tp is None:
        tp, note = _open_split(model, chip, precision, total, settings), "split assumed"
    pp = int(pp or 1)
    tp = max(1, min(int(tp), total // pp or 1))
    ep = total // pp if model.experts and total > tp * pp else 1
    replica = Replica(model, chip, precision, tp, pp, ep, settings)
    loads = footprint(replica)
    if loads is None:
        return f"{chip.name} has no known matrix rate for {precision.activations}"
    if model.shape_assumed:
        note = "; ".join(filter(None, (note, "model shape assumed")))
    return replica, loads, relatives(replica), max(total // replica.chips, 1), note


def _row(row: tuple, found: tuple) -> Any:
    """(input, output, room, load, kind, (metric, statistic), note), or why the row cannot be predicted."""
    replica, _, _, count, _ = found
    isl, osl, load, metric = _number(row[9]), _number(row[10]), _text(row[11]), _text(row[12])
    kind, statistic = metric_of(metric)
    if kind is None:
        return f"metric {metric!r} is not known"
    if osl is None or osl < 1:
        return "output length is unknown"
    note = ""
    if isl is None:
        isl, note = osl, "input length assumed equal to output length"
    use = memory_use(replica)
    held = kv_tokens_held(replica.architecture, isl + 0.5 * osl)
    room = max(use.kv_tokens / SAFE_KV_SHARE / held, 1.0)
    if load == "max":
        return isl, osl, room, math.inf, "full", (kind, statistic), note
    if load and load.startswith("qps:"):
        rate = _number(load[4:])
        return (isl, osl, room, rate / count, "open", (kind, statistic), note) if rate else "load is unknown"
    wanted = _number(load)
    if wanted is None or wanted <= 0:
        return f"load {load!r} is neither a number, max, nor qps:number"
    return isl, osl, room, wanted / count, "closed", (kind, statistic), note


def metric_of(name: str | None) -> tuple[str | None, str]:
    """("throughput" | "total" | "ttft" | "tpot" | None, statistic) of a metric's column name."""
    name = name or ""
    statistic = next((word for word in ("mean", "p50", "p90", "p95", "p99") if name.endswith("_" + word)), "plain")
    if name.startswith("total_tok_s"):
        return "total", "plain"
    if name.startswith("output_tok_s"):
        return "throughput", "plain"
    if name.startswith("ttft_ms"):
        return "ttft", statistic
    if name.startswith(("tpot_ms", "itl_ms")):
        return "tpot", statistic
    return None, statistic


def precision_of(weights: str | None, kv: str | None, engine: str | None, chip: Chip) -> Precision | str:
    """Weights, activations and cache from a table's two columns, with engines' defaults where it is silent.

    Eight- and four-bit floating weights multiply in their own format where the chip can, integers do not
    (GPTQ and AWQ store integers and multiply in 16 bits); TensorRT-LLM's fp8 and fp4 checkpoints cache in fp8.
    """
    sixteen = "bf16" if chip.bf16_tflops else "fp16"
    found = re.match(r"(mxfp4|nvfp4|[a-z]+\d+)", (weights or sixteen).lower())
    stored = {"mxfp4": "fp4", "nvfp4": "fp4"}.get(found.group(1), found.group(1)) if found else ""
    if stored not in BYTES_PER_VALUE:
        return f"weight precision {weights!r} is not known"
    native = stored in SIXTEEN or (stored in ("fp8", "fp4") and chip.rate_tflops(stored))
    if weights and weights.lower() == "mxfp4":
        native = False  # gpt-oss: weights at 4 bits, activations at 16
    cache = (kv or "unknown").lower()
    if cache not in BYTES_PER_VALUE:
        small = stored in ("fp8", "fp4") and "TensorRT" in (engine or "") and chip.fp8_tflops
        cache = "fp8" if small else sixteen
    return Precision(stored, stored if native else sixteen, cache)


def _open_split(model: Architecture, chip: Chip, precision: Precision, total: int, engine: Engine) -> int:
    """Smallest power of two of chips whose memory the weights fill to at most ``OPEN_SPLIT_SHARE``."""
    tp = 1
    while tp * 2 <= total:
        use = memory_use(Replica(model, chip, precision, tp, 1, 1, engine))
        if use.weights_gib <= OPEN_SPLIT_SHARE * chip.memory_gib:
            break
        tp *= 2
    return tp


def _number(value: Any) -> float | None:
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) else None


def _text(value: Any) -> str | None:
    if value is None or value != value or str(value).strip() == "":
        return None
    return str(value).strip()
