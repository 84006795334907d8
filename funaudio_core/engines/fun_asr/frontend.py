"""How Fun-ASR's rows are cut: as SenseVoice's, by the same frontend, but not normalised. Knows no model.

transformers' own extractor needs torchaudio and reads samples in [-1, 1], so that quiet bins fall below its floor;
Fun-ASR was trained on samples times 32768, as Kaldi reads them.
"""

from __future__ import annotations

from funaudio_core.engines.sanm.config import Layout

# The sizes in config.yaml of Fun-ASR-Nano-2512 and MLT-Nano: frontend and tower are those of SenseVoiceSmall.
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
