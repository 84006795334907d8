"""Tests of the decoder that is trained against CTranslate2's, on a tiny random Whisper."""

from __future__ import annotations

from pathlib import Path

import ctranslate2
import numpy as np
import pytest
import torch

from funaudio_core.engines.whisper.decoder_weights import PREFIX, merge_adapter, read_decoder
from funaudio_core.engines.whisper.window_decoder import DecodingTask, WindowDecoder
from funaudio_core.errors import BadInput
from funaudio_core.training import lora
from funaudio_core.training.words.model import Measures
from funaudio_core.training.words.recipe import TARGETS, build_decoder, compute_logits, score
from funaudio_core.types import Samples
from funaudio_core.weights.adapters import Adapter, AdapterCard
from funaudio_core.weights.ctranslate2_file import CTranslate2File
from tests.whisper_models import WIDTH, save_converted, tiny_whisper

RANK, ALPHA = 4, 8.0
PROMPT = [50258, 50259, 50359, 50363]  # start of the transcript, English, transcribe, no timestamps
BASE = Measures(names_right=0.1, error_rate=0.2, general_error_rate=0.03)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("tiny")
    save_converted(tiny_whisper(), made)
    return made


@pytest.fixture
def content(folder: Path) -> bytes:
    return (folder / "model.bin").read_bytes()


@pytest.fixture
def encoded() -> Samples:
    return np.random.default_rng(0).normal(size=(1, 50, WIDTH)).astype(np.float32)


def random_adapter(model: torch.nn.Module) -> Adapter:
    """Put an adapter with random factors into a decoder, and return it."""
    lora.add_lora(model, TARGETS, RANK, ALPHA)
    torch.manual_seed(1)
    factors = {name: 0.2 * torch.randn(factor.shape) for name, factor in lora.lora_tensors(model).items()}
    lora.load_lora_tensors(model, factors)
    card = AdapterCard("tiny", "words", "tiny", {}, rank=RANK, alpha=ALPHA)
    return Adapter(card, {PREFIX + name: factor.numpy() for name, factor in factors.items()})


def decode(content: bytes, folder: Path, encoded: Samples) -> tuple[list[int], Samples]:
    """Return the tokens that CTranslate2 decodes in float32, and the logits of each."""
    files = {path.name: path.read_bytes() for path in folder.iterdir()} | {"model.bin": content}
    model = ctranslate2.models.Whisper("tiny", compute_type="float32", intra_threads=1, files=files)
    result = model.generate(
        ctranslate2.StorageView.from_array(encoded),
        [PROMPT],
        beam_size=1,
        max_length=12,
        return_logits_vocab=True,
        suppress_blank=False,
        suppress_tokens=[],
    )[0]
    return result.sequences_ids[0], np.stack([np.array(row) for row in result.logits[0]])


def teacher_forced(model: torch.nn.Module, tokens: list[int], encoded: Samples) -> Samples:
    """Return the trained model's logits of each token."""
    with torch.no_grad():
        logits = compute_logits(model, torch.tensor([[*PROMPT, *tokens[:-1]]]), torch.from_numpy(encoded))
    return logits[0, len(PROMPT) - 1 :].numpy()


def test_every_tensor_of_the_converted_decoder_is_read(content: bytes) -> None:
    converted = read_decoder(CTranslate2File(content))
    original = tiny_whisper().model.decoder.state_dict()
    assert converted.keys() == original.keys()
    for name, tensor in original.items():
        np.testing.assert_array_equal(converted[name], tensor.half().float().numpy(), err_msg=name)


def test_the_decoder_computes_what_ctranslate2_does(folder: Path, content: bytes, encoded: Samples) -> None:
    tokens, logits = decode(content, folder, encoded)
    np.testing.assert_allclose(teacher_forced(build_decoder(content), tokens, encoded), logits, atol=1e-4)


def test_a_merged_adapter_changes_ctranslate2_as_it_changed_the_decoder(
    folder: Path, content: bytes, encoded: Samples
) -> None:
    model = build_decoder(content)
    adapter = random_adapter(model)
    base = decode(content, folder, encoded)[1]
    tokens, logits = decode(merge_adapter(content, adapter), folder, encoded)
    assert np.abs(logits[0] - base[0]).max() > 1
    # The file has 16 bits a number, so the decoder gets the merged weights with 16 bits too.
    lora.merge_lora(model)
    for parameter in model.parameters():
        parameter.data.copy_(parameter.data.half())
    np.testing.assert_allclose(teacher_forced(model, tokens, encoded), logits, atol=1e-3)


def test_half_of_an_adapter_and_none_of_it(content: bytes) -> None:
    adapter = random_adapter(build_decoder(content))
    name = "layers.1.encoder_attn.v_proj.weight"
    weights = [
        read_decoder(CTranslate2File(merge_adapter(content, adapter, strength)))[name] for strength in (0, 0.5, 1)
    ]
    assert merge_adapter(content, adapter, 0) == content
    np.testing.assert_allclose(weights[1], (weights[0] + weights[2]) / 2, atol=1e-3)


def test_an_adapter_of_another_size_is_refused(content: bytes) -> None:
    adapter = random_adapter(build_decoder(content))
    wide = {
        name: np.concatenate([values, values]) if ".lora_B." in name else values
        for name, values in adapter.tensors.items()
    }
    with pytest.raises(BadInput, match="does not fit"):
        merge_adapter(content, Adapter(adapter.card, wide))
    stranger = {name.replace("fc1", "fc3"): values for name, values in adapter.tensors.items()}
    with pytest.raises(BadInput, match="fc3"):
        merge_adapter(content, Adapter(adapter.card, stranger))


@pytest.mark.parametrize(
    ("text", "language", "tokens"),
    [
        ("We should leave early because the traffic is terrible.", "en", [492, 820, 1856, 2440, 570, 264]),
        ("我们应该早点出发，因为路上很独。", "zh", [15003, 44297, 44646, 21176, 12579, 7781]),
    ],
)
def test_texts_get_the_tokens_that_whisper_base_writes(
    folder: Path, text: str, language: str, tokens: list[int]
) -> None:
    made = WindowDecoder(folder, 1).text_tokens(text, language)
    assert made[: len(tokens)] == tokens  # as Whisper base decoded clips of these sentences
    assert made[-1] == 50257


def test_hotwords_and_prompts_get_these_tokens_too(folder: Path) -> None:
    decoder = WindowDecoder(folder, 1)
    task = DecodingTask("en", hotwords="the traffic.", prompt="We should leave because the")
    tokens = decoder.prompt_tokens(task)
    assert tokens[1:4] == [264, 6419, 13]  # " the" is one token
    assert tokens[4:9] == [492, 820, 1856, 570, 264]
    assert decoder.fits(" ".join(["the"] * 200))
    assert not decoder.fits(" ".join(["the"] * 201))


def test_a_model_that_forgets_never_scores_better_than_the_base() -> None:
    better = Measures(names_right=0.9, error_rate=0.03, general_error_rate=0.03)
    harmful = Measures(names_right=1.0, error_rate=0.0, general_error_rate=0.06)
    assert score(better, BASE, 1.1) < score(BASE, BASE, 1.0) < score(harmful, BASE, 1.0)
    assert score(BASE, BASE, 1.0) < score(better, BASE, 1.5)
