"""Sequences that the language model learns: which row of which embedding stands where, and which token follows.

Two orders, as the published model was trained on both: all text and then all speech ("unistream"), or turns of five
text and fifteen speech tokens ("bistream"), see engines.cosyvoice.bistream.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from funaudio_core.engines.cosyvoice.bistream import SPEECH_TOKENS, TEXT_TOKENS
from funaudio_core.engines.cosyvoice.config import LMConfig
from funaudio_core.training.recipe import Batch

IGNORED = -1  # target of a row that predicts nothing
TABLES = ("special", "text", "speech")  # embeddings


@dataclass(frozen=True, slots=True)
class Utterance:
    """Spoken text.

    Attributes:
        name: Name for people.
        text: Text tokens.
        speech: Speech tokens.
        instruction: Text tokens in front, up to and including the end-of-prompt token; always there in version 3.
        rejected: Speech tokens of a worse rendering, for preference training; () for none.
    """

    name: str
    text: tuple[int, ...]
    speech: tuple[int, ...]
    instruction: tuple[int, ...] = ()
    rejected: tuple[int, ...] = ()


@dataclass(slots=True)
class TokenSequence:
    """Rows of a sequence.

    Attributes:
        tables: Embedding of each row, one of TABLES.
        ids: Row of that embedding.
        targets: Speech token that follows each row, or IGNORED.
    """

    tables: list[str] = field(default_factory=list)
    ids: list[int] = field(default_factory=list)
    targets: list[int] = field(default_factory=list)

    def add(self, table: str, ids: Iterable[int], targets: Iterable[int] = ()) -> None:
        """Append rows of one embedding; without targets they predict nothing."""
        before = len(self.ids)
        self.ids += ids
        self.tables += [table] * (len(self.ids) - before)
        self.targets += targets or [IGNORED] * (len(self.ids) - before)


def has_turns(utterance: Utterance) -> bool:
    """Return whether an utterance has enough speech for turns: more than three tokens for one of text."""
    return len(utterance.speech) * TEXT_TOKENS > SPEECH_TOKENS * len(utterance.text)


def text_first(utterance: Utterance, config: LMConfig) -> TokenSequence:
    """Return bos, instruction, text, task token and speech; the task token predicts the first speech token."""
    sequence = _start(utterance, config)
    sequence.add("text", utterance.text)
    _add_rest(sequence, utterance.speech, config)
    return sequence


def in_turns(utterance: Utterance, config: LMConfig) -> TokenSequence:
    """Return bos, instruction, turns of text and speech, and the rest as in text_first().

    The last text token of a turn predicts its first speech token, its last speech token the fill token.
    """
    sequence = _start(utterance, config)
    turns = len(utterance.text) // TEXT_TOKENS
    for turn in range(turns):
        text = utterance.text[turn * TEXT_TOKENS : (turn + 1) * TEXT_TOKENS]
        speech = utterance.speech[turn * SPEECH_TOKENS : (turn + 1) * SPEECH_TOKENS]
        sequence.add("text", text, [*[IGNORED] * (TEXT_TOKENS - 1), speech[0]])
        sequence.add("speech", speech, [*speech[1:], config.fill_token_id])
    sequence.add("text", utterance.text[turns * TEXT_TOKENS :])
    _add_rest(sequence, utterance.speech[turns * SPEECH_TOKENS :], config)
    return sequence


def pad(sequences: Sequence[TokenSequence], prefix: str = "") -> Batch:
    """Return padded sequences by the places of their rows, so that nothing depends on values on the device.

    Returns:
        With `prefix` in front of each name: "targets" (batch, time), IGNORED where there is none; for each embedding
        "…_rows" (n,), places in the flattened batch, and "…_ids" (n,); "target_rows" (n,), places of targets.
    """
    longest = max(len(sequence.ids) for sequence in sequences)
    targets = torch.full((len(sequences), longest), IGNORED)
    for row, sequence in zip(targets, sequences, strict=True):
        row[: len(sequence.targets)] = torch.tensor(sequence.targets)
    batch = {"targets": targets, "target_rows": (targets.flatten() != IGNORED).nonzero()[:, 0]}
    for table in TABLES:
        found = [
            (number * longest + place, id_)
            for number, sequence in enumerate(sequences)
            for place, (name, id_) in enumerate(zip(sequence.tables, sequence.ids, strict=True))
            if name == table
        ]
        rows = torch.tensor(found, dtype=torch.long).view(-1, 2)
        batch |= {f"{table}_rows": rows[:, 0], f"{table}_ids": rows[:, 1]}
    return {prefix + name: tensor for name, tensor in batch.items()}


def without_prefix(batch: Batch, prefix: str) -> Batch:
    """Return the tensors that pad() has put under a prefix."""
    return {name.removeprefix(prefix): tensor for name, tensor in batch.items() if name.startswith(prefix)}


def _start(utterance: Utterance, config: LMConfig) -> TokenSequence:
    sequence = TokenSequence()
    sequence.add("special", [config.bos_token_id])
    sequence.add("text", utterance.instruction)
    return sequence


def _add_rest(sequence: TokenSequence, speech: Sequence[int], config: LMConfig) -> None:
    """Append the task token and the last speech tokens, which the end-of-speech token follows."""
    following = [*speech, config.eos_token_id]
    sequence.add("special", [config.task_token_id], following[:1])
    sequence.add("speech", speech, following[1:])


def embed(batch: Batch, tables: dict[str, torch.nn.Embedding]) -> Tensor:
    """Return the embedded rows of pad(), float (batch, time, hidden), zero where there is padding."""
    targets = batch["targets"]
    hidden = tables["text"].weight.shape[1]
    rows = tables["text"].weight.new_zeros(targets.numel(), hidden)
    for name in TABLES:
        rows = rows.index_copy(0, batch[f"{name}_rows"], tables[name](batch[f"{name}_ids"]))
    return rows.view(*targets.shape, hidden)
