"""Reference clips: check and conversion to a voice."""

from __future__ import annotations

import logging

from funaudio_core import text
from funaudio_core.audio.clip_cache import ClipCache
from funaudio_core.engines import registry, selection
from funaudio_core.engines.protocols import RecognitionOptions
from funaudio_core.errors import BadInput
from funaudio_core.message import join_messages
from funaudio_core.pipelines import reference_check
from funaudio_core.pipelines.reference_check import ReferenceReport
from funaudio_core.tasks.recognition import transcribe_long
from funaudio_core.types import Audio, Transcript, Voice

log = logging.getLogger(__name__)
TRANSCRIPT_TTL_SECONDS, MAX_TRANSCRIPTS = 600.0, 64  # of the cache of transcripts


def check_reference(clip: Audio, transcript: str | None) -> tuple[ReferenceReport, Transcript]:
    """Return the report on a reference clip and the transcript of its used part.

    transcript: The visitor's transcript; None or "" if there is none.
    """
    given = reference_check.trim_reference(clip)
    heard = _transcript_of(given.clip)
    encoder = selection.load_default(registry.SPEAKER_ENCODERS)
    return reference_check.check_reference(given, transcript or None, heard, heard.language, encoder), heard


def make_voice(clip: Audio, transcript: str | None) -> Voice:
    """Return the voice of a reference clip. Raises BadInput if the clip cannot be used."""
    diagnosis, heard = check_reference(clip, transcript)
    if diagnosis.is_refused:
        raise BadInput(join_messages([finding.text for finding in diagnosis.findings if finding.severity == "refuse"]))
    said = transcript if transcript and text.is_speakable(transcript) else heard.text
    return Voice("reference", heard.language or "en", clip=diagnosis.clip, text=said)


_transcripts: ClipCache[Transcript] = ClipCache(MAX_TRANSCRIPTS, lambda: TRANSCRIPT_TTL_SECONDS)


def _transcript_of(clip: Audio) -> Transcript:
    """Return the cached transcript of a reference: the check runs again after each edit of the visitor's transcript."""

    def hear() -> Transcript:
        *_, last = transcribe_long(clip, RecognitionOptions())  # at least the one with the events alone
        return last

    return _transcripts.get_or_compute(clip, hear)
