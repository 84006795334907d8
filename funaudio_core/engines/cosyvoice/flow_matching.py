"""Flow matching: a mel spectrogram from noise in ten Euler steps with classifier-free guidance."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache

import torch
from torch import Tensor

from funaudio_core.engines.cosyvoice import attention_mask, timesteps
from funaudio_core.engines.cosyvoice.config import NUM_MELS
from funaudio_core.engines.cosyvoice.streaming_cache import StreamingCache
from funaudio_core.runtime import cancellation

CFG_RATE = 0.7  # classifier-free guidance, `inference_cfg_rate` of CosyVoice
NOISE_FRAMES = 15_000  # longest mel, prompt included: 300 s
NOISE_SEED = 0

# A UNet or DiT, or a GraphCache of one, with the arguments of DiT.forward(). It never branches on values, so that it
# can be compiled or captured.
Estimator = Callable[..., Tensor]


@cache
def initial_noise() -> Tensor:
    """Return the noise that every mel starts from, float32 (1, mels, 15,000), as CosyVoice draws it.

    It is fixed, so that a stream continues consistently and equal requests give equal audio.
    """
    return torch.randn(1, NUM_MELS, NOISE_FRAMES, generator=torch.Generator().manual_seed(NOISE_SEED))


def new_caches() -> tuple[StreamingCache, ...]:
    """Return an empty streaming cache for each step of solve_euler()."""
    return tuple(StreamingCache() for _ in range(timesteps.NUM_STEPS))


def solve_euler(
    estimator: Estimator,
    time_tables: Tensor,
    mu: Tensor,
    spks: Tensor,
    cond: Tensor,
    mask: Tensor,
    dtype: torch.dtype = torch.float32,
    caches: Sequence[StreamingCache] = (),
) -> Tensor:
    """Generate mel spectrograms from noise.

    Every step evaluates the velocity with and without the conditions in one batch.

    Args:
        estimator: The velocity network.
        time_tables: Its time_tables() of all times of timesteps.cosine_schedule() but the last.
        mu: Encoded speech tokens, float32 (batch, mels, time).
        spks: Projected speaker embeddings, float32 (batch, mels).
        cond: Mel of the prompt, zero behind it, float32 (batch, mels, time).
        mask: Which frames attend to which, see attention_mask.chunk_mask().
        dtype: Of the network's weights; state and times are always float32.
        caches: new_caches() of a stream, whose next frames these are; () for whole mels.

    Returns:
        Natural logarithm of mel magnitudes, float32 (batch, mels, time).

    Raises:
        Cancelled: Between two steps, after the request was cancelled.
    """
    times = timesteps.cosine_schedule()
    mu_pair, spks_pair, cond_pair = (
        torch.cat([inputs, torch.zeros_like(inputs)]).to(dtype) for inputs in (mu, spks, cond)
    )
    attn_bias = attention_mask.mask_to_bias(torch.cat([mask, mask]), dtype)
    num_frames, first = mu.shape[2], caches[0].length if caches else 0
    state = initial_noise()[:, :, first : first + num_frames].to(mu.device).expand_as(mu)
    for index, (time_table, start, end) in enumerate(zip(time_tables.to(dtype), times, times[1:], strict=False)):
        cancellation.raise_if_cancelled()
        state_pair = torch.cat([state, state]).to(dtype)
        inputs = (state_pair, mu_pair, spks_pair, cond_pair, time_table, attn_bias, *caches[index : index + 1])
        conditional, unconditional = estimator(*inputs).float().chunk(2)
        state = state + (end - start) * ((1 + CFG_RATE) * conditional - CFG_RATE * unconditional)
    for step_cache in caches:
        step_cache.length += num_frames
    return state
