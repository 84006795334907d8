"""Theme and style sheet. Colors are Gradio's variables, which follow light and dark mode.

Labels are quiet, so that content stands out; one color is for actions, and each tier has its own.
"""

from __future__ import annotations

import gradio as gr

THEME = gr.themes.Soft(
    primary_hue="indigo",
    secondary_hue="pink",
    neutral_hue="slate",
    radius_size="lg",
    font=["system-ui", "Segoe UI", "Noto Sans", "Noto Sans CJK SC", "sans-serif"],
    font_mono=["ui-monospace", "SFMono-Regular", "Menlo", "monospace"],
).set(
    body_text_color_subdued="*neutral_600",
    body_text_color_subdued_dark="*neutral_300",
    link_text_color="*primary_600",
    link_text_color_dark="*primary_300",
    link_text_color_hover="*primary_700",
    link_text_color_hover_dark="*primary_200",
    link_text_color_visited="*primary_600",
    link_text_color_visited_dark="*primary_300",
    link_text_color_active="*primary_600",
    link_text_color_active_dark="*primary_300",
    block_border_width="1px",
    block_border_width_dark="1px",
    block_border_color="*border_color_primary",
    block_label_background_fill="transparent",
    block_label_background_fill_dark="transparent",
    block_label_text_color="*body_text_color_subdued",
    block_label_text_color_dark="*body_text_color_subdued",
    block_label_text_weight="600",
    block_label_border_width="0px",
    block_label_shadow="none",
    block_title_background_fill="transparent",
    block_title_background_fill_dark="transparent",
    block_title_text_color="*body_text_color_subdued",
    block_title_text_color_dark="*body_text_color_subdued",
    block_title_text_weight="600",
    block_title_padding="0",
    checkbox_border_color="*neutral_400",
    checkbox_label_background_fill_selected="*primary_600",
    checkbox_label_background_fill_selected_dark="*primary_600",
    input_border_width="1px",
    input_border_color="*border_color_primary",
    input_shadow="none",
    input_shadow_focus="0 0 0 3px *primary_100",
    input_shadow_focus_dark="0 0 0 3px *primary_900",
    button_primary_background_fill="*primary_600",
    button_primary_background_fill_hover="*primary_700",
    button_primary_background_fill_dark="*primary_600",
    button_primary_background_fill_hover_dark="*primary_700",
)

CSS = """
.fa-title h1 { font-size: 1.5rem; font-weight: 700; margin: 0 }
.column:has(> .fa-top-share) { position: relative }
.block.fa-top-share { position: absolute; right: 0; top: 0; width: auto; z-index: 45 }
.fa-top-share, .fa-top-share .html-container { padding: 0; overflow: visible !important }
.fa-share { display: inline-flex; align-items: center; gap: 6px; height: 32px; padding: 0 10px; cursor: pointer }
.fa-share { border: 1px solid var(--border-color-primary); border-radius: 8px; background: transparent }
.fa-share { color: var(--body-text-color-subdued); font-size: .85rem }
.fa-share svg { width: 16px; height: 16px; fill: none; stroke: currentColor; stroke-width: 2; stroke-linecap: round }
.fa-page-note { padding: 6px 10px; border-left: 3px solid var(--color-accent) }
.fa-share-note { position: absolute; right: 0; top: 100%; z-index: 50; margin-top: 4px; padding: 6px 10px }
.fa-share-note { border: 1px solid var(--border-color-primary); border-radius: 8px; font-size: .85rem }
.fa-share-note { background: var(--block-background-fill); white-space: nowrap; box-shadow: var(--shadow-drop-lg) }
.fa-share-note input { display: block; width: min(320px, 70vw); margin: 4px 0; padding: 4px 6px; color: inherit }
.fa-share-note input { background: var(--input-background-fill); border: 1px solid var(--border-color-primary) }
.fa-share-note button { text-decoration: underline; cursor: pointer }
.fa-cards footer, .fa-top-share .prose { position: relative }
.fa-cards footer { margin-top: auto; display: flex; justify-content: space-between; align-items: center }
.fa-about p { font-size: 1.15rem; font-weight: 600; margin: 0 }
.fa-note p { color: var(--body-text-color-subdued); font-size: .85rem }
.fa-models { font-size: .85rem; color: var(--body-text-color-subdued) }
.fa-badge { border-radius: 6px; padding: 1px 7px; font-size: .75rem; color: #fff; text-transform: uppercase }
.fa-badge { white-space: nowrap }
.fa-lite { background: #2f7f74 } .fa-full { background: #5a4fcf } .fa-remote { background: #b0562f }
.fa-models .html-container { padding: 0 }
.fa-about.block, .fa-models.block { margin-bottom: calc(4px - var(--layout-gap)) }
.fa-status { min-height: 1.6em; font-weight: 600 }
.fa-status.block:has(> .html-container > .prose:empty) { display: none }
/* Results appear once there are any. Gradio splits selectors at commas, even inside of parentheses. */
.block.fa-boxed:has(> .html-container > .prose:empty) { display: none }
.block.fa-live:not(:has([data-take])) { display: none }
.fa-results:not(:has(.fa-transcript-line)) > .fa-translation { display: none }
.fa-results > .block:has(> .empty) { display: none }
.fa-results > .block:not(.fa-status):has(> .html-container > .prose:empty) { display: none }
/* The player holds the take; Gradio's own shows one that was made before the page was reloaded. */
.fa-results:has([data-made]:not([data-made="0.00"]):not([data-partial])) > .fa-take { display: none }
.fa-results > .row:not(:has(> button:enabled)) { display: none }
.fa-results > .row { flex-wrap: nowrap } .fa-results > .row > button { min-width: 0 !important }
.fa-results:not(:has(> .row > button:enabled)) > .fa-details { display: none }
.fa-results:not(:has(> .fa-boxed:not(.fa-live) > * > .prose:not(:empty))) > .fa-written-reply { display: none }
.fa-notes { font-weight: 400; font-size: .85rem; list-style: "ⓘ "; padding-left: 1.4em; margin: 2px 0 }
/* Each paragraph runs in the direction of its own letters, whatever that of the interface is. */
textarea, input[type=text], .prose p, .prose li, .prose q, .message p, .table-wrap td span { unicode-bidi: plaintext }
.fa-transcript, .fa-captions, .fa-show, .fa-alignment { unicode-bidi: plaintext }
.fa-segment, .fa-piece { unicode-bidi: isolate }
.fa-transcript { line-height: 1.9 }
.fa-segment { border-bottom: 3px solid var(--fa-emotion); padding-bottom: 1px }
.fa-speaker { display: block; font-weight: 600; margin-top: 6px }
.fa-speaker::before { content: "● "; color: var(--fa-speaker) }
.fa-show { max-height: 420px; overflow-y: auto; position: relative } .fa-show h2 { margin: 10px 0 0; font-size: 1rem }
.fa-piece.fa-now { background: var(--color-accent-soft); border-radius: 4px } .fa-piece sup { cursor: help }
.fa-captions { min-height: 8em; font-size: 1.15rem; line-height: 1.7 } .fa-partial { opacity: .6 }
[role=tabpanel] button[role=tab].selected { color: var(--body-text-color) }
.fa-boxed > label > span { display: none }
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
.fa-demos { gap: 8px; align-items: center } .fa-demos > * { flex: 0 0 auto; min-width: max-content !important }
.fa-demos > .block { width: auto } .fa-demos-title .html-container { padding: 0 }
.fa-demos-title { font-size: .85rem; font-weight: 600; color: var(--body-text-color-subdued) }
@media (max-width: 480px) { .fa-demos { flex-wrap: nowrap; overflow-x: auto } }
/* The start page: the models, and a card for each page. */
.fa-family { display: flex; gap: 10px; align-items: stretch; flex-wrap: wrap }
.fa-family section, .fa-cards article { border: 1px solid var(--border-color-primary); border-radius: 12px }
.fa-family section, .fa-cards article { background: var(--block-background-fill); padding: 12px 16px }
.fa-family section { flex: 1 1 220px } .fa-family h2, .fa-cards h2 { margin: 0 0 6px; font-size: 1rem }
.fa-family ul { list-style: none; margin: 0; padding: 0 } .fa-family li { margin: 3px 0 }
.fa-arrow { align-self: center; font-size: 1.4rem; color: var(--body-text-color-subdued) }
.fa-cards { display: grid; gap: 12px; grid-template-columns: repeat(auto-fill, minmax(300px, 1fr)) }
.fa-cards article { display: flex; flex-direction: column } .fa-cards p { margin: 0 0 8px; font-weight: 600 }
.fa-cards dl { display: grid; grid-template-columns: auto 1fr; gap: 8px 12px; margin: 0 0 10px; align-items: start }
.fa-cards dt { color: var(--body-text-color-subdued); font-size: .85rem; line-height: 32px } .fa-cards dd { margin: 0 }
.fa-cards article a { padding: 0 } .fa-cards h2 a { text-decoration: none }
.fa-cards a.fa-open { font-weight: 600; text-align: left }
.fa-start .html-container { padding: 0 } .fa-cards .fa-manner { color: var(--body-text-color-subdued) }
.fa-absent, .fa-absent .fa-badge { color: var(--body-text-color-subdued) }
.fa-absent .fa-badge { background: transparent; box-shadow: inset 0 0 0 1px var(--border-color-primary) }
@media (max-width: 480px) { .fa-models-of-server { order: 1 } }  /* sounds first */
.fa-play { width: 32px; height: 32px; border: 0; border-radius: 50%; background: var(--color-accent); cursor: pointer }
.fa-play { position: relative; vertical-align: middle; margin-right: 6px }
.fa-play::before { content: ""; position: absolute; inset: 9px 0 0 12px; width: 0; height: 0 }
.fa-play::before { border: 7px solid transparent; border-left: 11px solid #fff; border-right: 0 }
.fa-play.fa-sounding::before { inset: 10px 0 0 10px; width: 12px; height: 12px; border: 0; background: #fff }
/* The button that runs a page stays in reach while its settings are scrolled. */
.fa-run > button { min-width: 0 !important }
.gradio-container { overflow: clip !important }
.fa-run { position: sticky; bottom: 0; z-index: 41; flex-wrap: nowrap }
.fa-run { padding: 8px 0; background: var(--body-background-fill) }
.fa-microphone-note { padding: 6px 10px; color: #b97a00; font-size: .9rem }
.fa-hands-free label { max-width: calc(100% - 3rem) }
.fa-check th { min-width: 5em }
@media (max-width: 480px) {
  .fa-choices .form > * { flex-basis: 100% }
  /* columns keep their words whole: the table scrolls */
  .table-container { overflow-x: auto !important } .table-wrap { min-width: 700px; font-size: .85rem }
}
.fa-scroll { overflow-x: auto } .fa-results > .row.fa-wrap { flex-wrap: wrap }
.fa-alignment { line-height: 1.9 } .fa-alignment ins { color: var(--fa-added); font-weight: 600 }
.fa-alignment del { color: var(--fa-removed) } .fa-alignment del + ins { margin-left: 2px }
.fa-alignment { --fa-added: #1d6f42; --fa-removed: #b3261e }
.dark .fa-alignment { --fa-added: #7ddba3; --fa-removed: #ff9d94 }
/* Listening tests: a player for each place, the buttons to vote. */
.fa-trial-text span { font-size: 1.05rem; margin-left: .6em } .fa-test-link, .fa-test-link .prose { position: relative }
.fa-test-link, .fa-test-link .html-container { padding: 0; overflow: visible !important }
.fa-test-link .fa-share-note { right: auto; left: 0 } .fa-votes { flex-wrap: nowrap }
.fa-system-title { padding: 6px 12px 0 }
.fa-listening > .block:has(> .html-container > .prose:empty) { display: none }
.fa-trial > .block:has(> .html-container > .prose:empty) { display: none }
.fa-listening > .row:not(:has(> button:enabled)):not(.fa-choices) { display: none }
@media (hover: none) { .fa-keys { display: none } }
/* The audiobook page: the book, its chapters, and a color for each voice of the text. */
.fa-book { display: flex; gap: 16px } .fa-book img { max-height: 150px; border-radius: 6px }
.fa-book h2 { margin: 0; font-size: 1.1rem }
.fa-book p { margin: 2px 0 }
.fa-chapters .wrap { max-height: 22rem; overflow-y: auto; flex-direction: column; flex-wrap: nowrap }
.fa-chapters .wrap label { width: 100%; flex: none } .fa-chapters .wrap label span { white-space: pre-line }
.fa-chapters .wrap label.selected { background: var(--background-fill-secondary); color: var(--body-text-color) }
.fa-cast { width: 100% } .fa-cast .fa-row { padding: 0; font-weight: 600; text-decoration: underline; cursor: pointer }
.fa-cast .fa-row { background: none; border: 0; box-shadow: none; color: var(--link-text-color); min-height: 24px }
.fa-written { margin: 0 0 4px; padding-left: 10px; border-left: 3px solid var(--color-accent) }
:root { --fa-voice-0: #9d174d; --fa-voice-1: #1d4ed8; --fa-voice-2: #047857; --fa-voice-3: #7c2d12 }
:root { --fa-voice-4: #6d28d9; --fa-voice-5: #0e7490; --fa-voice-6: #854d0e; --fa-voice-7: #334155 }
.dark { --fa-voice-0: #f9a8d4; --fa-voice-1: #93c5fd; --fa-voice-2: #6ee7b7; --fa-voice-3: #fdba74 }
.dark { --fa-voice-4: #c4b5fd; --fa-voice-5: #67e8f9; --fa-voice-6: #fde047; --fa-voice-7: #cbd5e1 }
.fa-tags { gap: 8px } .fa-tags button { flex: 0 0 auto; min-width: max-content }
/* The train page: a row for each clip, which becomes a card on a phone. */
.block.fa-notice { padding: 8px 12px; border-left: 3px solid var(--color-accent); font-weight: 600 }
body:not(.dark) .cm-content span { color: inherit !important }  /* of syntax, too light to read */
.fa-clips { max-height: 22rem; overflow-y: auto } .fa-clips .fa-play { margin: 0 }
.fa-clips input[type=text] { width: 100%; min-width: 11rem; padding: 4px 6px; color: inherit; border-radius: 6px }
.fa-clips input[type=text] { background: var(--input-background-fill); border: 1px solid var(--border-color-primary) }
.fa-clips input[type=text]:disabled { background: transparent; border-color: transparent; opacity: 1 }
.fa-clips th:first-child { min-width: 0; width: 40px }
.fa-clips input[type=checkbox] { width: 20px; height: 20px; accent-color: var(--color-accent) }
.fa-clips .fa-left-out input[type=text] { text-decoration: line-through; opacity: .6 }
.fa-clips .fa-alignment { margin: 0; line-height: 1.6 } .fa-report .fa-best { font-weight: 600 }
.fa-report svg { margin: 4px 0 } .fa-clips td:nth-child(2) { white-space: normal !important }
.fa-step h2 { font-size: 1.15rem; margin: 6px 0 }
@media (max-width: 480px) {
  .fa-clips thead { position: absolute; clip-path: inset(50%) }
  .fa-clips tr { display: grid; grid-template-columns: 40px 1fr; padding: 6px 0 }
  .fa-clips tr { border-bottom: 1px solid var(--border-color-primary) !important }
  .fa-clips tr > * { grid-column: 2; border: 0 !important; padding: 2px 0 !important }
  .fa-clips tr > :first-child { grid-column: 1; grid-row: 1 / 9 }
  .fa-clips [data-label]::before { content: attr(data-label) ": "; color: var(--body-text-color-subdued) }
  .fa-clips .fa-alignment { display: inline }
}
"""
