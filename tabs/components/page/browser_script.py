"""Scripts of the whole page for what Gradio's components can't do; each file of `scripts/` says what it does."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from funaudio_core.audio.container import SUFFIXES
from funaudio_core.i18n.po_files import language_codes
from tabs.components.page.page_names import ALIASES
from tabs.components.sharing import describe
from tabs.components.strings import add_strings, strings_by_language

CLIP_CLASS = "fa-clip"  # of the clip inputs
KEPT_CLASS = "fa-kept"  # of inputs whose values survive a reload of the page; each needs an id
# Returns the words of a table by language that the page is in, such as zh-CN.
IN_LANGUAGE = """const inLanguage = (table) => {
  const language = document.documentElement.lang;
  return table[language] ?? table[language.split('-')[0]] ?? table.en;
};"""
_SCRIPTS = sorted((Path(__file__).parents[1] / "scripts").glob("*.js"))
add_strings(
    {
        "microphone.insecure": (
            "The browser gives the microphone only to pages at https:// or localhost. "
            "Upload a recording instead, or open this page with https.",
            "浏览器仅允许 https:// 或 localhost 页面使用麦克风。请改为上传录音，或通过 https 打开本页。",
        ),
        "microphone.denied": (
            "The browser doesn't allow this page to use the microphone. Allow it with the icon beside the address, "
            "then record again; or upload a recording.",
            "浏览器未允许本页使用麦克风。请点击地址栏旁的图标允许后重新录制，或上传录音。",
        ),
        "microphone.framed": (
            "This page is shown inside another one, which may not give it the microphone. "
            "Open it in a tab of its own, or upload a recording.",
            "本页嵌在其他网页中，可能因此无法使用麦克风。请在单独的标签页中打开，或上传录音。",
        ),
        "microphone.open": ("Open in a tab of its own", "在单独的标签页中打开"),
        "microphone.unsupported": (
            "This browser can't record. Upload a recording, or open this page with another browser.",
            "此浏览器无法录音。请上传录音，或使用其他浏览器打开本页。",
        ),
        "microphone.missing": (
            "No microphone found. Connect one and record again, or upload a recording.",
            "未找到麦克风。请连接麦克风后重新录制，或上传录音。",
        ),
        "microphone.busy": (
            "The microphone can't be opened. Close other programs that use it and record again, or upload a recording.",
            "无法打开麦克风。请关闭其他正在使用它的程序后重新录制，或上传录音。",
        ),
    }
)
# Reasons why a microphone can't be used: the script's own, and names of the browser's errors.
_REASONS = {
    "insecure": "microphone.insecure",
    "NotAllowedError": "microphone.denied",
    "NotFoundError": "microphone.missing",
    "NotReadableError": "microphone.busy",
    "AbortError": "microphone.busy",
    "OverconstrainedError": "microphone.missing",
    "SecurityError": "microphone.denied",
    "framed": "microphone.framed",
    "unsupported": "microphone.unsupported",
}


def head(pages: Sequence[str]) -> str:
    """Return the scripts as HTML for the head of the page. pages: Ids of the tabs of the app."""
    constants = {
        "SUFFIXES": SUFFIXES.split(","),
        "REASONS": {reason: strings_by_language(key) for reason, key in _REASONS.items()},
        "OPEN_APART": strings_by_language("microphone.open"),
        "PAGES": list(pages),
        "ALIASES": ALIASES,
        "UNKNOWN_PAGE": strings_by_language("page.unknown"),
        "TITLES": {page: _titles(page) for page in pages},
        "SHARING": {name: strings_by_language(f"share.{name}") for name in ("copied", "select", "close")},
        "CLIP_CLASS": CLIP_CLASS,
        "KEPT_CLASS": KEPT_CLASS,
    }
    lines = [f"const {name} = {json.dumps(value)};" for name, value in constants.items()]
    lines.append(IN_LANGUAGE)
    lines += [path.read_text(encoding="utf-8") for path in _SCRIPTS]
    return "<script>{\n" + "\n".join(lines) + "}</script>"


def _titles(page: str) -> dict[str, str]:
    """Return the title of the browser's tab for a page, by language."""
    return {language: describe(page, "", language).title for language in language_codes()}


def keep(page: str, name: str) -> dict[str, Any]:
    """Return the options of a text box or a language picker whose value survives a reload, outside of accordions.

    Gradio adds what an accordion holds when it is opened; until then a kept value would have no effect.

    Args:
        page: Name of the page.
        name: Name of the input, unique on the page.
    """
    return {"elem_id": f"fa-{page}-{name}".replace("_", "-"), "elem_classes": KEPT_CLASS}
