"""Making of a script: from a text, a web page, a file, or a finished script."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import gradio as gr

from funaudio_core.books.reading import SUFFIXES
from funaudio_core.engines import preload
from funaudio_core.errors import BadInput
from funaudio_core.podcast.arranging import ArrangeOptions
from funaudio_core.podcast.authoring.linking import Draft
from funaudio_core.podcast.model import ScriptLine, speakers_of
from funaudio_core.podcast.pace import spoken_seconds
from funaudio_core.podcast.phrases import CHINESE
from funaudio_core.podcast.scripts.lines import RawLine, make_script
from funaudio_core.podcast.scripts.reading import MAX_CHARACTERS, read_script
from funaudio_core.podcast.scripts.writing import WRITERS
from funaudio_core.podcast.source import Source, paste_source, read_source
from funaudio_core.tasks.podcast_scripts import find_writer, write_script
from funaudio_core.tasks.synthesis import event_tags
from funaudio_core.text import is_speakable
from funaudio_core.text.language_id import detect_language
from funaudio_core.text.markup import NO_TAGS
from server.events import handler, queued_handler
from server.request import localize
from server.sessions import track_upload
from server.updates import Update
from tabs.components.engine_picker import supported_language
from tabs.components.layout import loading_text
from tabs.components.outputs import enabled_download, safe_name, write_file
from tabs.podcast.controls import (
    ARRANGE,
    COLUMNS,
    MAX_HOSTS,
    default_voices,
    table_value,
    voice_picker_choices,
)
from tabs.podcast.requests import SourceRequest
from tabs.podcast.stored import find_stored, stored_titles, topic_language
from tabs.podcast.studios import STORE

SCRIPT_SUFFIXES = (".json", ".fountain", ".srt", ".vtt")


@queued_handler(status="script_status", page="tabs.podcast")
def on_make(request: SourceRequest) -> Iterator[Update]:
    """Make the script and offer hosts for it; a script that a model writes is shown as it grows."""
    if _is_script(request):
        lines = read_script(_read_text(request), event_tags(request.engine))
        language = supported_language(script_language(lines), request.engine)
        yield script_update(lines, language, request.engine, None, "", describe_length(lines, language))
        return
    source = _read_source(request)
    language = source.language if source else topic_language(request.topic)
    names = request.names("zh" if language in CHINESE else "en")
    options = ArrangeOptions(names, request.minutes, request.form, request.topic.strip())
    if request.writer:
        for status in loading_text(preload.load_all(find_writer(request.writer))):
            yield Update(script_status=status)
    manners = dict(zip(names, request.manners(), strict=False))
    draft = None
    for draft in write_script(source, options, request.writer, language, manners, event_tags(request.engine)):
        status = localize("Writing the script: {share:.0%}", share=draft.share)
        yield Update(table=table_value(table_rows(draft.lines)), script_status=status)
    assert draft is not None
    spoken = supported_language(language, request.engine)
    is_stored = source is not None and not request.file and not is_speakable(request.text or "")
    summary = _summary(draft, spoken, request.writer, source, is_stored=is_stored)
    title = source.title if source else request.topic.strip()
    yield script_update(draft.lines, spoken, request.engine, source, title, summary)


def _is_script(request: SourceRequest) -> bool:
    suffix = Path(request.file or "").suffix.lower()
    return request.kind != ARRANGE or suffix in SCRIPT_SUFFIXES


def _read_text(request: SourceRequest) -> str:
    """Return the text of a script. Raise BadInput if its file isn't text."""
    if not request.file:
        return request.text or ""
    track_upload(request.file)
    data = Path(request.file).read_bytes()[: 4 * MAX_CHARACTERS + 4]
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadInput("The script isn't text in UTF-8. Save it as UTF-8.") from None


def _read_source(request: SourceRequest) -> Source | None:
    """Return the text of a show; without one, a stored text about the topic, or None if a model writes about it."""
    if request.file:
        track_upload(request.file)
        if Path(request.file).suffix.lower() not in SUFFIXES:
            raise BadInput(
                "This file can't be read. Choose an EPUB, TXT, Markdown, HTML, DOCX or PDF file, or a script."
            )
        return read_source(Path(request.file))
    topic = (request.topic or "").strip()
    if is_speakable(request.text or "") or not is_speakable(topic):
        return paste_source(request.text or "")
    return None if request.writer else stored_source(topic)


def stored_source(topic: str) -> Source:
    """Return the stored text about a topic. Raise BadInput, which names the stored texts, if there is none."""
    found = find_stored(topic)
    if found is None:
        raise BadInput(
            "Without a chat model a show needs a text, and there is none about {topic!r} here. Paste one, "
            "choose a file, choose a chat model under “Script by”, or take a stored text: {titles}.",
            topic=topic[:60],
            titles=stored_titles(topic_language(topic)),
        )
    return found


def script_language(lines: Sequence[ScriptLine]) -> str:
    """Return the language of a script, English if it is unclear."""
    return detect_language(" ".join(line.text for line in lines)[:2000]) or "en"


def script_update(
    lines: Sequence[ScriptLine], language: str, engine: str, source: Source | None, title: str, status: str
) -> Update:
    """Return the update that shows a script, with hosts and voices for its speakers."""
    names = speakers_of(lines)
    voices, choices = default_voices(language, engine), voice_picker_choices(language, engine)
    update = Update(
        table=table_value(table_rows(lines)),
        title=title,
        source=STORE.keep_source(source) if source else "",
        language=language,
        script_status=status,
    )
    for number in range(MAX_HOSTS):
        is_used = number < len(names)
        update[f"name_{number + 1}"] = names[number] if is_used else ""
        update[f"voice_{number + 1}"] = gr.Dropdown(choices, value=voices[number])
        update[f"row_{number + 1}"] = gr.Row(visible=is_used)
    return update


def _minutes(lines: Sequence[ScriptLine], language: str) -> float:
    return sum(spoken_seconds(line.text, language) for line in lines) / 60


def describe_length(lines: Sequence[ScriptLine], language: str) -> str:
    """Return the status of a finished script."""
    return localize("{count} lines, about {minutes:.1f} min.", count=len(lines), minutes=_minutes(lines, language))


def _summary(draft: Draft, language: str, writer: str, source: Source | None, *, is_stored: bool) -> str:
    """Return the status of a script that was made: its length, and where its words come from."""
    count, minutes = len(draft.lines), _minutes(draft.lines, language)
    if source is None:
        return localize(
            "{count} lines, about {minutes:.1f} min, written by {writer}. Nothing was checked against a source.",
            writer=find_writer(writer).title,
            count=count,
            minutes=minutes,
        )
    if is_stored:
        return localize(
            "{count} lines, about {minutes:.1f} min, arranged from the stored text “{title}”, as you gave none.",
            title=source.title,
            count=count,
            minutes=minutes,
        )
    if writer:
        return localize(
            "{count} lines, about {minutes:.1f} min: sentences of the text, linked by {writer}. "
            "{used} of its {written} links are used; the others failed the check against the text.",
            writer=find_writer(writer).title,
            used=draft.accepted,
            written=draft.accepted + len(draft.faults),
            count=count,
            minutes=minutes,
        )
    return localize(
        "{count} lines, about {minutes:.1f} min, arranged from sentences of the text.", count=count, minutes=minutes
    )


def table_rows(lines: Sequence[ScriptLine]) -> list[list[str]]:
    """Return the rows of the table."""
    return [[line.speaker, line.text, line.feeling, line.section, " ".join(map(str, line.sources))] for line in lines]


def read_table(rows: Sequence[Sequence[Any]] | None, tags: frozenset[str] = NO_TAGS) -> tuple[ScriptLine, ...]:
    """Return the script in the table; a row without a speaker belongs to the one above.

    Args:
        rows: Rows of the table.
        tags: Names of event tags that the voices speak.

    Raises:
        BadInput: There is no row with words, or one can't be spoken.
    """
    raw: list[RawLine] = []
    for number, row in enumerate(rows or [], 1):
        cells = [str(cell or "").strip() for cell in row] + [""] * COLUMNS
        speaker, words, feeling, section, sources = cells[:COLUMNS]
        if not words and not speaker:
            continue
        speaker = speaker or (raw[-1].speaker if raw else "")
        numbers = tuple(int(part) for part in sources.replace(",", " ").split() if part.isdecimal())
        raw.append(RawLine(number, speaker, words, feeling, numbers, section))
    return make_script(raw, tags)


@handler
def on_language(language: str, engine: str) -> Update:
    """Offer the voices of a language."""
    voices, choices = default_voices(language, engine), voice_picker_choices(language, engine)
    return Update(**{f"voice_{number + 1}": gr.Dropdown(choices, value=voices[number]) for number in range(MAX_HOSTS)})


@handler
def on_write(rows: list[list[str]], language: str, title: str) -> Update:
    """Offer the script as a file in each form."""
    lines = read_table(rows)
    stem = safe_name(title, "script")
    return Update(
        **{
            suffix: enabled_download(write_file(write(lines, language), f"{stem}.{suffix}"))
            for suffix, (_, write) in WRITERS.items()
        }
    )
