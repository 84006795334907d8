"""What a page may ask for: the one place where engines meet pipelines. Knows no page and no gradio."""

from __future__ import annotations

import logging

from funaudio_core import text
from funaudio_core.audio.clip_cache import ClipCache
from funaudio_core.engines import registry, selection
from funaudio_core.errors import BadInput
from funaudio_core.message import join_messages
from funaudio_core.pipelines import reference_check
from funaudio_core.pipelines.reference_check import ReferenceReport
from funaudio_core.tasks.recognition import transcribe
from funaudio_core.types import Audio, Transcript, Voice

log = logging.getLogger(__name__)
TRANSCRIPT_TTL_SECONDS, MAX_TRANSCRIPTS = 600.0, 64  # how long the transcript of a reference is kept, and how many


def check_reference(clip: Audio, transcript: str | None) -> tuple[ReferenceReport, Transcript]:
    """What the prompt doctor finds in a reference clip, and what was heard in the part of it that is used.

    typed: the visitor's transcript, None or "" where they typed none.
    """
    given = reference_check.trim_reference(clip)
    heard = _transcript_of(given.clip)
    encoder = selection.load_default(registry.SPEAKER_ENCODERS)
    return reference_check.check_reference(given, transcript or None, heard, heard.language, encoder), heard


def make_voice(clip: Audio, transcript: str | None) -> Voice:
    """The voice behind a reference clip, with what is said in it. Raises BadInput where the prompt doctor refuses."""
    diagnosis, heard = check_reference(clip, transcript)
    if diagnosis.is_refused:
        raise BadInput(join_messages([finding.text for finding in diagnosis.findings if finding.severity == "refuse"]))
    said = transcript if transcript and text.is_speakable(transcript) else heard.text
    return Voice("reference", heard.language or "en", clip=diagnosis.clip, text=said)


_transcripts: ClipCache[Transcript] = ClipCache(MAX_TRANSCRIPTS, lambda: TRANSCRIPT_TTL_SECONDS)


def _transcript_of(clip: Audio) -> Transcript:
    """The transcript of a reference, kept a while: the doctor asks again each time the visitor edits a word."""

    def hear() -> Transcript:
        *_, last = transcribe(clip, None, True, False)  # at least the one with the events alone
        return last

    return _transcripts.get_or_compute(clip, hear)
