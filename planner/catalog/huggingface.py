"""Reads a model's architecture, and its number of parameters, from a Hugging Face ``config.json``."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from planner.catalog.hardware import Model
from planner.catalog.parameters import count_parameters
from planner.errors import Fault, InvalidInput

MAX_CONFIG_BYTES = 2**20

# Families whose feed-forward has two matrices instead of three (gate, up, down).
_PLAIN_FFN = ("opt", "gpt2", "gptj", "gpt_neox", "bloom", "falcon", "mpt", "phi", "bert", "t5", "starcoder2")

# What a config that leaves it out means, by the start of ``model_type``: defaults of the published configuration classes.
_CONTEXT_BY_DEFAULT = {"gemma3": 131_072, "gemma2": 8192, "gemma": 8192, "mistral": 131_072, "mixtral": 131_072, "qwen": 32_768}
_WINDOW_PATTERN_BY_DEFAULT = {"gemma3": 6, "gemma2": 2, "cohere2": 4}
# Where neither config nor family states a context: the shortest that decoders were published with.
_LEAST_CONTEXT = 2048

_TIED_BY_DEFAULT = ("gemma", "gpt2", "bloom", "falcon", "opt", "mpt", "t5", "bert", "cohere")


def read_config(
    path: Path, name: str, *, as_of: str, params_b: float | None = None, active_params_b: float | None = None
) -> tuple[Model, bytes]:
    """The model and the bytes it was read from; counts given by the caller win over counted ones.

    Raises InvalidInput when the file is no config, or lacks what memory and speed depend on.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InvalidInput(str(path), [Fault("", "unreadable", f"cannot be read: {error.strerror}")]) from None
    if len(content) > MAX_CONFIG_BYTES:
        message = f"{len(content)} bytes; a config has at most {MAX_CONFIG_BYTES}"
        raise InvalidInput(str(path), [Fault("", "too_large", message)])
    from planner import documents

    data = documents.parse(content, str(path)).data
    if not isinstance(data, dict):
        raise InvalidInput(str(path), [Fault("", "not_a_config", "not a config: it must be one JSON object")])
    return model_from_config(data, name, str(path), as_of, params_b, active_params_b), content


def model_from_config(
    config: dict[str, Any], name: str, file: str, as_of: str,
    params_b: float | None = None, active_params_b: float | None = None,
) -> Model:
    """A Model from a parsed config; a vision model's text part is what is described."""
    text = config.get("text_config")
    body = {**config, **text} if isinstance(text, dict) else config
    missing = [field for field in _REQUIRED if not _whole(body, field)]
    if missing:
        faults = [Fault(field, "missing_field", f"{field} is missing or no whole number above 0") for field in missing]
        raise InvalidInput(file, faults)
    fields = _architecture(body)
    counted, active = count_parameters(**{key: fields[key] for key in _COUNTED})
    fields["params_b"] = params_b or round(counted / 1e9, 4)
    stated_dense = params_b if not fields["experts"] else None
    fields["active_params_b"] = active_params_b or stated_dense or round(active / 1e9, 4)
    note = "parameters counted from the config" if params_b is None else "parameters as stated"
    if not _whole(body, *_CONTEXTS) and not _by_family(body, _CONTEXT_BY_DEFAULT):
        note += f"; context of {_LEAST_CONTEXT:,} tokens assumed: the config states none"
    if isinstance(text, dict):
        note += "; text part of a model with other inputs: their towers are not counted"
    try:
        return Model(
            name=name, kind_of_model=_kind(body), source="config", as_of=as_of, kind="derived", note=note, **fields
        )
    except ValidationError as error:
        faults = [Fault(".".join(map(str, one["loc"])), one["type"], one["msg"]) for one in error.errors()]
        raise InvalidInput(file, faults) from None


_REQUIRED = ("num_hidden_layers", "hidden_size", "num_attention_heads", "vocab_size")

_CONTEXTS = ("max_position_embeddings", "n_positions", "max_sequence_length", "max_seq_len", "seq_length", "n_ctx")

_COUNTED = (
    "layers", "hidden", "heads", "kv_heads", "head_dim", "v_head_dim", "ffn_intermediate", "gated_ffn", "experts",
    "experts_per_token", "shared_experts", "moe_intermediate", "dense_layers", "vocab", "tied_embeddings",
    "kv_lora_rank", "qk_rope_dim", "q_lora_rank",
)


def _architecture(body: dict[str, Any]) -> dict[str, Any]:
    layers, hidden, heads = (body[key] for key in ("num_hidden_layers", "hidden_size", "num_attention_heads"))
    latent = _whole(body, "kv_lora_rank")
    stated_kv_heads = _whole(body, "num_key_value_heads", "num_kv_heads")
    kv_heads = heads if latent else stated_kv_heads or (1 if body.get("multi_query") else heads)
    experts = _whole(body, "n_routed_experts", "num_local_experts", "num_experts")
    window, full = _window(body, layers)
    return {
        "layers": layers, "hidden": hidden, "heads": heads, "kv_heads": kv_heads,
        "head_dim": _whole(body, "qk_nope_head_dim") if latent else _whole(body, "head_dim") or hidden // heads,
        "v_head_dim": _whole(body, "v_head_dim") if latent else None,
        "ffn_intermediate": _whole(body, "intermediate_size", "ffn_dim", "n_inner") or 4 * hidden,
        "gated_ffn": not str(body.get("model_type", "")).startswith(_PLAIN_FFN) or body.get("model_type") == "phi3",
        "experts": experts,
        "experts_per_token": _whole(body, "num_experts_per_tok", "experts_per_token") if experts else None,
        "shared_experts": _shared_experts(body) if experts else None,
        "moe_intermediate": _whole(body, "moe_intermediate_size", "intermediate_size") if experts else None,
        "dense_layers": _dense_layers(body, layers, experts),
        "vocab": body["vocab_size"], "tied_embeddings": _tied(body),
        "attention": "MLA" if latent else "MHA" if kv_heads == heads else "MQA" if kv_heads == 1 else "GQA",
        "kv_lora_rank": latent, "qk_rope_dim": _whole(body, "qk_rope_head_dim") if latent else None,
        "q_lora_rank": _whole(body, "q_lora_rank") if latent else None,
        "full_attention_layers": full, "other_attention": _other_attention(body, full, layers),
        "sliding_window": window if full < layers else None,
        "max_context": _whole(body, *_CONTEXTS) or _by_family(body, _CONTEXT_BY_DEFAULT) or _LEAST_CONTEXT,
        "native_precision": _precision(config=body),
    }


def _tied(body: dict[str, Any]) -> bool:
    """A config that leaves it out means its family's default."""
    stated = body.get("tie_word_embeddings")
    return stated if isinstance(stated, bool) else str(body.get("model_type", "")).startswith(_TIED_BY_DEFAULT)


def _shared_experts(body: dict[str, Any]) -> int:
    """Some families state one wide shared expert: it counts as so many of the routed ones' width."""
    wide, width = _whole(body, "shared_expert_intermediate_size"), _whole(body, "moe_intermediate_size")
    return _whole(body, "n_shared_experts") or (wide // width if wide and width else 0)


def _dense_layers(body: dict[str, Any], layers: int, experts: int | None) -> int:
    if not experts:
        return layers
    first = _whole(body, "first_k_dense_replace")
    step = _whole(body, "moe_layer_freq", "decoder_sparse_step", "interleave_moe_layer_step") or 1
    return first or (layers - layers // step)


def _window(body: dict[str, Any], layers: int) -> tuple[int | None, int]:
    """The sliding window in tokens and how many layers see everything."""
    window = _whole(body, "sliding_window")
    kinds = body.get("layer_types")
    if isinstance(kinds, list) and len(kinds) == layers:
        return window, sum(kind == "full_attention" for kind in kinds)
    if window is None or body.get("use_sliding_window") is False:
        return None, layers
    period = _whole(body, "sliding_window_pattern", "_sliding_window_pattern") or _by_family(body, _WINDOW_PATTERN_BY_DEFAULT)
    return window, layers // period if period else 0


def _other_attention(body: dict[str, Any], full: int, layers: int) -> str | None:
    if full == layers:
        return None
    kinds = body.get("layer_types") or []
    if "linear_attention" in kinds:
        return "linear"
    return "chunked" if "chunked_attention" in kinds else "sliding"


def _precision(config: dict[str, Any]) -> str:
    """Stored weights: a quantised release says how by its method, or in the fields of its tool."""
    quantised = config.get("quantization_config")
    if isinstance(quantised, dict):
        stored = _quantised(quantised)
        if stored is not None:
            return stored
    stated = str(config.get("torch_dtype") or config.get("dtype") or "bfloat16")
    return {"float16": "fp16", "float32": "fp32"}.get(stated.removeprefix("torch."), "bf16")


def _quantised(how: dict[str, Any]) -> str | None:
    """fp8, int8, int4, mxfp4 or nvfp4; None: a method that is not known."""
    method, algorithm = (str(how.get(name, "")).lower() for name in ("quant_method", "quant_algo"))
    if method in ("fp8", "mxfp4"):
        return method
    if "nvfp4" in algorithm:
        return "nvfp4"
    if algorithm.startswith("fp8"):
        return "fp8"
    bits = how.get("bits") or how.get("w_bit") or (4 if how.get("load_in_4bit") else 8 if how.get("load_in_8bit") else None)
    if bits is None:
        bits, kind = _group_of_weights(how)
        if kind == "float":
            return {8: "fp8", 4: "nvfp4"}.get(bits)
    return {8: "int8", 4: "int4"}.get(bits)


def _group_of_weights(how: dict[str, Any]) -> tuple[Any, Any]:
    """(bits, type) of the first group of compressed tensors."""
    groups = how.get("config_groups")
    first = next(iter(groups.values()), None) if isinstance(groups, dict) else None
    weights = first.get("weights") if isinstance(first, dict) else None
    return (weights.get("num_bits"), weights.get("type")) if isinstance(weights, dict) else (None, None)


def _kind(body: dict[str, Any]) -> str:
    if body.get("is_encoder_decoder"):
        return "encoder-decoder"
    family = str(body.get("model_type", ""))
    return "encoder" if re.match(r"bert|roberta|deberta|xlm-roberta|modernbert", family) else "decoder"


def _by_family(body: dict[str, Any], known: dict[str, int]) -> int | None:
    """What the longest start of the model's type stands for."""
    family = str(body.get("model_type", ""))
    return next((known[start] for start in sorted(known, key=len, reverse=True) if family.startswith(start)), None)


def _whole(body: dict[str, Any], *names: str) -> int | None:
    """The first of the fields that holds a whole number above 0."""
    for name in names:
        value = body.get(name)
        if isinstance(value, int) and not isinstance(value, bool) and value > 0:
            return value
    return None
