"""A table of benchmark rows as arrays that the formula broadcasts over."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from planner.perf.calibration import DEFAULT
from planner.perf.cells import OPTIONAL, extras_in, lengths_in, load_in
from planner.perf.closed_loop import loop_state
from planner.perf.footprint import Footprint, footprint, stack_footprints
from planner.perf.memory import SAFE_KV_SHARE, heads_divisible, kv_tokens_held, memory_use
from planner.perf.named import Named
from planner.perf.relatives import UNSTATED, has_attention_copies, relatives
from planner.perf.replica import BYTES_PER_VALUE, Architecture, Chip, Engine, Precision, Replica
from planner.perf.speculation import Speculation
from planner.perf.spelling import KNOWN_METRICS, MOST_REQUESTS, SIXTEEN, engine_family, metric_of, number_in, precision_of, stored_in, text_in

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
#: Tokens of one pass at most (documented defaults of today's versions).
USUAL_BUDGET = 8192
BUDGET_TOKENS = {"llama.cpp": 512}
#: Formats under 16 bits in which weights were stored where 16 bits cannot have fitted, widest first.
NARROWER = ("fp8", "int4")
#: Kinds of metric that are times of single requests.
LATENCIES = ("ttft", "tpot")
#: What a table writes where it does not say the precision of the cache.
UNSAID = ("unknown", "auto", "default", "nan", "none", "null")
#: More than the largest clusters; beyond it a count is a mistake.
MOST_CHIPS = 100_000


@dataclass(frozen=True)
class Cases:
    """Rows that can be predicted, as arrays; ``refused`` says why the others cannot.

    at          positions of the rows in the table
    wide        the same chips with attention copies side by side, where an engine may choose them: a mixture of
                experts at full load; elsewhere the same as ``loads`` and ``room``
    replicas    one per row; ``count`` of them share the row's load
    metric      throughput | total | ttft | tpot, and the statistic reported (mean, p50, p99, plain)
    kind        closed (``load`` requests at once) | full (everything queued) | open (``load`` requests per second)
    cached      input tokens found in the prefix cache
    drafts      per row the three figures of ``speculation.Speculation``
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
    cached: np.ndarray
    drafts: np.ndarray
    notes: tuple[str, ...]
    refused: Mapping[int, str]

    @property
    def speculation(self) -> Speculation:
        """Speculative decoding of the rows, as arrays."""
        return Speculation(*self.drafts.T)

    @property
    def queued(self) -> np.ndarray:
        """Which rows are latencies of a full queue: they depend on how many requests it held, which no column says."""
        return (self.kind == "full") & np.isin(self.metric, LATENCIES)

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
    """Read a table with the columns ``COLUMNS``, and those of ``OPTIONAL`` that it has; blank cells are None, NaN or ""."""
    blank = [None] * len(columns["model"])
    rows = list(zip(*(columns[name] for name in COLUMNS), *(columns.get(name, blank) for name in OPTIONAL)))
    names = Named(models, "model", releases=True), Named(chips, "accelerator")
    refused: dict[int, str] = {}
    known: dict[tuple, Any] = {}
    kept = []
    for at, row in enumerate(rows):
        key = row[:9]
        if key not in known:
            known[key] = _configuration(key, *names)
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
    at, replicas, loads, keys, counts, notes, isl, osl, room, load, kind, metric, extras, more, wide, wide_room = (
        zip(*kept) if kept else ((),) * 16
    )
    extra = np.array(extras, dtype=float).reshape(-1, len(OPTIONAL))
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
        budget=np.array([one.engine.max_batched_tokens for one in replicas], dtype=float),
        load=np.array(load, dtype=float),
        kind=np.array(kind, dtype=object),
        metric=np.array([one[0] for one in metric], dtype=object),
        cached=np.minimum(extra[:, 0] * np.array(isl, dtype=float), np.maximum(np.array(isl, dtype=float) - 1.0, 0.0)),
        drafts=extra[:, 1:],
        notes=tuple("; ".join(filter(None, (a, b))) for a, b in zip(notes, more)),
        refused=refused,
    )


def _configuration(key: tuple, models: Named, chips: Named) -> Any:
    """(replica, footprint, relatives, replicas of the system, note), or why there is none."""
    model_name, chip_name, total, tp, pp, engine, version, weights, kv = key
    model, chip = models.find(model_name), chips.find(chip_name)
    for found in (model, chip):
        if isinstance(found, str):
            return found
    counts = [number_in(one) for one in (total, tp, pp)]
    stated = [text_in(one) is not None and str(one).casefold() != "nan" for one in (total, tp, pp)]
    if any(said and not (1.0 <= (one or 0.0) <= MOST_CHIPS and one % 1.0 == 0.0) for said, one in zip(stated, counts)):
        return f"n_gpu {total!r}, tp {tp!r} and pp {pp!r} must be whole numbers from 1 to {MOST_CHIPS:,}"
    if (text_in(kv) or "unknown").casefold() not in (*BYTES_PER_VALUE, *UNSAID):
        return f"cache precision {kv!r} is not known"
    released = stored_in(str(model_name)) or (model.native_precision if model.native_precision not in SIXTEEN else None)
    precision = precision_of(text_in(weights) or released, text_in(kv), text_in(engine), chip)
    if isinstance(precision, str):
        return precision
    silent = "" if text_in(weights) else f"weights {precision.weights} assumed"
    engine_name = engine_family(text_in(engine) or "vLLM")
    settings = Engine(
        engine_name,
        text_in(version) or UNSTATED,
        MOST_REQUESTS.get(engine_name, 256),
        BUDGET_TOKENS.get(engine_name, USUAL_BUDGET),
        memory_utilisation=MEMORY_SHARE.get(engine_name, 0.92),
    )
    tp, pp, note = counts[1], counts[2], ""
    total = int(counts[0] or (tp or 1.0) * (pp or 1.0))
    if counts[0] is None and tp is None:
        total = _least_that_fits(model, chip, precision, settings)
        note = f"{_plural(total)} assumed"
    elif tp is None:
        tp, note = _open_split(model, chip, precision, total, settings), "split assumed"
    pp, tp = int(pp or 1), int(tp or total)
    if tp * pp > total:  # sources of chips with several cores count those
        tp, asked = max(total // pp, 1), tp
        note = f"tp {asked} x pp {pp} on {_plural(total)} taken as tp {tp}"
    elif not heads_divisible(model, tp):
        note = "; ".join(filter(None, (note, f"tp {tp} does not share {model.heads} attention heads evenly")))
    elif total % (tp * pp) and not model.experts:
        note = "; ".join(filter(None, (note, f"{total % (tp * pp)} of {total} accelerators stand idle")))
    ep = total // pp if model.experts and total > tp * pp else 1
    if ep > 1:
        note = "; ".join(filter(None, (note, f"experts spread over {ep} accelerators, attention over {tp} assumed")))
    replica = Replica(model, chip, precision, tp, pp, ep, settings)
    if not memory_use(replica).fits and precision.weights in SIXTEEN:
        for name in NARROWER:
            narrower = replace(replica, precision=precision_of(name, text_in(kv), engine_name, chip))
            if memory_use(narrower).fits:
                replica = narrower
                bits = {"fp8": "8-bit", "int4": "4-bit"}[name]
                note = "; ".join(filter(None, (note, f"{bits} weights assumed: 16 bits do not fit")))
                break
    loads = footprint(replica)
    if loads is None:
        return f"{chip.name} has no known matrix rate for {precision.activations}"
    use = memory_use(replica)
    if not use.fits:
        lacking = f"does not fit: a chip needs {use.needed_gib:.1f} GiB and has {use.limit_gib:.1f} usable"
        note = "; ".join(filter(None, (note, lacking)))
    note = "; ".join(filter(None, (note, silent)))
    if model.shape_assumed:
        note = "; ".join(filter(None, (note, "model shape assumed")))
    return replica, loads, relatives(replica), max(total // replica.chips, 1), note


def _plural(count: int) -> str:
    return f"{count} accelerator{'s' if count > 1 else ''}"


def _row(row: tuple, found: tuple) -> Any:
    """(input, output, room, load, kind, (metric, statistic), extras, note, wide), or why the row cannot be predicted."""
    replica, loads, _, count, _ = found
    metric = text_in(row[12])
    kind, statistic = metric_of(metric)
    if kind is None:
        return f"metric {metric!r} is not known; known: {KNOWN_METRICS}" if metric else f"metric is blank; known: {KNOWN_METRICS}"
    lengths, load, extras = lengths_in(row[9], row[10], kind), load_in(row[11]), extras_in(row[len(COLUMNS) :])
    for read in (lengths, load, extras):
        if isinstance(read, str):
            return read
    (isl, osl, note), (asked, how) = lengths, load
    longest = replica.architecture.max_context
    if longest and isl + osl > longest:
        note = "; ".join(filter(None, (note, f"longer than the model's context of {longest:,} tokens")))
    if how == "full" and kind == "ttft":
        note = "; ".join(filter(None, (note, "everything is queued at once: the wait in that queue is not counted")))
    same = (loads, _room(replica, isl, osl))
    wide = _attention_copies(replica, isl, osl) if how == "full" else None
    return isl, osl, same[1], asked / count, how, (kind, statistic), extras, note, *(wide or same)


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


def _least_that_fits(model: Architecture, chip: Chip, precision: Precision, engine: Engine) -> int:
    """The fewest accelerators, a power of two up to those of one machine, that hold the model; 1 where none do."""
    for tp in (1, 2, 4, 8):
        if memory_use(Replica(model, chip, precision, tp, 1, 1, engine)).fits:
            return tp
    return 1


def _open_split(model: Architecture, chip: Chip, precision: Precision, total: int, engine: Engine) -> int:
    """The power of two of chips per replica with which all chips together generate most, as a tuned system would."""
    best, most = 1, 0.0
    tp = 1
    while tp <= total:
        replica = Replica(model, chip, precision, tp, 1, 1, engine)
        loads = footprint(replica)
        if loads is not None and memory_use(replica).fits:
            room = min(_room(replica, *USUAL_TOKENS), engine.max_num_seqs)
            state = loop_state(loads, DEFAULT, *USUAL_TOKENS, float(engine.max_num_seqs), room, float(engine.max_batched_tokens))
            reached = float(state.output_tokens_per_s) * (total // tp)
            if reached > most:
                best, most = tp, reached
        tp *= 2
    return best if most > 0.0 else tp // 2
