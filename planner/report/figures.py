"""Numbers as people read them: thousands apart, cents that add up, no more digits than mean something."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_EVEN, Decimal

CENT = Decimal("0.01")


def usd(value: float | Decimal) -> str:
    """``41,328.22``."""
    return f"{Decimal(value).quantize(CENT, ROUND_HALF_EVEN) + 0:,.2f}"


def cents_that_add_up(parts: Mapping[str, float], total: float) -> dict[str, Decimal]:
    """Each part to the cent, so that their sum is the total to the cent.

    Largest remainder: every part is rounded down, then the cents that are missing go to the parts that lost most,
    ties in the order given. Parts that do not sum to the total are left rounded: hiding that is not rounding's task.
    """
    exact = {name: Decimal(value) for name, value in parts.items()}
    down = {name: (value / CENT).to_integral_value(rounding="ROUND_FLOOR") for name, value in exact.items()}
    missing = int((Decimal(total).quantize(CENT, ROUND_HALF_EVEN) / CENT) - sum(down.values()))
    if not 0 <= missing <= len(parts):
        return {name: value.quantize(CENT, ROUND_HALF_EVEN) for name, value in exact.items()}
    by_loss = sorted(exact, key=lambda name: down[name] - exact[name] / CENT)
    raised = set(by_loss[:missing])
    return {name: (down[name] + (name in raised)) * CENT for name in exact}


def percent(share: float) -> str:
    """``12 %``, ``0.84 %``, ``0.0012 %``: two significant digits below ten per cent."""
    value = 100.0 * share
    if value == 0.0:
        return "0 %"
    if abs(value) >= 9.95:
        return f"{value:,.0f} %"
    digits = max(0, 1 - math.floor(math.log10(abs(value))))
    text = f"{value:.{digits}f}"
    return f"{text.rstrip('0').rstrip('.') if '.' in text else text} %"


def level(share: float) -> str:
    """A confidence as it was asked for, never rounded to certainty: ``90 %``, ``99.9 %``."""
    return f"{100.0 * share:.4g} %"


def amount(value: float) -> str:
    """A quantity of any size: ``10,700``, ``12.5``, ``0.0042``, ``2.5e-07``; integers in full."""
    if not math.isfinite(value):
        return "unlimited" if value > 0 else "-unlimited"
    if value == round(value) and abs(value) < 1e15:
        return f"{value:,.0f}"
    size = abs(value)
    if size >= 1000.0:
        return f"{value:,.1f}".removesuffix(".0") if size < 10_000.0 else f"{value:,.0f}"
    if size < 1e-4:
        return f"{value:.2g}"
    digits = max(0, 3 - math.floor(math.log10(size)))
    return f"{value:.{digits}f}".rstrip("0").rstrip(".")


def apart(value: float, limit: float) -> tuple[str, str]:
    """Two amounts to be compared, with as many digits as it takes to tell them apart."""
    first, second = amount(value), amount(limit)
    if first == second and value != limit:
        return f"{value:,.9g}", f"{limit:,.9g}"
    return first, second


def span(values: Sequence[float]) -> str:
    """``4`` where nothing changes, else ``3–12``."""
    if not values:
        return "0"
    least, most = min(values), max(values)
    return amount(least) if least == most else f"{amount(least)}–{amount(most)}"


def counted(count: float, noun: str) -> str:
    """``1 period``, ``24 periods``."""
    return f"{amount(count)} {noun}{'' if count == 1 else 's'}"


def known(values: Sequence[float | None]) -> list[float]:
    """The values that are known, in order."""
    return [value for value in values if value is not None]


def seconds(value: float) -> str:
    """``0.42 s``, ``12 s``, ``3 min 20 s``."""
    if value < 10.0:
        return f"{value:.2f} s"
    if value < 60.0:
        return f"{value:.0f} s"
    minutes, rest = divmod(round(value), 60)
    return f"{minutes} min {rest} s"
