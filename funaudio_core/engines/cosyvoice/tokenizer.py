"""Text tokenizer: Qwen2's byte-pair encoding from vocab.json and merges.txt, with CosyVoice's control tokens.

The releases have no tokenizer.json; ids of special tokens follow from their order alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from funaudio_core.engines.cosyvoice import control_tokens
from funaudio_core.engines.cosyvoice.bistream import PromptPrefix
from funaudio_core.engines.cosyvoice.config import ModelConfig
from funaudio_core.engines.cosyvoice.decode import LMRequest
from funaudio_core.engines.cosyvoice.sampler import spawn_seeds
from funaudio_core.errors import WeightsMissing

SYSTEM_PROMPT = "You are a helpful assistant."  # in front of every prompt of version 3
# Qwen2's pre-tokenization.
_WORD_PATTERN = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+"
    r"|\s+(?!\S)|\s+"
)


class Tokenizer:
    """Tokenizer of one checkpoint. Thread-safe: it has no mutable state."""

    def __init__(self, folder: Path, config: ModelConfig) -> None:
        """Read vocab.json and merges.txt.

        Args:
            folder: Where they are.
            config: The model's version and vocabulary size.

        Raises:
            WeightsMissing: The vocabulary has another size.
        """
        from tokenizers import Regex, normalizers, pre_tokenizers
        from tokenizers import Tokenizer as BPETokenizer
        from tokenizers.models import BPE

        self._bpe = BPETokenizer(BPE.from_file(str(folder / "vocab.json"), str(folder / "merges.txt")))
        self._bpe.normalizer = normalizers.NFC()
        self._bpe.pre_tokenizer = pre_tokenizers.Sequence(
            [
                pre_tokenizers.Split(Regex(_WORD_PATTERN), "isolated"),
                pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
            ]
        )
        size = self._bpe.get_vocab_size()
        if size != config.lm.vocab_size:
            raise WeightsMissing(
                "{path} has {count:,} tokens instead of {expected:,}. Download the published file.",
                path=str(folder / "vocab.json"),
                count=size,
                expected=config.lm.vocab_size,
            )
        self._version = config.version
        self._adjacent = _adjacent_characters(self._bpe.get_vocab())
        self._special_ids = {
            token: size + place for place, token in enumerate(control_tokens.special_tokens(config.version))
        }

    def encode(self, text: str) -> tuple[int, ...]:
        """Return the ids of a text with control tokens (see control_tokens); "<|endofprompt|>" is ordinary text."""
        ids: list[int] = []
        for part, is_control in control_tokens.split_controls(text, self._version):
            ids += self._control_ids(part) if is_control else self._bpe.encode(part).ids
        return tuple(ids)

    def stable_length(self, text: str) -> int:
        """Return the length of the prefix whose ids stay the same whatever follows the text.

        The last character of the text may itself still change. A pre-token is complete once the next one has begun;
        within one, ids are known up to two characters that no token of the vocabulary joins.
        """
        *_, (last, is_control) = control_tokens.split_controls(text, self._version) or [("", False)]
        last_start = len(text) - len(last)
        words = [] if is_control else self._bpe.pre_tokenizer.pre_tokenize_str(last)
        if not words:
            return last_start
        start = last_start + words[-1][1][0]
        inside = (
            position
            for position in range(len(text) - 2, start, -1)
            if not self._may_join(text[position - 1], text[position])
        )
        return next(inside, start)

    def _may_join(self, left: str, right: str) -> bool:
        """Return whether a token may hold the end of one character and the beginning of the next."""
        if left.isascii() or right.isascii():
            return True
        first, second = left.encode(), right.encode()
        ends, begins = range(len(first)), range(1, len(second) + 1)
        return any((first[end:], second[:begin]) in self._adjacent for end in ends for begin in begins)

    def encode_instruction(self, instruction: str = "") -> tuple[int, ...]:
        """Return the ids in front of a transcript or a text: the instruction and the end-of-prompt token.

        Version 3 always has them, version 2 only with an instruction.
        """
        if self._version == 2 and not instruction:
            return ()
        prompt = instruction if self._version == 2 else f"{SYSTEM_PROMPT} {instruction}".strip()
        return (*self._bpe.encode(prompt).ids, self._special_ids[control_tokens.END_OF_PROMPT])

    def lm_requests(self, texts: Sequence[str], seed: int, prefix: PromptPrefix) -> list[LMRequest]:
        """Return an input of the language model for each text.

        Args:
            texts: Normalized pieces of text.
            seed: Of the whole request.
            prefix: What stands in front of each piece.
        """
        prompt, seeds = (*prefix.instruction, *prefix.transcript), spawn_seeds(seed, len(texts))
        return [
            LMRequest(self.encode(text), prompt, prefix.speech, own_seed)
            for text, own_seed in zip(texts, seeds, strict=True)
        ]

    def _control_ids(self, run: str) -> list[int]:
        """Return the ids of a run of control tokens such as "[j][ǐ]"."""
        tokens = run.replace("]", "]\n").replace(">", ">\n").split()
        return [self._special_ids[token] for token in tokens]


def _adjacent_characters(vocabulary: Iterable[str]) -> frozenset[tuple[bytes, bytes]]:
    """Return the pairs of neighbouring non-ASCII characters, or parts of them, in tokens of the vocabulary, as UTF-8.

    Tokens with characters outside the byte alphabet never occur in a text.
    """
    byte_of = byte_alphabet()
    pairs = set()
    for piece in vocabulary:
        if piece.isascii() or not byte_of.keys() >= set(piece):
            continue
        data = bytes(byte_of[char] for char in piece)
        starts = [start for start in range(1, len(data)) if data[start] & 0xC0 != 0x80]
        for previous, start, following in zip([0, *starts], starts, [*starts[1:], len(data)], strict=False):
            if data[start] & data[start - 1] & 0x80:
                pairs.add((data[previous:start], data[start:following]))
    return frozenset(pairs)


def byte_alphabet() -> dict[str, int]:
    """Return the byte of each character of a byte-level vocabulary: its own code, or the next free one from 256 on."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(0x100) if byte not in printable]
    return {chr(byte): byte for byte in printable} | {chr(0x100 + place): byte for place, byte in enumerate(others)}
