"""Results as text, tables, JSON and CSV: it arranges what others computed and prints nothing itself."""
