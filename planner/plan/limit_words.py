"""What people call a limit that plans and conflicts name by its constraint and by where it is stated."""

from __future__ import annotations

#: Caps that go by a field of the problem: what they are called, and their unit.
CAPS = {
    "budget_usd_per_month": ("budget", "USD/month"), "horizon_usd": ("budget over the horizon", "USD"), "upfront_usd": ("cash upfront", "USD"),
    "one_off_usd": ("one-off work", "USD"), "limits.max_changes": ("changes", "changes"),
}  # fmt: skip


def in_words(constraint: str, where: str) -> str:
    """Such as ``quota of mine``, ``budget of team red`` or ``cash upfront``."""
    return CAPS[where][0] if where in CAPS else f"{constraint} of {where}" if where else constraint


#: Units of what is counted one by one.
COUNTED = frozenset({"instances", "accelerators", "workers", "changes", "hours", "months", "replicas", "configurations"})


def unit_after(value: float | str, unit: str) -> str:
    """The unit as it stands after a value: one instance, two instances."""
    one = str(value) in ("1", "1.0")
    return unit[:-1] if one and unit in COUNTED else unit
