"""Amazon SageMaker: the requests that create a model, an endpoint and its schedule, as the AWS command line takes them."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from planner.errors import UsageError
from planner.export.deployable import Unit
from planner.export.names import slug
from planner.plan.schema import Plan

# AWS's own serving container with vLLM inside; its account is the same in most regions.
IMAGE = "763104351884.dkr.ecr.{region}.amazonaws.com/djl-inference:0.33.0-lmi15.0.0-cu128"
START_SECONDS = 3600
# Limits of a serverless endpoint, as the catalogue's modes have them.
MOST_MEMORY_MB, MOST_CONCURRENCY, MOST_SECONDS = 6144, 200, 60
SERVERLESS = "aws:SageMaker "


def sagemaker(
    units: Sequence[Unit], role: str | None, image: str | None = None, bucket: str | None = None, workers: Sequence[Worker] = ()
) -> dict[str, str]:
    """One folder a unit: ``aws sagemaker create-model --cli-input-json file://…`` and so on in the order of the numbers.

    role    ARN of the role that SageMaker takes on
    bucket  where asynchronous answers are put; None: a real-time endpoint
    workers serverless endpoints, beside the units

    Raises UsageError for what SageMaker does not run.
    """
    if role is None:
        raise UsageError("SageMaker needs a role to take on", where="--role", hint="--role arn:aws:iam::123456789012:role/NAME")
    others = sorted({one.provider for one in units if one.provider != "aws"})
    if others:
        raise UsageError(f"SageMaker runs on AWS alone; planned on {', '.join(others)}", where="--to sagemaker", hint="--to kubernetes")
    spot = sorted({one.service for one in units if one.spot})
    if spot:
        text = f"SageMaker sells no endpoints as spot; planned as spot: {', '.join(spot)}"
        raise UsageError(text, where="--to sagemaker", hint="set spot.allowed to false for them and solve again")
    shared = sorted({one.service for one in units if one.adapters is not None})
    if shared:
        text = f"its container takes one model, and these answer for several services: {', '.join(shared)}"
        raise UsageError(text, where="--to sagemaker", hint="--to kubernetes")
    found: dict[str, str] = {}
    for unit in units:
        for name, request in _requests(unit, role, image, bucket):
            found[f"{unit.name}/{name}.json"] = _text(request)
    for one in workers:
        for name, request in _serverless(one, role, image):
            found[f"{one.name}/{name}.json"] = _text(request)
    return found


def _text(request: dict[str, Any]) -> str:
    return json.dumps(request, indent=2, ensure_ascii=True) + "\n"


@dataclass(frozen=True)
class Worker:
    """A serverless endpoint: what it loads, and how many requests at once the plan sends it at most."""

    name: str
    weights: str
    region: str
    max_concurrency: int


def workers_of(plan: Plan, weights: Mapping[str, str], region: str) -> tuple[Worker, ...]:
    """Serverless options at AWS that the plan uses. Raises UsageError for weights that nobody named."""
    found = []
    for service in plan.services:
        for one in service.hosted:
            if one.mode == "serverless" and one.name.startswith(SERVERLESS) and one.workers is not None:
                loaded = weights.get(f"{service.name}:{one.workers.variant}") or weights.get(service.name)
                if loaded is None:
                    raise UsageError(f"which weights does {service.name} load?", where="--weights", hint=f"--weights '{service.name}=ID'")
                # Paid by request there are no workers to count: what comes at once, each for as long as it may take.
                peak = max(map(sum, zip(*one.rate_per_s.values())), default=0.0) * MOST_SECONDS
                counted = zip(one.workers.busy, one.workers.stops_when_idle, one.workers.kept)
                most = max(map(sum, counted), default=0) or math.ceil(peak)
                found.append(Worker(slug(slug(service.name), "serverless"), loaded, region, min(MOST_CONCURRENCY, max(1, most))))
    return tuple(found)


def _serverless(one: Worker, role: str, image: str | None) -> list[tuple[str, dict[str, Any]]]:
    """The largest memory there is: a language model needs all of it, and there are no accelerators."""
    if image is None:
        text = f"{one.name} runs without accelerators, and no image for that is known"
        raise UsageError(text, where="--image", hint="name one with --image")
    model = {
        "ModelName": one.name, "ExecutionRoleArn": role,
        "PrimaryContainer": {"Image": image, "Environment": {"HF_MODEL_ID": one.weights}},
    }  # fmt: skip
    variant = {
        "VariantName": "AllTraffic", "ModelName": one.name,
        "ServerlessConfig": {"MemorySizeInMB": MOST_MEMORY_MB, "MaxConcurrency": one.max_concurrency},
    }  # fmt: skip
    config = {"EndpointConfigName": one.name, "ProductionVariants": [variant]}
    endpoint = {"EndpointName": one.name, "EndpointConfigName": one.name}
    return [("1-create-model", model), ("2-create-endpoint-config", config), ("3-create-endpoint", endpoint)]


def _requests(unit: Unit, role: str, image: str | None, bucket: str | None) -> list[tuple[str, dict[str, Any]]]:
    name, instances = slug(unit.name, longest=50), _instances(unit)
    model = {
        "ModelName": name, "ExecutionRoleArn": role,
        "PrimaryContainer": {"Image": _image(unit, image), "Environment": environment(unit)},
    }  # fmt: skip
    variant = {
        "VariantName": "AllTraffic", "ModelName": name, "InstanceType": f"ml.{unit.instance_type.removeprefix('ml.')}",
        "InitialInstanceCount": max(1, instances(unit.fewest if unit.windows else unit.most)),
        "ContainerStartupHealthCheckTimeoutInSeconds": START_SECONDS, "ModelDataDownloadTimeoutInSeconds": START_SECONDS,
    }  # fmt: skip
    config: dict[str, Any] = {"EndpointConfigName": name, "ProductionVariants": [variant]}
    if bucket is not None:
        config["AsyncInferenceConfig"] = {
            "OutputConfig": {"S3OutputPath": f"s3://{bucket}/{name}/"},
            "ClientConfig": {"MaxConcurrentInvocationsPerInstance": unit.max_num_seqs * _replicas_on_one(unit)},
        }
    found = [("1-create-model", model), ("2-create-endpoint-config", config), ("3-create-endpoint", {"EndpointName": name, "EndpointConfigName": name})]
    return found + _schedule(unit, name, instances)


def _image(unit: Unit, stated: str | None) -> str:
    """The one stated, else AWS's own for its region. Raises UsageError where that does not run."""
    if stated is None and unit.vendor != "NVIDIA":
        text = f"{unit.service} runs on {unit.accelerator}, and no image of AWS for {unit.vendor} is known"
        raise UsageError(text, where="--image", hint="name one with --image, or allow only vendors NVIDIA in the problem")
    return stated or IMAGE.format(region=unit.region)


def environment(unit: Unit) -> dict[str, str]:
    """How the container is told what the plan says."""
    found = {
        "HF_MODEL_ID": unit.weights, "OPTION_ROLLING_BATCH": "vllm", "OPTION_TENSOR_PARALLEL_DEGREE": str(unit.tp),
        "OPTION_PIPELINE_PARALLEL_DEGREE": str(unit.pp), "OPTION_MAX_ROLLING_BATCH_SIZE": str(unit.max_num_seqs),
        "OPTION_MAX_MODEL_LEN": str(unit.context_tokens),
    }  # fmt: skip
    found |= {"OPTION_DTYPE": {"bfloat16": "bf16", "float16": "fp16"}[unit.precision]} if unit.precision else {}
    found |= {"OPTION_QUANTIZE": unit.quantise} if unit.quantise else {}
    return found | ({"OPTION_KV_CACHE_DTYPE": "fp8"} if unit.kv_fp8 else {})


def _instances(unit: Unit):
    """Instances for so many replicas: SageMaker shares none between models."""
    each = _replicas_on_one(unit)
    return lambda replicas: -(-replicas // each)


def _replicas_on_one(unit: Unit) -> int:
    return max(1, unit.accelerators_per_instance // unit.accelerators)


def _schedule(unit: Unit, name: str, instances) -> list[tuple[str, dict[str, Any]]]:
    """Application Auto Scaling: what can be scaled, and an action at each window's beginning and end."""
    if not unit.windows:
        return []
    scaled = {
        "ServiceNamespace": "sagemaker", "ResourceId": f"endpoint/{name}/variant/AllTraffic",
        "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
    }  # fmt: skip
    found = [("4-register-scalable-target", {**scaled, "MinCapacity": instances(unit.fewest), "MaxCapacity": instances(unit.most)})]
    begins = {one.begins for one in unit.windows}
    for at, one in enumerate(unit.windows, 1):
        found.append((f"5-put-scheduled-action-{at}-start", _action(scaled, f"{name}-{at}-start", one.start, instances(one.replicas))))
        # Where another window begins, its own action says how many.
        if one.end not in begins:
            found.append((f"5-put-scheduled-action-{at}-end", _action(scaled, f"{name}-{at}-end", one.end, instances(unit.fewest))))
    return found


def _action(scaled: dict[str, str], name: str, cron: str, count: int) -> dict[str, Any]:
    return {**scaled, "ScheduledActionName": name, "Schedule": aws_cron(cron), "Timezone": "UTC",
            "ScalableTargetAction": {"MinCapacity": count, "MaxCapacity": count}}  # fmt: skip


def aws_cron(cron: str) -> str:
    """Five fields as AWS writes six: days of the week by name, and a question mark for the day that is not said."""
    minute, hour, _, _, days = cron.split(" ")
    if days == "*":
        return f"cron({minute} {hour} * * ? *)"
    named = "".join(("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")[int(sign)] if sign.isdigit() else sign for sign in days)
    return f"cron({minute} {hour} ? * {named} *)"
