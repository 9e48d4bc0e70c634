"""How large and how deep an input may be, each limit with its reason; exceeding one is an error that states it."""

from __future__ import annotations

# A 5 MB problem already holds some 50,000 services; 64 MiB of JSON reads in seconds and stays under 2 GiB.
MAX_FILE_BYTES = 64 * 2**20
# The YAML reader is pure Python and takes 4 to 10 s per MiB; larger documents belong in JSON.
MAX_YAML_BYTES = 1 * 2**20
# Values of all kinds (objects, lists, scalars) after YAML aliases are expanded.
MAX_NODES = 1_000_000
# Cells of a bill or a price list, which programs write: 64 MiB of them fit, and take under 1 GiB of memory.
MAX_LISTED_CELLS = 8_000_000
# Text after YAML aliases are expanded: one long text named once can be repeated by four characters each.
MAX_EXPANDED_CHARS = 16 * 2**20
# No schema here nests deeper than ten; the interpreters' own recursion limits start near 1,000.
MAX_DEPTH = 64
# Names and notes are short; megabytes of text in one value are a mistake or an attack.
MAX_TEXT_CHARS = 65_536
MAX_KEY_CHARS = 1_024
# What 64-bit counters hold; beyond it the solver's and numpy's integers would wrap.
MAX_INTEGER = 2**63 - 1
# Whole numbers up to here are exact as doubles, so 8.0 may be read as 8.
MAX_EXACT_WHOLE = 2**53
# Faults collected in one document before reading stops (20 are shown).
MAX_FAULTS = 100
