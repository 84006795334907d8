"""Similarity of the preset voices of Kokoro to each other, by CAM++ and by GE2E.

Run: python -m bench.speech.voice_similarity [--write]

It prints the most similar pairs of each language. --write renews funaudio_core/engines/kokoro/voice_similarity.json, by
which a cast of distinct voices is chosen. Takes about ten minutes of CPU time.
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from itertools import combinations

import numpy as np

from funaudio_core import audio
from funaudio_core.engines import loader, registry, selection
from funaudio_core.engines.kokoro.voices import SIMILARITY_FILE, VOICES
from funaudio_core.types import SpeechRequest

TEXTS = {
    "en": "The old lighthouse keeper climbed the stairs every evening, and counted the ships that passed below.",
    "zh": "每天傍晚，看守灯塔的老人都会爬上楼梯，数一数从下面经过的船只，然后点亮那盏古老的灯。",
    "ja": "灯台守の老人は毎晩階段を上り、下を通り過ぎる船を数えてから、古い明かりをともしました。",
    "es": "Cada tarde, el viejo farero subía las escaleras y contaba los barcos que pasaban por debajo.",
    "fr": "Chaque soir, le vieux gardien du phare montait l'escalier et comptait les bateaux qui passaient en bas.",
    "it": "Ogni sera il vecchio guardiano del faro saliva le scale e contava le navi che passavano sotto.",
    "pt": "Todas as noites, o velho faroleiro subia as escadas e contava os navios que passavam lá embaixo.",
    "hi": "हर शाम बूढ़ा प्रकाशस्तंभ का रखवाला सीढ़ियाँ चढ़ता था और नीचे से गुज़रते जहाज़ों को गिनता था।",
}


def main() -> int:
    """Measure all pairs of each language."""
    synthesizer = selection.load_default(registry.SYNTHESIZERS)
    encoders = [loader.load(registry.SPEAKER_ENCODERS[name]) for name in ("campplus", "ge2e")]
    embeddings: dict[str, dict[str, list[np.ndarray]]] = defaultdict(dict)
    for voice in VOICES:
        chunks = synthesizer.stream(SpeechRequest(TEXTS[voice.language], voice.language, voice))
        take = audio.concat([chunk.audio for chunk in chunks])
        embeddings[voice.language][voice.preset or ""] = [encoder.embed(take) for encoder in encoders]
    table: dict[str, list[int]] = {}
    for language, rows in embeddings.items():
        pairs = {
            f"{a} {b}": [round(100 * float(one @ other)) for one, other in zip(rows[a], rows[b], strict=True)]
            for a, b in combinations(sorted(rows), 2)
        }
        table |= pairs
        if pairs:
            print(language, "medians", np.median(list(pairs.values()), axis=0), "%")
        for pair in sorted(pairs, key=lambda pair: -sum(pairs[pair]))[:5]:
            print(f"  {pair}: {pairs[pair]} %")
    if "--write" in sys.argv[1:]:
        rows_ = ",\n".join(f"{json.dumps(pair)}: {values}" for pair, values in sorted(table.items()))
        SIMILARITY_FILE.write_text(f"{{\n{rows_}\n}}\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
