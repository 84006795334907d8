"""Instructions and their effects as HTML."""

from __future__ import annotations

from html import escape
from typing import Any

from funaudio_core.engines import registry
from funaudio_core.engines.protocols import Synthesizer
from funaudio_core.engines.spec import EngineSpec
from funaudio_core.tasks import synthesis
from funaudio_core.text import instructions
from server.request import localize

FIRST_INSTRUCTION = "Speak slowly and very happily."
MAX_UNKNOWN_WORDS = 12  # of an instruction to show


def understood_html(instruction: str, language: str, spec: EngineSpec[Synthesizer]) -> str:
    """Return what the engine is sent for an instruction, or what is understood for an engine without instructions.

    Raises:
        BadInput: The instruction is too long.
    """
    if spec.instruction_prompt is None:
        return interpretation_html(instructions.interpret(instruction))
    words = synthesis.instruction_for(synthesis.style(instruction, engine=spec.name), language, spec.name)
    if words:
        sentence = localize("Instruction sent to {engine}: “{words}”", engine=spec.title, words=words)
    else:
        sentence = localize(
            "No instruction sent to {engine}: the voice speaks as in its reference clip.", engine=spec.title
        )
    return f'<ul class="fa-findings"><li>→ {escape(sentence)}</li></ul>'


def interpretation_html(found: instructions.Interpretation) -> str:
    """Return the wishes of an instruction, how they are applied, and what is not supported or not recognized."""
    rows = []
    if found.wishes:
        wishes = localize("{words}", words=found.wishes)
        applied = " · ".join(map(localize, instructions.describe(found.style)))
        rows += [f"<li>✓ {escape(wishes)}</li>", f"<li>→ {escape(applied)}</li>"]
    else:
        none = localize("No instruction recognized, so the text is spoken normally. Try one of the suggestions.")
        rows.append(f"<li>{none}</li>")
    rows += [f'<li class="fa-warn">⚠ {escape(localize(reason))}</li>' for reason in found.unsupported]
    if found.unknown:
        unknown = localize("Not recognized: {words}", words=found.unknown[:MAX_UNKNOWN_WORDS])
        rows.append(f'<li class="fa-warn">⚠ {escape(unknown)}</li>')
    return f'<ul class="fa-findings">{"".join(rows)}</ul>'


def change_html(changes: tuple[instructions.Change, ...]) -> str:
    """Return the measured changes as a table."""
    head = f"<tr><th></th><th>{localize('Neutral version')}</th><th>{localize('With instruction')}</th><th></th></tr>"
    rows = "".join(
        f"<tr><th>{localize(c.name)}</th><td>{c.before:.2f}</td><td>{c.after:.2f}</td><td>{localize(c.unit)}</td></tr>"
        for c in changes
    )
    return f'<table class="fa-check">{head}{rows}</table>'


def interpretation_dict(instruction: str) -> dict[str, Any]:
    """Return the interpretation of an instruction as plain values for the API."""
    found = instructions.interpret(instruction)
    return {
        "understood": list(map(localize, found.wishes)),
        "applied": list(map(localize, instructions.describe(found.style))),
        "unsupported": list(map(localize, found.unsupported)),
        "unknown": list(found.unknown),
    }


def first_instruction(spec: EngineSpec[Synthesizer]) -> str:
    """Return the instruction that the page starts with."""
    return spec.instruction_prompt.presets[0][1] if spec.instruction_prompt else FIRST_INSTRUCTION


def preset_choices(spec: EngineSpec[Synthesizer]) -> list[tuple[str, str]]:
    """Return suggested instructions as (label, instruction) pairs."""
    if spec.instruction_prompt:
        return [(f"{localize(wish)} · {words}", words) for wish, words in spec.instruction_prompt.presets]
    return [(words, words) for row in instructions.PRESETS for words in (row.en, row.zh)]


def event_tags() -> list[instructions.EventTag]:
    """Return the event tags that any available engine supports."""
    synthesizers = registry.available(registry.SYNTHESIZERS).values()
    supported = frozenset().union(*(spec.capabilities for spec in synthesizers))
    return [tag for tag in instructions.EVENT_TAGS if tag.capability in supported]


def note_key(spec: EngineSpec[Synthesizer]) -> str:
    """Return the key of the note on what instructions can achieve."""
    return "instruct.note.sent" if spec.instruction_prompt else "instruct.note"
