"""Where a plan says that it came from."""

from __future__ import annotations

from pydantic import Field

from planner.plan.part import Part


class Origin(Part):
    """Where a plan's inputs lay when it was solved, as paths from its folder, so that changes since then can be seen."""

    problem: str
    problem_digest: str = Field(description="of the problem as it was read, before options of the command changed it")
    overlay: str | None = None
    catalog: str | None = Field(None, description="folder of an edition that does not come with the planner")
