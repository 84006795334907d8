"""Example clips, synthesized by our own engine from texts written for this project, and watermarked.

They are listed in table.json with text, language, emotion, voice, licence and how they were made.
"""

from __future__ import annotations

import json
from pathlib import Path

import soundfile

from funaudio_core.engines import registry
from funaudio_core.tasks import synthesis
from funaudio_core.text import instructions
from funaudio_core.types import SpeechRequest

FOLDER = Path(__file__).parent
LICENCE = "CC0-1.0"
SEED = 20

# Language, emotion, preset voice, text.
CLIPS = (
    ("en", "happy", "af_heart", "I got the job! I am so happy today, we must celebrate tonight."),
    ("en", "sad", "bf_emma", "I miss my old friends. The house feels so lonely and empty without them."),
    ("en", "angry", "am_michael", "This is the third time the train is late. I am really angry about it!"),
    ("en", "neutral", "bm_george", "The museum opens at nine in the morning and closes at five in the afternoon."),
    ("zh", "happy", "zf_xiaoxiao", "太好了，我们终于放假了，明天一起去海边玩吧！"),
    ("zh", "neutral", "zm_yunxi", "请问附近有没有超市？我想买一些水果和牛奶。"),
    ("ja", "neutral", "jf_alpha", "明日の朝は八時に駅の前で会いましょう。"),
    ("ja", "happy", "jm_kumo", "試験に合格しました。とても嬉しいです。"),
    ("es", "happy", "ef_dora", "¡Qué alegría verte otra vez! Te he echado mucho de menos."),
    ("es", "neutral", "em_alex", "La biblioteca está al final de la calle, junto al parque."),
    ("fr", "sad", "ff_siwis", "Je suis très triste, mon petit chat a disparu hier soir."),
    ("fr", "neutral", "ff_siwis", "Le marché se trouve sur la grande place, à côté de la mairie."),
    ("it", "happy", "if_sara", "Che bella giornata! Sono molto felice di camminare lungo la spiaggia."),
    ("it", "neutral", "im_nicola", "Vorrei prenotare un tavolo per due persone, questa sera alle otto."),
    ("pt", "fear", "pf_dora", "Tenho medo de perder o avião, o trânsito está muito lento hoje."),
    ("hi", "neutral", "hf_alpha", "मुझे सुबह की चाय के साथ अखबार पढ़ना पसंद है।"),
)

# Spoken requests of the demonstrations, by name: language, preset voice, text.
REQUESTS = {
    "sky": ("en", "af_heart", "Why is the sky blue?"),
    "sleep": ("zh", "zf_xiaoxiao", "怎样才能睡得更好？"),
    "study": ("en", "bm_george", "Set the study to twenty degrees and turn on the light there."),
    "tokyo": ("zh", "zm_yunxi", "现在东京几点了？"),
    "pilot": ("en", "bf_emma", "Tell me that we land in ten minutes, very slowly and in a low voice."),
    "guide": ("en", "am_michael", "Say welcome to the museum, cheerfully and fast."),
}
REQUEST_FOLDER = FOLDER / "requests"
MP3_QUALITY = 0.5  # 0 is the best of libsndfile's scale; about 60 kb/s for mono speech


def make_requests() -> None:
    """Synthesize every spoken request."""
    REQUEST_FOLDER.mkdir(exist_ok=True)
    spec = next(iter(registry.SYNTHESIZERS.values()))
    for name, (language, preset, text) in REQUESTS.items():
        voice = next(voice for voice in spec.voices if voice.preset == preset)
        clip = synthesis.speak_take(SpeechRequest(text, language, voice, seed=SEED), spec.name).audio
        path = REQUEST_FOLDER / f"{name}.mp3"
        soundfile.write(path, clip.samples, clip.rate, format="MP3", compression_level=MP3_QUALITY)
        print(f"{path.name}: {clip.duration:.1f} s")


def make_clips() -> None:
    """Synthesize every clip and write the table. Running it again gives the same clips."""
    spec = next(iter(registry.SYNTHESIZERS.values()))
    rows = []
    for number, (language, emotion, preset, text) in enumerate(CLIPS, start=1):
        voice = next(voice for voice in spec.voices if voice.preset == preset)
        request = SpeechRequest(text, language, voice, instructions.EMOTION_STYLES[emotion], SEED)
        take = synthesis.speak_take(request, spec.name)
        file = f"{number:02d}_{language}_{emotion}.flac"
        soundfile.write(FOLDER / file, take.audio.pcm16(), take.audio.rate, format="FLAC")
        rows.append(
            {
                "file": file,
                "text": text,
                "language": language,
                "emotion": emotion,
                "voice": f"{spec.name}:{preset}",
                "sex": voice.sex,
                "licence": LICENCE,
                "made": f"python -m examples_audio.make ({spec.title}, seed {SEED}, watermarked)",
            }
        )
        print(f"{file}: {take.audio.duration:.1f} s")
    table = json.dumps(rows, ensure_ascii=False, indent=1)
    (FOLDER / "table.json").write_text(table + "\n", encoding="utf-8")
