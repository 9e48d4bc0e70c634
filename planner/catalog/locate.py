"""Finds the editions of the catalogue: beside the installed package first, then in the checkout."""

from __future__ import annotations

from pathlib import Path

from planner.errors import Fault, InvalidInput

MANIFEST = "manifest.json"


def locate(source: str | Path | None = None) -> Path:
    """The folder of an edition.

    source  None: the newest edition; an edition's name such as ``2026-11``; or a folder with a manifest

    Raises InvalidInput when there is none, with the editions that exist.
    """
    if source is not None and (Path(source) / MANIFEST).is_file():
        return Path(source)
    known = editions()
    if source is None:
        if known:
            return known[max(known)]
        message = f"no edition of the catalogue is installed; name a folder with {MANIFEST}"
        raise InvalidInput("catalogs", [Fault("", "no_catalogue", message)])
    if str(source) in known:
        return known[str(source)]
    names = ", ".join(sorted(known)) or "none"
    message = f"neither a folder with {MANIFEST} nor an installed edition (there are: {names})"
    raise InvalidInput(str(source), [Fault("", "no_catalogue", message)])


def editions() -> dict[str, Path]:
    """Folders of the editions that can be found, by name."""
    found: dict[str, Path] = {}
    for home in _homes():
        if home.is_dir():
            for folder in sorted(home.iterdir()):
                if (folder / MANIFEST).is_file():
                    found.setdefault(folder.name, folder)
    return found


def _homes() -> tuple[Path, ...]:
    """Where editions may lie: in the package (a wheel), then at the top of the checkout."""
    package = Path(__file__).resolve().parent
    return (package / "editions", package.parents[1] / "catalogs")
