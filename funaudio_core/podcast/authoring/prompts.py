"""Prompts and JSON schemas for scripts."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from funaudio_core.engines.llm.chat_model import ASSISTANT, SYSTEM, USER, ChatMessage
from funaudio_core.engines.llm.prompts import english_name
from funaudio_core.podcast.model import ScriptLine
from funaudio_core.podcast.pace import is_spaced

FEELINGS = ("neutral", "happy", "excited", "calm", "serious", "surprised", "sad")
MAX_LEAD_WORDS = {True: 24, False: 45}  # of a link, by whether words have spaces
MAX_LEAD_CHARACTERS = {True: 150, False: 60}
MAX_LINE_WORDS = {True: 60, False: 120}  # of a line about a topic
MAX_LINE_CHARACTERS = {True: 360, False: 150}
MAX_TITLE_CHARACTERS = {True: 60, False: 24}
RETOLD_RATIO = 1.3  # longest retold turn against its sentences
FORM_RULES = {
    "conversation": "The hosts talk with each other as friends do, curious and relaxed.",
    "interview": "{first} asks, and the others answer.",
    "debate": "The hosts look at it from different sides and politely doubt each other.",
    "briefing": "Short and plain, without small talk.",
}
LINK_TEMPLATE = """You write the links of a radio show in {language}. Its hosts read sentences of a text aloud; you \
write what a host says right before each reading: a question, a reaction to what was just read, or a lead to what \
follows.
{form}
{hosts}
Rules: one short sentence in {language} for each number. The first one of a part is a question. Use only words and \
facts of the text below: no facts, names or numbers of your own, no quotations, no Markdown. Don't repeat the reading. \
Where nothing needs to be said, write "".{retelling}
Answer as JSON with the numbers as keys."""
RETELLING = """
For each reading also write "N retold": the same in the host's own words, as one tells it to a friend, with everything \
that matters in it and nothing that isn't; and "N feeling": how it is said.{tags}"""
TAGS = " You may put one of these sounds between the words where it is natural: {tags}."
OUTLINE_TEMPLATE = """You plan a radio show in {language} of {count} parts. Answer as JSON: its title, and the parts \
as short headings in the order in which a listener best understands them. No numbers before headings."""
TOPIC_TEMPLATE = """You write one part of a radio show in {language}.
{form}
{hosts}
Rules: the hosts talk in turn, each line one to three short spoken sentences in {language}. Tell what is widely \
known; where you aren't sure, say so or leave it out. No quotations of real people, no addresses, no Markdown, no \
greeting and no goodbye: other parts come before and after this one.{tags}
Answer as JSON: a list of lines, each with speaker, text and feeling."""
_EXAMPLES = {
    True: (
        'Show: How bees dance. Part: The dance.\n1 Mia opens the part.\n2 Tom reads: "A bee that has found flowers '
        'dances on the comb."\n3 Mia reads: "The direction of the dance tells the others where to fly."',
        {"1": "So what is this dance about?", "2": "", "3": "And what does the dance tell the other bees?"},
    ),
    False: (
        "Show: 蜜蜂怎样跳舞. Part: 舞蹈.\n1 Mia opens the part.\n2 Tom reads: “找到花的蜜蜂会在蜂巢上跳舞。”\n"
        "3 Mia reads: “舞蹈的方向告诉同伴往哪里飞。”",
        {"1": "那么这舞蹈是怎么回事呢？", "2": "", "3": "舞蹈又告诉了同伴什么呢？"},
    ),
}


@dataclass(frozen=True, slots=True)
class Persona:
    """Host: name, and manner in a few words or ""."""

    name: str
    manner: str = ""


@dataclass(frozen=True, slots=True)
class Brief:
    """What a model is told of a show.

    Attributes:
        hosts: Its hosts; the first one asks.
        language: ISO 639 code.
        form: One of FORMS of podcast.arranging.
        tags: Names of event tags that the voices can speak, such as "laughter".
        can_retell: The model may say the source's sentences in other words.
    """

    hosts: tuple[Persona, ...]
    language: str
    form: str = "conversation"
    tags: tuple[str, ...] = ()
    can_retell: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names of the hosts."""
        return tuple(host.name for host in self.hosts)

    @property
    def facts(self) -> dict[str, str]:
        """Return what each prompt is filled with."""
        described = (f"{host.name}{f' ({host.manner})' if host.manner else ''}" for host in self.hosts)
        tags = TAGS.format(tags=", ".join(f"[{tag}]" for tag in self.tags)) if self.tags else ""
        return {
            "language": english_name(self.language),
            "form": FORM_RULES[self.form].format(first=self.hosts[0].name),
            "hosts": f"Hosts: {', '.join(described)}. Each speaks in character.",
            "tags": tags,
        }


def link_messages(brief: Brief, title: str, part: str, lines: Sequence[ScriptLine], said: str) -> list[ChatMessage]:
    """Return the messages that ask for the links of some lines of a part. said: The line before them, or ""."""
    facts = brief.facts
    retelling = RETELLING.format(**facts) if brief.can_retell else ""
    draft = [f"Show: {title or '–'}. Part: {part or '–'}."]
    draft += [f"Before: {said}"] if said else []
    for number, line in enumerate(lines, 1):
        draft.append(f'{number} {line.speaker} reads: "{line.text}"' if line.sources else _opening(number, line, said))
    messages = [ChatMessage(SYSTEM, LINK_TEMPLATE.format(retelling=retelling, **facts))]
    if not brief.can_retell:  # a small model needs to see one
        asked, reply = _EXAMPLES[is_spaced(brief.language)]
        messages += [ChatMessage(USER, asked), ChatMessage(ASSISTANT, json.dumps(reply, ensure_ascii=False))]
    return [*messages, ChatMessage(USER, "\n".join(draft))]


def _opening(number: int, line: ScriptLine, said: str) -> str:
    return (
        f"{number} {line.speaker} asks how it goes on."
        if said or number > 1
        else f"{number} {line.speaker} opens the part."
    )


def link_schema(brief: Brief, lines: Sequence[ScriptLine]) -> dict[str, Any]:
    """Return the schema of the answer to link_messages()."""
    spaced = is_spaced(brief.language)
    properties: dict[str, Any] = {}
    for number, line in enumerate(lines, 1):
        properties[str(number)] = {"type": "string", "maxLength": MAX_LEAD_CHARACTERS[spaced]}
        if line.sources and brief.can_retell:
            longest = round(RETOLD_RATIO * len(line.text)) + 40
            properties[f"{number} retold"] = {"type": "string", "maxLength": longest}
            properties[f"{number} feeling"] = {"enum": list(FEELINGS)}
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def outline_messages(brief: Brief, topic: str, count: int) -> list[ChatMessage]:
    """Return the messages that ask for the parts of a show about a topic."""
    prompt = OUTLINE_TEMPLATE.format(count=count, **brief.facts)
    return [ChatMessage(SYSTEM, prompt), ChatMessage(USER, f"Topic: {topic}")]


def outline_schema(brief: Brief, count: int) -> dict[str, Any]:
    """Return the schema of the answer to outline_messages()."""
    heading = {"type": "string", "maxLength": MAX_TITLE_CHARACTERS[is_spaced(brief.language)]}
    parts = {"type": "array", "items": heading, "minItems": count, "maxItems": count}
    return _object(title=heading, parts=parts)


def topic_messages(
    brief: Brief, topic: str, parts: Sequence[str], number: int, said: Sequence[ScriptLine], words: int
) -> list[ChatMessage]:
    """Return the messages that ask for one part of a show about a topic.

    Args:
        brief: The show.
        topic: Its topic.
        parts: Headings of all parts.
        number: Number of this one from 0.
        said: Last lines before it.
        words: Its length in words, in a script without spaces in characters.
    """
    unit = "words" if is_spaced(brief.language) else "characters"
    lines = [f"Topic: {topic}", "Parts: " + "; ".join(parts), f"Write part {number + 1}, “{parts[number]}”, of about "]
    lines[-1] += f"{words} {unit}."
    if said:
        lines.append("Right before it:")
        lines += [f"{line.speaker}: {line.text}" for line in said]
    return [ChatMessage(SYSTEM, TOPIC_TEMPLATE.format(**brief.facts)), ChatMessage(USER, "\n".join(lines))]


def topic_schema(brief: Brief, count: int) -> dict[str, Any]:
    """Return the schema of the answer to topic_messages(). count: Most lines."""
    words = {"type": "string", "maxLength": MAX_LINE_CHARACTERS[is_spaced(brief.language)]}
    line = _object(speaker={"enum": list(brief.names)}, text=words, feeling={"enum": list(FEELINGS)})
    return _object(lines={"type": "array", "items": line, "minItems": min(3, count), "maxItems": count})


def _object(**properties: object) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}
