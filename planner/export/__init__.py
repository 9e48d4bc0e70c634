"""Plans as files that other tools read: what runs, with which arguments, where, when, and what is paid for."""
