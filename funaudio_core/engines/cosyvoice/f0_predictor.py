"""The pitch of every mel frame, from five convolutions. Knows nothing of how it will sound.

Names of the submodules are those of the published checkpoints.
"""

from __future__ import annotations

from torch import Tensor, nn

from funaudio_core.engines.cosyvoice.config import VocoderConfig
from funaudio_core.engines.cosyvoice.convolutions import AheadConv1d, CausalConv1d


class Pitch(nn.Module):
    """CosyVoice's ConvRNNF0Predictor; in version 3 only its first layer looks ahead."""

    def __init__(self, layout: VocoderConfig) -> None:
        super().__init__()
        width, kernel = layout.pitch_channels, layout.pitch_kernel
        layers: list[nn.Module] = []
        for place in range(layout.pitch_layers):
            taken, size = (width, kernel) if place else (layout.mels, layout.pitch_first)
            if not layout.causal:
                convolution: nn.Module = nn.Conv1d(taken, width, size, padding=size // 2)
            else:
                convolution = (CausalConv1d if place else AheadConv1d)(taken, width, size)
            layers += [convolution, nn.ELU()]
        self.condnet = nn.Sequential(*layers)
        self.classifier = nn.Linear(width, 1)

    def forward(self, mel: Tensor) -> Tensor:
        """Hz, (batch, frames) of mel (batch, mels, frames), in the precision of the weights."""
        rows = self.condnet(mel.to(self.classifier.weight.dtype)).transpose(1, 2)
        return self.classifier(rows)[:, :, 0].abs()  # type: ignore[no-any-return]  # torch types no call
