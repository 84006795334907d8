"""Checks of a training clip: the reasons for which it isn't kept."""

from __future__ import annotations

from funaudio_core import audio, text
from funaudio_core.engines.protocols import SpeakerEncoder
from funaudio_core.errors import BadInput
from funaudio_core.pipelines import reference_check
from funaudio_core.text import error_rate
from funaudio_core.training.data.clip_rows import MAX_SECONDS, MIN_SECONDS, ROUNDING_SECONDS
from funaudio_core.types import Audio, Transcript


def find_reason(
    clip: Audio, given_text: str, heard: Transcript, encoder: SpeakerEncoder | None, *, wide_band_only: bool
) -> str:
    """Return the first reason of REASONS not to keep a clip, or "".

    The limits are those of the check of a reference clip.

    Args:
        clip: The clip.
        given_text: Its transcript if it was known before, or "".
        heard: Its transcript by the recognizer.
        encoder: Compares the voices of its halves; None to skip that.
        wide_band_only: Refuse a clip with the bandwidth of a phone call.
    """
    if clip.duration < MIN_SECONDS:
        return "short"
    if clip.duration > MAX_SECONDS + ROUNDING_SECONDS:
        return "long"
    if audio.is_silent(clip):
        return "silent"
    return _check_sound(clip, heard, wide_band_only) or _check_words(given_text, heard) or _check_voice(clip, encoder)


def _check_sound(clip: Audio, heard: Transcript, wide_band_only: bool) -> str:
    if reference_check.clipped_share(clip) > reference_check.CLIPPED_SHARE:
        return "clipped"
    music = sum(event.end - event.start for event in heard.events if event.label in ("music", "singing"))
    if music > clip.duration * reference_check.MAX_MUSIC_SHARE:
        return "music"
    if reference_check.signal_to_noise_db(clip) < reference_check.NOISY_DB:
        return "noisy"
    if wide_band_only and reference_check.bandwidth_hz(clip) < reference_check.MIN_BANDWIDTH_HZ:
        return "narrow"
    return ""


def _check_words(given_text: str, heard: Transcript) -> str:
    if not text.is_speakable(heard.text):
        return "text"
    if not given_text:
        return ""
    try:
        rate = error_rate.error_rate(given_text, heard.text, heard.language)
    except BadInput:  # the text has no words
        return "mismatch"
    return "mismatch" if rate > reference_check.MISMATCH_RATE else ""


def _check_voice(clip: Audio, encoder: SpeakerEncoder | None) -> str:
    similarity = None if encoder is None else reference_check.halves_similarity(clip, encoder)
    is_one_voice = similarity is None or similarity >= reference_check.SAME_SPEAKER_SIMILARITY
    return "" if is_one_voice else "speakers"
