import threading
import time
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from funaudio_core.engines import loader, registry, selection, voice_catalog
from funaudio_core.engines.protocols import RecognitionOptions
from funaudio_core.errors import BadInput, FunAudioError
from funaudio_core.gpu import device
from funaudio_core.labels import EMOTIONS
from funaudio_core.pipelines.chat import (
    REPLY_EMOTIONS,
    ChatSetup,
    Done,
    ReplyDelta,
    TranslatedInput,
    reply,
    reply_to_audio,
    text_turn,
)
from funaudio_core.pipelines.stages import Recognized, Speaker, SpeechPiece
from funaudio_core.pipelines.streaming_reply import MAX_STREAMED_CHARACTERS
from funaudio_core.pipelines.synthesize import Recorder
from funaudio_core.runtime import cancellation
from funaudio_core.tasks import chat
from funaudio_core.text.instructions import EMOTION_STYLES
from funaudio_core.types import (
    Audio,
    Conversation,
    Emotion,
    Prosody,
    ReplyStyle,
    Segment,
    Span,
    SpeechChunk,
    SpeechRequest,
    Style,
    Turn,
    Voice,
)

CLIP = Audio(np.zeros(16_000, np.float32), 16_000)
VOICE = Voice("Somebody", "en", preset="some")
SAD = Emotion("sad", 0.7)


TIMEOUT_SECONDS = 180.0  # after which a waiting test fails


def wait_for(event: threading.Event) -> None:
    """Wait for an event; stop when cancelled."""
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while not event.wait(0.01):
        cancellation.raise_if_cancelled()
        assert time.monotonic() < deadline, "timed out"


class FakeRecognizer:
    def __init__(self, text: str = "I lost my keys.", language: str = "en") -> None:
        self.text, self.language = text, language

    def transcribe(self, clip: Audio, hearing: RecognitionOptions) -> Iterator[Segment]:
        if self.text:
            text, language = ("I lost my keys.", "en") if hearing.translate_to_english else (self.text, self.language)
            yield Segment(0.0, 1.0, text, language)


class SadClassifier:
    def classify(self, text: str, language: str, clip: Audio, baseline: Prosody | None = None) -> Emotion:
        return SAD


class ScriptedChatbot:
    """Chatbot that replies with given pieces, and records its inputs and whether it was closed."""

    def __init__(self, *pieces: ReplyStyle | str, pause: float = 0.0) -> None:
        self.pieces, self.pause = pieces, pause
        self.conversations: list[Conversation] = []
        self.given = 0
        self.closed = threading.Event()

    def reply(self, conversation: Conversation) -> Iterator[ReplyStyle | str]:
        self.conversations.append(conversation)
        try:
            for piece in self.pieces:
                time.sleep(self.pause)
                self.given += 1
                yield piece
        finally:
            self.closed.set()


class FakeSynthesizer:
    def __init__(self) -> None:
        self.lines: list[SpeechRequest] = []

    def stream(self, line: SpeechRequest) -> Iterator[SpeechChunk]:
        self.lines.append(line)
        yield SpeechChunk(Audio(np.full(2_400, 0.1, np.float32), 24_000), line.text)


class FakeStreamingSynthesizer(FakeSynthesizer):
    """Streaming synthesizer that speaks each piece of text as it comes."""

    def __init__(self) -> None:
        super().__init__()
        self.streamed: list[str] = []
        self.waits = threading.Event()
        self.waits.set()  # blocks speech while cleared
        self.ended = threading.Event()

    def stream_text(self, line: SpeechRequest, words: Iterator[str]) -> Iterator[SpeechChunk]:
        self.lines.append(line)
        try:
            for piece in words:
                self.streamed.append(piece)
                wait_for(self.waits)
                yield SpeechChunk(Audio(np.full(2_400, 0.1, np.float32), 24_000), piece.strip())
        finally:
            self.ended.set()


class FakeWatermarker:
    def mark(self, audio: Audio) -> Audio:
        return audio

    def find(self, audio: Audio) -> float:
        return 1.0


def speaker(synthesizer: FakeSynthesizer) -> Speaker:
    return Speaker(synthesizer, FakeWatermarker(), VOICE)


def streaming_speaker(synthesizer: FakeStreamingSynthesizer, *tags: str) -> Speaker:
    return Speaker(synthesizer, FakeWatermarker(), VOICE, tags=frozenset(tags), streaming_synthesizer=synthesizer)


def conversation_of(emotion: Emotion | None = SAD) -> Conversation:
    return Conversation((Turn("user", "I lost my keys.", emotion),))


def make_setup(ear: FakeRecognizer, chatbot: ScriptedChatbot, *, to_english: bool = False) -> ChatSetup:
    return ChatSetup(ear, SadClassifier(), chatbot, to_english)


def test_sentence_is_spoken_before_next_is_written() -> None:
    chatbot, synthesizer = ScriptedChatbot("Oh no. ", "Where", " did you", " look?"), FakeSynthesizer()
    events = list(reply(conversation_of(), chatbot, speaker(synthesizer)))
    kinds = [type(event).__name__ for event in events]
    assert kinds == ["ReplyDelta", "SpeechPiece", "ReplyDelta", "ReplyDelta", "ReplyDelta", "SpeechPiece", "Done"]
    assert [line.text for line in synthesizer.lines] == ["Oh no.", "Where did you look?"]


def test_chatbot_writes_ahead_of_speech() -> None:
    chatbot = ScriptedChatbot("One. ", "Two. ", "Three. ")
    events = reply(conversation_of(), chatbot, speaker(FakeSynthesizer()))
    for event in events:
        if isinstance(event, SpeechPiece):
            break
    assert chatbot.closed.wait(180)  # the chatbot has finished although no more events were requested
    assert chatbot.given == 3


def test_done_has_both_turns_and_whole_take() -> None:
    *_, done = reply(conversation_of(), ScriptedChatbot("Oh no. ", "Look **again**! "), speaker(FakeSynthesizer()))
    assert isinstance(done, Done)
    assert done.turns == (conversation_of().turns[0], Turn("assistant", "Oh no. Look **again**!"))
    assert done.take.text == "Oh no. Look again!"
    assert done.take.audio.duration == pytest.approx(0.2)
    assert 0 < done.first_text_seconds <= done.first_audio_seconds <= done.seconds


def test_emotion_of_user_determines_style() -> None:
    for emotion, style in (("sad", "sad"), ("happy", "happy"), ("angry", "neutral"), ("fear", "neutral")):
        synthesizer = FakeSynthesizer()
        list(reply(conversation_of(Emotion(emotion, 0.8)), ScriptedChatbot("I see. "), speaker(synthesizer)))
        assert synthesizer.lines[0].style == EMOTION_STYLES[style]
    assert set(REPLY_EMOTIONS) == set(EMOTIONS)
    assert set(REPLY_EMOTIONS.values()) <= set(EMOTION_STYLES)


def test_turn_without_emotion_gets_neutral_style() -> None:
    synthesizer = FakeSynthesizer()
    list(reply(conversation_of(None), ScriptedChatbot("I see. "), speaker(synthesizer)))
    assert synthesizer.lines[0].style == EMOTION_STYLES["neutral"]


def test_chatbot_gets_whole_conversation_with_emotion() -> None:
    chatbot = ScriptedChatbot("I see. ")
    before = Conversation((Turn("user", "Hi."), Turn("assistant", "Hello.")), persona="You are Mia.")
    first, *_ = reply_to_audio(CLIP, before, make_setup(FakeRecognizer(), chatbot), speaker(FakeSynthesizer()))
    assert isinstance(first, Recognized)
    assert chatbot.conversations[0].turns == (*before.turns, Turn("user", "I lost my keys.", SAD))
    assert chatbot.conversations[0].persona == "You are Mia."


def test_unsupported_language_is_translated_into_english() -> None:
    chatbot = ScriptedChatbot("I see. ")
    setup = make_setup(FakeRecognizer("Perdí mis llaves.", "es"), chatbot, to_english=True)
    recognized, translated, *_ = reply_to_audio(CLIP, Conversation(()), setup, speaker(FakeSynthesizer()))
    assert isinstance(recognized, Recognized)
    assert (recognized.text, recognized.language) == ("Perdí mis llaves.", "es")
    assert translated == TranslatedInput("I lost my keys.")
    assert chatbot.conversations[0].turns[-1].text == "I lost my keys."


def test_unsupported_language_without_translation_is_refused() -> None:
    setup = make_setup(FakeRecognizer("Perdí mis llaves.", "es"), ScriptedChatbot("I see. "))
    with pytest.raises(BadInput, match="Spanish"):
        list(reply_to_audio(CLIP, Conversation(()), setup, speaker(FakeSynthesizer())))


def test_silence_is_refused() -> None:
    with pytest.raises(BadInput, match="No speech"):
        list(
            reply_to_audio(
                CLIP,
                Conversation(()),
                make_setup(FakeRecognizer(""), ScriptedChatbot("I see. ")),
                speaker(FakeSynthesizer()),
            )
        )


def test_reply_without_words_is_an_error() -> None:
    with pytest.raises(FunAudioError, match="nothing that can be spoken"):
        list(reply(conversation_of(), ScriptedChatbot("*** 😊"), speaker(FakeSynthesizer())))


def test_style_of_reply_determines_style_of_speech() -> None:
    glad = ReplyStyle("happy", "softly")
    for takes_instructions, style in (
        (False, EMOTION_STYLES["happy"]),
        (True, Style(emotion="happy", instruction="Please say a sentence in a happy voice, softly.")),
    ):
        synthesizer = FakeSynthesizer()
        instructed_speaker = Speaker(synthesizer, FakeWatermarker(), VOICE, takes_instructions=takes_instructions)
        *events, done = reply(conversation_of(), ScriptedChatbot(glad, "I see. ", "Yes. "), instructed_speaker)
        assert [line.style for line in synthesizer.lines] == [style, style]
        assert {event.style for event in events if isinstance(event, ReplyDelta)} == {glad}
        assert isinstance(done, Done)
        assert done.turns[1] == Turn("assistant", "I see. Yes.", style=glad)


@pytest.mark.parametrize(
    ("reply_style", "instruction"),
    [
        (ReplyStyle("happy"), ""),  # such a voice expresses the emotion by itself
        (ReplyStyle("neutral", "slowly"), "Please say a sentence slowly."),
        (ReplyStyle("fear", "in a low voice"), "Please say a sentence in a fearful voice, in a low voice."),
    ],
)
def test_style_becomes_instruction(reply_style: ReplyStyle, instruction: str) -> None:
    synthesizer = FakeSynthesizer()
    list(
        reply(
            conversation_of(),
            ScriptedChatbot(reply_style, "I see. "),
            Speaker(synthesizer, FakeWatermarker(), VOICE, takes_instructions=True),
        )
    )
    assert synthesizer.lines[0].style == Style(emotion=reply_style.emotion, instruction=instruction)


def test_event_tags_depend_on_the_speaker() -> None:
    for tags, offered, spoken in (
        (frozenset({"sigh", "laughter", "clucking"}), ("laughter", "sigh"), "[sigh] I see."),
        (frozenset[str](), (), "I see."),
    ):
        chatbot, synthesizer = ScriptedChatbot("[sigh] I see. "), FakeSynthesizer()
        list(reply(conversation_of(), chatbot, Speaker(synthesizer, FakeWatermarker(), VOICE, tags=tags)))
        assert chatbot.conversations[0].tags == offered
        assert [line.text for line in synthesizer.lines] == [spoken]


def test_reply_of_event_tag_only_is_an_error() -> None:
    with pytest.raises(FunAudioError, match="nothing that can be spoken"):
        list(
            reply(
                conversation_of(),
                ScriptedChatbot("[sigh] "),
                Speaker(FakeSynthesizer(), FakeWatermarker(), VOICE, tags=frozenset({"sigh"})),
            )
        )


def test_chinese_sentences_are_spoken_when_complete() -> None:
    synthesizer = FakeSynthesizer()
    events = list(
        reply(
            Conversation(conversation_of().turns, language="zh"),
            ScriptedChatbot("好的。", "再见。"),
            speaker(synthesizer),
        )
    )
    assert [type(event).__name__ for event in events] == [
        "ReplyDelta",
        "SpeechPiece",
        "ReplyDelta",
        "SpeechPiece",
        "Done",
    ]
    assert [line.text for line in synthesizer.lines] == ["好的。", "再见。"]


def test_chatbot_gets_events_of_the_clip() -> None:
    class LaughingRecognizer(FakeRecognizer):
        def transcribe(self, clip: Audio, hearing: RecognitionOptions) -> Iterator[Segment]:
            events = (Span("speech", 0.0, 1.0), Span("laughter", 0.2, 0.4), Span("laughter", 0.6, 0.8))
            yield Segment(0.0, 1.0, "I lost my keys.", "en", events=events)

    chatbot = ScriptedChatbot("I see. ")
    list(reply_to_audio(CLIP, Conversation(()), make_setup(LaughingRecognizer(), chatbot), speaker(FakeSynthesizer())))
    assert chatbot.conversations[0].turns[-1].events == ("laughter",)


class PausingChatbot(ScriptedChatbot):
    """Chatbot that waits before its last piece."""

    def __init__(self, *pieces: ReplyStyle | str) -> None:
        super().__init__(*pieces)
        self.released = threading.Event()

    def reply(self, conversation: Conversation) -> Iterator[ReplyStyle | str]:
        for place, piece in enumerate(super().reply(conversation)):
            if place == len(self.pieces) - 1:
                wait_for(self.released)
            yield piece


def test_first_sentence_is_spoken_while_it_is_written() -> None:
    chatbot, synthesizer = PausingChatbot("Oh no, ", "where did ", "you", " lose it? "), FakeStreamingSynthesizer()
    events = reply(conversation_of(), chatbot, streaming_speaker(synthesizer))
    kinds = []
    for event in events:
        kinds.append(type(event).__name__)
        if kinds.count("SpeechPiece") == 3:
            break
    assert not chatbot.released.is_set()
    assert synthesizer.streamed == ["Oh ", "no, where ", "did "]
    chatbot.released.set()
    *_, done = events
    assert isinstance(done, Done)
    assert done.take.text == "Oh no, where did you lose it?"
    assert done.turns[1].text == "Oh no, where did you lose it?"
    assert 0 < done.first_text_seconds <= done.first_audio_seconds <= done.seconds
    assert [line.text for line in synthesizer.lines] == [""]


def test_text_precedes_its_speech_without_waiting() -> None:
    chatbot, synthesizer = (
        ScriptedChatbot("Well, ", "where did ", "you ", "look? ", "Tell", " me. "),
        FakeStreamingSynthesizer(),
    )
    synthesizer.waits.clear()
    events = reply(conversation_of(), chatbot, streaming_speaker(synthesizer))
    assert [next(events) for _ in range(6)] == [ReplyDelta(str(piece)) for piece in chatbot.pieces]
    synthesizer.waits.set()
    texts = [event.chunk.text for event in events if isinstance(event, SpeechPiece)]
    assert texts == ["Well, where", "did", "you look?", "Tell me."]

    written = spoken = ""
    for event in reply(
        conversation_of(),
        ScriptedChatbot("Well, ", "where did ", "you ", "look? "),
        streaming_speaker(FakeStreamingSynthesizer()),
    ):
        written += event.delta if isinstance(event, ReplyDelta) else ""
        spoken += f"{event.chunk.text} " if isinstance(event, SpeechPiece) else ""
        assert written.startswith(spoken)
    assert spoken == "Well, where did you look? "


def test_only_first_sentence_is_streamed() -> None:
    chatbot, synthesizer = (
        ScriptedChatbot("I met ", "Dr. ", "Smith. Then ", "what? ", "Well", ", go on."),
        FakeStreamingSynthesizer(),
    )
    *_, done = reply(conversation_of(), chatbot, streaming_speaker(synthesizer))
    assert [line.text for line in synthesizer.lines] == ["", "Then what?", "Well, go on."]
    assert "".join(synthesizer.streamed) == "I met Dr. Smith."
    assert isinstance(done, Done)
    assert done.take.text == "I met Dr. Smith. Then what? Well, go on."


@pytest.mark.parametrize(
    ("pieces", "streamed", "lines"),
    [
        (
            ("[sigh] ", "Oh ", "[laughter] no, ", "*smiles* dear. ", "So?"),
            "[sigh] Oh [laughter] no, dear.",
            ["", "So?"],
        ),
        (("[sigh] ", "Oh no. "), "", ["[sigh] Oh no."]),  # complete as soon as it has words
        (("😊 ", "**Oh** ", "no, [giggles] ", "my. "), "", ["Oh no, my."]),
        (("*** ", "Oh ", "no"), "", ["Oh no"]),
        (("Oh no ",), "Oh no", [""]),  # ends within a sentence
        (("Où ", "est-il ", ", là ", "? Oh."), "Où est-il, là ?", ["", "Oh."]),  # punctuation after white space
        (("Well, ", "hello ", "\nOK ", "then"), "Well, hello", ["", "OK then"]),  # a line break within a piece
        (("😊. Well, ", "I ", "see. "), "Well, I see.", [""]),  # a sentence without words comes first
        (("Oh no. ", "Where ", "was it?"), "", ["Oh no.", "Where was it?"]),  # written sentence by sentence
    ],
)
def test_streamed_text_has_no_markup(pieces: tuple[str, ...], streamed: str, lines: list[str]) -> None:
    synthesizer = FakeStreamingSynthesizer()
    list(reply(conversation_of(), ScriptedChatbot(*pieces), streaming_speaker(synthesizer, "sigh", "laughter")))
    assert "".join(synthesizer.streamed) == streamed
    assert [line.text for line in synthesizer.lines] == lines


def test_streamed_sentence_has_maximum_length() -> None:
    synthesizer = FakeStreamingSynthesizer()
    *_, done = reply(conversation_of(), ScriptedChatbot(*["and so on "] * 50), streaming_speaker(synthesizer))
    assert MAX_STREAMED_CHARACTERS <= len("".join(synthesizer.streamed)) < MAX_STREAMED_CHARACTERS + len("and so on ")
    assert isinstance(done, Done)
    assert done.take.text.split() == ["and", "so", "on"] * 50
    assert len(synthesizer.lines) == 3


def test_style_precedes_streamed_text() -> None:
    glad = ReplyStyle("happy", "softly")
    for pieces, style in (((glad, "I ", "do ", "see. "), "happy"), (("I ", "do ", "see. "), "sad")):
        synthesizer = FakeStreamingSynthesizer()
        list(reply(conversation_of(), ScriptedChatbot(*pieces), streaming_speaker(synthesizer)))
        assert [(line.text, line.style) for line in synthesizer.lines] == [("", EMOTION_STYLES[style])]


@pytest.mark.parametrize("has_spoken", [0, 1])
def test_closing_ends_waiting_synthesizer(has_spoken: int) -> None:
    """It also ends a blocked synthesizer, and the chatbot."""
    chatbot, synthesizer = PausingChatbot("Well, ", "where did ", "you look? "), FakeStreamingSynthesizer()
    if not has_spoken:
        synthesizer.waits.clear()
    events = reply(conversation_of(), chatbot, streaming_speaker(synthesizer))
    for event in events:
        if isinstance(event, SpeechPiece if has_spoken else ReplyDelta):
            break
    events.close()
    assert chatbot.closed.is_set()
    assert synthesizer.ended.is_set() == bool(synthesizer.lines)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("ahead")]


def test_error_of_streaming_synthesizer_is_raised() -> None:
    class BrokenSynthesizer(FakeStreamingSynthesizer):
        def stream_text(self, line: SpeechRequest, words: Iterator[str]) -> Iterator[SpeechChunk]:
            next(words)
            raise BadInput("No voice is left.")
            yield from super().stream_text(line, words)

    chatbot = PausingChatbot("Well, ", "where did ", "you look? ")
    with pytest.raises(BadInput, match="No voice is left"):
        list(reply(conversation_of(), chatbot, streaming_speaker(BrokenSynthesizer())))
    assert chatbot.closed.is_set()


class FailingChatbot(ScriptedChatbot):
    """Chatbot that fails after its pieces."""

    def reply(self, conversation: Conversation) -> Iterator[ReplyStyle | str]:
        yield from super().reply(conversation)
        raise BadInput("The pen is empty.")


@pytest.mark.parametrize("streams", [False, True])
def test_written_text_is_spoken_before_chatbot_error(streams: bool) -> None:
    """This also holds if the synthesizer is slower than the chatbot."""
    chatbot, synthesizer = FailingChatbot("Well, ", "this ", "is ", "all. ", "And"), FakeStreamingSynthesizer()
    synthesizer.waits.clear()

    def events() -> Iterator[ReplyDelta | SpeechPiece | Done]:
        for event in reply(
            conversation_of(), chatbot, streaming_speaker(synthesizer) if streams else speaker(synthesizer)
        ):
            yield event
            if chatbot.closed.wait(TIMEOUT_SECONDS):
                synthesizer.waits.set()

    received: list[ReplyDelta | SpeechPiece | Done] = []
    with pytest.raises(BadInput, match="The pen is empty"):
        received.extend(events())
    assert tuple(event.delta for event in received if isinstance(event, ReplyDelta)) == chatbot.pieces
    texts = [event.chunk.text for event in received if isinstance(event, SpeechPiece)]
    assert texts == (["Well,", "this", "is all.", "And"] if streams else ["Well, this is all.", "And"])


def test_unfinished_sentence_is_spoken_before_chatbot_error() -> None:
    synthesizer = FakeStreamingSynthesizer()
    with pytest.raises(BadInput, match="The pen is empty"):
        list(reply(conversation_of(), FailingChatbot("Well, ", "this ", "is"), streaming_speaker(synthesizer)))
    assert "".join(synthesizer.streamed) == "Well, this is"
    assert synthesizer.ended.is_set()


def test_stream_text_without_streaming_synthesizer_is_empty() -> None:
    plain = replace(streaming_speaker(FakeStreamingSynthesizer()), streaming_synthesizer=None)
    assert not list(plain.stream_text(iter(["Hi."]), "en", ReplyStyle("neutral"), Recorder(0)))


SPANISH = Voice("Otra", "es", preset="otra")


def test_reply_is_in_spoken_language_if_supported() -> None:
    chatbot, synthesizer = ScriptedChatbot("Vaya. "), FakeSynthesizer()
    setup = replace(
        make_setup(FakeRecognizer("Perdí mis llaves.", "es"), chatbot, to_english=True),
        languages=frozenset({"en", "es"}),
        voices={"en": VOICE, "es": SPANISH},
    )
    before = Conversation((Turn("user", "Hi."), Turn("assistant", "Hello.")))
    recognized, *_, done = reply_to_audio(CLIP, before, setup, speaker(synthesizer))
    assert isinstance(recognized, Recognized)
    assert (chatbot.conversations[0].language, chatbot.conversations[0].turns[-1].text) == ("es", "Perdí mis llaves.")
    assert (synthesizer.lines[0].language, synthesizer.lines[0].voice) == ("es", SPANISH)
    assert isinstance(done, Done)
    assert done.language == "es"


def test_chosen_voice_is_kept_in_its_language() -> None:
    synthesizer = FakeSynthesizer()
    setup = replace(
        make_setup(FakeRecognizer(), ScriptedChatbot("I see. ")), languages=frozenset({"en"}), voices={"en": SPANISH}
    )
    *_, done = reply_to_audio(CLIP, Conversation(()), setup, speaker(synthesizer))
    assert synthesizer.lines[0].voice == VOICE
    assert isinstance(done, Done)
    assert done.language == "en"


def test_reply_without_voice_is_in_language_of_conversation() -> None:
    chatbot, synthesizer = ScriptedChatbot("I see. "), FakeSynthesizer()
    setup = replace(
        make_setup(FakeRecognizer("Perdí mis llaves.", "es"), chatbot, to_english=True),
        languages=frozenset({"en", "es"}),
        voices={"en": VOICE},
    )
    events = list(reply_to_audio(CLIP, Conversation(()), setup, speaker(synthesizer)))
    assert not [event for event in events if isinstance(event, TranslatedInput)]
    assert (chatbot.conversations[0].language, chatbot.conversations[0].turns[-1].text) == ("en", "Perdí mis llaves.")
    assert synthesizer.lines[0].language == "en"


def test_typed_turn_has_emotion() -> None:
    turn = text_turn("I am so happy, I love it!", "en", loader.load(registry.EMOTION_CLASSIFIERS["emotion-words"]))
    assert turn.role == "user"
    assert turn.emotion is not None
    assert turn.emotion.label == "happy"


def test_closing_stops_writing_and_speaking() -> None:
    chatbot, synthesizer = ScriptedChatbot(*(f"Sentence {n}. " for n in range(1000)), pause=0.005), FakeSynthesizer()
    events = reply(conversation_of(), chatbot, speaker(synthesizer))
    for event in events:
        if isinstance(event, SpeechPiece):
            break
    events.close()
    assert chatbot.closed.is_set()
    assert chatbot.given < 1000
    assert len(synthesizer.lines) == 1
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("reply")]


def test_closing_before_start_leaves_no_thread() -> None:
    chatbot = ScriptedChatbot("One. ")
    events = reply(conversation_of(), chatbot, speaker(FakeSynthesizer()))
    events.close()
    assert chatbot.given == 0
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("reply")]


def test_chatbot_error_is_raised() -> None:
    class BrokenChatbot(ScriptedChatbot):
        def reply(self, conversation: Conversation) -> Iterator[str]:
            yield "Well. "
            raise BadInput("The line was cut.")

    events = reply(conversation_of(), BrokenChatbot(), speaker(FakeSynthesizer()))
    assert isinstance(next(events), ReplyDelta)
    with pytest.raises(BadInput, match="line was cut"):
        list(events)


def test_reply_languages_depend_on_chatbot_and_synthesizer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    spanish = "Hola, ¿cómo estás hoy, amigo mío?"
    assert voice_catalog.reply_languages() == {"en"}
    assert chat.reply_language(spanish, "en") == "en"
    monkeypatch.setattr(device, "has_gpu", lambda: True)  # so that the full tier is offered
    by = selection.EngineChoice(chatbot="qwen-chat", synthesizer="kokoro")
    assert voice_catalog.reply_languages(by) == {"en", "es", "fr", "hi", "it", "ja", "pt", "zh"}
    assert chat.reply_language(spanish, "en", by) == "es"
    assert chat.reply_language("ok", "fr", by) == "fr"
    assert chat.reply_language("Поезд отправляется в девять, давайте сначала позавтракаем.", "en", by) == "en"


def test_preset_is_replaced_for_other_languages_but_clip_is_not() -> None:
    english = voice_catalog.get_voice("", "kokoro", "en")
    by = selection.EngineChoice(synthesizer="kokoro")
    assert voice_catalog.voice_for_language("en", english, by) == english
    assert voice_catalog.voice_for_language("es", english, by) == voice_catalog.get_voice("", "kokoro", "es")
    clip = Voice("Me", "en", clip=CLIP, text="Hi.")
    assert voice_catalog.voice_for_language("es", clip, by) is clip


@pytest.mark.slow
def test_real_engines_hold_a_conversation() -> None:
    recognition_spec = next(iter(registry.RECOGNIZERS.values()))
    synthesis_spec = next(iter(registry.SYNTHESIZERS.values()))
    synthesizer = loader.load(synthesis_spec)
    voice = next(voice for voice in synthesis_spec.voices if voice.language == "en")
    pieces = list(synthesizer.stream(SpeechRequest("I passed my final exam, I am so happy!", "en", voice)))
    clip = Audio(np.concatenate([piece.audio.samples for piece in pieces]), pieces[0].audio.rate)
    setup = ChatSetup(
        loader.load(recognition_spec),
        loader.load(registry.EMOTION_CLASSIFIERS["emotion-words"]),
        loader.load(registry.CHATBOTS["smollm2-135m"]),
        translates_to_english="to-english" in recognition_spec.capabilities,
    )
    recognized, *events, done = reply_to_audio(
        clip, Conversation(()), setup, Speaker(synthesizer, FakeWatermarker(), voice)
    )
    assert isinstance(recognized, Recognized)
    assert recognized.emotion.label == "happy"
    assert isinstance(done, Done)
    assert len([event for event in events if isinstance(event, SpeechPiece)]) >= 2
    assert done.take.audio.duration > 1
    assert done.turns[1].text.endswith((".", "!", "?"))
