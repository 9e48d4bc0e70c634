"""The sections of a report, one file each: what the plan's JSON says on one topic."""
