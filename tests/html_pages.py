"""HTML as a test reads it: parsed strictly, with what could run or load looked for."""

import base64
import hashlib
from html.parser import HTMLParser

HOSTILE = "<script>alert(1)</script>"
QUOTES = "\"'><img src=x onerror=alert(1)>"
VOID = {"meta", "img", "br"}


class Page(HTMLParser):
    """A parsed page: its elements, and whether every one was closed in its place."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.style = ""
        self._open: list[str] = []
        self.feed(text)
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)
        if self._open and self._open[-1] == "style":
            self.style += data

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.texts).split())

    def assert_self_contained(self) -> None:
        """Nothing runs, nothing is loaded, and the policy allows exactly the page's style."""
        assert self.named("script") == []
        assert [
            name for _, attributes in self.elements for name in attributes if name.startswith("on")
        ] == []
        addresses = [
            value
            for _, attributes in self.elements
            for name, value in attributes.items()
            if name in ("src", "href", "xlink:href") and not (value or "").startswith("#")
        ]
        assert all((address or "").startswith("data:") for address in addresses), addresses
        policy = next(m["content"] for m in self.named("meta") if "http-equiv" in m)
        digest = base64.b64encode(hashlib.sha256(self.style.encode()).digest()).decode()
        assert policy == f"default-src 'none'; img-src data:; style-src 'sha256-{digest}'"
        assert "url(" not in self.style
        assert "@import" not in self.style
