"""The CosyVoice engine, from request to audio, loaded from tiny checkpoints in the published layout."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import zip_longest
from pathlib import Path

import numpy as np
import pytest
import torch

from funaudio_core.engines.cosyvoice import config, decode, engine, instruction, saved_speakers, voice_conversion
from funaudio_core.engines.cosyvoice.bistream import PromptPrefix
from funaudio_core.engines.cosyvoice.config import FRAMES_PER_TOKEN, HOP_SAMPLES, SAMPLE_RATE, Version
from funaudio_core.engines.cosyvoice.decode import MAX_TOKEN_RATIO, MIN_TOKEN_RATIO, LMRequest
from funaudio_core.engines.cosyvoice.engine import SPEC_V2, SPEC_V3, CosyVoice
from funaudio_core.engines.cosyvoice.flow import FlowCache, FlowRequest
from funaudio_core.engines.cosyvoice.lm import KVCache
from funaudio_core.engines.cosyvoice.passages import GAP_SECONDS, Passage, split_passages
from funaudio_core.engines.cosyvoice.prompt import Prompt
from funaudio_core.engines.spec import EngineSpec
from funaudio_core.errors import BadInput, Unsupported, WeightsMissing
from funaudio_core.types import Audio, Samples, SpeechChunk, SpeechRequest, Style, Voice
from funaudio_core.weights import store
from tests.checkpoints import cosyvoice as checkpoints_cosyvoice
from tests.checkpoints.cosyvoice import MET, MET_TOKENS, SFT
from tests.conftest import noise
from tests.cosyvoice_models import one_thread_on_the_cpu

SPECS: dict[Version, EngineSpec[CosyVoice]] = {2: SPEC_V2, 3: SPEC_V3}
TOKEN = FRAMES_PER_TOKEN * HOP_SAMPLES  # samples of one speech token
CLIP = noise(1.5, SAMPLE_RATE)
CLONE = Voice("reference", "en", clip=CLIP, text="Good day.")
TOLERANCE = 1e-3  # for samples in ±0.99: sums in another order; a stream of version 2 has less lookahead
TWO = "The train leaves at nine, so let us have breakfast first. " * 4  # more than one piece


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> Iterator[None]:
    yield from one_thread_on_the_cpu()


@pytest.fixture(scope="module", params=[2, 3])
def version(request: pytest.FixtureRequest) -> Version:
    return request.param  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def made(version: Version, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, config.ModelConfig]:
    """Write the files of a release; return their folder and sizes."""
    folder = tmp_path_factory.mktemp(f"cosyvoice{version}")
    return folder, checkpoints_cosyvoice.write(folder, version, voices=True)


@pytest.fixture(scope="module")
def loaded(made: tuple[Path, config.ModelConfig], version: Version) -> CosyVoice:
    return engine.build(made[0], SPECS[version], made[1])


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorten the speech of each text token: random weights hardly ever produce the end token."""
    monkeypatch.setattr(decode, "MAX_TOKEN_RATIO", 8)


@pytest.fixture
def told(loaded: CosyVoice, monkeypatch: pytest.MonkeyPatch) -> list[LMRequest]:
    """Record the inputs of the language model."""
    pieces: list[LMRequest] = []
    stream = loaded._pipeline.stream

    def noting(given: Sequence[LMRequest], *rest: object) -> Iterator[tuple[int, Samples]]:
        pieces.extend(given)
        return stream(given, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(loaded._pipeline, "stream", noting)
    return pieces


def line(words: str = "Hi.", language: str = "en", voice: Voice = CLONE, style: Style | None = None) -> SpeechRequest:
    return SpeechRequest(words, language, voice, style or Style(), seed=5)


def samples(spoken: list[SpeechChunk]) -> Samples:
    return np.concatenate([piece.audio.samples for piece in spoken])


def ids(loaded: CosyVoice, words: str) -> tuple[int, ...]:
    return loaded._tokenizer.encode(words)


MODES = {
    "zero-shot": line(),
    "across languages": line("你好。", "zh"),
    "no transcript": line(voice=replace(CLONE, text="")),
    "instruct": line(style=Style(instruction="Speak like a robot.")),
    "emotion": line(style=Style(emotion="happy")),
    "an embedding": line("你好。", "zh", Voice("a", "zh", preset=SFT)),
    "a saved prompt": line(voice=Voice("b", "en", preset=MET)),
    "an event": line("Hi [laughter] there."),
    "Cantonese": line("你好。", "yue"),
    "slowly": line(style=Style(rate=0.8)),
}


@pytest.mark.parametrize("mode", MODES)
def test_every_way_to_speak_makes_sound(loaded: CosyVoice, told: list[LMRequest], mode: str) -> None:
    """The sample rate is right, and the length within the limits of the number of text tokens."""
    asked = MODES[mode]
    spoken = list(loaded.stream(asked))
    words = asked.text.replace("[laughter] ", "")
    assert [piece.text for piece in spoken] == [words, *[""] * (len(spoken) - 1)]
    assert all(piece.audio.rate == SAMPLE_RATE and piece.words == () for piece in spoken)
    assert all(len(piece.audio.samples) and np.isfinite(piece.audio.samples).all() for piece in spoken)
    (piece,) = told
    assert piece.text == ids(loaded, asked.text)
    length = len(samples(spoken)) * asked.style.rate / TOKEN
    least = MIN_TOKEN_RATIO * len(piece.text) / (2 if loaded._version == 3 else 1)  # version 3 drops long silences
    assert least - 1 <= length <= MAX_TOKEN_RATIO * len(piece.text) + 1
    assert np.abs(samples(spoken)).max() > 1e-3


@pytest.mark.usefixtures("short")
def test_the_language_model_is_told_what_the_mode_needs(loaded: CosyVoice, told: list[LMRequest]) -> None:
    """Zero-shot: transcript and speech of the clip. Cross-lingual: neither. With an instruction: that alone."""
    for asked in MODES.values():
        next(loaded.stream(asked))
    by = dict(zip(MODES, told, strict=True))
    lead, clip = loaded._tokenizer.encode_instruction(), loaded._prompts.get(CLIP)
    assert by["zero-shot"].prompt == (*lead, *ids(loaded, "Good day."))
    assert by["zero-shot"].speech == tuple(clip.tokens)
    assert len(clip.tokens) == 37  # of 1.5 s
    for mode in ("across languages", "no transcript", "an embedding"):
        assert (by[mode].prompt, by[mode].speech) == (lead, ())
    assert by["instruct"].prompt == loaded._tokenizer.encode_instruction("Speak like a robot.")
    assert by["emotion"].prompt == loaded._tokenizer.encode_instruction(instruction.EMOTION_INSTRUCTIONS["happy"])
    assert by["Cantonese"].prompt == loaded._tokenizer.encode_instruction(instruction.DIALECT_INSTRUCTIONS["yue"])
    assert by["instruct"].speech == by["emotion"].speech == by["Cantonese"].speech == ()
    assert by["a saved prompt"].prompt == (*lead, *ids(loaded, "Hello."))
    assert by["a saved prompt"].speech == tuple(range(0, 7 * MET_TOKENS, 7))
    assert by["slowly"] == by["zero-shot"]
    plain = [*ids(loaded, "Hi "), *ids(loaded, " there.")]
    assert len(by["an event"].text) == len(plain) + 1


@pytest.mark.usefixtures("short")
def test_a_cantonese_voice_keeps_its_dialect(loaded: CosyVoice, told: list[LMRequest]) -> None:
    """The clip's own speech carries the dialect, and is left out when there is an instruction."""
    voice = Voice("v", "yue", clip=CLIP, text="早晨。")
    next(loaded.stream(line("你好。", "yue", voice)))
    next(loaded.stream(line("你好。", "yue", voice, Style(emotion="sad"))))
    assert told[0].speech
    assert told[1].prompt == loaded._tokenizer.encode_instruction(
        instruction.DIALECT_INSTRUCTIONS["yue"] + instruction.EMOTION_INSTRUCTIONS["sad"]
    )


@pytest.mark.usefixtures("short")
def test_the_voice_reaches_the_sound(loaded: CosyVoice) -> None:
    """Two clips with equal tokens differ only in what the flow receives."""
    one, other = (replace(CLONE, clip=clip, text="") for clip in (CLIP, Audio(CLIP.samples[::-1].copy(), SAMPLE_RATE)))
    first, second = (samples(list(loaded.stream(line(voice=voice)))) for voice in (one, other))
    assert len(first) == len(second)
    assert np.abs(first - second).max() > 1e-3


@pytest.mark.usefixtures("short")
def test_the_seed_alone_decides(loaded: CosyVoice) -> None:
    first = samples(list(loaded.stream(line())))
    torch.manual_seed(99)
    assert np.array_equal(samples(list(loaded.stream(line()))), first)
    other = samples(list(loaded.stream(replace(line(), seed=6))))
    assert len(other) != len(first) or not np.array_equal(other, first)


@pytest.mark.usefixtures("short")
def test_lines_at_once_are_what_each_is_alone(loaded: CosyVoice) -> None:
    """Chunks are requested alternately or by two threads."""
    asked = [line("Hi there, you."), line("Good night.", voice=Voice("b", "en", preset=MET))]
    alone = [samples(list(loaded.stream(each))) for each in asked]
    turns = zip(*zip_longest(*map(loaded.stream, asked)), strict=True)
    with ThreadPoolExecutor(2) as pool:
        together = list(pool.map(lambda each: samples(list(loaded.stream(each))), asked))
    for whole, pieces, sound in zip(alone, turns, together, strict=True):
        assert np.array_equal(samples([piece for piece in pieces if piece is not None]), whole)
        assert np.array_equal(sound, whole)


def test_a_long_text_comes_in_pieces_with_pauses_between(
    loaded: CosyVoice, told: list[LMRequest], monkeypatch: pytest.MonkeyPatch
) -> None:
    """All pieces have one voice, each text is reported once, and the last piece has no pause."""
    monkeypatch.setattr(decode, "MAX_TOKEN_RATIO", 2)
    spoken = list(loaded.stream(line(TWO, style=Style(rate=2.0, pause=2.0))))
    texts = [piece.text for piece in spoken]
    assert len(told) > 1
    assert " ".join(text for text in texts if text) == TWO.strip()
    assert texts[1::2] == [""] * (len(told) - 1)
    assert len(texts) == 2 * len(told) - 1
    for pause in spoken[1::2]:
        assert not pause.audio.samples.any()
        assert pause.audio.duration == pytest.approx(2 * GAP_SECONDS)
    assert len({piece.seed for piece in told}) == len(told)
    assert len({(piece.prompt, piece.speech) for piece in told}) == 1


@pytest.mark.slow
@pytest.mark.parametrize("rate", [1.0, 0.8])
def test_pieces_said_together_are_what_each_is_alone(
    loaded: CosyVoice, monkeypatch: pytest.MonkeyPatch, rate: float
) -> None:
    """The first piece is synthesized alone, the others in batches of at most two, of different lengths and in order."""
    monkeypatch.setattr(loaded._pipeline, "_batch_size", 2)
    texts = ["Good morning to you.", "Yes.", "No, not at all.", "Well, if you like."]
    before = PromptPrefix(loaded._tokenizer.encode_instruction())
    pieces, prompt = loaded._tokenizer.lm_requests(texts, 5, before), loaded._prompts.get(CLIP)
    rows: list[int] = []
    prefill = loaded._pipeline._lm.prefill

    def counting(prefixes: Sequence[torch.Tensor], cache: KVCache) -> torch.Tensor:
        rows.append(len(prefixes))
        return prefill(prefixes, cache)

    monkeypatch.setattr(loaded._pipeline._lm, "prefill", counting)
    together = list(loaded._pipeline.stream(pieces, prompt, rate))
    assert rows == [1, 2, 1]
    places = [place for place, _ in together]
    assert places == sorted(places)
    assert (places.count(0) > 1) == (rate == 1)
    for place, piece in enumerate(pieces):
        alone = np.concatenate([stretch for _, stretch in loaded._pipeline.stream([piece], prompt, rate)])
        found = np.concatenate([stretch for at, stretch in together if at == place])
        assert len(found) == len(alone)
        assert np.abs(found - alone).max() < TOLERANCE


def test_a_clip_is_said_again_in_another_voice(loaded: CosyVoice) -> None:
    """Length and tokens are the source's, the voice is another."""
    source = noise(2.3, 16_000)
    spoken = list(loaded.convert(source, CLONE))
    assert len(spoken) > 1
    assert {piece.text for piece in spoken} == {""}
    assert len(samples(spoken)) == pytest.approx(2.3 * SAMPLE_RATE, abs=0.01 * SAMPLE_RATE)
    assert np.array_equal(samples(list(loaded.convert(source, CLONE))), samples(spoken))
    louder = Audio(source.samples * np.float32(0.5), 16_000)
    for other in (loaded.convert(source, Voice("b", "en", preset=MET)), loaded.convert(louder, CLONE)):
        assert np.abs(samples(list(other)) - samples(spoken)).max() > 1e-3
    tokens = loaded._prompts.tokenize(source).tolist()
    prompt = loaded._prompts.get(CLIP)
    mel = loaded._pipeline._flow.generate([FlowRequest(prompt, tokens)], streaming=True)[0]
    wave = loaded._pipeline._vocoder.synthesize(mel[None], [0])[0].numpy()[: len(samples(spoken))]
    assert np.abs(samples(spoken) - wave).max() < TOLERANCE


def test_a_long_clip_is_converted_in_parts_cut_where_it_is_quiet(
    loaded: CosyVoice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cuts are between two tokens, so that nothing is shifted against the source."""
    heard: list[int] = []
    made = loaded._pipeline.convert

    def noting(tokens: Sequence[int], prompt: Prompt) -> Iterator[Samples]:
        heard.append(len(tokens))
        return made(tokens[:30], prompt)

    monkeypatch.setattr(loaded._pipeline, "convert", noting)
    source = noise(40.0, 16_000)
    source.samples[27 * 16_000 : 28 * 16_000] *= np.float32(0.01)
    list(loaded.convert(source, CLONE))
    assert sum(heard) == 40 * 25
    assert 27 * 25 < heard[0] < 28 * 25
    lengths = [len(part.samples) for part in voice_conversion.split_source(source)]
    assert sum(lengths) == 40 * 16_000
    assert lengths[0] == heard[0] * 640


def test_closing_a_conversion_stops_the_work(loaded: CosyVoice, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[FlowRequest] = []
    flow = loaded._pipeline._flow
    following = flow.generate_next

    def noting(request: FlowRequest, run: FlowCache) -> torch.Tensor:
        asked.append(request)
        return following(request, run)

    monkeypatch.setattr(flow, "generate_next", noting)
    spoken = loaded.convert(noise(20.0, 16_000), CLONE)
    assert not asked
    next(spoken)
    first = len(asked)
    spoken.close()  # type: ignore[attr-defined]
    assert len(asked) == first == 1


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (noise(0.3, 16_000), r"too short \(0\.3 s\)\. CosyVoice needs 0\.5 s"),
        (noise(3.0, 8_000), "has a sample rate of 8,000 Hz"),
        (Audio(np.zeros(32_000, np.float32), 16_000), "is silent"),
    ],
)
def test_what_cannot_be_converted_is_refused_at_once(loaded: CosyVoice, source: Audio, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        loaded.convert(source, CLONE)


@pytest.mark.usefixtures("short")
def test_the_pace_changes_the_length_alone(loaded: CosyVoice) -> None:
    plain, fast, held = (len(samples(list(loaded.stream(line(style=Style(rate=rate)))))) for rate in (1.0, 2.0, 9.0))
    assert plain / fast == pytest.approx(2, abs=0.05)
    assert held == fast


def test_closing_stops_the_work(loaded: CosyVoice, monkeypatch: pytest.MonkeyPatch) -> None:
    """The language model makes no step after the first chunk of many, and none before a chunk is requested."""
    steps = 0
    step = loaded._pipeline._lm.step

    def counting(*given: object) -> torch.Tensor:
        nonlocal steps
        steps += 1
        return step(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(loaded._pipeline._lm, "step", counting)
    spoken = loaded.stream(line(TWO))
    assert steps == 0
    next(spoken)
    first = steps
    assert 0 < first < 120
    spoken.close()  # type: ignore[attr-defined]
    assert list(spoken) == []
    assert steps == first


BAD: dict[str, tuple[Callable[[], SpeechRequest], type[Exception], str]] = {
    "language": (lambda: line("नमस्ते।", "hi"), BadInput, "doesn't support Hindi"),
    "voice": (lambda: line(voice=Voice("x", "en", preset="x")), BadInput, "has no voice called 'x'"),
    "too long": (lambda: line(voice=replace(CLONE, clip=noise(30.5, SAMPLE_RATE))), BadInput, "lasts 30.5 s"),
    "too short": (lambda: line(voice=replace(CLONE, clip=noise(0.3, SAMPLE_RATE))), BadInput, "lasts 0.3 s"),
    "no text": (lambda: line(" "), BadInput, "no text"),
    "symbols": (lambda: line("?!"), BadInput, "only symbols"),
    "events": (lambda: line("[laughter]"), BadInput, "only symbols and tags"),
    "tag": (lambda: line("Well [pause] yes."), Unsupported, r"doesn't support \[pause\]"),
}


@pytest.mark.parametrize("what", BAD)
def test_what_cannot_be_spoken_is_refused_at_once(loaded: CosyVoice, what: str) -> None:
    make, kind, said = BAD[what]
    with pytest.raises(kind, match=said):
        loaded.stream(make())


def test_without_voices_of_its_own_it_asks_for_a_clip(loaded: CosyVoice, monkeypatch: pytest.MonkeyPatch) -> None:
    assert loaded.presets == (SFT, MET)
    monkeypatch.setattr(loaded, "_saved", {})
    with pytest.raises(BadInput, match="Record or upload a few seconds"):
        loaded.stream(MODES["an embedding"])


@pytest.mark.parametrize(
    ("held", "said"),
    [
        ([1, 2], "no attribute"),
        ({"a": {"embedding": torch.zeros(1, 7)}}, "a speaker embedding has 7 values"),
        ({"a": {"embedding": "none"}}, "found str instead of a tensor"),
        ({"a": {"flow_embedding": torch.zeros(192), "flow_prompt_speech_token": torch.zeros(1, 2)}}, "speech_feat"),
        ({"a": Path()}, "it contains more than tensors and plain values"),
    ],
)
def test_a_file_of_no_voices_is_refused(held: object, said: str, tmp_path: Path) -> None:
    torch.save(held, tmp_path / saved_speakers.FILE_NAME)
    with pytest.raises(WeightsMissing, match=said):
        saved_speakers.load(tmp_path / saved_speakers.FILE_NAME)


def test_no_file_is_no_voices(tmp_path: Path) -> None:
    assert saved_speakers.load(tmp_path / saved_speakers.FILE_NAME) == {}


@pytest.mark.parametrize(
    ("style", "wished"),
    [
        (Style(), ""),
        (Style(instruction="  用四川话\n说  ", emotion="sad"), "用四川话 说"),
        (Style(emotion="angry", level=4.0), instruction.EMOTION_INSTRUCTIONS["angry"]),
        (Style(emotion="disgust"), ""),
        (Style(level=4.0), instruction.LOUD_INSTRUCTION),
        (Style(level=-6.0), instruction.SOFT_INSTRUCTION),
        (Style(whisper=True, emotion="sad"), instruction.SOFT_INSTRUCTION),
        (Style(level=3.9, pitch=2.0), ""),
    ],
)
def test_a_style_becomes_the_nearest_instruction_known(style: Style, wished: str) -> None:
    assert instruction.choose_instruction(style) == wished


@pytest.mark.usefixtures("short")
def test_the_spec_loads_the_published_layout(
    made: tuple[Path, config.ModelConfig], version: Version, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The folder is the artifact's; only the sizes are reduced."""
    spec = SPECS[version]
    wanted: list[str] = []

    def folder(name: str) -> Path:
        wanted.append(name)
        return made[0]

    monkeypatch.setattr(store, "artifact_dir", folder)
    monkeypatch.setitem(config.CONFIGS, version, made[1])
    assert samples(list(spec.load().stream(line()))).size
    assert tuple(wanted) == spec.artifacts
    assert {"voice-clone", "instruct", "event:laughter"} <= spec.capabilities
    assert "presets" not in spec.capabilities
    assert not spec.voices


def test_a_text_without_breaks_and_rates_is_one_passage() -> None:
    for words in (
        "Hi. [laughter] There.",
        '<prosody pitch="+2st">Hi</prosody> <sub alias="b">a</sub>.',
        "2 < 3",
        "**Hi**",
    ):
        assert split_passages(words) == (Passage(words),)


def test_breaks_and_rates_divide_a_text_into_passages() -> None:
    words = (
        '<break time="1s"/>One <sub alias="two">2</sub>.<break time="2s"/><break time="1s"/> Three '
        '<prosody rate="slow">four [breath]. <emphasis>Five</emphasis></prosody> <strong>six</strong>.'
    )
    assert split_passages(words) == (
        Passage("", 1.0, 1.0),
        Passage("One two.", 1.0, 3.0),
        Passage("Three"),
        Passage("four [breath].", 0.8),
        Passage("Five", 0.8 * 0.92),
        Passage("<strong>six</strong>."),
    )


@pytest.mark.usefixtures("short")
def test_breaks_are_silent_and_rates_change_the_length(loaded: CosyVoice) -> None:
    plain, paused, slow = (
        samples(list(loaded.stream(line(words))))
        for words in ("Hi.", 'Hi. <break time="2s"/>', '<prosody rate="50%">Hi.</prosody>')
    )
    assert np.array_equal(paused[: len(plain)], plain)
    assert len(paused) == len(plain) + 2 * SAMPLE_RATE
    assert not paused[len(plain) :].any()
    assert len(slow) == pytest.approx(2 * len(plain), rel=0.1)
