"""Fun-ASR model against FunASR with the same weights: batches, both token counts, and the checkpoint's tensors."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import FunAsrNanoForConditionalGeneration

from funaudio_core.engines.fun_asr import checkpoint, prompts
from funaudio_core.engines.fun_asr.frontend import FRONTEND
from funaudio_core.engines.fun_asr.runner import ModelRunner, audio_token_count, convert_to_bfloat16
from funaudio_core.engines.sanm.frontend import Float, Frontend
from funaudio_core.errors import WeightsMissing
from funaudio_core.runtime import cancellation
from tests.checkpoints import fun_asr as checkpoints_fun_asr
from tests.conftest import ROOT, noise

GOLDEN = np.load(ROOT / "tests" / "golden" / "fun_asr" / "fun_asr.npz")
SHIFT = 2 * np.log(32_768)  # of log energies, between samples in [-1, 1] and 16-bit integers


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Return the paths of a tiny model.pt and its tokenizer."""
    folder = tmp_path_factory.mktemp("fun-asr")
    checkpoints_fun_asr.write(folder)
    return next(folder.rglob("model.pt")), next(folder.rglob("tokenizer.json"))


@pytest.fixture(scope="module")
def runner(files: tuple[Path, Path]) -> ModelRunner:
    return ModelRunner(checkpoint.load(files[0]), files[1], "cpu", 2, "prefix")


def features_of(index: int) -> Float:
    return Frontend(FRONTEND, None).features((GOLDEN[f"wave{index}"] / 32_768).astype(np.float32))


class TokenRunner(ModelRunner):
    """Runner that returns token ids as text and, like FunASR, stops at <|im_end|> only."""

    def __init__(self, runner: ModelRunner, mode: str = "prefix") -> None:
        self.__dict__.update(runner.__dict__)
        self._end_of_text_id, self._mode = self._turn_end_id, mode

    def _decode(self, ids: Sequence[int]) -> str:
        return " ".join(map(str, ids))


def test_features_match_funasr() -> None:
    assert np.abs(features_of(1) - GOLDEN["features1"]).max() < 2e-3


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_features_match_transformers_except_scale() -> None:
    """Loud noise, so that no bin is below the floor of either."""
    from transformers import FunAsrNanoFeatureExtractor

    sound = noise(1.0)
    theirs = FunAsrNanoFeatureExtractor()(sound.samples, sampling_rate=sound.rate)["input_features"][0].numpy()
    ours = Frontend(FRONTEND, None).features(sound.samples)
    assert ours.shape == theirs.shape
    assert np.abs(ours - theirs - SHIFT).max() < 5e-3


@pytest.mark.parametrize("index", [0, 1])
def test_adaptor_output_matches_funasr(runner: ModelRunner, index: int) -> None:
    with torch.inference_mode():
        embedded = TokenRunner(runner, "all")._embed_clips([features_of(index)])[0].numpy()
    assert embedded.shape == GOLDEN[f"adaptor{index}"].shape
    assert np.abs(embedded - GOLDEN[f"adaptor{index}"]).max() < 1e-4


@pytest.mark.parametrize("index", [0, 1])
@pytest.mark.parametrize("prompt_number", [0, 1, 2])
def test_generated_tokens_match_funasr(runner: ModelRunner, index: int, prompt_number: int) -> None:
    """FunASR's generate() returns the same tokens for the same prompt, up to our limit for so short a clip."""
    found = TokenRunner(runner).transcribe([features_of(index)], str(GOLDEN[f"prompt{prompt_number}"]))[0].text.split()
    expected = [str(token) for token in GOLDEN[f"ids{index}_{prompt_number}"]]
    assert found == expected[: len(found)]
    assert len(found) == min(len(expected), 32)


def test_text_ends_at_either_end_token(runner: ModelRunner) -> None:
    """FunASR continues after <|endoftext|>, with which this clip begins; our text is empty then."""
    assert int(GOLDEN["ids0_0"][0]) == runner._end_of_text_id
    assert runner.transcribe([features_of(0)], prompts.build_prompt())[0].text == ""


def test_mode_all_matches_transformers(runner: ModelRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    """The generate() of transformers, with one placeholder per row as from its processor, agrees with mode "all"."""
    model, rows = runner._model, features_of(0)
    monkeypatch.setattr(model.config, "audio_token_id", checkpoints_fun_asr.VOCABULARY - 1)
    text = f"<|im_start|>system\n{prompts.SYSTEM_PROMPT}<|im_end|>\n<|im_start|>user\n{prompts.build_prompt()}"
    turn = checkpoints_fun_asr.tokenizer().encode(text).ids
    turn += [model.config.audio_token_id] * len(rows)
    turn += checkpoints_fun_asr.tokenizer().encode("<|im_end|>\n<|im_start|>assistant\n").ids
    with torch.inference_mode():
        written = model.generate(
            input_ids=torch.tensor([turn]),
            attention_mask=torch.ones(1, len(turn), dtype=torch.long),
            input_features=torch.from_numpy(rows)[None],
            input_features_mask=torch.ones(1, len(rows), dtype=torch.long),
            max_new_tokens=32,
            do_sample=False,
            eos_token_id=runner._turn_end_id,
            pad_token_id=runner._end_of_text_id,
        )[0, len(turn) :]
    assert TokenRunner(runner, "all").transcribe([rows], prompts.build_prompt())[0].text.split() == [
        str(int(id_)) for id_ in written
    ]


def test_audio_token_counts() -> None:
    assert [audio_token_count(rows, "prefix") for rows in (1, 8, 9, 100, 500)] == [1, 1, 2, 13, 63]
    assert audio_token_count(100, "all") == 100


def test_batch_matches_single_clips(runner: ModelRunner) -> None:
    clips = [features_of(1), features_of(0), features_of(1)[:5]]
    tokens = TokenRunner(runner)
    together = tokens.transcribe(clips, prompts.build_prompt("英文"))
    alone = [tokens.transcribe([clip], prompts.build_prompt("英文"))[0] for clip in clips]
    assert [reading.text for reading in together] == [reading.text for reading in alone]
    assert [r.mean_logprob for r in together] == pytest.approx([r.mean_logprob for r in alone], abs=1e-4)
    assert len({reading.text for reading in together}) == 3


def test_generation_stops_when_cancelled(runner: ModelRunner) -> None:
    stop = threading.Event()
    steps = 0

    def step(*_: object) -> None:
        nonlocal steps
        steps += 1
        stop.set()

    hook = runner._model.lm_head.register_forward_hook(step)
    try:
        with pytest.raises(cancellation.Cancelled):
            cancellation.cancel_context(stop).run(
                TokenRunner(runner).transcribe, [features_of(1)], prompts.build_prompt()
            )
    finally:
        hook.remove()
    assert steps == 1


@pytest.mark.slow
def test_runs_without_torchaudio(files: tuple[Path, Path]) -> None:
    """The import of torchaudio is blocked."""
    code = (
        "import sys; sys.modules['torchaudio'] = None\n"
        "from pathlib import Path\n"
        "import numpy as np\n"
        "from funaudio_core.engines.fun_asr import checkpoint\n"
        "from funaudio_core.engines.fun_asr.frontend import FRONTEND\n"
        "from funaudio_core.engines.sanm.frontend import Frontend\n"
        "from funaudio_core.engines.fun_asr.runner import ModelRunner\n"
        "model, tokenizer = sys.argv[1:]\n"
        "runner = ModelRunner(checkpoint.load(Path(model)), Path(tokenizer), 'cpu', 1, 'prefix')\n"
        "assert runner.transcribe([Frontend(FRONTEND, None).features(np.ones(16000, np.float32))], '')\n"
        "assert not [name for name in sys.modules if name.startswith('torchaudio.')]\n"
    )
    command = [sys.executable, "-c", code, *map(str, files)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_bfloat16_is_used_for_language_model_only(files: tuple[Path, Path]) -> None:
    """Only a GPU uses it, but it runs on the CPU too."""
    model = checkpoint.load(files[0])
    language = model.model.language_model
    sound, rotations = torch.randn(1, 40, checkpoints_fun_asr.WIDTH), language.rotary_emb.inv_freq.clone()
    with torch.inference_mode():
        exact = language(inputs_embeds=sound).last_hidden_state
        convert_to_bfloat16(model)
        half = language(inputs_embeds=sound.bfloat16()).last_hidden_state.float()
    assert 0 < (half - exact).std() / exact.std() < 0.03
    assert {weight.dtype for weight in (*language.parameters(), model.lm_head.weight)} == {torch.bfloat16}
    assert torch.equal(language.rotary_emb.inv_freq, rotations)
    for part in (model.model.audio_tower, model.model.multi_modal_projector):
        assert {weight.dtype for weight in part.parameters()} == {torch.float32}
    assert (
        len(
            ModelRunner(model, files[1], "cpu", 2, "prefix").transcribe(
                [features_of(0), features_of(1)], prompts.build_prompt()
            )
        )
        == 2
    )


def test_bfloat16_checkpoint_is_loaded(tmp_path: Path) -> None:
    tensors = {name: tensor.bfloat16() for name, tensor in checkpoints_fun_asr.state_dict().items()}
    torch.save(tensors, tmp_path / "model.pt")
    model = checkpoint.load(tmp_path / "model.pt")
    assert {parameter.dtype for parameter in model.parameters()} == {torch.float32}
    assert not any(tensor.is_meta for tensor in (*model.parameters(), *model.buffers()))


def test_unknown_missing_and_misshapen_tensors_are_refused(tmp_path: Path) -> None:
    tensors, path = checkpoints_fun_asr.state_dict(), tmp_path / "model.pt"

    def load(held: object) -> None:
        torch.save(held, path)
        checkpoint.load(path)

    load(tensors)
    with pytest.raises(WeightsMissing, match=r"isn't Fun-ASR-Nano \(see ctc\.ctc_lo\.weight\)"):
        load({**tensors, "ctc.ctc_lo.weight": torch.zeros(1)})
    for absent in ("audio_encoder.tp_norm.bias", "llm.model.embed_tokens.weight"):
        with pytest.raises(WeightsMissing, match=absent.replace(".", r"\.")):
            load({name: tensor for name, tensor in tensors.items() if name != absent})
    with pytest.raises(WeightsMissing, match=r"size mismatch for .*linear_2\.bias"):
        load({**tensors, "audio_adaptor.linear2.bias": torch.zeros(3)})
    with pytest.raises(WeightsMissing, match=r"llm\.lm_head\.weight"):
        load({**tensors, "llm.lm_head.weight": tensors["llm.lm_head.weight"] + 1})
    with pytest.raises(WeightsMissing, match="contains more than tensors"):
        load({**tensors, "embed": tmp_path})  # any other object: it might be code


def test_all_tensors_of_published_checkpoint_are_mapped(monkeypatch: pytest.MonkeyPatch) -> None:
    """1,261 tensors, as in the published model.pt, with the sizes of its config.yaml."""
    for name, value in (("PROJECTOR", 2048), ("WIDTH", 1024), ("LAYERS", 28), ("FEED", 3072), ("VOCABULARY", 151_936)):
        monkeypatch.setattr(checkpoints_fun_asr, name, value)
    for name, value in (("HEADS", 16), ("GROUPS", 8), ("HEAD", 128)):
        monkeypatch.setattr(checkpoints_fun_asr, name, value)
    full = checkpoints_fun_asr.shapes(tower=512, feed=2048, blocks=50, timed=20)
    with torch.device("meta"):
        theirs = {name: torch.empty(shape) for name, shape in full.items()}
        layout, config = checkpoint._read_sizes(theirs)
        model = FunAsrNanoForConditionalGeneration(config)
    table = checkpoint.tensor_names(layout, model)
    assert table.keys() == full.keys()
    assert len(full) == 1261
    ours = model.state_dict()
    for name, targets in table.items():
        rows, *rest = full[name]
        assert all(tuple(ours[target].shape) == (rows // len(targets), *rest) for target in targets), name
    assert sorted(target for targets in table.values() for target in targets) == sorted(ours)
