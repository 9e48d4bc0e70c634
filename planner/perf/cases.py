"""A table of benchmark rows as arrays that the formula broadcasts over."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from planner.perf.calibration import DEFAULT
from planner.perf.closed_loop import loop_state
from planner.perf.footprint import Footprint, footprint, stack_footprints
from planner.perf.memory import SAFE_KV_SHARE, kv_tokens_held, memory_use
from planner.perf.relatives import UNSTATED, has_attention_copies, relatives
from planner.perf.replica import BYTES_PER_VALUE, Architecture, Chip, Engine, Precision, Replica

COLUMNS = (
    "model", "gpu", "n_gpu", "tp", "pp", "engine", "engine_version", "weight_precision", "kv_precision",
    "isl", "osl", "concurrency_or_max", "metric",
)  # fmt: skip
#: Input and output tokens for which a split that the table leaves open is chosen (assumed).
USUAL_TOKENS = (512.0, 256.0)
#: Share of a chip's memory that benchmarks let an engine use, by engine (TensorRT-LLM takes it after the weights).
MEMORY_SHARE = {"TensorRT-LLM": 0.97, "SGLang": 0.92, "vLLM": 0.92}
#: Share of the output that a request's place in the cache is counted with: TensorRT-LLM never evicts and so keeps
#: room for all of it; others fill up to what is there, on average half.
RESERVED_OUTPUT = {"TensorRT-LLM": 1.0}
#: Requests that run at once at most, by engine (documented defaults; benchmarks raise them).
MOST_REQUESTS = {"vLLM": 256, "SGLang": 1024, "TensorRT-LLM": 2048}
#: Tokens of one pass at most (documented defaults of today's versions).
BUDGET_TOKENS = 8192
SIXTEEN = {"bf16", "fp16", "fp32"}


@dataclass(frozen=True)
class Cases:
    """Rows that can be predicted, as arrays; ``refused`` says why the others cannot.

    at          positions of the rows in the table
    wide        the same chips with attention copies side by side, where an engine may choose them: a mixture of
                experts at full load; elsewhere the same as ``loads`` and ``room``
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
    wide: Footprint
    wide_room: np.ndarray
    budget: np.ndarray
    load: np.ndarray
    kind: np.ndarray
    metric: np.ndarray
    notes: tuple[str, ...]
    refused: Mapping[int, str]

    def select(self, rows: np.ndarray) -> Cases:
        """Some of the rows, in the given order; the refused ones are left behind."""
        chosen: dict[str, Any] = {"refused": {}}
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, Footprint):
                chosen[field.name] = Footprint(**{one.name: getattr(value, one.name)[rows] for one in fields(value)})
            elif isinstance(value, np.ndarray):
                chosen[field.name] = value[rows]
            elif isinstance(value, tuple):
                chosen[field.name] = tuple(value[at] for at in rows)
        return Cases(**chosen)


def cases(columns: Mapping[str, Sequence[Any]], models: Mapping[str, Architecture], chips: Mapping[str, Chip]) -> Cases:
    """Read a table with the columns ``COLUMNS``; blank cells are None, NaN or empty text."""
    rows = list(zip(*(columns[name] for name in COLUMNS)))
    models, chips = _by_fold(models), _by_fold(chips)
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


def fold(name: str) -> str:
    """A name without case, marks, form factor of the usual socket, or order of its parts (A100-PCIe-80GB)."""
    parts = re.findall(r"[a-z0-9.]+", name.casefold())
    return "".join(sorted(part for part in parts if not re.fullmatch(r"sxm\d*|nvidia|amd|intel|geforce", part)))


def _by_fold(named: Mapping[str, Any]) -> dict[str, Any]:
    """By folded name, the first of a kind winning; names that differ only in order mean the same thing."""
    found: dict[str, Any] = {}
    for name, value in named.items():
        found.setdefault(fold(name), value)
        found.setdefault(fold(name).replace("rtx", "", 1), value)
    return found


def _stack(kept: list[tuple], refused: dict[int, str]) -> Cases:
    at, replicas, loads, keys, counts, notes, isl, osl, room, load, kind, metric, more, wide, wide_room = (
        zip(*kept) if kept else ((),) * 15
    )
    return Cases(
        at=np.array(at, dtype=int),
        replicas=tuple(replicas),
        loads=stack_footprints(loads),
        wide=stack_footprints(wide),
        wide_room=np.array(wide_room, dtype=float),
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
    model, chip = models.get(fold(str(model_name))), chips.get(fold(str(chip_name)))
    if model is None:
        return f"model {model_name!r} is not known"
    if chip is None:
        return f"accelerator {chip_name!r} is not known"
    total = int(_number(total) or 1)
    precision = precision_of(_text(weights), _text(kv), _text(engine), chip)
    if isinstance(precision, str):
        return precision
    engine_name = engine_family(_text(engine) or "vLLM")
    settings = Engine(
        engine_name,
        _text(version) or UNSTATED,
        MOST_REQUESTS.get(engine_name, 256),
        BUDGET_TOKENS,
        memory_utilisation=MEMORY_SHARE.get(engine_name, 0.92),
    )
    tp, pp, note = _number(tp), _number(pp), ""
    if tp is None:
        tp, note = _open_split(model, chip, precision, total, settings), "split assumed"
    pp = int(pp or 1)
    tp = max(1, min(int(tp), total // pp or 1))
    ep = total // pp if model.experts and total > tp * pp else 1
    replica = Replica(model, chip, precision, tp, pp, ep, settings)
    if not memory_use(replica).fits and precision.weights in SIXTEEN:
        narrower = precision_of("fp8", _text(kv), engine_name, chip)
        if memory_use(replace(replica, precision=narrower)).fits:
            replica = replace(replica, precision=narrower)
            note = "; ".join(filter(None, (note, "8-bit weights assumed: 16 bits do not fit")))
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
    room = _room(replica, isl, osl)
    same = (found[1], room)
    if load == "max":
        wide = _attention_copies(replica, isl, osl) or same
        return isl, osl, room, math.inf, "full", (kind, statistic), note, *wide
    if load and load.startswith("qps:"):
        rate = _number(load[4:])
        return (isl, osl, room, rate / count, "open", (kind, statistic), note, *same) if rate else "load is unknown"
    wanted = _number(load)
    if wanted is None or wanted <= 0:
        return f"load {load!r} is neither a number, max, nor qps:number"
    return isl, osl, room, wanted / count, "closed", (kind, statistic), note, *same


def _room(replica: Replica, isl: float, osl: float) -> float:
    """Requests whose cache fits at once."""
    held = kv_tokens_held(replica.architecture, isl + RESERVED_OUTPUT.get(replica.engine.name, 0.5) * osl)
    return max(memory_use(replica).kv_tokens / SAFE_KV_SHARE / held, 1.0)


def _attention_copies(replica: Replica, isl: float, osl: float) -> tuple[Footprint, float] | None:
    """Footprint and room of the same chips with one attention copy each, for a mixture of experts that fits so."""
    if not replica.architecture.experts or replica.tp == 1 or replica.ep > 1 or not has_attention_copies(replica):
        return None
    wide = replace(replica, tp=1, ep=replica.tp)
    return (footprint(wide), _room(wide, isl, osl)) if memory_use(wide).fits else None


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


def engine_family(name: str) -> str:
    """The engine inside a product's name, such as TensorRT-LLM in "NIM (TensorRT-LLM)"."""
    return next((family for family in MOST_REQUESTS if family in name), name)


def precision_of(weights: str | None, kv: str | None, engine: str | None, chip: Chip) -> Precision | str:
    """Weights, activations and cache from a table's two columns, with engines' defaults where it is silent.

    Eight- and four-bit floating weights multiply in their own format where the chip can, integers do not
    (GPTQ and AWQ store integers and multiply in 16 bits); TensorRT-LLM's fp8 and fp4 checkpoints cache in fp8.
    """
    sixteen = "bf16" if chip.bf16_tflops else "fp16"
    if weights is None and chip.fp8_tflops:
        weights = "fp8"  # assumed: benchmarks of chips that multiply in 8 bits use them
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
    """The power of two of chips per replica with which all chips together generate most, as a tuned system would."""
    best, most = 1, 0.0
    tp = 1
    while tp <= total:
        replica = Replica(model, chip, precision, tp, 1, 1, engine)
        loads = footprint(replica)
        if loads is not None and memory_use(replica).fits:
            room = min(_room(replica, *USUAL_TOKENS), engine.max_num_seqs)
            state = loop_state(loads, DEFAULT, *USUAL_TOKENS, float(engine.max_num_seqs), room, float(BUDGET_TOKENS))
            reached = float(state.output_tokens_per_s) * (total // tp)
            if reached > most:
                best, most = tp, reached
        tp *= 2
    return best if most > 0.0 else tp // 2


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
