"""Making of a script: from a text, a web page, a file, or a finished script."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import gradio as gr

from funaudio_core.books.reading import SUFFIXES
from funaudio_core.errors import BadInput
from funaudio_core.podcast.arranging import ArrangeOptions, arrange
from funaudio_core.podcast.model import ScriptLine, speakers_of
from funaudio_core.podcast.pace import spoken_seconds
from funaudio_core.podcast.scripts.lines import RawLine, make_script
from funaudio_core.podcast.scripts.reading import MAX_CHARACTERS, read_script
from funaudio_core.podcast.scripts.writing import WRITERS
from funaudio_core.podcast.source import Source, paste_source, read_source
from funaudio_core.text.language_id import detect_language
from server.events import handler, queued_handler
from server.request import localize
from server.sessions import track_upload
from server.updates import Update
from tabs.components.engine_picker import supported_language
from tabs.components.outputs import enabled_download, safe_name, write_file
from tabs.podcast.controls import (
    ARRANGE,
    COLUMNS,
    MAX_HOSTS,
    NAMES,
    SourceRequest,
    default_voices,
    table_value,
    voice_picker_choices,
)
from tabs.podcast.studios import STORE

SCRIPT_SUFFIXES = (".json", ".fountain", ".srt", ".vtt")


@queued_handler(status="script_status", page="tabs.podcast")
def on_make(request: SourceRequest) -> Any:
    """Make the script and offer hosts for it."""
    if _is_script(request):
        lines = read_script(_read_text(request))
        language = supported_language(script_language(lines), request.engine)
        return script_update(lines, language, request.engine, None, "")
    source = _read_source(request)
    names = NAMES["zh" if source.language in ("zh", "yue") else "en"]
    options = ArrangeOptions(names[: int(request.count)], request.minutes, request.form, request.topic)
    lines = arrange(source, options)
    return script_update(
        lines, supported_language(source.language, request.engine), request.engine, source, source.title
    )


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


def _read_source(request: SourceRequest) -> Source:
    if not request.file:
        return paste_source(request.text or "")
    track_upload(request.file)
    if Path(request.file).suffix.lower() not in SUFFIXES:
        raise BadInput("This file can't be read. Choose an EPUB, TXT, Markdown, HTML, DOCX or PDF file, or a script.")
    return read_source(Path(request.file))


def script_language(lines: Sequence[ScriptLine]) -> str:
    """Return the language of a script, English if it is unclear."""
    return detect_language(" ".join(line.text for line in lines)[:2000]) or "en"


def script_update(lines: Sequence[ScriptLine], language: str, engine: str, source: Source | None, title: str) -> Update:
    """Return the update that shows a script, with hosts and voices for its speakers."""
    names = speakers_of(lines)
    voices, choices = default_voices(language, engine), voice_picker_choices(language, engine)
    update = Update(
        table=table_value(table_rows(lines)),
        title=title,
        source=STORE.keep_source(source) if source else "",
        language=language,
        script_status=_summary(lines, language, arranged=source is not None),
    )
    for number in range(MAX_HOSTS):
        is_used = number < len(names)
        update[f"name_{number + 1}"] = names[number] if is_used else ""
        update[f"voice_{number + 1}"] = gr.Dropdown(choices, value=voices[number])
        update[f"row_{number + 1}"] = gr.Row(visible=is_used)
    return update


def _summary(lines: Sequence[ScriptLine], language: str, *, arranged: bool) -> str:
    minutes = sum(spoken_seconds(line.text, language) for line in lines) / 60
    if arranged:
        return localize(
            "{count} lines, about {minutes:.1f} min, arranged from sentences of the text.",
            count=len(lines),
            minutes=minutes,
        )
    return localize("{count} lines, about {minutes:.1f} min.", count=len(lines), minutes=minutes)


def table_rows(lines: Sequence[ScriptLine]) -> list[list[str]]:
    """Return the rows of the table."""
    return [[line.speaker, line.text, line.feeling, line.section, " ".join(map(str, line.sources))] for line in lines]


def read_table(rows: Sequence[Sequence[Any]] | None) -> tuple[ScriptLine, ...]:
    """Return the script in the table; a row without a speaker belongs to the one above.

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
    return make_script(raw)


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
