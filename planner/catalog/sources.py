"""Where facts come from: one row a source, which every other row names by key."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from planner.catalog.row import Text


class Source(BaseModel):
    """A document, price file or measurement that rows cite.

    key       what rows carry in ``source``
    title     as the source calls itself
    date      when it was read or what date it bears
    citation  address or bibliographic reference
    licence   what it says about reuse, where known
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: Text
    title: Text
    date: str = ""
    citation: str = ""
    licence: str = ""

    @property
    def id(self) -> str:
        return self.key
