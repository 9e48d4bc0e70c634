"""The passages of README.md that are made by running the program: a real output, and the table of problems."""

from __future__ import annotations

import contextlib
import io
import os
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


def readme(old: str) -> str:
    """README.md with its generated passages made anew."""
    return _passage(_passage(old, "output", lambda: _output(old)), "problems", _problems)


def without_seconds(text: str) -> str:
    """``text`` without the time that a solve took, which differs between runs."""
    return re.sub(r"rows\s+in\s+(?:[\d.]+ min )?[\d.]+\s+s", "rows in a while", text)


def first_problem(text: str) -> str:
    """The problem that the first command of README.md solves."""
    found = re.search(r"planner solve (problems/\S+)", text)
    assert found is not None, "README.md solves no problem"
    return found[1]


def _passage(text: str, name: str, make) -> str:
    begin, end = f"<!-- {name}: generated -->\n", f"<!-- {name}: end -->"
    if begin not in text:
        return text
    head, rest = text.split(begin, 1)
    return f"{head}{begin}{make()}{end}{rest.split(end, 1)[1]}"


def _output(text: str) -> str:
    from planner.cli.main import main

    problem = first_problem(text)
    said = io.StringIO()
    columns, folder = os.environ.get("COLUMNS"), os.getcwd()
    os.environ["COLUMNS"] = "80"
    os.chdir(ROOT)
    try:
        # Warnings about the age of prices depend on the day, and are no part of the result.
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(io.StringIO()):
            code = main(["solve", problem])
    finally:
        os.chdir(folder)
        os.environ.pop("COLUMNS") if columns is None else os.environ.update(COLUMNS=columns)
    if code != 0:
        raise SystemExit(f"README.md: planner solve {problem} ended with {code}")
    return f"```text\n{said.getvalue().rstrip()}\n```\n"


def _problems() -> str:
    rows = []
    for path in sorted(p for p in (ROOT / "problems").iterdir() if p.suffix in (".json", ".yaml") and p.name[0].isdigit()):
        from planner.documents import read as read_document

        problem = read_document(path).data
        lesson = problem.get("description") or problem.get("name") or ""
        rows.append(f"| [`{path.stem}`](problems/{path.name}) | {lesson} |\n")
    return "| problem | what it teaches |\n| --- | --- |\n" + "".join(rows)
