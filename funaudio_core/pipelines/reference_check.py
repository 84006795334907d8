"""Check of a reference clip for voice cloning, with a remedy for each problem."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from funaudio_core import audio
from funaudio_core.audio.segmentation import find_quietest
from funaudio_core.engines.protocols import SpeakerEncoder
from funaudio_core.errors import BadInput
from funaudio_core.message import Message
from funaudio_core.text import error_rate
from funaudio_core.types import Audio, Transcript

MIN_SECONDS, RECOMMENDED_SECONDS, MAX_SECONDS = 1.0, 3.0, 30.0  # refused below, warned below, cut above
CUT_FROM_SHARE = 0.8  # of MAX_SECONDS; longer clips are cut at the quietest point between there and MAX_SECONDS
MARGIN_SECONDS = 0.15  # of silence kept around the speech
CLIPPED_PEAK = 0.985  # of full scale; louder samples count as clipped
CLIPPED_SHARE = 0.001  # of the samples, from which clipping is audible
# Speech over noise. 120 studio prompts measure 15.7 and more; with white noise at 10 dB at most 12, at 0 dB 4.
NOISY_DB, UNUSABLE_DB = 13.0, 4.0
NOISE_FRAME_SECONDS = 0.032
NOISE_BAND_BINS = 5  # FFT bins averaged
NOISE_PERCENTILE = 5  # percent of the frames in which a band holds noise alone, since no speech fills every band always
NOISE_BIAS_DB = 5.4  # that these settings measure for white noise alone
NOISE_RANGE_HZ = (100, 4_000)
MIN_BANDWIDTH_HZ = 5_000  # telephone speech ends at 3.4 kHz
BANDWIDTH_ENERGY_SHARE = 0.999  # of the energy, below the effective bandwidth
MAX_SILENCE_SHARE = 0.6  # of the frames; more leads to a warning
SPEECH_THRESHOLD_DB = -35.0  # relative to the loudest frame; quieter frames are not speech
QUIET_SPEECH_DB = -40.0  # level of the speech itself, below which it is called quiet
MISMATCH_RATE, WRONG_RATE = 0.3, 0.7  # error rate of the given against the recognized transcript: warned, refused above
MAX_MUSIC_SHARE = 1 / 4  # of the clip; more leads to a warning
# Cosine between halves of 3 s in real recordings: .64 and more for one speaker (n = 84), .61 at most for two (n = 652).
SAME_SPEAKER_SIMILARITY = 0.62
MIN_HALF_SECONDS = 3.0  # of each half, for a meaningful similarity
SEVERITIES = ("refuse", "warn", "info", "good")  # most severe first


@dataclass(frozen=True, slots=True)
class Finding:
    """Problem or fact about a clip, with its remedy; severity: one of SEVERITIES."""

    severity: str
    text: Message


@dataclass(frozen=True, eq=False, slots=True)
class ReferenceReport:
    """Findings, and the part of the clip to use: without silence around it, at most MAX_SECONDS long."""

    findings: tuple[Finding, ...]
    clip: Audio

    @property
    def is_refused(self) -> bool:
        """Return whether the clip can't be used."""
        return any(finding.severity == "refuse" for finding in self.findings)


def trim_reference(clip: Audio) -> ReferenceReport:
    """Trim a clip to its speech and to MAX_SECONDS, or refuse a silent one; the report says what was removed or mended.

    Notes of the clip are findings too.
    """
    if audio.rms_db(clip) < audio.SILENCE_DB:
        text = Message("The clip is silent. Check the microphone, or upload another clip.")
        return ReferenceReport((Finding("refuse", text),), clip.slice(0.0, MAX_SECONDS).copy())
    trimmed, findings = _trim(clip)
    notes = [Finding("info", note) for note in clip.notes]
    return ReferenceReport((*notes, *findings), trimmed.copy())


def check_reference(
    trimmed: ReferenceReport,
    transcript: str | None,
    recognized: Transcript,
    language: str,
    encoder: SpeakerEncoder | None = None,
) -> ReferenceReport:
    """Check a trimmed clip.

    Args:
        trimmed: Report of trim_reference().
        transcript: The user's transcript; None if there is none.
        recognized: Transcript of the trimmed clip by a recognizer.
        language: Code of the clip's language.
        encoder: Detects a second speaker; None to skip that.

    Returns:
        All findings, the most severe first.
    """
    if trimmed.is_refused:
        return trimmed
    clip = trimmed.clip
    findings = [
        *_check_length(clip),
        *_check_sound(clip),
        *_check_transcript(transcript, recognized, language),
        *_check_speakers(clip, encoder),
    ]
    music = sum(event.end - event.start for event in recognized.events if event.label in ("music", "singing"))
    if music > clip.duration * MAX_MUSIC_SHARE:
        findings.append(Finding("warn", Message("The clip contains music. Use a clip with only the voice.")))
    findings.extend(trimmed.findings)
    if not any(finding.severity != "info" for finding in findings):
        findings.append(Finding("good", Message("Good reference: clear, one speaker, long enough.")))
    return ReferenceReport(tuple(sorted(findings, key=lambda finding: SEVERITIES.index(finding.severity))), clip)


def _trim(clip: Audio) -> tuple[Audio, list[Finding]]:
    """Return the clip without silence around it and at most MAX_SECONDS long, and what was removed."""
    findings: list[Finding] = []
    active = _is_speech(clip)
    first, last = int(np.argmax(active)), len(active) - int(np.argmax(active[::-1]))
    start = max(0.0, first * audio.FRAME_SECONDS - MARGIN_SECONDS)
    end = min(clip.duration, last * audio.FRAME_SECONDS + MARGIN_SECONDS)
    if start + clip.duration - end > 2 * MARGIN_SECONDS:
        text = Message(
            "Silence was trimmed: {before:.1f} s at the start, {after:.1f} s at the end.",
            before=start,
            after=clip.duration - end,
        )
        findings.append(Finding("info", text))
        clip = clip.slice(start, end)
    if clip.duration > MAX_SECONDS:
        cut = find_quietest(clip, MAX_SECONDS * CUT_FROM_SHARE, MAX_SECONDS)
        text = Message(
            "Only the first {cut:.1f} of {seconds:.0f} s are used, cut at a pause.", cut=cut, seconds=clip.duration
        )
        findings.append(Finding("info", text))
        clip = clip.slice(0.0, cut)
    return clip, findings


def _is_speech(clip: Audio) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Return whether each frame of audio.FRAME_SECONDS is loud enough for speech, (frames,)."""
    loudness = audio.frame_db(clip)
    active: np.ndarray[tuple[int], np.dtype[np.bool_]] = loudness > loudness.max() + SPEECH_THRESHOLD_DB
    return active


def _check_length(clip: Audio) -> list[Finding]:
    if clip.duration < MIN_SECONDS:
        text = Message(
            "The clip has only {seconds:.1f} s of speech. Record at least {least:.0f} s; "
            "{low:.0f} to {high:.0f} s work best.",
            seconds=clip.duration,
            least=MIN_SECONDS,
            low=RECOMMENDED_SECONDS,
            high=MAX_SECONDS,
        )
        return [Finding("refuse", text)]
    if clip.duration < RECOMMENDED_SECONDS:
        text = Message(
            "The clip is short ({seconds:.1f} s). Use {enough:.0f} s or more for a closer match.",
            seconds=clip.duration,
            enough=RECOMMENDED_SECONDS,
        )
        return [Finding("warn", text)]
    return []


def _check_sound(clip: Audio) -> list[Finding]:
    """Return the findings about clipping, noise, level, bandwidth and pauses."""
    findings = []

    def warn(text: Message) -> None:
        findings.append(Finding("warn", text))

    share = clipped_share(clip)
    if share > CLIPPED_SHARE:
        warn(Message("{share:.1%} of the samples are clipped. Lower the recording gain.", share=share))
    findings.extend(_check_noise(clip))
    active = _is_speech(clip)
    speech_db = float(np.median(audio.frame_db(clip)[active]))
    if speech_db < QUIET_SPEECH_DB:
        warn(Message("The speech is quiet ({level:.0f} dB). Record closer to the microphone.", level=speech_db))
    bandwidth_khz = bandwidth_hz(clip) / 1000
    if bandwidth_khz < MIN_BANDWIDTH_HZ / 1000:
        text = Message(
            "The audio is limited to {band:.1f} kHz, like a phone call. Use a full-bandwidth recording.",
            band=bandwidth_khz,
        )
        warn(text)
    silence_share = 1.0 - float(np.mean(active))
    if silence_share > MAX_SILENCE_SHARE:
        text = Message(
            "{share:.0%} of the clip is silence. Trim the pauses or record continuous speech.", share=silence_share
        )
        warn(text)
    return findings


def clipped_share(clip: Audio) -> float:
    """Return the share of the samples that are clipped."""
    return float(np.mean(np.abs(clip.samples) >= CLIPPED_PEAK))


def _check_noise(clip: Audio) -> list[Finding]:
    snr_db = signal_to_noise_db(clip)
    if snr_db < UNUSABLE_DB:
        text = Message(
            "Speech is only {level:.0f} dB above the noise. Record in a quiet room, closer to the microphone.",
            level=snr_db,
        )
        return [Finding("refuse", text)]
    if snr_db < NOISY_DB:
        text = Message(
            "The clip is noisy (speech is {level:.0f} dB above the noise). Record in a quieter room.", level=snr_db
        )
        return [Finding("warn", text)]
    return []


def signal_to_noise_db(clip: Audio) -> float:
    """Return the signal-to-noise ratio in dB: power of a loud frame over the power of each band's quietest frames.

    It needs no pauses in the speech, since no speech sound fills every band. Clean recordings reach 15 to 66.
    """
    size = max(16, round(NOISE_FRAME_SECONDS * clip.rate))
    samples = np.pad(clip.samples, (0, max(0, size - len(clip.samples))))
    frames = np.lib.stride_tricks.sliding_window_view(samples, size)[:: size // 2]
    low, high = (round(frequency * size / clip.rate) for frequency in NOISE_RANGE_HZ)
    power = np.square(np.abs(np.fft.rfft(frames * np.hanning(size).astype(np.float32), axis=1)))[:, low:high]
    bands = np.lib.stride_tricks.sliding_window_view(power, NOISE_BAND_BINS, axis=1).mean(axis=2)
    level = bands.sum(axis=1)
    speech = np.median(level[level > level.max() * 10 ** (SPEECH_THRESHOLD_DB / 10)])
    noise = np.percentile(bands, NOISE_PERCENTILE, axis=0).sum()
    return float(10 * np.log10(speech / max(noise, 1e-20))) - NOISE_BIAS_DB


def bandwidth_hz(clip: Audio) -> float:
    """Return the frequency in Hz below which BANDWIDTH_ENERGY_SHARE of the energy is, after pre-emphasis."""
    emphasized = np.diff(clip.samples, prepend=clip.samples[:1])
    power = np.abs(np.fft.rfft(emphasized)) ** 2
    share = np.cumsum(power) / max(float(power.sum()), 1e-12)
    return float(np.searchsorted(share, BANDWIDTH_ENERGY_SHARE)) * clip.rate / len(clip.samples)


def _check_transcript(transcript: str | None, recognized: Transcript, language: str) -> list[Finding]:
    if not recognized.segments:
        text = Message("No speech detected in the clip. Use a clip with clear speech.")
        return [Finding("refuse", text)]
    if transcript is None:
        return []
    try:
        rate = error_rate.error_rate(transcript, recognized.text, language)
    except BadInput:
        return [Finding("warn", Message("The transcript contains no words, so the recognized text is used instead."))]
    if rate <= MISMATCH_RATE:
        return []
    severity = "refuse" if rate > WRONG_RATE else "warn"
    text = Message(
        "The transcript doesn't match the clip ({rate:.0%} differs). Recognized: “{heard}”. Correct or clear it.",
        rate=rate,
        heard=recognized.text,
    )
    return [Finding(severity, text)]


def _check_speakers(clip: Audio, encoder: SpeakerEncoder | None) -> list[Finding]:
    similarity = None if encoder is None else halves_similarity(clip, encoder)
    if similarity is None or similarity >= SAME_SPEAKER_SIMILARITY:
        return []
    text = Message(
        "The clip seems to contain two speakers (similarity {alike:.2f}). Use a clip with one speaker.",
        alike=similarity,
    )
    return [Finding("warn", text)]


def halves_similarity(clip: Audio, encoder: SpeakerEncoder) -> float | None:
    """Return the similarity of the voices in both halves of a clip; None if they are too short to tell."""
    if clip.duration < 2 * MIN_HALF_SECONDS:
        return None
    middle = clip.duration / 2
    try:
        return float(encoder.embed(clip.slice(0.0, middle)) @ encoder.embed(clip.slice(middle, clip.duration)))
    except BadInput:  # a half has too little speech
        return None
