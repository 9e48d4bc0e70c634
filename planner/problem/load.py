"""Reads a problem file into the one form that everything after it works on."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from planner.documents import Document, read, validate
from planner.documents.kind import refuse_plan
from planner.documents.places import path_steps
from planner.errors import Fault, InvalidInput
from planner.problem.canonical import canonical
from planner.problem.defaults_used import defaults_used
from planner.problem.mirror import with_mirrors
from planner.problem.with_serves import with_serves
from planner.problem.normalise import changed, normalise
from planner.problem.schema import Problem
from planner.problem.service import Service

__all__ = ["LoadedProblem", "canonical", "defaults_used", "load_problem", "problem_of", "restated"]

#: What demand applies to a workload in its one form; a change of these alone reads no trace again.
APPLIED_LATE = ("scale", "headroom", "prefix_hit")


@dataclass(frozen=True)
class LoadedProblem:
    """A problem ready to be solved.

    problem   normalised (workloads inline, one rate per period) and in canonical order
    stated    as the file says it, in its order: what paths in messages are about
    document  what the file says, with the place of every value
    file      as the user named it
    notes     what was done to files beside the problem, such as sorting or filling gaps
    """

    problem: Problem
    stated: Problem
    document: Document
    file: str
    notes: tuple[str, ...] = ()


def load_problem(path: str | os.PathLike[str]) -> LoadedProblem:
    """The problem in ``path`` (JSON or YAML); raises InvalidInput with everything that is wrong with it."""
    return problem_of(read(path))


def problem_of(document: Document) -> LoadedProblem:
    """The problem that a document states; files it refers to lie beside ``document.file``."""
    refuse_plan(document)
    stated = validate(document, Problem)
    try:
        problem, notes = normalise(stated, _finder(document.file))
        problem = with_serves(with_mirrors(problem))
    except InvalidInput as error:
        raise InvalidInput(document.file, [located(document, fault) for fault in error.faults]) from None
    return LoadedProblem(canonical(problem), stated, document, document.file, notes)


def restated(before: LoadedProblem, stated: Problem, document: Document) -> LoadedProblem:
    """``before`` with another statement; workloads that did not change are not brought into their one form again."""
    known, mirrors = {}, {s.name: s for s in stated.services if s.workload.mirrors is not None or s.workload.serves is not None}
    if stated.periods == before.stated.periods:
        forms = {service.name: service for service in before.problem.services}
        known = {service.name: (service, forms[service.name]) for service in before.stated.services}
    made = {s.name: _in_form(s, *known[s.name]) for s in stated.services if s.name in known and _same_workload(s, known[s.name][0])} | mirrors
    rest = tuple(service for service in stated.services if service.name not in made)
    notes = before.notes
    if rest:
        try:
            again, notes = normalise(stated.model_copy(update={"services": rest}), _finder(document.file))
        except InvalidInput:
            return problem_of(document)  # says the same, with the numbers that services have in the document
        made.update((service.name, service) for service in again.services)
    problem = changed(stated, services=tuple(made[service.name] for service in stated.services))
    try:
        problem = with_serves(with_mirrors(problem))
    except InvalidInput as error:
        raise InvalidInput(document.file, [located(document, fault) for fault in error.faults]) from None
    return LoadedProblem(canonical(problem), stated, document, before.file, notes)


def _same_workload(one: Service, other: Service) -> bool:
    late = dict.fromkeys(APPLIED_LATE)
    return one.profiles == other.profiles and one.workload.model_copy(update=late) == other.workload.model_copy(update=late)


def _in_form(stated: Service, before: Service, form: Service) -> Service:
    """``stated`` with the workload of ``form``, which ``before`` was brought into."""
    load = changed(form.workload, **{name: getattr(stated.workload, name) for name in APPLIED_LATE})
    load.__pydantic_fields_set__.update(stated.workload.model_fields_set)
    return changed(stated, workload=load, profiles=form.profiles)


def located(document: Document, fault: Fault) -> Fault:
    """``fault`` with line and column of its path in the document."""
    return document.fault(path_steps(fault.path), fault.code, fault.message)


def _finder(file: str) -> Any:
    def find(reference: str, path: str) -> Path:
        from planner.workload.beside import resolve_beside

        return resolve_beside(file, reference, path=path)

    return find
