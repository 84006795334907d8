"""Check whether a reference clip can be cloned, and say what to do if not."""

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

MIN_SECONDS, RECOMMENDED_SECONDS, MAX_SECONDS = 1.0, 3.0, 30.0  # seconds: refused below, warned below, trimmed above
CUT_FROM_SHARE = 0.8  # a clip that is too long is cut at the quietest point in the last fifth of LONGEST
MARGIN_SECONDS = 0.15  # seconds of silence kept around the speech
CLIPPED_PEAK, CLIPPED_SHARE = 0.985, 0.001  # of full scale; share of samples from which clipping is heard
# dB of speech over noise. 120 studio prompts measure 15.7 and more; under white noise at 10 dB 12 at most, at 0 dB 4.
NOISY_DB, UNUSABLE_DB = 13.0, 4.0
NOISE_FRAME_SECONDS = 0.032  # seconds
NOISE_BAND_BINS = 5  # FFT bins averaged
NOISE_PERCENTILE = (
    5  # percent of the frames in which a band holds noise alone: nobody speaks in every band all the time
)
NOISE_BIAS_DB = 5.4  # dB that these settings find in white noise alone
NOISE_RANGE_HZ = (100, 4_000)  # Hz
MIN_BANDWIDTH_HZ = 5_000  # Hz; telephone speech ends at 3.4 kHz
BANDWIDTH_ENERGY_SHARE = 0.999  # of the energy lies below the effective bandwidth
MAX_SILENCE_SHARE = 0.6  # of the frames, from which a warning is due
SPEECH_THRESHOLD_DB = -35.0  # dB against the loudest frame: no speech
QUIET_SPEECH_DB = -40.0  # dB, level of the speech itself
MISMATCH_RATE, WRONG_RATE = 0.3, 0.7  # error rate between typed and heard text
SAME_SPEAKER_SIMILARITY = (
    0.72  # cosine between halves: one speaker's measure .73 and more (n 38), two speakers' .71 at most (n 65)
)
MIN_HALF_SECONDS = 3.0  # seconds that each half needs for that to mean anything


@dataclass(frozen=True, slots=True)
class Finding:
    """One sentence with its remedy. severity: "info", "warn" or "refuse"."""

    severity: str
    text: Message


@dataclass(frozen=True, eq=False, slots=True)
class ReferenceReport:
    """What was found, and the clip as it should be used: trimmed of silence, at most LONGEST seconds."""

    findings: tuple[Finding, ...]
    clip: Audio

    @property
    def is_refused(self) -> bool:
        """Whether any finding forbids to use the clip."""
        return any(finding.severity == "refuse" for finding in self.findings)


def trim_reference(clip: Audio) -> ReferenceReport:
    """The clip without silence around it and at most LONGEST long, and what was done; refused where it is silent."""
    if audio.rms_db(clip) < audio.SILENCE_DB:
        text = Message("The clip is silent. Check the microphone, or upload another clip.")
        return ReferenceReport((Finding("refuse", text),), clip.slice(0.0, MAX_SECONDS).copy())
    prepared, trims = _prepared(clip)
    return ReferenceReport(tuple(trims), prepared.copy())


def check_reference(
    trimmed: ReferenceReport,
    transcript: str | None,
    recognized: Transcript,
    language: str,
    encoder: SpeakerEncoder | None = None,
) -> ReferenceReport:
    """Everything that is wrong or was put right, gravest first.

    given: from prepare(). typed: the visitor's transcript, None where they gave none. heard: what a recogniser heard
    in the prepared clip. encoder: to notice that two people speak.
    """
    if trimmed.is_refused:
        return trimmed
    prepared, trims = trimmed.clip, trimmed.findings
    findings = [
        *_length(prepared),
        *_sound(prepared),
        *_heard(transcript, recognized, language),
        *_speakers(prepared, encoder),
    ]
    music = sum(event.end - event.start for event in recognized.events if event.label in ("music", "singing"))
    if music > prepared.duration / 4:
        findings.append(Finding("warn", Message("The clip contains music. Use a clip with only the voice.")))
    findings.extend(trims)
    if not any(finding.severity != "info" for finding in findings):
        findings.append(Finding("info", Message("Good reference: clear, one speaker, long enough.")))
    order = ("refuse", "warn", "info")
    return ReferenceReport(tuple(sorted(findings, key=lambda finding: order.index(finding.severity))), prepared)


def _prepared(clip: Audio) -> tuple[Audio, list[Finding]]:
    """The clip without silence around it and at most LONGEST long, and what was done."""
    done: list[Finding] = []
    active = _active(clip)
    first, last = int(np.argmax(active)), len(active) - int(np.argmax(active[::-1]))
    start = max(0.0, first * audio.FRAME_SECONDS - MARGIN_SECONDS)
    end = min(clip.duration, last * audio.FRAME_SECONDS + MARGIN_SECONDS)
    if start + clip.duration - end > 2 * MARGIN_SECONDS:
        text = Message(
            "Silence was trimmed: {before:.1f} s at the start, {after:.1f} s at the end.",
            before=start,
            after=clip.duration - end,
        )
        done.append(Finding("info", text))
        clip = clip.slice(start, end)
    if clip.duration > MAX_SECONDS:
        cut = find_quietest(clip, MAX_SECONDS * CUT_FROM_SHARE, MAX_SECONDS)
        text = Message(
            "Only the first {cut:.1f} of {seconds:.0f} s are used, cut at a pause.", cut=cut, seconds=clip.duration
        )
        done.append(Finding("info", text))
        clip = clip.slice(0.0, cut)
    return clip, done


def _active(clip: Audio) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    loudness = audio.frame_db(clip)
    active: np.ndarray[tuple[int], np.dtype[np.bool_]] = loudness > loudness.max() + SPEECH_THRESHOLD_DB
    return active


def _length(clip: Audio) -> list[Finding]:
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


def _sound(clip: Audio) -> list[Finding]:
    found = []

    def warn(text: Message) -> None:
        found.append(Finding("warn", text))

    clipped = float(np.mean(np.abs(clip.samples) >= CLIPPED_PEAK))
    if clipped > CLIPPED_SHARE:
        warn(Message("{share:.1%} of the samples are clipped. Lower the recording gain.", share=clipped))
    loudness, active = audio.frame_db(clip), _active(clip)
    speech = float(np.median(loudness[active]))
    noise = signal_to_noise_db(clip)
    if noise < UNUSABLE_DB:
        text = Message(
            "Speech is only {level:.0f} dB above the noise. Record in a quiet room, closer to the microphone.",
            level=noise,
        )
        found.append(Finding("refuse", text))
    elif noise < NOISY_DB:
        warn(
            Message(
                "The clip is noisy (speech is {level:.0f} dB above the noise). Record in a quieter room.", level=noise
            )
        )
    if speech < QUIET_SPEECH_DB:
        warn(Message("The speech is quiet ({level:.0f} dB). Record closer to the microphone.", level=speech))
    band = bandwidth_hz(clip) / 1000
    if band < MIN_BANDWIDTH_HZ / 1000:
        warn(
            Message(
                "The audio is limited to {band:.1f} kHz, like a phone call. Use a full-bandwidth recording.", band=band
            )
        )
    silent = 1.0 - float(np.mean(active))
    if silent > MAX_SILENCE_SHARE:
        warn(Message("{share:.0%} of the clip is silence. Trim the pauses or record continuous speech.", share=silent))
    return found


def signal_to_noise_db(clip: Audio) -> float:
    """Speech over noise, dB: the power of an active frame over what each band holds in its quietest frames.

    Works without pauses in the speech, since no sound fills every band. Clean recordings reach 15 to 66.
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
    """The frequency, Hz, below which BAND_SHARE of the energy lies, pre-emphasised against speech's tilt."""
    emphasised = np.diff(clip.samples, prepend=clip.samples[:1])
    power = np.abs(np.fft.rfft(emphasised)) ** 2
    share = np.cumsum(power) / max(float(power.sum()), 1e-12)
    return float(np.searchsorted(share, BANDWIDTH_ENERGY_SHARE)) * clip.rate / len(clip.samples)


def _heard(typed: str | None, heard: Transcript, language: str) -> list[Finding]:
    if not heard.segments:
        text = Message("No speech detected in the clip. Use a clip with clear speech.")
        return [Finding("refuse", text)]
    if typed is None:
        return []
    try:
        rate = error_rate.error_rate(typed, heard.text, language)
    except BadInput:
        return [Finding("warn", Message("The transcript contains no words, so the recognized text is used instead."))]
    if rate <= MISMATCH_RATE:
        return []
    grave = "refuse" if rate > WRONG_RATE else "warn"
    text = Message(
        "The transcript doesn't match the clip ({rate:.0%} differs). Recognized: “{heard}”. Correct or clear it.",
        rate=rate,
        heard=heard.text,
    )
    return [Finding(grave, text)]


def _speakers(clip: Audio, encoder: SpeakerEncoder | None) -> list[Finding]:
    if encoder is None or clip.duration < 2 * MIN_HALF_SECONDS:
        return []
    middle = clip.duration / 2
    try:
        alike = float(encoder.embed(clip.slice(0.0, middle)) @ encoder.embed(clip.slice(middle, clip.duration)))
    except BadInput:  # a half without speech tells nothing about who speaks
        return []
    if alike >= SAME_SPEAKER_SIMILARITY:
        return []
    text = Message(
        "The clip seems to contain two speakers (similarity {alike:.2f}). Use a clip with one speaker.", alike=alike
    )
    return [Finding("warn", text)]
