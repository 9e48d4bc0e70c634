"""What a validator of a whole model raises where it knows which part of it is at fault."""

from __future__ import annotations

from planner.documents.places import Step


class FaultAt(ValueError):
    """``steps`` lead from the model to what is at fault."""

    def __init__(self, message: str, steps: tuple[Step, ...]) -> None:
        super().__init__(message)
        self.steps = steps
