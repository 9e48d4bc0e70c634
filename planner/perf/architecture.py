"""The shape of a model, as far as memory and time depend on it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from planner.errors import PlannerError
from planner.perf.reading import first_int, mean_of_range, named_int, number, text


@dataclass(frozen=True)
class Architecture:
    """Shape of a decoder model, as far as memory and time depend on it.

    params_b, active_params_b  parameters in 1e9, all and those used by one token
    full_layers                layers whose attention sees the whole context
    window_layers              layers whose attention sees at most ``sliding_window`` tokens
    state_layers               layers with a fixed-size state instead of a cache (linear attention, Mamba)
    attention                  MHA | GQA | MQA | MLA
    shape_assumed              True when the shape was not published and was scaled from models of its size
    native_precision           of the released weights; None: unknown
    ffn, gated_ffn             width of the feed-forward part, and whether it has a gate; None: unknown, or not the same in all layers
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
    native_precision: str | None = None
    ffn: int | None = None
    gated_ffn: bool = True

    @classmethod
    def of(cls, row: Any) -> Architecture:
        """From a catalogue model row; raises PlannerError when its size itself is unknown."""
        params_b = number(row, "params_b")
        if params_b is None:
            raise PlannerError(f"model {text(row, 'name', 'model')!r}: params_b is unknown")
        active_b = number(row, "active_params_b") or params_b
        layers, hidden, assumed = number(row, "layers"), number(row, "hidden"), False
        if layers is None or hidden is None:
            layers, hidden = _usual_shape(params_b)
            assumed = True
        layers, hidden = int(layers), int(hidden)
        head_text = text(row, "head_dim") or ""
        head_dim = first_int(head_text) or 128
        heads = int(number(row, "heads") or max(1, hidden // head_dim))
        words = text(row, "attention") or "GQA"
        kind = next((k for k in ("MLA", "MQA", "MHA", "GQA") if k in words), "GQA")
        kv_heads = number(row, "kv_heads")
        if kv_heads is None:
            kv_heads = mean_of_range(text(row, "kv_heads")) or (heads if kind == "MHA" else 8)
        experts = int(number(row, "experts", "n_experts") or 0)
        per_token = int(number(row, "experts_per_token", "experts_per_tok") or 0)
        dense_layers = int(number(row, "dense_layers") or 0)
        moe_layers = layers - dense_layers if experts else 0
        gated = bool(number(row, "gated_ffn", default=1))
        expert_width = number(row, "moe_intermediate") or 0.0
        routed_b = experts * moe_layers * (3 if gated else 2) * hidden * expert_width / 1e9
        if experts and per_token:  # the totals are published, the widths may not multiply out to them
            by_total = (params_b - active_b) / (1.0 - per_token / experts)
            if not 0.8 < routed_b / by_total < 1.25:
                routed_b = by_total
        full, window, state, span = _layer_kinds(row, words, layers)
        return cls(
            name=text(row, "name", "model") or "",
            params_b=params_b,
            active_params_b=active_b,
            layers=layers,
            hidden=hidden,
            heads=heads,
            kv_heads=float(kv_heads),
            head_dim=head_dim,
            attention=kind,
            vocab=int(number(row, "vocab") or 0),
            tied_embeddings=bool(number(row, "tied_embeddings", default=0)),
            experts=experts,
            experts_per_token=per_token,
            moe_layers=moe_layers,
            routed_params_b=min(routed_b, params_b),
            full_layers=full,
            window_layers=window,
            state_layers=state,
            sliding_window=span,
            kv_lora_rank=int(number(row, "kv_lora_rank") or 0),
            qk_rope_dim=int(number(row, "qk_rope_dim") or 0),
            v_head_dim=int(number(row, "v_head_dim") or named_int(head_text, "v") or head_dim),
            sparse_tokens=2048 if "sparse" in words else None,  # DeepSeek sparse attention keeps 2,048 tokens
            max_context=int(number(row, "max_context") or 0) or None,
            shape_assumed=assumed,
            native_precision=text(row, "native_precision"),
            ffn=int(number(row, "ffn_intermediate") or 0) or None,
            gated_ffn=gated,
        )

    @property
    def depth(self) -> int:
        """Pairs of a mixer and a feed-forward part; fewer than ``layers`` where those are layers of their own."""
        return min(self.layers, self.full_layers + self.window_layers + self.state_layers) or self.layers

    @property
    def embedding_params(self) -> float:
        """Input embedding plus output head; one table when tied."""
        return float(self.vocab) * self.hidden * (1 if self.tied_embeddings else 2)

    @property
    def head_params(self) -> float:
        """The output head, read and multiplied for every generated token."""
        return float(self.vocab) * self.hidden


def _layer_kinds(row: Any, attention: str, layers: int) -> tuple[int, int, int, int]:
    """Layers with full attention, with a sliding window, with a fixed state; and the window in tokens."""
    full = number(row, "full_attention_layers", "full_attn_layers")
    other = text(row, "other_attention") or ("linear" if "hybrid" in attention else "sliding")
    if "Mamba" in attention or other == "mamba2":
        return int(full or 0), 0, layers // 2 - int(full or 0), 0  # a layer is a mixer or a feed-forward part
    if other in ("linear", "none"):
        of = re.search(r"1 full in (\d+)", attention)
        if full is None:
            full = layers / int(of.group(1)) if of else layers / 4 if "hybrid" in attention else layers
        return int(full), 0, 0 if other == "none" else layers - int(full), 0
    span = first_int(text(row, "sliding_window") or "") or 0
    full = int(full if full is not None else layers)
    if span and full < layers:
        return full, layers - full, 0, span
    return layers, 0, 0, 0  # a window over every layer is a version's option that engines leave off


def _usual_shape(params_b: float) -> tuple[int, int]:
    """Layers and hidden size usual for a size: params = 12 layers hidden^2 with hidden = 128 layers (assumed)."""
    layers = round((params_b * 1e9 / (12 * 128**2)) ** (1 / 3))
    return max(layers, 1), max(layers, 1) * 128
