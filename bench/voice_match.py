"""How near voice match comes to real speakers, against the default voices: similarity, pitch, intelligibility, cost.

python -m bench.voice_match             every speaker of bench.speaker_clips, unseen English sentences
python -m bench.voice_match languages   two of them in every language, matched against the native preset
"""

from __future__ import annotations

import math
import sys
import time
from functools import cache

import numpy as np

from bench.speaker_clips import Speaker, speakers
from funaudio_core import languages
from funaudio_core.audio import prosody
from funaudio_core.engines import ge2e, whisper
from funaudio_core.engines.kokoro import model, phonemes, render, voice_match
from funaudio_core.engines.protocols import RecognitionOptions
from funaudio_core.text import error_rate
from funaudio_core.types import NEUTRAL, Audio
from funaudio_core.weights import store

DEFAULT, LOW_DEFAULT = "af_heart", "am_michael"
LOW = 155.0  # Hz; a speaker below it would be given LOW_DEFAULT
NATIVE = {
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
ABROAD = ("beckett", "allison-en")  # the speakers of the second table


def say(speaker: render.Speaker, text: str, language: str) -> Audio:
    """One sentence at 24 kHz."""
    spoken, _ = render.render(model.load(), phonemes.phonemize(text, language), speaker, NEUTRAL, seed=0)
    return Audio(spoken, model.SAMPLE_RATE)


@cache
def preset(name: str) -> render.Speaker:
    """A preset voice."""
    return render.Speaker(model.load_voice(store.artifact_dir("kokoro-voices") / f"{name}.bin"))


@cache
def by_preset(name: str, text: str, language: str) -> Audio:
    """A sentence in a preset voice, spoken once."""
    return say(preset(name), text, language)


def matched(clip: Audio, language: str) -> tuple[render.Speaker, float, float]:
    """The voice fitted to a clip, the similarity it promises, and the CPU seconds that took."""
    began = time.process_time()
    timbre = voice_match.fit(clip, language)
    spent = time.process_time() - began
    return render.Speaker(timbre.pack, timbre.f0_median, timbre.f0_std), timbre.similarity, spent


def errors(clip: Audio, text: str, language: str) -> float:
    """WER, or CER where words are not spaced, of what Whisper hears."""
    heard = " ".join(s.text for s in whisper.load().transcribe(clip, RecognitionOptions(language=language)))
    return error_rate.error_rate(text, heard, language)


def nearness(clips: list[Audio], speaker: Speaker) -> float:
    """Mean similarity of clips to a speaker."""
    target = ge2e.load().embed(speaker.clip)
    return float(np.mean([ge2e.similarity(ge2e.load().embed(clip), target) for clip in clips]))


def english() -> None:
    """The first table."""
    voice_match.fit(next(iter(speakers())).clip, "en")  # warm: weights are read once per process
    print("speaker          halves   default  by pitch   matched  promised     F0 st  WER pre.  WER mat.     CPU-s")
    rows = []
    for speaker in speakers():
        pitch = prosody.measure(speaker.clip).f0
        low = LOW_DEFAULT if pitch < LOW else DEFAULT
        voice, promised, spent = matched(speaker.clip, "en")
        clips = [say(voice, text, "en") for text in ENGLISH]
        presets = [[by_preset(name, text, "en") for text in ENGLISH] for name in (DEFAULT, low)]
        half = speaker.clip.duration / 2
        ends = [ge2e.load().embed(part) for part in (speaker.clip.slice(0, half), speaker.clip.slice(half, 2 * half))]
        off = [abs(12 * math.log2(prosody.measure(clip).f0 / pitch)) for clip in clips]
        wrong = [
            np.mean([errors(c, t, "en") for c, t in zip(made, ENGLISH, strict=True)]) for made in (presets[1], clips)
        ]
        near = [nearness(made, speaker) for made in (*presets, clips)]
        row = [ge2e.similarity(*ends), *near, promised, float(np.mean(off)), *map(float, wrong), spent]
        rows.append(row)
        print(speaker.name.ljust(12), "".join(f"{value:10.3f}" for value in row), flush=True)
    print("median".ljust(12), "".join(f"{value:10.3f}" for value in np.median(rows, axis=0)))
    print("mean".ljust(12), "".join(f"{value:10.3f}" for value in np.mean(rows, axis=0)))


def abroad() -> None:
    """The second table: WER (CER for zh and ja) and similarity, native preset -> matched voice."""
    chosen = [speaker for speaker in speakers() if speaker.name in ABROAD]
    names = "  ".join(speaker.name for speaker in chosen)
    print("language  error: native ->", names, "| similarity: native -> matched, each")
    for language, native in NATIVE.items():
        texts = (languages.LANGUAGES[language].sample, *SENTENCES[language])
        plain = [by_preset(native, text, language) for text in texts]
        base = np.mean([errors(clip, text, language) for clip, text in zip(plain, texts, strict=True)])
        cells, near = [], []
        for speaker in chosen:
            voice, _promised, _spent = matched(speaker.clip, language)
            clips = [say(voice, text, language) for text in texts]
            cells.append(np.mean([errors(clip, text, language) for clip, text in zip(clips, texts, strict=True)]))
            near.append(f"{nearness(plain, speaker):.2f} -> {nearness(clips, speaker):.2f}")
        print(
            f"{language}  {base:.3f} ->", "  ".join(f"{cell:.3f}" for cell in cells), "|", ", ".join(near), flush=True
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
    abroad() if sys.argv[1:] == ["languages"] else english()
