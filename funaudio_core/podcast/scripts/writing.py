"""Writers of scripts: `Name: text`, JSON, Fountain and WebVTT."""

from __future__ import annotations

import html
import json
from collections.abc import Callable, Sequence

from funaudio_core.podcast.model import ScriptLine
from funaudio_core.podcast.pace import spoken_seconds
from funaudio_core.text.subtitles import Cue, to_vtt


def write_named(lines: Sequence[ScriptLine], language: str) -> str:
    """Return a script as `Name: text`, its sections as headings."""
    colon, left, right = ("：", "（", "）") if language in ("zh", "yue", "ja") else (": ", " (", ")")
    rows: list[str] = []
    for line in lines:
        if line.section:
            rows += ["", f"# {line.section}"] if rows else [f"# {line.section}"]
        rows.append(f"{line.speaker}{f'{left}{line.feeling}{right}' if line.feeling else ''}{colon}{line.text}")
    return "\n".join(rows) + "\n"


def write_json(lines: Sequence[ScriptLine], language: str) -> str:
    """Return a script as a JSON object."""
    entries = [
        {
            "speaker": line.speaker,
            "text": line.text,
            **({"feeling": line.feeling} if line.feeling else {}),
            **({"section": line.section} if line.section else {}),
            **({"sources": list(line.sources)} if line.sources else {}),
        }
        for line in lines
    ]
    return json.dumps({"language": language, "script": entries}, ensure_ascii=False, indent=1) + "\n"


def write_screenplay(lines: Sequence[ScriptLine], language: str) -> str:  # noqa: ARG001 (a writer's signature)
    """Return a script in Fountain."""
    rows = []
    for line in lines:
        name = line.speaker.upper()
        cue = name if name != name.lower() and name.title() == line.speaker else f"@{line.speaker}"
        if line.section:
            rows.append(f"# {line.section}\n")
        rows.append("\n".join([cue, *([f"({line.feeling})"] if line.feeling else []), line.text]) + "\n")
    return "\n".join(rows)


def write_vtt(lines: Sequence[ScriptLine], language: str) -> str:
    """Return a script as WebVTT with voices; the times are estimates, since nothing is spoken yet."""
    cues, start = [], 0.0
    for line in lines:
        end = start + spoken_seconds(line.text, language)
        cues.append(Cue(start, end, line.text, html.unescape(line.speaker)))
        start = end
    return to_vtt(cues)


WRITERS: dict[str, tuple[str, Callable[[Sequence[ScriptLine], str], str]]] = {
    "txt": ("Name: text", write_named),
    "json": ("JSON", write_json),
    "fountain": ("Fountain", write_screenplay),
    "vtt": ("WebVTT", write_vtt),
}
