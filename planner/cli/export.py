"""``planner export``: a plan as the files of the tools that run it, bill it and buy for it."""

from __future__ import annotations

import datetime
import os
from typing import Any

import click

from planner.cli.inputs import catalog_options
from planner.cli.parameters import FILE
from planner.errors import CannotWrite, CheckFailed, ExitCode, UsageError

TARGETS = ("kubernetes", "helm", "skypilot", "skyserve", "sagemaker", "litellm", "commitments", "focus")


@click.command("export", epilog="Example: planner export plan.json --to kubernetes -o manifests/")
@click.argument("plan", type=FILE)
@click.option("--to", "target", type=click.Choice(TARGETS), required=True, help="What reads the files.")
@click.option("-o", "--output", type=FILE, metavar="DIR", help="Write the files into a folder; without it they go to standard output.")
@click.option("--problem", type=FILE, metavar="FILE", help="Refuse the plan when it does not answer this problem any more.")
@click.option("--as-is", is_flag=True, help="Do not look whether the files that the plan was solved from have changed since.")
@click.option("--weights", multiple=True, metavar="SERVICE[:VARIANT]=ID", help="What to load where the catalogue does not say. May be repeated.")
@click.option("--image", metavar="IMAGE", help="Container image of the engine.")
@click.option("--job", "jobs", multiple=True, metavar="JOB=COMMAND", help="What runs a job of the plan, for a shell. May be repeated.")
@click.option("--job-image", "job_images", multiple=True, metavar="JOB=IMAGE", help="The container it runs in. May be repeated.")
@click.option("--role", metavar="ARN", help="The role that SageMaker takes on.")
@click.option("--bucket", metavar="NAME", help="SageMaker: asynchronous endpoints that answer into this bucket.")
@click.option("--region", default="us-east-1", show_default=True, metavar="NAME", help="SageMaker: of serverless endpoints.")
@click.option("--season", metavar="NAME", help="Whose replicas; default: the first.")
@click.option("--month", metavar="YYYY-MM", help="The month that FOCUS rows are dated, and in which jobs may begin; default: the catalogue's edition.")
@catalog_options
def command(
    plan: str, target: str, output: str | None, problem: str | None, as_is: bool, catalog: str | None, overlay: str | None, **asked: Any
) -> int:
    """Write what PLAN deploys, buys or costs as files of another tool.

    The plan is checked first: one that was changed by hand, or whose problem, overlay or catalogue changed since, is refused with exit
    code 7. A plan remembers the files it was solved from; what is not there any more is said.
    """
    from planner.cli.origin import catalog_beside
    from planner.cli.verify import checked
    from planner.export.targets import TARGETS as MAKERS
    from planner.plan.read import read_plan

    catalog = catalog or catalog_beside(plan, read_plan(plan))
    found, certificate = checked(plan, problem, catalog, overlay)
    if not certificate.passed:
        failed = next(one for one in certificate.checks if not one.passed)
        text = f"the plan does not hold any more: {failed.name} {failed.where}: {failed.detail or f'off by {failed.worst:.3g}'}"
        raise CheckFailed(text, where=plan, hint="solve the problem again")
    if not as_is:
        _refuse_changed(plan, found, problem, overlay)
    files = MAKERS[target](asked_of(found, catalog, overlay, asked))
    if output is None:
        _show(files)
    else:
        _write(files, output)
    _say_jobs(found, target, asked["jobs"])
    _say_longest(found, target)
    return ExitCode.DONE


def _say_jobs(plan: Any, target: str, stated: tuple[str, ...]) -> None:
    """Jobs that a target could run and that nobody said how to."""
    if target not in ("kubernetes", "skypilot"):
        return
    from planner.cli.inputs import say_lines

    missing = [one.name for one in plan.jobs if not any(text.startswith(f"{one.name}=") for text in stated)]
    if missing:
        say_lines("note", f"not exported: {', '.join(missing)}; say what runs a job with --job '{missing[0]}=COMMAND' --job-image '{missing[0]}=IMAGE'")


def _say_longest(plan: Any, target: str) -> None:
    """Services whose engines take no more than the mean of the longest class, as nobody said how long requests may be."""
    if target in ("litellm", "commitments", "focus"):
        return
    from planner.cli.inputs import say_lines

    deployed = {one.name for one in plan.services if one.deployments}
    silent = [one["name"] for one in plan.inputs.problem["services"] if one["name"] in deployed and not one.get("context_tokens")]
    if silent:
        more = f" and {len(silent) - 5} more" if len(silent) > 5 else ""
        say_lines("note", f"engines refuse requests longer than the mean of the longest class: {', '.join(silent[:5])}{more}; context_tokens of a service states the longest")


def _refuse_changed(file: str, plan: Any, problem: str | None, overlay: str | None) -> None:
    """Looks at what the plan was solved from; what is named on the command line was compared by the check."""
    from planner.catalog.locate import editions
    from planner.cli.inputs import say_lines
    from planner.cli.origin import refuse_changed

    for note in refuse_changed(file, plan, problem=problem is None, overlay=overlay is None):
        say_lines("note", note)
    newest = max(editions(), default=plan.inputs.catalog_edition)
    if newest > plan.inputs.catalog_edition:
        say_lines("note", f"the plan rests on the catalogue of {plan.inputs.catalog_edition}; there is one of {newest}")


def asked_of(plan: Any, catalog: str | None, overlay: str | None, asked: dict[str, Any]) -> Any:
    """What a target is asked: the plan with its problem and facts, and what was said beside it."""
    from planner.catalog import load_catalog
    from planner.catalog.overlay import apply_overlay, from_stated
    from planner.documents import from_data, validate
    from planner.export.targets import Export
    from planner.problem.schema import Problem

    facts = load_catalog(catalog or plan.inputs.catalog_edition, overlay)
    if overlay is None and plan.inputs.facts is not None:
        facts = apply_overlay(facts, from_stated(plan.inputs.facts, "plan"))
    problem = validate(from_data(plan.inputs.problem, "plan: inputs.problem"), Problem)
    named = {name: asked[name] for name in ("image", "role", "bucket", "season", "region") if name in asked}
    month = _month(asked.get("month") or facts.edition)
    return Export(plan, problem, facts, month=month, **named, **{what: _named(asked, what, _names(plan)) for what in _NAMING})


# Options that name things by other things: how each is written, and an example.
_NAMING = {
    "weights": ("--weights", "chat:int4-awq=organisation/model-AWQ"), "jobs": ("--job", "tune=torchrun train.py"),
    "job_images": ("--job-image", "tune=registry/trainer:1"),
}  # fmt: skip


def _names(plan: Any) -> list[str]:
    """What may be named, the longest first: a name may hold the sign that ends it."""
    services = [name for one in plan.services for name in (one.name, *(f"{one.name}:{other.variant}" for other in one.deployments))]
    return sorted((*services, *(one.name for one in plan.jobs)), key=len, reverse=True)


def _named(asked: dict[str, Any], what: str, names: list[str]) -> dict[str, str]:
    option, example = _NAMING[what]
    known = ((one, next((name for name in names if one.startswith(f"{name}=")), None)) for one in asked.get(what, ()))
    pairs = [one.partition("=") if name is None else (name, "=", one[len(name) + 1 :]) for one, name in known]
    wrong = [f"{name}{sign}{value}" for name, sign, value in pairs if not (name and sign and value)]
    if wrong:
        raise UsageError(f"{wrong[0]!r} names nothing by something", where=option, hint=f"{option} '{example}'")
    return {name: value for name, _, value in pairs}


def _month(text: str) -> datetime.date:
    try:
        return datetime.date.fromisoformat(f"{text[:7]}-01")
    except ValueError:
        raise UsageError(f"{text!r} is no month", where="--month", hint="--month 2026-12") from None


def _show(files: dict[str, str]) -> None:
    from planner.cli.streams import write_result

    if len(files) == 1:
        write_result(next(iter(files.values())))
    else:
        write_result("".join(f"{'---' if name.endswith('.yaml') else ''}\n# file: {name}\n{text}" for name, text in files.items()).lstrip("\n"))


def _write(files: dict[str, str], output: str) -> None:
    from planner.cli.streams import say
    from planner.documents import write_atomic

    others = _others(files, output)
    for name, text in files.items():
        path = os.path.join(output, name)
        try:
            os.makedirs(os.path.dirname(path), exist_ok=True)
        except OSError as error:
            raise CannotWrite(f"the folder cannot be made: {error.strerror}", where=output, hint="name a folder elsewhere") from error
        write_atomic(path, text)
        say(f"written: {path}")
    if others:
        more = " …" if len(others) > 5 else ""
        say(f"note: older files in {output} were left as they are: {', '.join(others[:5])}{more}")


def _others(files: dict[str, str], output: str) -> list[str]:
    """What lies in the folder and is not written: applied together with the rest, it would deploy what nobody plans any more."""
    if not os.path.isdir(output):
        return []
    there = (os.path.relpath(os.path.join(folder, name), output) for folder, _, names in os.walk(output) for name in names)
    return sorted(set(there) - set(files))
