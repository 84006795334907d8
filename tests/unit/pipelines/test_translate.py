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


class FakeRecognizer:
    """Recognizer of given texts in a language, or of a fixed text if English is requested."""

    def __init__(self, texts: tuple[str, ...] = ("Hola.", "Estoy feliz."), language: str = "es") -> None:
        self.texts, self.language = texts, language
        self.requests: list[RecognitionOptions] = []
        self.num_closed = 0  # iterations that ended early

    def transcribe(self, clip: Audio, options: RecognitionOptions) -> Iterator[Segment]:
        self.requests.append(options)
        if options.translate_to_english:
            yield Segment(0.0, 1.0, "Hello. I am happy.", "en")
            return
        try:
            for number, text in enumerate(self.texts):
                yield Segment(number * 0.5, number * 0.5 + 0.5, text, self.language)
        except GeneratorExit:
            self.num_closed += 1
            raise


class FakeEmotionClassifier:
    def __init__(self, emotion: Emotion) -> None:
        self.emotion = emotion

    def classify(self, text: str, language: str, clip: Audio, baseline: Prosody | None = None) -> Emotion:
        return self.emotion


class UppercaseTranslator:
    """Translator into capitals, with the direction in front."""

    def __init__(self, *pairs: tuple[str, str]) -> None:
        self.pairs = frozenset(pairs)
        self.contexts: list[TranslationContext] = []

    def directions(self) -> frozenset[tuple[str, str]]:
        return self.pairs

    def translate(self, text: str, source: str, target: str, context: TranslationContext = NO_CONTEXT) -> str:
        if (source, target) not in self.pairs:
            raise Unsupported(f"I lack {source} to {target}.")
        self.contexts.append(context)
        return f"{source}>{target} {text.upper()}"


class FakeSynthesizer:
    """Synthesizer with one chunk of a tenth of a second for each word."""

    def __init__(self) -> None:
        self.lines: list[SpeechRequest] = []

    def stream(self, line: SpeechRequest) -> Iterator[SpeechChunk]:
        self.lines.append(line)
        for word in line.text.split():
            yield SpeechChunk(Audio(np.full(2_400, 0.1, np.float32), 24_000), word)


class FakeWatermarker:
    def mark(self, audio: Audio) -> Audio:
        return Audio(audio.samples * np.float32(2), audio.rate)

    def find(self, audio: Audio) -> float:
        return 1.0


def recognizer_spec(*languages: str, english: bool = True) -> EngineSpec[Recognizer]:
    capabilities = frozenset({"to-english"}) if english else frozenset()
    return EngineSpec("recognizer", "Recognizer", "lite", frozenset(languages), "", "", FakeRecognizer, capabilities)


def synthesizer_spec(*languages: str) -> EngineSpec[Synthesizer]:
    return EngineSpec("synthesizer", "FakeSynthesizer", "lite", frozenset(languages), "", "", FakeSynthesizer)


def make_setup(recognizer: FakeRecognizer, emotion: Emotion, *pairs: tuple[str, str]) -> TranslationSetup:
    translator = UppercaseTranslator(*pairs)
    routes = directions(recognizer_spec("en", "es", "ja"), translator, synthesizer_spec("en", "es", "fr"))
    return TranslationSetup(recognizer, FakeEmotionClassifier(emotion), translator, routes)


CALM = Emotion("neutral", 0.6)
GLAD = Emotion("happy", 0.7)


def test_each_direction_has_route_or_reason() -> None:
    found = directions(
        recognizer_spec("en", "es", "ja"),
        UppercaseTranslator(("en", "es"), ("es", "fr")),
        synthesizer_spec("en", "es", "fr"),
    )
    assert set(found) == {(a, b) for a in LANGUAGES for b in LANGUAGES if a != b}
    assert found["es", "en"] == Route(via_recognizer=True, text_pair=None)
    assert found["en", "es"] == Route(via_recognizer=False, text_pair=("en", "es"))
    assert found["es", "fr"] == Route(via_recognizer=False, text_pair=("es", "fr"))
    assert found["ja", "es"] == Route(via_recognizer=True, text_pair=("en", "es"))
    assert found["en", "fr"] == "I lack en to fr."
    assert "doesn't speak Japanese" in str(found["en", "ja"])
    assert "doesn't recognize German" in str(found["de", "en"])


def test_routes_without_translating_recognizer() -> None:
    found = directions(
        recognizer_spec("es", "ja", english=False), UppercaseTranslator(("es", "en")), synthesizer_spec("en", "es")
    )
    assert found["es", "en"] == Route(via_recognizer=False, text_pair=("es", "en"))
    assert isinstance(found["ja", "en"], str)


def test_events_come_in_order() -> None:
    synthesizer = FakeSynthesizer()
    setup = make_setup(FakeRecognizer(), GLAD, ("es", "fr"))
    recognized, translated, *pieces, done = translate_speech(
        CLIP, None, "fr", setup, Speaker(synthesizer, FakeWatermarker(), VOICE)
    )
    assert isinstance(recognized, Recognized)
    assert (recognized.text, recognized.language, recognized.emotion) == ("Hola. Estoy feliz.", "es", GLAD)
    assert translated == Translated("es>fr HOLA. ESTOY FELIZ.", "fr")
    assert all(isinstance(piece, SpeechPiece) for piece in pieces)
    assert isinstance(done, Done)
    assert done.take.text == "es fr HOLA. ESTOY FELIZ."  # > is not spoken
    assert done.source_cues == recognized.cues
    assert [cue.text for cue in done.target_cues] == done.take.text.split()
    assert done.target_cues[-1].end == pytest.approx(done.take.audio.duration)
    assert [cue.start for cue in done.target_cues[1:]] == [cue.end for cue in done.target_cues[:-1]]
    assert done.take.audio.samples.max() == pytest.approx(0.2)  # the mark


def test_progress_is_reported_and_can_be_cancelled() -> None:
    recognizer = FakeRecognizer(("Uno.", "Dos.", "Tres.", "Cuatro.", "Cinco.", "Seis."))
    clip = Audio(np.zeros(3 * 16_000, np.float32), 16_000)
    events = translate_speech(
        clip,
        "es",
        "en",
        make_setup(recognizer, Emotion("neutral", 0.9)),
        Speaker(FakeSynthesizer(), FakeWatermarker(), VOICE),
    )
    first = Progress("Uno.", 0.5, (Segment(0.0, 0.5, "Uno.", "es"),))
    assert next(events) == first
    second = next(events)
    assert isinstance(second, Progress)
    assert (second.text, second.seconds, len(second.cues)) == ("Uno. Dos.", 1.0, 2)
    assert [type(event) for event in events][:3] == [Progress, Recognized, Progress]  # then once more, in English
    again = translate_speech(
        clip,
        "es",
        "en",
        make_setup(recognizer, Emotion("neutral", 0.9)),
        Speaker(FakeSynthesizer(), FakeWatermarker(), VOICE),
    )
    next(again)
    again.close()
    assert recognizer.num_closed == 1


def test_emotion_determines_style() -> None:
    for emotion, style in ((GLAD, EMOTION_STYLES["happy"]), (CALM, EMOTION_STYLES["neutral"])):
        synthesizer = FakeSynthesizer()
        list(
            translate_speech(
                CLIP, None, "en", make_setup(FakeRecognizer(), emotion), Speaker(synthesizer, FakeWatermarker(), VOICE)
            )
        )
        assert synthesizer.lines[0].style == style


def test_uncertain_emotion_is_ignored() -> None:
    synthesizer = FakeSynthesizer()
    doubtful = make_setup(FakeRecognizer(), Emotion("angry", 0.4))
    list(translate_speech(CLIP, None, "en", doubtful, Speaker(synthesizer, FakeWatermarker(), VOICE)))
    assert synthesizer.lines[0].style == EMOTION_STYLES["neutral"]


def test_chosen_style_takes_precedence() -> None:
    synthesizer, slow = FakeSynthesizer(), Style(rate=0.7)
    list(
        translate_speech(
            CLIP,
            None,
            "en",
            make_setup(FakeRecognizer(), GLAD),
            Speaker(synthesizer, FakeWatermarker(), VOICE, slow, seed=7),
        )
    )
    assert (synthesizer.lines[0].style, synthesizer.lines[0].seed) == (slow, 7)


def test_english_comes_from_recognizer() -> None:
    recognizer = FakeRecognizer()
    _, translated, *_ = translate_speech(
        CLIP, "es", "en", make_setup(recognizer, CALM), Speaker(FakeSynthesizer(), FakeWatermarker(), VOICE)
    )
    assert translated == Translated("Hello. I am happy.", "en")
    assert recognizer.requests == [
        RecognitionOptions(language="es"),
        RecognitionOptions(language="es", translate_to_english=True),
    ]


def test_route_through_english() -> None:
    recognizer = FakeRecognizer(("こんにちは。",), "ja")
    setup = make_setup(recognizer, CALM, ("en", "es"))
    _, translated, *_ = translate_speech(CLIP, None, "es", setup, Speaker(FakeSynthesizer(), FakeWatermarker(), VOICE))
    assert translated == Translated("en>es HELLO. I AM HAPPY.", "es")


def test_missing_route_is_raised_after_recognition() -> None:
    stages = translate_speech(
        CLIP, None, "fr", make_setup(FakeRecognizer(), CALM), Speaker(FakeSynthesizer(), FakeWatermarker(), VOICE)
    )
    assert isinstance(next(stages), Recognized)
    with pytest.raises(Unsupported, match="I lack es to fr"):
        next(stages)


def test_same_language_and_silence_are_refused() -> None:
    speaker = Speaker(FakeSynthesizer(), FakeWatermarker(), VOICE)
    with pytest.raises(BadInput, match="already"):
        list(translate_speech(CLIP, None, "es", make_setup(FakeRecognizer(), CALM), speaker))
    with pytest.raises(BadInput, match=r"No speech.*1\.0 s"):
        list(translate_speech(CLIP, None, "en", make_setup(FakeRecognizer(()), CALM), speaker))


def test_edited_translation_is_spoken() -> None:
    synthesizer = FakeSynthesizer()
    *pieces, done = respeak("Better **words**.", "en", "sad", Speaker(synthesizer, FakeWatermarker(), VOICE))
    assert len(pieces) == 2
    assert isinstance(done, Done)
    assert (done.recognized, done.source_cues) == (None, ())
    assert done.take.text == "Better words."
    assert synthesizer.lines[0].style == EMOTION_STYLES["sad"]


def test_closing_stops_speaking() -> None:
    class EndlessSynthesizer(FakeSynthesizer):
        closed = False

        def stream(self, line: SpeechRequest) -> Iterator[SpeechChunk]:
            try:
                while True:
                    yield SpeechChunk(CLIP, "on")
            finally:
                EndlessSynthesizer.closed = True

    stages = translate_speech(
        CLIP, None, "en", make_setup(FakeRecognizer(), CALM), Speaker(EndlessSynthesizer(), FakeWatermarker(), VOICE)
    )
    for stage in stages:
        if isinstance(stage, SpeechPiece):
            break
    stages.close()
    assert EndlessSynthesizer.closed


def make_incremental_setup(
    recognizer: FakeRecognizer, *pairs: tuple[str, str], **options: Any
) -> tuple[TranslationSetup, UppercaseTranslator]:
    """Return a setup with an incremental translator, and the translator."""
    setup = make_setup(recognizer, CALM, *pairs)
    return replace(setup, incremental_pairs=frozenset(pairs), **options), setup.translator  # type: ignore[return-value]


LONG = Audio(np.zeros(4 * 16_000, np.float32), 16_000)


def test_sentences_are_spoken_during_recognition() -> None:
    first_spoken = threading.Event()

    class WaitingRecognizer(FakeRecognizer):
        def transcribe(self, clip: Audio, options: RecognitionOptions) -> Iterator[Segment]:
            yield Segment(0.0, 1.0, "Hola.", "es")
            assert first_spoken.wait(180)  # the second sentence is recognized after the first is spoken
            yield Segment(1.0, 2.0, "Estoy", "es")
            yield Segment(2.0, 4.0, "feliz.", "es")

    setup, translator = make_incremental_setup(WaitingRecognizer(), ("es", "fr"))
    kinds, texts = [], []
    for event in translate_speech(LONG, None, "fr", setup, Speaker(FakeSynthesizer(), FakeWatermarker(), VOICE)):
        kinds.append(type(event).__name__)
        if isinstance(event, SpeechPiece):
            first_spoken.set()
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
    assert [context.previous for context in translator.contexts] == [(), (("Hola.", "es>fr HOLA."),)]


def test_unfinished_sentence_is_translated_at_end_or_maximum() -> None:
    text = ("palabra " * 20).strip()
    setup, translator = make_incremental_setup(FakeRecognizer((text, text, text, "y fin"), "es"), ("es", "fr"))
    *_, done = translate_speech(LONG, "es", "fr", setup, Speaker(FakeSynthesizer(), FakeWatermarker(), VOICE))
    assert isinstance(done, Done)
    assert [len(context.previous) for context in translator.contexts] == [0, 1]
    assert done.translated.text.count("PALABRA") == 60
    assert done.translated.text.endswith("Y FIN")


def test_each_sentence_has_its_own_emotion() -> None:
    class MoodyRecognizer(FakeRecognizer):
        def transcribe(self, clip: Audio, options: RecognitionOptions) -> Iterator[Segment]:
            yield Segment(0.0, 1.0, "Hola.", "es", emotion=Emotion("happy", 0.9))
            yield Segment(1.0, 4.0, "Adiós.", "es", emotion=Emotion("sad", 0.9))

    setup, _ = make_incremental_setup(MoodyRecognizer(), ("es", "fr"), emotion_classifier=None)
    synthesizer = FakeSynthesizer()
    list(translate_speech(LONG, None, "fr", setup, Speaker(synthesizer, FakeWatermarker(), VOICE)))
    assert [line.style for line in synthesizer.lines] == [EMOTION_STYLES["happy"], EMOTION_STYLES["sad"]]


def test_route_through_recognizer_takes_whole_clip() -> None:
    recognizer = FakeRecognizer(("こんにちは。", "元気です。"), "ja")
    setup, translator = make_incremental_setup(recognizer, ("en", "es"))
    events = list(translate_speech(LONG, None, "es", setup, Speaker(FakeSynthesizer(), FakeWatermarker(), VOICE)))
    assert [event.text for event in events if isinstance(event, Translated)] == ["en>es HELLO. I AM HAPPY."]
    assert recognizer.requests[-1].translate_to_english
    assert len(translator.contexts) == 1


def test_first_words_in_other_language_are_translated_later() -> None:
    class BilingualRecognizer(FakeRecognizer):
        def transcribe(self, clip: Audio, options: RecognitionOptions) -> Iterator[Segment]:
            yield Segment(0.0, 0.5, "OK.", "fr")  # the target language, so nothing is translated yet
            yield Segment(0.5, 2.5, "Hola.", "es")
            yield Segment(2.5, 4.0, "Adiós.", "es")

    setup, _ = make_incremental_setup(BilingualRecognizer(), ("es", "fr"))
    *_, done = translate_speech(LONG, None, "fr", setup, Speaker(FakeSynthesizer(), FakeWatermarker(), VOICE))
    assert isinstance(done, Done)
    assert done.translated.text == "es>fr OK. es>fr HOLA. es>fr ADIÓS."


def test_incremental_translation_has_same_errors() -> None:
    speaker = Speaker(FakeSynthesizer(), FakeWatermarker(), VOICE)
    with pytest.raises(BadInput, match="already"):
        list(translate_speech(LONG, None, "es", make_incremental_setup(FakeRecognizer())[0], speaker))
    with pytest.raises(Unsupported, match="I lack es to fr"):
        list(translate_speech(LONG, None, "fr", make_incremental_setup(FakeRecognizer())[0], speaker))
    with pytest.raises(BadInput, match="No speech"):
        list(translate_speech(LONG, None, "fr", make_incremental_setup(FakeRecognizer(()))[0], speaker))


def test_closing_ends_recognition() -> None:
    recognizer = FakeRecognizer(("Hola.",) * 2000)
    setup, _ = make_incremental_setup(recognizer, ("es", "fr"))
    stages = translate_speech(Audio(np.zeros(1001 * 16_000, np.float32), 16_000), None, "fr", setup,
                       Speaker(FakeSynthesizer(), FakeWatermarker(), VOICE))  # fmt: skip
    for stage in stages:
        if isinstance(stage, SpeechPiece):
            break
    stages.close()
    assert recognizer.num_closed == 1
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("ahead")]


def test_glossary_is_used_or_refused() -> None:
    terms = (("casa", "logis"),)
    for incremental in (False, True):
        setup, translator = make_incremental_setup(FakeRecognizer(), ("es", "fr"), glossary=terms)
        list(
            translate_speech(
                CLIP,
                None,
                "fr",
                replace(setup, incremental_pairs=setup.incremental_pairs if incremental else frozenset()),
                Speaker(FakeSynthesizer(), FakeWatermarker(), VOICE),
            )
        )
        assert {context.glossary for context in translator.contexts} == {terms}
        with pytest.raises(Unsupported, match="translated directly from speech"):
            list(
                translate_speech(
                    CLIP,
                    None,
                    "en",
                    replace(setup, incremental_pairs=setup.incremental_pairs if incremental else frozenset()),
                    Speaker(FakeSynthesizer(), FakeWatermarker(), VOICE),
                )
            )


def test_fluent_translator_is_preferred_to_recognizer() -> None:
    args = (
        recognizer_spec("en", "es", "ja"),
        UppercaseTranslator(("es", "en"), ("en", "es")),
        synthesizer_spec("en", "es"),
    )
    found = directions(*args, fluent_pairs={("es", "en")})
    assert found["es", "en"] == Route(via_recognizer=False, text_pair=("es", "en"))
    assert found["ja", "en"] == Route(via_recognizer=True, text_pair=None)
    assert directions(*args)["es", "en"] == Route(via_recognizer=True, text_pair=None)


def test_supported_tags_stay_in_edited_translation() -> None:
    for tags, spoken in ((frozenset({"laughter"}), "Well [laughter] yes."), (frozenset[str](), "Well yes.")):
        synthesizer = FakeSynthesizer()
        list(
            respeak(
                "Well [laughter] [dance] yes.",
                "en",
                "neutral",
                Speaker(synthesizer, FakeWatermarker(), VOICE, tags=tags),
            )
        )
        assert [line.text for line in synthesizer.lines] == [spoken]


def test_translator_without_glossary_refuses_one() -> None:
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
def test_glossary_is_parsed(written: str, pairs: tuple[tuple[str, str], ...]) -> None:
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
def test_invalid_glossary_is_refused(written: str, message: str) -> None:
    with pytest.raises(BadInput, match=message):
        glossary.parse_glossary(written)


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("apertium") is None, reason="apertium is absent; `make system` brings it on Debian")
def test_real_engines_translate_speech() -> None:
    recognition_spec = next(iter(registry.RECOGNIZERS.values()))
    synthesis_spec = next(iter(registry.SYNTHESIZERS.values()))
    translator = registry.TRANSLATORS["apertium"].load()  # fresh: it asks the machine once which pairs it has
    voices = {voice.language: voice for voice in synthesis_spec.voices}
    synthesizer = loader.load(synthesis_spec)
    pieces = list(synthesizer.stream(SpeechRequest("I need a doctor. My house is very small.", "en", voices["en"])))
    clip = Audio(np.concatenate([piece.audio.samples for piece in pieces]), pieces[0].audio.rate)
    setup = TranslationSetup(
        loader.load(recognition_spec),
        loader.load(next(iter(registry.EMOTION_CLASSIFIERS.values()))),
        translator,
        directions(recognition_spec, translator, synthesis_spec),
    )
    speaker = Speaker(synthesizer, loader.load(next(iter(registry.WATERMARKERS.values()))), voices["es"])
    *_, done = translate_speech(clip, None, "es", setup, speaker)
    assert isinstance(done, Done)
    assert "doctor" in done.translated.text
    assert "casa" in done.translated.text
    assert done.take.audio.duration > 1
    assert speaker.watermarker.find(done.take.audio) >= 0.5
