"""When a stream of speech tokens becomes the next piece of mel spectrogram. Knows neither text nor sound."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor

from funaudio_core.engines.cosyvoice.attention_mask import CHUNK
from funaudio_core.engines.cosyvoice.config import FRAMES
from funaudio_core.engines.cosyvoice.flow import Flow, Request, Run
from funaudio_core.engines.cosyvoice.prompt import Prompt

FIRST = 13  # tokens that the first piece holds at least: half a second
LONGEST = 4 * CHUNK  # tokens after which pieces grow no more, as in CosyVoice
MOST_KEPT = 4 * 2**30  # bytes of what was computed for one request: 20 to 50 s of sound, see Run


class MelStream:
    """The mel of tokens as they come; all pieces together are flow.mel(streaming=True) of all tokens at once.

    A piece ends with a chunk, counted from the prompt's first token, since frames of whole chunks never change. The
    first piece is short, each further one may be twice as long, so that the flow is asked seldom. What it computed is
    kept for the next piece; where that would be more than `most` bytes, it begins anew every time, and also where the
    flow replays recordings, which is faster still and needs no memory.

    Holds the state of one request; not to be shared between threads.
    """

    def __init__(self, flow: Flow, prompt: Prompt, most: int = MOST_KEPT) -> None:
        self._flow, self._prompt, self._most = flow, prompt, most
        self._run = Run() if most and not flow.replays else None
        self._tokens: list[int] = []
        self._given = 0  # tokens whose frames are out
        self._least = FIRST  # tokens of the next piece

    def push(self, tokens: Iterable[int], *, final: bool = False) -> Tensor:
        """The frames that are certain now and enough for a piece, float32 (mels, frames), maybe none.

        final: no more tokens follow; all that was held back comes out. Raises what Flow.mel() raises.
        """
        self._tokens += tokens
        end = len(self._tokens) if final else self._certain()
        enough = min(1, end) if final else self._least  # of no token at all the flow says so
        if end - self._given < enough:
            return torch.zeros(self._flow.layout.mels, 0, device=self._flow.input_embedding.weight.device)
        heard = self._tokens if final else self._tokens[: end + self._flow.layout.lookahead]
        mel = self._made(Request(self._prompt, heard, final))
        self._given, self._least = end, min(max(CHUNK, 2 * self._least), LONGEST)
        return mel

    def _made(self, request: Request) -> Tensor:
        """The frames of a request that are not out yet."""
        if self._run is None:
            return self._flow.mel([request], streaming=True)[0][:, FRAMES * self._given :]
        mel = self._flow.following(request, self._run)
        if self._run.bytes > self._most:
            self._run = None
        return mel

    def _certain(self) -> int:
        """Tokens in whole chunks, the last ones of which can look ahead."""
        before = len(self._prompt.tokens)
        return (before + len(self._tokens) - self._flow.layout.lookahead) // CHUNK * CHUNK - before
