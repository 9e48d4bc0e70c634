"""Models that pruning and distillation yield, with the shape of the model that each was made from."""

from __future__ import annotations

from planner.catalog.curate.facts import Draft

AS_OF = "2025"
_R1 = "DeepSeek-AI 2025 DeepSeek-R1 (arXiv 2501.12948): students tuned from Qwen2.5 and Llama-3"
_MINITRON = "Sreenivas et al. 2024 LLM Pruning and Distillation in Practice: The Minitron Approach (arXiv 2408.11796)"

# name, Hugging Face id, made from, what of its shape differs, source
_ROWS: tuple[tuple[str, str, str, dict[str, float], str], ...] = (
    ("DeepSeek-R1-Distill-Qwen-1.5B", "deepseek-ai/DeepSeek-R1-Distill-Qwen-1.5B", "Qwen2.5-1.5B", {"tied_embeddings": False, "params_b": 1.777}, _R1),
    ("DeepSeek-R1-Distill-Qwen-7B", "deepseek-ai/DeepSeek-R1-Distill-Qwen-7B", "Qwen2.5-7B", {}, _R1),
    ("DeepSeek-R1-Distill-Llama-8B", "deepseek-ai/DeepSeek-R1-Distill-Llama-8B", "Llama-3.1-8B", {}, _R1),
    ("DeepSeek-R1-Distill-Qwen-14B", "deepseek-ai/DeepSeek-R1-Distill-Qwen-14B", "Qwen2.5-14B", {}, _R1),
    ("DeepSeek-R1-Distill-Qwen-32B", "deepseek-ai/DeepSeek-R1-Distill-Qwen-32B", "Qwen2.5-32B", {}, _R1),
    ("DeepSeek-R1-Distill-Llama-70B", "deepseek-ai/DeepSeek-R1-Distill-Llama-70B", "Llama-3.3-70B", {}, _R1),
    # Width: 4.51e9 parameters = 2 × 128,256 × 3,072 + 32 × (2 × 3,072 × 4,096 + 2 × 3,072 × 1,024 + 3 × 3,072 × 9,216).
    ("Llama-3.1-Minitron-4B-Width", "nvidia/Llama-3.1-Minitron-4B-Width-Base", "Llama-3.1-8B",
     {"hidden": 3072.0, "ffn_intermediate": 9216.0, "head_dim": 128.0, "params_b": 4.513}, _MINITRON),
    # Depth: half of the layers, 4.54e9 parameters = 2 × 128,256 × 4,096 + 16 × 218.1e6.
    ("Llama-3.1-Minitron-4B-Depth", "nvidia/Llama-3.1-Minitron-4B-Depth-Base", "Llama-3.1-8B", {"layers": 16.0, "params_b": 4.541}, _MINITRON),
)  # fmt: skip


def students(draft: Draft) -> None:
    """One row each; the context is that of the model it was made from."""
    by_name = {row["name"]: row for row in draft.rows["models"]}
    for name, hf_id, base, differs, source in _ROWS:
        shape = {key: value for key, value in by_name[base].items() if key not in ("source", "as_of", "kind", "note")}
        shape |= {"name": name, "hf_id": hf_id, "aliases": (), **differs}
        shape["active_params_b"] = shape["params_b"]
        for counted in ("full_attention_layers", "dense_layers"):
            if shape[counted] is not None:
                shape[counted] = shape["layers"]
        note = f"the shape of {base}" + (", pruned (as recalled)" if "hidden" in differs or "layers" in differs else "")
        draft.add("models", source=source, as_of=AS_OF, kind="derived", note=note, **shape)
