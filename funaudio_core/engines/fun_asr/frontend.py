"""Waveform to the rows that Fun-ASR reads: SenseVoice's features without its normalisation. Knows no model.

transformers' own extractor needs torchaudio and reads samples in [-1, 1], so that quiet bins fall below its floor;
Fun-ASR was trained on samples times 32768, as Kaldi reads them.
"""

from __future__ import annotations

import numpy as np

from funaudio_core.engines.sensevoice.frontend import Frontend
from funaudio_core.engines.sensevoice.layout import Layout

# The sizes in config.yaml of Fun-ASR-Nano-2512: its front end and its tower are those of SenseVoiceSmall.
FRONTEND = Layout(
    rate=16_000,
    mels=80,
    window=25.0,
    shift=10.0,
    stack=7,
    skip=6,
    hidden=512,
    heads=4,
    feed=2048,
    kernel=11,
    blocks=50,
    timed=20,
)


class PlainFrontend(Frontend):
    """Features of one clip at a time. Thread-safe: it only reads its tables."""

    def __init__(self, layout: Layout = FRONTEND) -> None:
        self._layout = layout
        self._shift, self._gain = np.zeros(layout.width, np.float32), np.ones(layout.width, np.float32)
