"""Reads a problem file into the one form that everything after it works on."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from planner.documents import Document, read, validate
from planner.documents.places import path_steps
from planner.errors import Fault, InvalidInput
from planner.problem.canonical import canonical
from planner.problem.defaults_used import defaults_used
from planner.problem.normalise import normalise
from planner.problem.schema import Problem

__all__ = ["LoadedProblem", "canonical", "defaults_used", "load_problem", "problem_of"]


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
    stated = validate(document, Problem)
    try:
        problem, notes = normalise(stated, _finder(document.file))
    except InvalidInput as error:
        raise InvalidInput(document.file, [located(document, fault) for fault in error.faults]) from None
    return LoadedProblem(canonical(problem), stated, document, document.file, notes)


def located(document: Document, fault: Fault) -> Fault:
    """``fault`` with line and column of its path in the document."""
    return document.fault(path_steps(fault.path), fault.code, fault.message)


def _finder(file: str) -> Any:
    def find(reference: str, path: str) -> Path:
        from planner.workload.beside import resolve_beside

        return resolve_beside(file, reference, path=path)

    return find
