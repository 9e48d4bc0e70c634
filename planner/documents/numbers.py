"""How a number written in a document becomes a value, the same for JSON and YAML."""

from __future__ import annotations

import math
import sys

from planner.documents.clean import shortened
from planner.documents.limits import MAX_EXACT_WHOLE, MAX_INTEGER

_INTEGER_DIGITS = len(str(MAX_INTEGER))


class BadNumber(ValueError):
    """A number that cannot be used; carries the stable code of the fault."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def integer(text: str, base: int = 10) -> int:
    """``text`` (digits with an optional sign) as an integer within 64 bits; raises ``BadNumber``."""
    digits = len(text.lstrip("+-0"))
    if digits <= 4 * _INTEGER_DIGITS:  # long enough for any base; the cost of int() grows with the square
        value = int(text, base)
        if abs(value) <= MAX_INTEGER:
            return value
    raise BadNumber("integer_too_large",
                    f"the integer {shortened(text, 30)} has {digits} digits; the limit is {MAX_INTEGER} (64 bits)")


def real(text: str) -> float | int:
    """``text`` as a finite number; raises ``BadNumber``.

    What is nearer to 0 than a float holds with all its digits is refused: it would be another number here.
    A whole number in any spelling (``8.0``, ``1e6``) is the integer, so that it means the same in every field and in
    the digest; -0.0 is 0.
    """
    value = float(text)
    if not math.isfinite(value):
        raise not_finite(text)
    if abs(value) < sys.float_info.min and text.lower().partition("e")[0].strip("+-0."):
        raise BadNumber("number_too_small", f"{shortened(text, 30)} is too small to be told from 0; write 0 or a larger number")
    return whole(value)


def whole(value: float) -> float | int:
    """``value`` as an integer when it is a whole number that a double holds exactly."""
    if value.is_integer() and abs(value) <= MAX_EXACT_WHOLE:
        return int(value)
    return value


def not_finite(text: str) -> BadNumber:
    return BadNumber("not_finite", f"found {shortened(text, 30)}; numbers must be finite (leave a field out when there is no limit)")
