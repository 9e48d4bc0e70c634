"""The editions are found from the wheel, from an editable install and from the checkout."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOUND = "import planner.catalog.locate as l; print(l.__file__); print(l.locate('2026-11'))"


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """(copy of the sources, wheel, editable wheel), built there so that nothing is left in the checkout."""
    home = tmp_path_factory.mktemp("build")
    source = home / "source"
    leftovers = shutil.ignore_patterns("__pycache__", "*.egg-info")
    shutil.copytree(ROOT / "planner", source / "planner", symlinks=True, ignore=leftovers)
    shutil.copytree(ROOT / "catalogs", source / "catalogs")
    for name in ("setup.cfg", "pyproject.toml", "MANIFEST.in", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source / name)
    # The build takes sys.argv for itself, so both folders are read before it begins.
    script = "import sys; from setuptools import build_meta as b; w, e = sys.argv[1:]; b.build_wheel(w); b.build_editable(e)"
    subprocess.run([sys.executable, "-c", script, home / "wheel", home / "editable"], cwd=source, check=True, capture_output=True)
    (wheel,), (editable,) = (home / "wheel").glob("*.whl"), (home / "editable").glob("*.whl")
    return source, wheel, editable


def located(folder, script=FOUND):
    """Where a Python that starts elsewhere and knows only ``folder`` finds the package and its edition."""
    # What the folder brings goes first: the environment that runs the tests has the package installed too.
    start = (
        "import site, sys; path, finders = list(sys.path), list(sys.meta_path); "
        "[sys.modules.pop(m) for m in list(sys.modules) if m.startswith('__editable__')]; "
        f"site.addsitedir({str(folder)!r}); "
        "sys.path[:] = [p for p in sys.path if p not in path] + path; "
        "sys.meta_path[:] = [f for f in sys.meta_path if f not in finders] + finders; "
        f"{script}"
    )
    done = subprocess.run([sys.executable, "-c", start], capture_output=True, text=True, check=True, cwd=folder.parent)
    return [Path(line) for line in done.stdout.split("\n")[:2]]


def test_the_wheel_holds_every_table_once_and_nothing_but_the_package(built):
    names = zipfile.ZipFile(built[1]).namelist()
    tables = {path.name for path in (ROOT / "catalogs" / "2026-11").iterdir()}
    held = [Path(name).name for name in names if name.startswith("planner/catalog/editions/2026-11/")]
    assert sorted(held) == sorted(tables)
    assert {name.split("/")[0] for name in names if ".dist-info" not in name} == {"planner"}
    assert any(name.endswith("licenses/LICENSE") for name in names)


def test_the_wheel_holds_every_file_of_the_package(built):
    # Sources and data files alike; links (the editions) have their own test.
    files = {str(p.relative_to(built[0])) for p in (built[0] / "planner").rglob("*") if p.is_file() and p.suffix != ".pyc"}
    assert {name for name in files if "/editions/" not in name} <= set(zipfile.ZipFile(built[1]).namelist())


def test_editions_are_found_from_an_installed_wheel(built, tmp_path):
    site = tmp_path / "site"
    zipfile.ZipFile(built[1]).extractall(site)
    module, edition = located(site)
    assert module.is_relative_to(site) and edition == site / "planner" / "catalog" / "editions" / "2026-11"
    assert (edition / "manifest.json").is_file()


def test_editions_are_found_from_an_editable_install(built, tmp_path):
    site = tmp_path / "site"
    zipfile.ZipFile(built[2]).extractall(site)
    module, edition = located(site)
    assert module.is_relative_to(built[0]) and (edition / "manifest.json").is_file()


def test_editions_are_found_from_the_checkout_even_where_links_are_not_kept(tmp_path):
    shutil.copytree(ROOT / "planner", tmp_path / "checkout" / "planner", ignore=shutil.ignore_patterns("__pycache__", "editions"))
    shutil.copytree(ROOT / "catalogs", tmp_path / "checkout" / "catalogs")
    module, edition = located(tmp_path / "checkout")
    assert module.is_relative_to(tmp_path / "checkout") and edition == tmp_path / "checkout" / "catalogs" / "2026-11"


def test_the_metadata_names_the_distribution_the_command_and_the_licence(built):
    archive = zipfile.ZipFile(built[1])
    text = {name.split("/")[-1]: archive.read(name).decode() for name in archive.namelist() if ".dist-info/" in name}
    assert "Name: llm-deployment-planner\n" in text["METADATA"] and "Apache-2.0" in text["METADATA"]
    assert "Requires-Python: >=3.10\n" in text["METADATA"]
    assert "planner = planner.cli.main:main" in text["entry_points.txt"]
