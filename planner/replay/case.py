"""A plan file with the problem it carries and the catalogue it names."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from planner.documents import from_data, validate
from planner.economics.build_pools import build_pools
from planner.economics.pools import Pool
from planner.economics.timeline import Timeline, timeline
from planner.errors import Fault, InvalidInput, UsageError
from planner.plan.read import read_plan
from planner.plan.schema import Plan
from planner.problem.schema import Problem
from planner.problem.service import Service

if TYPE_CHECKING:
    from planner.catalog.catalog import Catalog
    from planner.verify.case import Case as Checked


@dataclass(frozen=True)
class Case:
    """A plan and everything it refers to; ``file`` names it in messages."""

    plan: Plan
    problem: Problem
    catalog: Catalog
    file: str = "plan"

    @cached_property
    def times(self) -> Timeline:
        """The plan's periods with their lengths."""
        return timeline(self.problem)

    @cached_property
    def pools(self) -> dict[str, Pool]:
        """Pools of the problem by id."""
        return {pool.id: pool for pool in build_pools(self.problem, self.catalog, self.times)[0]}

    @cached_property
    def checked(self) -> Checked:
        """The plan as its check sees it."""
        from planner.verify.case import Case as Checked

        return Checked(self.plan, self.problem, self.catalog)

    @cached_property
    def services(self) -> dict[str, Service]:
        """Services of the problem by name."""
        return {service.name: service for service in self.problem.services}


def read_case(path: str | os.PathLike[str], catalog: str | None = None, overlay: str | None = None) -> Case:
    """The plan in ``path`` with its inputs; raises InvalidInput or UsageError when it does not carry them."""
    from planner.catalog import load_catalog
    from planner.catalog.overlay import apply_overlay, from_stated, read_overlay

    plan, file = read_plan(path), os.fspath(path)
    problem = validate(from_data(plan.inputs.problem, f"{file}: inputs.problem"), Problem)
    facts = load_catalog(catalog or plan.inputs.catalog_edition)
    private: Any = None if overlay is None else read_overlay(overlay)
    if private is None and plan.inputs.overlay_digest is not None:
        if plan.inputs.facts is None:
            raise UsageError("the plan was made with a private overlay that it does not carry", where=file, hint="give it with --overlay")
        private = from_stated(plan.inputs.facts, file)
    case = Case(plan, problem, facts if private is None else apply_overlay(facts, private), file)
    _refuse_unlike(case)
    return case


def _refuse_unlike(case: Case) -> None:
    """A plan whose lists do not fit its problem cannot be run at all; what else is wrong with it is for ``verify``."""
    faults = []
    periods = len(case.times.periods)
    if len(case.plan.periods) != periods:
        faults.append(Fault("periods", "wrong_length", f"the plan has {len(case.plan.periods)} periods, its problem {periods}"))
    for s, service in enumerate(case.plan.services):
        where = f"services[{s}]"
        if service.name not in case.services:
            faults.append(Fault(where, "unknown_service", f'the problem has no service "{service.name}"'))
            continue
        names = {c.name or f"c{i + 1}" for i, c in enumerate(case.services[service.name].workload.classes or ())}
        for d, one in enumerate(service.deployments):
            at = f"{where}.deployments[{d}]"
            if one.pool not in case.pools:
                faults.append(Fault(f"{at}.pool", "unknown_pool", f'the problem has no pool "{one.pool}"'))
            if len(one.replicas) != periods or any(len(rates) != periods for rates in one.rate_per_s.values()):
                faults.append(Fault(at, "wrong_length", f"replicas and rates need {periods} values, one a period"))
            if any(count < 0 for count in one.replicas):
                faults.append(Fault(f"{at}.replicas", "negative", "a number of replicas is at least 0"))
            faults += [Fault(f"{at}.rate_per_s", "unknown_class", f'there is no request class "{n}"') for n in one.rate_per_s if n not in names]
    if faults:
        raise InvalidInput(case.file, faults)
