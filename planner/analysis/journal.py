"""What a sweep has finished, appended durably as it comes, so that a kill at any moment loses nothing that was done."""

from __future__ import annotations

import json
import os
from typing import Any

from planner.errors import CannotWrite


class Journal:
    """A file of JSON lines beside the result; a last line cut short by a kill is ignored and written over."""

    def __init__(self, path: str, *, resume: bool) -> None:
        self.path = path
        if not resume:
            self.remove()

    def kept(self, base: str) -> dict[str, dict[str, Any]]:
        """Rows of an earlier run of the same sweep, by scenario id; rows of another problem or catalogue are left alone."""
        try:
            with open(self.path, "rb") as stream:
                lines = stream.read().split(b"\n")
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise CannotWrite(f"the journal cannot be read: {error.strerror or error}", where=self.path, hint="another -o") from error
        found = {}
        for line in lines:
            try:
                row = json.loads(line)
                if row["base"] == base:
                    found[row["row"]["id"]] = row["row"]
            except (ValueError, TypeError, KeyError):
                continue
        return found

    def add(self, base: str, row: dict[str, Any]) -> None:
        """Appends one row and waits until it is on the disk."""
        text = json.dumps({"base": base, "row": row}, sort_keys=True, allow_nan=False)
        try:
            with open(self.path, "ab") as stream:
                # A line that a kill cut short ends here, so that this one stands alone.
                stream.write(b"\n" + text.encode() + b"\n")
                stream.flush()
                os.fsync(stream.fileno())
        except OSError as error:
            raise CannotWrite(f"the journal cannot be written: {error.strerror or error}", where=self.path, hint="another -o") from error

    def remove(self) -> None:
        """Takes the file away: the result holds everything now."""
        try:
            os.unlink(self.path)
        except FileNotFoundError:
            return
        except OSError as error:
            raise CannotWrite(f"the journal cannot be removed: {error.strerror or error}", where=self.path) from error
