"""Reads a report as a browser would, and names what a browser would have to forgive."""

from html.parser import HTMLParser

VOID = ("meta", "br", "link", "img", "input", "hr")


class Page(HTMLParser):
    """`problems`: tags that do not close, ids given twice, links to nowhere. `text`: what is read, without scripts and styles.

    `links`: (id of the section, address).
    """

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.problems: list[str] = []
        self.ids: list[str] = []
        self.links: list[tuple[str, str]] = []
        self.headings: list[str] = []
        self.text, self._open, self._section = "", [""], ""
        self.feed(text)
        self.close()
        self.problems += [f"<{tag}> is never closed" for tag in self._open[1:]]
        self.problems += [f"two have the id {one}" for one in {i for i in self.ids if self.ids.count(i) > 1}]
        self.problems += [f"{to} leads nowhere" for _, to in self.links if to[0] == "#" and to[1:] not in self.ids]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag not in VOID:
            self._open.append(tag)
        if values.get("id"):
            self.ids.append(str(values["id"]))
        if tag == "section":
            self._section = str(values.get("id"))
        self.links += [(self._section, str(values[name])) for name in ("href", "src") if name in values]
        if values.get("role") == "img" and not values.get("aria-label"):
            self.problems.append("a figure has no description")
        if tag == "h2":
            self.headings.append("")

    def handle_endtag(self, tag: str) -> None:
        if self._open[-1] != tag:
            self.problems.append(f"</{tag}> where <{self._open[-1]}> is open")
        self._open.pop()

    def handle_data(self, data: str) -> None:
        if self._open[-1] in ("script", "style"):
            return
        self.text += data + " "
        if "h2" in self._open:
            self.headings[-1] += data
