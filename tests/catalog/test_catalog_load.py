"""Reading an edition: what is refused, and with what words."""

from __future__ import annotations

import re

import pytest

from planner.catalog import load_catalog
from planner.errors import InvalidInput


def faults_of(folder):
    with pytest.raises(InvalidInput) as caught:
        load_catalog(folder)
    return caught.value


def with_line_changed(number, change):
    def apply(text):
        lines = text.split("\n")
        lines[number - 1] = change(lines[number - 1])
        return "\n".join(lines)

    return apply


def test_newest_edition_is_loaded_by_default(shipped):
    assert load_catalog().edition == "2026-11"
    assert load_catalog().digest == shipped.digest


def test_unknown_edition_names_those_that_exist():
    assert "2026-11" in str(faults_of("2031-01"))


def test_edited_table_without_a_refreshed_manifest_is_refused_by_name(altered):
    folder = altered({"offers": lambda text: text + "\n"}, declared=False)
    error = faults_of(folder)
    assert [fault.code for fault in error.faults] == ["digest_mismatch"]
    assert error.faults[0].path == "offers.csv"


def test_edited_lazy_table_is_refused_although_nobody_reads_it(altered):
    folder = altered({"costs": lambda text: text.replace("0.023", "0.024", 1)}, declared=False)
    assert faults_of(folder).faults[0].path == "costs.csv"


def test_two_rows_of_one_id_with_different_prices_are_refused_with_both_lines(altered):
    def double(text):
        lines = text.rstrip("\n").split("\n")
        row = lines[1].split(",")
        row[8] = "12345"  # on_demand_usd_per_hour
        return "\n".join([*lines, ",".join(row)]) + "\n"

    error = faults_of(altered({"offers": double}))
    (fault,) = error.faults
    assert fault.code == "conflicting_rows"
    assert fault.line == 2008  # the header, 2006 offers, then this one
    assert "line 2" in fault.message and "on_demand_usd_per_hour" in fault.message and "12345" in fault.message


def test_same_row_twice_is_refused_too(altered):
    error = faults_of(altered({"spot": lambda text: text + text.split("\n")[1] + "\n"}))
    assert [fault.code for fault in error.faults] == ["duplicate_row"]


def test_all_faults_of_all_tables_come_at_once_with_file_and_line(altered):
    folder = altered({
        "accelerators": with_line_changed(3, lambda line: line.replace(",40,", ",-40,", 1)),
        "regions": with_line_changed(2, lambda line: line.replace(",ZA,", ",South Africa,", 1)),
    })
    text = str(faults_of(folder))
    assert "accelerators.csv:3: memory_gib" in text
    assert "regions.csv:2: country" in text


def test_faults_of_one_table_are_named_as_file_and_line(altered):
    folder = altered({"accelerators": with_line_changed(3, lambda line: line.replace(",40,", ",-40,", 1))})
    assert str(faults_of(folder)).startswith(f"{folder}/accelerators.csv:3: memory_gib: ")


@pytest.mark.parametrize("value", ["nan", "inf", "1e400", "-1", "abc", "true"])
def test_a_price_that_is_no_number_above_zero_is_refused(altered, value):
    def spoil(line):
        cells = line.split(",")
        cells[8] = value
        return ",".join(cells)

    error = faults_of(altered({"offers": with_line_changed(2, spoil)}))
    assert [(fault.path, fault.line) for fault in error.faults] == [("on_demand_usd_per_hour", 2)]


def test_price_zero_is_refused_unless_the_row_says_free(altered):
    def nought(line):
        cells = line.split(",")
        cells[8] = "0"
        return ",".join(cells)

    assert "free" in str(faults_of(altered({"offers": with_line_changed(2, nought)})))


def test_offer_of_an_unknown_accelerator_gets_near_names(altered):
    error = faults_of(altered({"offers": lambda text: text.replace(",H100,8,", ",H1000,8,", 1)}))
    (fault,) = error.faults
    assert fault.code == "unknown_accelerator" and "H100" in fault.message


def test_unknown_column_is_refused_with_the_name_that_was_meant(altered):
    error = faults_of(altered({"spot": lambda text: text.replace("notice_s", "notice_sec", 1)}))
    assert [fault.code for fault in error.faults] == ["unknown_column"]
    assert "notice_s" in error.faults[0].message


def test_fault_in_a_lazy_table_is_said_when_the_table_is_first_used(altered):
    def guess(line):
        return re.sub(",(assumed|derived|published),", ",guessed,", line)

    catalog = load_catalog(altered({"costs": with_line_changed(2, guess)}))
    with pytest.raises(InvalidInput, match=r"costs\.csv:2: kind"):
        catalog.costs


def test_table_that_is_not_text_is_refused(altered):
    folder = altered({})
    (folder / "spot.csv").write_bytes(b"\xff\xfe\x00")
    from planner.catalog.manifest import refresh

    refresh(folder)
    assert "UTF-8" in str(faults_of(folder))


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"schema_version": 1, "edition": 3, "tables": {}}', "[" * 100_000])
def test_broken_manifest_is_refused(altered, text):
    folder = altered({})
    (folder / "manifest.json").write_text(text)
    assert "manifest" in str(faults_of(folder))


def test_manifest_of_another_schema_is_refused(altered):
    folder = altered({})
    path = folder / "manifest.json"
    path.write_text(path.read_text().replace('"schema_version": 1', '"schema_version": 2'))
    assert "schema_version" in str(faults_of(folder))
