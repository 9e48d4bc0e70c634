"""``planner verify``: every figure of a plan recomputed from its decisions, without the solver."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from planner.cli.inputs import catalog_options, json_option
from planner.cli.parameters import FILE
from planner.errors import ExitCode

if TYPE_CHECKING:
    from planner.plan.schema import Certificate, Plan


@click.command("verify", epilog="Example: planner verify plan.json")
@click.argument("plan", type=FILE)
@click.argument("problem", type=FILE, required=False)
@json_option
@catalog_options
@click.option("-v", "--verbose", is_flag=True, help="Also the checks that pass and where replicas stand.")
def command(plan: str, problem: str | None, as_json: bool, catalog: str | None, overlay: str | None, verbose: bool) -> int:
    """Recompute every figure of PLAN, also one written by hand, from its decisions.

    A plan carries its problem; a PROBLEM given must be the same. Exit code 7: something does not hold. The bound is the
    solver's word and cannot be recomputed.
    """
    found, certificate = checked(plan, problem, catalog, overlay)
    code = ExitCode.DONE if certificate.passed else ExitCode.CHECK_FAILED
    if as_json:
        from planner.cli.outcome import document, write_json

        write_json(document(code, plan_status=found.status, cost=found.cost, **certificate.model_dump(mode="json")))
        return code
    from planner.cli.console import show
    from planner.report.certificate import certificate_view

    show(lambda width: certificate_view(found, certificate, everything=verbose))
    return code


def checked(plan: str, problem: str | None, catalog: str | None, overlay: str | None) -> tuple[Plan, Certificate]:
    """The plan in a file and what the recomputation confirms of it."""
    from planner.verify.file import verify_file

    private: Any = None
    if overlay is not None:
        from planner.catalog.overlay import read_overlay

        private = read_overlay(overlay)
    return verify_file(plan, problem, load_catalog=_loader(catalog), load_problem=_problem, overlay=private)


def _loader(catalog: str | None) -> Any:
    from planner.catalog import load_catalog

    return lambda edition: load_catalog(catalog or edition)


def _problem(path: str) -> Any:
    from planner.problem.load import load_problem

    return load_problem(path).problem
