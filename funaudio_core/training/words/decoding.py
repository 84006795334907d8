"""Recognition of the held-out clips of a training, by the base or with an adapter, as the recognizer does it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from funaudio_core import settings
from funaudio_core.engines.whisper.text_format import PROMPTS, format_text
from funaudio_core.engines.whisper.window_decoder import DecodingTask, WindowDecoder
from funaudio_core.runtime import cancellation
from funaudio_core.training.words.clips import load_features
from funaudio_core.training.words.model import Measures, PlannedSentence
from funaudio_core.training.words.scoring import measure
from funaudio_core.weights.adapters import Adapter, AdapterCard, Array


@dataclass(frozen=True, slots=True)
class HeldOutClip:
    """Held-out clip.

    Attributes:
        sentence: The words that are said.
        features: File of the encoder's output.
        seconds: Length.
    """

    sentence: PlannedSentence
    features: Path
    seconds: float


class HeldOutDecoder:
    """Recognition of held-out clips in one language."""

    def __init__(self, folder: Path, clips: Sequence[HeldOutClip], language: str, card: AdapterCard) -> None:
        """Set the clips.

        Args:
            folder: Folder of the base model.
            clips: The clips.
            language: Code of their language.
            card: Card of the adapters, with rank and alpha.
        """
        self._folder, self._clips, self._language, self._card = folder, tuple(clips), language, card

    def decode(self, factors: Mapping[str, Array]) -> tuple[str, ...]:
        """Return what is recognized with an adapter. factors: Its tensors by published name; none for the base."""
        return tuple(self.decode_each(factors))

    def decode_each(self, factors: Mapping[str, Array]) -> Iterator[str]:
        """Yield what is recognized of each clip; see decode()."""
        adapter = Adapter(self._card, factors) if factors else None
        decoder = WindowDecoder(self._folder, settings.read().threads, adapter)
        for clip in self._clips:
            cancellation.raise_if_cancelled()
            encoded = decoder.to_encoded(load_features(clip.features).astype(np.float32))
            result = decoder.decode(encoded, clip.seconds, recognition_task(self._language))
            yield format_text(result.text, self._language, written=True)

    def measure(self, texts: Sequence[str]) -> Measures:
        """Return the measures of recognized texts."""
        return measure([clip.sentence for clip in self._clips], texts, self._language)


def recognition_task(language: str) -> DecodingTask:
    """Return the decoder's task in a language, with the style that the recognizer gives it."""
    return DecodingTask(language, style=PROMPTS.get(language, ""))
