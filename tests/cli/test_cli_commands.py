"""The other commands: check, model, schema, catalog, import."""

import json

import pytest
from small import problem, written


def test_a_check_counts_what_each_set_of_rules_leaves_out(run, tmp_path):
    stated = problem()
    stated["services"][0]["allow"] = {"vendors": ["AMD"]}
    path = tmp_path / "none.json"
    path.write_text(json.dumps(stated))
    done = run("check", path, "--json")
    (service,) = json.loads(done.out)["services"]
    assert done.code == 4 and service["kept"] == 0
    assert sum(one["count"] for one in service["removed_by"]) == service["candidates"] - service["kept"]
    assert any("allowed_vendor" in one["rules"] for one in service["removed_by"])
    assert "allowed_vendor" in run("check", path).out


def test_a_check_of_a_good_problem_keeps_its_configurations(run, tmp_path):
    done = run("check", written(tmp_path), "--json")
    document = json.loads(done.out)
    assert done.code == 0 and document["status"] == "done" and document["services"][0]["kept"] >= 1


def test_the_program_is_written_as_text_with_names(run, tmp_path):
    lp = run("model", written(tmp_path)).out
    assert lp.startswith("Minimize") and "demand" in lp and "capacity" in lp
    output = tmp_path / "small.mps"
    done = run("model", written(tmp_path), "--format", "mps", "-o", output)
    assert done.code == 0 and done.out == "" and output.read_text().rstrip().endswith("ENDATA")


def test_the_schema_is_one_that_editors_understand(run, tmp_path):
    schema = json.loads(run("schema").out)
    assert schema["$schema"].startswith("https://json-schema.org/draft/") and "services" in schema["properties"]
    output = tmp_path / "schema.json"
    assert run("schema", "-o", output).code == 0 and json.loads(output.read_text()) == schema


def test_catalog_lists_tables_and_rows(run):
    assert {"offers", "models", "accelerators"} <= {row["table"] for row in json.loads(run("catalog", "list", "--json").out)["rows"]}
    rows = json.loads(run("catalog", "list", "accelerators", "--match", "H100", "--json").out)["rows"]
    assert [row["id"] for row in rows] == ["H100"]
    text = run("catalog", "list", "accelerators", "--match", "H100", "--csv").out
    assert text.split("\n")[0].startswith("id,") and text.split("\n")[1].startswith("H100,")


def test_catalog_shows_a_row_with_its_source(run):
    done = run("catalog", "show", "h100-sxm")
    assert done.code == 0 and "memory_gib: 80" in done.out and "cited_as: " in done.out


@pytest.mark.parametrize(
    ("words", "hint"), [(("list", "ofers"), "offers"), (("show", "H10O"), "H100"), (("show", "x", "--table", "y"), "accelerators")]
)
def test_what_the_catalogue_lacks_is_answered_with_what_it_has(run, words, hint):
    done = run("catalog", *words)
    assert done.code == 2 and hint in done.err


def test_the_shipped_edition_has_no_error(run):
    done = run("catalog", "check", "--json")
    assert done.code == 0 and json.loads(done.out)["edition"]


def test_an_edition_does_not_differ_from_itself(run):
    document = json.loads(run("catalog", "diff", "2026-11", "2026-11", "--json").out)
    assert document["changes"] == []


def test_an_edition_that_does_not_exist_is_named_with_those_that_do(run):
    done = run("catalog", "list", "--catalog", "1999-01")
    assert done.code == 3 and "2026-11" in done.err


MELANGE = {
    "gpu_info": {"A": {"cost": 2.0, "tputs": [[1.0, 0.5]]}, "B": {"cost": 3.0, "tputs": [[4.0, 0.0]]}},
    "workload_distribution": [[0.5, 0.5]],
    "total_request_rate": 2.0,
    "slice_factor": 1,
}


def test_an_imported_problem_costs_what_the_other_program_pays(run, tmp_path):
    config, output = tmp_path / "config.json", tmp_path / "problem.json"
    config.write_text(json.dumps(MELANGE))
    assert run("import", "melange", config, "-o", output).code == 0
    done = run("solve", output, "--json")
    # One request/s of each bucket. The second needs 1 / 0.5 = 2 A; the first adds 1 A (6) or 1 / 4 B, so 1 B (7).
    assert json.loads(done.out)["cost"]["total_usd_per_month"] == pytest.approx(730 * 6.0, rel=1e-9)


def test_a_malformed_import_is_refused_with_its_place(run, tmp_path):
    config = tmp_path / "config.json"
    config.write_text(json.dumps({**MELANGE, "total_request_rate": "2"}))
    done = run("import", "melange", config)
    assert done.code == 3 and "total_request_rate" in done.err
