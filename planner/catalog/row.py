"""What every row of a catalogue carries: one fact, its source, its date and how it is known."""

from __future__ import annotations

import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

Kind = Literal["measured", "published", "derived", "assumed"]
KINDS: tuple[str, ...] = ("measured", "published", "derived", "assumed")

LIST_SEPARATOR = ";"


def weakest(*kinds: str) -> str:
    """The least founded of several kinds: what a figure made of them all may claim."""
    return max(kinds, key=KINDS.index)


def _split(value: Any) -> Any:
    """A cell ``a;b`` is (a, b), and so is a list of a document."""
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(LIST_SEPARATOR) if part.strip())
    return tuple(value) if isinstance(value, list) else value


def _pairs(value: Any) -> Any:
    """A cell ``a=1;b=x`` is the ordered pairs ((a, 1), (b, x)); mappings become sorted pairs, lists of pairs are as they were written."""
    if isinstance(value, list):
        return tuple(tuple(one) if isinstance(one, list) else one for one in value)
    if isinstance(value, str):
        return tuple(tuple(part.split("=", 1)) for part in _split(value))
    if isinstance(value, dict):
        return tuple(sorted((str(name), str(text)) for name, text in value.items()))
    return value


Names = Annotated[tuple[str, ...], BeforeValidator(_split)]
Pairs = Annotated[tuple[tuple[str, str], ...], BeforeValidator(_pairs)]
Text = Annotated[str, Field(min_length=1)]
Positive = Annotated[float, Field(gt=0)]
NotNegative = Annotated[float, Field(ge=0)]
Share = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=1)]
CountOrZero = Annotated[int, Field(ge=0)]


def _real(date: str) -> str:
    """Ages are worked out from dates: one that no calendar has is refused where it is read."""
    parts = [int(part) for part in date.split("-")] + [1, 1]
    try:
        datetime.date(*parts[:3])
    except ValueError:
        raise ValueError("no calendar has this date") from None
    return date


Date = Annotated[str, Field(pattern=r"^\d{4}(-\d{2}(-\d{2})?)?$"), AfterValidator(_real)]


class Row(BaseModel):
    """A frozen row; ``None`` in any field means *unknown*, never zero.

    source   key into the table of sources
    as_of    ``YYYY``, ``YYYY-MM`` or ``YYYY-MM-DD``: when the fact held
    kind     measured, published, derived or assumed
    note     what a reader must know before relying on it
    private  true for rows of a user's own overlay: outputs may redact them
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    source: Text
    as_of: Date
    kind: Kind
    note: str = ""
    private: bool = False

    @property
    def id(self) -> str:
        """What the row is found by; unique within its table."""
        raise TypeError(f"{type(self).__name__} has no id of its own")
