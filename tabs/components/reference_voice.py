"""The reference block of the cloning pages: clip, transcript, prompt doctor, saved voices. Knows no single page."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr

from funaudio_core import languages, settings
from funaudio_core.errors import BadInput
from funaudio_core.message import Phrase
from funaudio_core.pipelines.reference_check import Diagnosis
from funaudio_core.tasks import reference, synthesis
from funaudio_core.types import Voice
from funaudio_core.voices import voice_file
from server import admission
from server.events import computes, shows_errors
from server.params import draw_seed
from server.request import payer, say
from tabs.components import chunked_speech, resumable, speech_output
from tabs.components.inputs import clip_examples, clip_input, read_clip
from tabs.components.outputs import asleep, boxed, download, file_of, safe_name, wav_of
from tabs.components.resumable import Work
from tabs.components.strings import word

A_REFERENCE = Phrase("a reference")
LONGEST = 600.0  # seconds of a reference; at most 30 of them are used
MOST_SAVED = 8  # voices that are kept for a visit, each in memory until its end
MARKS = {"info": "✓", "warn": "⚠", "refuse": "✗"}


@dataclass(frozen=True, slots=True)
class Reference:
    """The input components of the block."""

    clip: gr.Audio
    transcript: gr.Textbox
    consent: gr.Checkbox


def voice_of(path: str | None, transcript: str, consent: bool) -> Voice:
    """The voice behind a clip. Raises BadInput without consent, or where the prompt doctor refuses the clip."""
    if not path:
        raise BadInput("There is no reference yet. Upload or record 3 to 30 s of one speaker, or click an example.")
    if not consent:
        raise BadInput(
            "Tick the box that says the voice is yours or that its owner agrees; without it nothing is imitated."
        )
    return reference.voice_of(read_clip(path, A_REFERENCE, LONGEST), transcript)


def speak(
    path: str | None,
    transcript: str,
    text: str,
    language: str,
    speed: float,
    seed: float,
    tries: float,
    consent: bool,
    engine: str,
    *,
    work: Work,
) -> Iterator[tuple[Any, ...]]:
    """Values of a page that does `work`: the text in the voice of the clip, heard while it is made."""
    yield *speech_output.says(say("Examining the reference…")), *resumable.SAME
    voice = voice_of(path, transcript, consent)
    line = synthesis.line(text, language, voice, engine, speed=speed, seed=draw_seed(seed))
    yield from chunked_speech.speak(line, engine, int(tries), work)


@computes(width=2, status=1)
def on_reference(path: str | None, transcript: str, restored: str) -> Iterator[tuple[Any, str]]:
    """Transcribe a fresh clip and say what the doctor thinks of it; the transcript of a saved voice is left alone."""
    if not path:
        yield "", ""
        return
    if restored and Path(path).name == restored:
        yield gr.skip(), _examined(path, transcript)
        return
    yield gr.skip(), say("Listening to the reference…")
    diagnosis, heard = reference.examine(read_clip(path, A_REFERENCE, LONGEST), None)
    yield heard.text, show(diagnosis, heard.language)


@computes()
def on_transcript(path: str | None, transcript: str) -> str:
    """Look again after the visitor has corrected the transcript."""
    return _examined(path, transcript) if path else ""


def _examined(path: str, transcript: str) -> str:
    diagnosis, heard = reference.examine(read_clip(path, A_REFERENCE, LONGEST), transcript)
    return show(diagnosis, heard.language)


def show(diagnosis: Diagnosis, language: str) -> str:
    """Findings as a list, gravest first."""
    order = ("refuse", "warn", "info")
    findings = sorted(diagnosis.findings, key=lambda finding: order.index(finding.severity))
    items = "".join(f'<li class="fa-{f.severity}">{MARKS[f.severity]} {escape(say(f.text))}</li>' for f in findings)
    heard = ""
    if language:
        used = say("{seconds:.1f} s used", seconds=diagnosis.clip.duration)
        heard = f"<li>{escape(say(languages.name(language)))} · {used}</li>"
    return f'<ul class="fa-doctor">{heard}{items}</ul>'


@computes()
def on_save(saved: dict[str, Voice], name: str, path: str | None, transcript: str, consent: bool) -> tuple[Any, ...]:
    """Keep the voice for this visit and offer it as a file."""
    name = name.strip()
    if not name:
        raise BadInput("Give the voice a name before saving it.")
    _has_room(saved, name[:60])
    voice = voice_of(path, transcript, consent)
    voice = Voice(name[:60], voice.language, clip=voice.clip, text=voice.text)
    saved = {**saved, voice.name: voice}
    target = Path(file_of(b"", f"{safe_name(name, 'voice')}{voice_file.SUFFIX}"))
    voice_file.save(voice, target)
    return (
        saved,
        gr.Dropdown(choices=list(saved), value=voice.name),
        download(str(target)),
    )


def _has_room(saved: dict[str, Voice], name: str) -> None:
    """Whether one more voice can be kept, or one of that name anew. Raises BadInput."""
    if name not in saved and len(saved) >= MOST_SAVED:
        raise BadInput("{most} voices are kept already, and no more can be. Forget one first.", most=MOST_SAVED)


@shows_errors
def on_use(saved: dict[str, Voice], name: str | None) -> tuple[Any, Any, Any]:
    """Put a saved voice back into the block."""
    if not name or name not in saved:
        return gr.skip(), gr.skip(), gr.skip()
    voice = saved[name]
    if voice.clip is None:
        return gr.skip(), gr.skip(), gr.skip()
    file = f"{safe_name(name, 'voice')}-{secrets.token_hex(4)}.wav"
    return wav_of(voice.clip, file), voice.text, file


@shows_errors
def on_forget(saved: dict[str, Voice], name: str | None) -> tuple[Any, ...]:
    """Drop a saved voice at once."""
    left = {key: voice for key, voice in saved.items() if key != name}
    return left, gr.Dropdown(choices=list(left), value=None), asleep()


@shows_errors
def on_upload(saved: dict[str, Voice], file: str | None) -> tuple[Any, ...]:
    """Take a voice file that was saved earlier."""
    if not file:
        return gr.skip(), gr.skip()
    admission.asks(payer())  # it waits in no line, but is a request like others
    voice = voice_file.load(Path(file))
    _has_room(saved, voice.name)
    saved = {**saved, voice.name: voice}
    return saved, gr.Dropdown(choices=list(saved), value=voice.name)


def build_reference(*, examples: bool = True) -> Reference:
    """Lay the block out and wire it. examples: whether to offer clips to click."""
    clip = clip_input("zero_shot.reference")
    if examples:
        clip_examples(clip)
    transcript = gr.Textbox(label=word("zero_shot.transcript"), lines=2)
    doctor = boxed("zero_shot.doctor")
    consent = gr.Checkbox(False, label=word("consent"))
    restored = gr.State("")
    clip.change(
        on_reference,
        [clip, transcript, restored],
        [transcript, doctor],
        api_visibility="private",
        trigger_mode="always_last",
    )
    transcript.blur(on_transcript, [clip, transcript], doctor, api_visibility="private")
    with gr.Accordion(word("zero_shot.saved"), open=False):
        saved = gr.State({}, time_to_live=settings.read().voice_minutes * 60)
        with gr.Row():
            name = gr.Textbox(label=word("zero_shot.name"), max_lines=1)
            keep = gr.Button(word("zero_shot.save"))
        with gr.Row():
            chosen = gr.Dropdown([], label=word("zero_shot.use"), interactive=True)
            download = gr.DownloadButton(word("zero_shot.download"), interactive=False)
            forget = gr.Button(word("zero_shot.forget"))
        upload = gr.File(label=word("zero_shot.load"), file_types=[voice_file.SUFFIX], type="filepath")
    keep.click(on_save, [saved, name, clip, transcript, consent], [saved, chosen, download], api_visibility="private")
    forget.click(on_forget, [saved, chosen], [saved, chosen, download], api_visibility="private")
    chosen.input(on_use, [saved, chosen], [clip, transcript, restored], api_visibility="private")
    upload.upload(on_upload, [saved, upload], [saved, chosen], api_visibility="private").then(
        on_use, [saved, chosen], [clip, transcript, restored], api_visibility="private"
    )
    return Reference(clip, transcript, consent)
