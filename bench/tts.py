"""Quality and speed of the lite tier's speech: error rates, real-time factor, first audio, styles.

Run: `python -m bench.tts [PRESET...]`. For the error rate, Kokoro speaks ten sentences per language and Whisper base
transcribes them. Errors of both count, so the figure is an upper bound of Kokoro's. Times are CPU time; the peer in the
same run is the undivided graph on the same tokens.
"""

from __future__ import annotations

import time
from functools import partial
from statistics import median
from typing import TYPE_CHECKING, Any

import numpy as np

from bench._options import option_parser
from bench.tts_sentences import SENTENCES, TEN_WORDS, THREE_HUNDRED_WORDS
from funaudio_core import audio, settings
from funaudio_core.audio import prosody
from funaudio_core.engines import kokoro
from funaudio_core.engines.kokoro import model, phonemes, phonemized
from funaudio_core.engines.protocols import Synthesizer
from funaudio_core.text import error_rate
from funaudio_core.types import NEUTRAL, Audio, SpeechRequest, Style, Voice
from funaudio_core.weights import store

if TYPE_CHECKING:
    from collections.abc import Callable

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
    """Print CPU seconds per second of audio against the undivided graph, and to the first chunk of two texts."""
    import onnxruntime

    voice = first_voice("en")
    path = store.artifact_dir("kokoro") / "kokoro-v1.0.int8.onnx"
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = settings.read().threads
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    undivided = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    pack = model.load_voice(store.artifact_dir("kokoro-voices") / "af_heart.bin")
    ours, peers, ratios = [], [], []
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
    print(f"CPU seconds per second of sound: {median(ours):.3f} with text, prosody and trimming; ", end="")
    print(f"undivided graph {median(peers):.3f}; time for the same sentence x {median(ratios):.2f}")
    short = [_first_chunk_cpu_seconds(TEN_WORDS, voice) for _ in range(3)]
    long = [_first_chunk_cpu_seconds(THREE_HUNDRED_WORDS, voice) for _ in range(3)]
    print(f"first piece, CPU seconds: {len(TEN_WORDS.split())} words {median(short):.2f}, ", end="")
    print(f"{len(THREE_HUNDRED_WORDS.split())} words {median(long):.2f}, ratio {median(long) / median(short):.2f}")


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


def _first_chunk_cpu_seconds(text: str, voice: Voice) -> float:
    engine = kokoro.SPEC.load()  # a new one, since short chunks are cached
    return _time(lambda: next(iter(engine.stream(SpeechRequest(text, voice.language, voice)))))[0]


def _time(work: Callable[[], Any]) -> tuple[float, Any]:
    """Return the CPU seconds of a function and its result."""
    start = time.process_time()
    result = work()
    return time.process_time() - start, result


def main(presets: list[str]) -> None:
    """Print all measurements, or with preset ids as arguments only their error rates."""
    engine = kokoro.SPEC.load()
    say(engine, "Warm up.", first_voice("en"))
    print_error_rates(engine, presets)
    if not presets:
        measure_speed(engine)
        measure_styles(engine)


if __name__ == "__main__":
    options = option_parser(__doc__)
    options.add_argument("presets", nargs="*", metavar="PRESET", help="id of a voice; only error rates are measured")
    main(options.parse_args().presets)
