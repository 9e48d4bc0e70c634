"""A bill as Parquet says what the same bill says as CSV."""

import datetime
import decimal

import pytest

from planner.errors import InvalidInput, UsageError
from planner.imports.focus_bill import read_bill
from planner.imports.parquet import is_parquet

START, END = datetime.datetime(2026, 12, 1, tzinfo=datetime.timezone.utc), datetime.datetime(2027, 1, 1, tzinfo=datetime.timezone.utc)
COLUMNS = {
    "ProviderName": ["AWS", "AWS"], "RegionId": ["us-east-1", None], "SkuId": ["p5.48xlarge", "x"], "ResourceType": ["Virtual Machine", None],
    "EffectiveCost": [decimal.Decimal("550.40"), decimal.Decimal("1.5")], "ConsumedQuantity": [10.0, None], "ConsumedUnit": ["Hours", None],
    "ChargePeriodStart": [START, START], "ChargePeriodEnd": [END, END], "Tags": [[("team", "a")], None], "Unread": [b"\xff", None],
}  # fmt: skip


def write(folder, columns):
    """The path of a Parquet file; tags are a map, as sellers write them."""
    pyarrow = pytest.importorskip("pyarrow", reason="pyarrow is not installed")
    from pyarrow import parquet

    kinds = {"Tags": pyarrow.map_(pyarrow.string(), pyarrow.string())}
    table = pyarrow.table({name: pyarrow.array(values, type=kinds.get(name)) for name, values in columns.items()})
    path = folder / "bill.parquet"
    parquet.write_table(table, path)
    return str(path)


def test_rows_of_parquet_are_those_of_csv(tmp_path):
    lines = [
        "ProviderName,RegionId,SkuId,ResourceType,EffectiveCost,ConsumedQuantity,ConsumedUnit,ChargePeriodStart,ChargePeriodEnd,Tags",
        'AWS,us-east-1,p5.48xlarge,Virtual Machine,550.40,10.0,Hours,2026-12-01T00:00:00Z,2027-01-01T00:00:00Z,"[[""team"", ""a""]]"',
        "AWS,,x,,1.5,,,2026-12-01T00:00:00Z,2027-01-01T00:00:00Z,",
    ]
    text = tmp_path / "bill.csv"
    text.write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert read_bill(write(tmp_path, COLUMNS)) == read_bill(str(text))


def test_what_is_wrong_in_parquet_is_named_with_its_row(tmp_path):
    with pytest.raises(InvalidInput, match="'EffectiveCost' is missing"):
        read_bill(write(tmp_path, {name: values for name, values in COLUMNS.items() if name != "EffectiveCost"}))
    with pytest.raises(InvalidInput, match="is no amount"):
        read_bill(write(tmp_path, {**COLUMNS, "EffectiveCost": [1.0, float("inf")]}))


def test_a_file_that_only_begins_like_parquet_is_refused(tmp_path):
    pytest.importorskip("pyarrow", reason="pyarrow is not installed")
    path = tmp_path / "bill.csv"
    path.write_bytes(b"PAR1 and nothing more")
    with pytest.raises(InvalidInput, match="no Parquet that can be read"):
        read_bill(str(path))


def test_without_pyarrow_it_says_what_to_install(tmp_path, monkeypatch):
    path = tmp_path / "bill.parquet"
    path.write_bytes(b"PAR1")
    assert is_parquet(str(path))
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    with pytest.raises(UsageError, match="pyarrow reads"):
        read_bill(str(path))
