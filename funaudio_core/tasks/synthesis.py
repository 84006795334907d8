"""Speech synthesis tasks for the pages and the API."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from typing import Any, cast

from funaudio_core import languages, settings, text
from funaudio_core.audio import prosody
from funaudio_core.engines import loader, registry, selection
from funaudio_core.engines.protocols import RecognitionOptions, StreamingSynthesizer
from funaudio_core.engines.selection import EngineChoice
from funaudio_core.errors import BadInput, FunAudioError
from funaudio_core.gpu.scheduler import gpu_task
from funaudio_core.pipelines import chunked_synthesis
from funaudio_core.pipelines import self_check as checking
from funaudio_core.pipelines.chunked_synthesis import SynthesisJob
from funaudio_core.pipelines.self_check import TakeReport
from funaudio_core.pipelines.stages import STANDALONE_TAGS, Speaker
from funaudio_core.pipelines.synthesize import Recorder, Take, attach_words
from funaudio_core.pipelines.synthesize import convert as _convert
from funaudio_core.pipelines.synthesize import speak as _speak
from funaudio_core.runtime import cancellation
from funaudio_core.tasks.cost import (
    CONVERSION_COST,
    RECOGNITION_COST,
    estimate_synthesis,
    gpu_cost,
    max_chunk_characters,
    synthesis_cost,
)
from funaudio_core.tasks.recognition import final_transcript, transcribe_long
from funaudio_core.text import instructions
from funaudio_core.text.pronunciations import Pronunciation
from funaudio_core.types import Audio, SpeechChunk, SpeechRequest, Style, Voice

log = logging.getLogger(__name__)
MIN_SPEED, MAX_SPEED = 0.25, 4.0  # OpenAI's range
MIN_RATE, MAX_RATE = 0.5, 2.0  # of the engines; the tempo of the finished speech makes up for the rest


def validate_text(words: str | None) -> str:
    """Return the cleaned text. Raises BadInput if it is empty, only symbols, or too long."""
    return text.require_speakable(words or "", settings.read().max_characters)


def speech_request(
    words: str,
    language: str,
    voice: Voice,
    engine: str = "",
    speed: float = 1.0,
    seed: int = 0,
    instruction: str = "",
) -> SpeechRequest:
    """Return a validated request. instruction: Visitor's instruction, see `style`.

    Raises:
        BadInput: If the text, language, speed or instruction is not supported.
    """
    spec = selection.resolve(registry.SYNTHESIZERS, engine)
    languages.require_language(language, spec.languages, spec.title)
    if not MIN_SPEED <= speed <= MAX_SPEED:
        raise BadInput(
            "A speed of {speed:g} isn't supported. Use {low:g} to {high:g}.", speed=speed, low=MIN_SPEED, high=MAX_SPEED
        )
    rate = min(max(speed, MIN_RATE), MAX_RATE)
    how = replace(style(instruction, rate, engine), tempo=speed / rate)
    made = SpeechRequest(validate_text(words), language, voice, how, seed)
    _require(made, engine)
    return made


def _require(line: SpeechRequest, engine: str) -> None:
    """Raise the error that the engine would raise for this request."""
    check = selection.resolve(registry.SYNTHESIZERS, engine).validate
    if check is not None:
        check(line)


def style(instruction: str, speed: float = 1.0, engine: str = "") -> Style:
    """Return the style for an engine: the instruction itself if it supports instructions, else their parsed meaning."""
    if selection.resolve(registry.SYNTHESIZERS, engine).instruction_prompt is None:
        return instructions.apply_speed(instructions.interpret(instruction).style, speed)
    return Style(rate=speed, instruction=instructions.validate(instruction).strip())


def instruction_for(how: Style, language: str, engine: str = "") -> str:
    """Return the instruction prompt of an engine for a style and language; "" for none."""
    telling = selection.resolve(registry.SYNTHESIZERS, engine).instruction_prompt
    return telling.render(how, language) if telling else ""


@gpu_task(lambda of: synthesis_cost(of["request"].text, of["engine"]))
def speak(request: SpeechRequest, engine: str = "") -> Iterator[SpeechChunk]:
    """Yield watermarked speech in chunks."""
    return _speak(
        request,
        loader.load(selection.resolve(registry.SYNTHESIZERS, engine)),
        selection.load_default(registry.WATERMARKERS),
    )


@gpu_task(
    lambda of: gpu_cost(
        [selection.resolve(registry.VOICE_CONVERTERS, of["engine"])],
        RECOGNITION_COST[0] + CONVERSION_COST * of["clip"].duration,
    )
)
def convert(clip: Audio, voice: Voice, engine: str = "") -> Iterator[SpeechChunk]:
    """Convert a clip to another voice at the same pace; yield watermarked speech in chunks without text.

    Raises:
        BadInput: If the clip or the voice cannot be used.
    """
    spec = selection.resolve(registry.VOICE_CONVERTERS, engine)
    return _convert(clip, voice, loader.load(spec), selection.load_default(registry.WATERMARKERS))


def convert_with_words(clip: Audio, voice: Voice, engine: str = "") -> tuple[SpeechRequest, Iterator[SpeechChunk]]:
    """Return a clip's transcript as a request, and the converted chunks with words. Raises BadInput without speech."""
    heard = final_transcript(transcribe_long(clip, RecognitionOptions(words=True)))
    return SpeechRequest(heard.text, heard.language, voice), attach_words(convert(clip, voice, engine), heard)


def speak_long(request: SpeechRequest, engine: str = "") -> Iterator[SpeechChunk]:
    """Yield speech as `speak` does; on ZeroGPU, split a long text into one call per chunk.

    For the API; pages run a long text as a job, see `start_synthesis_job`.
    """
    seconds, _ = estimate_synthesis(request.text, request.language, engine)
    parts = split_request(request) if seconds else (request,)
    for part in parts:  # before GPU quota is used
        _require(part, engine)
    for number, part in enumerate(parts):
        for place, piece in enumerate(speak(part, engine)):
            if number and not place:
                yield from chunked_synthesis.pause_after(parts[number - 1], piece.audio.rate)
            yield piece


def split_request(request: SpeechRequest) -> tuple[SpeechRequest, ...]:
    """Return the request split into chunks that fit one call each."""
    return chunked_synthesis.split_request(request, max_chunk_characters())


def start_synthesis_job(parts: Sequence[SpeechRequest], engine: str, max_attempts: int, **extra: Any) -> SynthesisJob:  # noqa: ANN401 (plain values)
    """Create a job that speaks requests one by one. extra: JSON values that the page stores with it.

    Raises an engine's error for any of the texts at once, since such a job could never finish.
    """
    for part in parts:
        _require(part, engine)
    return chunked_synthesis.create_job(parts, engine, max_attempts, extra)


def speak_take(request: SpeechRequest, engine: str = "") -> Take:
    """Return a whole request as one take. Raises Cancelled if it is cancelled between chunks."""
    recorder = Recorder(request.seed)
    for _ in recorder.record(speak_long(request, engine)):
        cancellation.raise_if_cancelled()
    return recorder.take()


def self_check(take: Take, request: SpeechRequest) -> TakeReport:
    """Return a report on a take: error rate of its transcript, similarity of the voice, speed.

    A value that cannot be measured, such as the error rate in an unsupported language, is None.
    """
    heard = encoder = None
    try:
        encoder = selection.load_default(registry.SPEAKER_ENCODERS)
        heard = transcribe_take(take.audio, request.language)
    except FunAudioError as error:
        log.warning("a take in %s was not checked: %s", request.language, error)
    return checking.check_take(take, request, heard, encoder)


def transcribe_take(clip: Audio, language: str) -> str | None:
    """Return what the recognizer of takes understands; None if it can't, such as in an unsupported language."""
    try:
        return languages.join_sentences(list(_transcribe_take(clip, language)), language)
    except FunAudioError as error:
        log.warning("a take in %s was not checked: %s", language, error)
        return None


@gpu_task(
    lambda of: gpu_cost(
        [selection.check_recognizer(of["language"])], RECOGNITION_COST[0] + RECOGNITION_COST[1] * of["clip"].duration
    )
)
def _transcribe_take(clip: Audio, language: str) -> Iterator[str]:
    """Yield the transcript of a take by sentences."""
    for segment in loader.load(selection.check_recognizer(language)).transcribe(
        clip, RecognitionOptions(language=language)
    ):
        yield segment.text


def better_take(a: tuple[Take, TakeReport], b: tuple[Take, TakeReport]) -> tuple[Take, TakeReport]:
    """Return the take with the better report; the first on a tie."""
    return b if checking.better_take(a[1], b[1]) is b[1] else a


def report_dict(report: TakeReport) -> dict[str, Any]:
    """Return a report as plain values for the API."""
    return asdict(report)


def word_table(take: Take) -> list[tuple[str, float, float]]:
    """Return the words of a take with their starts and ends in seconds; none if its engine doesn't tell them."""
    return [(word.text, round(word.start, 3), round(word.end, 3)) for word in take.words]


def compare_prosody(before: Audio, after: Audio) -> tuple[instructions.Change, ...]:
    """Return the measurable changes from one take to another."""
    return instructions.compare_prosody(prosody.measure(before), prosody.measure(after))


def event_tags(engine: str = "") -> frozenset[str]:
    """Return the names of the event tags that an engine speaks anywhere in a text, such as "laughter"."""
    spec = selection.resolve(registry.SYNTHESIZERS, engine)
    return frozenset(tag for tag in STANDALONE_TAGS if f"event:{tag}" in spec.capabilities)


def speaker_for(voice: Voice, engines: EngineChoice, pronunciations: tuple[Pronunciation, ...] = ()) -> Speaker:
    """Return what speaks in a translation or a chat: synthesizer, watermarker and voice.

    With pronunciations it speaks no text that is still being written, which could cut their words.
    """
    spec = selection.resolve(registry.SYNTHESIZERS, engines.synthesizer)
    engine = loader.load(spec)
    can_stream = "follow" in spec.capabilities and not pronunciations
    return Speaker(
        engine,
        selection.load_default(registry.WATERMARKERS),
        voice,
        takes_instructions=spec.instruction_prompt is not None,
        tags=event_tags(engines.synthesizer),
        streaming_synthesizer=cast("StreamingSynthesizer", engine) if can_stream else None,
        pronunciations=pronunciations,
    )
