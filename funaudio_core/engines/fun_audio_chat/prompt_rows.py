"""Embedding of a conversation: text tokens, and the rows of its clips in place of their placeholders."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from funaudio_core.engines.cosyvoice.features import Float
from funaudio_core.engines.fun_audio_chat import clip_features
from funaudio_core.engines.fun_audio_chat.model import AudioChatModel
from funaudio_core.engines.fun_audio_chat.prompts import ChatTokenizer
from funaudio_core.engines.fun_audio_chat.reply_state import EmbeddedPrompt


@torch.inference_mode()
def embed_prompt(
    model: AudioChatModel, tokenizer: ChatTokenizer, ids: Sequence[int], clips: Sequence[Float]
) -> EmbeddedPrompt:
    """Embed a conversation.

    Args:
        model: The model.
        tokenizer: Its tokenizer.
        ids: Token ids, see ChatTokenizer.encode_messages().
        clips: Samples at 16 kHz of each clip, in order.
    """
    tokens = torch.tensor(ids, device=model.device)
    rows = model.embed_text(tokens)
    if clips:
        mels = [torch.from_numpy(clip_features.log_mel(clip)) for clip in clips]
        encoded = model.encode_clips(mels, [clip_features.count_positions(len(clip)) for clip in clips])
        rows[tokens == tokenizer.audio_id] = torch.cat(encoded).to(rows.dtype)
    return EmbeddedPrompt(ids, rows)
