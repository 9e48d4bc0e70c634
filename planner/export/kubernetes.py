"""Kubernetes manifests: a Deployment for each of a plan's, a Service for each service, and the hours as KEDA schedules."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from planner.export.deployable import Unit
from planner.export.engine import PORT, container, image_of
from planner.export.names import slug
from planner.export.yaml_text import yaml_text

RESOURCES = {
    "AMD": "amd.com/gpu", "Google": "google.com/tpu", "Intel": "habana.ai/gaudi", "AWS": "aws.amazon.com/neuron",
    "Amazon": "aws.amazon.com/neuron",
}  # fmt: skip
# How a node says that it may be taken back, and the taint that keeps others off it.
SPOT_LABELS = {
    "aws": ("karpenter.sh/capacity-type", "spot"), "gcp": ("cloud.google.com/gke-spot", "true"),
    "azure": ("kubernetes.azure.com/scalesetpriority", "spot"),
}  # fmt: skip
# Large weights take their time.
START_SECONDS = 1800


def kubernetes(units: Sequence[Unit], image: str | None = None) -> dict[str, str]:
    """One file a service."""
    found: dict[str, str] = {}
    for service in dict.fromkeys(one.service for one in units):
        own = [one for one in units if one.service == service]
        documents = [_service(service)]
        for unit in own:
            documents += [deployment(unit, image), *scaled(unit.name, unit)]
        if sum(one.fewest for one in own) > 1:
            documents.append(_budget(service))
        found[f"{slug(service)}.yaml"] = yaml_text(*documents)
    return found


def deployment(unit: Unit, image: str | None = None) -> dict[str, Any]:
    """The Deployment of one unit; where the hours change its number, KEDA sets it."""
    labels = {"app.kubernetes.io/name": slug(unit.service), "app.kubernetes.io/component": unit.name}
    spec: dict[str, Any] = {"replicas": unit.fewest if unit.windows else unit.most, "selector": {"matchLabels": labels}}
    # The plan pays for no spare accelerator that a new replica could start on before an old one has gone.
    spec["strategy"] = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 0, "maxUnavailable": 1}}
    pod = _pod(unit, image)
    if unit.spread:
        pod["topologySpreadConstraints"] = [{
            "maxSkew": 1, "topologyKey": "kubernetes.io/hostname", "whenUnsatisfiable": "ScheduleAnyway", "labelSelector": {"matchLabels": labels},
        }]  # fmt: skip
    spec["template"] = {"metadata": {"labels": labels}, "spec": pod}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": unit.name, "labels": labels}, "spec": spec}


def _pod(unit: Unit, image: str | None) -> dict[str, Any]:
    entry, arguments = container(unit)
    resource = resource_of(unit)
    limits = {} if resource is None else {resource: str(unit.accelerators)}
    asked: dict[str, Any] = dict(limits)
    if unit.cpus is not None:
        asked["cpu"] = str(unit.cpus)
    if unit.memory_gib is not None:
        asked["memory"] = f"{unit.memory_gib}Gi"
    health = {"httpGet": {"path": "/health", "port": PORT}, "periodSeconds": 10}
    engine = {
        "name": "engine", "image": image_of(unit, image), "command": entry, "args": arguments,
        "ports": [{"name": "http", "containerPort": PORT}],
        "env": [{"name": "HF_TOKEN", "valueFrom": {"secretKeyRef": {"name": "hf-token", "key": "token", "optional": True}}}],
        "resources": {"requests": asked, "limits": limits},
        "startupProbe": {**health, "failureThreshold": START_SECONDS // 10}, "readinessProbe": health,
        "volumeMounts": [{"name": "shm", "mountPath": "/dev/shm"}],
    }  # fmt: skip
    shared = {"name": "shm", "emptyDir": {"medium": "Memory"}}
    return {"nodeSelector": node_selector(unit), "tolerations": tolerations(unit), "containers": [engine], "volumes": [shared]}


def resource_of(unit: Unit) -> str | None:
    """What a device plugin calls its accelerators; None: they are processors of the host."""
    return None if unit.processor else RESOURCES.get(unit.vendor, "nvidia.com/gpu")


def node_selector(unit: Unit) -> dict[str, str]:
    """The instance type and region that the plan pays for, and spot where it is spot."""
    found = {"node.kubernetes.io/instance-type": unit.instance_type, "topology.kubernetes.io/region": unit.region}
    if unit.provider == "owned":
        found = {}
    if unit.spot and unit.provider in SPOT_LABELS:
        key, value = SPOT_LABELS[unit.provider]
        found[key] = value
    return found


def tolerations(unit: Unit) -> list[dict[str, str]]:
    """Accelerators keep others off their nodes, and so does spot."""
    resource = resource_of(unit)
    found = [] if resource is None else [{"key": resource, "operator": "Exists", "effect": "NoSchedule"}]
    if unit.spot and unit.provider in SPOT_LABELS:
        key, value = SPOT_LABELS[unit.provider]
        found.append({"key": key, "operator": "Equal", "value": value, "effect": "NoSchedule"})
    return found


def scaled(target: str, unit: Unit) -> list[dict[str, Any]]:
    """A KEDA ScaledObject with a cron trigger for each window; nothing where the number never changes."""
    if not unit.windows:
        return []
    triggers = [
        {"type": "cron", "metadata": {"timezone": "Etc/UTC", "start": one.start, "end": one.end, "desiredReplicas": str(one.replicas)}}
        for one in unit.windows
    ]
    spec = {
        "scaleTargetRef": {"name": target}, "minReplicaCount": unit.fewest, "maxReplicaCount": unit.most, "cooldownPeriod": 60,
        "triggers": triggers,
    }  # fmt: skip
    return [{"apiVersion": "keda.sh/v1alpha1", "kind": "ScaledObject", "metadata": {"name": unit.name}, "spec": spec}]


def _service(service: str) -> dict[str, Any]:
    name = slug(service)
    labels = {"app.kubernetes.io/name": name}
    spec = {"selector": labels, "ports": [{"name": "http", "port": 80, "targetPort": "http"}]}
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name, "labels": labels}, "spec": spec}


def _budget(service: str) -> dict[str, Any]:
    name = slug(service)
    spec = {"maxUnavailable": 1, "selector": {"matchLabels": {"app.kubernetes.io/name": name}}}
    return {"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": name}, "spec": spec}
