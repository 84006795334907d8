"""F0 predictor of the vocoder.

Submodules have the names of the published checkpoints.
"""

from __future__ import annotations

from torch import Tensor, nn

from funaudio_core.engines.cosyvoice.config import VocoderConfig
from funaudio_core.engines.cosyvoice.convolutions import CausalConv1d, LookaheadConv1d


class F0Predictor(nn.Module):
    """F0 of every mel frame (CosyVoice's ConvRNNF0Predictor).

    In version 3 the first layer looks ahead and the others are causal.
    """

    def __init__(self, config: VocoderConfig) -> None:
        """Create the network of a vocoder config."""
        super().__init__()
        channels, kernel = config.f0_channels, config.f0_kernel
        layers: list[nn.Module] = []
        for index in range(config.f0_layers):
            in_channels, kernel_size = (channels, kernel) if index else (config.num_mels, config.f0_first_kernel)
            if not config.causal:
                convolution: nn.Module = nn.Conv1d(in_channels, channels, kernel_size, padding=kernel_size // 2)
            else:
                convolution = (CausalConv1d if index else LookaheadConv1d)(in_channels, channels, kernel_size)
            layers += [convolution, nn.ELU()]
        self.condnet = nn.Sequential(*layers)
        self.classifier = nn.Linear(channels, 1)

    def forward(self, mel: Tensor) -> Tensor:
        """Return F0 in Hz, (batch, frames), of mel (batch, mels, frames), in the precision of the weights."""
        rows = self.condnet(mel.to(self.classifier.weight.dtype)).transpose(1, 2)
        return self.classifier(rows)[:, :, 0].abs()  # type: ignore[no-any-return]  # torch leaves module calls untyped
