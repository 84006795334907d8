"""From noise to a mel spectrogram in ten steps along the velocity. Knows neither tokens nor the network's inside."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache

import torch
from torch import Tensor

from funaudio_core.engines.cosyvoice import attention_mask, timesteps
from funaudio_core.engines.cosyvoice.config import MELS
from funaudio_core.engines.cosyvoice.streaming_cache import StreamingCache
from funaudio_core.runtime import cancellation

GUIDANCE = 0.7  # how far beyond the unconditional velocity, `inference_cfg_rate` of CosyVoice
NOISE_FRAMES = 15_000  # of the fixed noise: the longest mel, prompt included, 300 s
NOISE_SEED = 0

# A velocity network, UNet or DiT, or recordings of one: (batch, mels, time) of state, mu, speaker, known, table, hidden
# and, if any, the past. Its forward branches on no value, so that it can be compiled or recorded.
Velocity = Callable[..., Tensor]


@cache
def noise() -> Tensor:
    """float32 (1, mels, 15,000), where every mel begins; what CosyVoice 2 and 3 draw when they are built.

    Always the same, so a stream continues what it began and equal requests give equal sound.
    """
    return torch.randn(1, MELS, NOISE_FRAMES, generator=torch.Generator().manual_seed(NOISE_SEED))


def pasts() -> tuple[StreamingCache, ...]:
    """What a mel spectrogram that grows keeps between two calls of solve(): a Past for every step."""
    return tuple(StreamingCache() for _ in range(timesteps.STEPS))


def solve(
    velocity: Velocity,
    tables: Tensor,
    mu: Tensor,
    speaker: Tensor,
    known: Tensor,
    seen: Tensor,
    dtype: torch.dtype = torch.float32,
    before: Sequence[StreamingCache] = (),
) -> Tensor:
    """The mel spectrogram, float32 (batch, mels, time), natural logarithm of magnitudes.

    tables: what the network needs to know of each time of clock.grid() but the last, one row a time. mu, known:
    float32 (batch, mels, time). speaker: float32 (batch, mels). seen: bool, which frames attend to which,
    see chunks.visible(). dtype: of the network's weights; state and times are float32 whatever it is. before: see
    pasts(); these frames then follow those of the last call. Every step asks for the velocity with and without the
    conditions, in one batch. Raises stopping.Stopped between two steps where nobody waits any more.
    """
    grid = timesteps.grid()
    said, spoken_by, prompt = (torch.cat([given, torch.zeros_like(given)]).to(dtype) for given in (mu, speaker, known))
    hidden = attention_mask.bias(torch.cat([seen, seen]), dtype)
    time, first = mu.shape[2], before[0].time if before else 0
    state = noise()[:, :, first : first + time].to(mu.device).expand_as(mu)
    for place, (table, start, end) in enumerate(zip(tables.to(dtype), grid, grid[1:], strict=False)):
        cancellation.raise_if_cancelled()
        twice = torch.cat([state, state]).to(dtype)
        given = (twice, said, spoken_by, prompt, table, hidden, *before[place : place + 1])
        with_it, without = velocity(*given).float().chunk(2)
        state = state + (end - start) * ((1 + GUIDANCE) * with_it - GUIDANCE * without)
    for past in before:
        past.time += time
    return state
