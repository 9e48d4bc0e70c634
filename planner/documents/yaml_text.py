"""YAML 1.2 text to plain data, built from parser events without recursion and without running anything."""

from __future__ import annotations

from planner.documents.clean import shortened, visible
from planner.documents.limits import MAX_YAML_BYTES
from planner.documents.places import Places
from planner.documents.yaml_builder import StopReading, YamlBuilder, place_of
from planner.errors import Fault


def parse_yaml(text: str) -> tuple[object, Places, list[Fault]]:
    """The value of ``text``, the place of every value, and what is wrong (then the value must not be used).

    Tags, merge keys, several documents, duplicate keys and keys that are not scalars are refused. Aliases are allowed
    and copied; all that they expand to counts towards the limit on values.
    """
    size = len(text.encode("utf-8"))
    builder = YamlBuilder()
    if size > MAX_YAML_BYTES:
        builder.fault((1, 1), "file_too_large",
                      f"the YAML file has {size:,} bytes; the limit is {MAX_YAML_BYTES:,}; write larger documents as JSON", ())
    else:
        _run(text, builder)
    return builder.value, builder.places, builder.faults


def _run(text: str, builder: YamlBuilder) -> None:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError
    from ruamel.yaml.reader import ReaderError

    yaml = YAML(typ="safe", pure=True)
    yaml.version = (1, 2)
    try:
        for event in yaml.parse(text):
            builder.take(event)
    except StopReading:
        return
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        wording = visible(str(error.problem or error.context or "not valid YAML"))
        if "stream end" in wording or "end of stream" in wording:
            code, wording = "truncated", f"the file ends in the middle of the document ({wording})"
        elif "\\t" in wording:
            code, wording = "syntax", f"{wording}; indent with spaces, not tabs"
        else:
            code, wording = "syntax", f"not valid YAML here: {wording}"
        builder.fault(place_of(mark) if mark else None, code, wording, ())
    except ReaderError as error:
        before = text[: error.position]
        place = before.count("\n") + 1, error.position - before.rfind("\n")
        builder.fault(place, "control_character", f"the character U+{error.character:04X} is not allowed in YAML; remove it", ())
    except Exception as error:  # the parser lets ValueError, IndexError and others out on some malformed escapes
        builder.fault(builder.last_place, "syntax", f"not valid YAML after this point: {shortened(str(error), 100)}", ())
    else:
        if not builder.documents or (builder.value is None and not builder.faults):
            builder.fault((1, 1), "empty", "the file is empty; it must hold one JSON or YAML document", ())
