"""planner finds, proves and defends the cheapest way to run large language models.

>>> import planner
>>> answer = planner.solve("problems/01-greedy-pays-10.json")
>>> answer.plan.cost["total_usd_per_month"]
4380.0

Nothing is imported before it is asked for, so that ``import planner`` costs nothing; docs/python.md is the manual.
"""

from importlib import import_module
from typing import TYPE_CHECKING

__version__ = "0.1.0"

#: What ``planner.<name>`` is: the part that holds it. ``planner.solve`` is a module that can be called.
_HELD_BY = {
    "actuals": "api", "certify": "api", "check": "api", "frames": "api", "load_catalog": "api", "load_plan": "api", "load_problem": "api",
    "measured_problem": "api", "report_html": "api", "what_if": "api", "write_plan": "api",
    "Infeasible": "solve", "Options": "solve", "Progress": "solve", "Solved": "solve", "Unknown": "solve",
    "CannotWrite": "errors", "CheckFailed": "errors", "DoubtfulInput": "errors", "Fault": "errors", "InvalidInput": "errors",
    "PlannerError": "errors", "UsageError": "errors",
}  # fmt: skip

__all__ = ["__version__", "solve", *_HELD_BY]

if TYPE_CHECKING:
    from planner.api import actuals as actuals, certify as certify, check as check, frames as frames
    from planner.api import load_catalog as load_catalog, load_plan as load_plan, load_problem as load_problem
    from planner.api import measured_problem as measured_problem, report_html as report_html, solve as solve
    from planner.api import what_if as what_if, write_plan as write_plan
    from planner.errors import CannotWrite as CannotWrite, CheckFailed as CheckFailed, DoubtfulInput as DoubtfulInput
    from planner.errors import Fault as Fault, InvalidInput as InvalidInput, PlannerError as PlannerError
    from planner.errors import UsageError as UsageError
    from planner.solve import Infeasible as Infeasible, Options as Options, Progress as Progress, Solved as Solved
    from planner.solve import Unknown as Unknown


def __getattr__(name: str) -> object:
    if name == "solve":
        return import_module("planner.solve")
    if name in _HELD_BY:
        return getattr(import_module(f"planner.{_HELD_BY[name]}"), name)
    raise AttributeError(f"module 'planner' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
