"""Links that visitors share: their previews, the button that copies one, pictures of the app."""

from __future__ import annotations

from html import escape
from pathlib import Path

from starlette.routing import Mount

from server.page.head import Preview
from server.page.static_files import FolderFiles
from tabs.components.demonstrations import of_page
from tabs.components.page.page_names import page_named
from tabs.components.strings import STRINGS, add_computed_strings, add_strings, string_in

FOLDER = Path(__file__).parent / "files"
ROUTE = Mount("/pictures", FolderFiles(directory=FOLDER))
FIRST_PAGE = "start"
PICTURE_PIXELS = (1200, 630)  # the size that social networks ask for
ICON_PIXELS = 128
ICON = (
    '<svg viewBox="0 0 24 24" aria-hidden="true">'
    '<path d="M10 14a5 5 0 0 0 7 0l4-4a5 5 0 0 0-7-7l-1 1M14 10a5 5 0 0 0-7 0l-4 4a5 5 0 0 0 7 7l1-1"/></svg>'
)
add_strings(
    {
        "share": ("Share", "分享"),
        "share.copy": ("Copy the link to this page", "复制本页链接"),
        "share.copied": ("Link copied.", "链接已复制。"),
        "share.select": ("Copy this link:", "请复制此链接："),
        "share.close": ("Close", "关闭"),
        "share.picture": (
            "FunAudio Suite: a model listens, one thinks, one speaks; below it the sound of a demonstration.",
            "FunAudio 语音工坊：聆听、思考、说话的模型，下方是一段演示的声音。",
        ),
    }
)


def describe(page: str, demonstration: str, language: str) -> Preview:
    """Return the preview of a link; unknown names, which anybody can write into a link, lead to the first page.

    Args:
        page: Name or alias of the page.
        demonstration: Name of one of its demonstrations; "" for none.
        language: Language of the interface.
    """
    app, page = string_in("title", language), page_named(page)
    page = page if f"{page}.about" in STRINGS and page != FIRST_PAGE else ""
    shown = next((each for each in of_page(page) if each.name == demonstration), None)
    words = shown.title(language) if shown else string_in(f"{page}.tab", language) if page else ""
    return Preview(
        title=f"{words} · {app}" if words else app,
        description=string_in(f"{page or FIRST_PAGE}.about", language),
        page=page,
        demonstration=shown.name if shown else "",
        picture="pictures/preview.png",
        picture_text=string_in("share.picture", language),
        picture_size=PICTURE_PIXELS,
        icon="pictures/icon.png",
    )


def button_html(language: str, address: str = "", title: str = "") -> str:
    """Return a button that copies a link.

    Args:
        language: Language of the interface.
        address: Page and demonstration as in "chat/lonely"; "" for what is shown when it is pressed.
        title: What is shared, if not the whole page.
    """
    label = string_in("share.copy", language) if not title else f"{string_in('share', language)}: {title}"
    words = "" if title else f"<span>{escape(string_in('share', language))}</span>"
    name = f'aria-label="{escape(label)}" title="{escape(label)}"'
    return f'<button type="button" class="fa-share" data-address="{escape(address)}" {name}>{ICON}{words}</button>'


add_computed_strings({"share.button": button_html})
