"""The parts import only what the structure allows; read from the sources, so that lazy imports count too."""

import ast
import configparser
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "planner"

# Every part may use errors, units and the standard library. One row a part: other parts, then other packages.
ALLOWED = {
    "errors": ("", ""),
    "units": ("", ""),
    "documents": ("", "pydantic ruamel"),
    "workload": ("documents", "numpy"),
    "problem": ("documents workload economics", "numpy pydantic"),
    "catalog": ("documents", "pydantic"),
    "milp": ("", "numpy"),
    "backends": ("milp", "numpy highspy ortools pulp"),
    "perf": ("", "numpy"),
    "economics": ("", ""),
    "candidates": ("problem catalog perf economics", "numpy"),
    # It asks backends for the stages of a solve, and fills a plan in: both are the program's own meaning.
    "formulation": ("candidates milp backends plan problem catalog perf economics documents", "numpy numba"),
    "plan": ("documents", "pydantic pandas"),
    "verify": ("plan problem catalog perf economics documents", "pydantic"),
    "imports": ("documents problem", "pydantic pyarrow"),
    "export": ("plan problem catalog economics documents", ""),
    "report": ("plan documents", "rich"),
    # It knows arrays and the iterations of a replica, which it is handed; no formula of queues is near it.
    "simulate": ("", "numpy numba"),
    "replay": ("simulate solve candidates verify plan problem catalog perf economics workload documents", "numpy"),
    "analysis": ("solve two_stage problem catalog perf economics plan documents verify formulation backends milp candidates", "joblib numpy pydantic distributed"),
    "second_plan": ("solve plan problem catalog", ""),
    "solve": ("second_plan api problem catalog economics candidates formulation backends plan verify documents", "numpy"),
    # One program over several scenarios, beside solve.
    "two_stage": ("solve formulation backends milp", ""),
    "cli": (
        "problem catalog candidates formulation milp plan verify report imports documents solve economics perf analysis replay simulate export workload", "click rich"
    ),
    # What ``import planner`` offers: each function imports what it needs when it is called.
    "api": ("problem catalog candidates plan verify report documents solve analysis imports economics", "pandas"),
    "__init__": ("api solve errors", ""),
    "__main__": ("cli", ""),
}
SOLVERS = {"pulp", "ortools", "highspy"}


def sources(part=None):
    """Every source of the package or of one part, with its part."""
    for path in sorted(PACKAGE.rglob("*.py")):
        inside = path.relative_to(PACKAGE)
        found = inside.parts[0].removesuffix(".py")
        if "editions" not in inside.parts and part in (None, found):
            yield path, found


def imported(path):
    """(part of the planner or None, other package or None, line) of every import, wherever it stands."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: a relative import hides the part"
            names = [f"planner.{a.name}" for a in node.names] if node.module == "planner" else [node.module]
        else:
            continue
        for name in names:
            top, *rest = name.split(".")
            if top == "planner":
                yield (rest[0] if rest else "__init__"), None, node.lineno
            elif top not in sys.stdlib_module_names:
                yield None, top, node.lineno


def test_every_part_has_a_row_in_the_table_and_every_row_a_part():
    assert {part for _, part in sources()} | {"imports"} == set(ALLOWED)


@pytest.mark.parametrize("part", sorted(ALLOWED))
def test_a_part_imports_only_what_its_row_allows(part):
    parts = {part, "errors", "units", "__version__", *ALLOWED[part][0].split()}
    packages = set(ALLOWED[part][1].split())
    wrong = [
        f"{path.relative_to(ROOT)}:{line}: {other or package}"
        for path, _ in sources(part)
        for other, package, line in imported(path)
        if (other is not None and other not in parts) or (package is not None and package not in packages)
    ]
    assert wrong == []


def test_only_backends_import_a_solver():
    users = {part for path, part in sources() for _, package, _ in imported(path) if package in SOLVERS}
    assert users == {"backends"}


def test_the_check_shares_no_code_with_what_made_the_plan():
    # verify reaches other parts only through these; none of them may reach back into what it checks.
    reached, queue = set(), ["verify"]
    while queue:
        part = queue.pop()
        if part not in reached:
            reached.add(part)
            queue += {other for path, _ in sources(part) for other, _, _ in imported(path) if other}
    assert reached.isdisjoint({"formulation", "candidates", "backends", "milp", "solve"})


def test_only_the_command_line_prints():
    printing = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path, part in sources()
        if part != "cli" and path.name != "__main__.py"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    ]
    assert printing == []


def test_every_package_that_is_imported_is_declared():
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg")
    declared = {
        re.split(r"[<>=!~]", line)[0].strip().split(".")[0].replace("-", "_")
        for line in "\n".join([setup["options"]["install_requires"], *(setup["options.extras_require"][name] for name in ("cluster", "parquet"))]).split("\n")
        if line
    }
    used = {package for path, _ in sources() for _, package, _ in imported(path) if package}
    assert used <= declared


def test_every_file_says_what_it_is_for():
    silent = [str(p.relative_to(ROOT)) for p, _ in sources() if not ast.get_docstring(ast.parse(p.read_text("utf-8")))]
    assert silent == []


def test_no_file_grows_past_three_hundred_lines():
    long = [f"{p.relative_to(ROOT)}: {n}" for p, _ in sources() if (n := p.read_text("utf-8").count("\n")) > 300]
    assert long == []


def test_nothing_is_left_for_later():
    words = re.compile(r"\b(TODO|FIXME|XXX|NotImplementedError|placeholder)\b")
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path, _ in sources()
        for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), start=1)
        if words.search(line)
    ]
    assert found == []


def test_help_imports_neither_numbers_nor_solvers_nor_schemas():
    # What makes a start slow; the time itself is a benchmark, not a test.
    script = "import sys; from planner.cli.main import main; main(['--help']); print(sorted(sys.modules), file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, check=True)
    loaded = set(ast.literal_eval(done.stderr.strip().split("\n")[-1]))
    assert loaded.isdisjoint({"numpy", "pandas", "pydantic", "rich", "ruamel.yaml", *SOLVERS})
