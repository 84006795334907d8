"""Training clips from recordings: cut at pauses and changes of the speaker, transcribed, labelled and checked."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path

from funaudio_core import audio
from funaudio_core.audio import segmentation
from funaudio_core.engines import loader, registry, selection
from funaudio_core.engines.protocols import RecognitionOptions
from funaudio_core.errors import BadInput
from funaudio_core.evaluation.manifests import SOUND_SUFFIXES, TEXT_SUFFIXES
from funaudio_core.pipelines.speakers.diarize import SpeakerTurn
from funaudio_core.runtime import cancellation
from funaudio_core.tasks import recognition
from funaudio_core.tasks.cost import max_chunk_seconds
from funaudio_core.training.data.clip_checks import find_reason
from funaudio_core.training.data.clip_rows import MAX_SECONDS, ClipRow
from funaudio_core.training.data.cutting import cut_recording
from funaudio_core.training.data.json_lines import read_lines
from funaudio_core.training.data.speaker_search import SpeakerSearch
from funaudio_core.types import Audio, Span, Transcript

RATE = 24_000  # Hz, of the clips; the models of CosyVoice take no more
MAX_RECORDING_SECONDS = 7_200.0  # which take 700 MB
SEARCH_SHARE = 0.3  # of the time, in which the speakers are found: 6.4 of 22 CPU-s in bench.training_data
MAX_NAME_CHARACTERS = 40  # of a recording in the ids of its clips


@dataclass(frozen=True, slots=True)
class Recording:
    """Sound file to cut into clips.

    Attributes:
        name: Unique name, which the rows carry.
        path: The file.
        text: Its transcript, if it is known and the file is no longer than a clip; else "".
        language: Code of languages.LANGUAGES; "" to detect it.
        speaker: Name of its only speaker; "" to tell speakers apart.
    """

    name: str
    path: Path
    text: str = ""
    language: str = ""
    speaker: str = ""


@dataclass(frozen=True, slots=True)
class PreparationOptions:
    """Options of the preparation.

    Attributes:
        language: Code of the language of all recordings; "" to detect it in each clip.
        recognizer: Name of the recognizer; "" for the default.
        speakers: Number of speakers in all recordings; 0 to find it.
        main_speaker_only: Keep the clips of the speaker with the most seconds alone.
        wide_band_only: Keep no clips with the bandwidth of a phone call.
    """

    language: str = ""
    recognizer: str = ""
    speakers: int = 0
    main_speaker_only: bool = False
    wide_band_only: bool = False


@dataclass(frozen=True, slots=True)
class PreparationStep:
    """State of the preparation.

    Attributes:
        seconds_done: Seconds of the recordings that are done.
        seconds: Seconds of all recordings.
        rows: Rows so far; whether a clip is of the main speaker is known at the end.
    """

    seconds_done: float
    seconds: float
    rows: tuple[ClipRow, ...]


def find_recordings(paths: Sequence[Path]) -> tuple[Recording, ...]:
    """Return the recordings of sound files and folders; a transcript of the same name beside a file is read.

    Raises:
        BadInput: There are none, or a path doesn't exist.
    """
    files: dict[str, Path] = {}
    for path in paths:
        if not path.exists():
            raise BadInput("There is no file or folder {path!r}.", path=path.name)
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if file.suffix.lower() in SOUND_SUFFIXES and file.is_file():
                name = str(file.relative_to(path)) if path.is_dir() else file.name
                while name in files:
                    name = f"_{name}"
                files[name] = file
    if not files:
        raise BadInput("There are no sound files. Choose recordings, or a folder with some.")
    return tuple(Recording(name, file, _text_beside(file)) for name, file in files.items())


def prepare_clips(recordings: Sequence[Recording], options: PreparationOptions) -> Iterator[PreparationStep]:
    """Cut recordings into clips of MIN_SECONDS to MAX_SECONDS, transcribe and check them.

    Yields:
        The state after each piece of work; the last one is complete.

    Raises:
        BadInput: A recording can't be decoded.
        Cancelled: The request was cancelled.
    """
    total = sum(audio.declared_duration(recording.path) for recording in recordings)
    segmenter, encoder = selection.speaker_engines()
    unknown = [recording.path for recording in recordings if not recording.speaker]
    search = SpeakerSearch(unknown, loader.load(segmenter), loader.load(encoder))
    for seconds in search.collect():
        yield PreparationStep(min(total, SEARCH_SHARE * seconds), total, ())
    turns = search.turns(options.speakers)
    rows: list[ClipRow] = []
    done = 0.0
    for number, recording in enumerate(recordings, 1):
        clip = _load(recording)
        preparation = _RecordingPreparation(recording, number, clip, turns.get(recording.path, ()), options)
        for row in preparation.rows():
            rows.append(row)
            seconds = SEARCH_SHARE * total + (1 - SEARCH_SHARE) * (done + row.end)
            yield PreparationStep(min(total, seconds), total, tuple(rows))
        done += clip.duration
    yield PreparationStep(total, total, _keep_main_speaker(rows) if options.main_speaker_only else tuple(rows))


def load_clip(row: ClipRow, recordings: Sequence[Recording]) -> Audio:
    """Return the sound of a row.

    Raises:
        BadInput: Its recording isn't among these, or ends before the clip.
    """
    return _slice(row, _load(_recording_of(row, recordings)))


def save_clips(rows: Sequence[ClipRow], recordings: Sequence[Recording], folder: Path) -> dict[str, Path]:
    """Write the clips that are kept as WAV files, and return the path of each by its row's id.

    Raises:
        BadInput: See load_clip().
    """
    folder.mkdir(parents=True, exist_ok=True)
    paths: dict[str, Path] = {}
    kept = sorted((row for row in rows if row.kept), key=lambda row: (row.recording, row.start))
    for _, group in groupby(kept, key=lambda row: row.recording):
        clips = list(group)
        whole = _load(_recording_of(clips[0], recordings))
        for row in clips:
            paths[row.id] = audio.save_wav(_slice(row, whole), folder / f"{row.id}.wav")
    return paths


class _RecordingPreparation:
    """Preparation of one recording."""

    def __init__(
        self,
        recording: Recording,
        number: int,
        clip: Audio,
        turns: Sequence[SpeakerTurn],
        options: PreparationOptions,
    ) -> None:
        self._recording, self._clip, self._options = recording, clip, options
        self._turns = turns or [SpeakerTurn(1, 0.0, clip.duration)]
        self._encoder = selection.load_default(registry.SPEAKER_ENCODERS)
        self._prefix = f"{number:03d}-{_slug(Path(recording.name).stem)}"
        self._text = recording.text if clip.duration <= MAX_SECONDS else ""

    def rows(self) -> Iterator[ClipRow]:
        """Yield the rows in order of time."""
        language = self._recording.language or self._options.language or None
        index = 0
        for group in _group_by_length(self._spans(), max_chunk_seconds()):
            clips = [self._clip.slice(span.start, span.end).copy() for span in group]
            transcripts = recognition.transcribe_clips(
                clips, RecognitionOptions(language=language), self._options.recognizer
            )
            for span, clip, heard in zip(group, clips, transcripts, strict=True):
                cancellation.raise_if_cancelled()
                index += 1
                yield self._row(f"{self._prefix}-{index:04d}", span, clip, heard)

    def _spans(self) -> tuple[Span, ...]:
        """Return the spans of the clips, each labelled with its speaker."""
        events = selection.load_default(registry.DETECTORS).detect(self._clip)
        speech = [event for event in events if event.label == "speech"]
        if not self._text or not speech:
            return cut_recording(self._clip, speech, self._turns)
        start = max(0.0, speech[0].start - segmentation.PADDING_SECONDS)
        end = min(self._clip.duration, speech[-1].end + segmentation.PADDING_SECONDS)
        longest = max(self._turns, key=lambda turn: turn.end - turn.start)
        return (Span(str(longest.speaker), start, end),)

    def _row(self, id_: str, span: Span, clip: Audio, heard: Transcript) -> ClipRow:
        reason = find_reason(clip, self._text, heard, self._encoder, wide_band_only=self._options.wide_band_only)
        return ClipRow(
            id=id_,
            recording=self._recording.name,
            start=round(span.start, 3),
            end=round(span.end, 3),
            text=self._text or heard.text,
            language=self._recording.language or heard.language,
            speaker=self._recording.speaker or span.label,
            emotion="" if heard.emotion is None else heard.emotion.label,
            events=tuple(dict.fromkeys(event.label for event in heard.events if event.label != "speech")),
            kept=not reason,
            reason=reason,
        )


def _group_by_length(spans: Sequence[Span], max_seconds: float) -> Iterator[list[Span]]:
    """Yield groups of consecutive spans of at most `max_seconds` together."""
    group: list[Span] = []
    seconds = 0.0
    for span in spans:
        if group and seconds + span.end - span.start > max_seconds:
            yield group
            group, seconds = [], 0.0
        group.append(span)
        seconds += span.end - span.start
    if group:
        yield group


def _keep_main_speaker(rows: Sequence[ClipRow]) -> tuple[ClipRow, ...]:
    """Return the rows with those kept of only the speaker with the most seconds among them."""
    seconds: Counter[str] = Counter()
    for row in rows:
        if row.kept:
            seconds[row.speaker] += row.duration  # type: ignore[assignment]  # a Counter adds floats as well
    main = max(seconds, key=seconds.__getitem__, default="")
    return tuple(replace(row, kept=False, reason="other") if row.kept and row.speaker != main else row for row in rows)


def _text_beside(path: Path) -> str:
    """Return the transcript in a text file of the same name, or ""."""
    files = (path.with_suffix(suffix) for suffix in TEXT_SUFFIXES)
    found = next((file for file in files if file.is_file()), None)
    return "" if found is None else " ".join(line.text.strip() for line in read_lines(found))


def _slug(name: str) -> str:
    """Return the letters and digits of a name for a file name."""
    return re.sub(r"\W+", "-", name).strip("-")[:MAX_NAME_CHARACTERS] or "clip"


def _recording_of(row: ClipRow, recordings: Sequence[Recording]) -> Recording:
    recording = next((each for each in recordings if each.name == row.recording), None)
    if recording is None:
        raise BadInput("The recording {name!r} of the clip {id!r} is missing.", name=row.recording, id=row.id)
    return recording


def _load(recording: Recording) -> Audio:
    return audio.load(recording.path, MAX_RECORDING_SECONDS, RATE)


def _slice(row: ClipRow, whole: Audio) -> Audio:
    if row.end > whole.duration + segmentation.PADDING_SECONDS:
        raise BadInput("The recording {name!r} ends before the clip {id!r}.", name=row.recording, id=row.id)
    return whole.slice(row.start, row.end).copy()
