"""Strict reading, checking and writing of the documents that people and programs hand over."""

from planner.documents.canonical import canonical_json, digest
from planner.documents.clean import csv_safe, visible
from planner.documents.document import Document
from planner.documents.near import nearest
from planner.documents.read import from_data, parse, read
from planner.documents.table import CsvTable, parse_csv, read_csv
from planner.documents.validate import validate
from planner.documents.write import write_atomic

__all__ = [
    "CsvTable", "Document", "canonical_json", "csv_safe", "digest", "from_data", "nearest", "parse", "parse_csv", "read", "read_csv",
    "validate", "visible", "write_atomic",
]
