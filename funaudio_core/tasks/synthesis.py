"""What a page may ask for: the one place where engines meet pipelines. Knows no page and no gradio."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import asdict
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
from funaudio_core.pipelines.stages import TAGS, Speaker
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
from funaudio_core.tasks.recognition import final_transcript, transcribe
from funaudio_core.text import instructions
from funaudio_core.types import Audio, SpeechChunk, SpeechRequest, Style, Voice

log = logging.getLogger(__name__)
MIN_SPEED, MAX_SPEED = 0.5, 2.0


def validate_text(words: str | None) -> str:
    """The cleaned text. Raises BadInput where there is none, only symbols, or too much."""
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
    """A checked line to speak. instruction: how, in a visitor's words; see style().

    Raises BadInput for a text, language, speed or instruction that can't be spoken.
    """
    spec = selection.resolve(registry.SYNTHESIZERS, engine)
    languages.require(language, spec.languages, spec.title)
    if not MIN_SPEED <= speed <= MAX_SPEED:
        raise BadInput(
            "A speed of {speed:g} isn't supported. Use {low:g} to {high:g}.", speed=speed, low=MIN_SPEED, high=MAX_SPEED
        )
    made = SpeechRequest(validate_text(words), language, voice, style(instruction, speed, engine), seed)
    _require(made, engine)
    return made


def _require(line: SpeechRequest, engine: str) -> None:
    """Raises what the engine would raise of the line's language and text once it is spoken."""
    check = selection.resolve(registry.SYNTHESIZERS, engine).validate
    if check is not None:
        check(line)


def style(instruction: str, speed: float = 1.0, engine: str = "") -> Style:
    """An engine that reads instructions gets the words and the speed, any other what is understood at x that speed."""
    if selection.resolve(registry.SYNTHESIZERS, engine).instruction_prompt is None:
        return instructions.apply_speed(instructions.interpret(instruction).style, speed)
    return Style(rate=speed, instruction=instructions.validate(instruction).strip())


def instruction_for(how: Style, language: str, engine: str = "") -> str:
    """The words that an engine is told in front of a line of that style and language; "" for none."""
    telling = selection.resolve(registry.SYNTHESIZERS, engine).instruction_prompt
    return telling.render(how, language) if telling else ""


@gpu_task(lambda of: synthesis_cost(of["request"].text, of["engine"]))
def speak(request: SpeechRequest, engine: str = "") -> Iterator[SpeechChunk]:
    """Marked speech, piece by piece."""
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
    """What is said in a clip, said in another voice at the clip's own pace: marked speech, piece by piece, no text.

    Raises BadInput for a clip or a voice that can't be used.
    """
    spec = selection.resolve(registry.VOICE_CONVERTERS, engine)
    return _convert(clip, voice, loader.load(spec), selection.load_default(registry.WATERMARKERS))


def convert_with_words(clip: Audio, voice: Voice, engine: str = "") -> tuple[SpeechRequest, Iterator[SpeechChunk]]:
    """What was heard in a clip as a line, and convert() with its words. Raises BadInput where nobody speaks."""
    heard = final_transcript(transcribe(clip, None, True, True))
    return SpeechRequest(heard.text, heard.language, voice), attach_words(convert(clip, voice, engine), heard)


def speak_long(request: SpeechRequest, engine: str = "") -> Iterator[SpeechChunk]:
    """As speak(); where a GPU is lent, with a call for each stretch of a text that is too long for one.

    For whoever gets a single answer; pages speak a long text as a job, see long_text().
    """
    seconds, _ = estimate_synthesis(request.text, request.language, engine)
    parts = split_request(request) if seconds else (request,)
    for part in parts:  # before any of the visitor's quota is spent
        _require(part, engine)
    for number, part in enumerate(parts):
        for place, piece in enumerate(speak(part, engine)):
            if number and not place:
                yield from chunked_synthesis.pause_after(parts[number - 1], piece.audio.rate)
            yield piece


def split_request(request: SpeechRequest) -> tuple[SpeechRequest, ...]:
    """The stretches of a line, of which each fits a call; one alone where all of it does.

    Where no GPU is lent, as well: others have their turn in between.
    """
    return chunked_synthesis.split_request(request, max_chunk_characters())


def start_synthesis_job(parts: Sequence[SpeechRequest], engine: str, max_attempts: int, **extra: Any) -> SynthesisJob:  # noqa: ANN401 (plain values)
    """A job that speaks the stretches of a line one by one. extra: what else its page must know at the end.

    Raises what the engine would raise of the text of any of them, be it the last: such a job could never be finished.
    """
    for part in parts:
        _require(part, engine)
    return chunked_synthesis.create_job(parts, engine, max_attempts, extra)


def speak_take(request: SpeechRequest, engine: str = "") -> Take:
    """The whole line as one take. Raises Stopped with the piece during which the work is told to end."""
    recorder = Recorder(request.seed)
    for _ in recorder.record(speak_long(request, engine)):
        cancellation.raise_if_cancelled()
    return recorder.take()


def self_check(take: Take, request: SpeechRequest) -> TakeReport:
    """Listen to a take: what is understood, how near the voice is, how fast it was.

    What can't be found out, such as where no recogniser knows the language, is None: no take is lost for that.
    """
    heard = encoder = None
    try:
        encoder = selection.load_default(registry.SPEAKER_ENCODERS)
        heard = languages.join_sentences(list(_transcribe_take(take.audio, request.language)), request.language)
    except FunAudioError as error:
        log.warning("a take in %s was not checked: %s", request.language, error)
    return checking.check_take(take, request, heard, encoder)


@gpu_task(
    lambda of: gpu_cost(
        [selection.check_recognizer(of["language"])], RECOGNITION_COST[0] + RECOGNITION_COST[1] * of["clip"].duration
    )
)
def _transcribe_take(clip: Audio, language: str) -> Iterator[str]:
    """What is understood of a take, sentence by sentence."""
    for segment in loader.load(selection.check_recognizer(language)).transcribe(
        clip, RecognitionOptions(language=language)
    ):
        yield segment.text


def better_take(a: tuple[Take, TakeReport], b: tuple[Take, TakeReport]) -> tuple[Take, TakeReport]:
    """Whichever did better in the self-check; the first on a tie."""
    return b if checking.better_take(a[1], b[1]) is b[1] else a


def report_dict(report: TakeReport) -> dict[str, Any]:
    """A self-check as plain values, for API callers."""
    return asdict(report)


def compare_prosody(before: Audio, after: Audio) -> tuple[instructions.Change, ...]:
    """What measurably changed from one take to another."""
    return instructions.changes(prosody.measure(before), prosody.measure(after))


def speaker_for(voice: Voice, engines: EngineChoice) -> Speaker:
    """Return what speaks in a translation or a chat: synthesizer, watermarker and voice."""
    spec = selection.resolve(registry.SYNTHESIZERS, engines.synthesizer)
    engine = loader.load(spec)
    return Speaker(
        engine,
        selection.load_default(registry.WATERMARKERS),
        voice,
        takes_instructions=spec.instruction_prompt is not None,
        tags=frozenset(tag for tag in TAGS if f"event:{tag}" in spec.capabilities),
        streaming_synthesizer=cast("StreamingSynthesizer", engine) if "follow" in spec.capabilities else None,
    )
