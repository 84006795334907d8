import shutil
import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from funaudio_core.engines import loader, registry, selection
from funaudio_core.engines.protocols import NO_CONTEXT, RecognitionOptions, Recognizer, Synthesizer, TranslationContext
from funaudio_core.engines.spec import EngineSpec
from funaudio_core.errors import BadInput, Unsupported
from funaudio_core.languages import LANGUAGES
from funaudio_core.pipelines.stages import Progress, Recognized, Speaker, SpeechPiece
from funaudio_core.pipelines.translate import (
    Done,
    Translated,
    TranslationSetup,
    respeak,
    translate_speech,
)
from funaudio_core.pipelines.translation_routes import Route, directions
from funaudio_core.tasks import translation
from funaudio_core.text import glossary
from funaudio_core.text.instructions import EMOTION_STYLES
from funaudio_core.types import Audio, Emotion, Prosody, Segment, SpeechChunk, SpeechRequest, Style, Voice

CLIP = Audio(np.zeros(16_000, np.float32), 16_000)
VOICE = Voice("Somebody", "es", preset="some")


class Ear:
    """Hears `said` in `language`, and `english` where English is asked for."""

    def __init__(self, said: tuple[str, ...] = ("Hola.", "Estoy feliz."), language: str = "es") -> None:
        self.said, self.language = said, language
        self.asked: list[RecognitionOptions] = []
        self.left = 0  # how often the listener went away before the end

    def transcribe(self, clip: Audio, hearing: RecognitionOptions) -> Iterator[Segment]:
        self.asked.append(hearing)
        if hearing.translate_to_english:
            yield Segment(0.0, 1.0, "Hello. I am happy.", "en")
            return
        try:
            for number, text in enumerate(self.said):
                yield Segment(number * 0.5, number * 0.5 + 0.5, text, self.language)
        except GeneratorExit:
            self.left += 1
            raise


class Reader:
    def __init__(self, emotion: Emotion) -> None:
        self.emotion = emotion

    def classify(self, text: str, language: str, clip: Audio, baseline: Prosody | None = None) -> Emotion:
        return self.emotion


class Shout:
    """Translates a text into capitals, marked with its direction."""

    def __init__(self, *pairs: tuple[str, str]) -> None:
        self.pairs = frozenset(pairs)
        self.wordings: list[TranslationContext] = []

    def directions(self) -> frozenset[tuple[str, str]]:
        return self.pairs

    def translate(self, text: str, source: str, target: str, wording: TranslationContext = NO_CONTEXT) -> str:
        if (source, target) not in self.pairs:
            raise Unsupported(f"I lack {source} to {target}.")
        self.wordings.append(wording)
        return f"{source}>{target} {text.upper()}"


class Mouth:
    """Says one piece for each word, a tenth of a second long."""

    def __init__(self) -> None:
        self.lines: list[SpeechRequest] = []

    def stream(self, line: SpeechRequest) -> Iterator[SpeechChunk]:
        self.lines.append(line)
        for word in line.text.split():
            yield SpeechChunk(Audio(np.full(2_400, 0.1, np.float32), 24_000), word)


class Marker:
    def mark(self, audio: Audio) -> Audio:
        return Audio(audio.samples * np.float32(2), audio.rate)

    def find(self, audio: Audio) -> float:
        return 1.0


def ear_spec(*languages: str, english: bool = True) -> EngineSpec[Recognizer]:
    capabilities = frozenset({"to-english"}) if english else frozenset()
    return EngineSpec("ear", "Ear", "lite", frozenset(languages), "", "", Ear, capabilities)


def mouth_spec(*languages: str) -> EngineSpec[Synthesizer]:
    return EngineSpec("mouth", "Mouth", "lite", frozenset(languages), "", "", Mouth)


def interpreter(ear: Ear, emotion: Emotion, *pairs: tuple[str, str]) -> TranslationSetup:
    translator = Shout(*pairs)
    routes = directions(ear_spec("en", "es", "ja"), translator, mouth_spec("en", "es", "fr"))
    return TranslationSetup(ear, Reader(emotion), translator, routes)


CALM = Emotion("neutral", 0.6)
GLAD = Emotion("happy", 0.7)


def test_every_direction_has_a_route_or_a_reason() -> None:
    found = directions(ear_spec("en", "es", "ja"), Shout(("en", "es"), ("es", "fr")), mouth_spec("en", "es", "fr"))
    assert set(found) == {(a, b) for a in LANGUAGES for b in LANGUAGES if a != b}
    assert found["es", "en"] == Route(via_recognizer=True, text_pair=None)
    assert found["en", "es"] == Route(via_recognizer=False, text_pair=("en", "es"))
    assert found["es", "fr"] == Route(via_recognizer=False, text_pair=("es", "fr"))
    assert found["ja", "es"] == Route(via_recognizer=True, text_pair=("en", "es"))
    assert found["en", "fr"] == "I lack en to fr."
    assert "doesn't speak Japanese" in str(found["en", "ja"])
    assert "doesn't recognize German" in str(found["de", "en"])


def test_without_english_by_ear_only_the_translator_counts() -> None:
    found = directions(ear_spec("es", "ja", english=False), Shout(("es", "en")), mouth_spec("en", "es"))
    assert found["es", "en"] == Route(via_recognizer=False, text_pair=("es", "en"))
    assert isinstance(found["ja", "en"], str)


def test_stages_come_in_order_and_fit_together() -> None:
    mouth = Mouth()
    cast = interpreter(Ear(), GLAD, ("es", "fr"))
    heard, translated, *said, done = translate_speech(CLIP, None, "fr", cast, Speaker(mouth, Marker(), VOICE))
    assert isinstance(heard, Recognized)
    assert (heard.text, heard.language, heard.emotion) == ("Hola. Estoy feliz.", "es", GLAD)
    assert translated == Translated("es>fr HOLA. ESTOY FELIZ.", "fr")
    assert all(isinstance(piece, SpeechPiece) for piece in said)
    assert isinstance(done, Done)
    assert done.take.text == "es fr HOLA. ESTOY FELIZ."  # the sign between the codes is not for speech
    assert done.source_cues == heard.cues
    assert [cue.text for cue in done.target_cues] == done.take.text.split()
    assert done.target_cues[-1].end == pytest.approx(done.take.audio.duration)
    assert [cue.start for cue in done.target_cues[1:]] == [cue.end for cue in done.target_cues[:-1]]
    assert done.take.audio.samples.max() == pytest.approx(0.2)  # the mark


def test_a_long_clip_tells_how_far_it_is_heard_and_can_be_left_there() -> None:
    ear = Ear(("Uno.", "Dos.", "Tres.", "Cuatro.", "Cinco.", "Seis."))
    clip = Audio(np.zeros(3 * 16_000, np.float32), 16_000)
    events = translate_speech(
        clip, "es", "en", interpreter(ear, Emotion("neutral", 0.9)), Speaker(Mouth(), Marker(), VOICE)
    )
    first = Progress("Uno.", 0.5, (Segment(0.0, 0.5, "Uno.", "es"),))
    assert next(events) == first
    second = next(events)
    assert isinstance(second, Progress)
    assert (second.text, second.seconds, len(second.cues)) == ("Uno. Dos.", 1.0, 2)
    assert [type(event) for event in events][:3] == [Progress, Recognized, Progress]  # then once more, in English
    again = translate_speech(
        clip, "es", "en", interpreter(ear, Emotion("neutral", 0.9)), Speaker(Mouth(), Marker(), VOICE)
    )
    next(again)
    again.close()
    assert ear.left == 1


def test_feeling_is_carried_over_to_the_voice() -> None:
    for emotion, style in ((GLAD, EMOTION_STYLES["happy"]), (CALM, EMOTION_STYLES["neutral"])):
        mouth = Mouth()
        list(translate_speech(CLIP, None, "en", interpreter(Ear(), emotion), Speaker(mouth, Marker(), VOICE)))
        assert mouth.lines[0].style == style


def test_doubtful_feeling_is_not_acted() -> None:
    mouth = Mouth()
    doubtful = interpreter(Ear(), Emotion("angry", 0.4))
    list(translate_speech(CLIP, None, "en", doubtful, Speaker(mouth, Marker(), VOICE)))
    assert mouth.lines[0].style == EMOTION_STYLES["neutral"]


def test_a_style_that_was_chosen_wins() -> None:
    mouth, slow = Mouth(), Style(rate=0.7)
    list(translate_speech(CLIP, None, "en", interpreter(Ear(), GLAD), Speaker(mouth, Marker(), VOICE, slow, seed=7)))
    assert (mouth.lines[0].style, mouth.lines[0].seed) == (slow, 7)


def test_english_is_heard_not_translated() -> None:
    ear = Ear()
    _, translated, *_ = translate_speech(CLIP, "es", "en", interpreter(ear, CALM), Speaker(Mouth(), Marker(), VOICE))
    assert translated == Translated("Hello. I am happy.", "en")
    assert ear.asked == [
        RecognitionOptions(language="es"),
        RecognitionOptions(language="es", translate_to_english=True),
    ]


def test_two_steps_where_one_is_missing() -> None:
    ear = Ear(("こんにちは。",), "ja")
    cast = interpreter(ear, CALM, ("en", "es"))
    _, translated, *_ = translate_speech(CLIP, None, "es", cast, Speaker(Mouth(), Marker(), VOICE))
    assert translated == Translated("en>es HELLO. I AM HAPPY.", "es")


def test_no_route_raises_the_reason_after_what_was_heard() -> None:
    stages = translate_speech(CLIP, None, "fr", interpreter(Ear(), CALM), Speaker(Mouth(), Marker(), VOICE))
    assert isinstance(next(stages), Recognized)
    with pytest.raises(Unsupported, match="I lack es to fr"):
        next(stages)


def test_same_language_and_silence_are_bad_input() -> None:
    speaker = Speaker(Mouth(), Marker(), VOICE)
    with pytest.raises(BadInput, match="already"):
        list(translate_speech(CLIP, None, "es", interpreter(Ear(), CALM), speaker))
    with pytest.raises(BadInput, match=r"No speech.*1\.0 s"):
        list(translate_speech(CLIP, None, "en", interpreter(Ear(()), CALM), speaker))


def test_an_edited_translation_is_spoken_again() -> None:
    mouth = Mouth()
    *said, done = respeak("Better **words**.", "en", "sad", Speaker(mouth, Marker(), VOICE))
    assert len(said) == 2
    assert isinstance(done, Done)
    assert (done.recognized, done.source_cues) == (None, ())
    assert done.take.text == "Better words."
    assert mouth.lines[0].style == EMOTION_STYLES["sad"]


def test_closing_stops_the_speaking() -> None:
    class Endless(Mouth):
        closed = False

        def stream(self, line: SpeechRequest) -> Iterator[SpeechChunk]:
            try:
                while True:
                    yield SpeechChunk(CLIP, "on")
            finally:
                Endless.closed = True

    stages = translate_speech(CLIP, None, "en", interpreter(Ear(), CALM), Speaker(Endless(), Marker(), VOICE))
    for stage in stages:
        if isinstance(stage, SpeechPiece):
            break
    stages.close()
    assert Endless.closed


def sentences(ear: Ear, *pairs: tuple[str, str], **options: Any) -> tuple[TranslationSetup, Shout]:
    """An interpreter that works sentence by sentence, and its translator."""
    cast = interpreter(ear, CALM, *pairs)
    return replace(cast, incremental=True, **options), cast.translator  # type: ignore[return-value]


LONG = Audio(np.zeros(4 * 16_000, np.float32), 16_000)


def test_sentences_are_spoken_while_later_ones_are_still_being_heard() -> None:
    first_said = threading.Event()

    class Waiting(Ear):
        def transcribe(self, clip: Audio, hearing: RecognitionOptions) -> Iterator[Segment]:
            yield Segment(0.0, 1.0, "Hola.", "es")
            assert first_said.wait(20)  # the second sentence is heard only once the first is spoken
            yield Segment(1.0, 2.0, "Estoy", "es")
            yield Segment(2.0, 4.0, "feliz.", "es")

    cast, translator = sentences(Waiting(), ("es", "fr"))
    kinds, texts = [], []
    for event in translate_speech(LONG, None, "fr", cast, Speaker(Mouth(), Marker(), VOICE)):
        kinds.append(type(event).__name__)
        if isinstance(event, SpeechPiece):
            first_said.set()
        if isinstance(event, Translated):
            texts.append(event.text)
        if isinstance(event, Done):
            done = event
    assert kinds.index("SpeechPiece") < kinds.index("Recognized")
    assert texts == ["es>fr HOLA.", "es>fr HOLA. es>fr ESTOY FELIZ."]
    assert done.translated.text == texts[-1]
    assert done.recognized is not None
    assert done.recognized.text == "Hola. Estoy feliz."
    assert [cue.text for cue in done.target_cues] == done.take.text.split()
    assert done.target_cues[-1].end == pytest.approx(done.take.audio.duration)
    assert [wording.previous for wording in translator.wordings] == [(), (("Hola.", "es>fr HOLA."),)]


def test_what_has_no_end_is_translated_when_all_is_heard_or_it_grows_long() -> None:
    said = ("palabra " * 20).strip()
    cast, translator = sentences(Ear((said, said, said, "y fin"), "es"), ("es", "fr"))
    *_, done = translate_speech(LONG, "es", "fr", cast, Speaker(Mouth(), Marker(), VOICE))
    assert isinstance(done, Done)
    assert [len(wording.previous) for wording in translator.wordings] == [0, 1]
    assert done.translated.text.count("PALABRA") == 60
    assert done.translated.text.endswith("Y FIN")


def test_each_sentence_has_its_own_feeling() -> None:
    class Moody(Ear):
        def transcribe(self, clip: Audio, hearing: RecognitionOptions) -> Iterator[Segment]:
            yield Segment(0.0, 1.0, "Hola.", "es", emotion=Emotion("happy", 0.9))
            yield Segment(1.0, 4.0, "Adiós.", "es", emotion=Emotion("sad", 0.9))

    cast, _ = sentences(Moody(), ("es", "fr"), emotion_classifier=None)
    mouth = Mouth()
    list(translate_speech(LONG, None, "fr", cast, Speaker(mouth, Marker(), VOICE)))
    assert [line.style for line in mouth.lines] == [EMOTION_STYLES["happy"], EMOTION_STYLES["sad"]]


def test_a_route_by_ear_still_takes_the_whole_clip() -> None:
    ear = Ear(("こんにちは。", "元気です。"), "ja")
    cast, translator = sentences(ear, ("en", "es"))
    events = list(translate_speech(LONG, None, "es", cast, Speaker(Mouth(), Marker(), VOICE)))
    assert [event.text for event in events if isinstance(event, Translated)] == ["en>es HELLO. I AM HAPPY."]
    assert ear.asked[-1].translate_to_english
    assert len(translator.wordings) == 1


def test_first_words_in_another_language_do_not_mislead() -> None:
    class Mixed(Ear):
        def transcribe(self, clip: Audio, hearing: RecognitionOptions) -> Iterator[Segment]:
            yield Segment(0.0, 0.5, "OK.", "fr")  # the target: nothing to translate, so far
            yield Segment(0.5, 2.5, "Hola.", "es")
            yield Segment(2.5, 4.0, "Adiós.", "es")

    cast, _ = sentences(Mixed(), ("es", "fr"))
    *_, done = translate_speech(LONG, None, "fr", cast, Speaker(Mouth(), Marker(), VOICE))
    assert isinstance(done, Done)
    assert done.translated.text == "es>fr OK. es>fr HOLA. es>fr ADIÓS."


def test_reasons_are_the_same_sentence_by_sentence() -> None:
    speaker = Speaker(Mouth(), Marker(), VOICE)
    with pytest.raises(BadInput, match="already"):
        list(translate_speech(LONG, None, "es", sentences(Ear())[0], speaker))
    with pytest.raises(Unsupported, match="I lack es to fr"):
        list(translate_speech(LONG, None, "fr", sentences(Ear())[0], speaker))
    with pytest.raises(BadInput, match="No speech"):
        list(translate_speech(LONG, None, "fr", sentences(Ear(()))[0], speaker))


def test_closing_ends_the_hearing_too() -> None:
    ear = Ear(("Hola.",) * 2000)
    cast, _ = sentences(ear, ("es", "fr"))
    stages = translate_speech(Audio(np.zeros(1001 * 16_000, np.float32), 16_000), None, "fr", cast,
                       Speaker(Mouth(), Marker(), VOICE))  # fmt: skip
    for stage in stages:
        if isinstance(stage, SpeechPiece):
            break
    stages.close()
    assert ear.left == 1
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("ahead")]


def test_a_glossary_reaches_the_translator_or_is_refused() -> None:
    terms = (("casa", "logis"),)
    for incremental in (False, True):
        cast, translator = sentences(Ear(), ("es", "fr"), glossary=terms)
        list(
            translate_speech(
                CLIP, None, "fr", replace(cast, incremental=incremental), Speaker(Mouth(), Marker(), VOICE)
            )
        )
        assert {wording.glossary for wording in translator.wordings} == {terms}
        with pytest.raises(Unsupported, match="translated directly from speech"):
            list(
                translate_speech(
                    CLIP, None, "en", replace(cast, incremental=incremental), Speaker(Mouth(), Marker(), VOICE)
                )
            )


def test_a_fluent_translator_is_preferred_to_hearing_english() -> None:
    args = ear_spec("en", "es", "ja"), Shout(("es", "en"), ("en", "es")), mouth_spec("en", "es")
    found = directions(*args, fluent=True)
    assert found["es", "en"] == Route(via_recognizer=False, text_pair=("es", "en"))
    assert found["ja", "en"] == Route(via_recognizer=True, text_pair=None)
    assert directions(*args)["es", "en"] == Route(via_recognizer=True, text_pair=None)


def test_tags_that_the_voice_makes_stay_in_an_edited_translation() -> None:
    for tags, spoken in ((frozenset({"laughter"}), "Well [laughter] yes."), (frozenset[str](), "Well yes.")):
        mouth = Mouth()
        list(respeak("Well [laughter] [dance] yes.", "en", "neutral", Speaker(mouth, Marker(), VOICE, tags=tags)))
        assert [line.text for line in mouth.lines] == [spoken]


def test_a_translator_without_a_glossary_says_so() -> None:
    with pytest.raises(Unsupported, match="Apertium doesn't support 'glossary'"):
        list(
            translation.translate_speech(
                CLIP, None, "es", VOICE, selection.EngineChoice(translator="apertium"), "bank = orilla"
            )
        )
    with pytest.raises(Unsupported, match="Apertium doesn't support 'glossary'"):
        registry.TRANSLATORS["apertium"].load().translate("Hi.", "en", "es", TranslationContext((("a", "b"),)))


@pytest.mark.parametrize(
    ("written", "pairs"),
    [
        ("bank = orilla", (("bank", "orilla"),)),
        ("\n a b → c d\n\nx -> y \n e=>f", (("a b", "c d"), ("x", "y"), ("e", "f"))),
        ("a = b\na = c", (("a", "c"),)),
        ("  \n", ()),
    ],
)
def test_a_glossary_is_read(written: str, pairs: tuple[tuple[str, str], ...]) -> None:
    assert glossary.parse_glossary(written) == pairs


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("bank", "'bank' isn't a glossary entry"),
        ("a = b = c", "'a = b = c' isn't a glossary entry"),
        ("= b", "'= b' isn't a glossary entry"),
        ("x" * 101 + " = y", "isn't a glossary entry"),
        ("\n".join(f"t{n} = x" for n in range(101)), "101 terms; the limit is 100"),
    ],
)
def test_what_is_no_glossary_is_bad_input(written: str, message: str) -> None:
    with pytest.raises(BadInput, match=message):
        glossary.parse_glossary(written)


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("apertium") is None, reason="apertium is absent; `make system` brings it on Debian")
def test_real_engines_translate_speech() -> None:
    recognizer = next(iter(registry.RECOGNIZERS.values()))
    synthesizer = next(iter(registry.SYNTHESIZERS.values()))
    translator = registry.TRANSLATORS["apertium"].load()  # fresh: it asks the machine once which pairs it has
    voices = {voice.language: voice for voice in synthesizer.voices}
    mouth = loader.load(synthesizer)
    pieces = list(mouth.stream(SpeechRequest("I need a doctor. My house is very small.", "en", voices["en"])))
    clip = Audio(np.concatenate([piece.audio.samples for piece in pieces]), pieces[0].audio.rate)
    cast = TranslationSetup(
        loader.load(recognizer),
        loader.load(next(iter(registry.EMOTION_CLASSIFIERS.values()))),
        translator,
        directions(recognizer, translator, synthesizer),
    )
    speaker = Speaker(mouth, loader.load(next(iter(registry.WATERMARKERS.values()))), voices["es"])
    *_, done = translate_speech(clip, None, "es", cast, speaker)
    assert isinstance(done, Done)
    assert "doctor" in done.translated.text
    assert "casa" in done.translated.text
    assert done.take.audio.duration > 1
    assert speaker.watermarker.find(done.take.audio) >= 0.5
