"""A plan as a page: what a report says, once, and its writing as HTML, Markdown and CSV."""
