"""Cost of one step of Fun-Audio-Chat-8B, .2 s of speech: bytes and FLOPs on paper, and time on a GPU if there is one.

Weights are random on the GPU, which changes no time. Run: python -m bench.assistants.audio_chat, with --config for
other sizes, --device cpu to time a tiny model on the CPU.
"""

from __future__ import annotations

import statistics
import time
from pathlib import Path
from typing import TYPE_CHECKING

from bench._options import option_parser
from funaudio_core.engines.cosyvoice.config import V3
from funaudio_core.gpu import device as gpu_device

if TYPE_CHECKING:
    from torch import nn

    from funaudio_core.engines.fun_audio_chat.model import AudioChatModel

CONFIG = Path("tests/golden/fun_audio_chat/published_config.json")
BYTES, GROUP = 2, 5  # of a weight in bfloat16; codes of a step
POSITIONS = 1000  # of the conversation, which the attention reads
STEPS, WARM_UP = 60, 10
SPEECH_SECONDS = 0.2  # of a step
PROMPT_TOKENS = 200
H200_BYTES_PER_SECOND, H200_FLOPS = 4.8e12, 989e12  # data sheet: memory bandwidth, dense bfloat16


def main() -> None:
    """Print the cost on paper, then the measured one."""
    parser = option_parser(__doc__)
    parser.add_argument("--config", type=Path, default=CONFIG, help="config.json of the model")
    parser.add_argument(
        "--device", default="cuda" if gpu_device.has_gpu() else "", help="cuda or cpu; none: paper only"
    )
    options = parser.parse_args()
    from funaudio_core.engines.fun_audio_chat import checkpoint, memory, quantization
    from funaudio_core.engines.fun_audio_chat.config import read_config

    model = checkpoint.build(read_config(options.config))
    print_paper(model)
    print(memory.plan(model, V3, memory.HALF_BITS, slots=1))
    print(memory.plan(model, V3, quantization.BITS, slots=1))
    if not options.device:
        print("no GPU here: nothing is measured")
        return
    measure(model, options.device)


def print_paper(model: AudioChatModel) -> None:
    """Print bytes and FLOPs of a step: every weight of the language model once, of the speech head five times."""
    head, text = model.audio_invert_tower, model.config
    once = _count(model.language_model.model.layers) + _count(model.language_model.lm_head) + _count(head.pre_matching)
    five = _count(head) - _count(head.pre_matching) + text.codebook_size * text.text.hidden_size
    keys = sum(
        2 * BYTES * sizes.num_layers * sizes.num_kv_heads * sizes.head_dim * reads
        for sizes, reads in ((text.text, POSITIONS), (text.head, GROUP * GROUP * POSITIONS))
    )
    weights = BYTES * (once + GROUP * five)
    flops = 2 * (once + GROUP * five)
    seconds = (weights + keys) / H200_BYTES_PER_SECOND
    print(f"weights read: {BYTES * once / 1e9:.2f} GB once + {GROUP} x {BYTES * five / 1e9:.2f} GB of the speech head")
    print(f"keys and values at {POSITIONS} positions: {keys / 1e9:.2f} GB; FLOPs of a step: {flops / 1e9:.1f} G")
    print(
        f"on an H200 (data sheet): {1000 * seconds:.1f} ms by bandwidth, {1000 * flops / H200_FLOPS:.2f} ms by "
        f"arithmetic; real-time factor at least {seconds / SPEECH_SECONDS:.3f}"
    )


def _count(module: nn.Module) -> int:
    """Return the weights of a module, each once."""
    return sum(weight.numel() for weight in {id(each): each for each in module.parameters()}.values())


def measure(model: AudioChatModel, device: str) -> None:
    """Print the time of the prompt and of a step, with random weights."""
    import torch

    from funaudio_core.engines.fun_audio_chat.decode import Decoder
    from funaudio_core.engines.fun_audio_chat.reply_state import ControlTokens, EmbeddedPrompt, ReplyOptions

    kind = torch.bfloat16 if device == "cuda" else torch.float32
    model = model.to_empty(device=device).to(kind)
    for weight in model.parameters():
        torch.nn.init.normal_(weight, std=0.02)
    model.rebuild_tables()
    decoder = Decoder(model, ControlTokens(*range(4)), slots=1)
    if device == "cuda":
        decoder.use_cuda_graphs()
        print(torch.cuda.get_device_name())
    ids = list(range(10, 10 + min(PROMPT_TOKENS, model.config.text.vocabulary_size - 10)))
    with torch.inference_mode():
        prompt = EmbeddedPrompt(ids, model.embed_text(torch.tensor(ids, device=device)))
    started = _now(device)
    state, _ = decoder.start(prompt, ReplyOptions(max_tokens=STEPS + 2))
    print(f"prompt of {len(ids)} positions: {1000 * (_now(device) - started):.1f} ms")
    seconds = []
    for _ in range(STEPS):
        started = _now(device)
        decoder.step([state])
        seconds.append(_now(device) - started)
    step = statistics.median(seconds[WARM_UP:])
    print(f"step: {1000 * step:.1f} ms, real-time factor {step / SPEECH_SECONDS:.3f} without flow and vocoder")


def _now(device: str) -> float:
    """Return the time after all work on the device."""
    import torch

    if device == "cuda":
        torch.cuda.synchronize()
    return time.perf_counter()


if __name__ == "__main__":
    main()
