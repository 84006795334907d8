"""Voice match on real speakers, against the default voices: similarity, pitch, intelligibility and cost.

python -m bench.speech.voice_match             every speaker of speaker_clips, English sentences not used in training
python -m bench.speech.voice_match languages   two of them in every language, against the native preset
"""

from __future__ import annotations

import math
import time
from functools import cache

import numpy as np

from bench._options import option_parser
from bench.recognition.speaker_clips import Speaker, speakers
from funaudio_core import languages
from funaudio_core.audio import prosody
from funaudio_core.engines import ge2e, loader, whisper
from funaudio_core.engines.kokoro import model, phonemes, render, voice_match
from funaudio_core.engines.protocols import RecognitionOptions
from funaudio_core.text import error_rate
from funaudio_core.types import NEUTRAL, Audio
from funaudio_core.weights import store

DEFAULT, LOW_DEFAULT = "af_heart", "am_michael"
LOW_PITCH_HZ = 155.0  # a speaker below it would get LOW_DEFAULT
NATIVE_PRESETS = {
    "en": "af_heart",
    "es": "ef_dora",
    "fr": "ff_siwis",
    "it": "if_sara",
    "pt": "pf_dora",
    "hi": "hf_alpha",
    "ja": "jf_alpha",
    "zh": "zf_xiaoxiao",
}
ENGLISH = (
    "The old lighthouse keeper climbed the stairs every evening before sunset.",
    "Fresh bread and strong coffee are the best way to start a day.",
    "Nobody expected the quiet student to win the science competition.",
)
LANGUAGE_TABLE_SPEAKERS = ("beckett", "allison-en")

_load_kokoro = cache(model.load)  # held: the model lives as long as somebody uses it


def say(speaker: render.Speaker, text: str, language: str) -> Audio:
    """Return one sentence at 24 kHz."""
    (piece,) = render.render(_load_kokoro(), phonemes.phonemize(text, language), speaker, NEUTRAL, seed=0)
    return Audio(piece.samples, model.SAMPLE_RATE)


@cache
def load_preset(name: str) -> render.Speaker:
    """Load a preset voice."""
    return render.Speaker(model.load_voice(store.artifact_dir("kokoro-voices") / f"{name}.bin"))


@cache
def say_with_preset(name: str, text: str, language: str) -> Audio:
    """Return a sentence in a preset voice, cached."""
    return say(load_preset(name), text, language)


def match_voice(clip: Audio, language: str) -> tuple[render.Speaker, float, float]:
    """Return the voice matched to a clip, its expected similarity, and the CPU seconds of the match."""
    began = time.process_time()
    timbre = voice_match.fit(clip, language)
    cpu_seconds = time.process_time() - began
    return render.Speaker(timbre.pack, timbre.f0_median, timbre.f0_std), timbre.similarity, cpu_seconds


def recognition_error(clip: Audio, text: str, language: str) -> float:
    """Return the WER of what Whisper recognizes, or the CER for languages without spaces."""
    recognized = " ".join(s.text for s in whisper.load().transcribe(clip, RecognitionOptions(language=language)))
    return error_rate.error_rate(text, recognized, language)


def mean_similarity(clips: list[Audio], speaker: Speaker) -> float:
    """Return the mean similarity of clips to a speaker."""
    target = loader.load(ge2e.SPEC).embed(speaker.clip)
    return float(np.mean([ge2e.similarity(loader.load(ge2e.SPEC).embed(clip), target) for clip in clips]))


def print_english_table() -> None:
    """Print the table of English sentences."""
    voice_match.fit(next(iter(speakers())).clip, "en")  # warm-up: weights are read once per process
    print("speaker          halves   default  by pitch   matched  promised     F0 st  WER pre.  WER mat.     CPU-s")
    rows = []
    for speaker in speakers():
        pitch = prosody.measure(speaker.clip).f0
        default_by_pitch = LOW_DEFAULT if pitch < LOW_PITCH_HZ else DEFAULT
        voice, expected, cpu_seconds = match_voice(speaker.clip, "en")
        clips = [say(voice, text, "en") for text in ENGLISH]
        presets = [[say_with_preset(name, text, "en") for text in ENGLISH] for name in (DEFAULT, default_by_pitch)]
        half = speaker.clip.duration / 2
        halves = [
            loader.load(ge2e.SPEC).embed(part)
            for part in (speaker.clip.slice(0, half), speaker.clip.slice(half, 2 * half))
        ]
        pitch_errors = [abs(12 * math.log2(prosody.measure(clip).f0 / pitch)) for clip in clips]
        word_errors = [
            np.mean([recognition_error(c, t, "en") for c, t in zip(takes, ENGLISH, strict=True)])
            for takes in (presets[1], clips)
        ]
        similarities = [mean_similarity(takes, speaker) for takes in (*presets, clips)]
        row = [
            ge2e.similarity(*halves),
            *similarities,
            expected,
            float(np.mean(pitch_errors)),
            *map(float, word_errors),
            cpu_seconds,
        ]
        rows.append(row)
        print(speaker.name.ljust(12), "".join(f"{value:10.3f}" for value in row), flush=True)
    print("median".ljust(12), "".join(f"{value:10.3f}" for value in np.median(rows, axis=0)))
    print("mean".ljust(12), "".join(f"{value:10.3f}" for value in np.mean(rows, axis=0)))


def print_language_table() -> None:
    """Print WER (CER for zh and ja) and similarity by language, native preset -> matched voice."""
    selected = [speaker for speaker in speakers() if speaker.name in LANGUAGE_TABLE_SPEAKERS]
    names = "  ".join(speaker.name for speaker in selected)
    print("language  error: native ->", names, "| similarity: native -> matched, each")
    for language, native in NATIVE_PRESETS.items():
        texts = (languages.LANGUAGES[language].sample, *SENTENCES[language])
        native_clips = [say_with_preset(native, text, language) for text in texts]
        native_error = np.mean(
            [recognition_error(clip, text, language) for clip, text in zip(native_clips, texts, strict=True)]
        )
        matched_errors, similarities = [], []
        for speaker in selected:
            voice, _expected, _cpu_seconds = match_voice(speaker.clip, language)
            clips = [say(voice, text, language) for text in texts]
            matched_errors.append(
                np.mean([recognition_error(clip, text, language) for clip, text in zip(clips, texts, strict=True)])
            )
            similarities.append(
                f"{mean_similarity(native_clips, speaker):.2f} -> {mean_similarity(clips, speaker):.2f}"
            )
        print(
            f"{language}  {native_error:.3f} ->",
            "  ".join(f"{rate:.3f}" for rate in matched_errors),
            "|",
            ", ".join(similarities),
            flush=True,
        )


SENTENCES = {
    "en": ENGLISH,
    "es": ("Mi hermano trabaja en un hospital cerca de la playa.", "¿Puedes cerrar la ventana antes de salir?"),
    "fr": ("Mon frère travaille dans un hôpital près de la plage.", "Peux-tu fermer la fenêtre avant de sortir ?"),
    "it": ("Mio fratello lavora in un ospedale vicino alla spiaggia.", "Puoi chiudere la finestra prima di uscire?"),
    "pt": ("Meu irmão trabalha em um hospital perto da praia.", "Você pode fechar a janela antes de sair?"),
    "hi": ("मेरा भाई एक अस्पताल में काम करता है।", "क्या आप खिड़की बंद कर सकते हैं?"),
    "ja": ("兄は海の近くの病院で働いています。", "出かける前に窓を閉めてください。"),
    "zh": ("我哥哥在海边的一家医院工作。", "出门之前请把窗户关上。"),
}


if __name__ == "__main__":
    options = option_parser(__doc__)
    options.add_argument("table", nargs="?", choices=["languages"])
    print_language_table() if options.parse_args().table else print_english_table()
