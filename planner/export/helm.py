"""Values for the vLLM production stack's Helm chart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from planner.errors import UsageError
from planner.export.adapters import adapter_arguments
from planner.export.deployable import Unit
from planner.export.engine import image_of
from planner.export.kubernetes import node_selector, resource_of, scaled, tolerations
from planner.export.yaml_text import yaml_text


def helm(units: Sequence[Unit], image: str | None = None) -> dict[str, str]:
    """One values file. Raises UsageError for an engine that the chart does not run."""
    others = sorted({one.service for one in units if one.engine != "vLLM"})
    if others:
        raise UsageError(f"the chart runs vLLM alone; planned otherwise: {', '.join(others)}", where="--to helm", hint="--to kubernetes")
    # The chart's own schema takes one trigger; schedules of several windows are objects of their own beside it.
    target = "{{{{ .Release.Name }}}}-{name}-deployment-vllm"
    schedules = [one for unit in units for one in scaled(target.format(name=unit.name), unit)]
    values: dict[str, Any] = {"servingEngineSpec": {"enableEngine": True, "modelSpec": [_model(one, image_of(one, image)) for one in units]}}
    if schedules:
        values["extraObjects"] = schedules
    return {"values.yaml": yaml_text(values)}


def _model(unit: Unit, image: str) -> dict[str, Any]:
    repository, _, tag = image.rpartition(":")
    settings: dict[str, Any] = {"tensorParallelSize": unit.tp, "maxNumSeqs": unit.max_num_seqs, "maxModelLen": unit.context_tokens}
    settings["enablePrefixCaching"] = unit.prefixes
    if unit.precision:
        settings["dtype"] = unit.precision
    names = [unit.service, *(unit.adapters.names if unit.adapters is not None else ())]
    extra = ["--served-model-name", *names, "--pipeline-parallel-size", str(unit.pp)]
    extra += ["--quantization", unit.quantise] if unit.quantise else []
    extra += ["--kv-cache-dtype", "fp8"] if unit.kv_fp8 else []
    extra += adapter_arguments(unit.adapters)
    terms = [{"matchExpressions": [{"key": key, "operator": "In", "values": [value]} for key, value in node_selector(unit).items()]}]
    found: dict[str, Any] = {
        "name": unit.name, "repository": repository, "tag": tag, "modelURL": unit.weights,
        "replicaCount": unit.fewest if unit.windows else unit.most,
        # The chart requires both; where the host is unknown, what an engine needs to start.
        "requestCPU": unit.cpus or 4 * unit.accelerators, "requestMemory": f"{unit.memory_gib or 16 * unit.accelerators}Gi",
        "requestGPU": 0 if unit.processor else unit.accelerators, "requestGPUType": resource_of(unit) or "nvidia.com/gpu",
        "vllmConfig": {**settings, "extraArgs": extra}, "tolerations": tolerations(unit),
    }  # fmt: skip
    return {**found, "nodeSelectorTerms": terms} if node_selector(unit) else found
