"""Names that try to do harm, a problem made of them, and what it means that none of them does any."""

import csv
import html.parser
import io
import json
import re

SCRIPT = "<script>alert(1)</script><img src=x onerror=alert(1)>"
ATTRIBUTE = "\" autofocus onfocus=alert(1) x='"
FORMULA = '=HYPERLINK("http://example.org","pay here")'
NAMES = (
    SCRIPT,
    ATTRIBUTE,
    FORMULA,
    "+1+cmd|' /C calc'!A0",
    "-2+3",
    "@SUM(1,2)",
    "\t=1+1",
    "\x1b[2J\x1b]0;owned\x07red\x9b31m",
    "safe\u202egnp.exe\u2066\u200b",
    "a: {b: [c]} # &x *y !!python/object:os.system\n---\nkind: Pod",
    "'; rm -rf / $(id) `id` %n {{ 7*7 }} ${HOME} \\",
    "../../../../escaped",
    "[bold red]markup[/] :boom: | table | [link](http://example.org)",
    "x" * 200,  # the longest name that a problem may have
)
#: Spreadsheets compute what begins so.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def problem():
    """A service for each name, in a pool of its name; 1 request/s each on machines that do two."""
    return {
        "schema_version": 1,
        "name": SCRIPT,
        "description": "\x1b[31m" + "x" * 10_000,
        "services": [
            {
                "name": name, "team": NAMES[-1 - at], "model": "Llama-3.1-8B", "profiles_only": True,
                "workload": {"rate_per_s": 1, "classes": [{"name": NAMES[-1 - at], "input_tokens": 100, "output_tokens": 100, "share": 1}]},
                "profiles": [{"accelerator": "H100", "throughput_rps": [2.0], "source": name}],
            }
            for at, name in enumerate(NAMES)
        ],
        "offers": {
            "catalog": False,
            "own": [
                {"provider": NAMES[-1 - at], "region": name, "zone": name, "instance_type": name, "accelerator": "H100",
                 "accelerators_per_instance": 1, "on_demand_usd_per_hour": 10.0 + at, "stock": 1, "source": name}
                for at, name in enumerate(NAMES)
            ],
        },
        "limits": {"quotas": [{"name": FORMULA, "max_instances": 50}]},
    }  # fmt: skip


def small_problem():
    """One service and one pool, under names that try several things at once: for commands that solve many times."""
    found, name = problem(), "=1+1 " + SCRIPT + "\x1b[2J\u202e\n---\nkind: Pod"
    service, offer = found["services"][0], found["offers"]["own"][0]
    offer |= {key: name for key in ("provider", "region", "zone", "instance_type", "source")}
    return found | {"services": [service | {"name": name, "team": name}], "offers": {"catalog": False, "own": [offer | {"stock": None}]}}


def harmless_on_a_terminal(text):
    """No control character, no mark of direction, nothing invisible: what stands there is what one sees."""
    return [char for char in set(text) if char != "\n" and not char.isprintable()] == []


def formulas_in_csv(text):
    """Cells that a spreadsheet would compute; numbers are none."""
    found = [cell for row in csv.reader(io.StringIO(text, newline="")) for cell in row]
    return [cell for cell in found if cell.lstrip(" \u00a0").startswith(FORMULA_STARTS) and not re.fullmatch(r"[+-]?[\d.]+(e[+-]?\d+)?", cell)]


class Page(html.parser.HTMLParser):
    """What a browser would see of a page: its tags, attributes and text."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.tags, self.attributes, self.text, self.policy = set(), set(), [], ""
        self.scripts = 0
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.scripts += tag == "script"
        if tag == "meta" and dict(attrs).get("http-equiv", "").lower() == "content-security-policy":
            self.policy = dict(attrs)["content"]

    def handle_data(self, data):
        self.text.append(data)


def strings_in(data):
    """Every text in a JSON document."""
    if isinstance(data, str):
        yield data
    elif isinstance(data, dict):
        for key, value in data.items():
            yield key
            yield from strings_in(value)
    elif isinstance(data, list):
        for value in data:
            yield from strings_in(value)


def one_ascii_document(text):
    """The JSON document in ``text``, which is plain ASCII, so that any terminal shows it as it is."""
    assert text.isascii() and harmless_on_a_terminal(text)
    return json.loads(text)
