"""How a table of measurements spells things: accelerators, engines, precisions, metrics, cells."""

from __future__ import annotations

import math
import re
from typing import Any

from planner.perf.replica import BYTES_PER_VALUE, Chip, Precision

#: Requests that run at once at most, by engine (documented defaults; benchmarks raise them).
MOST_REQUESTS = {"vLLM": 256, "SGLang": 1024, "TensorRT-LLM": 2048}
#: Engines by what their names contain, in plain letters.
ENGINES = (
    ("vllm", "vLLM"), ("sglang", "SGLang"), ("tensorrtllm", "TensorRT-LLM"), ("trtllm", "TensorRT-LLM"),
    ("llamacpp", "llama.cpp"), ("deepspeedmii", "DeepSpeed-MII"),
)  # fmt: skip
SIXTEEN = {"bf16", "fp16", "fp32"}


def fold(name: str) -> str:
    """A name without case, marks, maker, form factor of the usual socket, kind of memory, or order of its parts.

    A100-PCIe-80GB and A100-80GB-PCIe are one; of a path such as ``org/model`` the last part counts.
    """
    parts = re.findall(r"[a-z0-9.]+", name.rsplit("/", 1)[-1].casefold())
    return "".join(sorted(part for part in parts if not _MAKER.fullmatch(part)))


def joined(name: str) -> str:
    """As ``fold``, but in the order written, so that Gaudi 3 and Gaudi3, or Qwen 3 8B and Qwen3-8B, are one."""
    parts = re.findall(r"[a-z0-9.]+", name.rsplit("/", 1)[-1].casefold())
    return "".join(part for part in parts if not _MAKER.fullmatch(part))


def fold_release(name: str) -> str:
    """As ``fold``, without what tells releases of one shape apart: instruction tuning and stored precision."""
    parts = re.split(r"[^A-Za-z0-9.]+", name.rsplit("/", 1)[-1])
    return fold(" ".join(part for part in parts if not _RELEASE.fullmatch(part)))


_MAKER = re.compile(r"sxm\d*|nvidia|amd|intel|aws|google|habana|geforce|tesla|instinct|hbm\d?e?|gpu")
_RELEASE = re.compile(
    r"(?i)instruct|chat|it|hf|base|preview|fp8|fp4|nvfp4|mxfp4|fp16|bf16|int[48]|w\d+a\d+|awq|gptq|dynamic|quantized|\d{4}"
)


#: What ``metric_of`` understands, in words.
KNOWN_METRICS = "output_tok_s…, total_tok_s…, ttft_ms…, tpot_ms…, itl_ms…, each also ending _mean, _p50, _p90, _p95 or _p99"


def metric_of(name: str | None) -> tuple[str | None, str]:
    """("throughput" | "total" | "ttft" | "tpot" | None, statistic) of a metric's column name."""
    name = (name or "").casefold()
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
    """The engine inside a product's name, such as TensorRT-LLM in "NIM (TensorRT-LLM)"; others by their own name."""
    plain = re.sub(r"[^a-z0-9]", "", name.casefold())
    return next((family for word, family in ENGINES if word in plain), name)


#: Other names of what is stored; wXaY is bits of weights and of activations.
_STORED_AS = {"mxfp4": "fp4", "nvfp4": "fp4", "w4a4": "fp4", "w4a16": "int4", "w8a16": "int8", "w16a16": "bf16"}


def stored_in(name: str) -> str | None:
    """The weights that a release's name states, such as fp8 in Llama-3.1-8B-Instruct-FP8; None: it states none."""
    parts = re.split(r"[^a-z0-9]+", name.rsplit("/", 1)[-1].casefold())
    found = [part for part in parts if part in _STORED_NAMES]
    return next((part for part in found if part not in _RELEASED_AS), _RELEASED_AS.get(found[0]) if found else None)


#: Methods that store four bits unless another part of the name says how many, and all words that say it.
_RELEASED_AS = {"awq": "int4", "gptq": "int4"}
_STORED_NAMES = {"fp8", "int8", "w8a16", "int4", "w4a16", "fp4", "nvfp4", "mxfp4", "awq", "gptq"}


def precision_of(weights: str | None, kv: str | None, engine: str | None, chip: Chip) -> Precision | str:
    """Weights, activations and cache from a table's two columns, with engines' defaults where it is silent.

    Eight- and four-bit floating weights multiply in their own format where the chip can, integers do not
    (GPTQ and AWQ store integers and multiply in 16 bits); TensorRT-LLM's fp8 and fp4 checkpoints cache in fp8.
    w8a8 stays unknown: it is written of floating and of integer checkpoints alike.
    """
    sixteen = "bf16" if chip.bf16_tflops else "fp16"
    if weights is None and chip.fp8_tflops:
        weights = "fp8"  # assumed: benchmarks of chips that multiply in 8 bits use them
    found = re.match(r"(mxfp4|nvfp4|w\d+a\d+|[a-z]+\d+)", (weights or sixteen).lower())
    stored = _STORED_AS.get(found.group(1), found.group(1)) if found else ""
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


def number_in(value: Any) -> float | None:
    """A cell as a finite number; None where it holds none."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) else None


def text_in(value: Any) -> str | None:
    """A cell as text; None where it is blank."""
    if value is None or value != value or str(value).strip() == "":
        return None
    return str(value).strip()
