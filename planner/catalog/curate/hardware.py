"""Accelerators and models of an edition."""

from __future__ import annotations

import re

from planner.catalog.curate.facts import Draft, leading_number, number

MEMORY_NOTE = "the vendor's GB of memory is taken as GiB"

# "2025-2026" is a range and so is an alias that describes instead of naming: these are no names.
_DESCRIPTIONS = ("per GPU", "board has", "dies", " GB", "chip (", "per superchip")

# Names that people and price lists use, beside those in the reference.
_ALIASES = {
    "H100": ("H100-SXM", "H100-SXM5", "H100-80GB", "H100-SXM-80GB"),
    "H200": ("H200-SXM", "H200-141GB"),
    "A100-80GB": ("A100-SXM-80GB",),
    "A100-40GB": ("A100-SXM-40GB",),
    "A100-80GB-PCIe": ("A100-PCIe-80GB",),
    "RTX4090": ("GeForce RTX 4090", "4090"),
    "RTX3090": ("GeForce RTX 3090", "3090"),
    "RTX5090": ("GeForce RTX 5090", "5090"),
    "RTXPRO6000": ("RTX-PRO-6000", "RTX PRO 6000"),
    "B200": ("B200-SXM", "HGX-B200"),
    "B300": ("B300-SXM",),
    "H100-NVL": ("H100-NVL-94GB",),
    "Trainium": ("Trainium1", "Trn1"),
    "Trainium2": ("Trn2",),
    "Inferentia2": ("Inf2",),
    "TPU-v5e": ("v5e", "TPU-v5-lite"),
    "TPU-v6e": ("v6e",),
}


def accelerators(rows: list[dict[str, str]], draft: Draft) -> None:
    """Every accelerator of the reference; dense rates only, unknown left unknown."""
    for row in rows:
        own = [name for name in [row["aliases"]] if name and not any(word in name for word in _DESCRIPTIONS)]
        described = row["aliases"] if row["aliases"] not in own else ""
        # Specification sheets are published facts; where the whole row is from memory it is assumed.
        recalled = row["check"] == "recalled"
        notes = (described, row["note"], MEMORY_NOTE, row["check"], row["embodied_basis"])
        draft.add(
            "accelerators",
            source=row["source"], as_of=row["as_of"], kind="assumed" if recalled else "published",
            note="; ".join(part for part in notes if part),
            name=row["name"], vendor=row["vendor"],
            aliases=tuple(own) + _ALIASES.get(row["name"], ()),
            memory_gib=number(row["memory_gb"]), memory_type=row["memory_type"],
            memory_bandwidth_gb_per_s=number(row["memory_bandwidth_gb_s"]),
            fp32_tflops=number(row["fp32_tflops"]), tf32_tflops=number(row["tf32_tflops_dense"]),
            fp16_tflops=number(row["fp16_tflops_dense"]), bf16_tflops=number(row["bf16_tflops_dense"]),
            fp8_tflops=number(row["fp8_tflops_dense"]), int8_tops=number(row["int8_tops_dense"]),
            fp4_tflops=number(row["fp4_tflops_dense"]), int4_tops=number(row["int4_tops_dense"]),
            scaleup_link=row["scaleup_link"], scaleup_gb_per_s=number(row["scaleup_gb_s_bidir"]),
            pcie=row["pcie"], tdp_w=number(row["tdp_w"]), idle_w=number(row["idle_w"]),
            embodied_kg_co2e=number(row["embodied_kgco2e"]), release_year=number(row["release"]),
        )


# Precision of the released weights where it is not 16 bits. DeepSeek and gpt-oss say so in the reference;
# for Kimi and MiniMax it is recalled from their releases and the note says so.
NATIVE_PRECISION = {
    "DeepSeek-V3": "fp8", "DeepSeek-R1": "fp8", "DeepSeek-V3.2": "fp8",
    "gpt-oss-20b": "mxfp4", "gpt-oss-120b": "mxfp4",
    "Kimi-K2": "fp8", "Kimi-K2.5": "int4", "MiniMax-M2.5": "fp8",
}
_RECALLED_PRECISION = ("Kimi-K2", "Kimi-K2.5", "MiniMax-M2.5")
EDITION_DATE = "2026-11"


def models(rows: list[dict[str, str]], draft: Draft) -> None:
    """Models whose architecture is known; those known by name alone are left out."""
    for row in rows:
        if not row["layers"] or not row["hidden"]:
            draft.leave_out("models", row["model"], f"architecture unknown: {row['notes'] or row['source']}")
            continue
        attention, other, notes = _attention(row)
        heads = row["kv_heads"]
        if not heads.isdigit():
            heads = re.findall(r"\d+", heads)[-1]
            notes.append(f"kv_heads {row['kv_heads']} in the source: the largest is used")
        value_dim = re.search(r"v(\d+)$", row["head_dim"])
        window = leading_number(row["sliding_window"]) if other in ("sliding", "chunked") else None
        if row["ffn_intermediate"] == "varies":
            notes.append("ffn_intermediate varies by layer")
        if row["model"] in _RECALLED_PRECISION:
            notes.append("precision of the released weights is recalled, not read")
        notes.append(row["notes"])
        recalled = "recalled" in row["source"] or row["notes"] in ("approximate", "totals from model name")
        draft.add(
            "models",
            source=row["source"], as_of=EDITION_DATE, kind="assumed" if recalled else "published",
            note="; ".join(note for note in notes if note),
            name=row["model"], hf_id=None if row["hf_id"].startswith("(") else row["hf_id"],
            aliases=_model_aliases(row["model"]), kind_of_model=row["kind"],
            params_b=number(row["params_b"]), active_params_b=number(row["active_params_b"]),
            layers=number(row["layers"]), hidden=number(row["hidden"]), heads=number(row["heads"]),
            kv_heads=number(heads), head_dim=leading_number(row["head_dim"]),
            v_head_dim=number(value_dim.group(1)) if value_dim else None,
            ffn_intermediate=number(row["ffn_intermediate"]), gated_ffn=row["gated_ffn"] == "1",
            experts=number(row["n_experts"]), experts_per_token=number(row["experts_per_tok"]),
            shared_experts=number(row["n_shared_experts"]) or (0 if row["n_experts"] else None),
            moe_intermediate=number(row["moe_intermediate"]), dense_layers=number(row["dense_layers"]),
            vocab=number(row["vocab"]), tied_embeddings=row["tied_embeddings"] == "1",
            attention=attention, kv_lora_rank=number(row["kv_lora_rank"]), qk_rope_dim=number(row["qk_rope_dim"]),
            q_lora_rank=number(row["q_lora_rank"]), full_attention_layers=number(row["full_attn_layers"]),
            other_attention=other, sliding_window=window, max_context=number(row["max_context"]),
            native_precision=NATIVE_PRECISION.get(row["model"], "bf16"),
        )


def _attention(row: dict[str, str]) -> tuple[str, str | None, list[str]]:
    """Attention of the full layers, what the others do, and what to note about it."""
    text, window = row["attention"], row["sliding_window"]
    notes = [text] if text not in ("MHA", "GQA", "MQA", "MLA") else []
    attention = next(name for name in ("MLA", "GQA", "MQA", "MHA") if name in text)
    if row["full_attn_layers"] == row["layers"]:
        if window:
            notes.append(f"sliding window {window} in the source, but every layer is counted as full")
        return attention, None, notes
    if "chunked" in window:
        return attention, "chunked", [*notes, window]
    if window:
        return attention, "sliding", [*notes, window]
    if "linear" in text:
        return attention, "linear", notes
    if "Mamba2" in text:
        return attention, "mamba2", notes
    return attention, "none", [*notes, "layers without attention"]


def _model_aliases(name: str) -> tuple[str, ...]:
    """The instruction-tuned twin of a base model has the same architecture and is asked for by its own name."""
    twins = ("Llama-3-", "Llama-3.1-", "Llama-3.2-", "Llama-4-", "Mistral-7B", "Mixtral-", "Qwen2-", "Qwen2.5-")
    meta = (f"Meta-{name}-Instruct", f"Meta-{name}") if name.startswith(("Llama-3-", "Llama-3.1-")) else ()
    return (f"{name}-Instruct", *meta) if name.startswith(twins) else ()
