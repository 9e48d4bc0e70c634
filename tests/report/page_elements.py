"""A report taken apart as a browser would, with the standard library alone."""

from html.parser import HTMLParser


class Page(HTMLParser):
    """Figures as (origin, value, text), words outside of them, words of the plan, and every tag with its attributes."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.figures, self.words, self.names, self.tags = [], [], [], []
        self._open = []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        self.tags.append((tag, found))
        if "data-from" in found:
            value = found.get("value", found.get("data-value"))
            self.figures.append([found["data-from"], value, found.get("data-text", "")])
        if tag not in ("meta", "input", "br"):
            self._open.append((tag, found))

    def handle_endtag(self, tag):
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, text):
        kinds = [tag for tag, _ in self._open]
        classes = [found.get("class") or "" for _, found in self._open]
        if "style" in kinds or "script" in kinds or "tick" in classes:
            return
        if "data" in kinds:
            self.figures[-1][2] += text
        elif "title" in kinds and "svg" in kinds or "bdi" in kinds or "name" in classes:
            self.names.append(text)
        elif "figure" not in classes:
            self.words.append(text)
