"""How well and how fast the lite tier speaks: words kept, real-time factor, first sound, styles. `python -m bench.tts`

Round trip: Kokoro speaks ten sentences a language, Whisper base writes them down. Errors of both count, so the figure
bounds Kokoro's from above. Times are CPU time; the peer in the same run is the undivided graph on the same tokens.
"""

from __future__ import annotations

import sys
import time
from functools import partial
from statistics import median
from typing import TYPE_CHECKING, Any

import numpy as np

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
STYLES: dict[str, tuple[Style, str, int]] = {  # the style, the measure it must move, and which way
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
    """The preset that the engine lists first for a language."""
    return next(voice for voice in kokoro.SPEC.voices if voice.language == language)


def say(engine: Synthesizer, text: str, voice: Voice, style: Style = NEUTRAL, language: str = "") -> Audio:
    """A whole line as one sound."""
    line = SpeechRequest(text, language or voice.language, voice, style)
    return audio.concat([piece.audio for piece in engine.stream(line)])


def round_trip(engine: Synthesizer, whisper: Any, voice: Voice) -> list[float]:
    """Error rate of each sentence of the voice's language."""
    rates = []
    for text in SENTENCES[voice.language]:
        heard = audio.resample(say(engine, text, voice), 16_000).samples
        prompt = HINDI_PROMPT if voice.language == "hi" else None
        segments, _ = whisper.transcribe(heard, language=voice.language, beam_size=5, initial_prompt=prompt)
        rates.append(error_rate.error_rate(text, "".join(segment.text for segment in segments), voice.language))
    return rates


def languages_table(engine: Synthesizer, presets: list[str]) -> None:
    """Error rates by language, for the first voice of each or for the presets named."""
    from faster_whisper import WhisperModel

    whisper = WhisperModel(str(store.artifact_dir("whisper-base")), device="cpu", compute_type="int8", cpu_threads=1)
    voices = [voice for voice in kokoro.SPEC.voices if voice.preset in presets]
    for voice in voices or [first_voice(language) for language in SENTENCES]:
        rates = round_trip(engine, whisper, voice)
        print(
            f"{voice.language} {voice.preset:<14} {error_rate.measure_name(voice.language)} "
            f"median {median(rates):.3f}  mean {np.mean(rates):.3f}  worst {max(rates):.2f}"
        )


def speed(engine: Synthesizer) -> None:
    """CPU seconds per second of sound, against the undivided graph; and first sound of a short and a long text."""
    import onnxruntime

    voice = first_voice("en")
    path = store.artifact_dir("kokoro") / "kokoro-v1.0.int8.onnx"
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = settings.read().threads
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    whole = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    pack = model.load_voice(store.artifact_dir("kokoro-voices") / "af_heart.bin")
    ours, peers, ratios = [], [], []
    for text in SENTENCES["en"]:
        tokens = phonemized.token_ids(phonemes.phonemize(text, "en"))
        inputs = {
            "tokens": np.array([[0, *tokens, 0]]),
            "style": pack[len(tokens) - 1],
            "speed": np.ones(1, np.float32),
        }
        spent, spoken = _cpu(partial(say, engine, text, voice))
        peer_spent, (sound,) = _cpu(partial(whole.run, None, inputs))
        ours.append(spent / spoken.duration)
        peers.append(peer_spent / (sound.size / model.SAMPLE_RATE))
        ratios.append(spent / peer_spent)
    print(f"CPU seconds per second of sound: {median(ours):.3f} with text, prosody and trimming; ", end="")
    print(f"undivided graph {median(peers):.3f}; time for the same sentence x {median(ratios):.2f}")
    short = [_first(TEN_WORDS, voice) for _ in range(3)]
    long = [_first(THREE_HUNDRED_WORDS, voice) for _ in range(3)]
    print(f"first piece, CPU seconds: {len(TEN_WORDS.split())} words {median(short):.2f}, ", end="")
    print(f"{len(THREE_HUNDRED_WORDS.split())} words {median(long):.2f}, ratio {median(long) / median(short):.2f}")


def styles(engine: Synthesizer) -> None:
    """Each style against neutral, the same voice and sentence: how often the measure moved the right way."""
    voices = [voice for voice in kokoro.SPEC.voices if voice.preset in STYLE_VOICES]
    pairs = [(voice, text) for voice in voices for text in SENTENCES["en"][:STYLE_SENTENCES]]
    plain = [_measured(say(engine, text, voice)) for voice, text in pairs]
    for name, (style, measure, sign) in STYLES.items():
        styled = [_measured(say(engine, text, voice, style)) for voice, text in pairs]
        right = sum((b[measure] - a[measure]) * sign > 0 for a, b in zip(plain, styled, strict=True))
        before, after = median(row[measure] for row in plain), median(row[measure] for row in styled)
        print(f"{name:<9} {right}/{len(pairs)} right  {measure}: {before:.2f} -> {after:.2f}")


def _measured(sound: Audio) -> dict[str, float]:
    found = prosody.measure(sound)
    return {
        "f0": found.f0,
        "f0_range": found.f0_range,
        "level": found.level,
        "voiced": voiced(sound),
        "seconds": sound.duration,
    }


def voiced(sound: Audio) -> float:
    """Share of all frames that are surely voiced.

    Praat's autocorrelation at a voicing threshold of 0.6 instead of 0.45: the narrow resonances of whispered vowels
    pass the usual one here and there, while ordinary speech hardly changes (0.48 to 0.42 of its frames).
    """
    import parselmouth

    pitch = parselmouth.Sound(sound.samples.astype(np.float64), sound.rate).to_pitch_ac(voicing_threshold=0.6)
    return float((pitch.selected_array["frequency"] > 0).mean())


def _first(text: str, voice: Voice) -> float:
    engine = kokoro.SPEC.load()  # a new one: short pieces are kept
    return _cpu(lambda: next(iter(engine.stream(SpeechRequest(text, voice.language, voice)))))[0]


def _cpu(work: Callable[[], Any]) -> tuple[float, Any]:
    start = time.process_time()
    result = work()
    return time.process_time() - start, result


def main(presets: list[str]) -> None:
    """Print every figure; with preset ids as arguments, only their error rates."""
    engine = kokoro.SPEC.load()
    say(engine, "Warm up.", first_voice("en"))
    languages_table(engine, presets)
    if not presets:
        speed(engine)
        styles(engine)


if __name__ == "__main__":
    main(sys.argv[1:])
