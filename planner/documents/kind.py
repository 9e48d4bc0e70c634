"""Problems and plans taken for each other are told apart by what they hold, before every field is refused one by one."""

from __future__ import annotations

from planner.documents.document import Document
from planner.errors import InvalidInput

#: Fields that every plan has and no problem.
_OF_PLANS = frozenset({"status", "solver", "inputs", "pools", "cost"})


def refuse_plan(document: Document) -> None:
    """Raises InvalidInput where ``document`` is a plan and a problem is asked for."""
    if isinstance(document.data, dict) and _OF_PLANS <= document.data.keys():
        text = "this is a plan; a problem is expected: the one that it solves stands in it under inputs.problem"
        raise InvalidInput(document.file, [document.fault((), "wrong_document", text)])


def refuse_problem(document: Document) -> None:
    """Raises InvalidInput where ``document`` is a problem and a plan is asked for."""
    if isinstance(document.data, dict) and "services" in document.data and not _OF_PLANS & document.data.keys():
        text = "this is a problem; a plan is expected: planner solve PROBLEM -o PLAN makes one"
        raise InvalidInput(document.file, [document.fault((), "wrong_document", text)])
