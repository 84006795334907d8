"""Speech while the text is being written: stable prefixes, spoken text, and replies on the Chat page."""

from __future__ import annotations

import random
import re
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from gradio.context import LocalContext

from funaudio_core.engines import loader, preload, registry, selection
from funaudio_core.engines.cosyvoice import bistream, engine, incremental_text, instruction, text
from funaudio_core.engines.cosyvoice.bistream import MAX_WAITING_TEXT_TOKENS, SPEECH_TOKENS, TEXT_TOKENS, PromptPrefix
from funaudio_core.engines.cosyvoice.config import SAMPLE_RATE, Version
from funaudio_core.engines.cosyvoice.engine import SPEC_V2, SPEC_V3, CosyVoice
from funaudio_core.engines.cosyvoice.flow import FlowRequest
from funaudio_core.engines.cosyvoice.tokenizer import Tokenizer, byte_alphabet
from funaudio_core.engines.cosyvoice.vocoder import change_speed
from funaudio_core.engines.protocols import StreamingSynthesizer
from funaudio_core.errors import BadInput, Unsupported
from funaudio_core.languages import LANGUAGES
from funaudio_core.pipelines import chat as chatting
from funaudio_core.pipelines.chat import ReplyDelta
from funaudio_core.pipelines.stages import Speaker, SpeechPiece
from funaudio_core.runtime.cancellation import Cancelled, cancellable
from funaudio_core.runtime.prefetch import ThreadQueue
from funaudio_core.tasks import chat as chat_tasks
from funaudio_core.tasks import synthesis
from funaudio_core.types import Audio, Conversation, ReplyStyle, Samples, SpeechChunk, SpeechRequest, Style, Turn, Voice
from server.updates import Update
from tabs import chat
from tabs.chat import conversation as chat_conversation
from tabs.chat.controls import ChatRequest
from tabs.chat.conversation import ChatState, run_exchange
from tabs.components.engine_picker import VoiceInput
from tabs.components.player import SILENT
from tabs.components.reference_voice import ReferenceInput
from tests.checkpoints import cosyvoice as checkpoints_cosyvoice
from tests.checkpoints.cosyvoice import MET
from tests.conftest import noise
from tests.cosyvoice_models import one_thread_on_the_cpu
from tests.unit.pipelines.test_chat import wait_for

CLIP = noise(1.5, SAMPLE_RATE)
CLONE = Voice("reference", "en", clip=CLIP, text="Good day.")
SENTENCE = "The train leaves at nine, so let us have breakfast first."
TOLERANCE = 1e-3  # see tests.engines.cosyvoice.test_engine
TEXTS = [
    *((row.code, row.sample) for row in LANGUAGES.values() if row.code in SPEC_V3.languages),
    ("en", "Hi [laughter] there, Dr. Smith, [breath][sigh] well [lau] <strong>now</strong> or [unknown] then"),
    ("en", 'On May 5, 2020, we met 3 of Mrs Jones\' 12 cats; it cost $3.50! In June the 5th: "No. 5", and 42% more.'),
    ("en", "It's me & you (AT&T) at 5 am. World War II, in 1999, was  😊 worse — I'll say\nA line,\nand 1,234 more"),
    ("en", "say [HH][AH0] 3 [laughter] twice, e.g. at 10:30; it is 3. Then 4.5 kg"),
    ("zh", "3.5元，面积10m²（约） - 真的 hello 世界,看example.com.谢谢——好"),
    ("zh", '我[laughter]有３个苹果，你呢？[j][ǐ]好\n第2名说:"共1,234元"，OK 好的'),
    ("yue", "有3個，你呢？我哋一齊去"),
    ("ja", "それは大変でしたね。でも、大丈夫ですよ、きっと3時です[laughter]はい、2026年です"),
    ("ja", "今日は人が多い、何時に行く？上の方の家、その中で。君の手、表に出た風"),
    ("de", "Dr. Müller zahlt 3,14 €, z.B. 1999; und dann? Ja [laughter] klar"),
    ("ko", "3시에 만나요, 그리고 [laughter] 오늘은 좋아요"),
    ("fr", "Où est-il ? L'été\nest là !"),
]


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> Iterator[None]:
    yield from one_thread_on_the_cpu()


@pytest.fixture(scope="module", params=[2, 3])
def version(request: pytest.FixtureRequest) -> Version:
    return request.param  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def loaded(version: Version, tmp_path_factory: pytest.TempPathFactory) -> CosyVoice:
    folder = tmp_path_factory.mktemp(f"cosyvoice{version}")
    sizes = checkpoints_cosyvoice.write(folder, version, voices=True)
    return engine.build(folder, {2: SPEC_V2, 3: SPEC_V3}[version], sizes)


@pytest.fixture
def tokenizer(loaded: CosyVoice) -> Tokenizer:
    return loaded._tokenizer


@pytest.fixture(autouse=True)
def _short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorten the speech of each text token: random weights hardly ever produce the end token."""
    monkeypatch.setattr(bistream, "MAX_TOKEN_RATIO", 4)


class Heard:
    """Records the language model's inputs and outputs."""

    def __init__(self) -> None:
        self.ids: list[int] = []
        self.tokens: list[int] = []
        self.before, self.plain = PromptPrefix(), bistream.stream


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> Heard:
    found = Heard()

    def noting(model: Any, ids: Iterator[int], before: PromptPrefix, seed: int, silences: Any) -> Iterator[int]:
        def noted() -> Iterator[int]:
            for id_ in ids:
                found.ids.append(id_)
                yield id_

        found.before = before
        for token in found.plain(model, noted(), before, seed, silences):
            found.tokens.append(token)
            yield token

    monkeypatch.setattr(bistream, "stream", noting)
    return found


def line(language: str = "en", voice: Voice = CLONE, style: Style | None = None, written: str = "") -> SpeechRequest:
    return SpeechRequest(written, language, voice, style or Style(), seed=5)


def splits(written: str, count: int, seed: int = 20261122) -> Iterator[list[str]]:
    """Return divisions of a text: by character, undivided, and at random."""
    yield list(written)
    yield [written]
    chance = random.Random(seed)
    for _ in range(count):
        cuts = sorted(chance.randrange(len(written) + 1) for _ in range(chance.randrange(1, 12)))
        yield [written[start:end] for start, end in zip([0, *cuts], [*cuts, len(written)], strict=True)]


def words(written: str) -> list[str]:
    return re.findall(r"\S+\s*", written)


def samples(spoken: Sequence[SpeechChunk]) -> Samples:
    return np.concatenate([piece.audio.samples for piece in spoken])


@pytest.mark.filterwarnings(
    "ignore:Dictionary.create:DeprecationWarning"
)  # pyopenjtalk queries Sudachi about kanji this way
@pytest.mark.parametrize(("language", "written"), TEXTS)
def test_text_in_pieces_is_read_like_the_whole_text(
    tokenizer: Tokenizer, version: Version, language: str, written: str
) -> None:
    """Words and ids are equal for any division of the text."""
    whole = text.with_final_stop(text.normalize(written, language, version), language)
    for pieces in splits(written, 2):
        parts = list(incremental_text.stream_parts(pieces, language, version, tokenizer))
        assert "".join(part.text for part in parts) == whole
        assert tuple(id_ for part in parts for id_ in part.ids) == tokenizer.encode(whole)
        assert all(part.ids for part in parts)


@pytest.mark.parametrize(
    ("language", "written", "read"),
    [
        ("en", "Hi there, my", "Hi there,"),
        ("en", "Hi there, my ", "Hi there, my"),
        ("en", "I met Dr. Smith, who ", "I met Dr. Smith, who"),
        ("en", "Hi [laughter] you ", "Hi [laughter] you"),
        ("en", "Hi [laugh", "Hi"),
        ("en", "Hi <str", "Hi"),
        ("en", "I paid 5 ", "I paid"),  # possibly pounds
        ("en", "I paid 5, and ", "I paid five, and"),
        ("en", "It was in June ", "It was in"),  # possibly the 5th of June
        ("en", "It was AT&T ", "It was"),  # read differently next to a number
        ("en", "It was Mrs Jones. Then ", "It was Mrs Jones. Then"),
        ("de", "Es war Juni 1999 ", "Es war Juni 1999"),  # numbers are left to the model
        ("zh", "今天，我有3个苹果", "今天，"),
        ("zh", "今天，我有3个苹果，你呢", "今天，我有三个苹果，"),
    ],
)
def test_words_are_passed_on_once_they_are_certain(
    tokenizer: Tokenizer, version: Version, language: str, written: str, read: str
) -> None:
    parts: list[incremental_text.EncodedPart] = []

    def pieces() -> Iterator[str]:
        yield written
        raise LookupError

    with pytest.raises(LookupError):
        parts.extend(incremental_text.stream_parts(pieces(), language, version, tokenizer))
    assert "".join(part.text for part in parts) == read


@pytest.mark.parametrize(("language", "written"), [("en", "5 6 7 8 9 10 11 and "), ("zh", "今天有3个苹")])
def test_each_prefix_is_checked_only_once(
    tokenizer: Tokenizer, version: Version, monkeypatch: pytest.MonkeyPatch, language: str, written: str
) -> None:
    looked: list[str] = []

    def noting(said: str, *_: str) -> bool:
        looked.append(said)
        return False

    monkeypatch.setattr(incremental_text, "is_stable", noting)
    list(incremental_text.stream_parts(written, language, version, tokenizer))
    assert len(looked) == len(set(looked)) > 4


def test_japanese_is_read_clause_by_clause_where_it_becomes_katakana(tokenizer: Tokenizer, version: Version) -> None:
    parts = incremental_text.stream_parts(iter(["それは大変でしたね。で", "も、大"]), "ja", version, tokenizer)
    assert next(parts).text == ("それは大変でしたね" if version == 2 else "ソレ ワ タイヘン デシ タ ネ")


def test_ids_end_between_characters_that_no_token_joins(tokenizer: Tokenizer) -> None:
    """The vocabulary was learned from 今天的天气非常好 and similar text: 天气 is one of its tokens, 气非 in none."""
    assert tokenizer.stable_length("今天的天气非常") == len("今天的天气")
    for begun in ("今天的天气非常好，我们一起去公园散步", "오늘은 날씨가", "こんにちは", "Hello the"):
        certain = begun[: tokenizer.stable_length(begun)]
        for end in ("x", "好", " ", ".", "天气", "가"):
            ids = tokenizer.encode(begun[:-1] + end)  # the last character may change
            assert ids[: len(tokenizer.encode(certain))] == tokenizer.encode(certain)


def test_characters_of_the_vocabulary_stand_for_bytes() -> None:
    from tokenizers.pre_tokenizers import ByteLevel

    shown, bytes_ = ByteLevel(add_prefix_space=False, use_regex=False), byte_alphabet()
    assert set(bytes_) == set(ByteLevel.alphabet())
    for written in ("".join(map(chr, range(1, 0x800))), "今天 오늘은 😊"):
        [(given, _)] = shown.pre_tokenize_str(written)
        assert bytes(bytes_[char] for char in given) == written.encode()


def test_spoken_words_stay_if_later_text_would_change_them(
    tokenizer: Tokenizer, version: Version, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(incremental_text, "is_stable", lambda *_: True)
    parts = list(incremental_text.stream_parts(words("Mrs Jones has 5 cats."), "en", version, tokenizer))
    assert (
        "".join(part.text for part in parts) == "Mrs Jones has five cats."
    )  # "Misses" if the whole text is normalized
    assert parts[-1].ids == tokenizer.encode(parts[-1].text)


@pytest.mark.parametrize(
    ("language", "written"), [("en", "Well [laughter] I paid $3.50, and you?"), ("zh", "今天的天气非常好。")]
)
def test_tokens_are_those_of_the_whole_sentence_for_any_split(
    loaded: CosyVoice, version: Version, heard: Heard, language: str, written: str
) -> None:
    voice = Voice("b", language, preset=MET)
    (whole,) = text.normalize_and_split(written, language, version, len)
    ids, sound = loaded._tokenizer.encode(whole), loaded._pipeline
    takes = []
    for pieces in list(splits(written, 1))[::2]:
        heard.ids, heard.tokens = [], []
        takes.append(samples(list(loaded.stream_text(line(language, voice, written=pieces[0]), iter(pieces[1:])))))
        assert tuple(heard.ids) == ids
    assert heard.tokens == list(heard.plain(sound._lm, ids, heard.before, 5, sound._silences))
    assert heard.before.speech
    assert np.array_equal(takes[0], takes[1])


@pytest.mark.parametrize("rate", [1.0, 0.8])
def test_streamed_audio_equals_that_of_all_tokens_at_once(loaded: CosyVoice, heard: Heard, rate: float) -> None:
    spoken = list(loaded.stream_text(line(style=Style(rate=rate)), iter(words(SENTENCE))))
    assert (len(spoken) > 1) == (rate == 1)  # another speed needs the whole mel
    prompt = loaded._prompts.get(CLIP)
    (mel,) = loaded._pipeline._flow.generate([FlowRequest(prompt, heard.tokens)], streaming=rate == 1)
    paced = mel[None] if rate == 1 else change_speed(mel[None], rate)
    wave = loaded._pipeline._vocoder.synthesize(paced, [5])[0].numpy()
    assert len(wave) == len(samples(spoken))
    assert np.abs(samples(spoken) - wave).max() < TOLERANCE


def test_chunks_carry_their_words(loaded: CosyVoice) -> None:
    spoken = list(
        loaded.stream_text(line(), iter(words("I met 3 men, [laughter] and they all said that it was late.")))
    )
    told = [piece.text for piece in spoken if piece.text]
    assert len(told) > 1
    assert " ".join(told) == "I met three men, and they all said that it was late."
    assert {piece.audio.rate for piece in spoken} == {SAMPLE_RATE}


def test_the_prompt_is_that_of_a_whole_sentence(loaded: CosyVoice, heard: Heard) -> None:
    """Except for a clip with far more speech than transcript, which would need half a page of text first."""
    tokenizer, speech = loaded._tokenizer, tuple(map(int, loaded._prompts.get(CLIP).tokens))
    lead, transcript = tokenizer.encode_instruction(), tokenizer.encode(CLONE.text)
    assert -(-len(speech) // SPEECH_TOKENS) * TEXT_TOKENS - len(transcript) <= MAX_WAITING_TEXT_TOKENS
    long = replace(CLONE, clip=noise(4.0, SAMPLE_RATE))
    for asked, before in (
        (line(), PromptPrefix(lead, transcript, speech)),
        (line("zh"), PromptPrefix(lead)),
        (line(voice=replace(CLONE, text="")), PromptPrefix(lead)),
        (line(voice=long), PromptPrefix(lead)),
        (line(style=Style(instruction="Like a robot.")), PromptPrefix(tokenizer.encode_instruction("Like a robot."))),
        (line("yue"), PromptPrefix(tokenizer.encode_instruction(instruction.DIALECT_INSTRUCTIONS["yue"]))),
    ):
        next(loaded.stream_text(asked, iter(["Hi."])))
        assert heard.before == before


BAD: dict[str, tuple[Callable[[], tuple[SpeechRequest, list[str]]], type[Exception], str]] = {
    "no text": (lambda: (line(), [" ", ""]), BadInput, "no text"),
    "symbols": (lambda: (line(), ["?", "!"]), BadInput, "only symbols"),
    "events": (lambda: (line(), ["[laugh", "ter]"]), BadInput, "only symbols and tags"),
    "tag": (lambda: (line(), ["Well [pau", "se] yes."]), Unsupported, r"doesn't support \[pause\]"),
    "tag at once": (lambda: (line(written="Well [whisper] yes"), []), Unsupported, r"doesn't support \[whisper\]"),
    "too long": (lambda: (line(), ["so ", "so " * 2000]), BadInput, "the limit is 5,000"),
}


@pytest.mark.parametrize("what", BAD)
def test_text_that_cannot_be_spoken_is_refused(loaded: CosyVoice, what: str) -> None:
    make, kind, said = BAD[what]
    asked, pieces = make()
    with pytest.raises(kind, match=said):
        list(loaded.stream_text(asked, iter(pieces)))


def test_an_unknown_language_or_voice_is_refused_at_once(loaded: CosyVoice) -> None:
    with pytest.raises(BadInput, match="doesn't support Hindi"):
        loaded.stream_text(line("hi"), iter(()))
    with pytest.raises(BadInput, match="has no voice called 'x'"):
        loaded.stream_text(line(voice=Voice("x", "en", preset="x")), iter(()))


def test_a_chatbot_that_pauses_does_not_delay_other_requests(loaded: CosyVoice) -> None:
    """Two texts are streamed alternately and a third is spoken in between; each equals its result alone."""

    def take(written: Iterator[str]) -> Samples:
        return samples(list(loaded.stream_text(line(), written)))

    alone = take(iter(words(SENTENCE)))
    feeds = [ThreadQueue[str](), ThreadQueue[str]()]
    with ThreadPoolExecutor(2) as pool:
        asked = [pool.submit(take, feed) for feed in feeds]
        try:
            for word in words(SENTENCE):
                for feed in feeds:
                    feed.put(word)
            assert list(loaded.stream(line(written="Hi.")))
            assert not any(each.done() for each in asked)
        finally:  # else the pool waits forever
            for feed in feeds:
                feed.close()
        assert all(np.array_equal(each.result(), alone) for each in asked)


def test_cancellation_ends_a_stream_between_two_tokens(loaded: CosyVoice, heard: Heard) -> None:
    stop, spoken = threading.Event(), []

    def follow() -> None:
        for piece in loaded.stream_text(line(), iter(words(SENTENCE))):
            spoken.append(piece)
            stop.set()

    with pytest.raises(Cancelled):
        cancellable(stop, follow)()
    assert len(spoken) == 1
    assert len(heard.tokens) < 100


class Writer:
    """Chatbot that pauses within its first sentence until it may continue."""

    def __init__(self, *pieces: ReplyStyle | str) -> None:
        self.pieces, self.may, self.over = pieces, threading.Event(), threading.Event()

    def reply(self, conversation: Conversation) -> Iterator[ReplyStyle | str]:
        try:
            for piece in self.pieces:
                if piece == "HERE":
                    wait_for(self.may)
                else:
                    yield piece
        finally:
            self.over.set()


class Marker:
    def mark(self, audio: Audio) -> Audio:
        return audio

    def find(self, audio: Audio) -> float:
        return 1.0


HELD = (*words(SENTENCE)[:-1], "HERE", "first. ", "Would ", "you ", "like ", "that? ")


def asked(language: str = "en") -> Conversation:
    return Conversation((Turn("user", "When does it leave?"),), language=language)


def test_a_reply_is_heard_before_its_first_sentence_is_written(loaded: CosyVoice, version: Version) -> None:
    writer = Writer(ReplyStyle("happy"), *HELD)
    speaker = Speaker(
        loaded, Marker(), CLONE, takes_instructions=True, tags=frozenset({"laughter"}), streaming_synthesizer=loaded
    )
    events = chatting.reply(asked(), writer, speaker)
    written = ""
    for event in events:
        written += event.delta if isinstance(event, ReplyDelta) else ""
        if isinstance(event, SpeechPiece):
            break
    assert "breakfast" in written
    assert not writer.may.is_set()
    writer.may.set()
    *_, done = events
    assert isinstance(done, chatting.Done)
    assert done.turns[1].text == done.take.text == f"{SENTENCE} Would you like that?"


def test_closing_ends_a_reply_that_waits_for_its_chatbot(loaded: CosyVoice) -> None:
    writer = Writer(*HELD)
    events = chatting.reply(asked(), writer, Speaker(loaded, Marker(), CLONE, streaming_synthesizer=loaded))
    for event in events:
        if isinstance(event, SpeechPiece):
            break
    events.close()
    assert writer.over.is_set()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("ahead")]


@pytest.mark.usefixtures("full_tier")
def test_the_chat_page_plays_a_reply_before_its_first_sentence_is_written(
    loaded: CosyVoice, version: Version, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Runs the page's own task with this test's engines in place of the published ones."""
    writer, spec = Writer(*HELD), f"cosyvoice{version}"
    load = loader.load
    ours = {spec: loaded, "qwen-chat": writer}
    monkeypatch.setattr(loader, "load", lambda asked: ours.get(asked.name) or load(asked))
    monkeypatch.setattr(preload, "load_all", lambda *_: iter(()))
    voice = VoiceInput("en_neutral", ReferenceInput(None, "", consent=False))
    request = ChatRequest(ChatState(), "Kind.", spec, voice, "qwen-chat", "whisper-base")
    token = LocalContext.request.set(SimpleNamespace(session_hash="ann", username=None, headers={}, client=None))  # type: ignore[arg-type]
    try:
        updates = chat.on_text("When does it leave?", request)
        history: list[Any] = []
        for update in updates:
            history = update.get("history", history)
            if update.get("live", SILENT) != SILENT:  # sound for the player
                break
        assert not writer.may.is_set()
        assert history[-1]["content"].startswith("The train leaves at nine")
        assert "first" not in history[-1]["content"]
        writer.may.set()
        *_, last = updates
        assert last["history"][-2]["content"].startswith(f"{SENTENCE} Would you like that?")
    finally:
        LocalContext.request.reset(token)


def shown(updates: Iterator[Update]) -> Iterator[str]:
    """Return what the page shows of a reply, update by update; "*" for audio."""
    for update in updates:
        yield "*" if "live" in update else update["history"][-1]["content"]


def test_words_that_come_fast_are_shown_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """Text is never shown after its audio or after an error."""

    def events() -> Iterator[chat_tasks.ChatEvent]:
        yield from map(ReplyDelta, "Well")
        yield SpeechPiece(SpeechChunk(CLIP, "Well"))
        yield from map(ReplyDelta, " no")
        raise BadInput("The pen is empty.")

    monkeypatch.setattr(chat_conversation, "UPDATE_SECONDS", 600.0)
    seen: list[str] = []
    with pytest.raises(BadInput, match="The pen is empty"):
        seen.extend(shown(run_exchange(events(), ChatState(), "kokoro")))
    assert seen == ["W", "Well", "*", "Well no"]


def test_words_are_shown_while_the_chatbot_pauses() -> None:
    all_seen = threading.Event()

    def events() -> Iterator[chat_tasks.ChatEvent]:
        yield from map(ReplyDelta, "Well")
        wait_for(all_seen)
        yield SpeechPiece(SpeechChunk(CLIP, "Well"))

    for seen in shown(run_exchange(events(), ChatState(), "kokoro")):
        if seen == "Well":
            all_seen.set()
    assert all_seen.is_set()


@pytest.mark.usefixtures("full_tier")
def test_only_engines_with_the_capability_stream_text(loaded: CosyVoice, monkeypatch: pytest.MonkeyPatch) -> None:
    load = loader.load
    monkeypatch.setattr(loader, "load", lambda spec: loaded if spec in registry.SYNTHESIZERS.values() else load(spec))
    assert (
        synthesis.speaker_for(CLONE, selection.EngineChoice(synthesizer="cosyvoice3")).streaming_synthesizer is loaded
    )
    assert synthesis.speaker_for(CLONE, selection.EngineChoice(synthesizer="kokoro")).streaming_synthesizer is None


def test_engines_that_stream_text_have_the_capability() -> None:
    for spec in registry.SYNTHESIZERS.values():
        assert ("follow" in spec.capabilities) == spec.name.startswith("cosyvoice")
    assert issubclass(CosyVoice, StreamingSynthesizer)
