"""Theme and style sheet. Colors are Gradio's variables, which follow light and dark mode."""

from __future__ import annotations

import gradio as gr

THEME = gr.themes.Soft(
    primary_hue="indigo",
    secondary_hue="pink",
    font=["system-ui", "Segoe UI", "Noto Sans", "Noto Sans CJK SC", "sans-serif"],
    font_mono=["ui-monospace", "SFMono-Regular", "Menlo", "monospace"],
)

CSS = """
.fa-title p { font-size: 1.5rem; font-weight: 700; margin: 0 }
.fa-about p { font-size: 1.05rem }
.fa-note p { color: var(--body-text-color-subdued); font-size: .85rem }
.fa-models { font-size: .85rem; color: var(--body-text-color-subdued) }
.fa-badge { border-radius: 6px; padding: 1px 7px; font-size: .75rem; color: #fff; text-transform: uppercase }
.fa-badge { white-space: nowrap }
.fa-lite { background: #2f7f74 } .fa-full { background: #5a4fcf } .fa-remote { background: #b0562f }
.fa-status { min-height: 1.6em; font-weight: 600 }
.fa-notes { font-weight: 400; font-size: .85rem; list-style: "ⓘ "; padding-left: 1.4em; margin: 2px 0 }
.fa-transcript { line-height: 1.9 }
.fa-segment { border-bottom: 3px solid var(--fa-emotion); padding-bottom: 1px }
.fa-speaker { display: block; font-weight: 600; margin-top: 6px }
.fa-speaker::before { content: "● "; color: var(--fa-speaker) }
.fa-captions { min-height: 8em; font-size: 1.15rem; line-height: 1.7 } .fa-partial { opacity: .6 }
.block.fa-boxed { padding-top: 34px !important }
.prose.fa-boxed { padding-top: 0 !important }
table.fa-check, .fa-check tbody, .fa-check tr { border: 0 !important }
.fa-findings { list-style: none; padding-left: 0 } .fa-findings li { margin: 2px 0 }
.fa-refuse { color: #d0443f; font-weight: 600 } .fa-warn { color: #b97a00 }
.fa-boxed .fa-check, .fa-report .fa-check { width: 100%; border-collapse: collapse; font-size: .9rem; border: 0 }
.fa-check caption { text-align: left; font-weight: 600; padding: 4px 0 }
.fa-check tr > * { text-align: left; padding: 4px 10px 4px 0 !important; border-width: 0 0 1px !important }
.fa-check tr > * { border-color: var(--border-color-primary) !important; vertical-align: top }
.fa-check td:nth-child(2) { white-space: nowrap }
.fa-microphone-note { padding: 6px 10px; color: #b97a00; font-size: .9rem }
.fa-hands-free label { max-width: calc(100% - 3rem) }
@media (max-width: 480px) { .fa-choices .form > * { flex-basis: 100% } }
.fa-tags { gap: 8px } .fa-tags button { flex: 0 0 auto; min-width: max-content }
"""
