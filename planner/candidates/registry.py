"""The rules by name: one file each in ``rules/``, found and put in order here."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from planner.candidates.candidate import Broken

Of = Literal["job", "replica", "pool", "size", "hosted", "api", "serverless", "worker", "mode", "placed"]


@dataclass(frozen=True)
class Rule:
    """A registered rule; its docstring states it.

    of    replica: judged from the configuration alone; pool: for each pool, and broken where none is left;
          size: for a count of accelerators and a pool; hosted: for each hosted option; api: for each provider API;
          serverless: for each serverless service; worker: for each configuration of its workers;
          mode: for each hosted service of the catalogue; placed: for a configuration in a pool
          job: for each way to run a job
    unit  of value and limit
    """

    name: str
    of: Of
    unit: str
    check: Callable[..., Broken | None]

    @property
    def statement(self) -> str:
        """What the rule demands, in one sentence."""
        return (self.check.__doc__ or "").strip().split("\n\n")[0].replace("\n", " ")


_RULES: dict[str, Rule] = {}


def rule(*, of: Of = "replica", unit: str = "") -> Callable:
    """Registers a rule under its function's name."""

    def register(check: Callable) -> Callable:
        if check.__name__ in _RULES:
            raise ValueError(f"two rules are named {check.__name__}")
        _RULES[check.__name__] = Rule(check.__name__, of, unit, check)
        return check

    return register


@lru_cache(maxsize=1)
def rules() -> dict[str, Rule]:
    """Every rule by name, sorted."""
    package = importlib.import_module("planner.candidates.rules")
    for module in pkgutil.iter_modules(package.__path__):
        importlib.import_module(f"{package.__name__}.{module.name}")
    return dict(sorted(_RULES.items()))


@lru_cache(maxsize=None)
def rules_of(of: Of) -> tuple[Rule, ...]:
    """Rules of replicas or of pools, sorted by name."""
    return tuple(r for r in rules().values() if r.of == of)
