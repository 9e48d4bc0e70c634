"""What one model needs and does on each accelerator: memory, batch, times and work, from the code that plans use."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from planner.perf.coefficients import Coefficients, efficiency
from planner.perf.decode import step_s
from planner.perf.footprint import footprint
from planner.perf.memory import heads_divisible, kv_bytes_per_token, kv_tokens_held, memory_use, weight_bytes
from planner.perf.operating_point import OperatingPoint, operating_point
from planner.perf.prefill import prefill_s, prefill_work_s
from planner.perf.replica import Architecture, Chip, Engine, Precision, Replica
from planner.units import BYTES_PER_GIB, MS_PER_SECOND

#: Degrees of tensor parallelism that are tried, the least that fits first.
DEGREES = (1, 2, 4, 8)
#: Formats that multiply in their own format where the accelerator can, else in 16 bits.
OWN_FORMAT = ("fp8", "fp4", "int8")


@dataclass(frozen=True)
class MemoryRow:
    """Weights at a precision, and cache of one request at each context [GiB]."""

    precision: str
    weights_gib: float
    cache_gib: tuple[float, ...]


@dataclass(frozen=True)
class ServingRow:
    """One replica of the model on an accelerator.

    tp                    accelerators of the replica; the least that fit where none was asked for
    fits                  False: ``reason`` says why, and figures are None
    max_batch             requests of ``context`` tokens whose cache fits at once
    prefill_ms            one prompt alone
    decode_ms             between two tokens of a single request; ``tpot_ms`` with ``batch`` running
    output_tokens_per_s   of one replica at saturation with the given lengths, and its band
    input_work_s, output_work_s  replica-seconds per input and per output token at saturation
    """

    accelerator: str
    precision: str
    tp: int
    fits: bool
    reason: str = ""
    weights_gib_each: float | None = None
    max_batch: int | None = None
    prefill_ms: float | None = None
    decode_ms: float | None = None
    tpot_ms: float | None = None
    batch: float | None = None
    output_tokens_per_s: float | None = None
    band: tuple[float, float] | None = None
    input_work_s: float | None = None
    output_work_s: float | None = None


def precision_on(name: str, chip: Chip | None, kv: str) -> Precision:
    """Weights ``name``, multiplied in their own format where ``chip`` can, and a cache of ``kv``."""
    sixteen = "bf16" if chip is None or chip.bf16_tflops else "fp16"
    wide = name in ("bf16", "fp16", "fp32")
    own = wide or (name in OWN_FORMAT and chip is not None and chip.rate_tflops(name))
    return Precision(name, (name if own else sixteen), kv)


def memory_rows(model: Architecture, precisions: Sequence[str], contexts: Sequence[int], kv: str) -> tuple[MemoryRow, ...]:
    """Memory by precision, and of one request by context."""
    per_token = sum(kv_bytes_per_token(model, kv))
    cache = tuple(per_token * kv_tokens_held(model, float(tokens)) / BYTES_PER_GIB for tokens in contexts)
    chip = Chip("any", "", 1.0, 1.0)
    return tuple(
        MemoryRow(name, weight_bytes(Replica(model, chip, precision_on(name, None, kv))) / BYTES_PER_GIB, cache) for name in precisions
    )


def serving_rows(
    model: Architecture, chips: Iterable[Chip], precisions: Sequence[str], *, input_tokens: float, output_tokens: float,
    context: float, kv: str = "bf16", tp: int | None = None, max_num_seqs: int = 256, coefficients: Coefficients | None = None,
) -> Iterator[ServingRow]:
    """Every precision on every accelerator, in their order."""
    for chip in chips:
        for name in precisions:
            yield _serving(
                model, chip, name, (input_tokens, output_tokens, context), kv, (tp,) if tp else DEGREES, max_num_seqs, coefficients
            )


def _serving(
    model: Architecture, chip: Chip, name: str, lengths: tuple[float, float, float], kv: str, degrees: Sequence[int], limit: int,
    coefficients: Coefficients | None,
) -> ServingRow:
    given, made, context = lengths
    reason = ""
    for tp in degrees:
        replica = Replica(model, chip, precision_on(name, chip, kv), tp=tp, engine=Engine(max_num_seqs=limit), coefficients=coefficients)
        if tp > 1 and not heads_divisible(model, tp):
            reason = reason or f"attention heads cannot be split over {tp}"
            continue
        use = memory_use(replica)
        held = kv_tokens_held(model, context)
        if use.kv_tokens < held:
            reason = f"needs {use.needed_gib:.0f} GiB each besides the cache of {context:,.0f} tokens, {use.limit_gib:.0f} are usable"
            continue
        point = operating_point(replica, [given], [made], [1.0])
        if not isinstance(point, OperatingPoint):
            return ServingRow(chip.name, name, tp, False, point.reason)
        loads, rate = footprint(replica), efficiency(replica)
        step = float(step_s(loads, point.running_batch, given + 0.5 * made, rate))
        alone = float(prefill_s(loads, given, 0.0, rate))
        reading = min(float(prefill_work_s(loads, given, 0.0, max(given, float(replica.engine.max_batched_tokens)), rate)), alone)
        decoding = (made - 1.0) * step / point.running_batch
        share = point.work_s[0] / (reading + decoding)
        return ServingRow(
            accelerator=chip.name, precision=name, tp=tp, fits=True, weights_gib_each=use.weights_gib,
            max_batch=math.floor(use.kv_tokens / held), prefill_ms=alone * float(rate.ttft) * MS_PER_SECOND,
            decode_ms=float(step_s(loads, 1.0, given, rate) * rate.tpot) * MS_PER_SECOND, tpot_ms=point.tpot_ms[0],
            batch=point.running_batch, output_tokens_per_s=point.saturation_rps * made, band=point.band.throughput,
            input_work_s=reading * share / given, output_work_s=decoding * share / max(made, 1.0),
        )  # fmt: skip
    return ServingRow(chip.name, name, degrees[-1], False, reason)
