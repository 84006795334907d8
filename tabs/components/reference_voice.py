"""Reference block of the cloning pages: clip, transcript, reference check and saved voices."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from pathlib import Path

import gradio as gr

from funaudio_core import languages, settings
from funaudio_core.errors import BadInput
from funaudio_core.message import Message
from funaudio_core.pipelines.reference_check import ReferenceReport
from funaudio_core.tasks import reference
from funaudio_core.types import Voice
from funaudio_core.voices import voice_file
from server import admission
from server.events import handler, queued_handler
from server.request import account_id, localize
from server.updates import Inputs, Outputs, Update, connect
from tabs.components.inputs import clip_examples, clip_input, read_clip
from tabs.components.outputs import disabled_download, enabled_download, labelled_html, safe_name, write_file, write_wav
from tabs.components.strings import t

A_REFERENCE = Message("a reference clip")
MAX_REFERENCE_SECONDS = 600.0  # at most 30 of them are used
MAX_SAVED_VOICES = 8  # of a session, each in memory until its end
MAX_NAME_CHARACTERS = 60
MARKS = {"good": "✓", "info": "ⓘ", "warn": "⚠", "refuse": "✗"}


@dataclass(frozen=True, slots=True)
class ReferenceInput:
    """A reference clip as the visitor gives it.

    Attributes:
        clip: Path of the clip, None without one.
        transcript: Transcript of the clip; empty to have it recognized.
        consent: The visitor confirms that they may use the voice.
    """

    clip: str | None
    transcript: str
    consent: bool

    def voice(self) -> Voice:
        """Return the voice of the clip.

        Raises:
            BadInput: There is no clip or no consent, or the reference check refuses the clip.
        """
        if not self.clip:
            raise BadInput("No reference clip yet. Upload or record 3 to 30 s of one speaker, or click an example.")
        if not self.consent:
            raise BadInput(
                "Consent is required. Tick the box to confirm that the voice is yours or that you have the "
                "speaker's permission."
            )
        return reference.make_voice(read_clip(self.clip, A_REFERENCE, MAX_REFERENCE_SECONDS), self.transcript)


@dataclass(frozen=True, slots=True)
class ReferenceControls:
    """Input components of the block."""

    clip: gr.Audio
    transcript: gr.Textbox
    consent: gr.Checkbox

    def inputs(self) -> Inputs[ReferenceInput]:
        """Return the components as inputs of a handler."""
        return Inputs.gather(ReferenceInput, self)


@queued_handler(status="report")
def on_reference(path: str | None, transcript: str, restored: str) -> Iterator[Update]:
    """Transcribe a new clip and show the reference check; the transcript of a saved voice is kept."""
    if not path:
        yield Update(transcript="", report="")
        return
    if restored and Path(path).name == restored:
        yield Update(report=_check(path, transcript))
        return
    yield Update(report=localize("Transcribing the reference…"))
    report, transcribed = reference.check_reference(read_clip(path, A_REFERENCE, MAX_REFERENCE_SECONDS), None)
    yield Update(transcript=transcribed.text, report=report_html(report, transcribed.language))


@queued_handler()
def on_transcript(path: str | None, transcript: str) -> str:
    """Check the reference again after the visitor has edited the transcript."""
    return _check(path, transcript) if path else ""


def _check(path: str, transcript: str) -> str:
    clip = read_clip(path, A_REFERENCE, MAX_REFERENCE_SECONDS)
    report, transcribed = reference.check_reference(clip, transcript)
    return report_html(report, transcribed.language)


def report_html(report: ReferenceReport, language: str) -> str:
    """Return the findings of a reference check as a list. language: Code, "" if unknown."""
    items = "".join(
        f'<li class="fa-{f.severity}">{MARKS[f.severity]} {escape(localize(f.text))}</li>' for f in report.findings
    )
    summary = ""
    if language:
        used = localize("{seconds:.1f} s used", seconds=report.clip.duration)
        summary = f"<li>{escape(localize(languages.display_name(language)))} · {used}</li>"
    return f'<ul class="fa-findings">{summary}{items}</ul>'


@queued_handler()
def on_save(saved: dict[str, Voice], name: str, reference_input: ReferenceInput) -> Update:
    """Keep the voice for this session and offer it as a file."""
    name = name.strip()
    if not name:
        raise BadInput("The voice has no name. Enter one before saving it.")
    _require_room(saved, name[:MAX_NAME_CHARACTERS])
    voice = reference_input.voice()
    voice = Voice(name[:MAX_NAME_CHARACTERS], voice.language, clip=voice.clip, text=voice.text)
    path = Path(write_file(b"", f"{safe_name(name, 'voice')}{voice_file.SUFFIX}"))
    voice_file.save(voice, path)
    return Update(download=enabled_download(str(path)), **_with_voice(saved, voice))


def _require_room(saved: dict[str, Voice], name: str) -> None:
    """Raise BadInput if no more voices can be saved. A voice of the same name is replaced."""
    if name not in saved and len(saved) >= MAX_SAVED_VOICES:
        raise BadInput("You already have {most} saved voices, the maximum. Delete one first.", most=MAX_SAVED_VOICES)


def _with_voice(saved: dict[str, Voice], voice: Voice) -> Update:
    """Return the update that adds a voice to the saved ones and selects it."""
    saved = {**saved, voice.name: voice}
    return Update(saved=saved, chosen=gr.Dropdown(choices=list(saved), value=voice.name))


@handler
def on_use(saved: dict[str, Voice], name: str | None) -> Update:
    """Put a saved voice into the block."""
    voice = saved.get(name or "")
    if voice is None or voice.clip is None:
        return Update()
    file = f"{safe_name(voice.name, 'voice')}-{secrets.token_hex(4)}.wav"
    return Update(clip=write_wav(voice.clip, file), transcript=voice.text, restored=file)


@handler
def on_delete(saved: dict[str, Voice], name: str | None) -> Update:
    """Delete a saved voice."""
    remaining = {key: voice for key, voice in saved.items() if key != name}
    return Update(
        saved=remaining, chosen=gr.Dropdown(choices=list(remaining), value=None), download=disabled_download()
    )


@handler
def on_upload(saved: dict[str, Voice], file: str | None) -> Update:
    """Load a voice file that was saved earlier."""
    if not file:
        return Update()
    admission.check_rate_limit(account_id())  # it doesn't wait in the queue, but it is a request
    voice = voice_file.load(Path(file))
    _require_room(saved, voice.name)
    return Update(download=disabled_download(), **_with_voice(saved, voice))


def build_reference(*, examples: bool = True) -> ReferenceControls:
    """Add the block and connect it. examples: Offer example clips."""
    clip = clip_input("zero_shot.reference")
    if examples:
        clip_examples(clip)
    transcript = gr.Textbox(label=t("zero_shot.transcript"), lines=2)
    report = labelled_html("zero_shot.check")
    consent = gr.Checkbox(False, label=t("consent"))
    restored = gr.State("")
    connect(
        clip.change,
        on_reference,
        [clip, transcript, restored],
        {"transcript": transcript, "report": report},
        trigger_mode="always_last",
    )
    transcript.blur(on_transcript, [clip, transcript], report, api_visibility="private")
    controls = ReferenceControls(clip, transcript, consent)
    _build_saved_voices(controls, restored)
    return controls


@dataclass(frozen=True, slots=True)
class _SavedVoices(Outputs):
    """Components of the saved voices."""

    saved: gr.State
    chosen: gr.Dropdown
    download: gr.DownloadButton


def _build_saved_voices(controls: ReferenceControls, restored: gr.State) -> None:
    """Add the saved voices and connect them. restored: Receives the file name of the voice that is put back."""
    with gr.Accordion(t("zero_shot.saved"), open=False):
        saved = gr.State({}, time_to_live=settings.read().voice_ttl_minutes * 60)
        with gr.Row():
            name = gr.Textbox(label=t("zero_shot.name"), max_lines=1)
            save = gr.Button(t("zero_shot.save"))
        with gr.Row():
            chosen = gr.Dropdown([], label=t("zero_shot.use"), interactive=True)
            download = gr.DownloadButton(t("zero_shot.download"), interactive=False)
            delete = gr.Button(t("zero_shot.delete"))
        upload = gr.File(label=t("zero_shot.load"), file_types=[voice_file.SUFFIX], type="filepath")
    voices = _SavedVoices(saved, chosen, download)
    block = {"clip": controls.clip, "transcript": controls.transcript, "restored": restored}
    connect(save.click, on_save, [saved, name, controls.inputs()], voices)
    connect(delete.click, on_delete, [saved, chosen], voices)
    connect(chosen.input, on_use, [saved, chosen], block)
    loaded = connect(upload.upload, on_upload, [saved, upload], voices)
    connect(loaded.then, on_use, [saved, chosen], block)
