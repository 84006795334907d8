"""Recognizer behind /audio/transcriptions."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from funaudio_core import audio, languages
from funaudio_core.audio import segmentation
from funaudio_core.audio.encode import encode
from funaudio_core.audio.segmentation import SpeechWindow
from funaudio_core.engines.firered import FireRed
from funaudio_core.engines.protocols import RECOGNITION_RATE, RecognitionOptions, Recognizer
from funaudio_core.engines.remote.http_client import HttpClient
from funaudio_core.engines.remote.server_profiles import HOTWORDS, LANGUAGE_ID, SEGMENT_TIMES, TO_ENGLISH
from funaudio_core.engines.spec import EngineSpec
from funaudio_core.errors import FunAudioError
from funaudio_core.labels import EMOTIONS, EVENTS
from funaudio_core.languages import LANGUAGES
from funaudio_core.text import language_id
from funaudio_core.types import Audio, Emotion, Segment, Span, Word

MAX_REQUEST_SECONDS = 30.0  # SGLang-Omni's Fun-ASR rejects more; Whisper was trained with as much
JOIN_SECONDS = 15.0  # sentences are sent together up to this length, so that the first text arrives soon
WORD_TIMES = "word-times"
MAX_TIME_SECONDS = 1e6  # larger times in an answer are invalid
UNKNOWN_PROBABILITY = 0.0  # of a language that was detected from the text
_TAG = re.compile(r"<\|[^|<>]*\|>")  # SenseVoice's tags, which some servers leave in
_CODES = {row.name.lower(): code for code, row in LANGUAGES.items()}  # OpenAI's Whisper returns "english"
_Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Transcript:
    """Answer for one window of speech.

    Attributes:
        text: The whole text.
        language: Code; "" if the server doesn't say.
        rows: Segments with times in seconds from the start of the window.
        words: Words with such times.
    """

    text: str
    language: str
    rows: tuple[_Row, ...]
    words: tuple[_Row, ...]


class RemoteRecognizer:
    """Recognizer on a server. Thread-safe: it keeps no state between calls.

    Long clips are cut in pauses, and the windows are sent one after the other. Closing the iterator ends the work after
    the current one.
    """

    def __init__(
        self,
        model: str,
        client: HttpClient,
        current_spec: Callable[[], EngineSpec[Recognizer]],
        event_detector: FireRed,
    ) -> None:
        """Create the engine.

        Args:
            model: Its name on the server.
            client: HTTP client of the server.
            current_spec: Returns the spec by what the server says now; raises FunAudioError if it is unreachable.
            event_detector: Finds speech and pauses.
        """
        self._model, self._client, self._current_spec, self._event_detector = (
            model,
            client,
            current_spec,
            event_detector,
        )

    def transcribe(self, clip: Audio, options: RecognitionOptions) -> Iterator[Segment]:
        """Transcribe a clip; silence is not sent.

        If the server detects the language but does not return it, it is detected from the text.

        Args:
            clip: The recording.
            options: Languages, hotwords and the like.

        Returns:
            Segments in order of time, each as soon as it is known.

        Raises:
            BadInput: A language is not supported.
            Unsupported: The server lacks another capability.
            FunAudioError: The server fails.
        """
        spec = self._current_spec()
        for code in options.requested_languages:
            languages.require_language(code, spec.languages, spec.title)
        for needed, capability in (
            (options.translate_to_english, TO_ENGLISH),
            (bool(options.hotwords), HOTWORDS),
            (len(options.requested_languages) != 1, LANGUAGE_ID),
            (not options.itn, "itn"),  # no server has a parameter for it
        ):
            if needed:
                spec.require(capability)
        return self._segments(clip, options, spec)

    def _segments(self, clip: Audio, options: RecognitionOptions, spec: EngineSpec[Recognizer]) -> Iterator[Segment]:
        previous_language = options.previous_language
        for windows in segmentation.find_windows(
            clip, self._event_detector.detect_speech, MAX_REQUEST_SECONDS, JOIN_SECONDS
        ):
            for window in windows:
                wav = encode(audio.resample(clip.slice(window.start, window.end), RECOGNITION_RATE), "wav")
                for segment in self._recognize(wav, window, options, spec, previous_language):
                    previous_language = segment.language
                    yield segment

    def _recognize(
        self,
        wav: bytes,
        window: SpeechWindow,
        options: RecognitionOptions,
        spec: EngineSpec[Recognizer],
        previous_language: str,
    ) -> list[Segment]:
        """Return the segments of one window; previous_language: of the speech before it, "" for none."""
        given_language = next(iter(options.requested_languages)) if len(options.requested_languages) == 1 else ""
        transcript = self._request(wav, given_language, options, spec)
        language = "en" if options.translate_to_english else given_language or _language(transcript, previous_language)
        if (
            options.candidate_languages
            and not options.translate_to_english
            and language not in options.candidate_languages
        ):
            transcripts = {
                code: self._request(wav, code, options, spec) for code in sorted(options.candidate_languages)
            }
            language = next(
                (code for code, candidate in transcripts.items() if _language(candidate, "") == code), min(transcripts)
            )
            transcript = transcripts[language]
        if not transcript.text:
            return []
        probability = 1.0 if given_language else UNKNOWN_PROBABILITY
        if not transcript.rows:
            words = _words(transcript.words, window)
            return [Segment(*window.speech_bounds, transcript.text, language, probability, words)]
        return [_segment(row, transcript.words, window, language, probability) for row in transcript.rows]

    def _request(
        self, wav: bytes, language: str, options: RecognitionOptions, spec: EngineSpec[Recognizer]
    ) -> _Transcript:
        """Send one request; language: "" to let the server detect it."""
        capabilities = spec.capabilities
        form: dict[str, str | list[str]] = {"model": self._model, "response_format": "json"}
        if SEGMENT_TIMES in capabilities:
            form["response_format"] = "verbose_json"
            if options.words and WORD_TIMES in capabilities:
                form["timestamp_granularities[]"] = ["segment", "word"]
        if language and not options.translate_to_english:  # a translation has no language parameter
            form["language"] = language
        if options.hotwords:
            form["hotwords"] = ",".join(" ".join(word.replace(",", " ").split()) for word in options.hotwords)
        path = "/audio/translations" if options.translate_to_english else "/audio/transcriptions"
        answer = self._client.post_form(path, form, {"file": ("clip.wav", wav, "audio/wav")})
        text = answer.get("text") if isinstance(answer, dict) else answer
        if not isinstance(text, str):
            raise FunAudioError(
                "{engine} returned no text. Check that its address is correct.", engine=self._client.title
            )
        if not isinstance(answer, dict):
            return _Transcript(_plain(text), "", (), ())
        rows = tuple(row for row in _rows(answer, "segments") if _plain(str(row.get("text", ""))))
        return _Transcript(_plain(text), _code(answer.get("language")), rows, _rows(answer, "words"))


def _plain(text: str) -> str:
    return _TAG.sub("", text).strip()


def _rows(answer: _Row, name: str) -> tuple[_Row, ...]:
    """Return the objects in a list that have valid times."""
    value = answer.get(name)
    rows = value if isinstance(value, list) else []
    return tuple(
        row for row in rows if isinstance(row, dict) and _is_time(row.get("start")) and _is_time(row.get("end"))
    )


def _is_time(value: object) -> bool:
    """Return whether a value is a number of a plausible size; Python's JSON has NaN and Infinity too."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < MAX_TIME_SECONDS


def _code(value: object) -> str:
    """Return our code of a server's language: "en", "en-US" or "english"; "" for anything else."""
    name = str(value or "").lower()
    primary = name.partition("-")[0]
    return primary if primary in LANGUAGES else _CODES.get(name, "")


def _language(transcript: _Transcript, previous_language: str) -> str:
    """Return the language by the server, else by the text, else that of the speech before, else English."""
    return transcript.language or language_id.detect_language(transcript.text) or previous_language or "en"


def _words(rows: Sequence[_Row], window: SpeechWindow) -> tuple[Word, ...]:
    return tuple(Word(str(row.get("word", "")), *_within(row, window)) for row in rows)


def _within(row: _Row, window: SpeechWindow) -> tuple[float, float]:
    """Return a row's times in the clip, clamped: servers round them and extend the last one into the silence."""
    start, end = (min(max(window.start + row[name], window.start), window.end) for name in ("start", "end"))
    return start, max(start, end)


def _segment(row: _Row, words: Sequence[_Row], window: SpeechWindow, language: str, probability: float) -> Segment:
    """Convert a segment of verbose_json."""
    own_words = _rows(row, "words") or [word for word in words if row["start"] <= word["start"] < row["end"]]
    return Segment(
        *_within(row, window),
        _plain(str(row["text"])),
        language,
        probability,
        _words(own_words, window),
        _emotion(row.get("emotion")),
        _events(row.get("events"), window),
    )


def _emotion(value: object) -> Emotion | None:
    """Return the emotion that another instance of this app reports."""
    if not isinstance(value, dict) or str(value.get("label")) not in EMOTIONS or not _is_time(value.get("confidence")):
        return None
    return Emotion(
        str(value["label"]), min(max(float(value["confidence"]), 0.0), 1.0), basis=str(value.get("basis", ""))
    )


def _events(value: object, window: SpeechWindow) -> tuple[Span, ...]:
    rows = _rows({"events": value}, "events")
    return tuple(Span(str(row["label"]), *_within(row, window)) for row in rows if str(row.get("label")) in EVENTS)
