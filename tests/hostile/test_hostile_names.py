"""Names from files do no harm wherever they come out: terminal, JSON, HTML, Markdown, CSV, spreadsheet, YAML, file names."""

import json
import re
import zipfile
from pathlib import Path

import openpyxl
import pytest
from click import Argument, Choice
from hostile import ATTRIBUTE, FORMULA, NAMES, SCRIPT, Page, formulas_in_csv, harmless_on_a_terminal, one_ascii_document, problem, small_problem, strings_in
from ruamel.yaml import YAML

from planner.cli.main import main
from planner.cli.program import program

#: What commands need beside a problem or a plan, so that they come as far as showing something.
SCENARIOS = ("--over", "demand=1,2")
MORE = {
    "whatif": ("--set", "demand=+20%", "--quick"),
    "report": ("--format", "md"),
    "diff": ("PLAN",),
    "replan": ("--from", "PLAN"),
    "actuals": ("--bill", "BILL"),
    "simulate": ("--seconds", "1"),
    **dict.fromkeys(("sweep", "commit", "regret"), SCENARIOS),
}
#: Solved many times over: one service will do.
SMALL = {"alternatives", "commit", "compare", "explain", "frontier", "negotiate", "price", "regret", "replan", "sweep", "why-not"}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """(problem file, plan file, folder): a plan of hostile names, found and written by the command."""
    folder = tmp_path_factory.mktemp("hostile")
    (folder / "problem.json").write_text(json.dumps(problem()), encoding="utf-8")
    assert main(["solve", str(folder / "problem.json"), "-o", str(folder / "plan.json"), "--gap", "1%"]) == 0
    return folder / "problem.json", folder / "plan.json", folder


def subject(command):
    """The file that a command is about: ``problem``, ``plan``, or None."""
    names = [param.name for param in command.params if isinstance(param, Argument) and param.required]
    if names[:1] == ["before"]:
        return "plan"
    return {"problem": "problem", "plan": "plan", "file": "plan"}.get(names[0]) if names else None


@pytest.fixture(scope="module")
def few(tmp_path_factory):
    """(problem file, plan file) of one service and one pool."""
    folder = tmp_path_factory.mktemp("few")
    (folder / "problem.json").write_text(json.dumps(small_problem()), encoding="utf-8")
    assert main(["solve", str(folder / "problem.json"), "-o", str(folder / "plan.json")]) == 0
    return folder / "problem.json", folder / "plan.json"


def commands():
    """Every command that takes a problem or a plan, whoever added it."""
    for name in program.list_commands(None):
        if subject(program.get_command(None, name)) is not None:
            yield name


@pytest.mark.parametrize("name", list(commands()))
def test_no_command_lets_a_name_steer_the_terminal(name, made, few, run):
    stated, plan = few if name in SMALL else made[:2]
    given = [str(plan) if one == "PLAN" else str(stated) if one == "BILL" else one for one in MORE.get(name, ())]
    command = program.get_command(None, name)
    about = stated if subject(command) == "problem" else plan
    done = run(name, about, *given)
    assert done.code != 70, done.err
    assert harmless_on_a_terminal(done.out) and harmless_on_a_terminal(done.err)
    assert [line for line in (done.out + done.err).split("\n") if line.startswith("kind: Pod")] == []
    if any("--json" in param.opts for param in command.params) and done.code != 2:
        assert one_ascii_document(run(name, about, *given, "--json").out)["status"]


def test_a_plan_on_the_terminal_shows_the_codes_of_what_would_steer_it(made, run):
    shown = run("report", made[1], "--format", "csv").out
    assert "\\x1b[2J" in shown and "\\u202e" in shown


def test_the_document_for_machines_keeps_every_name_as_it_is(made, run):
    found = set(strings_in(one_ascii_document(run("solve", made[0], "--gap", "1%", "--json").out)))
    assert set(NAMES) <= found


@pytest.mark.parametrize("arguments", [(), ("--redact-prices",), ("--compare", "PLAN")], ids=["plain", "redacted", "compared"])
def test_the_page_holds_names_as_text_and_runs_nothing_but_its_own_script(made, run, arguments):
    page = Page(run("report", made[1], *(made[1] if one == "PLAN" else one for one in arguments)).out)
    assert page.scripts == 1 and not page.tags & {"img", "iframe", "object", "embed", "base", "form", "link"}
    assert [name for name in page.attributes if name.startswith("on") or name == "autofocus"] == []
    assert "default-src 'none'" in page.policy
    text = "".join(page.text)
    assert SCRIPT in text and ATTRIBUTE in text


def test_markdown_holds_no_tag_link_or_heading_of_a_name(made, run):
    text = run("report", made[1], "--format", "md").out
    # A backslash before a sign makes it a plain one.
    assert not re.search(r"(?<!\\)<(script|img)|(?<!\\)\[link|(?<!\\)\]\(http", text)
    assert [line for line in text.split("\n") if line.startswith("---")] == []


def test_no_cell_of_any_table_for_spreadsheets_is_a_formula(made, run, tmp_path):
    assert formulas_in_csv("name\n=1+1\n") == ["=1+1"]  # the test would see one
    assert formulas_in_csv(run("report", made[1], "--format", "csv").out) == []
    for target in ("focus", "commitments"):
        if run("export", made[1], "--to", target, "-o", tmp_path / target).code == 0:
            for path in (tmp_path / target).rglob("*.csv"):
                assert formulas_in_csv(path.read_text(encoding="utf-8")) == []


def test_the_spreadsheet_computes_nothing_and_holds_every_name(made, run, tmp_path):
    assert run("report", made[1], "-o", tmp_path / "r.xlsx").code == 0
    book = openpyxl.load_workbook(tmp_path / "r.xlsx")
    cells = [cell for sheet in book for row in sheet for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} == {"n", "s"}
    texts = {cell.value for cell in cells if cell.data_type == "s"}
    assert {FORMULA, SCRIPT, "+1+cmd|' /C calc'!A0", "@SUM(1,2)"} <= texts
    assert all(harmless_on_a_terminal(text) for text in texts)
    assert all(cell.quotePrefix for cell in cells if cell.value == FORMULA and cell.row > 1)


def test_a_name_of_ten_thousand_characters_in_a_plan_file_breaks_no_report(made, run, tmp_path):
    # A problem's names end at 200 characters; a plan may come from anywhere.
    content = json.loads(made[1].read_text(encoding="utf-8"))
    content["services"][0]["name"] = content["pools"][0]["id"] = "=" + "y" * 10_000
    (tmp_path / "plan.json").write_text(json.dumps(content), encoding="utf-8")
    for kind in ("html", "md", "csv", "xlsx"):
        done = run("report", tmp_path / "plan.json", "-o", tmp_path / f"r.{kind}")
        assert done.code == 0, done.err
    assert "y" * 10_000 in "".join(Page((tmp_path / "r.html").read_text(encoding="utf-8")).text)
    assert formulas_in_csv((tmp_path / "r.csv").read_text(encoding="utf-8")) == []
    done = run("verify", tmp_path / "plan.json")
    assert done.code == 7 and harmless_on_a_terminal(done.out + done.err)


@pytest.fixture(scope="module")
def rentable(made):
    """The plan file of the same services on machines that everybody rents, so that every target has something to say."""
    stated = problem()
    stated["offers"]["own"] = [stated["offers"]["own"][0] | {"provider": "aws", "region": "us-east-1", "zone": None, "instance_type": "p5.48xlarge",
                                                             "accelerators_per_instance": 8, "stock": None}]  # fmt: skip
    path = made[2] / "rentable.json"
    path.write_text(json.dumps(stated), encoding="utf-8")
    assert main(["solve", str(path), "-o", str(made[2] / "rented.json"), "--gap", "1%"]) == 0
    return made[2] / "rented.json"


def targets():
    """What plans can be exported to."""
    (to,) = [param for param in program.get_command(None, "export").params if "--to" in param.opts]
    return tuple(map(str, to.type.choices)) if isinstance(to.type, Choice) else ()


@pytest.mark.parametrize("target", targets())
def test_exported_files_stay_in_their_folder_and_parse_to_what_the_target_has(made, rentable, run, tmp_path, target):
    home = tmp_path / "deep" / "out"
    home.parent.mkdir()
    refused = run("export", made[1], "--to", target)
    assert refused.code in (0, 2, 3) and harmless_on_a_terminal(refused.err) and "\nkind: Pod" not in refused.err
    done = run("export", rentable, "--to", target, "-o", home, "--role", "arn:aws:iam::123456789012:role/NAME")
    assert done.code == 0, done.err
    assert harmless_on_a_terminal(done.out + done.err)
    written = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert written and all(path.is_relative_to(home) for path in written)
    for path in written:
        assert re.fullmatch(r"[A-Za-z0-9._-]+", path.name), path.name
        text = path.read_text(encoding="utf-8")
        if path.suffix in (".yaml", ".yml"):
            _checked_yaml(text)
        elif path.suffix == ".json":
            json.loads(text)


def _checked_yaml(text):
    """Parses in the safe way to plain values; a name that looks like a second document makes none."""
    documents = list(YAML(typ="safe", pure=True).load_all(text))
    kinds = {one["kind"] for one in documents if isinstance(one, dict) and "kind" in one and "apiVersion" in one}
    assert "Pod" not in kinds
    assert all(isinstance(one, dict) for one in documents)
    for one in documents:
        name = one.get("metadata", {}).get("name") if isinstance(one.get("metadata"), dict) else None
        assert name is None or re.fullmatch(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?", name), name


def test_hostile_values_and_file_names_in_errors_do_no_harm(run, tmp_path):
    name = "\x1b[2J\u202e=cmd.json"
    stated = problem()
    stated["services"][0]["model"] = "\x1b]0;owned\x07" + "m" * 150
    stated["services"][1]["allow"] = {"regions": ["\u202e<script>"]}
    path = tmp_path / name
    path.write_text(json.dumps(stated), encoding="utf-8")
    for arguments in (("solve", path), ("check", path), ("verify", path), ("report", path), ("solve", tmp_path / f"{name}x")):
        done = run(*arguments)
        assert done.code in (2, 3) and harmless_on_a_terminal(done.out + done.err)


def test_catalogue_rows_and_price_lists_are_data_too(run, tmp_path):
    overlay = {
        "schema_version": 1, "as_of": "2026-11-01",
        "regions": [{"provider": FORMULA, "region": SCRIPT}],
        "offers": [{"provider": FORMULA, "region": SCRIPT, "instance_type": "\x1b[2J" + "z" * 10_000, "accelerator": "H100",
                    "accelerators_per_instance": 1, "on_demand_usd_per_hour": 1.0}],
    }  # fmt: skip
    (tmp_path / "overlay.json").write_text(json.dumps(overlay), encoding="utf-8")
    more = ("--overlay", tmp_path / "overlay.json")
    for arguments in (("list", "offers"), ("list", "regions"), ("show", f"{FORMULA}:{SCRIPT}"), ("check", "-v")):
        done = run("catalog", *arguments, *more)
        assert done.code in (0, 3) and harmless_on_a_terminal(done.out + done.err)
    assert formulas_in_csv(run("catalog", "list", "offers", "--csv", *more).out) == []


def test_the_same_report_is_the_same_spreadsheet_byte_for_byte(made, run, tmp_path):
    for name in ("one.xlsx", "two.xlsx"):
        assert run("report", made[1], "-o", tmp_path / name).code == 0
    assert Path(tmp_path / "one.xlsx").read_bytes() == Path(tmp_path / "two.xlsx").read_bytes()
    assert zipfile.ZipFile(tmp_path / "one.xlsx").testzip() is None


def test_a_spreadsheet_is_not_written_to_a_terminal(made, run):
    done = run("report", made[1], "--format", "xlsx")
    assert done.code == 2 and "-o report.xlsx" in done.err
