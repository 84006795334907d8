"""A recogniser behind /audio/transcriptions: a clip to segments of text. Knows no model."""

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
from funaudio_core.engines.remote.http_client import Wire
from funaudio_core.engines.remote.server_profiles import HOTWORDS, IDENTIFIES, TIMES, TO_ENGLISH
from funaudio_core.engines.spec import EngineSpec
from funaudio_core.errors import FunAudioError
from funaudio_core.labels import EMOTIONS, EVENTS
from funaudio_core.languages import LANGUAGES
from funaudio_core.text import language_id
from funaudio_core.types import Audio, Emotion, Segment, Span, Word

LONGEST = 30.0  # seconds in one request; SGLang-Omni's Fun-ASR refuses more, Whisper was trained on as much
JOINED = 15.0  # seconds up to which sentences are sent together, so that the first text comes soon
WORD_TIMES = "word-times"
MOST_SECONDS = 1e6  # that a time in an answer may be
UNTOLD = 0.0  # probability of a language that was read off the text alone
_TAG = re.compile(r"<\|[^|<>]*\|>")  # SenseVoice's marks, where a server leaves them in
_CODES = {row.name.lower(): code for code, row in LANGUAGES.items()}  # OpenAI's Whisper says "english"
_Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Heard:
    """The answer for one stretch, its times in seconds from the start of the stretch. language: "" where untold."""

    text: str
    language: str
    rows: tuple[_Row, ...]
    words: tuple[_Row, ...]


class RemoteRecognizer:
    """Recognizer. Thread-safe: nothing of a call outlives it. A long clip is cut here, where FireRed hears a pause, and
    one stretch after the other is sent: closing the iterator ends it with the one under way.
    """

    def __init__(self, model: str, wire: Wire, now: Callable[[], EngineSpec[Recognizer]], ear: FireRed) -> None:
        """now: the Spec as the server is found to be. Raises FunAudioError where it can't be found."""
        self._model, self._wire, self._now, self._ear = model, wire, now, ear

    def transcribe(self, clip: Audio, hearing: RecognitionOptions) -> Iterator[Segment]:
        """Segments in order of time, each as soon as it is known; silence is left out and never sent.

        A language that the server finds out but does not tell is read off the text. Raises BadInput for a language that
        it lacks, Unsupported for what else it can't, FunAudioError for all that goes wrong on the way or there.
        """
        spec = self._now()
        for code in hearing.requested_languages:
            languages.require_language(code, spec.languages, spec.title)
        for needed, capability in (
            (hearing.translate_to_english, TO_ENGLISH),
            (bool(hearing.hotwords), HOTWORDS),
            (len(hearing.requested_languages) != 1, IDENTIFIES),
            (not hearing.itn, "itn"),  # no server can be told
        ):
            if needed:
                spec.require(capability)
        return self._segments(clip, hearing, spec)

    def _segments(self, clip: Audio, hearing: RecognitionOptions, spec: EngineSpec[Recognizer]) -> Iterator[Segment]:
        before = hearing.previous_language
        for chapter in segmentation.find_windows(clip, self._ear.speech, LONGEST, JOINED):
            for stretch in chapter:
                sound = encode(audio.resample(clip.slice(stretch.start, stretch.end), RECOGNITION_RATE), "wav")
                for segment in self._read(sound, stretch, hearing, spec, before):
                    before = segment.language
                    yield segment

    def _read(
        self,
        sound: bytes,
        stretch: SpeechWindow,
        hearing: RecognitionOptions,
        spec: EngineSpec[Recognizer],
        before: str,
    ) -> list[Segment]:
        """What is said in a stretch. before: the language of what was said just before it, "" for nothing."""
        told = next(iter(hearing.requested_languages)) if len(hearing.requested_languages) == 1 else ""
        heard = self._asked(sound, told, hearing, spec)
        language = "en" if hearing.translate_to_english else told or _language(heard, before)
        if (
            hearing.candidate_languages
            and not hearing.translate_to_english
            and language not in hearing.candidate_languages
        ):
            tried = {code: self._asked(sound, code, hearing, spec) for code in sorted(hearing.candidate_languages)}
            language = next((code for code, each in tried.items() if _language(each, "") == code), min(tried))
            heard = tried[language]
        if not heard.text:
            return []
        sure = 1.0 if told else UNTOLD
        if not heard.rows:
            words = _words(heard.words, stretch)
            return [Segment(*stretch.speech_bounds, heard.text, language, sure, words)]
        return [_segment(row, heard.words, stretch, language, sure) for row in heard.rows]

    def _asked(self, sound: bytes, language: str, hearing: RecognitionOptions, spec: EngineSpec[Recognizer]) -> _Heard:
        """One request. language: "" to let the server find out."""
        can = spec.capabilities
        form: dict[str, str | list[str]] = {"model": self._model, "response_format": "json"}
        if TIMES in can:
            form["response_format"] = "verbose_json"
            if hearing.words and WORD_TIMES in can:
                form["timestamp_granularities[]"] = ["segment", "word"]
        if (
            language and not hearing.translate_to_english
        ):  # what is translated is recognised in whatever language it is in
            form["language"] = language
        if hearing.hotwords:
            form["hotwords"] = ",".join(" ".join(word.replace(",", " ").split()) for word in hearing.hotwords)
        path = "/audio/translations" if hearing.translate_to_english else "/audio/transcriptions"
        answer = self._wire.send(path, form, {"file": ("clip.wav", sound, "audio/wav")})
        text = answer.get("text") if isinstance(answer, dict) else answer
        if not isinstance(text, str):
            raise FunAudioError(
                "{engine} returned no text. Check that its address is correct.", engine=self._wire.title
            )
        if not isinstance(answer, dict):
            return _Heard(_plain(text), "", (), ())
        rows = tuple(row for row in _rows(answer, "segments") if _plain(str(row.get("text", ""))))
        return _Heard(_plain(text), _code(answer.get("language")), rows, _rows(answer, "words"))


def _plain(text: str) -> str:
    return _TAG.sub("", text).strip()


def _rows(answer: _Row, name: str) -> tuple[_Row, ...]:
    """The objects with times that are listed there."""
    found = answer.get(name)
    listed = found if isinstance(found, list) else []
    return tuple(
        row for row in listed if isinstance(row, dict) and _is_time(row.get("start")) and _is_time(row.get("end"))
    )


def _is_time(value: object) -> bool:
    """Whether it is a number, and one that can be reckoned with: Python's JSON has NaN and Infinity too."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < MOST_SECONDS


def _code(told: object) -> str:
    """Our code of what a server calls a language: "en", "en-US", "english"; "" for anything else."""
    word = str(told or "").lower()
    main = word.partition("-")[0]
    return main if main in LANGUAGES else _CODES.get(word, "")


def _language(heard: _Heard, before: str) -> str:
    """As the server tells it, else as the text looks, else that of what was said before, else English."""
    return heard.language or language_id.detect_language(heard.text) or before or "en"


def _words(rows: Sequence[_Row], stretch: SpeechWindow) -> tuple[Word, ...]:
    return tuple(Word(str(row.get("word", "")), *_within(row, stretch)) for row in rows)


def _within(row: _Row, stretch: SpeechWindow) -> tuple[float, float]:
    """Its times in the clip. Servers round them and let the last one run into the silence: they are clamped."""
    start, end = (min(max(stretch.start + row[name], stretch.start), stretch.end) for name in ("start", "end"))
    return start, max(start, end)


def _segment(row: _Row, words: Sequence[_Row], stretch: SpeechWindow, language: str, sure: float) -> Segment:
    """A row of verbose_json."""
    inside = _rows(row, "words") or [word for word in words if row["start"] <= word["start"] < row["end"]]
    return Segment(
        *_within(row, stretch),
        _plain(str(row["text"])),
        language,
        sure,
        _words(inside, stretch),
        _emotion(row.get("emotion")),
        _events(row.get("events"), stretch),
    )


def _emotion(told: object) -> Emotion | None:
    """The feeling that another one of these apps tells."""
    if not isinstance(told, dict) or str(told.get("label")) not in EMOTIONS or not _is_time(told.get("confidence")):
        return None
    return Emotion(str(told["label"]), min(max(float(told["confidence"]), 0.0), 1.0), basis=str(told.get("basis", "")))


def _events(told: object, stretch: SpeechWindow) -> tuple[Span, ...]:
    rows = _rows({"events": told}, "events")
    return tuple(Span(str(row["label"]), *_within(row, stretch)) for row in rows if str(row.get("label")) in EVENTS)
