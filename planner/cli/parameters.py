"""Kinds of values on the command line: strict numbers with their units, and files that are read."""

from __future__ import annotations

import math
from typing import Any

import click


class Number(click.ParamType):
    """A finite number between two bounds."""

    def __init__(self, name: str, least: float, most: float = math.inf, *, percent: str = "no", what: str = "") -> None:
        self.name = name
        self.least = least
        self.most = most
        self.percent = percent
        self.what = what

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """The number; with ``percent`` "may" or "must" a trailing per cent sign is taken as hundredths."""
        if isinstance(value, (int, float)):
            return float(value)
        text = str(value).strip()
        share = text.endswith("%")
        try:
            number = float(text.removesuffix("%").strip()) / (100.0 if share else 1.0)
        except ValueError:
            self.fail(f"{value!r} is no number{self._hint()}", param, ctx)
        plain = not share and self.percent == "must"
        if plain or (share and self.percent == "no") or not math.isfinite(number) or "_" in text:
            self.fail(f"{value!r} is not allowed here{self._hint()}", param, ctx)
        if not self.least <= number <= self.most:
            top = "" if math.isinf(self.most) else f" and at most {self.most:g}"
            self.fail(f"{value!r} must be at least {self.least:g}{top}{self._hint()}", param, ctx)
        return number

    def _hint(self) -> str:
        return f"; {self.what}" if self.what else ""


GAP = Number("GAP", 0.0, 1.0, percent="may", what="write 0.001 or 0.1%")
SECONDS = Number("SECONDS", 0.0, what="seconds, such as 60")
SCALE = Number("FACTOR", 1e-6, 1e6, what="a factor, such as 2 or 0.5")
USD = Number("USD", 0.0, what="USD per month, such as 52000")
CONFIDENCE = Number("SHARE", 0.5, 0.999, percent="may", what="write 0.9 or 90%")
SHARE = Number("SHARE", 0.01, 0.99, percent="may", what="write 0.4 or 40%")
INCREASE = Number("PERCENT", -1.0, percent="must", what="write a percentage, such as 5%")

# Existence and readability are told by the reader, with near names; click only passes the name on.
FILE = click.Path(path_type=str)
FOLDER = click.Path(path_type=str)
