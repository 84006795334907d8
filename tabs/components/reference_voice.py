"""Reference block of the cloning pages: clip, transcript, reference check and saved voices."""

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
from funaudio_core.message import Message
from funaudio_core.pipelines.reference_check import ReferenceReport
from funaudio_core.tasks import reference, synthesis
from funaudio_core.types import Voice
from funaudio_core.voices import voice_file
from server import admission
from server.events import handler, queued_handler
from server.params import resolve_seed
from server.request import account_id, localize
from tabs.components import chunked_speech, resumable, speech_output
from tabs.components.inputs import clip_examples, clip_input, read_clip
from tabs.components.outputs import disabled_download, enabled_download, labelled_html, safe_name, write_file, write_wav
from tabs.components.resumable import ResumableTask
from tabs.components.strings import t

A_REFERENCE = Message("a reference clip")
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
    """The voice behind a clip. Raises BadInput without consent, or if the reference check refuses the clip."""
    if not path:
        raise BadInput("No reference clip yet. Upload or record 3 to 30 s of one speaker, or click an example.")
    if not consent:
        raise BadInput(
            "Consent is required. Tick the box to confirm that the voice is yours or that you have the "
            "speaker's permission."
        )
    return reference.make_voice(read_clip(path, A_REFERENCE, LONGEST), transcript)


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
    work: ResumableTask,
) -> Iterator[tuple[Any, ...]]:
    """Values of a page that does `work`: the text in the voice of the clip, heard while it is made."""
    yield *speech_output.status_only(localize("Checking the reference…")), *resumable.NO_CHANGE
    voice = voice_of(path, transcript, consent)
    line = synthesis.speech_request(text, language, voice, engine, speed=speed, seed=resolve_seed(seed))
    yield from chunked_speech.speak(line, engine, int(tries), work)


@queued_handler(width=2, status=1)
def on_reference(path: str | None, transcript: str, restored: str) -> Iterator[tuple[Any, str]]:
    """Transcribe a fresh clip and show the reference check; the transcript of a saved voice is left alone."""
    if not path:
        yield "", ""
        return
    if restored and Path(path).name == restored:
        yield gr.skip(), _examined(path, transcript)
        return
    yield gr.skip(), localize("Transcribing the reference…")
    diagnosis, heard = reference.check_reference(read_clip(path, A_REFERENCE, LONGEST), None)
    yield heard.text, show(diagnosis, heard.language)


@queued_handler()
def on_transcript(path: str | None, transcript: str) -> str:
    """Look again after the visitor has corrected the transcript."""
    return _examined(path, transcript) if path else ""


def _examined(path: str, transcript: str) -> str:
    diagnosis, heard = reference.check_reference(read_clip(path, A_REFERENCE, LONGEST), transcript)
    return show(diagnosis, heard.language)


def show(diagnosis: ReferenceReport, language: str) -> str:
    """Findings as a list, gravest first."""
    order = ("refuse", "warn", "info")
    findings = sorted(diagnosis.findings, key=lambda finding: order.index(finding.severity))
    items = "".join(
        f'<li class="fa-{f.severity}">{MARKS[f.severity]} {escape(localize(f.text))}</li>' for f in findings
    )
    heard = ""
    if language:
        used = localize("{seconds:.1f} s used", seconds=diagnosis.clip.duration)
        heard = f"<li>{escape(localize(languages.display_name(language)))} · {used}</li>"
    return f'<ul class="fa-doctor">{heard}{items}</ul>'


@queued_handler()
def on_save(saved: dict[str, Voice], name: str, path: str | None, transcript: str, consent: bool) -> tuple[Any, ...]:
    """Keep the voice for this visit and offer it as a file."""
    name = name.strip()
    if not name:
        raise BadInput("The voice has no name. Enter one before saving it.")
    _has_room(saved, name[:60])
    voice = voice_of(path, transcript, consent)
    voice = Voice(name[:60], voice.language, clip=voice.clip, text=voice.text)
    saved = {**saved, voice.name: voice}
    target = Path(write_file(b"", f"{safe_name(name, 'voice')}{voice_file.SUFFIX}"))
    voice_file.save(voice, target)
    return (
        saved,
        gr.Dropdown(choices=list(saved), value=voice.name),
        enabled_download(str(target)),
    )


def _has_room(saved: dict[str, Voice], name: str) -> None:
    """Whether one more voice can be kept, or one of that name anew. Raises BadInput."""
    if name not in saved and len(saved) >= MOST_SAVED:
        raise BadInput("You already have {most} saved voices, the maximum. Delete one first.", most=MOST_SAVED)


@handler
def on_use(saved: dict[str, Voice], name: str | None) -> tuple[Any, Any, Any]:
    """Put a saved voice back into the block."""
    if not name or name not in saved:
        return gr.skip(), gr.skip(), gr.skip()
    voice = saved[name]
    if voice.clip is None:
        return gr.skip(), gr.skip(), gr.skip()
    file = f"{safe_name(name, 'voice')}-{secrets.token_hex(4)}.wav"
    return write_wav(voice.clip, file), voice.text, file


@handler
def on_forget(saved: dict[str, Voice], name: str | None) -> tuple[Any, ...]:
    """Drop a saved voice at once."""
    left = {key: voice for key, voice in saved.items() if key != name}
    return left, gr.Dropdown(choices=list(left), value=None), disabled_download()


@handler
def on_upload(saved: dict[str, Voice], file: str | None) -> tuple[Any, ...]:
    """Take a voice file that was saved earlier."""
    if not file:
        return gr.skip(), gr.skip()
    admission.check_rate_limit(account_id())  # it waits in no line, but is a request like others
    voice = voice_file.load(Path(file))
    _has_room(saved, voice.name)
    saved = {**saved, voice.name: voice}
    return saved, gr.Dropdown(choices=list(saved), value=voice.name)


def build_reference(*, examples: bool = True) -> Reference:
    """Lay the block out and wire it. examples: whether to offer clips to click."""
    clip = clip_input("zero_shot.reference")
    if examples:
        clip_examples(clip)
    transcript = gr.Textbox(label=t("zero_shot.transcript"), lines=2)
    doctor = labelled_html("zero_shot.doctor")
    consent = gr.Checkbox(False, label=t("consent"))
    restored = gr.State("")
    clip.change(
        on_reference,
        [clip, transcript, restored],
        [transcript, doctor],
        api_visibility="private",
        trigger_mode="always_last",
    )
    transcript.blur(on_transcript, [clip, transcript], doctor, api_visibility="private")
    with gr.Accordion(t("zero_shot.saved"), open=False):
        saved = gr.State({}, time_to_live=settings.read().voice_ttl_minutes * 60)
        with gr.Row():
            name = gr.Textbox(label=t("zero_shot.name"), max_lines=1)
            keep = gr.Button(t("zero_shot.save"))
        with gr.Row():
            chosen = gr.Dropdown([], label=t("zero_shot.use"), interactive=True)
            download = gr.DownloadButton(t("zero_shot.download"), interactive=False)
            forget = gr.Button(t("zero_shot.forget"))
        upload = gr.File(label=t("zero_shot.load"), file_types=[voice_file.SUFFIX], type="filepath")
    keep.click(on_save, [saved, name, clip, transcript, consent], [saved, chosen, download], api_visibility="private")
    forget.click(on_forget, [saved, chosen], [saved, chosen, download], api_visibility="private")
    chosen.input(on_use, [saved, chosen], [clip, transcript, restored], api_visibility="private")
    upload.upload(on_upload, [saved, upload], [saved, chosen], api_visibility="private").then(
        on_use, [saved, chosen], [clip, transcript, restored], api_visibility="private"
    )
    return Reference(clip, transcript, consent)
