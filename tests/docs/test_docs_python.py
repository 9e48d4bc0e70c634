"""Every block of docs/python.md runs and prints what the page says; its table of calls is the API."""

import contextlib
import io
import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
PAGE = (ROOT / "docs" / "python.md").read_text(encoding="utf-8")


def test_every_block_prints_what_the_page_shows(tmp_path, monkeypatch):
    (tmp_path / "problems").symlink_to(ROOT / "problems")
    monkeypatch.chdir(tmp_path)
    names = {}
    for code, shown in re.findall(r"^```python\n(.*?)^```\n```text\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE):
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            exec(compile(code, "docs/python.md", "exec"), names)  # noqa: S102 - the page's own code
        assert said.getvalue() == shown
    assert PAGE.count("```python\n") == PAGE.count("```text\n") >= 7


def test_every_name_that_the_page_calls_exists():
    import planner

    for name in set(re.findall(r"planner\.([A-Za-z_]+)\b", PAGE)) - {"analysis", "simulate", "perf"}:
        assert getattr(planner, name) is not None, name
    assert all(f"planner.{name}" in PAGE for name in ("solve", "load_problem", "load_catalog", "frames", "certify", "what_if"))


def test_a_cell_shows_its_last_value_and_what_it_printed():
    from docs.pages.notebook import run

    names = {}
    assert run("x = 2\nprint('two')\nx + 1", names) == ("two\n", 3)
    assert run("x = 5", names) == ("", None)


def test_a_cell_that_raises_is_not_swallowed():
    from docs.pages.notebook import run

    with pytest.raises(ZeroDivisionError):
        run("1 / 0", {})
