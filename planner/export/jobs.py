"""Jobs of a plan as what runs them: Kubernetes Jobs and CronJobs, SkyPilot's managed jobs."""

from __future__ import annotations

import datetime
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from planner.catalog.catalog import Catalog
from planner.economics.build_pools import build_pools
from planner.economics.timeline import timeline
from planner.errors import UsageError
from planner.export.kubernetes import node_selector, resource_of, tolerations
from planner.export.names import distinct, slug
from planner.export.skypilot import CLOUDS
from planner.export.yaml_text import yaml_text
from planner.plan.schema import Plan
from planner.problem.schema import Problem

#: Lost spot instances are replaced this often before somebody should look.
MOST_RETRIES = 20
#: Names fit ``NAME-0.NAME``, by which the others of a job find its first instance.
_LONGEST = 40
RENDEZVOUS_PORT = 29500


@dataclass(frozen=True)
class JobUnit:
    """A job with the instances it runs on, all of one pool.

    command         what runs on each instance, for a shell
    facts           what the plan reckoned with, by name of an environment variable
    accelerators    of each instance            hours_per_run  expected, waiting for spot included
    start           month in which it may begin  every_months  None: once
    """

    name: str
    job: str
    command: str
    image: str
    facts: Mapping[str, str]
    provider: str
    region: str
    instance_type: str
    vendor: str
    accelerators: int
    instances: int
    spot: bool
    deadline_hours: float
    hours_per_run: float
    start: datetime.date
    every_months: int | None
    processor: bool = False


def job_units(
    plan: Plan, problem: Problem, catalog: Catalog, commands: Mapping[str, str], images: Mapping[str, str], month: datetime.date
) -> tuple[JobUnit, ...]:
    """Jobs whose command is known, in the order of the plan; ``month`` is the first of the horizon.

    commands, images  by job; an image for every command

    Raises UsageError for a name that is no job of the plan, and for a command without an image.
    """
    names = [one.name for one in plan.jobs]
    for stated, option in ((commands, "--job"), (images, "--job-image")):
        other = next((name for name in stated if name not in names), None)
        if other is not None:
            raise UsageError(f'the plan runs no job "{other}"', where=option, hint=f"jobs: {', '.join(names) or 'none'}")
    missing = next((name for name in commands if name not in images), None)
    if missing is not None:
        raise UsageError(f"{missing} runs in which container?", where="--job-image", hint=f"--job-image '{missing}=IMAGE'")
    stated_jobs, pools = {one.name: one for one in problem.jobs}, {one.id: one for one in build_pools(problem, catalog, timeline(problem))[0]}
    found = [_unit(one, stated_jobs[one.name], pools[one.pool], catalog, commands, images, month) for one in plan.jobs if one.name in commands]
    renamed = distinct(f"job-{slug(one.job, longest=_LONGEST)}" for one in found)
    return tuple(JobUnit(**{**vars(one), "name": name}) for one, name in zip(found, renamed))


def kubernetes_jobs(units: Sequence[JobUnit]) -> dict[str, str]:
    """One file a job."""
    return {f"{one.name}.yaml": yaml_text(*([_rendezvous(one)] if one.instances > 1 else []), _manifest(one)) for one in units}


def skypilot_jobs(units: Sequence[JobUnit]) -> dict[str, str]:
    """One managed job a file, for ``sky jobs launch``; SkyPilot replaces spot instances that are taken back."""
    others = sorted({one.provider for one in units if one.provider not in CLOUDS})
    if others:
        raise UsageError(f"SkyPilot does not rent from {', '.join(others)}", where="--job", hint="export to kubernetes")
    return {f"{one.name}.yaml": f"# {_when(one)}\n{yaml_text(_task(one))}" for one in units}


def _unit(one: Any, stated: Any, pool: Any, catalog: Catalog, commands: Mapping[str, str], images: Mapping[str, str], month: datetime.date) -> JobUnit:
    model, accelerator = catalog.model(stated.model), catalog.accelerator(pool.accelerator)
    facts = {
        "MODEL": model.hf_id if model is not None and model.hf_id else stated.model, "JOB_KIND": stated.kind, "JOB_METHOD": stated.method,
        "TOKENS": stated.tokens, "EPOCHS": stated.epochs, "LORA_RANK": None if stated.method == "full" else stated.rank,
        "SEQUENCE_TOKENS": stated.sequence_tokens, "BATCH_TOKENS": stated.batch_tokens, "ZERO_STAGE": stated.zero_stage,
        "ACTIVATION_CHECKPOINTING": int(stated.checkpointing), "CHECKPOINT_HOURS": stated.checkpoint_hours,
        "TEACHER": stated.teacher.model if stated.teacher is not None else None,
    }  # fmt: skip
    return JobUnit(
        name=one.name, job=one.name, command=commands[one.name], image=images[one.name],
        facts={name: _plain(value) for name, value in facts.items() if value is not None},
        provider=pool.provider, region=pool.region.removeprefix(f"{pool.provider}:"), instance_type=pool.instance_type, vendor=pool.vendor,
        accelerators=int(pool.accelerators), instances=one.instances, spot=one.purchase == "spot", deadline_hours=stated.deadline_hours,
        hours_per_run=one.hours_per_run, start=_later(month, stated.start_month), every_months=stated.every_months,
        processor=accelerator is not None and accelerator.processor,
    )  # fmt: skip


def _plain(value: Any) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _later(month: datetime.date, months: int) -> datetime.date:
    index = month.year * 12 + month.month - 1 + months
    return datetime.date(index // 12, index % 12 + 1, 1)


def _manifest(one: JobUnit) -> dict[str, Any]:
    """A CronJob where the calendar can say when it recurs, else a Job that says so itself."""
    metadata = {"name": one.name, "annotations": {"planned": _when(one)}}
    if one.every_months is not None and 12 % one.every_months == 0:
        months = sorted({(one.start.month - 1 + step) % 12 + 1 for step in range(0, 12, one.every_months)})
        schedule = f"0 0 1 {'*' if len(months) == 12 else ','.join(map(str, months))} *"
        spec = {"schedule": schedule, "timeZone": "Etc/UTC", "concurrencyPolicy": "Forbid", "jobTemplate": {"spec": _job(one)}}
        return {"apiVersion": "batch/v1", "kind": "CronJob", "metadata": metadata, "spec": spec}
    return {"apiVersion": "batch/v1", "kind": "Job", "metadata": metadata, "spec": _job(one)}


def _job(one: JobUnit) -> dict[str, Any]:
    """All instances at once; a spot instance that is taken back is no failure."""
    resource = resource_of(one)
    limits = {} if resource is None else {resource: str(one.accelerators)}
    environment = [{"name": name, "value": value} for name, value in one.facts.items()]
    environment += [{"name": name, "value": value} for name, value in _nodes(one).items()]
    box = {
        "name": "job", "image": one.image, "command": ["/bin/sh", "-c"], "args": [one.command],
        "env": [*environment, {"name": "HF_TOKEN", "valueFrom": {"secretKeyRef": {"name": "hf-token", "key": "token", "optional": True}}}],
        "resources": {"requests": limits, "limits": limits}, "volumeMounts": [{"name": "shm", "mountPath": "/dev/shm"}],
    }  # fmt: skip
    pod: dict[str, Any] = {
        "restartPolicy": "Never", "nodeSelector": node_selector(one), "tolerations": tolerations(one), "containers": [box],
        "volumes": [{"name": "shm", "emptyDir": {"medium": "Memory"}}],
    }  # fmt: skip
    if one.instances > 1:
        pod["subdomain"] = one.name
    spec: dict[str, Any] = {
        "parallelism": one.instances, "completions": one.instances, "completionMode": "Indexed", "backoffLimit": MOST_RETRIES,
        "activeDeadlineSeconds": math.ceil(one.deadline_hours * 3600.0),
    }
    if one.spot:
        taken_back = {"action": "Ignore", "onPodConditions": [{"type": "DisruptionTarget", "status": "True"}]}
        spec["podFailurePolicy"] = {"rules": [taken_back]}
    labels = {"app.kubernetes.io/name": one.name}
    return {**spec, "template": {"metadata": {"labels": labels}, "spec": pod}}


def _nodes(one: JobUnit) -> dict[str, str]:
    """How the instances of a job find each other; Kubernetes itself says JOB_COMPLETION_INDEX."""
    if one.instances == 1:
        return {"NNODES": "1"}
    return {"NNODES": str(one.instances), "MASTER_ADDR": f"{one.name}-0.{one.name}", "MASTER_PORT": str(RENDEZVOUS_PORT)}


def _rendezvous(one: JobUnit) -> dict[str, Any]:
    spec = {"clusterIP": "None", "selector": {"app.kubernetes.io/name": one.name}}
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": one.name}, "spec": spec}


def _task(one: JobUnit) -> dict[str, Any]:
    resources = {
        "infra": f"{CLOUDS[one.provider]}/{one.region}", "instance_type": one.instance_type, "use_spot": one.spot, "image_id": f"docker:{one.image}",
        # The pool that the plan reckoned with, tried again until it has room.
        "job_recovery": {"strategy": "FAILOVER", "max_restarts_on_errors": 0},
    }  # fmt: skip
    return {"name": one.name, "num_nodes": one.instances, "resources": resources, "envs": {**one.facts, "HF_TOKEN": ""}, "run": one.command}


def _when(one: JobUnit) -> str:
    again = "" if one.every_months is None else f", again every {one.every_months} months"
    return f"from {one.start:%Y-%m}{again}; {one.hours_per_run:.1f} h expected of {one.deadline_hours:g} h allowed"
