"""The facts that decide what one replica can do: its model, chip, precision, split and engine."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

from planner.errors import PlannerError

#: Bytes of one stored value. Group-quantised formats carry their scales: int4 one 16-bit scale and a 4-bit zero
#: per 128 values, nf4 one 8-bit scale per 64 (double quantisation), fp4 one 8-bit scale per 16 (NVFP4).
BYTES_PER_VALUE = {
    "fp32": 4.0,
    "bf16": 2.0,
    "fp16": 2.0,
    "fp8": 1.0,
    "int8": 1.0,
    "int4": 0.5 + 20 / 8 / 128,
    "nf4": 0.5 + 1 / 64,
    "fp4": 0.5 + 1 / 16,
}


@dataclass(frozen=True)
class Precision:
    """Stored weights, matrix-multiply activations and KV cache, each named apart (w4a16 is int4, bf16, bf16)."""

    weights: str = "bf16"
    activations: str = "bf16"
    kv: str = "bf16"

    def __post_init__(self) -> None:
        for part in (self.weights, self.activations, self.kv):
            if part not in BYTES_PER_VALUE:
                raise PlannerError(
                    f"precision {part!r} is not known", hint="use one of " + ", ".join(sorted(BYTES_PER_VALUE))
                )


@dataclass(frozen=True)
class Architecture:
    """Shape of a decoder model, as far as memory and time depend on it.

    params_b, active_params_b  parameters in 1e9, all and those used by one token
    full_layers                layers whose attention sees the whole context
    window_layers              layers whose attention sees at most ``sliding_window`` tokens
    state_layers               layers with a fixed-size state instead of a cache (linear attention, Mamba)
    attention                  MHA | GQA | MQA | MLA
    shape_assumed              True when the shape was not published and was scaled from models of its size
    """

    name: str
    params_b: float
    active_params_b: float
    layers: int
    hidden: int
    heads: int
    kv_heads: float
    head_dim: int
    attention: str
    vocab: int
    tied_embeddings: bool
    experts: int
    experts_per_token: int
    moe_layers: int
    routed_params_b: float
    full_layers: int
    window_layers: int
    state_layers: int
    sliding_window: int
    kv_lora_rank: int
    qk_rope_dim: int
    v_head_dim: int
    sparse_tokens: int | None
    max_context: int | None
    shape_assumed: bool = False

    @classmethod
    def of(cls, row: Any) -> Architecture:
        """From a catalogue model row; raises PlannerError when its size itself is unknown."""
        params_b = _number(row, "params_b")
        if params_b is None:
            raise PlannerError(f"model {_text(row, 'name', 'model')!r}: params_b is unknown")
        active_b = _number(row, "active_params_b") or params_b
        layers, hidden, assumed = _number(row, "layers"), _number(row, "hidden"), False
        if layers is None or hidden is None:
            layers, hidden = _usual_shape(params_b)
            assumed = True
        layers, hidden = int(layers), int(hidden)
        head_text = _text(row, "head_dim") or ""
        head_dim = _first_int(head_text) or 128
        heads = int(_number(row, "heads") or max(1, hidden // head_dim))
        text = _text(row, "attention") or "GQA"
        kind = next((k for k in ("MLA", "MQA", "MHA", "GQA") if k in text), "GQA")
        kv_heads = _number(row, "kv_heads")
        if kv_heads is None:
            kv_heads = _mean_of_range(_text(row, "kv_heads")) or (heads if kind == "MHA" else 8)
        experts = int(_number(row, "experts", "n_experts") or 0)
        per_token = int(_number(row, "experts_per_token", "experts_per_tok") or 0)
        dense_layers = int(_number(row, "dense_layers") or 0)
        moe_layers = layers - dense_layers if experts else 0
        gated = bool(_number(row, "gated_ffn", default=1))
        expert_width = _number(row, "moe_intermediate") or 0.0
        routed_b = experts * moe_layers * (3 if gated else 2) * hidden * expert_width / 1e9
        if experts and per_token:  # the totals are published, the widths may not multiply out to them
            by_total = (params_b - active_b) / (1.0 - per_token / experts)
            if not 0.8 < routed_b / by_total < 1.25:
                routed_b = by_total
        full, window, state, span = _layer_kinds(row, text, layers)
        return cls(
            name=_text(row, "name", "model") or "",
            params_b=params_b,
            active_params_b=active_b,
            layers=layers,
            hidden=hidden,
            heads=heads,
            kv_heads=float(kv_heads),
            head_dim=head_dim,
            attention=kind,
            vocab=int(_number(row, "vocab") or 0),
            tied_embeddings=bool(_number(row, "tied_embeddings", default=0)),
            experts=experts,
            experts_per_token=per_token,
            moe_layers=moe_layers,
            routed_params_b=min(routed_b, params_b),
            full_layers=full,
            window_layers=window,
            state_layers=state,
            sliding_window=span,
            kv_lora_rank=int(_number(row, "kv_lora_rank") or 0),
            qk_rope_dim=int(_number(row, "qk_rope_dim") or 0),
            v_head_dim=int(_number(row, "v_head_dim") or _named_int(head_text, "v") or head_dim),
            sparse_tokens=2048 if "sparse" in text else None,  # DeepSeek sparse attention keeps 2,048 tokens
            max_context=int(_number(row, "max_context") or 0) or None,
            shape_assumed=assumed,
        )

    @property
    def embedding_params(self) -> float:
        """Input embedding plus output head; one table when tied."""
        return float(self.vocab) * self.hidden * (1 if self.tied_embeddings else 2)

    @property
    def head_params(self) -> float:
        """The output head, read and multiplied for every generated token."""
        return float(self.vocab) * self.hidden


@dataclass(frozen=True)
class Chip:
    """One accelerator as rented: dense rates in TFLOPS (or TOPS), None where the format is not supported."""

    name: str
    vendor: str
    memory_gib: float
    memory_bandwidth_gb_per_s: float
    fp32_tflops: float | None = None
    fp16_tflops: float | None = None
    bf16_tflops: float | None = None
    fp8_tflops: float | None = None
    int8_tops: float | None = None
    fp4_tflops: float | None = None
    int4_tops: float | None = None
    scaleup_link: str | None = None
    scaleup_gb_per_s: float | None = None
    pcie: str | None = None
    tdp_w: float | None = None
    idle_w: float | None = None

    @classmethod
    def of(cls, row: Any) -> Chip:
        """From a catalogue accelerator row; raises PlannerError when memory or bandwidth is unknown."""
        name = _text(row, "name") or ""
        memory = _number(row, "memory_gib", "memory_gb")
        bandwidth = _number(row, "memory_bandwidth_gb_per_s", "memory_bandwidth_gb_s")
        if memory is None or bandwidth is None:
            raise PlannerError(f"accelerator {name!r}: memory or memory bandwidth is unknown")
        return cls(
            name=name,
            vendor=_text(row, "vendor") or "",
            memory_gib=memory,
            memory_bandwidth_gb_per_s=bandwidth,
            fp32_tflops=_number(row, "fp32_tflops"),
            fp16_tflops=_number(row, "fp16_tflops", "fp16_tflops_dense"),
            bf16_tflops=_number(row, "bf16_tflops", "bf16_tflops_dense"),
            fp8_tflops=_number(row, "fp8_tflops", "fp8_tflops_dense"),
            int8_tops=_number(row, "int8_tops", "int8_tflops", "int8_tops_dense"),
            fp4_tflops=_number(row, "fp4_tflops", "fp4_tflops_dense"),
            int4_tops=_number(row, "int4_tops", "int4_tflops", "int4_tops_dense"),
            scaleup_link=_text(row, "scaleup_link"),
            scaleup_gb_per_s=_number(row, "scaleup_gb_per_s", "scaleup_gb_s_bidir"),
            pcie=_text(row, "pcie"),
            tdp_w=_number(row, "tdp_w"),
            idle_w=_number(row, "idle_w"),
        )

    def rate_tflops(self, precision: str) -> float | None:
        """Dense matrix rate with operands of ``precision``; 16-bit formats stand in for each other, then fp32."""
        sixteen = self.bf16_tflops or self.fp16_tflops or self.fp32_tflops
        return {
            "fp32": self.fp32_tflops,
            "bf16": sixteen,
            "fp16": self.fp16_tflops or sixteen,
            "fp8": self.fp8_tflops,
            "int8": self.int8_tops,
            "fp4": self.fp4_tflops,
            "int4": self.int4_tops,
            "nf4": None,
        }[precision]


@dataclass(frozen=True)
class Engine:
    """The serving program and the settings that bound its batch."""

    name: str = "vLLM"
    version: str | None = None
    max_num_seqs: int = 256
    max_batched_tokens: int = 8192
    chunked_prefill: bool = True
    memory_utilisation: float = 0.9


@dataclass(frozen=True)
class Replica:
    """One copy able to serve, on tp x pp chips.

    ep  chips that share the routed experts; 1: experts are split like everything else. Above tp, attention runs
        as ep / tp copies side by side (attention data parallelism) on ep x pp chips.
    """

    architecture: Architecture
    chip: Chip
    precision: Precision = Precision()
    tp: int = 1
    pp: int = 1
    ep: int = 1
    engine: Engine = Engine()

    @property
    def chips(self) -> int:
        """Chips of one replica; more than tp x pp where experts are spread wider than attention."""
        return max(self.tp, self.ep) * self.pp

    def with_batch(self, max_num_seqs: int) -> Replica:
        return replace(self, engine=replace(self.engine, max_num_seqs=max_num_seqs))


def _value(row: Any, *names: str) -> Any:
    for name in names:
        value = row.get(name) if isinstance(row, dict) else getattr(row, name, None)
        if value is not None and value != "" and value == value:  # a NaN differs from itself
            return value
    return None


def _number(row: Any, *names: str, default: float | None = None) -> float | None:
    value = _value(row, *names)
    if value is None:
        return default
    try:
        return float(value)
    except (TypeError, ValueError):
        return None


def _text(row: Any, *names: str) -> str | None:
    value = _value(row, *names)
    if value is None:
        return None
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _first_int(text: str) -> int | None:
    found = re.search(r"\d+", text)
    return int(found.group()) if found else None


def _named_int(text: str, name: str) -> int | None:
    found = re.search(rf"\b{name}\s*(\d+)", text)
    return int(found.group(1)) if found else None


def _mean_of_range(text: str | None) -> float | None:
    numbers = [int(n) for n in re.findall(r"\d+", text or "")]
    return sum(numbers) / len(numbers) if numbers else None


def _layer_kinds(row: Any, attention: str, layers: int) -> tuple[int, int, int, int]:
    """Layers with full attention, with a sliding window, with a fixed state; and the window in tokens."""
    full = _number(row, "full_attention_layers", "full_attn_layers")
    other = _text(row, "other_attention") or ("linear" if "hybrid" in attention else "sliding")
    if other in ("linear", "mamba2", "none"):
        of = re.search(r"1 full in (\d+)", attention)
        if full is None:
            full = layers / int(of.group(1)) if of else layers / 4 if "hybrid" in attention else layers
        return int(full), 0, 0 if other == "none" else layers - int(full), 0
    span = _first_int(_text(row, "sliding_window") or "") or 0
    full = int(full if full is not None else layers)
    if span and full < layers:
        return full, layers - full, 0, span
    return layers, 0, 0, 0  # a window over every layer is a version's option that engines leave off


def _usual_shape(params_b: float) -> tuple[int, int]:
    """Layers and hidden size usual for a size: params = 12 layers hidden^2 with hidden = 128 layers (assumed)."""
    layers = round((params_b * 1e9 / (12 * 128**2)) ** (1 / 3))
    return max(layers, 1), max(layers, 1) * 128
