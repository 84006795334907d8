"""Player that follows the text of a chapter word by word; see the scripts beside this module and routes.py."""

from __future__ import annotations

import json
import secrets
from pathlib import Path

import gradio as gr

from tabs.audiobook.page_strings import PLAYER
from tabs.components.strings import STRINGS

SCRIPTS = ("read_along.js", "read_along_sound.js", "read_along_text.js", "read_along_controls.js")
STYLE = """
.fa-empty { display: none }
.fa-bar, .fa-seek { display: flex; gap: 10px; align-items: center; flex-wrap: wrap }
.fa-bar button { min-height: 40px; border-radius: 20px; border: 1px solid var(--border-color-primary); cursor: pointer }
.fa-bar button { padding: 0 12px; background: var(--button-secondary-background-fill); color: var(--body-text-color) }
.fa-bar .fa-toggle { width: 44px; height: 44px; border: 0; border-radius: 50%; padding: 0; display: grid }
.fa-bar .fa-toggle { background: var(--color-accent); place-items: center; flex: none }
.fa-toggle i { width: 0; height: 16px; border: 0 solid #fff; box-sizing: border-box; margin-left: 3px }
.fa-toggle i { border-width: 8px 0 8px 14px; border-color: transparent transparent transparent #fff }
.fa-toggle.fa-sounding i { width: 14px; border-width: 0 4px; border-color: #fff; margin: 0 }
.fa-bar label { display: flex; gap: 6px; align-items: center; font-size: .85rem; min-width: 0 }
.fa-bar select { max-width: 15rem; padding: 6px; border-radius: 8px; color: var(--body-text-color); min-width: 0 }
.fa-bar select { background: var(--input-background-fill); border: 1px solid var(--border-color-primary) }
.fa-seek { margin: 8px 0; flex-wrap: nowrap } .fa-seek input { flex: 1; accent-color: var(--color-accent) }
.fa-clock { font-variant-numeric: tabular-nums; white-space: nowrap }
.fa-progress { margin: 4px 0; font-size: .9rem; font-weight: 600 }
.fa-flags { font-size: .9rem } .fa-flags .fa-flag { background: none; border: 0; box-shadow: none; color: inherit }
.fa-flag { text-decoration: underline; cursor: pointer; text-align: left }
.fa-page { height: min(60vh, 34rem); overflow-y: auto; padding: 12px 16px; border-radius: 12px; position: relative }
.fa-page { border: 1px solid var(--border-color-primary); line-height: 1.9; font-size: 1.05rem }
.fa-page h3 { font-size: 1.2rem; margin: 8px 0 } .fa-page p { margin: 0 0 .8em }
.fa-verse { white-space: pre-line } .fa-note { font-size: .9em }
.fa-line { color: var(--body-text-color) } .fa-line .fa-word { color: inherit; cursor: pointer; border-radius: 3px }
.fa-voice-0 { color: var(--fa-voice-0) } .fa-voice-1 { color: var(--fa-voice-1) }
.fa-voice-2 { color: var(--fa-voice-2) } .fa-voice-3 { color: var(--fa-voice-3) }
.fa-voice-4 { color: var(--fa-voice-4) } .fa-voice-5 { color: var(--fa-voice-5) }
.fa-voice-6 { color: var(--fa-voice-6) } .fa-voice-7 { color: var(--fa-voice-7) }
.fa-unmade { font-style: italic }
.fa-current { text-decoration: underline 2px var(--color-accent); text-underline-offset: 5px }
.fa-who { font-size: .72rem; line-height: 1.5; font-weight: 600; font-style: normal; cursor: pointer; color: inherit }
.fa-page .fa-who { background: none; box-shadow: none; border: 1px solid currentColor; padding: 0 6px }
.fa-who { border-radius: 6px; vertical-align: 2px }
.fa-line .fa-now { background: #ffd95e; color: #1c1917 }
@media (max-width: 480px) { .fa-bar select { max-width: 11rem } .fa-page { padding: 10px } }
"""


def build_player() -> gr.HTML:
    """Add the player. Its value is that of player_value(); it selects the line that the listener wants to change."""
    columns = [{name: STRINGS[_key(name)][column] for name in PLAYER} for column in (0, 1)]
    folder = Path(__file__).parent
    script = "\n".join((folder / name).read_text(encoding="utf-8") for name in SCRIPTS)
    return gr.HTML(
        player_value(""),
        html_template='<div class="fa-reader-place"></div>',
        css_template=STYLE,
        js_on_load=f"const LABELS = {json.dumps(columns)};\n{script}",
        elem_id="fa-read-along",
    )


def _key(name: str) -> str:
    return "audiobook.player" if name == "player" else f"audiobook.player.{name}"


def player_value(narration_id: str, *, plays: bool = False, is_changed: bool = False) -> str:
    """Return the value of the player.

    Args:
        narration_id: Id of the narration; "" for none.
        plays: Start as soon as there is sound.
        is_changed: The narration was changed, so the player asks for what is new.
    """
    revision = secrets.token_hex(4) if is_changed else ""
    return json.dumps({"id": narration_id, "revision": revision, "play": plays})
