"""What the plan rests on: facts with source and date, defaults with their reasons, and what was left out and why."""

from __future__ import annotations

import json
from typing import Any

from planner.report.figures import amount
from planner.report.page.content import Name, Section, Table
from planner.report.page.reader import Reader

_KINDS = ("assumed", "private", "derived", "published", "measured", "default")
_WORDS = {
    "assumed": "Assumed", "private": "Your own facts", "derived": "Derived from published facts", "published": "Published",
    "measured": "Measured", "default": "Defaults used",
}  # fmt: skip
_NAMED = 20


def foundations(plan: Reader) -> Section:
    """Facts by kind, the weakest first."""
    facts = list(enumerate(plan.get("assumptions", default=[])))
    tables, said = [], []
    for kind in (*_KINDS, *sorted({one["kind"] for _, one in facts} - set(_KINDS))):
        found = [(at, one) for at, one in facts if one["kind"] == kind]
        if not found:
            continue
        words = _WORDS.get(kind, kind)
        rows = tuple((Name(one["path"]), _value(plan, at, one["value"]), Name(one["reason"]), Name(one["source"]), Name(one["as_of"])) for at, one in found)
        headings = ("fact", "value", "reason", "source", "as of")
        tables.append(Table(words, headings, rows, (), folded=kind == "default" or len(rows) > 12))
        said += ["; " if said else "", plan.derived(amount, "assumptions", kind), f" {kind}" if kind != "default" else " defaults"]
    return Section("foundations", "What it rests on", (tuple(said),) if said else (), tuple(tables))


def _value(plan: Reader, at: int, value: Any):
    if value is None:
        return None
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (int, float)):
        return plan.quantity("assumptions", at, "value")
    return Name(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True))


def left_out(plan: Reader) -> Section:
    """Options that were not considered, each reason once."""
    rows = []
    for at, one in enumerate(plan.get("not_considered", default=[])):
        named = Name(", ".join(one["what"][:_NAMED]) + (", …" if len(one["what"]) > _NAMED else ""))
        about = Name(", ".join(one["services"])) if one.get("services") else "all"
        rows.append((Name(one["reason"]), plan.derived(amount, "left_out", at), named, about))
    headings = ("reason", "options", "which", "for")
    lines = (("Every option was considered.",),) if not rows else ()
    table = (Table("Options left out", headings, tuple(rows), (1,), folded=len(rows) > 15),) if rows else ()
    return Section("left-out", "Not considered", lines, table)
