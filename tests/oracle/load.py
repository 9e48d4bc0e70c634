"""From a problem document to what the product and the oracle start from."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from planner.candidates.enumerate import choices
from planner.candidates.jobs import job_choices
from planner.catalog import Catalog, load_catalog
from planner.documents import from_data
from planner.economics.commitments import commitment_options, held_options
from planner.economics.build_pools import build_pools
from planner.economics.timeline import timeline
from planner.problem.load import problem_of
from planner.problem.schema import Problem
from tests.oracle.facts import Facts


@cache
def catalog() -> Catalog:
    """The newest edition, with variants whose preparation costs something."""
    return load_catalog(overlay=Path(__file__).with_name("overlay.yaml"))


def problem(document: dict[str, Any]) -> Problem:
    """The normalised problem of a document."""
    return problem_of(from_data(document, "test.json")).problem


def facts(stated: Problem) -> Facts:
    """What the oracle starts from: nothing pruned."""
    times = timeline(stated)
    pools, _ = build_pools(stated, catalog(), times)
    return Facts(
        problem=stated,
        times=times,
        pools={pool.id: pool for pool in pools},
        choices=choices(stated, catalog(), pools, times, prune=False),
        options=commitment_options(stated, pools)[0],
        held=held_options(stated, pools, times),
        jobs=job_choices(stated, catalog(), pools, times),
    )
