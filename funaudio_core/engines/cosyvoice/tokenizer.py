"""Text to the ids that CosyVoice reads, and the pieces that its language model goes on from. Knows no sound.

The vocabulary is Qwen2's: byte pairs from vocab.json and merges.txt. The files of the release lack tokenizer.json, and
special tokens have their ids by order alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from funaudio_core.engines.cosyvoice import marks
from funaudio_core.engines.cosyvoice.decode import Piece
from funaudio_core.engines.cosyvoice.layout import Layout
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

    def __init__(self, folder: Path, layout: Layout) -> None:
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
        if size != layout.language.pieces:
            raise WeightsMissing(
                "{path} holds {count:,} pieces where {expected:,} are needed. Get the published file.",
                path=str(folder / "vocab.json"),
                count=size,
                expected=layout.language.pieces,
            )
        self._version = layout.version
        self._special = {token: size + place for place, token in enumerate(marks.special(layout.version))}

    def encode(self, text: str) -> tuple[int, ...]:
        """Ids of a text, whose marks (see marks.typed) become tokens of their own; "<|endofprompt|>" is plain text."""
        found: list[int] = []
        for part, mark in marks.parts(text, self._version):
            found += self._marks(part) if mark else self._reader.encode(part).ids
        return tuple(found)

    def lead(self, instruction: str = "") -> tuple[int, ...]:
        """What goes in front of a transcript or a text: how to speak, and the token that ends that.

        Version 3 never goes without, version 2 only where an instruction is given.
        """
        if self._version == 2 and not instruction:
            return ()
        said = instruction if self._version == 2 else f"{SYSTEM} {instruction}".strip()
        return (*self._reader.encode(said).ids, self._special[marks.END_OF_PROMPT])

    def pieces(
        self, texts: Sequence[str], seed: int, instruction: str = "", transcript: str = "", speech: Sequence[int] = ()
    ) -> list[Piece]:
        """What the language model goes on from, one for each text, in order.

        Zero-shot: the transcript of a clip and its speech tokens. Across languages: neither. With an instruction:
        neither, for the model follows a clip rather than an instruction.
        """
        prompt = (*self.lead(instruction), *self.encode(transcript))
        drawn = seeds(seed, len(texts))
        return [Piece(self.encode(text), prompt, tuple(speech), own) for text, own in zip(texts, drawn, strict=True)]

    def _marks(self, run: str) -> list[int]:
        """A run of marks such as "[j][ǐ]", one id each."""
        closers = run.replace("]", "]\n").replace(">", ">\n").split()
        return [self._special[mark] for mark in closers]
