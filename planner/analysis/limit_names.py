"""Which limits of a problem a written name means: a kind, a path or a pattern of paths; a unit may be left out."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase

from planner.analysis.limits import KINDS, Limit
from planner.documents.clean import shortened
from planner.documents.near import did_you_mean
from planner.errors import UsageError
from planner.problem.paths import places
from planner.problem.schema import Problem

_SHOWN = 12


def meant(problem: Problem, limits: Sequence[Limit], name: str, where: str) -> frozenset[int]:
    """Numbers of ``limits`` that ``name`` means; none where it is a kind, or a path, of which the stated ``problem`` sets no limit.

    Raises UsageError with near names where it is neither; ``where`` is the option that took it.
    """
    found = {i for i, limit in enumerate(limits) if name == limit.kind.name or fnmatchcase(limit.path, name)}
    if found or name in KINDS:
        return frozenset(found)
    paths: set[str] = set()
    try:
        paths = {place.path for place in places(problem, name)}
    except UsageError:
        pass
    found = {i for i, limit in enumerate(limits) if limit.path in paths}
    if found:
        return frozenset(found)
    stated = [limit.path for limit in limits]
    near = did_you_mean(name, [*KINDS, *stated]) or _step_by_step(name, stated) or _all(stated)
    raise UsageError(f'"{shortened(name)}" is no kind of limit and no limit of this problem{near}', where=where, hint=f"a path of a limit, or one of {', '.join(KINDS)}")


def _step_by_step(name: str, stated: Sequence[str]) -> str:
    """Near names of the path's own length: ``services.chatt.*`` has none as a whole."""
    steps = name.split(".")
    cut = {".".join(path.split(".")[: len(steps)]) for path in stated}
    return did_you_mean(name.replace("*", ""), cut) if len(steps) > 1 else ""


def _all(stated: Sequence[str]) -> str:
    more = ", …" if len(stated) > _SHOWN else ""
    return f"; stated here: {', '.join(stated[:_SHOWN])}{more}" if stated else "; it states none"
