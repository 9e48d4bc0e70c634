"""What the reference's names of compression methods, benchmarks and models stand for."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Method:
    """A compression by its short id; ``generic`` when it may be applied to a model without its own fact."""

    id: str
    weights: str | None = None
    activations: str | None = None
    generic: bool = False
    becomes: str | None = None
    modifies_cache: bool = False


_INT8 = Method("int8-w8a8", "int8", "int8", generic=True)

METHODS: dict[str, Method] = {
    "w8a8-int8": _INT8,
    "smoothquant w8a8": _INT8,
    "w8a16-int8": Method("int8-w8a16", "int8", "bf16", generic=True),
    "LLM.int8()": Method("int8-llm", "int8", "bf16"),
    "fp8 (w8a8)": Method("fp8", "fp8", "fp8", generic=True),
    "fp8-block RTN": Method("fp8", "fp8", "fp8", generic=True),
    "fp8-block tuned": Method("fp8-tuned", "fp8", "fp8"),
    "gptq-int4 (w4a16)": Method("int4-gptq", "int4", "bf16", generic=True),
    "gptq-int4": Method("int4-gptq", "int4", "bf16", generic=True),
    "gptq-int4-g128": Method("int4-gptq", "int4", "bf16", generic=True),
    "awq-int4-g128": Method("int4-awq", "int4", "bf16", generic=True),
    "rtn-int4-g128": Method("int4-rtn", "int4", "bf16", generic=True),
    "gptq-int3": Method("int3-gptq", "int3", "bf16"),
    "nf4 + double quant (QLoRA)": Method("nf4", "nf4", "bf16", generic=True),
    "fp4 (QLoRA)": Method("fp4-qlora", "fp4", "bf16"),
    "nvfp4 RTN (w4a4)": Method("nvfp4", "nvfp4", "nvfp4", generic=True),
    "nvfp4 (w4a4)": Method("nvfp4", "nvfp4", "nvfp4", generic=True),
    "nvfp4 QAT (w4a4)": Method("nvfp4-qat", "nvfp4", "nvfp4"),
    "magnitude 50%": Method("sparse50-magnitude", "bf16", "bf16"),
    "sparsegpt 50%": Method("sparse50-sparsegpt", "bf16", "bf16"),
    "wanda 50%": Method("sparse50-wanda", "bf16", "bf16"),
    "magnitude 2:4": Method("sparse24-magnitude", "bf16", "bf16"),
    "sparsegpt 2:4": Method("sparse24-sparsegpt", "bf16", "bf16", generic=True),
    "sparsegpt 4:8": Method("sparse48-sparsegpt", "bf16", "bf16"),
    "wanda 2:4": Method("sparse24-wanda", "bf16", "bf16", generic=True),
    "2:4 sparse + retrain (Sparse-Llama)": Method("sparse24-retrained", "bf16", "bf16"),
    "distillation (DistilBERT)": Method("distilbert", "fp32", "fp32", becomes="DistilBERT"),
    "distillation (TinyBERT-4)": Method("tinybert-4", "fp32", "fp32", becomes="TinyBERT-4"),
    "prune+distil width (Minitron-4B)": Method("minitron-4b-width", "bf16", "bf16", becomes="Llama-3.1-Minitron-4B-Width"),
    "prune+distil depth (Minitron-4B)": Method("minitron-4b-depth", "bf16", "bf16", becomes="Llama-3.1-Minitron-4B-Depth"),
    "prune+distil (MN-Minitron-8B)": Method("mn-minitron-8b", "bf16", "bf16", becomes="Mistral-NeMo-Minitron-8B"),
    "prune+distil (Minitron-8B)": Method("minitron-8b", "bf16", "bf16", becomes="Minitron-8B"),
    "prune+distil (Minitron-4B)": Method("minitron-4b", "bf16", "bf16", becomes="Minitron-4B"),
    **{
        f"distillation (R1-Distill-{name})": Method(
            f"r1-distill-{name.lower()}", "bf16", "bf16", becomes=f"DeepSeek-R1-Distill-{name}"
        )
        for name in ("Llama-70B", "Qwen-32B", "Qwen-14B", "Llama-8B", "Qwen-7B", "Qwen-1.5B")
    },
    "kv-cache fp8": Method("kv-fp8", modifies_cache=True),
}

BENCHMARKS = {
    "OpenLLM v1 mean": "openllm-v1", "OpenLLM v2 mean": "openllm-v2", "Arena-Hard": "arena-hard",
    "HumanEval pass@1": "humaneval", "HumanEval+ pass@1": "humaneval+", "ARC-C 25-shot": "arc-c",
    "HellaSwag 10-shot": "hellaswag", "HellaSwag": "hellaswag", "MMLU 5-shot": "mmlu", "MMLU": "mmlu",
    "MMLU 5-shot mean": "mmlu", "TruthfulQA": "truthfulqa", "Winogrande 5-shot": "winogrande",
    "Winogrande": "winogrande", "GSM8K 5-shot": "gsm8k", "GSM8K": "gsm8k", "12-task mean": "12-task-mean",
    "mean of MMLU GSM8K HellaSwag Winogrande": "4-task-mean", "academic + real-world suites": "suites",
    "WikiText2 ppl": "wikitext2-ppl", "WikiText ppl": "wikitext-ppl", "C4 ppl (13B)": "c4-ppl",
    "zero-shot mean (7 tasks)": "zero-shot-7", "GLUE mean": "glue", "IMDb accuracy": "imdb",
    "SQuAD 1.1 F1": "squad-1.1", "AIME 2024 pass@1": "aime-2024", "AIME 2024": "aime-2024",
    "MATH-500 pass@1": "math-500", "MATH-500": "math-500", "GPQA Diamond pass@1": "gpqa-diamond",
    "GPQA Diamond": "gpqa-diamond", "MMLU-Pro": "mmlu-pro", "LiveCodeBench": "livecodebench",
    "long-context and reasoning suites": "*",
}

# Names in the reference that are not the catalogue's, with the models they stand for and their size in 10^9
# parameters (the smallest where a range is meant).
_MODELS: dict[str, tuple[tuple[str, ...], float]] = {
    "Llama-3.1 8B-405B": (("Llama-3.1-8B", "Llama-3.1-70B", "Llama-3.1-405B"), 8.0),
    "LLaMA 7-65B (fine-tuned)": (("Llama-1-7B",), 7.0),
    "LLaMA-7B": (("Llama-1-7B",), 7.0),
    "LLaMA-65B": ((), 65.0),
    "BLOOM/OPT 13B-175B": (("BLOOM-176B", "OPT-30B"), 13.0),
    "Mistral-NeMo-12B": (("Mistral-Nemo-12B",), 12.0),
    "Nemotron-4-15B": ((), 15.0),
    "DeepSeek-R1": (("DeepSeek-R1",), 671.0),
    "DeepSeek-R1-0528 (FP8 baseline)": (("DeepSeek-R1",), 671.0),
    "BERT-base": (("BERT-base",), 0.11),
}


def models_of(name: str) -> tuple[tuple[str, ...], float]:
    """The catalogue's models that a compression fact is about, and their size in 10^9 parameters."""
    if name in _MODELS:
        return _MODELS[name]
    size = re.search(r"-(\d+(?:\.\d+)?)B", name)
    return (name.removesuffix("-Instruct"),), float(size.group(1))
