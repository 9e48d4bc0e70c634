"""What a plan was solved from: remembered when it is written, and looked at again before anything is made of it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from planner.errors import CheckFailed, InvalidInput

if TYPE_CHECKING:
    from planner.plan.schema import Plan

#: Places that differ, as many as are named.
_SHOWN = 3


def with_origin(plan: Plan, loaded: Any, output: str | None, catalog: str | None, overlay: str | None) -> Plan:
    """The plan with the paths from its folder to the files it was solved from; as it is where it is not written to a file.

    loaded  the problem as it was read (``planner.problem.load.LoadedProblem``)
    """
    if output is None or not os.path.isfile(loaded.file):
        return plan
    from planner.plan.problem_digest import problem_digest
    from planner.plan.origin import Origin

    own = catalog if catalog is not None and os.path.isdir(catalog) else None
    paths = [None if one is None else _from(output, one) for one in (loaded.file, overlay, own)]
    if paths[0] is None:
        return plan
    digest = problem_digest(loaded.problem.model_dump(mode="json"))
    origin = Origin(problem=paths[0], problem_digest=digest, overlay=paths[1], catalog=paths[2])
    return plan.model_copy(update={"inputs": plan.inputs.model_copy(update={"origin": origin})})


def refuse_changed(file: str, plan: Plan, *, problem: bool = True, overlay: bool = True) -> tuple[str, ...]:
    """Raises CheckFailed where the problem or the overlay that a plan was solved from says something else today.

    Returns what could not be looked at, in words. ``problem`` and ``overlay``: which of the two to look at.
    """
    origin = plan.inputs.origin
    if origin is None:
        return ("the plan does not say which file it was solved from: changes of the problem are seen with --problem FILE",) if problem else ()
    found = [_problem(file, plan, origin)] if problem else []
    if overlay and origin.overlay is not None:
        found.append(_overlay(file, plan, origin.overlay))
    return tuple(note for note in found if note)


def catalog_beside(file: str, plan: Plan) -> str | None:
    """The folder of the edition that a plan was solved with, where it came with a folder of its own and that is still there."""
    origin = plan.inputs.origin
    folder = None if origin is None or origin.catalog is None else _at(file, origin.catalog)
    return folder if folder is not None and os.path.isdir(folder) else None


def _problem(file: str, plan: Plan, origin: Any) -> str:
    from planner.documents import from_data, validate
    from planner.plan.problem_digest import problem_digest
    from planner.problem.load import load_problem
    from planner.problem.schema import Problem

    path = _at(file, origin.problem)
    if not os.path.exists(path):
        return f"{origin.problem}, from which the plan was solved, is not there: whether the problem changed was not seen"
    try:
        today = load_problem(path).problem
    except InvalidInput as error:
        raise CheckFailed(f"the problem changed since the plan was solved, and is not valid any more: {error}", where=path, hint=_HINT) from error
    document = today.model_dump(mode="json")
    if problem_digest(document) == origin.problem_digest:
        return ""
    solved = validate(from_data(plan.inputs.problem, f"{file}: inputs.problem"), Problem)
    if today == solved:
        return ""
    from planner import __version__

    if origin.problem_digest != plan.inputs.problem_digest and plan.inputs.planner_version != __version__:
        return f"the plan was solved by version {plan.inputs.planner_version} with options beside {origin.problem}: whether that changed was not seen"
    places = list(_differences(solved.model_dump(mode="json"), document, ""))
    more = f" and {len(places) - _SHOWN} more" if len(places) > _SHOWN else ""
    raise CheckFailed(f"the problem changed since the plan was solved: {', '.join(places[:_SHOWN]) or 'its files'}{more}", where=path, hint=_HINT)


_HINT = "solve it again; or --as-is for the plan as it was solved"


def _overlay(file: str, plan: Plan, name: str) -> str:
    from planner.catalog import load_catalog

    path = _at(file, name)
    if not os.path.exists(path):
        return f"{name}, whose facts the plan carries, is not there: whether it changed was not seen"
    try:
        digest = load_catalog(catalog_beside(file, plan) or plan.inputs.catalog_edition, path).overlay_digest
    except InvalidInput as error:
        raise CheckFailed(f"the overlay changed since the plan was solved, and is not valid any more: {error}", where=path, hint=_HINT) from error
    if digest != plan.inputs.overlay_digest:
        raise CheckFailed("the overlay changed since the plan was solved", where=path, hint=_HINT)
    return ""


def _differences(before: Any, after: Any, place: str) -> Iterator[str]:
    """Paths at which two documents differ."""
    if isinstance(before, dict) and isinstance(after, dict):
        for key in dict.fromkeys((*before, *after)):
            yield from _differences(before.get(key), after.get(key), f"{place}.{key}" if place else str(key))
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for at, (one, other) in enumerate(zip(before, after)):
            yield from _differences(one, other, f"{place}[{at}]")
    elif before != after:
        yield place


def _from(output: str, path: str) -> str | None:
    """From the plan's folder, with slashes; None on another drive."""
    try:
        return os.path.relpath(os.path.realpath(path), os.path.dirname(os.path.realpath(output))).replace(os.sep, "/")
    except ValueError:
        return None


def _at(file: str, path: str) -> str:
    return os.path.normpath(os.path.join(os.path.dirname(file), path))
