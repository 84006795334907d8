"""The Start page: what the app is, its models, and a demonstration of each page that is heard at once."""

from __future__ import annotations

from html import escape
from typing import Any

import gradio as gr

from funaudio_core.engines import loader, registry
from funaudio_core.engines.spec import EngineSpec
from funaudio_core.voices.examples import EXAMPLES
from server.events import handler
from server.request import language as language_of_visitor
from tabs.components.demonstrations import Demonstration, of_page
from tabs.components.layout import badge
from tabs.components.page.page_load import on_page_load
from tabs.components.sharing import button_html
from tabs.components.strings import add_computed_strings, add_strings, string_in, t

NAME = "start"
FILES_URL = "examples"  # relative, so that the app may be in a folder of a site
MAX_QUOTED_CHARACTERS = 200
# The demonstration of each page that the start page plays.
SHOWN = (
    ("recognize", "good-news"),
    ("zero_shot", "museum-guide"),
    ("cross_lingual", "voice-es"),
    ("instruct", "angry"),
    ("translate", "library"),
    ("chat", "lonely"),
    ("audio_chat", "question"),
    ("audiobook", "fog"),
    ("podcast", "lighthouses"),
    ("evaluate", "lite-models"),
    ("train", "products"),
)
ROLES: tuple[tuple[str, tuple[dict[str, EngineSpec[Any]], ...]], ...] = (
    ("start.listens", (registry.RECOGNIZERS,)),
    ("start.thinks", (registry.CHATBOTS, registry.TRANSLATORS)),
    ("start.speaks", (registry.SYNTHESIZERS,)),
)
add_strings(
    {
        "start.tab": ("Start", "首页"),
        "start.about": (
            "Hear speech models listen, think and speak: press play, or open a page.",
            "听语音模型如何聆听、思考与说话：点击播放，或打开页面。",
        ),
        "start.listens": ("Listens", "聆听"),
        "start.thinks": ("Thinks", "思考"),
        "start.speaks": ("Speaks", "说话"),
        "start.loaded": ("ready", "已就绪"),
        "start.unloaded": ("loads on first use", "首次使用时加载"),
        "start.download": ("can be downloaded", "可下载"),
        "start.absent": ("not on this server", "本服务器未提供"),
        "start.in": ("In", "输入"),
        "start.out": ("Out", "输出"),
        "start.open": ("Open it", "打开"),
        "start.play": ("Play", "播放"),
        "start.clips": ("Example clips", "示例音频"),
        "start.languages": ("Languages", "语种"),
        "start.before": ("Before", "训练前"),
        "start.after": ("After", "训练后"),
        "start.stored": (
            "Everything here was made beforehand by the models of the lite tier; each page makes it anew.",
            "此处内容均由轻量版模型预先生成；可在各页面重新生成。",
        ),
    }
)


@handler
def on_open() -> str:
    """Show the models in their present state."""
    return family_html(language_of_visitor())


def family_html(language: str) -> str:
    """Return the models of this server by what they do, with tier and state."""
    blocks = []
    for role, tables in ROLES:
        models = {spec.title: (spec, table) for table in tables for spec in table.values()}  # some do two tasks
        rows = "".join(_model_html(spec, table, language) for spec, table in models.values())
        blocks.append(f"<section><h2>{string_in(role, language)}</h2><ul>{rows}</ul></section>")
    arrow = '<span class="fa-arrow" aria-hidden="true">→</span>'
    return f'<div class="fa-family">{arrow.join(blocks)}</div>'


def _model_html(spec: EngineSpec[Any], table: dict[str, EngineSpec[Any]], language: str) -> str:
    is_offered = spec.name in registry.available(table)
    classes = "" if is_offered else ' class="fa-absent"'
    state = string_in(_state_key(spec, is_offered=is_offered), language)
    return f"<li{classes}>{badge(spec, language)} <small>{state}</small></li>"


def _state_key(spec: EngineSpec[Any], *, is_offered: bool) -> str:
    """Return the key of the words on whether a model is loaded."""
    if loader.get_loaded(spec) is not None:
        return "start.loaded"
    if not is_offered:
        return "start.absent"
    return "start.download" if spec.on_demand and loader.download_size(spec) else "start.unloaded"


def cards_html(language: str) -> str:
    """Return a card for each page. language: Code of a language of the interface."""
    shown = [next(each for each in of_page(page) if each.name == name) for page, name in SHOWN]
    return f'<div class="fa-cards">{"".join(_card_html(each, language) for each in shown)}</div>'


def _card_html(demonstration: Demonstration, language: str) -> str:
    page, title = demonstration.page, demonstration.title(language)
    link = f"#{page}/{demonstration.name}"
    opened = string_in("start.open", language)
    return (
        f'<article><h2><a href="#{page}">{string_in(f"{page}.tab", language)}</a></h2><p>{escape(title)}</p>'
        f"<dl><dt>{string_in('start.in', language)}</dt><dd>{_input_html(demonstration, language)}</dd>"
        f"<dt>{string_in('start.out', language)}</dt><dd>{_output_html(demonstration, language)}</dd></dl>"
        f'<footer><a class="fa-open" href="{link}" aria-label="{escape(f"{opened}: {title}")}">{opened}</a>'
        f"{button_html(language, f'{page}/{demonstration.name}', title)}</footer></article>"
    )


def _input_html(demonstration: Demonstration, language: str) -> str:
    given = demonstration.inputs
    parts = [f"<q>{escape(_shorten(given['text']))}</q>"] if "text" in given else []
    if "terms" in given:
        parts.append(f"<q>{escape(', '.join(given['terms'].splitlines()))}</q>")
    if "question" in given:
        parts.append(f"<q>{escape(given['question'])}</q>")
    if "instruction" in given:
        parts.append(f'<span class="fa-manner">{escape(given["instruction"])}</span>')
    if scores := demonstration.facts.get("scores"):
        counts = {"start.clips": scores[0]["utterances"], "start.languages": scores[0]["languages"]}
        parts.append(", ".join(f"{string_in(key, language)}: {count}" for key, count in counts.items()))
    if clip := demonstration.clip:
        text = next((row.text for row in EXAMPLES if row.file == clip.name), demonstration.facts.get("heard", ""))
        parts.insert(0, _play_html(given["clip"], text, language))
    return " ".join(parts)


def _shorten(text: str) -> str:
    """Return the beginning of a text, in one line."""
    words = " ".join(text.split())
    return words if len(words) <= MAX_QUOTED_CHARACTERS else f"{words[:MAX_QUOTED_CHARACTERS].rstrip()}…"


def _output_html(demonstration: Demonstration, language: str) -> str:
    texts = demonstration.texts
    if "scores" in demonstration.facts:
        return _scores_html(demonstration.facts["scores"], language)
    words = texts.get("reply") or texts.get("translation") or texts.get("transcript") or ""
    parts = [f"<q>{escape(words)}</q>"] if words else []
    if "result" in demonstration.facts:
        parts = [_training_html(demonstration.facts, language)]
    if result := demonstration.result:
        said = words or demonstration.inputs.get("text") or demonstration.title(language)
        parts.insert(0, _play_html(f"{result.parent.name}/{result.name}{_span(demonstration)}", said, language))
    return " ".join(parts)


def _scores_html(scores: list[dict[str, Any]], language: str) -> str:
    """Return a table of error rates by model."""
    rows = []
    for row in scores:
        task = string_in(f"evaluate.task.{row['task']}", language)
        title = f"{escape(row['system'])}<br><small>{task}</small>"
        rows.append(f'<tr><th scope="row">{title}</th><td>{row["measure"]} {100 * row["rate"]:.1f} %</td></tr>')
    return f'<table class="fa-check">{"".join(rows)}</table>'


def _training_html(facts: dict[str, Any], language: str) -> str:
    """Return the sentence that is played, as it was recognized before and after the training."""
    text = facts["result"]["texts"][facts["shown"]]
    return " ".join(
        f'<span class="fa-manner">{string_in(f"start.{when}", language)}:</span> <q>{escape(text[when])}</q><br>'
        for when in ("before", "after")
    )


def _span(demonstration: Demonstration) -> str:
    """Return the part of a result that is played, as the end of an address; "" for the whole."""
    facts = demonstration.facts
    if "shown" not in facts:
        return ""
    start, end = facts["times"][facts["shown"] :][:2]
    return f"#t={start},{end}"


def _play_html(file: str, text: str, language: str) -> str:
    """Return a button that plays a file. text: What is said in it."""
    label = escape(f"{string_in('start.play', language)}: {_shorten(text)}")
    attributes = f'data-file="{FILES_URL}/{file}" aria-label="{label}" aria-pressed="false"'
    return f'<button type="button" class="fa-play" {attributes}></button>'


def build() -> None:
    """Add the page."""
    gr.Markdown(t("start.about"), elem_classes="fa-about")
    add_computed_strings({"start.cards": cards_html, "start.family": family_html})
    family = gr.HTML(t("start.family"), elem_classes="fa-start fa-models-of-server")
    gr.HTML(t("start.cards"), elem_classes="fa-start")
    gr.Markdown(t("start.stored"), elem_classes="fa-note")
    on_page_load(on_open, family)
