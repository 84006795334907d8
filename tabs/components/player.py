"""A player that starts with the first chunk of speech and can be silenced at once.

Gradio's own streaming player waits for several pieces before it starts and can't be flushed; this one schedules raw
PCM in the browser's audio clock (`scripts/speech_player.js`). The value is one string that only grows, of which Gradio
sends what was added.
"""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Sequence

import gradio as gr

from funaudio_core.types import Audio, SpeechChunk, Word
from tabs.components.strings import add_strings, strings_by_language, t

SILENT = ""  # the value that stops the sound and empties the player
add_strings(
    {
        "play": ("Play or pause", "播放或暂停"),
        "player.held": ("Press play: the browser waits for a tap.", "请点击播放：浏览器需要一次点击才能发声。"),
        "player.position": ("Position", "播放位置"),
        "player.previous": ("Compare: previous take", "对比：上一次的结果"),
        "player.newest": ("Compare: new take", "对比：最新的结果"),
    }
)
_LABELS = {"play": "play", **{name: f"player.{name}" for name in ("held", "position", "previous", "newest")}}

TEMPLATE = """
<div class="fa-player" role="group">
  <button type="button" class="fa-toggle"><i></i></button>
  <canvas class="fa-wave" role="slider" tabindex="0"></canvas>
  <span class="fa-clock">–</span>
  <button type="button" class="fa-compare" hidden></button>
  <div class="fa-held" role="status"></div>
  <div class="fa-words" dir="auto"></div>
</div>
"""

STYLE = """
.fa-player { display: flex; flex-wrap: wrap; align-items: center; gap: 4px 12px; min-height: 44px }
.fa-toggle { width: 40px; height: 40px; border-radius: 50%; border: 0; color: #fff; cursor: pointer }
.fa-toggle { background: var(--color-accent); display: grid; place-items: center; flex: none }
.fa-toggle i { width: 0; height: 14px; border: 0 solid #fff; box-sizing: border-box }
.fa-toggle i { border-width: 7px 0 7px 12px; border-color: transparent transparent transparent #fff; margin-left: 3px }
.fa-toggle.fa-sounding i { width: 12px; border-width: 0 4px; border-color: #fff; margin: 0 }
.fa-wave { flex: 1 1 120px; min-width: 0; width: 120px; height: 44px; cursor: pointer; color: var(--color-accent) }
.fa-wave { --fa-unheard: var(--neutral-300); border-radius: 4px } .dark .fa-wave { --fa-unheard: var(--neutral-600) }
.fa-clock { font-variant-numeric: tabular-nums; min-width: 6.5em; text-align: right }
.fa-compare { border: 1px solid var(--border-color-primary); border-radius: 8px; padding: 3px 10px; font-size: .85rem }
.fa-compare { background: transparent; color: var(--body-text-color); cursor: pointer }
.fa-compare[hidden] { display: none }
.fa-held { flex-basis: 100%; font-size: .85rem; color: var(--body-text-color-subdued) }
.fa-held:empty { display: none }
.fa-words { flex-basis: 100%; position: relative; max-height: 7.5em; overflow-y: auto; line-height: 1.6 }
.fa-words span { cursor: pointer; border-radius: 4px } .fa-words span:hover { text-decoration: underline }
.fa-words .fa-word { background: var(--primary-600); color: #fff; box-shadow: 0 0 0 2px var(--primary-600) }
"""

# Gradio adds the scripts of the page while it adds components.
SCRIPT = """
const build = () => {
  if (!window.buildSpeechPlayer) setTimeout(build, 20);
  else window.buildSpeechPlayer(element, props, watch, OPTIONS);
};
build();
"""


def build_player(name: str, *, compares: bool = False, label: str = "", visible: bool = True) -> gr.HTML:
    """Add the player.

    Args:
        name: Element id, unique in the app.
        compares: Offer the previous take beside the new one, at the same level and position.
        label: Label; "" for that of the pages with one player.
        visible: Show it.
    """
    labels = {label: strings_by_language(key) for label, key in _LABELS.items()}
    options = json.dumps({"name": name, "labels": labels, "compares": compares})
    return gr.HTML(
        SILENT,
        html_template=TEMPLATE,
        css_template=STYLE,
        js_on_load=f"const OPTIONS = {options};{SCRIPT}",
        label=label or t("live"),
        visible=visible,
        show_label=True,
        container=True,
        elem_id=name,
        elem_classes="fa-live fa-boxed",
    )


class Playback:
    """The growing value of the player for one request."""

    def __init__(self, take: str = "", part: int = 0, *, is_waiting: bool = False) -> None:
        """Create an empty value.

        Args:
            take: Letters and digits that name a take which several requests make together.
            part: Number of the request; its audio is played after that of the requests before it.
            is_waiting: The take is played when the visitor asks for it, not at once.
        """
        self._value = ""
        self._name = f"{'=' if is_waiting else ''}{take or secrets.token_hex(6)}+{part}"

    def add(self, chunk: Audio, words: Sequence[Word] = (), *, mark: int = 0) -> str:
        """Return the value with more audio at its end. The first chunk sets the sample rate of the take.

        Args:
            chunk: The audio.
            words: Its words with times from its start; the player shows them and plays from the one that is clicked.
            mark: Number by which the page's script finds what is heard; 0 for none.
        """
        if not self._value:
            self._value = f"{self._name}|{chunk.rate}|"
        if words:
            table = [[word.text, round(word.start, 2), round(word.end, 2)] for word in words]
            self._value += f"~{_base64(json.dumps(table, ensure_ascii=False).encode())}."
        self._value += f"{mark}:" if mark else ""
        self._value += f"{_base64(chunk.pcm16().tobytes())}."
        return self._value

    def add_speech(self, chunk: SpeechChunk) -> str:
        """Return the value with a chunk at its end; without times of words, its text is one long word."""
        whole = (Word(chunk.text, 0.0, chunk.audio.duration),) if chunk.text.strip() else ()
        return self.add(chunk.audio, chunk.words or whole)


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode()
