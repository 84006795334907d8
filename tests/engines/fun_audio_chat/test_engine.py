"""The Fun-Audio-Chat engine, from conversation to speech, loaded from tiny checkpoints in the published layout."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from funaudio_core import settings
from funaudio_core.engines.cosyvoice.config import V3, ModelConfig
from funaudio_core.engines.fun_audio_chat import checkpoint, engine, files, memory, quantization
from funaudio_core.engines.fun_audio_chat.config import CONTEXT_POSITIONS, read_config
from funaudio_core.engines.fun_audio_chat.decode import Decoder
from funaudio_core.engines.fun_audio_chat.engine import SPEC, FunAudioChat
from funaudio_core.engines.fun_audio_chat.model import AudioChatModel
from funaudio_core.engines.fun_audio_chat.prompts import ChatMessage
from funaudio_core.engines.fun_audio_chat.reply_state import ReplyOptions
from funaudio_core.engines.fun_audio_chat.speech_output import SpeechStream
from funaudio_core.engines.llm.audio_chat_prompts import PERSONA
from funaudio_core.engines.spoken_chat import ASSISTANT, USER, ReplyPiece, SpokenConversation, SpokenTurn
from funaudio_core.errors import BadInput, Unsupported, WeightsMissing
from funaudio_core.gpu import device, zerogpu
from funaudio_core.runtime import cancellation
from funaudio_core.runtime.cancellation import Cancelled
from funaudio_core.types import Audio, Samples, Voice
from funaudio_core.weights.catalog import ARTIFACTS
from tests import fun_audio_chat_models as chats
from tests.checkpoints import cosyvoice as checkpoints_cosyvoice
from tests.conftest import noise
from tests.cosyvoice_models import one_thread_on_the_cpu

GIB = 2**30
SAMPLES_PER_CODE = 960
CLIP = Audio(chats.wave(1, 40_000), 16_000)


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> Iterator[None]:
    yield from one_thread_on_the_cpu()


@pytest.fixture
def fresh_settings(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """Read the settings anew in the test, and again behind it."""
    settings.read.cache_clear()
    yield monkeypatch
    monkeypatch.undo()
    settings.read.cache_clear()


@pytest.fixture(scope="module")
def speech_release(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ModelConfig]:
    folder = tmp_path_factory.mktemp("cosyvoice3")
    return folder, checkpoints_cosyvoice.write(folder, 3)


@pytest.fixture(scope="module")
def loaded(speech_release: tuple[Path, ModelConfig], tmp_path_factory: pytest.TempPathFactory) -> FunAudioChat:
    """Build the tiny model with two published voices."""
    folder, config = speech_release
    release = tmp_path_factory.mktemp("release") / "tiny"
    shutil.copytree(chats.TINY, release)
    generator = torch.Generator().manual_seed(0)
    voices = {name: {"embedding": torch.randn(1, 192, generator=generator)} for name in ("中文女", "中文男")}
    torch.save(voices, release / engine.VOICES_FILE)
    return engine.build(release, folder, SPEC, config)


def asked(seed: int = 0, clip: Audio = CLIP) -> SpokenConversation:
    """Return the conversation of demo_0 and its like."""
    return SpokenConversation((SpokenTurn(USER, clips=(clip,)),), persona=PERSONA, max_tokens=40, seed=seed)


def text(pieces: Sequence[ReplyPiece]) -> str:
    return "".join(piece.text for piece in pieces)


def samples(pieces: Sequence[ReplyPiece]) -> Samples:
    return np.concatenate([np.zeros(0, np.float32), *(piece.audio.samples for piece in pieces if piece.audio)])


def num_free_slots(loaded: FunAudioChat) -> int:
    decoder = loaded._runner._decoder
    assert decoder is not None
    return decoder.num_free_slots


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_reply_is_the_references_text_and_all_of_its_codes_as_speech(loaded: FunAudioChat, seed: int) -> None:
    scenario = chats.scenarios()[f"demo_{seed}"]
    pieces = list(loaded.converse(asked(seed)))
    assert text(pieces) == scenario.decoded
    codes = [code for code in scenario.speech if code < chats.model().config.code_bos]
    speech = samples(pieces)
    assert speech.shape == (SAMPLES_PER_CODE * len(codes),)
    assert np.isfinite(speech).all()
    assert {piece.audio.rate for piece in pieces if piece.audio} <= {24_000}


def test_the_first_speech_comes_with_its_fourth_group(loaded: FunAudioChat) -> None:
    pieces = list(loaded.converse(asked()))
    first = next(index for index, piece in enumerate(pieces) if piece.audio)
    groups = 0
    scenario = chats.scenarios()["demo_0"]
    before = len(text(pieces[:first]))
    for step in chats.run(scenario):
        groups += bool(step.codes)
        if groups == 4:
            break
    spoken = [step.text for step in chats.run(scenario)][: 1 + groups]
    assert before == len(chats.tokenizer().decode(spoken).rstrip("\N{REPLACEMENT CHARACTER}"))


def test_text_alone_is_the_references_too(loaded: FunAudioChat) -> None:
    turn = SpokenTurn(USER, "Please help me transcribe the audio.", (CLIP,))
    pieces = list(loaded.converse(SpokenConversation((turn,), speak=False, max_tokens=24)))
    options = ReplyOptions(speak=False, open_speech=False, max_tokens=24)
    steps = chats.run(replace(chats.scenarios()["s2t_instruction"], options=options))
    assert text(pieces) == chats.tokenizer().decode([step.text for step in steps])
    assert all(piece.audio is None for piece in pieces)


def test_replies_at_the_same_time_equal_those_alone(loaded: FunAudioChat) -> None:
    """There are more of them than slots, so some wait, and some are decoded in one batch."""
    conversations = [replace(asked(seed), max_tokens=12) for seed in (0, 2, 3, 4, 5)]
    alone = [list(loaded.converse(conversation)) for conversation in conversations]
    sizes, step = [], Decoder.step

    def record(self: Decoder, states: Sequence[object]) -> object:
        sizes.append(len(states))
        return step(self, states)  # type: ignore[arg-type]

    with pytest.MonkeyPatch.context() as patch, ThreadPoolExecutor(5) as pool:
        patch.setattr(Decoder, "step", record)
        together = list(pool.map(lambda conversation: list(loaded.converse(conversation)), conversations))
    for one, other in zip(alone, together, strict=True):
        assert text(one) == text(other)
        np.testing.assert_allclose(samples(one), samples(other), atol=1e-3)
    assert max(sizes) > 1
    assert num_free_slots(loaded) == memory.MAX_SLOTS


def test_a_cancelled_reply_stops_within_a_step(loaded: FunAudioChat, monkeypatch: pytest.MonkeyPatch) -> None:
    cancel, steps, step = threading.Event(), [], Decoder.step

    def record(self: Decoder, states: Sequence[object]) -> object:
        steps.append(len(states))
        if len(steps) == 3:
            cancel.set()
        return step(self, states)  # type: ignore[arg-type]

    monkeypatch.setattr(Decoder, "step", record)
    reply = cancellation.iterate_in_context(cancellation.cancel_context(cancel), iter(loaded.converse(asked())))
    with pytest.raises(Cancelled):
        list(reply)
    assert len(steps) == 3
    assert num_free_slots(loaded) == memory.MAX_SLOTS


def test_a_reply_that_is_closed_frees_its_slot(loaded: FunAudioChat) -> None:
    for _ in range(memory.MAX_SLOTS + 1):
        reply = iter(loaded.converse(asked()))
        next(reply)
        assert num_free_slots(loaded) == memory.MAX_SLOTS - 1
        reply.close()  # type: ignore[attr-defined]
        assert num_free_slots(loaded) == memory.MAX_SLOTS


def test_an_error_in_a_pass_reaches_its_reply_and_frees_the_slot(
    loaded: FunAudioChat, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("out of memory")

    monkeypatch.setattr(Decoder, "step", fail)
    with pytest.raises(RuntimeError, match="out of memory"):
        list(loaded.converse(asked()))
    assert num_free_slots(loaded) == memory.MAX_SLOTS


def test_a_reply_that_waits_for_a_slot_can_be_cancelled(loaded: FunAudioChat) -> None:
    held = [iter(loaded.converse(asked())) for _ in range(memory.MAX_SLOTS)]
    for reply in held:
        next(reply)
    cancel = threading.Event()
    waiting = cancellation.iterate_in_context(cancellation.cancel_context(cancel), iter(loaded.converse(asked())))
    with ThreadPoolExecutor(1) as pool:
        result = pool.submit(list, waiting)
        cancel.set()
        with pytest.raises(Cancelled):
            result.result()
    for reply in held:
        reply.close()  # type: ignore[attr-defined]
    assert num_free_slots(loaded) == memory.MAX_SLOTS


def test_voices_are_presets_and_clips(loaded: FunAudioChat, monkeypatch: pytest.MonkeyPatch) -> None:
    speakers: list[Samples] = []
    original = SpeechStream.__init__

    def record(self: SpeechStream, flow: object, vocoder: object, speaker: Samples) -> None:
        speakers.append(speaker)
        original(self, flow, vocoder, speaker)  # type: ignore[arg-type]

    monkeypatch.setattr(SpeechStream, "__init__", record)
    female, male = loaded.presets
    clip = Voice("mine", "en", clip=noise(1.5, 24_000))
    for voice in (None, Voice("a", "zh", preset=female), Voice("b", "zh", preset=male), clip):
        next(iter(loaded.converse(replace(asked(), voice=voice))))
    assert all(speaker.shape == (192,) and speaker.dtype == np.float32 for speaker in speakers)
    np.testing.assert_array_equal(speakers[0], speakers[1])
    assert not np.array_equal(speakers[1], speakers[2])
    assert not np.array_equal(speakers[0], speakers[3])
    monkeypatch.setattr(loaded, "_voices", {})
    next(iter(loaded.converse(replace(asked(), voice=None))))  # in the voice of an example clip
    assert speakers[-1].shape == (192,)
    with pytest.raises(BadInput, match="no voice called 'nobody'"):
        loaded.converse(replace(asked(), voice=Voice("c", "zh", preset="nobody")))


@pytest.mark.parametrize("turns", [(), (SpokenTurn(USER, "  "),), (SpokenTurn(ASSISTANT, "Hello."),)])
def test_a_conversation_needs_a_question(loaded: FunAudioChat, turns: tuple[SpokenTurn, ...]) -> None:
    with pytest.raises(BadInput, match="no question"):
        loaded.converse(SpokenConversation(turns))


def test_the_earliest_turns_are_left_out_of_a_long_conversation(
    loaded: FunAudioChat, monkeypatch: pytest.MonkeyPatch
) -> None:
    prompt_lengths: list[int] = []
    start = Decoder.start

    def record(self: Decoder, prompt: object, options: ReplyOptions) -> object:
        prompt_lengths.append(len(prompt.ids))  # type: ignore[attr-defined]
        return start(self, prompt, replace(options, max_tokens=2))  # type: ignore[arg-type]

    monkeypatch.setattr(Decoder, "start", record)
    turn, answer = SpokenTurn(USER, "a" * 500), SpokenTurn(ASSISTANT, "b" * 500)
    conversation = SpokenConversation((turn, answer, turn, answer, SpokenTurn(USER, "c", (CLIP,))), speak=False)
    pieces = list(loaded.converse(conversation))
    assert [piece.dropped_turns for piece in pieces][:2] == [2, 0]
    assert 1000 < prompt_lengths[0] < CONTEXT_POSITIONS
    assert next(iter(loaded.converse(replace(conversation, turns=conversation.turns[2:])))).dropped_turns == 0
    with pytest.raises(BadInput, match="question is too long"):
        loaded.converse(SpokenConversation((turn, answer, SpokenTurn(USER, "c" * 3000))))


def test_a_reply_ends_at_the_end_of_the_context(loaded: FunAudioChat) -> None:
    turn = SpokenTurn(USER, "a" * 1800)
    runner, seen = loaded._runner, []
    ids = runner.tokenizer.encode_messages([ChatMessage(USER, turn.text)])
    with runner.reply(ids, (), ReplyOptions(speak=False, open_speech=False, max_tokens=5000)) as steps:
        seen = [step.is_last for step in steps]
    assert len(seen) <= CONTEXT_POSITIONS - len(ids)
    assert seen.index(True) == len(seen) - 1


# Memory


@pytest.fixture(scope="module")
def published() -> AudioChatModel:
    return checkpoint.build(read_config(chats.GOLDEN / "published_config.json"))


def test_the_plan_counts_weights_and_caches(published: AudioChatModel) -> None:
    plan = memory.plan(published, V3, 16, 1)
    assert plan.weights / GIB == pytest.approx(17.55, abs=0.05)
    assert plan.caches == CONTEXT_POSITIONS * (144 + 560) * 1024
    two = memory.plan(published, V3, 16, 2)
    assert two.caches == 2 * plan.caches
    assert two.speech > plan.speech
    assert plan.total == plan.weights + plan.caches + plan.speech + plan.working
    assert str(plan).startswith("21.")


def test_24_gb_hold_the_model_beside_cosyvoice(published: AudioChatModel, monkeypatch: pytest.MonkeyPatch) -> None:
    class Properties:
        total_memory = int(23.5 * GIB)  # as such cards report

    monkeypatch.setattr(device, "has_gpu", lambda: True)
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda _: Properties)
    plan = memory.plan_for_device(published, V3)
    assert plan.bits == 4
    assert plan.slots >= 3
    assert plan.total + ARTIFACTS[files.SPEECH_ARTIFACT].size < Properties.total_memory
    Properties.total_memory = 80 * GIB
    assert memory.plan_for_device(published, V3) == memory.plan(published, V3, 16, memory.MAX_SLOTS)
    assert memory.plan_for_device(published, V3, bits=4).bits == 4
    Properties.total_memory = 12 * GIB
    with pytest.raises(Unsupported, match=r"needs 12\.\d GB of memory; 7\.\d GB are available"):
        memory.plan_for_device(published, V3)


def test_zerogpu_has_one_slot_in_16_bits(published: AudioChatModel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zerogpu, "is_zerogpu", lambda: True)
    plan = memory.plan_for_device(published, V3, bits=4)
    assert (plan.bits, plan.slots) == (16, 1)


@pytest.mark.slow  # bitsandbytes takes five seconds to import
def test_four_bit_weights_are_small_and_close(
    speech_release: tuple[Path, ModelConfig], fresh_settings: pytest.MonkeyPatch
) -> None:
    fresh_settings.setenv("FUNAUDIO_AUDIO_CHAT_BITS", "4")
    folder, config = speech_release
    small = engine.build(chats.TINY, folder, SPEC, config)
    model, layers = small._runner._model, small._runner._model.language_model.model.layers
    rows = torch.randn(1, 9, 64, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        exact, close = (
            each.language_model.model(inputs_embeds=rows, use_cache=False).last_hidden_state
            for each in (chats.model(), model)
        )
    assert 1e-3 < (exact - close).norm() / exact.norm() < 0.15
    linear = layers[0].mlp.gate_proj
    assert linear.weight.nbytes == 0.5 * 64 * 128
    plan = memory.plan(chats.model(), config, 4, 1)
    half = memory.plan(chats.model(), config, 16, 1)
    num_weights = 2 * (3 * 64 * 128 + 2 * 64 * 64 + 2 * 64 * 32)
    assert half.weights - plan.weights == int((2 - quantization.BYTES_PER_WEIGHT) * num_weights)
    pieces = list(small.converse(asked()))
    assert text(pieces)


# Files


def test_a_folder_of_the_user_comes_first(tmp_path: Path, fresh_settings: pytest.MonkeyPatch) -> None:
    (tmp_path / files.NAME).mkdir()
    fresh_settings.setenv("FUNAUDIO_WEIGHTS_DIR", str(tmp_path))
    assert files.folder() == tmp_path / files.NAME


def test_downloads_are_pinned_and_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked_for: dict[str, object] = {}

    def snapshot(repo: str, **options: object) -> str:
        asked_for.update(options, repo=repo)
        return str(tmp_path)

    monkeypatch.setattr("huggingface_hub.snapshot_download", snapshot)
    (tmp_path / "model.safetensors").write_bytes(b"not the published bytes")
    with pytest.raises(WeightsMissing, match="doesn't match its hash"):
        files.folder()
    assert asked_for["repo"] == "FunAudioLLM/Fun-Audio-Chat-8B"
    assert asked_for["revision"] == files.REVISION
    assert len(files.REVISION) == 40

    def fail(*_: object, **__: object) -> str:
        raise OSError("no network")

    monkeypatch.setattr("huggingface_hub.snapshot_download", fail)
    with pytest.raises(WeightsMissing, match=r"couldn't be downloaded \(no network\)"):
        files.folder()
