"""Fun-Audio-Chat's speech: the reference's calls of the flow, whole audio, and no frame made twice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import torch

from funaudio_core.engines.cosyvoice.flow import FlowCache, FlowRequest
from funaudio_core.engines.fun_audio_chat import speech_output
from funaudio_core.engines.fun_audio_chat.speech_output import SpeechOutput, SpeechStream, piece_bounds
from funaudio_core.types import Samples
from tests import fun_audio_chat_models as chats
from tests.checkpoints import cosyvoice as checkpoints_cosyvoice
from tests.cosyvoice_models import one_thread

CALLS: dict[str, Any] = chats.read_json("tts_calls.json")
GROUP, SAMPLES_PER_CODE, LOOKAHEAD = 5, 960, 3
SPEAKER = np.random.default_rng(0).normal(size=192).astype(np.float32)


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> Iterator[None]:
    yield from one_thread()


@pytest.fixture(scope="module")
def speech(tmp_path_factory: pytest.TempPathFactory) -> SpeechOutput:
    folder = tmp_path_factory.mktemp("cosyvoice3")
    return speech_output.load(folder, checkpoints_cosyvoice.write(folder, 3), "cpu")


def codes(count: int) -> list[int]:
    return [int(code) for code in np.random.default_rng(count).integers(0, 6561, count)]


def push_groups(stream: SpeechStream, given: Sequence[int]) -> list[Samples]:
    """Return the audio behind each group, and the rest."""
    parts = [stream.push(given[start : start + GROUP]) for start in range(0, len(given), GROUP)]
    return [*parts, stream.finish()]


@pytest.fixture
def recorded(monkeypatch: pytest.MonkeyPatch) -> tuple[list[list[Any]], SpeechStream]:
    """Return the calls of a stream whose flow makes silence, and the stream."""
    calls: list[list[Any]] = []

    class Recorder(SpeechStream):
        def _next_mel(self, count: int, *, final: bool) -> Any:
            calls.append([count, self._num_done, final])
            return torch.zeros(80, 2)

        def _vocode(self, mel: Any, *, final: bool) -> Any:
            return np.zeros(0, np.float32)

    class Silent:
        def stream(self) -> None: ...

    class Sizes:
        class config:  # noqa: N801
            lookahead_tokens = LOOKAHEAD

    return calls, Recorder(Sizes(), Silent(), SPEAKER)  # type: ignore[arg-type]


@pytest.mark.parametrize("count", list(CALLS))
def test_calls_equal_the_references(count: str, recorded: tuple[list[list[Any]], SpeechStream]) -> None:
    bounds = piece_bounds(int(count))
    assert [[start, end - start, 0, True] for start, end in pairwise(bounds)] == CALLS[count]["offline"]
    calls, stream = recorded
    push_groups(stream, codes(int(count)))
    streaming = CALLS[count]["streaming"]
    expected = [call for call in streaming["calls"] if call != "drop_vocoder_cache"]  # this one keeps no such cache
    if not streaming["tokens_never_sent"]:
        assert calls == expected
    else:  # the reference loses the last codes; here they are spoken
        *before, (given, done, final) = calls
        assert before == expected
        assert final
        assert given - done == streaming["tokens_never_sent"]


def test_all_codes_are_spoken(speech: SpeechOutput) -> None:
    for count in (1, 4, 18, 19, 218):
        wave = np.concatenate(push_groups(speech.stream(SPEAKER), codes(count)))
        assert wave.shape == (SAMPLES_PER_CODE * count,)
        assert np.isfinite(wave).all()
    assert speech.stream(SPEAKER).finish().shape == (0,)
    assert speech.synthesize(codes(40), SPEAKER).shape == (SAMPLES_PER_CODE * 40,)
    assert speech.synthesize([], SPEAKER).shape == (0,)


def test_speech_starts_with_the_fourth_group(speech: SpeechOutput) -> None:
    """Two groups of silence precede it, so the first audio comes with the sixth step."""
    lengths = [len(part) for part in push_groups(speech.stream(SPEAKER), codes(60))]
    assert lengths[:3] == [0, 0, 0]
    assert lengths[3] == SAMPLES_PER_CODE * 15 - 5 * 480  # less the vocoder's lookahead of five frames


def test_no_frame_is_made_twice(speech: SpeechOutput, monkeypatch: pytest.MonkeyPatch) -> None:
    made, estimator = [], speech._flow.estimator
    original = estimator.forward

    def forward(state: Any, *rest: Any) -> Any:
        made.append(state.shape[2])
        return original(state, *rest)

    monkeypatch.setattr(estimator, "forward", forward)
    push_groups(speech.stream(SPEAKER), codes(250))
    steps = 10
    frames = made[::steps]
    assert frames[:13] == [30] * 13
    assert frames[14] == 2 * (10 + 15)  # the second window begins with 10 codes of the first one
    assert sum(frames) == 2 * (250 + 10)


def test_a_stream_sees_what_was_made_before(speech: SpeechOutput) -> None:
    """The first hop equals a call with full attention, and all hops equal attention to the end of each hop."""
    flow, given = speech._flow, codes(63)
    prompt = speech_output._prompt(SPEAKER)
    cache, mels = FlowCache(), []
    for end in (18, 33, 48, 63):
        mels += [flow.generate_next(FlowRequest(prompt, given[:end], final=False), cache, chunked=False)]
    (first,) = flow.generate([FlowRequest(prompt, given[:18], final=False)])
    torch.testing.assert_close(mels[0], first, atol=1e-5, rtol=0)
    (whole,) = flow._generate([FlowRequest(prompt, given, final=False)], 15, None)
    torch.testing.assert_close(torch.cat(mels, dim=1), whole, atol=1e-4, rtol=0)


def test_the_voice_is_the_speaker_embedding(speech: SpeechOutput) -> None:
    one, other = (speech.synthesize(codes(20), speaker) for speaker in (SPEAKER, -SPEAKER))
    assert np.abs(one - other).max() > 1e-3
    np.testing.assert_array_equal(one, speech.synthesize(codes(20), SPEAKER))
