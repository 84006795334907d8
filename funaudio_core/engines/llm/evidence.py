"""Notes on a clip for a chat model that can't hear: what listening programs found, as text."""

from __future__ import annotations

from funaudio_core.labels import EMOTIONS, EVENTS
from funaudio_core.languages import LANGUAGES
from funaudio_core.types import Segment, Transcript

MAX_SEGMENTS = 60  # of one clip, about five minutes of talk
SPEECH = "speech"  # the event that the segments describe
CONFIDENCE_THRESHOLD = 0.5  # an emotion below it is noted as "perhaps"


def describe(heard: Transcript) -> str:
    """Return the notes: length, language, each segment with speaker and emotion, then sounds other than speech."""
    lines = [f"Recording of {heard.duration:.1f} s."]
    speakers = {segment.speaker for segment in heard.segments if segment.speaker}
    if speakers:
        lines.append(f"Number of speakers: {len(speakers)}.")
    if heard.language:
        lines.append(f"Language: {LANGUAGES[heard.language].name}.")
    if not heard.segments:
        lines.append("Nobody speaks.")
    lines += [_describe_segment(segment) for segment in heard.segments[:MAX_SEGMENTS]]
    if len(heard.segments) > MAX_SEGMENTS:
        lines.append(f"({len(heard.segments) - MAX_SEGMENTS} more segments are left out.)")
    sounds = [
        f"{EVENTS[event.label].en} from {event.start:.1f} to {event.end:.1f} s"
        for event in heard.events
        if event.label != SPEECH
    ]
    lines.append(f"Other sounds: {'; '.join(sounds) or 'none found'}.")
    return "\n".join(lines)


def _describe_segment(segment: Segment) -> str:
    speaker = f", speaker {segment.speaker}" if segment.speaker else ""
    emotion = ""
    if segment.emotion is not None:
        hedge = "" if segment.emotion.confidence >= CONFIDENCE_THRESHOLD else "perhaps "
        emotion = f", sounds {hedge}{EMOTIONS[segment.emotion.label].en}"
    return f"{segment.start:.1f}-{segment.end:.1f} s{speaker}{emotion}: {segment.text.strip()}"
