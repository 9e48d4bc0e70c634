"""The command line: one file per command; it reads arguments, calls the parts, prints, and decides nothing."""
