"""The Python API: what ``import planner`` offers, with inputs read and judged exactly as the command line does."""

from __future__ import annotations

import json
import os
import sys
import warnings
from collections.abc import Callable, Mapping, Sequence
from types import ModuleType
from typing import TYPE_CHECKING, Any, Union

from planner.errors import CheckFailed, DoubtfulInput, InvalidInput

if TYPE_CHECKING:
    import pandas

    from planner.analysis.actuals import Actuals
    from planner.analysis.whatif import WhatIf
    from planner.catalog.catalog import Catalog
    from planner.plan.schema import Certificate, Plan
    from planner.problem.load import LoadedProblem
    from planner.problem.schema import Problem
    from planner.solve import Options, Outcome, Progress

#: A file, the content of one, or what was read or built before.
ProblemLike = Union[str, "os.PathLike[str]", Mapping[str, Any], "Problem", "LoadedProblem"]
#: One file or several.
Paths = Union[str, "os.PathLike[str]", Sequence[Union[str, "os.PathLike[str]"]]]
#: An edition's name or folder, or a catalogue in memory; None: the edition the problem names, else the newest.
CatalogLike = Union[str, "os.PathLike[str]", "Catalog", None]


def solve(
    problem: ProblemLike,
    catalog: CatalogLike = None,
    options: Options | None = None,
    *,
    strict: bool = False,
    on_progress: Callable[[Progress], None] | None = None,
    stop: Callable[[], bool] | None = None,
) -> Outcome:
    """The cheapest deployment that meets every limit, proven and checked: ``Solved``, ``Infeasible`` or ``Unknown``.

    problem      a path, the content as a dictionary, or what ``load_problem`` gave
    catalog      an edition's name or folder, or what ``load_catalog`` gave; None: as the problem says, else the newest
    options      gap, time limit, backend, …; None: the defaults of ``planner solve``
    strict       doubts about the input are errors; otherwise each is a ``DoubtfulInput`` warning
    on_progress  is told phase, incumbent, bound and gap as the search goes
    stop         asked often; the search ends with its best plan once it says True

    Raises InvalidInput with everything wrong in the input, and CheckFailed where the plan found does not pass its check.
    """
    from planner.solve import solve as solve_stated

    loaded, facts = _inputs(problem, catalog, strict)
    return solve_stated(loaded.problem, facts, options, on_progress=on_progress, stop=stop)


def load_problem(problem: ProblemLike) -> LoadedProblem:
    """A problem in the one form that everything works on (``.problem``), with what it says as stated (``.stated``).

    A dictionary is read as a file of that content; files that it names then lie in the working directory. Raises
    InvalidInput with every fault and its place.
    """
    from planner.documents import from_data
    from planner.problem.load import LoadedProblem, problem_of
    from planner.problem.load import load_problem as load_file
    from planner.problem.schema import Problem

    if isinstance(problem, LoadedProblem):
        return problem
    if isinstance(problem, Problem):
        return problem_of(from_data(problem.model_dump(mode="json", exclude_unset=True), "problem"))
    if isinstance(problem, Mapping):
        return problem_of(from_data(json.loads(json.dumps(dict(problem), default=_number)), "problem"))
    return load_file(problem)


def load_catalog(
    edition: str | os.PathLike[str] | None = None, overlay: str | os.PathLike[str] | None = None
) -> Catalog:
    """A frozen catalogue: an edition by name or folder (None: the newest), private facts of ``overlay`` laid over it.

    Raises InvalidInput with every fault of every table at its line.
    """
    from pathlib import Path

    from planner.catalog.load import load_catalog as load

    return load(edition if edition is None else os.fspath(edition), None if overlay is None else Path(overlay))


def load_plan(path: str | os.PathLike[str]) -> Plan:
    """The plan in a file, as it stands there; ``certify`` says whether what it claims holds."""
    from planner.plan.read import read_plan

    return read_plan(path)


def write_plan(plan: Plan, path: str | os.PathLike[str]) -> None:
    """Writes a plan as ``planner solve -o`` does: whole or not at all, the same bytes for the same plan."""
    from planner.plan.write import write_plan as write

    write(plan, path)


def certify(plan: Plan, problem: ProblemLike | None = None, catalog: CatalogLike = None) -> Certificate:
    """Every figure of a plan recomputed without the solver, as ``planner verify`` does.

    problem  None: the one that the plan carries; catalog  None: the edition that it names, with the private facts it carries
    """
    from planner.catalog.overlay import from_stated
    from planner.documents import from_data, validate
    from planner.problem.schema import Problem
    from planner.verify.certify import certify as recompute

    if problem is None:
        stated = validate(from_data(plan.inputs.problem, "inputs.problem"), Problem)
    else:
        stated = load_problem(problem).problem
    facts = _catalog(catalog, plan.inputs.catalog_edition)
    private = None
    if facts.overlay_digest is None and plan.inputs.facts is not None:
        private = from_stated(plan.inputs.facts, "inputs.facts")
    return recompute(plan, stated, facts, overlay=private)


def check(problem: ProblemLike, catalog: CatalogLike = None, *, strict: bool = False) -> dict[str, Any]:
    """What each service may choose from, which rules left the rest out, and the closest misses: ``planner check --json``."""
    from planner.candidates.report import check_report
    from planner.report.options import options_content
    from planner.solve import judged

    loaded, facts = _inputs(problem, catalog, strict)
    return options_content(check_report(judged(loaded.problem, facts).choices))


def what_if(
    problem: ProblemLike, changes: Sequence[str] | str, catalog: CatalogLike = None, options: Options | None = None
) -> WhatIf:
    """The plan before and after changes written as for ``planner whatif --set``, such as ``"demand=+20%"``."""
    from planner.analysis.bench import Bench
    from planner.analysis.whatif import what_if as compare
    from planner.problem.patch import parsed
    from planner.solve import Options

    wanted = parsed([changes] if isinstance(changes, str) else changes)
    loaded, facts = _inputs(problem, catalog, strict=False)
    bench = Bench(loaded, facts, options or Options())
    return compare(bench, bench.after(*wanted), wanted)


def actuals(
    plan: Plan, bill: Paths = (), metrics: Paths = (), *, spend: Paths = (), served: Mapping[str, str] | None = None,
    catalog: CatalogLike = None,
) -> Actuals:
    """A plan beside its bill and its metrics: planned, billed and used, and the variance by price, volume and mix.

    bill     FOCUS cost rows (CSV or Parquet), one file or several; metrics  answers of Prometheus range queries of vLLM's counters
    spend    LiteLLM spend logs; served  service → its name in metrics or logs, where that is neither the service's nor its model's

    Raises CheckFailed for a plan that does not hold, InvalidInput for files that cannot be read.
    """
    from planner.analysis.actuals import actuals as compare
    from planner.imports.focus_bill import months_of, read_bill

    problem, facts = _carried(plan, catalog)
    certificate = certify(plan, problem, facts)
    if not certificate.passed:
        failed = next(one for one in certificate.checks if not one.passed)
        raise CheckFailed(f"the plan does not pass the check: {failed.name}: {failed.detail or failed.where}")
    charges = tuple(one for file in _files(bill) for one in read_bill(file)) or None
    loads, logs, labels = _loads(plan, problem, facts, metrics, spend, served)
    months = months_of(charges) if charges else 1.0
    return compare(plan, problem, facts, charges=charges, months=months, loads=loads, labels=labels, routed=logs)


def measured_problem(
    plan: Plan, metrics: Paths = (), *, bill: Paths = (), spend: Paths = (), served: Mapping[str, str] | None = None,
    catalog: CatalogLike = None, recommit: bool = False,
) -> Problem:
    """The plan's problem with the demand that was measured, ready for ``solve``; arguments as for ``actuals``.

    recommit  choose commitments anew; otherwise those that the plan bought are held and paid on
    """
    from planner.analysis.measured_demand import with_measured_demand
    from planner.analysis.replan import with_commitments
    from planner.economics.timeline import timeline

    problem, facts = _carried(plan, catalog)
    loads = actuals(plan, bill, metrics, spend=spend, served=served, catalog=catalog).loads
    measured = with_measured_demand(problem, loads, timeline(problem))
    return measured if recommit else with_commitments(measured, plan, problem, facts)[0]


def frames(plan: Plan) -> dict[str, pandas.DataFrame]:
    """A plan as pandas tables by name; see ``planner.plan.frames`` for their columns."""
    from planner.plan.frames import frames as tables

    return tables(plan)


def report_html(plan: Plan, *, other: Plan | None = None, hide_prices: bool = False) -> str:
    """The page that ``planner report`` writes: one file without network access, every figure from the plan."""
    from planner.report.page.build import report_of
    from planner.report.page.html import html_text

    return html_text(report_of(plan, other=other, hide_prices=hide_prices))


def _carried(plan: Plan, catalog: CatalogLike) -> tuple[Problem, Catalog]:
    """The problem and the catalogue that a plan names, with the private facts that it carries."""
    from planner.catalog.overlay import apply_overlay, from_stated
    from planner.documents import from_data, validate
    from planner.problem.schema import Problem

    facts = _catalog(catalog, plan.inputs.catalog_edition)
    if facts.overlay_digest is None and plan.inputs.facts is not None:
        facts = apply_overlay(facts, from_stated(plan.inputs.facts, "inputs.facts"))
    return validate(from_data(plan.inputs.problem, "inputs.problem"), Problem), facts


def _loads(
    plan: Plan, problem: Problem, catalog: Catalog, metrics: Paths, spend: Paths, served: Mapping[str, str] | None
) -> tuple[dict[str, Any], dict[str, Any], dict[str, str]]:
    """By service: what engines counted, what a router logged, and the name it was served under."""
    from planner.analysis.measured_demand import asked_as, served_as
    from planner.imports.litellm_spend import names_in, read_spends, routed
    from planner.imports.prometheus import load_of, models_in, read_series

    series, spent, stated = read_series(_files(metrics)), read_spends(_files(spend)), dict(served or {})
    models, names = models_in(series), names_in(spent)
    served_as(problem, (*models, *names), stated, catalog)  # refuses a name that nothing has
    labels = served_as(problem, models, {service: label for service, label in stated.items() if label in models}, catalog)
    asked = asked_as(plan, problem, names, {service: label for service, label in stated.items() if label in names}, catalog)
    counted = {service: load_of(series, label) for service, label in labels.items()}
    return counted, routed(spent, asked) if spent else {}, {service: found[0] for service, found in asked.items()} | labels


def _files(paths: Paths) -> tuple[str, ...]:
    return (os.fspath(paths),) if isinstance(paths, (str, os.PathLike)) else tuple(map(os.fspath, paths))


def _number(value: Any) -> Any:
    """A number of numpy or pandas as Python's own, as loops over tables make them."""
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError(f"a problem holds no {type(value).__name__}")


def make_callable(module: str) -> None:
    """Lets a module be called as ``solve`` above; its attributes stay what they are."""
    sys.modules[module].__class__ = _CallableModule


class _CallableModule(ModuleType):
    def __call__(self, *given: Any, **named: Any) -> Outcome:
        return solve(*given, **named)


def _inputs(problem: ProblemLike, catalog: CatalogLike, strict: bool) -> tuple[LoadedProblem, Catalog]:
    from planner.problem.meaning import check_meaning

    loaded = load_problem(problem)
    facts = _catalog(catalog, loaded.problem.catalog)
    doubts = check_meaning(loaded, facts, strict=strict)
    if doubts:
        for line in str(InvalidInput(loaded.file, doubts)).split("\n"):
            warnings.warn(line, DoubtfulInput, stacklevel=4)
    return loaded, facts


def _catalog(catalog: CatalogLike, edition: str | None) -> Catalog:
    from planner.catalog.catalog import Catalog

    return catalog if isinstance(catalog, Catalog) else load_catalog(catalog if catalog is not None else edition)
