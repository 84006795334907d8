"""Decoding of streamed text by CosyVoice: order of text and speech tokens, and use of the KV cache."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch
from torch import Tensor

from funaudio_core.engines.cosyvoice import bistream, config, lm
from funaudio_core.engines.cosyvoice.bistream import PromptPrefix
from funaudio_core.engines.cosyvoice.decode import MAX_TOKEN_RATIO, MIN_TOKEN_RATIO
from funaudio_core.errors import BadInput
from tests.cosyvoice_models import one_thread, prefer, tiny

LEAD = PromptPrefix((1, 2))


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> Iterator[None]:
    yield from one_thread()


@pytest.fixture(scope="module", params=[2, 3])
def version(request: pytest.FixtureRequest) -> config.Version:
    return request.param  # type: ignore[no-any-return]


class Recorded(lm.SpeechLanguageModel):
    """Model that records the rows it processes and its outputs."""

    rows: list[Tensor]
    hidden: list[Tensor]

    def forward(self, rows: Tensor, places: Tensor, cache: lm.KVCache, reach: int) -> Tensor:
        assert places[0].tolist() == list(range(sum(map(len, self.rows)), reach))
        self.rows.append(rows[0].clone())
        found = super().forward(rows, places, cache, reach)
        self.hidden.append(found[0].clone())
        return found


@pytest.fixture
def recorded(version: config.Version) -> Recorded:
    model = tiny(version)
    model.__class__ = Recorded
    assert isinstance(model, Recorded)
    model.rows, model.hidden = [], []
    return model


def order(model: Recorded) -> str:
    """Return what the model processed as letters: t text, s speech, S bos, T task."""
    marks = model.embed_special.weight[[model.config.bos_token_id, model.config.task_token_id]]
    kinds = {
        "S": marks[:1],
        "T": marks[1:],
        "t": model.embed_text.weight,
        "s": model.embed_speech.weight[: model.config.num_speech_tokens],
    }
    rows = torch.cat(model.rows)
    return "".join(next(kind for kind, table in kinds.items() if (table == row).all(1).any()) for row in rows)


@pytest.mark.parametrize(
    ("speech", "begins"),
    [
        (0, "Sll" + "ttttt" + "s" * 15 + "ttttt" + "s" * 15),
        (20, "Sll" + "ttttt" + "s" * 15 + "ttttt" + "s" * 5 + "s" * 10 + "ttttt" + "s" * 15),
        (100, "Sll" + ("ttttt" + "s" * 15) * 4 + "tttT" + "s" * 40),
    ],
)
def test_text_and_speech_come_in_turns(recorded: Recorded, speech: int, begins: str) -> None:
    """If no turn ends early, five text and fifteen speech tokens alternate, those of the clip first."""
    fill = recorded.config.fill_token_id
    prefer(recorded, fill, by=-100.0)
    transcript = tuple(range(50, 57)) if speech else ()
    before = PromptPrefix((1, 2), transcript, tuple(range(speech)))
    found = list(bistream.stream(recorded, iter(range(100, 116)), before, seed=4))
    read = order(recorded)
    assert read.startswith(begins.replace("l", "t"))
    assert read.count("T") == 1
    assert read.count("s") == speech + len(found) - (len(found) == MAX_TOKEN_RATIO * 16)
    assert read.count("t") == 2 + len(transcript) + 16
    assert all(0 <= token < recorded.config.num_speech_tokens for token in found)


@torch.inference_mode()
def test_the_cache_changes_nothing(recorded: Recorded) -> None:
    """Process everything at once and compare with what was processed piece by piece."""
    before = PromptPrefix((1, 2), tuple(range(50, 57)), tuple(range(20)))
    list(bistream.stream(recorded, range(100, 117), before, seed=4))
    rows, hidden = torch.cat(recorded.rows), torch.cat(recorded.hidden)
    cache = lm.KVCache(recorded.config, 1, len(rows), rows)
    recorded.rows = []
    assert (recorded(rows[None], torch.arange(len(rows))[None], cache, len(rows))[0] - hidden).abs().max() < 1e-4


def test_speech_begins_before_the_text_has_ended(version: config.Version) -> None:
    model, written = tiny(version), []

    def text() -> Iterator[int]:
        for id_ in range(100, 120):
            written.append(id_)
            yield id_

    stream = bistream.stream(model, text(), LEAD, seed=2)
    first = next(stream)
    assert len(written) == 5
    assert [first, *stream] == list(bistream.stream(model, range(100, 120), LEAD, seed=2))
    assert len(written) == 20


def test_a_turn_that_ends_early_asks_for_text_and_the_end_waits(recorded: Recorded) -> None:
    """Each fill token requests five more text tokens; only the end of the text allows the end of speech."""
    prefer(recorded, recorded.config.fill_token_id, recorded.config.eos_token_id)
    found = list(bistream.stream(recorded, range(100, 112), LEAD, seed=4))
    assert len(found) >= MIN_TOKEN_RATIO * 12
    assert order(recorded).startswith("Stt" + "ttttt")
    assert order(recorded).count("t") == 14


def test_a_text_that_cannot_be_said_is_refused(version: config.Version) -> None:
    with pytest.raises(BadInput, match="no text"):
        list(bistream.stream(tiny(version), (), PromptPrefix((), (1, 2))))
    with pytest.raises(BadInput, match="the limit of CosyVoice is 100"):
        list(bistream.stream(tiny(version, longest=100), range(200)))
