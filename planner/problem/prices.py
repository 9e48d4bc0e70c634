"""Changes of prices and stock by a pattern over offers: factors go to the seasons, other figures make the problem's own rows."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from planner.documents.clean import shortened
from planner.documents.near import did_you_mean, near_or_known
from planner.errors import UsageError
from planner.problem.paths import field_named
from planner.problem.purchase import Offers, OwnOffer
from planner.problem.schema import Problem

if TYPE_CHECKING:
    from planner.problem.patch import Change

#: What of an offer can be changed by a pattern.
FIGURES = (
    "on_demand_usd_per_hour", "spot_usd_per_hour", "reserved_1y_usd_per_hour", "reserved_3y_usd_per_hour", "stock",
    "spot_availability", "spot_interruptions_per_month",
)  # fmt: skip
_COPIED = ("provider", "region", "instance_type", "accelerator", "zone", "memory_gib", *FIGURES)


def is_price(path: str) -> bool:
    """Whether a path is ``offers.<pattern>.<figure>`` and not a field of the problem's ``offers``."""
    if not path.startswith("offers."):
        return False
    head = path.removeprefix("offers.").split(".")[0].split("[")[0]
    return field_named(Offers, head) is None


#: Prices that a season scales, by what its price change calls them.
_BY_SEASON = {"on_demand_usd_per_hour": "on_demand", "spot_usd_per_hour": "spot"}


def change_offers(data: Any, stated: Problem, change: Change, catalog: Any) -> None:
    """Changes figures of offers in a problem document; raises UsageError where no offer, figure or price is meant."""
    pattern, _, asked = change.path.removeprefix("offers.").rpartition(".")
    figure = field_named(OwnOffer, asked)
    if figure not in FIGURES or not pattern:
        near = did_you_mean(asked, [name.removesuffix("_usd_per_hour") for name in FIGURES])
        raise UsageError(
            f'an offer has no figure "{shortened(asked)}"{near}', where=shortened(change.path, 120),
            hint="offers.<pattern>.<figure>, such as offers.aws:*.spot=+20%",
        )
    offers = data.get("offers") or {}
    own = list(offers.get("own") or [])
    mine = {row.id: dict(own[index]) for index, row in enumerate(stated.offers.own)}
    known = {row.id: row for row in considered(stated, catalog)}
    matched = [name for name in sorted({*known, *mine}) if fnmatchcase(name.casefold(), pattern.casefold())]
    if not matched:
        names = {*known, *mine}
        near = did_you_mean(pattern, names) or _near_part(pattern, names)
        raise UsageError(
            f'no offer of this problem matches "{shortened(pattern)}"{near}', where=shortened(change.path, 120),
            hint="patterns are over provider:instance_type@region and may hold *",
        )
    rows = {name: mine[name] if name in mine else _copied(known[name]) for name in matched}
    moved = {name: _moved(rows[name], figure, change) for name in matched if change.factor is None or rows[name].get(figure) is not None}
    if not moved:
        raise UsageError(f"no offer that matches has a {figure} now", where=shortened(change.path, 120), hint="an absolute value")
    if change.factor and figure in _BY_SEASON:
        _scale_in_seasons(data, stated, {"offers": pattern, _BY_SEASON[figure]: change.factor})
        return
    kept = [moved.pop(row.id, given) for row, given in zip(stated.offers.own, own)]
    data["offers"] = {**offers, "own": kept + [moved[name] for name in sorted(moved)]}


def _near_part(pattern: str, names: Iterable[str]) -> str:
    """The nearest seller, where the pattern's is none, else the nearest kind of machine; some of them where none is near."""
    parts = [name.partition(":") for name in names]
    seller, _, rest = pattern.partition(":")
    sellers = {one for one, _, _ in parts}
    wanted, known = (rest.partition("@")[0], {more.partition("@")[0] for _, _, more in parts}) if seller in sellers else (seller, sellers)
    return near_or_known(wanted, known)


def _scale_in_seasons(data: Any, stated: Problem, scaled: dict[str, Any]) -> None:
    """Adds a price change to every season; without seasons the whole horizon is one."""
    horizon = data.get("horizon") or {}
    seasons = horizon.get("seasons") or [{"name": "all", "months": stated.horizon.months}]
    seasons = [{**season, "prices": [*(season.get("prices") or []), scaled]} for season in seasons]
    data["horizon"] = {**horizon, "seasons": seasons}


def considered(stated: Problem, catalog: Any) -> Iterable[Any]:
    """Offers of the catalogue that the problem may use and that hold whole accelerators."""
    offers = stated.offers
    for row in catalog.offers.values() if offers.catalog else ():
        wanted = offers.only is None or _any(offers.only, row.id)
        whole = row.accelerators_per_instance == int(row.accelerators_per_instance) and row.accelerators_per_instance >= 1
        if wanted and whole and not _any(offers.exclude, row.id):
            yield row


def _copied(row: Any) -> dict[str, Any]:
    found = {name: getattr(row, name, None) for name in _COPIED}
    found["accelerators_per_instance"] = int(row.accelerators_per_instance)
    found["source"] = f"{row.source}, with a figure changed"[:200]
    found["as_of"] = str(row.as_of)
    found["free"] = 0 in (found[name] for name in FIGURES[:4])
    return {name: value for name, value in found.items() if value is not None}


def _moved(row: dict[str, Any], figure: str, change: Change) -> dict[str, Any]:
    row = dict(row)
    if change.factor is None:
        row[figure] = change.value
        if change.value is None:
            del row[figure]
        elif change.value == 0:
            row["free"] = True
        return row
    from planner.problem.patch import whole_near

    value = row[figure] * change.factor
    row[figure] = whole_near(value, row[figure]) if figure == "stock" else value
    return row


def _any(patterns: Iterable[str], name: str) -> bool:
    return any(fnmatchcase(name.casefold(), pattern.casefold()) for pattern in patterns)
