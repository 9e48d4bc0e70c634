"""Commit now, adapt later: the commitments that are best over several scenarios, decided in one program."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from planner.solve import Infeasible, Judged, Options, Run, Unknown, indexed

if TYPE_CHECKING:
    from planner.solve import Progress


@dataclass(frozen=True)
class Decided:
    """Units of each commitment by name, and what no commitments can beat.

    shared  commitments that every scenario can use, which alone may be bought
    bound   valid lower bound on the aim, over all choices of commitments that every scenario can use [USD/month]
    """

    units: dict[str, float]
    objective: float
    bound: float | None
    deterministic: bool
    shared: tuple[str, ...] = ()


def commit_now(
    stated: Sequence[Judged],
    weights: Sequence[float],
    options: Options,
    *,
    aim: str = "mean",
    optima: Sequence[float] | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    stop: Callable[[], bool] | None = None,
) -> Decided | Infeasible | Unknown:
    """The commitments shared by all scenarios that make ``aim`` least (see ``planner.formulation.committed.joined``).

    ``weights`` sum to 1; ``optima`` are the scenarios' own least costs, for the aims ``regret`` and ``cvar95``. What each
    scenario then does is ``planner.solve.solve`` with these units: plans that are checked one by one.
    """
    from planner.backends.interface import solve
    from planner.formulation.build import build
    from planner.formulation.committed import joined
    from planner.formulation.covering import with_covering_rows
    from planner.milp.status import Status

    run = Run(options, on_progress, stop)
    run.tell("building")
    built = []
    for one in stated:
        sets, data, _ = indexed(one)
        built.append(with_covering_rows(build(sets, data)))
    joint = joined(built, weights, aim=aim, optima=optima)
    run.tell("committing")
    answer = solve(
        joint.model, backend=options.backend, gap=options.gap, time_limit_s=run.left(), threads=options.threads, seed=options.seed, stop=stop,
        on_progress=lambda p: run.tell("committing", incumbent=p.incumbent, bound=p.bound, gap=p.gap),
    )  # fmt: skip
    if answer.status is Status.INFEASIBLE:
        return _none(joint, answer, run)
    if answer.values is None:
        return Unknown("stopped", answer.message or "no commitments were found in the time given", answer.bound)
    return Decided(joint.units(answer.values), answer.objective, answer.bound, answer.deterministic, joint.names)


def _none(joint: Any, answer: Any, run: Run) -> Infeasible | Unknown:
    from planner.backends.second_opinion import confirm_infeasible

    opinion = confirm_infeasible(joint.model, first=answer.backend, time_limit_s=run.left(), seed=run.options.seed, stop=run.stop)
    if opinion.verdict != "confirmed":
        return Unknown("unconfirmed", "one solver finds no commitments that suit every scenario; a second one did not confirm it")
    return Infeasible((), (), f"{answer.backend} and {opinion.backend}", joint.built[0].sets.choices)
