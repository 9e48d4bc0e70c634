"""The least change of a list of what may be used with which an option is on it: a region more, a pattern less."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from planner.economics.pools import place_matches
from planner.problem.patch import Change

if TYPE_CHECKING:
    from planner.analysis.limits import Limit

_SHOWN = 4
#: By the field's name, what of a pool it lists.
_OF: dict[str, Callable[[Any], str]] = {
    "regions": lambda pool: pool.region, "providers": lambda pool: pool.provider, "vendors": lambda pool: pool.vendor,
    "accelerators": lambda pool: pool.accelerator, "only": lambda pool: pool.id, "exclude": lambda pool: pool.id,
}  # fmt: skip


@dataclass(frozen=True)
class Extended:
    """A list after the change, and in words what comes to it or goes from it."""

    change: Change
    words: str


def is_list(limit: Limit) -> bool:
    """Whether a limit lists what may be used, so that it need not be given up whole."""
    field = _field(limit)
    return isinstance(limit.value, (list, tuple)) and (field in _OF or field == "variants")


def extended(limit: Limit, option: Any) -> Extended | None:
    """``option`` is a ``planner.analysis.chosen_at.Option``. None: it is on the list as it is."""
    field = _field(limit)
    if field == "variants":
        return _more(limit, option.variants)
    if limit.path.rpartition(".")[2].startswith("exclude"):
        hit = [text for text in limit.value if any(_matches(field, text, pool) for pool in option.pools)]
        return _changed(limit, [text for text in limit.value if text not in hit], f"without {_few(hit)}") if hit else None
    return _more(limit, sorted({_OF[field](pool) for pool in option.pools if not any(_matches(field, text, pool) for text in limit.value)}))


def _field(limit: Limit) -> str:
    last = limit.path.rpartition(".")[2]
    return last.removeprefix("exclude_")


def _more(limit: Limit, names: Sequence[str]) -> Extended | None:
    new = [name for name in names if name not in limit.value]
    return _changed(limit, [*limit.value, *new], f"with {_few(new)} too") if new else None


def _few(names: Sequence[str]) -> str:
    """Some names, and how many more there are."""
    return ", ".join(names[:_SHOWN]) + (f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else "")


def _changed(limit: Limit, value: list[str], how: str) -> Extended:
    about = f" of {limit.where}" if limit.where else ""
    return Extended(Change(limit.path, value), f"{limit.words}{about} {how}")


def _matches(field: str, pattern: str, pool: Any) -> bool:
    return place_matches(pattern, pool) if field == "regions" else fnmatchcase(_OF[field](pool).casefold(), pattern.casefold())
