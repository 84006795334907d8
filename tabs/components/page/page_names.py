"""Names under which the addresses of the app know its pages."""

from __future__ import annotations

from tabs.components.strings import add_strings

ALIASES: dict[str, str] = {}  # name of the page by other name
add_strings({"page.unknown": ("There is no page named “{name}”.", "没有名为“{name}”的页面。")})


def add_aliases(page: str, *names: str) -> None:
    """Let addresses call a page by other names, too. names: Lowercase, words separated by underscores."""
    ALIASES.update(dict.fromkeys(names, page))


def page_named(name: str) -> str:
    """Return the name of the page that an address names; an unknown name stays as it is."""
    key = name.lower().replace("-", "_")
    return ALIASES.get(key, key)
