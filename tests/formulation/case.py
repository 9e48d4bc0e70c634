"""A constraint shown at work: the optimum with it, which is another without it."""

from __future__ import annotations

from dataclasses import dataclass

from tests.formulation.tiny import offer


@dataclass(frozen=True)
class Case:
    """``cost`` is the optimum in USD/month; ``why`` derives it."""

    constraint: str
    why: str
    stated: dict
    replicas: dict
    cost: float


#: One kind of instance with one accelerator, for 1 USD/h.
ONE = [offer("i1", 1.0)]
