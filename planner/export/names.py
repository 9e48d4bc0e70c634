"""Names that a target takes: letters, digits and hyphens, short, and still telling two things apart."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable

# Names of Kubernetes services and labels; SageMaker takes the same signs.
LONGEST = 52


def slug(*parts: str, longest: int = LONGEST) -> str:
    """Lower-case letters, digits and single hyphens, beginning with a letter; what is lost tells in a short digest."""
    text = "-".join(parts)
    found = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
    if found == text and found[:1].isalpha() and len(found) <= longest:
        return found
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:6]
    head = found[: longest - 9].strip("-")
    return f"{head if head[:1].isalpha() else f'x{head}'}-{digest}" if head else f"x-{digest}"


def distinct(names: Iterable[str]) -> list[str]:
    """The names, equal ones numbered from the second on."""
    seen: dict[str, int] = {}
    found = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        found.append(name if seen[name] == 1 else f"{name}-{seen[name]}")
    return found
