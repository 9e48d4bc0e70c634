"""How an engine is started so that it runs what the plan says: the words of its command line."""

from __future__ import annotations

from planner.errors import UsageError
from planner.export.adapters import adapter_arguments
from planner.export.deployable import Unit

PORT = 8000
# The newest releases for NVIDIA when this was written (2026-11); --image names another, and one for other makers.
IMAGES = {"vLLM": "vllm/vllm-openai:v0.33.0", "SGLang": "lmsysorg/sglang:v0.5.23"}


def image_of(unit: Unit, stated: str | None) -> str:
    """The container image: the one stated, else the engine's own. Raises UsageError where none is known to run there."""
    if stated is not None:
        return stated
    if unit.vendor != "NVIDIA":
        text = f"{unit.service} runs on {unit.accelerator}, and no image of {unit.engine} for {unit.vendor} is known"
        raise UsageError(text, where="--image", hint="name one with --image, or allow only vendors NVIDIA in the problem")
    return IMAGES[unit.engine]


def command(unit: Unit) -> list[str]:
    """The program and its arguments, for a machine where the engine is installed."""
    return ["vllm", "serve", unit.weights, *vllm_arguments(unit)] if unit.engine == "vLLM" else ["python3", "-m", "sglang.launch_server", *sglang_arguments(unit)]


def vllm_arguments(unit: Unit) -> list[str]:
    """After ``vllm serve MODEL``."""
    names = [unit.service, *(unit.adapters.names if unit.adapters is not None else ())]
    found = ["--served-model-name", *names, "--host", "0.0.0.0", "--port", str(PORT)]
    return found + vllm_settings(unit) + adapter_arguments(unit.adapters)


def vllm_settings(unit: Unit) -> list[str]:
    """What decides memory and speed."""
    found = ["--tensor-parallel-size", str(unit.tp), "--pipeline-parallel-size", str(unit.pp)]
    found += ["--max-num-seqs", str(unit.max_num_seqs), "--max-model-len", str(unit.context_tokens)]
    found += ["--dtype", unit.precision] if unit.precision else []
    found += ["--quantization", unit.quantise] if unit.quantise else []
    return found + (["--kv-cache-dtype", "fp8"] if unit.kv_fp8 else [])


def sglang_arguments(unit: Unit) -> list[str]:
    """After ``python3 -m sglang.launch_server``."""
    found = ["--model-path", unit.weights, "--served-model-name", unit.service, "--host", "0.0.0.0", "--port", str(PORT)]
    found += ["--tp-size", str(unit.tp), "--pp-size", str(unit.pp), "--max-running-requests", str(unit.max_num_seqs)]
    found += ["--context-length", str(unit.context_tokens)]
    found += ["--dtype", unit.precision] if unit.precision else []
    found += ["--quantization", unit.quantise] if unit.quantise else []
    return found + (["--kv-cache-dtype", "fp8_e4m3"] if unit.kv_fp8 else [])


def container(unit: Unit) -> tuple[list[str], list[str]]:
    """Entry point and arguments in the engine's container image; its own entry point has changed between releases."""
    words = command(unit)
    program = 2 if unit.engine == "vLLM" else 3
    return words[:program], words[program:]
