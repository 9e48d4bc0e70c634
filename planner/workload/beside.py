"""Finds a file that a problem refers to, inside the problem's own folder and nowhere else."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath, PureWindowsPath

from planner.documents.clean import shortened, visible
from planner.documents.near import did_you_mean
from planner.errors import Fault, InvalidInput

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")


def resolve_beside(problem_file: str | Path, reference: str, *, path: str = "") -> Path:
    """The regular file ``reference`` under the folder of ``problem_file``; ``path`` names the field in messages.

    Raises ``InvalidInput`` for absolute paths, ``..``, URLs, drive letters, links that lead out, and missing files: a
    problem from a stranger must not make the program read anything else.
    """
    folder = Path(problem_file).parent.resolve()

    def refuse(code: str, message: str) -> InvalidInput:
        return InvalidInput(visible(str(problem_file)), [Fault(path, code, message)])

    shown = f'"{shortened(reference)}"'
    if not reference.strip() or "\0" in reference:
        raise refuse("bad_reference", f"found {shown}; the name of a file beside the problem is expected")
    posix, windows = PurePosixPath(reference), PureWindowsPath(reference)
    if _URL.match(reference) or posix.is_absolute() or windows.drive or windows.root or reference.startswith("~"):
        raise refuse("outside_folder", f"found {shown}; write a path relative to the problem's folder, not an absolute one or a URL")
    if ".." in posix.parts or ".." in windows.parts:
        raise refuse("outside_folder", f'found {shown}; ".." is not allowed; put the file under the problem\'s folder')
    try:
        found = (folder / reference).resolve()
        inside = found.is_relative_to(folder)
        is_file = found.is_file()
    except (OSError, RuntimeError) as error:  # a name too long, a loop of links
        raise refuse("bad_reference", f"found {shown}; it cannot be followed: {visible(str(error))}") from None
    if not inside:
        raise refuse("outside_folder", f"found {shown}; it is a link that leads out of the problem's folder; copy the file there")
    if found.is_dir():
        raise refuse("file_not_found", f"found {shown}; that is a folder; name a file in it")
    if not is_file:
        raise refuse("file_not_found", f"found {shown}; there is no such file under the problem's folder{_near(folder, reference)}")
    return found


def _near(folder: Path, reference: str) -> str:
    beside = folder / PurePosixPath(reference).parent
    names = [entry.name for entry in beside.iterdir()] if beside.is_dir() and beside.resolve().is_relative_to(folder) else []
    return visible(did_you_mean(PurePosixPath(reference).name, names))
