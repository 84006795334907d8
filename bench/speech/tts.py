"""Quality and speed of the lite tier's speech: error rates, real-time factor, first audio, styles.

Run: `python -m bench.speech.tts [PRESET...]`. For the error rate, Kokoro speaks ten sentences per language and Whisper
base transcribes them. Errors of both count, so the figure is an upper bound of Kokoro's. The peer in the same run is
the undivided graph on the same tokens. Times by the clock mean something on idle cores only.
"""

from __future__ import annotations

import sys
import time
from functools import partial
from statistics import median
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import numpy as np

from bench._options import option_parser
from bench.speech.tts_sentences import LONG_SENTENCE, SENTENCES, TEN_WORDS, THREE_HUNDRED_WORDS
from funaudio_core import audio, settings
from funaudio_core.audio import prosody
from funaudio_core.engines import kokoro
from funaudio_core.engines.kokoro import model, phonemes, phonemized, render
from funaudio_core.engines.protocols import Synthesizer
from funaudio_core.text import error_rate
from funaudio_core.types import NEUTRAL, Audio, SpeechChunk, SpeechRequest, Style, Voice
from funaudio_core.weights import store

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from numpy.typing import NDArray

HINDI_PROMPT = "नमस्ते, आप कैसे हैं?"  # without it Whisper base writes Hindi in Urdu letters
STYLES: dict[str, tuple[Style, str, int]] = {  # style, the measure that it changes, and the sign of the change
    "high": (Style(pitch=4), "f0", 1),
    "low": (Style(pitch=-4), "f0", -1),
    "lively": (Style(range=1.5), "f0_range", 1),
    "monotone": (Style(range=0.2), "f0_range", -1),
    "fast": (Style(rate=1.3), "seconds", -1),
    "slow": (Style(rate=0.75), "seconds", 1),
    "loud": (Style(level=4), "level", 1),
    "soft": (Style(level=-8), "level", -1),
    "whisper": (Style(whisper=True), "voiced", -1),
}
STYLE_VOICES = ("af_heart", "am_michael")
STYLE_SENTENCES = 4
SENTENCE_WORDS = (5, 10, 20, 30, 40)


def first_voice(language: str) -> Voice:
    """Return a language's first preset of the engine."""
    return next(voice for voice in kokoro.SPEC.voices if voice.language == language)


def say(engine: Synthesizer, text: str, voice: Voice, style: Style = NEUTRAL, language: str = "") -> Audio:
    """Return a whole text as one clip."""
    request = SpeechRequest(text, language or voice.language, voice, style)
    return audio.concat([piece.audio for piece in engine.stream(request)])


def error_rates(engine: Synthesizer, whisper: Any, voice: Voice) -> list[float]:
    """Return the error rate of each sentence in the voice's language."""
    rates = []
    for text in SENTENCES[voice.language]:
        samples = audio.resample(say(engine, text, voice), 16_000).samples
        prompt = HINDI_PROMPT if voice.language == "hi" else None
        segments, _ = whisper.transcribe(samples, language=voice.language, beam_size=5, initial_prompt=prompt)
        rates.append(error_rate.error_rate(text, "".join(segment.text for segment in segments), voice.language))
    return rates


def print_error_rates(engine: Synthesizer, presets: list[str]) -> None:
    """Print error rates by language, for the first voice of each or for the given presets."""
    from faster_whisper import WhisperModel

    whisper = WhisperModel(str(store.artifact_dir("whisper-base")), device="cpu", compute_type="int8", cpu_threads=1)
    voices = [voice for voice in kokoro.SPEC.voices if voice.preset in presets]
    for voice in voices or [first_voice(language) for language in SENTENCES]:
        rates = error_rates(engine, whisper, voice)
        print(
            f"{voice.language} {voice.preset:<14} {error_rate.measure_name(voice.language)} "
            f"median {median(rates):.3f}  mean {np.mean(rates):.3f}  worst {max(rates):.2f}"
        )


def measure_speed(engine: Synthesizer) -> None:
    """Print the time for a second of audio against the undivided graph, by CPU and by the clock."""
    import onnxruntime

    voice = first_voice("en")
    path = store.artifact_dir("kokoro") / "kokoro-v1.0.int8.onnx"
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = settings.read().threads
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    undivided = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    pack = model.load_voice(store.artifact_dir("kokoro-voices") / "af_heart.bin")
    ours, peers, ratios = [], [], []
    with _whole_sentences():
        for text in SENTENCES["en"]:
            tokens = phonemized.token_ids(phonemes.phonemize(text, "en"))
            inputs = {
                "tokens": np.array([[0, *tokens, 0]]),
                "style": pack[len(tokens) - 1],
                "speed": np.ones(1, np.float32),
            }
            seconds, speech = _time(partial(say, engine, text, voice))
            peer_seconds, (peer_samples,) = _time(partial(undivided.run, None, inputs))
            ours.append(seconds / speech.duration)
            peers.append(peer_seconds / (peer_samples.size / model.SAMPLE_RATE))
            ratios.append(seconds / peer_seconds)
    print(f"seconds per second of sound, {settings.read().threads} threads, with text, prosody and trimming:")
    for unit, own, peer, ratio in zip(
        ("CPU", "clock"), *(np.median(rows, axis=0) for rows in (ours, peers, ratios)), strict=True
    ):
        print(f"{unit} {own:.3f}; undivided graph {peer:.3f}; time for the same sentence x {ratio:.2f}")


def measure_first_sound() -> None:
    """Print the time to the first chunk of sentences and of a text, and what the pieces cost in all."""
    voice = first_voice("en")
    for words in SENTENCE_WORDS:
        text = " ".join(LONG_SENTENCE.split()[:words]) + "."
        engine = kokoro.SPEC.load()  # a new one, since short chunks are cached
        (cpu, clock), _ = _time(partial(_first_chunk, engine, text, voice))
        in_pieces, _ = _time(partial(say, kokoro.SPEC.load(), text, voice))
        with _whole_sentences():
            whole, _ = _time(partial(say, kokoro.SPEC.load(), text, voice))
        print(f"{words} words: first sound after {clock:.2f} s by the clock, {cpu:.2f} CPU-s; ", end="")
        print(f"all of it x {in_pieces[0] / whole[0]:.2f} of the CPU time in one piece")
    (short, long) = (
        median(_time(partial(_first_chunk, kokoro.SPEC.load(), text, voice))[0][0] for _ in range(3))
        for text in (TEN_WORDS, THREE_HUNDRED_WORDS)
    )
    print(f"first chunk of {len(THREE_HUNDRED_WORDS.split())} words against 10 words: x {long / short:.2f} CPU time")


def _whole_sentences() -> AbstractContextManager[object]:
    """Return a context in which no sentence is divided into pieces."""
    return patch.object(render, "MIN_DIVIDED_FRAMES", sys.maxsize)


def measure_styles(engine: Synthesizer) -> None:
    """Print how often the measure of each style moved in the right direction, against neutral speech."""
    voices = [voice for voice in kokoro.SPEC.voices if voice.preset in STYLE_VOICES]
    pairs = [(voice, text) for voice in voices for text in SENTENCES["en"][:STYLE_SENTENCES]]
    neutral = [_measure(say(engine, text, voice)) for voice, text in pairs]
    for name, (style, measure, sign) in STYLES.items():
        styled = [_measure(say(engine, text, voice, style)) for voice, text in pairs]
        correct = sum((b[measure] - a[measure]) * sign > 0 for a, b in zip(neutral, styled, strict=True))
        before, after = median(row[measure] for row in neutral), median(row[measure] for row in styled)
        print(f"{name:<9} {correct}/{len(pairs)} right  {measure}: {before:.2f} -> {after:.2f}")


def _measure(clip: Audio) -> dict[str, float]:
    """Return the measures of STYLES."""
    measured = prosody.measure(clip)
    return {
        "f0": measured.f0,
        "f0_range": measured.f0_range,
        "level": measured.level,
        "voiced": voiced_share(clip),
        "seconds": clip.duration,
    }


def voiced_share(clip: Audio) -> float:
    """Return the share of all frames that are clearly voiced.

    Praat's autocorrelation at a voicing threshold of 0.6 instead of 0.45: the narrow resonances of whispered vowels
    sometimes pass the usual threshold, while ordinary speech hardly changes (0.48 to 0.42 of its frames).
    """
    import parselmouth

    pitch = parselmouth.Sound(clip.samples.astype(np.float64), clip.rate).to_pitch_ac(voicing_threshold=0.6)
    return float((pitch.selected_array["frequency"] > 0).mean())


def _first_chunk(engine: Synthesizer, text: str, voice: Voice) -> SpeechChunk:
    return next(iter(engine.stream(SpeechRequest(text, voice.language, voice))))


def _time(work: Callable[[], Any]) -> tuple[NDArray[np.float64], Any]:
    """Return the CPU seconds and the clock seconds of a function, (2,), and its result."""
    start = np.array([time.process_time(), time.perf_counter()])
    result = work()
    return np.array([time.process_time(), time.perf_counter()]) - start, result


def main(presets: list[str]) -> None:
    """Print all measurements, with `speed` only those of speed, with preset ids only their error rates."""
    engine = kokoro.SPEC.load()
    say(engine, "Warm up.", first_voice("en"))
    if presets == ["speed"]:
        measure_speed(engine)
        measure_first_sound()
        return
    print_error_rates(engine, presets)
    if not presets:
        measure_speed(engine)
        measure_first_sound()
        measure_styles(engine)


if __name__ == "__main__":
    options = option_parser(__doc__)
    options.add_argument("presets", nargs="*", metavar="PRESET", help="id of a voice; only error rates are measured")
    main(options.parse_args().presets)
