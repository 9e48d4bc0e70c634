"""What other commands found out about the same problem, read from their JSON: each known form has a section of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from planner.report.figures import amount, percent, usd
from planner.report.page.content import Bar, Bars, Cell, Figure, Name, Part, Points, Section, Table
from planner.report.page.reader import milliseconds, pointer

MOST_ROWS = 500
# Whole plans and problems within a result are the business of reports of their own.
_WHOLE = frozenset({"plan", "base", "asked", "least", "inputs", "problem"})


@dataclass(frozen=True)
class Analysis:
    """A JSON document, named after its file."""

    name: str
    content: Mapping[str, Any]


def analysis_sections(analyses: Sequence[Analysis], problem_digest: str) -> list[Section]:
    """One section a document, in the order given; one about another problem than the plan's says so."""
    found = []
    for number, one in enumerate(analyses):
        title, make = _form(one)
        other = _digest(one.content) not in (None, problem_digest)
        lines = (("This was found out about another problem than the plan's.",),) if other else ()
        found.append(Section(f"analysis-{number}", title, lines, tuple(make(_Source(number, one.content)))))
    return found


def _digest(content: Mapping[str, Any]) -> str | None:
    """Of the problem that a result is about, where it says so."""
    about = content.get("base") or content.get("asked")
    return about.get("problem_digest") if isinstance(about, Mapping) else None


def _form(one: Analysis) -> tuple[str, Callable[[_Source], Iterator[Part]]]:
    """Told by the fields that a form alone has."""
    said = set(one.content)
    for fields, title, make in _FORMS:
        if fields <= said:
            return title, make
    return one.name.replace("_", " "), _anything


@dataclass(frozen=True)
class _Source:
    """One document, whose figures say where in it they stand."""

    number: int
    content: Mapping[str, Any]

    def figure(self, show: Callable[[float], str], *place: str | int) -> Figure | None:
        value: Any = self.content
        for step in place:
            value = value.get(step) if isinstance(value, Mapping) else value[step]
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            return None
        return Figure(value, show(value), f"analysis{self.number}:{pointer(*place)}")


def _prices(source: _Source) -> Iterator[Part]:
    """The tornado: what each limit, moved by a step, does to the cost; then every step."""
    bars, rows = [], []
    for at, one in enumerate(source.content["limits"]):
        for number, step in enumerate(one["steps"]):
            here = ("limits", at, "steps", number)
            moved = source.figure(_signed, *here, "delta", "value") if step.get("delta") else None
            ends = [source.figure(_signed, *here, "delta", name) if step.get("delta") else None for name in ("least", "most")]
            verdict = "no plan" if moved is None else "same plan" if step["same_plan"] else "another plan"
            rows.append((Name(one["limit"]), Name(step["words"]), moved, *ends, verdict))
            if moved is not None and moved.value:
                bars.append(Bar(f"{one['limit']}, {step['words']}", moved, series=1 if moved.value > 0 else 2))
    if bars:
        yield Bars("What moving a limit does to the cost", "USD/month", tuple(sorted(bars, key=lambda bar: -abs(bar.figure.value))[:40]))
    headings = ("limit", "step", "USD/month", "at least", "at most", "outcome")
    yield Table("Every step, solved again", headings, tuple(rows), (2, 3, 4), folded=len(rows) > 20)


def _frontier(source: _Source) -> Iterator[Part]:
    """Cost against the other objective; the knee is marked."""
    name, unit = source.content["between"][1], source.content["unit"]
    points, rows, marked = [], [], []
    for at, one in enumerate(source.content["points"]):
        cost, value = source.figure(usd, "points", at, "total_usd_per_month"), source.figure(_rounded, "points", at, name)
        points.append((f"plan {at + 1}", value, cost))
        marked += [at] if one.get("knee") else []
        rows.append((value, cost, source.figure(usd, "points", at, "bound_usd_per_month"), "knee" if one.get("knee") else None))
    if points:
        yield Points(f"Cost against {name}", unit, "USD/month", tuple(points), tuple(marked))
    yield Table("Plans that none beats in both", (f"{name}, {unit}", "USD/month", "proven at least", "mark"), tuple(rows), (0, 1, 2))
    cheaper = source.figure(usd, "cheaper_of_unknown_usd_per_month")
    if cheaper is not None:
        yield Table(f"Not among them, since its {name} is not known", ("what", "USD/month"), (("the cheapest plan of all", cheaper),), (1,))
    unknown = source.content.get("left_out") or ()
    if unknown:
        told = tuple((Name(one["what"]), Name(", ".join(one["services"]) or "all"), Name(one["reason"])) for one in unknown)
        yield Table(f"Left out, since their {name} is not known: {len(told)}", ("option", "service", "why"), told[:MOST_ROWS], folded=len(told) > 20)


def _bundles(source: _Source) -> Iterator[Part]:
    """What conflicts, and the bundles: what is given, what the plan costs, who must agree."""
    conflicts = tuple((Name(" + ".join(limit["limit"] for limit in one["limits"])), Name(str(one["confirmed_by"] or "nobody"))) for one in source.content["conflicts"])
    if conflicts:
        yield Table("What cannot hold together", ("limits", "confirmed by"), conflicts)
    rows = []
    for at, one in enumerate(source.content["bundles"]):
        given = Name("; ".join(concession["words"] for concession in one["concessions"]))
        cost, saves = source.figure(usd, "bundles", at, "plan", "total_usd_per_month"), source.figure(usd, "bundles", at, "saves_usd_per_month")
        rows.append((Name(", ".join(one["characters"])), given, cost, saves, Name(", ".join(one["who_must_agree"]))))
    if rows:
        yield Table("Ways to agree", ("character", "what is given", "USD/month", "saves", "who must agree"), tuple(rows), (2, 3))
    alone = tuple(
        (Name(one["limit"]), Name(smallest["words"]) if (smallest := one.get("smallest_change")) else "not enough" if not one["suffices"] else "enough if given up",
         source.figure(usd, "single_step_reach", at, "smallest_change", "plan", "total_usd_per_month") if smallest else None)
        for at, one in enumerate(source.content.get("single_step_reach") or ())
    )  # fmt: skip
    if alone:
        yield Table("What one limit alone would have to be", ("limit", "the smallest change", "USD/month"), alone, (2,))
    if not conflicts and not rows:
        yield Table("What conflicts", ("answer",), (("Nothing must give.",),))


def _simulated(source: _Source) -> Iterator[Part]:
    """Limits under simulated requests, against what was measured there."""
    bars, rows = [], []
    for at, service in enumerate(source.content["services"]):
        for number, one in enumerate(service["limits"]):
            here = ("services", at, "limits", number)
            measured, limit = source.figure(milliseconds, *here, "measured_ms"), source.figure(milliseconds, *here, "limit_ms")
            name = f"{service['name']}, {one['metric'].removesuffix('_ms').replace('_', ' ')} p{one['percentile']:g}"
            if measured is not None:
                bars.append(Bar(name, measured, limit=limit))
            verdict = "kept" if one["confident"] else "kept, not surely" if one["met"] else "MISSED" if one["met"] is False else "not measured"
            rows.append((Name(name), measured, limit, source.figure(percent, *here, "attainment"), source.figure(percent, *here, "lower_bound"), verdict))
    if bars:
        yield Bars("Simulated latency, limit marked", "ms", tuple(bars))
    headings = ("limit", "simulated, ms", "limit, ms", "in time", "surely", "verdict")
    yield Table("Limits under simulated requests", headings, tuple(rows), (1, 2, 3, 4))


_FORMS: tuple[tuple[set[str], str, Callable[[_Source], Iterator[Part]]], ...] = (
    ({"limits", "base"}, "What each limit costs", _prices),
    ({"points", "between"}, "What costs what", _frontier),
    ({"bundles", "conflicts"}, "Ways to agree", _bundles),
    ({"simulated_s", "services"}, "Simulated", _simulated),
)


def _anything(source: _Source) -> Iterator[Part]:
    """Any other document: single values first, then every list of objects as a table."""
    plain = tuple((key.replace("_", " "), _cell(source, (key,), value)) for key, value in source.content.items() if not isinstance(value, (dict, list)))
    if plain:
        yield Table("In short", ("what", "value"), plain)
    yield from _tables(source, source.content, ())


def _tables(source: _Source, value: Any, place: tuple) -> Iterator[Table]:
    if isinstance(value, Mapping):
        for key, member in value.items():
            if key not in _WHOLE:
                yield from _tables(source, member, (*place, key))
    elif isinstance(value, list) and value and all(isinstance(one, Mapping) for one in value):
        columns = list(dict.fromkeys(key for one in value for key, cell in one.items() if not isinstance(cell, (dict, list))))
        if columns:
            rows = tuple(tuple(_cell(source, (*place, at, key), one.get(key)) for key in columns) for at, one in enumerate(value[:MOST_ROWS]))
            numeric = tuple(at for at in range(len(columns)) if any(isinstance(row[at], Figure) for row in rows))
            caption = " ".join(str(step) for step in place).replace("_", " ")
            yield Table(caption, tuple(key.replace("_", " ") for key in columns), rows, numeric, folded=len(rows) > 20)
        for at, one in enumerate(value[:MOST_ROWS]):
            for key, member in one.items():
                if key not in _WHOLE:
                    yield from _tables(source, member, (*place, at, key))


def _cell(source: _Source, place: tuple, value: Any) -> Cell:
    if value is None:
        return None
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (int, float)):
        return source.figure(usd if "usd" in str(place[-1]) else amount, *place)
    return Name(str(value))


def _signed(value: float) -> str:
    return f"{'+' if value > 0.005 else ''}{usd(value)}"


def _rounded(value: float) -> str:
    return amount(round(value, 1)) if abs(value) >= 10.0 else amount(value)
