"""Text to the ids that CosyVoice reads, and the pieces that its language model goes on from. Knows no sound.

The vocabulary is Qwen2's: byte pairs from vocab.json and merges.txt. The files of the release lack tokenizer.json, and
special tokens have their ids by order alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from funaudio_core.engines.cosyvoice import control_tokens
from funaudio_core.engines.cosyvoice.bistream import PromptPrefix
from funaudio_core.engines.cosyvoice.config import ModelConfig
from funaudio_core.engines.cosyvoice.decode import Piece
from funaudio_core.engines.cosyvoice.sampler import seeds
from funaudio_core.errors import WeightsMissing

SYSTEM = "You are a helpful assistant."  # in front of every prompt of version 3
# How Qwen2 cuts text before it pairs bytes.
_WORDS = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+"
    r"|\s+(?!\S)|\s+"
)


class Tokenizer:
    """The vocabulary of one checkpoint. Thread-safe: it only reads."""

    def __init__(self, folder: Path, layout: ModelConfig) -> None:
        """Reads vocab.json and merges.txt. Raises WeightsMissing where they hold another number of pieces."""
        from tokenizers import Regex, normalizers, pre_tokenizers
        from tokenizers import Tokenizer as Reader
        from tokenizers.models import BPE

        self._reader = Reader(BPE.from_file(str(folder / "vocab.json"), str(folder / "merges.txt")))
        self._reader.normalizer = normalizers.NFC()
        self._reader.pre_tokenizer = pre_tokenizers.Sequence(
            [
                pre_tokenizers.Split(Regex(_WORDS), "isolated"),
                pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
            ]
        )
        size = self._reader.get_vocab_size()
        if size != layout.language.vocab_size:
            raise WeightsMissing(
                "{path} has {count:,} tokens instead of {expected:,}. Download the published file.",
                path=str(folder / "vocab.json"),
                count=size,
                expected=layout.language.vocab_size,
            )
        self._version = layout.version
        self._joined = _joined(self._reader.get_vocab())
        self._special = {token: size + place for place, token in enumerate(control_tokens.special(layout.version))}

    def encode(self, text: str) -> tuple[int, ...]:
        """Ids of a text, whose marks (see marks.typed) become tokens of their own; "<|endofprompt|>" is plain text."""
        found: list[int] = []
        for part, mark in control_tokens.parts(text, self._version):
            found += self._marks(part) if mark else self._reader.encode(part).ids
        return tuple(found)

    def settled(self, text: str) -> int:
        """Characters from the beginning of a text under way whose ids stay as they are, whatever follows.

        Its last character may be one that changes still. What Qwen2 takes as a word is certain once another one has
        begun; within one, ids end between two characters that no piece of the vocabulary holds side by side.
        """
        *_, (last, mark) = control_tokens.parts(text, self._version) or [("", False)]
        begin = len(text) - len(last)
        found = [] if mark else self._reader.pre_tokenizer.pre_tokenize_str(last)
        if not found:
            return begin
        start = begin + found[-1][1][0]
        inside = (at for at in range(len(text) - 2, start, -1) if not self._may_join(text[at - 1], text[at]))
        return next(inside, start)

    def _may_join(self, left: str, right: str) -> bool:
        """Whether an id may hold the end of one character and the beginning of the next."""
        if left.isascii() or right.isascii():
            return True
        first, second = left.encode(), right.encode()
        ends, begins = range(len(first)), range(1, len(second) + 1)
        return any((first[end:], second[:begin]) in self._joined for end in ends for begin in begins)

    def lead(self, instruction: str = "") -> tuple[int, ...]:
        """What goes in front of a transcript or a text: how to speak, and the token that ends that.

        Version 3 never goes without, version 2 only where an instruction is given.
        """
        if self._version == 2 and not instruction:
            return ()
        said = instruction if self._version == 2 else f"{SYSTEM} {instruction}".strip()
        return (*self._reader.encode(said).ids, self._special[control_tokens.END_OF_PROMPT])

    def pieces(self, texts: Sequence[str], seed: int, before: PromptPrefix) -> list[Piece]:
        """What the language model goes on from, one for each text, in order. before: what stands in front of each."""
        prompt, drawn = (*before.lead, *before.transcript), seeds(seed, len(texts))
        return [Piece(self.encode(text), prompt, before.speech, own) for text, own in zip(texts, drawn, strict=True)]

    def _marks(self, run: str) -> list[int]:
        """A run of marks such as "[j][ǐ]", one id each."""
        closers = run.replace("]", "]\n").replace(">", ">\n").split()
        return [self._special[mark] for mark in closers]


def _joined(vocabulary: Iterable[str]) -> frozenset[tuple[bytes, bytes]]:
    """Which characters beyond ASCII stand side by side in pieces of the vocabulary, as UTF-8; parts of some, too.

    A piece in other letters than those of bytes never comes of a text.
    """
    byte = letters()
    found = set()
    for piece in vocabulary:
        if piece.isascii() or not byte.keys() >= set(piece):
            continue
        data = bytes(byte[char] for char in piece)
        starts = [at for at in range(1, len(data)) if data[at] & 0xC0 != 0x80]
        for before, at, after in zip([0, *starts], starts, [*starts[1:], len(data)], strict=False):
            if data[at] & data[at - 1] & 0x80:
                found.add((data[before:at], data[at:after]))
    return frozenset(found)


def letters() -> dict[str, int]:
    """The byte that each character of a vocabulary of byte pairs stands for: its own code, or the next free beyond."""
    shown = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    hidden = [byte for byte in range(0x100) if byte not in shown]
    return {chr(byte): byte for byte in shown} | {chr(0x100 + place): byte for place, byte in enumerate(hidden)}
