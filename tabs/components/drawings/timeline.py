"""A transcript over its waveform as an SVG: speech, emotion and sound events by time."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from itertools import pairwise
from typing import Any

import numpy as np

from funaudio_core.labels import EMOTIONS, EVENTS
from funaudio_core.pipelines.chunked_recognition import load_segment, load_spans
from funaudio_core.pipelines.recognize import build_transcript
from funaudio_core.pipelines.speakers.labels import speakers_of
from funaudio_core.types import Pcm16, Samples, Span, Transcript
from server.request import localize
from tabs.components.strings import emotion_text

WIDTH, WAVE, LANE, GAP, LEFT = 1000, 110, 28, 5, 110  # user units; the drawing scales with the page
COLUMNS = 600  # waveform bars
TICKS = 8
MIN_PEAK = 1e-4  # x full scale; a fainter clip is drawn as silence
# Of the speakers in order, distinguishable for the color-blind (Okabe and Ito's palette).
SPEAKER_COLORS = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#999999", "#b8a600")
MAX_TITLE_CHARACTERS = 12  # of a lane; the rest is in the tip
TICK_WIDTH = 60  # user units of the widest label of the axis


def draw(transcript: Transcript, wave: str, emotion_spans: Sequence[Span] = ()) -> str:
    """Return the drawing as HTML: waveform, a lane for each kind of event and each speaker, emotions, seconds.

    It works on light and dark pages. Hovering over a block shows its label, score, times and text.

    Args:
        transcript: The transcript.
        wave: Result of waveform().
        emotion_spans: Emotions of the voice over time, if the engine reports them.
    """
    lanes = [label for label in EVENTS if any(event.label == label for event in transcript.events)]
    speakers = speaker_colors(transcript)
    height = WAVE + (len(lanes) + len(speakers) + 1 + bool(emotion_spans)) * (LANE + GAP) + 30
    scale = (WIDTH - LEFT) / max(transcript.duration, 1e-6)
    parts = [wave]
    for row, label in enumerate(lanes):
        spans = [event for event in transcript.events if event.label == label]
        parts.append(_lane(localize(EVENTS[label].en), EVENTS[label].color, spans, WAVE + row * (LANE + GAP), scale))
    for row, (speaker, color) in enumerate(speakers.items(), len(lanes)):
        parts.append(_speaker(transcript, speaker, color, WAVE + row * (LANE + GAP), scale))
    row = len(lanes) + len(speakers)
    parts.append(_emotions(transcript, WAVE + row * (LANE + GAP), scale))
    if emotion_spans:
        parts.append(_emotion_spans(emotion_spans, WAVE + (row + 1) * (LANE + GAP), scale))
    parts.append(_axis(transcript.duration, height - 6, scale))
    return (
        f'<svg class="fa-timeline" viewBox="0 0 {WIDTH} {height}" role="img" '
        f'aria-label="{localize("Timeline of speech, emotion and sound events")}" '
        f'style="width:100%;height:auto">{"".join(parts)}</svg>'
    )


def speaker_colors(transcript: Transcript) -> dict[str, str]:
    """Return the color of each speaker by name."""
    names = speakers_of(transcript)
    return {name: SPEAKER_COLORS[number % len(SPEAKER_COLORS)] for number, name in enumerate(names)}


def from_dict(values: dict[str, Any]) -> Transcript:
    """Return the transcript that subtitles.to_dict() made plain values of, without its notes."""
    segments = [load_segment(row) for row in values["segments"]]
    return build_transcript(segments, load_spans(values["events"]), values["duration"], values["engine"])


def waveform(samples: Samples | Pcm16) -> str:
    """Return the waveform of the drawing, which all drawings of a growing transcript share.

    Args:
        samples: Samples of the whole clip, shape (n,) or (channels, n), in memory or memory-mapped.
    """
    edges = np.linspace(0, samples.shape[-1], COLUMNS + 1).astype(int)
    peaks = [_peak(samples[..., a:b]) if b > a else 0.0 for a, b in pairwise(edges)]
    top = max(*peaks, MIN_PEAK)
    step = (WIDTH - LEFT) / COLUMNS
    bars = []
    for column, peak in enumerate(peaks):
        half = max(0.5, peak / top * (WAVE - 12) / 2)
        x = LEFT + column * step
        bars.append(f"M{x:.1f} {WAVE / 2 - half:.1f}V{WAVE / 2 + half:.1f}")
    return f'<path d="{"".join(bars)}" stroke="currentColor" stroke-opacity=".55" stroke-width="{step * 0.7:.2f}"/>'


def _peak(samples: Samples | Pcm16) -> float:
    """Return the highest absolute value, x full scale."""
    full = np.iinfo(np.int16).max if samples.dtype == np.int16 else 1
    return max(float(samples.max()), -float(samples.min())) / full


def times(start: float, end: float) -> str:
    """Return a time span in seconds as text."""
    return localize("{start:.1f}–{end:.1f} s", start=start, end=end)


def _lane_title(text: str, y: float) -> str:
    place = f'x="{LEFT - 8}" y="{y + LANE * 0.72:.0f}" text-anchor="end"'
    return f'<text {place} font-size="19" fill="currentColor">{escape(text[:1].upper() + text[1:])}</text>'


def _block(start: float, end: float, y: float, scale: float, color: str, tip: str, mark: str = "") -> str:
    x, width = LEFT + start * scale, max((end - start) * scale, 2.0)
    text = (
        f'<text x="{x + 4:.1f}" y="{y + LANE * 0.75:.0f}" font-size="19">{mark}</text>' if mark and width > 28 else ""
    )
    return (
        f'<g><title>{escape(tip)}</title><rect x="{x:.1f}" y="{y}" width="{width:.1f}" height="{LANE}" rx="4" '
        f'fill="{color}" fill-opacity=".8"/>{text}</g>'
    )


def _lane(name: str, color: str, spans: list[Span], y: float, scale: float) -> str:
    blocks = (_block(s.start, s.end, y, scale, color, f"{name} {s.score:.0%}, {times(s.start, s.end)}") for s in spans)
    return _lane_title(name, y) + "".join(blocks)


def _speaker(transcript: Transcript, speaker: str, color: str, y: float, scale: float) -> str:
    blocks = [
        _block(s.start, s.end, y, scale, color, f"{speaker}, {times(s.start, s.end)}: {s.text}")
        for s in transcript.segments
        if s.speaker == speaker
    ]
    short = speaker if len(speaker) <= MAX_TITLE_CHARACTERS else f"{speaker[: MAX_TITLE_CHARACTERS - 1]}…"
    return _lane_title(short, y) + "".join(blocks)


def _emotions(transcript: Transcript, y: float, scale: float) -> str:
    blocks = []
    for segment in transcript.segments:
        if segment.emotion is None:
            continue
        label = EMOTIONS[segment.emotion.label]
        tip = f"{emotion_text(segment.emotion)}: {segment.text}"
        blocks.append(_block(segment.start, segment.end, y, scale, label.color, tip, label.emoji))
    return _lane_title(localize("Emotion"), y) + "".join(blocks)


def _emotion_spans(spans: Sequence[Span], y: float, scale: float) -> str:
    blocks = []
    for span in spans:
        label = EMOTIONS[span.label]
        tip = f"{localize(label.en)} {span.score:.0%}, {times(span.start, span.end)}"
        blocks.append(_block(span.start, span.end, y, scale, label.color, tip, label.emoji))
    return _lane_title(localize("from voice"), y) + "".join(blocks)


def _axis(duration: float, y: float, scale: float) -> str:
    step = next((s for s in (0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900) if duration / s <= TICKS), 1800)
    ticks = []
    second = 0.0
    while second <= duration:
        minutes = (
            f"{int(second // 60)}:{second % 60:02.0f}" if duration >= 60 else localize("{count:g} s", count=second)
        )
        anchor = "end" if (duration - second) * scale < TICK_WIDTH / 2 else "middle"
        ticks.append(
            f'<text x="{LEFT + second * scale:.1f}" y="{y}" font-size="17" fill="currentColor" fill-opacity=".7" '
            f'text-anchor="{anchor}">{minutes}</text>'
        )
        second += step
    return "".join(ticks)
