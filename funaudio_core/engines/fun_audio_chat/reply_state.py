"""State of one reply while it is decoded: its tokens, whether it is spoken, and its random numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from funaudio_core.engines.fun_audio_chat import sampling
from funaudio_core.engines.fun_audio_chat.config import CONTEXT_POSITIONS, GROUP_SIZE, AudioChatConfig

MAX_SPEECH_OPENINGS = 2  # of a reply: the model may open speech again behind its end


@dataclass(frozen=True, slots=True)
class ControlTokens:
    """Ids of the text tokens that steer a reply.

    Attributes:
        end: Ends the reply.
        audio_bos: Opens its speech.
        audio_eos: Closes it.
        silence: Goes with speech that has no text.
    """

    end: int
    audio_bos: int
    audio_eos: int
    silence: int


@dataclass(frozen=True, slots=True)
class ReplyOptions:
    """How to reply.

    Attributes:
        speak: Speech as well as text.
        open_speech: The first token is the one that opens speech, instead of the model's choice.
        sample_text: Sample the text instead of taking the most probable tokens.
        forbid_opening_silence: Sampled text must not begin with silence.
        max_tokens: Most text tokens.
        seed: Of all sampling.
    """

    speak: bool = True
    open_speech: bool = True
    sample_text: bool = False
    forbid_opening_silence: bool = False
    max_tokens: int = 512
    seed: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class EmbeddedPrompt:
    """Conversation as the language model gets it.

    Attributes:
        ids: Token ids.
        rows: Embedded tokens, those of clips replaced by the clips' rows, (tokens, width).
    """

    ids: Sequence[int]
    rows: Tensor


@dataclass(frozen=True, slots=True)
class Step:
    """Result of one step.

    Attributes:
        text: Text token of the reply.
        chosen_text: Text token that the model chose. It differs where speech ends: the end of speech takes its place,
            though the reference code streams the model's choice and stops at it.
        codes: Five speech codes, at the end of speech five times the end code; () while nothing is spoken.
        is_last: The reply has ended.
    """

    text: int
    chosen_text: int
    codes: tuple[int, ...]
    is_last: bool


@dataclass(frozen=True, slots=True, eq=False)
class HeadInput:
    """Input of the speech head for one position.

    Attributes:
        row: Hidden state with its text embedding, (width,).
        generator_state: State of the random generator before the codes of this position are drawn.
    """

    row: Tensor
    generator_state: Tensor


class ReplyState:
    """State of one reply. Not to be shared between threads.

    While nothing is spoken the speech head is not run. Its inputs are kept, so that it can catch up if speech opens.

    Attributes:
        slot: Row of the caches.
        options: How to reply.
        position: Positions of the language model so far.
        is_speaking: Whether speech is open.
        last_token: Text token that the next step processes.
        last_group: Codes that go with it; () for none.
        group_noise: Noise of the codes of this step, float32 (5, codes); None if the reply is text only.
        text_noise: Noise of the text token of this step, float32 (vocabulary,); None if it is not sampled.
        seen_tokens: Text tokens that have occurred, prompt included, bool (vocabulary,); empty if none is sampled.
        seen_codes: Codes that have been recorded, bool (codes,).
        previous_code: Last code that the head has drawn.
        head_prefix: Inputs of the head for the prompt but its last token, (tokens - 1, width); None once processed.
        head_inputs: Inputs of the head that it has not processed, the last one that of the current step.
    """

    def __init__(
        self, config: AudioChatConfig, tokens: ControlTokens, prompt: EmbeddedPrompt, options: ReplyOptions, slot: int
    ) -> None:
        """Start a reply to a prompt."""
        self._config, self._tokens = config, tokens
        self.slot, self.options = slot, options
        self.position = len(prompt.rows)
        self.is_speaking = False
        self.last_token, self.last_group = prompt.ids[-1], tuple[int, ...]()
        self._is_first, self._openings = True, 0
        self._tokens_left = min(options.max_tokens, CONTEXT_POSITIONS - self.position)
        self._generator = torch.Generator().manual_seed(options.seed)
        self.group_noise: Tensor | None = None
        self.text_noise: Tensor | None = None
        self.seen_tokens = torch.zeros(config.text.vocabulary_size if options.sample_text else 0, dtype=torch.bool)
        if options.sample_text:
            self.seen_tokens[list(prompt.ids)] = True
        self.seen_codes = torch.zeros(config.codebook_size, dtype=torch.bool)
        self.previous_code = config.code_bos
        self.head_prefix: Tensor | None = None
        self.head_inputs: list[HeadInput] = []

    @property
    def forbids_silence(self) -> bool:
        """Whether the text token of this step must not be silence."""
        return self.options.forbid_opening_silence and self.last_token == self._tokens.audio_bos

    def add_head_input(self, row: Tensor) -> None:
        """Keep the input of the speech head of this step, (width,), and draw the random numbers of its codes.

        They are drawn whether the head runs or not, as in the reference code, so that the text that follows speech
        does not depend on it.
        """
        self.head_inputs.append(HeadInput(row, self._generator.get_state()))
        self.group_noise = draw_group_noise(self._config.codebook_size, self._generator)

    def draw_text_noise(self) -> None:
        """Draw the random numbers of the text token of this step, behind those of the codes."""
        if self.options.sample_text:
            self.text_noise = sampling.draw_noise(self._config.text.vocabulary_size, self._generator)

    def take_head_input(self) -> tuple[Tensor, Tensor]:
        """Remove the first input of the head; return its row (width,) and its noise, float32 (5, codes)."""
        entry = self.head_inputs.pop(0)
        if not self.head_inputs and self.group_noise is not None:
            return entry.row, self.group_noise
        generator = torch.Generator()
        generator.set_state(entry.generator_state)
        return entry.row, draw_group_noise(self._config.codebook_size, generator)

    def record(self, text: int, codes: Sequence[int] | None) -> Step:
        """Record the text token that the model has chosen, and the group of codes; None if nothing is spoken."""
        if self._is_first and self.options.open_speech:
            text = self._tokens.audio_bos
        self._is_first = False
        self._tokens_left -= 1
        self.last_token, self.last_group = text, ()
        group: tuple[int, ...] = ()
        if codes is not None:
            has_ended = self._config.code_eos in codes
            group = (self._config.code_eos,) * GROUP_SIZE if has_ended else tuple(codes)
            self.seen_codes[list(group)] = True
            if has_ended:
                self.is_speaking, self.last_token = False, self._tokens.audio_eos
            else:
                self.last_group = group
        if self.options.sample_text:
            self.seen_tokens[self.last_token] = True
        self._open_speech()
        return Step(self.last_token, text, group, text == self._tokens.end or self._tokens_left <= 0)

    def _open_speech(self) -> None:
        """Open speech if the last token asks for it."""
        asks = self.options.speak and self.last_token == self._tokens.audio_bos
        if asks and not self.is_speaking and self._openings < MAX_SPEECH_OPENINGS:
            self.is_speaking, self._openings = True, self._openings + 1


def draw_group_noise(codebook_size: int, generator: torch.Generator) -> Tensor:
    """Return the noise of a group of codes, float32 (5, codes)."""
    return torch.stack([sampling.draw_noise(codebook_size, generator) for _ in range(GROUP_SIZE)])
