"""One file per topic; each function states its equation and yields its rows."""
