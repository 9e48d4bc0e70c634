"""Reads a plan file strictly; whether what it says is true is for ``verify``."""

from __future__ import annotations

import os

from planner.documents import read, validate
from planner.documents.kind import refuse_problem
from planner.plan.schema import Plan


def read_plan(path: str | os.PathLike[str]) -> Plan:
    """The plan in a JSON or YAML file; raises ``InvalidInput`` with everything that is wrong in its form."""
    document = read(path)
    refuse_problem(document)
    return validate(document, Plan)
