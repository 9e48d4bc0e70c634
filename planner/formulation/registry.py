"""The register of constraints: one name builds rows, finds the check, names the slack and writes the manual."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from planner.formulation.rows import Rows

Function = Callable[..., "Iterator[Rows]"]


@dataclass(frozen=True)
class Constraint:
    """A registered constraint.

    name     as used in rows, verify, negotiation, explain and the manual
    unit     of its rows' limits
    limit    whether it is a limit the user set (it may be asked to give way) or a fact (it may not)
    """

    name: str
    unit: str
    limit: bool
    build: Function

    @property
    def docstring(self) -> str:
        """The mathematics, as the manual prints it."""
        return self.build.__doc__ or ""


_REGISTER: dict[str, Constraint] = {}


def constraint(*, unit: str, limit: bool) -> Callable[[Function], Function]:
    """Registers a function ``(sets, var, data) -> Iterator[Rows]`` under its own name."""

    def register(function: Function) -> Function:
        name = function.__name__
        if name in _REGISTER:
            raise ValueError(f"two constraints are called {name}")
        _REGISTER[name] = Constraint(name, unit, limit, function)
        return function

    return register


def constraints() -> dict[str, Constraint]:
    """All constraints by name, in alphabetical order."""
    from planner.formulation import constraints as package

    for module in pkgutil.iter_modules(package.__path__):
        importlib.import_module(f"{package.__name__}.{module.name}")
    return dict(sorted(_REGISTER.items()))
