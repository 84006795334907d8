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


PATIENCE = 60.0  # seconds after which a test that waits has failed


def wait_for(event: threading.Event) -> None:
    """In work that ends where nobody waits for it any more."""
    ends = time.monotonic() + PATIENCE
    while not event.wait(0.01):
        cancellation.raise_if_cancelled()
        assert time.monotonic() < ends, "nobody let it go on"


class Ear:
    def __init__(self, text: str = "I lost my keys.", language: str = "en") -> None:
        self.text, self.language = text, language

    def transcribe(self, clip: Audio, hearing: RecognitionOptions) -> Iterator[Segment]:
        if self.text:
            text, language = ("I lost my keys.", "en") if hearing.translate_to_english else (self.text, self.language)
            yield Segment(0.0, 1.0, text, language)


class Reader:
    def classify(self, text: str, language: str, clip: Audio, baseline: Prosody | None = None) -> Emotion:
        return SAD


class Scripted:
    """Replies with the given pieces; remembers the conversation and whether it was closed."""

    def __init__(self, *pieces: ReplyStyle | str, pause: float = 0.0) -> None:
        self.pieces, self.pause = pieces, pause
        self.asked: list[Conversation] = []
        self.given = 0
        self.closed = threading.Event()

    def reply(self, conversation: Conversation) -> Iterator[ReplyStyle | str]:
        self.asked.append(conversation)
        try:
            for piece in self.pieces:
                time.sleep(self.pause)
                self.given += 1
                yield piece
        finally:
            self.closed.set()


class Mouth:
    def __init__(self) -> None:
        self.lines: list[SpeechRequest] = []

    def stream(self, line: SpeechRequest) -> Iterator[SpeechChunk]:
        self.lines.append(line)
        yield SpeechChunk(Audio(np.full(2_400, 0.1, np.float32), 24_000), line.text)


class Follower(Mouth):
    """Says each piece of what it follows as it comes."""

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[str] = []
        self.waits = threading.Event()
        self.waits.set()  # else it says nothing yet
        self.ended = threading.Event()

    def stream_text(self, line: SpeechRequest, words: Iterator[str]) -> Iterator[SpeechChunk]:
        self.lines.append(line)
        try:
            for piece in words:
                self.heard.append(piece)
                wait_for(self.waits)
                yield SpeechChunk(Audio(np.full(2_400, 0.1, np.float32), 24_000), piece.strip())
        finally:
            self.ended.set()


class Marker:
    def mark(self, audio: Audio) -> Audio:
        return audio

    def find(self, audio: Audio) -> float:
        return 1.0


def speaker(mouth: Mouth) -> Speaker:
    return Speaker(mouth, Marker(), VOICE)


def following(mouth: Follower, *tags: str) -> Speaker:
    return Speaker(mouth, Marker(), VOICE, tags=frozenset(tags), streaming_synthesizer=mouth)


def asked(emotion: Emotion | None = SAD) -> Conversation:
    return Conversation((Turn("user", "I lost my keys.", emotion),))


def partner(ear: Ear, companion: Scripted, *, to_english: bool = False) -> ChatSetup:
    return ChatSetup(ear, Reader(), companion, to_english)


def test_a_sentence_is_spoken_before_the_next_is_written() -> None:
    companion, mouth = Scripted("Oh no. ", "Where", " did you", " look?"), Mouth()
    events = list(reply(asked(), companion, speaker(mouth)))
    kinds = [type(event).__name__ for event in events]
    assert kinds == ["ReplyDelta", "SpeechPiece", "ReplyDelta", "ReplyDelta", "ReplyDelta", "SpeechPiece", "Done"]
    assert [line.text for line in mouth.lines] == ["Oh no.", "Where did you look?"]


def test_the_reply_is_written_ahead_while_it_is_spoken() -> None:
    companion = Scripted("One. ", "Two. ", "Three. ")
    events = reply(asked(), companion, speaker(Mouth()))
    for event in events:
        if isinstance(event, SpeechPiece):
            break
    assert companion.closed.wait(5)  # the companion has finished although nobody has asked for more
    assert companion.given == 3


def test_done_holds_both_turns_and_the_whole_take() -> None:
    *_, done = reply(asked(), Scripted("Oh no. ", "Look **again**! "), speaker(Mouth()))
    assert isinstance(done, Done)
    assert done.turns == (asked().turns[0], Turn("assistant", "Oh no. Look **again**!"))
    assert done.take.text == "Oh no. Look again!"
    assert done.take.audio.duration == pytest.approx(0.2)
    assert 0 < done.first_text_seconds <= done.first_audio_seconds <= done.seconds


def test_feeling_steers_the_delivery_and_anger_is_met_calmly() -> None:
    for emotion, style in (("sad", "sad"), ("happy", "happy"), ("angry", "neutral"), ("fear", "neutral")):
        mouth = Mouth()
        list(reply(asked(Emotion(emotion, 0.8)), Scripted("I see. "), speaker(mouth)))
        assert mouth.lines[0].style == EMOTION_STYLES[style]
    assert set(REPLY_EMOTIONS) == set(EMOTIONS)
    assert set(REPLY_EMOTIONS.values()) <= set(EMOTION_STYLES)


def test_a_turn_without_feeling_is_answered_plainly() -> None:
    mouth = Mouth()
    list(reply(asked(None), Scripted("I see. "), speaker(mouth)))
    assert mouth.lines[0].style == EMOTION_STYLES["neutral"]


def test_conversation_grows_and_its_feeling_reaches_the_companion() -> None:
    companion = Scripted("I see. ")
    before = Conversation((Turn("user", "Hi."), Turn("assistant", "Hello.")), persona="You are Mia.")
    first, *_ = reply_to_audio(CLIP, before, partner(Ear(), companion), speaker(Mouth()))
    assert isinstance(first, Recognized)
    assert companion.asked[0].turns == (*before.turns, Turn("user", "I lost my keys.", SAD))
    assert companion.asked[0].persona == "You are Mia."


def test_another_language_is_understood_through_english() -> None:
    companion = Scripted("I see. ")
    cast = partner(Ear("Perdí mis llaves.", "es"), companion, to_english=True)
    heard, understood, *_ = reply_to_audio(CLIP, Conversation(()), cast, speaker(Mouth()))
    assert isinstance(heard, Recognized)
    assert (heard.text, heard.language) == ("Perdí mis llaves.", "es")
    assert understood == TranslatedInput("I lost my keys.")
    assert companion.asked[0].turns[-1].text == "I lost my keys."


def test_a_language_that_cannot_be_understood_is_bad_input() -> None:
    cast = partner(Ear("Perdí mis llaves.", "es"), Scripted("I see. "))
    with pytest.raises(BadInput, match="Spanish"):
        list(reply_to_audio(CLIP, Conversation(()), cast, speaker(Mouth())))


def test_silence_is_bad_input() -> None:
    with pytest.raises(BadInput, match="No speech"):
        list(reply_to_audio(CLIP, Conversation(()), partner(Ear(""), Scripted("I see. ")), speaker(Mouth())))


def test_a_reply_of_signs_alone_is_an_error() -> None:
    with pytest.raises(FunAudioError, match="nothing that can be spoken"):
        list(reply(asked(), Scripted("*** 😊"), speaker(Mouth())))


def test_the_delivery_of_the_reply_steers_the_voice() -> None:
    glad = ReplyStyle("happy", "softly")
    for by_words, style in (
        (False, EMOTION_STYLES["happy"]),
        (True, Style(emotion="happy", instruction="Please say a sentence in a happy voice, softly.")),
    ):
        mouth = Mouth()
        spoken_by = Speaker(mouth, Marker(), VOICE, takes_instructions=by_words)
        *events, done = reply(asked(), Scripted(glad, "I see. ", "Yes. "), spoken_by)
        assert [line.style for line in mouth.lines] == [style, style]
        assert {event.style for event in events if isinstance(event, ReplyDelta)} == {glad}
        assert isinstance(done, Done)
        assert done.turns[1] == Turn("assistant", "I see. Yes.", style=glad)


@pytest.mark.parametrize(
    ("delivery", "told"),
    [
        (ReplyStyle("happy"), ""),  # such a voice knows the feeling by itself
        (ReplyStyle("neutral", "slowly"), "Please say a sentence slowly."),
        (ReplyStyle("fear", "in a low voice"), "Please say a sentence in a fearful voice, in a low voice."),
    ],
)
def test_a_manner_is_told_in_words(delivery: ReplyStyle, told: str) -> None:
    mouth = Mouth()
    list(reply(asked(), Scripted(delivery, "I see. "), Speaker(mouth, Marker(), VOICE, takes_instructions=True)))
    assert mouth.lines[0].style == Style(emotion=delivery.emotion, instruction=told)


def test_sounds_are_offered_and_spoken_only_where_the_voice_makes_them() -> None:
    for tags, offered, spoken in (
        (frozenset({"sigh", "laughter", "clucking"}), ("laughter", "sigh"), "[sigh] I see."),
        (frozenset[str](), (), "I see."),
    ):
        companion, mouth = Scripted("[sigh] I see. "), Mouth()
        list(reply(asked(), companion, Speaker(mouth, Marker(), VOICE, tags=tags)))
        assert companion.asked[0].tags == offered
        assert [line.text for line in mouth.lines] == [spoken]


def test_a_sound_alone_is_no_reply() -> None:
    with pytest.raises(FunAudioError, match="nothing that can be spoken"):
        list(reply(asked(), Scripted("[sigh] "), Speaker(Mouth(), Marker(), VOICE, tags=frozenset({"sigh"}))))


def test_chinese_sentences_are_spoken_as_they_end() -> None:
    mouth = Mouth()
    events = list(reply(Conversation(asked().turns, language="zh"), Scripted("好的。", "再见。"), speaker(mouth)))
    assert [type(event).__name__ for event in events] == [
        "ReplyDelta",
        "SpeechPiece",
        "ReplyDelta",
        "SpeechPiece",
        "Done",
    ]
    assert [line.text for line in mouth.lines] == ["好的。", "再见。"]


def test_what_was_heard_beside_the_words_reaches_the_companion() -> None:
    class Laughing(Ear):
        def transcribe(self, clip: Audio, hearing: RecognitionOptions) -> Iterator[Segment]:
            events = (Span("speech", 0.0, 1.0), Span("laughter", 0.2, 0.4), Span("laughter", 0.6, 0.8))
            yield Segment(0.0, 1.0, "I lost my keys.", "en", events=events)

    companion = Scripted("I see. ")
    list(reply_to_audio(CLIP, Conversation(()), partner(Laughing(), companion), speaker(Mouth())))
    assert companion.asked[0].turns[-1].events == ("laughter",)


class Holding(Scripted):
    """Writes the last of its pieces only when it may."""

    def __init__(self, *pieces: ReplyStyle | str) -> None:
        super().__init__(*pieces)
        self.may = threading.Event()

    def reply(self, conversation: Conversation) -> Iterator[ReplyStyle | str]:
        for place, piece in enumerate(super().reply(conversation)):
            if place == len(self.pieces) - 1:
                wait_for(self.may)
            yield piece


def test_the_first_sentence_is_heard_before_it_is_written() -> None:
    companion, mouth = Holding("Oh no, ", "where did ", "you", " lose it? "), Follower()
    events = reply(asked(), companion, following(mouth))
    kinds = []
    for event in events:
        kinds.append(type(event).__name__)
        if kinds.count("SpeechPiece") == 3:
            break
    assert not companion.may.is_set()
    assert mouth.heard == ["Oh ", "no, where ", "did "]
    companion.may.set()
    *_, done = events
    assert isinstance(done, Done)
    assert done.take.text == "Oh no, where did you lose it?"
    assert done.turns[1].text == "Oh no, where did you lose it?"
    assert 0 < done.first_text_seconds <= done.first_audio_seconds <= done.seconds
    assert [line.text for line in mouth.lines] == [""]


def test_words_never_come_behind_their_sound_nor_wait_for_it() -> None:
    companion, mouth = Scripted("Well, ", "where did ", "you ", "look? ", "Tell", " me. "), Follower()
    mouth.waits.clear()
    events = reply(asked(), companion, following(mouth))
    assert [next(events) for _ in range(6)] == [ReplyDelta(str(piece)) for piece in companion.pieces]
    mouth.waits.set()
    said = [event.chunk.text for event in events if isinstance(event, SpeechPiece)]
    assert said == ["Well, where", "did", "you look?", "Tell me."]

    written = heard = ""
    for event in reply(asked(), Scripted("Well, ", "where did ", "you ", "look? "), following(Follower())):
        written += event.delta if isinstance(event, ReplyDelta) else ""
        heard += f"{event.chunk.text} " if isinstance(event, SpeechPiece) else ""
        assert written.startswith(heard)
    assert heard == "Well, where did you look? "


def test_only_the_first_sentence_is_followed_and_all_are_said_in_order() -> None:
    companion, mouth = Scripted("I met ", "Dr. ", "Smith. Then ", "what? ", "Well", ", go on."), Follower()
    *_, done = reply(asked(), companion, following(mouth))
    assert [line.text for line in mouth.lines] == ["", "Then what?", "Well, go on."]
    assert "".join(mouth.heard) == "I met Dr. Smith."
    assert isinstance(done, Done)
    assert done.take.text == "I met Dr. Smith. Then what? Well, go on."


@pytest.mark.parametrize(
    ("pieces", "heard", "lines"),
    [
        (
            ("[sigh] ", "Oh ", "[laughter] no, ", "*smiles* dear. ", "So?"),
            "[sigh] Oh [laughter] no, dear.",
            ["", "So?"],
        ),
        (("[sigh] ", "Oh no. "), "", ["[sigh] Oh no."]),  # no words before they are complete
        (("😊 ", "**Oh** ", "no, [giggles] ", "my. "), "", ["Oh no, my."]),
        (("*** ", "Oh ", "no"), "", ["Oh no"]),
        (("Oh no ",), "Oh no", [""]),  # ends within a sentence
        (("Où ", "est-il ", ", là ", "? Oh."), "Où est-il, là ?", ["", "Oh."]),  # a mark behind white space
        (("Well, ", "hello ", "\nOK ", "then"), "Well, hello", ["", "OK then"]),  # a line that ends in it
        (("😊. Well, ", "I ", "see. "), "Well, I see.", [""]),  # a sentence without words in front
        (("Oh no. ", "Where ", "was it?"), "", ["Oh no.", "Where was it?"]),  # written sentence by sentence
    ],
)
def test_what_is_followed_holds_no_markup(pieces: tuple[str, ...], heard: str, lines: list[str]) -> None:
    mouth = Follower()
    list(reply(asked(), Scripted(*pieces), following(mouth, "sigh", "laughter")))
    assert "".join(mouth.heard) == heard
    assert [line.text for line in mouth.lines] == lines


def test_a_sentence_without_end_is_followed_so_far_only() -> None:
    mouth = Follower()
    *_, done = reply(asked(), Scripted(*["and so on "] * 50), following(mouth))
    assert MAX_STREAMED_CHARACTERS <= len("".join(mouth.heard)) < MAX_STREAMED_CHARACTERS + len("and so on ")
    assert isinstance(done, Done)
    assert done.take.text.split() == ["and", "so", "on"] * 50
    assert len(mouth.lines) == 3


def test_the_delivery_is_known_before_the_first_word_is_followed() -> None:
    glad = ReplyStyle("happy", "softly")
    for pieces, style in (((glad, "I ", "do ", "see. "), "happy"), (("I ", "do ", "see. "), "sad")):
        mouth = Follower()
        list(reply(asked(), Scripted(*pieces), following(mouth)))
        assert [(line.text, line.style) for line in mouth.lines] == [("", EMOTION_STYLES[style])]


@pytest.mark.parametrize("said", [0, 1])
def test_closing_ends_a_voice_that_waits_for_words(said: int) -> None:
    """And one that is kept from speaking, and the writer."""
    companion, mouth = Holding("Well, ", "where did ", "you look? "), Follower()
    if not said:
        mouth.waits.clear()
    events = reply(asked(), companion, following(mouth))
    for event in events:
        if isinstance(event, SpeechPiece if said else ReplyDelta):
            break
    events.close()
    assert companion.closed.is_set()
    assert mouth.ended.is_set() == bool(mouth.lines)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("ahead")]


def test_what_breaks_a_voice_that_follows_reaches_the_caller() -> None:
    class Hoarse(Follower):
        def stream_text(self, line: SpeechRequest, words: Iterator[str]) -> Iterator[SpeechChunk]:
            next(words)
            raise BadInput("No voice is left.")
            yield from super().stream_text(line, words)

    companion = Holding("Well, ", "where did ", "you look? ")
    with pytest.raises(BadInput, match="No voice is left"):
        list(reply(asked(), companion, following(Hoarse())))
    assert companion.closed.is_set()


class Breaking(Scripted):
    """Writes its pieces, then fails."""

    def reply(self, conversation: Conversation) -> Iterator[ReplyStyle | str]:
        yield from super().reply(conversation)
        raise BadInput("The pen is empty.")


@pytest.mark.parametrize("followed", [False, True])
def test_what_was_written_is_spoken_before_an_error_of_the_writer_is_told(followed: bool) -> None:
    """Even by a voice that is slower than the writer."""
    companion, mouth = Breaking("Well, ", "this ", "is ", "all. ", "And"), Follower()
    mouth.waits.clear()

    def events() -> Iterator[ReplyDelta | SpeechPiece | Done]:
        for event in reply(asked(), companion, following(mouth) if followed else speaker(mouth)):
            yield event
            if companion.closed.wait(PATIENCE):
                mouth.waits.set()

    came: list[ReplyDelta | SpeechPiece | Done] = []
    with pytest.raises(BadInput, match="The pen is empty"):
        came.extend(events())
    assert tuple(event.delta for event in came if isinstance(event, ReplyDelta)) == companion.pieces
    said = [event.chunk.text for event in came if isinstance(event, SpeechPiece)]
    assert said == (["Well,", "this", "is all.", "And"] if followed else ["Well, this is all.", "And"])


def test_a_sentence_that_the_writer_breaks_off_is_spoken_to_where_it_was_written() -> None:
    mouth = Follower()
    with pytest.raises(BadInput, match="The pen is empty"):
        list(reply(asked(), Breaking("Well, ", "this ", "is"), following(mouth)))
    assert "".join(mouth.heard) == "Well, this is"
    assert mouth.ended.is_set()


def test_nothing_is_followed_without_a_follower() -> None:
    plain = replace(following(Follower()), streaming_synthesizer=None)
    assert not list(plain.stream_text(iter(["Hi."]), "en", ReplyStyle("neutral"), Recorder(0)))


SPANISH = Voice("Otra", "es", preset="otra")


def test_a_companion_that_knows_the_language_answers_in_it() -> None:
    companion, mouth = Scripted("Vaya. "), Mouth()
    cast = replace(
        partner(Ear("Perdí mis llaves.", "es"), companion, to_english=True),
        languages=frozenset({"en", "es"}),
        voices={"en": VOICE, "es": SPANISH},
    )
    before = Conversation((Turn("user", "Hi."), Turn("assistant", "Hello.")))
    heard, *_, done = reply_to_audio(CLIP, before, cast, speaker(mouth))
    assert isinstance(heard, Recognized)
    assert (companion.asked[0].language, companion.asked[0].turns[-1].text) == ("es", "Perdí mis llaves.")
    assert (mouth.lines[0].language, mouth.lines[0].voice) == ("es", SPANISH)
    assert isinstance(done, Done)
    assert done.language == "es"


def test_the_chosen_voice_stays_while_the_language_does() -> None:
    mouth = Mouth()
    cast = replace(partner(Ear(), Scripted("I see. ")), languages=frozenset({"en"}), voices={"en": SPANISH})
    *_, done = reply_to_audio(CLIP, Conversation(()), cast, speaker(mouth))
    assert mouth.lines[0].voice == VOICE
    assert isinstance(done, Done)
    assert done.language == "en"


def test_without_a_voice_for_it_the_answer_is_in_the_language_of_the_conversation() -> None:
    companion, mouth = Scripted("I see. "), Mouth()
    cast = replace(
        partner(Ear("Perdí mis llaves.", "es"), companion, to_english=True),
        languages=frozenset({"en", "es"}),
        voices={"en": VOICE},
    )
    events = list(reply_to_audio(CLIP, Conversation(()), cast, speaker(mouth)))
    assert not [event for event in events if isinstance(event, TranslatedInput)]
    assert (companion.asked[0].language, companion.asked[0].turns[-1].text) == ("en", "Perdí mis llaves.")
    assert mouth.lines[0].language == "en"


def test_typed_words_get_a_feeling_too() -> None:
    turn = text_turn("I am so happy, I love it!", "en", loader.load(registry.EMOTION_CLASSIFIERS["emotion-words"]))
    assert turn.role == "user"
    assert turn.emotion is not None
    assert turn.emotion.label == "happy"


def test_closing_stops_writing_and_speaking() -> None:
    companion, mouth = Scripted(*(f"Sentence {n}. " for n in range(1000)), pause=0.005), Mouth()
    events = reply(asked(), companion, speaker(mouth))
    for event in events:
        if isinstance(event, SpeechPiece):
            break
    events.close()
    assert companion.closed.is_set()
    assert companion.given < 1000
    assert len(mouth.lines) == 1
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("reply")]


def test_closing_before_the_first_word_leaves_no_thread() -> None:
    companion = Scripted("One. ")
    events = reply(asked(), companion, speaker(Mouth()))
    events.close()
    assert companion.given == 0
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("reply")]


def test_what_breaks_the_companion_reaches_the_caller() -> None:
    class Broken(Scripted):
        def reply(self, conversation: Conversation) -> Iterator[str]:
            yield "Well. "
            raise BadInput("The line was cut.")

    events = reply(asked(), Broken(), speaker(Mouth()))
    assert isinstance(next(events), ReplyDelta)
    with pytest.raises(BadInput, match="line was cut"):
        list(events)


def test_the_companion_and_the_voice_decide_in_which_languages_there_are_answers(
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


def test_a_voice_speaks_its_own_language_and_a_clip_any() -> None:
    english = voice_catalog.get_voice("", "kokoro", "en")
    by = selection.EngineChoice(synthesizer="kokoro")
    assert voice_catalog.voice_for_language("en", english, by) == english
    assert voice_catalog.voice_for_language("es", english, by) == voice_catalog.get_voice("", "kokoro", "es")
    clip = Voice("Me", "en", clip=CLIP, text="Hi.")
    assert voice_catalog.voice_for_language("es", clip, by) is clip


@pytest.mark.slow
def test_real_engines_hold_a_conversation() -> None:
    recognizer = next(iter(registry.RECOGNIZERS.values()))
    synthesizer = next(iter(registry.SYNTHESIZERS.values()))
    mouth = loader.load(synthesizer)
    voice = next(voice for voice in synthesizer.voices if voice.language == "en")
    pieces = list(mouth.stream(SpeechRequest("I passed my final exam, I am so happy!", "en", voice)))
    clip = Audio(np.concatenate([piece.audio.samples for piece in pieces]), pieces[0].audio.rate)
    cast = ChatSetup(
        loader.load(recognizer),
        loader.load(registry.EMOTION_CLASSIFIERS["emotion-words"]),
        loader.load(registry.CHATBOTS["smollm2-135m"]),
        translates_to_english="to-english" in recognizer.capabilities,
    )
    heard, *events, done = reply_to_audio(clip, Conversation(()), cast, Speaker(mouth, Marker(), voice))
    assert isinstance(heard, Recognized)
    assert heard.emotion.label == "happy"
    assert isinstance(done, Done)
    assert len([event for event in events if isinstance(event, SpeechPiece)]) >= 2
    assert done.take.audio.duration > 1
    assert done.turns[1].text.endswith((".", "!", "?"))
