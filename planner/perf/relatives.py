"""The groups that a replica belongs to, from which coefficients of what was never measured are borrowed."""

from __future__ import annotations

import re

from planner.perf.replica import BYTES_PER_VALUE, Replica

#: First version of each engine's present design, and of the library that MLPerf entries name instead
#: (published releases: vLLM's V1 engine, SGLang's overlapped scheduler, TensorRT-LLM's PyTorch path; all around 2025).
CURRENT_FROM = {"vLLM": (0, 8), "SGLang": (0, 4), "TensorRT-LLM": (0, 17), "TensorRT": (10, 8)}
#: First version that runs attention side by side under one set of experts of its own accord (published release notes);
#: other engines can, but only when told.
COPIES_FROM = {"TensorRT-LLM": (1, 0), "TensorRT": (10, 8)}
#: A model with a longer context than this was not served by engines of before 2025 in 8 or 4 bits (assumed).
CURRENT_CONTEXT = 100_000
UNSTATED = "unstated"


def relatives(replica: Replica) -> dict[str, str]:
    """The groups that a replica belongs to; its coefficients are the sum of its groups' deviations."""
    chip, engine, precision, model = replica.chip, replica.engine, replica.precision, replica.architecture
    newest = next((name for name in ("fp4", "fp8", "int8", "bf16") if chip.rate_tflops(name)), "fp16")
    # A maker's cards say nothing about its processors.
    vendor = "processor" if chip.processor else chip.vendor
    linked = "linked" if chip.is_linked else "card"
    version, era = version_of(replica)
    build = f"{engine.name} {'latest' if engine.version is None else engine.version}"
    kind = "moe" if model.experts else "dense"
    kind += " mla" if model.attention == "MLA" else " state" if model.state_layers else ""
    return {
        "vendor": vendor,
        "class": f"{vendor} {linked} {newest}",
        "chip": chip.name,
        "engine": engine.name,
        "era": era,
        "version": f"{engine.name} {version}",
        "stack": f"{engine.name} {version} {vendor}",
        "version weights": f"{engine.name} {version} {precision.weights}",
        "activations": precision.activations,
        "weights": precision.weights,
        "kind": kind,
        "model": model.name,
        "build": build,
        "build chip": f"{build} {chip.name}",
        "engine chip": f"{engine.name} {chip.name}",
        "class kind": f"{vendor} {linked} {newest} {kind}",
    }


def version_of(replica: Replica) -> tuple[str, str]:
    """(version without its patch, era) of the engine; an unstated version is dated by what it runs."""
    engine, model = replica.engine, replica.architecture
    text = engine.version or ""
    found = re.search(r"(\d+)\.(\d+)", text)
    if engine.version is None:
        return "latest", "current"
    if found is None or engine.version == UNSTATED:
        narrow = BYTES_PER_VALUE[replica.precision.weights] < 2.0
        dated = narrow and (model.max_context or 0) > CURRENT_CONTEXT
        return ("unstated narrow" if narrow else "unstated wide"), ("current" if dated else "early")
    number = (int(found.group(1)), int(found.group(2)))
    maker = text.split(" ")[0]
    maker = maker if maker.isalpha() and maker != engine.name else ""
    first = CURRENT_FROM.get(maker) or CURRENT_FROM.get(engine.name)
    era = "other" if first is None else "current" if number >= first else "early"
    return f"{maker} {number[0]}.{number[1]}".strip(), era


def has_attention_copies(replica: Replica) -> bool:
    """Whether the engine's version runs attention side by side under one set of experts where that generates more."""
    version, _ = version_of(replica)
    found = re.search(r"(?:([A-Za-z]+) )?(\d+)\.(\d+)$", version)
    if found is None:
        return replica.engine.name in COPIES_FROM and version != "unstated wide"
    first = COPIES_FROM.get(found.group(1) or "") or COPIES_FROM.get(replica.engine.name)
    return first is not None and (int(found.group(2)), int(found.group(3))) >= first
