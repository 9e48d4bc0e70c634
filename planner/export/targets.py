"""Every target by name: what it is in one line, and the files it makes of a plan."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from planner.catalog.catalog import Catalog
from planner.export.deployable import Unit, seasons_of, units_of
from planner.export.focus import focus
from planner.export.helm import helm
from planner.export.jobs import JobUnit, job_units, kubernetes_jobs, skypilot_jobs
from planner.export.kubernetes import kubernetes
from planner.export.litellm import litellm
from planner.export.purchases import commitments
from planner.export.sagemaker import sagemaker, workers_of
from planner.export.skypilot import skypilot, skyserve
from planner.errors import UsageError
from planner.plan.schema import Plan
from planner.problem.schema import Problem


@dataclass(frozen=True)
class Export:
    """A plan with what its targets ask for beside it.

    weights  by service or ``service:variant``: what to load where the catalogue does not say
    image    container image of the engine; None: the target's own
    role     that SageMaker takes on
    bucket   for answers of asynchronous endpoints; None: real-time
    region   of serverless endpoints, which have no pool
    season   whose replicas are exported; None: the first
    month    that a bill is dated, and the first of the horizon for jobs
    jobs     what runs each job, and the container it runs in
    """

    plan: Plan
    problem: Problem
    catalog: Catalog
    weights: Mapping[str, str] = field(default_factory=dict)
    image: str | None = None
    role: str | None = None
    bucket: str | None = None
    season: str | None = None
    region: str = "us-east-1"
    month: datetime.date = datetime.date(2000, 1, 1)
    jobs: Mapping[str, str] = field(default_factory=dict)
    job_images: Mapping[str, str] = field(default_factory=dict)

    def units(self) -> tuple[Unit, ...]:
        """What runs in the season asked for."""
        names = seasons_of(self.plan)
        if self.season is not None and self.season not in names:
            raise UsageError(f'the plan has no season "{self.season}"', where="--season", hint=f"one of {', '.join(filter(None, names)) or 'none'}")
        return units_of(self.plan, self.catalog, self.weights, season=0 if self.season is None else names.index(self.season))

    def deployed(self, *, on_endpoints: bool = False, jobs: bool = False) -> tuple[Unit, ...]:
        """The same, refused where there is nothing of one's own to deploy, or where a provider runs what the target cannot.

        jobs  whether jobs alone are something to run
        """
        found = self.units()
        run = sorted({one.endpoint for one in found if one.endpoint is not None})
        if run and not on_endpoints:
            raise UsageError(f"planned on endpoints that the provider runs: {', '.join(run)}", where="--to", hint="--to sagemaker")
        if not found and not (jobs and self.jobs):
            text = "the plan deploys nothing of its own: hosted options answer every request"
            raise UsageError(text, where="--to", hint="--to litellm")
        there = sorted({one["name"] for one in self.plan.inputs.problem["services"] if (one.get("allow") or {}).get("host_weights_gib")})
        if there:
            text = f"weights in host memory are the engine's own setting, which is not written: {', '.join(there)}"
            raise UsageError(text, where="--to", hint="--to focus or --to commitments")
        return found

    def job_units(self) -> tuple[JobUnit, ...]:
        """Jobs whose command was named."""
        return job_units(self.plan, self.problem, self.catalog, self.jobs, self.job_images, self.month)


TARGETS: dict[str, Callable[[Export], dict[str, str]]] = {
    "kubernetes": lambda asked: kubernetes(asked.deployed(jobs=True), asked.image) | kubernetes_jobs(asked.job_units()),
    "helm": lambda asked: helm(asked.deployed(), asked.image),
    "skypilot": lambda asked: skypilot(asked.deployed(jobs=True), asked.image) | skypilot_jobs(asked.job_units()),
    "skyserve": lambda asked: skyserve(asked.deployed(), asked.image),
    "sagemaker": lambda asked: _sagemaker(asked),
    "litellm": lambda asked: litellm(asked.plan),
    "commitments": lambda asked: commitments(asked.plan),
    "focus": lambda asked: focus(asked.plan, asked.problem, asked.catalog, asked.month),
}


def _sagemaker(asked: Export) -> dict[str, str]:
    workers = workers_of(asked.plan, asked.weights, asked.region)
    units = asked.units() if workers else asked.deployed(on_endpoints=True)
    return sagemaker(units, asked.role, asked.image, asked.bucket, workers)
