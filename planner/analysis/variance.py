"""The difference between what was planned and what was billed, split into price, volume and mix."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Pair:
    """One line on both sides, in a month.

    planned_units, billed_units  in a unit common to all lines (such as accelerator-hours); None: the bill does not say
    price_if_unplanned           a unit's expected price where nothing was planned; None: as billed      [USD]
    """

    planned_units: float
    planned_usd: float
    billed_units: float | None
    billed_usd: float
    price_if_unplanned: float | None = None


@dataclass(frozen=True)
class Variance:
    """Billed less planned; price + volume + mix is the whole.

    price   units billed at another price than planned
    volume  as many units more or fewer in all, at the planned average
    mix     dearer or cheaper lines than planned took their share
    """

    usd: float
    price: float
    volume: float
    mix: float


def variances(pairs: Mapping[str, Pair]) -> dict[str, Variance]:
    r"""Each line's variance; over all lines the parts sum to the parts of the whole.

    .. math:: price_i = C^1_i - Q^1_i P^0_i \qquad volume_i = (\tfrac{Q^1}{Q^0} - 1)\, C^0_i
              \qquad mix_i = (Q^1_i - \tfrac{Q^1}{Q^0} Q^0_i)\, P^0_i

    C planned (0) and billed (1) cost, Q units, P = C/Q; without an index summed over the lines. The three sum to
    C^1_i - C^0_i. A line without units on either side, or whose billed units nobody states, has no volume: its difference is price.
    Where nothing was planned at all, everything is volume.
    """
    counted = {name: pair for name, pair in pairs.items() if pair.billed_units is not None and (pair.planned_units or pair.billed_units)}
    planned = sum(pair.planned_units for pair in counted.values())
    growth = sum(pair.billed_units for pair in counted.values()) / planned if planned else None
    return {name: _variance(pair, growth) if name in counted else _unmeasured(pair) for name, pair in pairs.items()}


def total(parts: Iterable[Variance]) -> Variance:
    """The sum of several variances."""
    found = tuple(parts)
    return Variance(*(sum(getattr(one, name) for one in found) for name in ("usd", "price", "volume", "mix")))


def scaled(one: Variance, share: float) -> Variance:
    """A share of a variance."""
    return Variance(one.usd * share, one.price * share, one.volume * share, one.mix * share)


def _variance(pair: Pair, growth: float | None) -> Variance:
    if pair.planned_units:
        expected = pair.planned_usd / pair.planned_units
    else:
        expected = pair.price_if_unplanned if pair.price_if_unplanned is not None else pair.billed_usd / pair.billed_units
    usd = pair.billed_usd - pair.planned_usd
    price = pair.billed_usd - pair.billed_units * expected
    volume = usd - price if growth is None else (growth - 1.0) * pair.planned_usd
    return Variance(usd, price, volume, usd - price - volume)


def _unmeasured(pair: Pair) -> Variance:
    usd = pair.billed_usd - pair.planned_usd
    return Variance(usd, usd, 0.0, 0.0)
