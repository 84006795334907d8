"""Memory plan: what the model takes on its device, computed before it is loaded."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import torch
from torch import nn

from funaudio_core import settings
from funaudio_core.engines.cosyvoice import flow
from funaudio_core.engines.cosyvoice.config import FRAMES_PER_TOKEN, FlowV2Config, FlowV3Config, ModelConfig
from funaudio_core.engines.cosyvoice.hift import HiFTGenerator
from funaudio_core.engines.cosyvoice.timesteps import NUM_STEPS
from funaudio_core.engines.fun_audio_chat.config import CONTEXT_POSITIONS, GROUP_SIZE, DecoderSizes
from funaudio_core.engines.fun_audio_chat.files import SPEECH_ARTIFACT
from funaudio_core.engines.fun_audio_chat.model import AudioChatModel
from funaudio_core.engines.fun_audio_chat.quantization import BITS, BYTES_PER_WEIGHT
from funaudio_core.engines.fun_audio_chat.speech_output import HOP_TOKENS, WINDOW_TOKENS
from funaudio_core.errors import Unsupported
from funaudio_core.gpu import device, zerogpu
from funaudio_core.weights.catalog import ARTIFACTS

GIB = 2**30
HALF_BITS = 16
HALF_BYTES, FLOAT_BYTES = 2, 4  # of a weight in bfloat16 or float16, and in float32
MAX_SLOTS = 4
GPU_SHARE = 0.95  # of a GPU's memory; the driver and other programs take the rest
# Activations of the longest prompt and of the vocoder, and libraries. An estimate: not measured on a GPU yet.
WORKING_BYTES = GIB


@dataclass(frozen=True, slots=True)
class MemoryPlan:
    """Memory of the engine, in bytes.

    Attributes:
        bits: Bits of a weight in the language model's layers: 16 or 4.
        slots: Replies that are decoded at a time.
        weights: Weights of the model.
        caches: Keys and values of all slots, in the language model and the speech head.
        speech: Flow and vocoder, and the streaming caches of all slots.
        working: Everything else.
    """

    bits: int
    slots: int
    weights: int
    caches: int
    speech: int
    working: int = WORKING_BYTES

    @property
    def total(self) -> int:
        """Return the sum."""
        return self.weights + self.caches + self.speech + self.working

    def __str__(self) -> str:
        """Return the plan as a line of the log."""
        parts = {"weights": self.weights, "caches": self.caches, "speech": self.speech, "working": self.working}
        listed = ", ".join(f"{name} {size / GIB:.1f}" for name, size in parts.items())
        return f"{self.total / GIB:.1f} GiB with {self.bits}-bit weights and {self.slots} replies at a time: {listed}"


def plan(model: AudioChatModel, speech: ModelConfig, bits: int, slots: int) -> MemoryPlan:
    """Return the plan of a model, which may be on the "meta" device.

    Args:
        model: The model.
        speech: Sizes of CosyVoice 3.
        bits: 16 or 4.
        slots: Replies that are decoded at a time.
    """
    layers = sum(
        module.weight.numel() for module in model.language_model.model.layers.modules() if isinstance(module, nn.Linear)
    )
    weights = HALF_BYTES * _count_weights(model)
    if bits == BITS:
        weights -= int((HALF_BYTES - BYTES_PER_WEIGHT) * layers)
    positions = _position_bytes(model.config.text) + GROUP_SIZE * _position_bytes(model.config.head)
    return MemoryPlan(
        bits,
        slots,
        weights,
        slots * CONTEXT_POSITIONS * positions,
        _speech_weight_bytes(speech) + slots * _speech_cache_bytes(speech.flow),
    )


def choose_plan(model: AudioChatModel, speech: ModelConfig, available: int, bits: int = 0) -> MemoryPlan:
    """Return the plan with the most precise weights that fits, with as many slots as fit.

    Args:
        model: The model, which may be on the "meta" device.
        speech: Sizes of CosyVoice 3.
        available: Bytes that the engine may take.
        bits: 16 or 4; 0 for either.

    Raises:
        Unsupported: None fits.
    """
    for choice in (bits,) if bits else (HALF_BITS, BITS):
        for slots in range(MAX_SLOTS, 0, -1):
            found = plan(model, speech, choice, slots)
            if found.total <= available:
                return found
    raise Unsupported(
        "Fun-Audio-Chat-8B needs {needed:.1f} GB of memory; {available:.1f} GB are available. "
        "Use a larger GPU, or another model.",
        needed=found.total / 1e9,
        available=available / 1e9,
    )


def plan_for_device(model: AudioChatModel, speech: ModelConfig, bits: int = 0) -> MemoryPlan:
    """Return the plan for this machine; see choose_plan().

    ZeroGPU runs one reply in each process, and a GPU that has room for 16-bit weights.
    """
    if zerogpu.is_zerogpu():
        return plan(model, speech, HALF_BITS, slots=1)
    return choose_plan(model, speech, available_bytes(), bits)


def available_bytes() -> int:
    """Return what the engine may take: the memory for models, less what CosyVoice 3 needs beside it.

    The former is the limit of the settings, or a share of the GPU's memory, or without a GPU of the machine's.
    """
    limit = settings.read().model_memory_bytes
    if not limit and device.has_gpu():
        limit = int(GPU_SHARE * torch.cuda.get_device_properties(0).total_memory)
    return (limit or device.model_memory()) - ARTIFACTS[SPEECH_ARTIFACT].size


def _count_weights(model: nn.Module) -> int:
    return sum(weight.numel() for weight in model.parameters())


def _position_bytes(sizes: DecoderSizes) -> int:
    """Return the keys and values of one position."""
    return 2 * HALF_BYTES * sizes.num_layers * sizes.num_kv_heads * sizes.head_dim


@cache
def _speech_weight_bytes(speech: ModelConfig) -> int:
    """Return the weights of flow and vocoder: float32, but the velocity network in half precision."""
    with torch.device("meta"):
        networks = flow.build(speech.flow)
        vocoder = HiFTGenerator(speech.vocoder)
    velocity = _count_weights(networks.estimator)
    return FLOAT_BYTES * (_count_weights(networks) - velocity + _count_weights(vocoder)) + HALF_BYTES * velocity


def _speech_cache_bytes(sizes: FlowV2Config | FlowV3Config) -> int:
    """Return the keys and values of the longest window in all steps of the flow, guided and unguided."""
    assert isinstance(sizes, FlowV3Config)
    frames = FRAMES_PER_TOKEN * (WINDOW_TOKENS + HOP_TOKENS)
    return 2 * 2 * HALF_BYTES * frames * NUM_STEPS * sizes.num_layers * sizes.dim
