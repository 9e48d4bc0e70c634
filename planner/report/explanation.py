"""Why this plan, in sentences with numbers; each is made from a figure of the explanation and of nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rich.console import Group, RenderableType

from planner.plan.cost import TOTAL
from planner.plan.limit_words import in_words, unit_after
from planner.report.cell import STRONG, line, listed, title
from planner.report.figures import amount, apart, percent, usd
from planner.report.money import label
from planner.report.plain import plain
from planner.report.plan_view import spaced


def explanation_content(found: Any) -> dict[str, Any]:
    """For machines: the figures and the sentences made of them."""
    return {
        "plan": plain(found.plan),
        "parts": [{"part": name, "usd_per_month": cost, "share": share} for name, cost, share in found.parts],
        "used": plain(found.used), "binding": [one.model_dump(mode="json") for one in found.binding],
        "demand_multiplier_survived": found.growth, "alone": plain(found.alone), "sharing_saves_usd_per_month": found.sharing_saves, "sharing_saves": plain(found.sharing),
        "runners_up": plain(found.runners_up), "sentences": [text for _, texts in sentences(found) for text in texts],
    }  # fmt: skip


def explanation_view(found: Any, width: int) -> RenderableType:
    """For a terminal."""
    blocks = [Group(title(name), listed([line(text) for text in texts])) for name, texts in sentences(found)]
    return spaced([line((f"Why the plan costs {usd(found.plan.cost[TOTAL])} USD/month", STRONG)), *blocks])


def sentences(found: Any) -> Iterator[tuple[str, list[str]]]:
    """(heading, sentences) of each section that has any."""
    yield "What it pays for", [f"{percent(share)} is {label(name)}: {usd(cost)} USD/month." for name, cost, share in found.parts]
    used = []
    for one in found.used:
        full = "" if one.utilisation is None else f", {percent(one.utilisation)} of saturation on average"
        used.append(f"{one.service} runs on {one.words or 'nothing'}{full}.")
    yield "What runs", used
    yield "What binds", list(_binding(found))
    if found.alone:
        yield "What sharing does", list(_sharing(found))
    if found.runners_up:
        yield "The runner-up of each service", list(_runners_up(found))


def _binding(found: Any) -> Iterator[str]:
    for one in found.binding:
        value, limit = apart(one.value, one.limit)
        yield f"{in_words(one.constraint, one.where)} is at its limit: {value} of {limit} {unit_after(limit, one.unit)}."
    if not found.binding:
        yield "No limit is used up; what each one costs is what `planner price` says."
    if found.growth is not None:
        full = "an instance or a limit of a hosted option is full" if any(one.hosted for one in found.plan.services) else "another instance is needed"
        yield f"Demand may be {found.growth:.4g} times as high everywhere before {full}." if found.growth > 1.0 + 1e-6 else f"Demand cannot grow at the same shares before {full}."


def _sharing(found: Any) -> Iterator[str]:
    for one in found.alone:
        cost = "has no plan alone" if one.usd_per_month is None else f"alone would cost {usd(one.usd_per_month)} USD/month"
        yield f"{one.service} {cost}."
    if found.alone and found.held > 0.005:
        yield f"Each of these pays {usd(found.held)} USD/month for commitments held; what sharing saves counts that once."
    saves = found.sharing_saves
    if saves is not None:
        total = sum(one.usd_per_month for one in found.alone) - found.held * (len(found.alone) - 1)
        within = found.sharing
        wide = None in (within.least, within.most) or within.most - within.least >= 0.005
        span = f": between {_end(within.least)} and {_end(within.most)}" if wide else ""
        doubt = f" ({'sign not proven' if within.sign == 'not proven' else 'proven'}{span})" if wide or within.sign == "not proven" else ""
        if saves > 0.005:
            yield f"Together they cost {usd(saves)} USD/month less than that, {percent(saves / total)}{doubt}."
        elif saves < -0.005:
            yield f"Together they cost {usd(-saves)} USD/month more than that{doubt if within.sign == 'not proven' else f'{doubt}: not all can have what each would take alone'}."
        else:
            yield "Together they save nothing over that."


def _end(usd_per_month: float | None) -> str:
    return "unknown" if usd_per_month is None else usd(usd_per_month)


def _runners_up(found: Any) -> Iterator[str]:
    for one in found.runners_up:
        if one.delta is None:
            yield f"Without {one.without} there is no plan for {one.service}."
            continue
        sign = one.delta.sign
        more = "as much" if sign == "same" else "as much to the cent" if abs(one.delta.value) < 0.005 else f"{usd(abs(one.delta.value))} USD/month {'more' if one.delta.value > 0 else 'less'}"
        instead = f"run on {one.instead}" if one.instead else "be sent nothing"
        lost = f", with {percent(one.unserved)} more of all requests unserved" if one.unserved > 1e-6 else ""
        yield f"{one.service} without {one.without} would {instead} and cost {more}{' (sign not proven)' if sign == 'not proven' else ''}{lost}."
