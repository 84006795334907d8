"""Chat and Translate with whoever is chosen to hear, answer, translate and speak: scripted, and tiny and random."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from gradio.context import LocalContext
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError

from funaudio_core import audio, settings
from funaudio_core.engines import loader, preload, registry, selection, voice_catalog
from funaudio_core.engines.loader import Loading
from funaudio_core.engines.protocols import AllPairs
from funaudio_core.engines.selection import Cast
from funaudio_core.engines.spec import Spec
from funaudio_core.errors import BadInput
from funaudio_core.labels import EMOTIONS
from funaudio_core.pipelines import translate as translating
from funaudio_core.pipelines.chat import Done, Wrote
from funaudio_core.pipelines.stages import TAGS, Heard, Listening, Said
from funaudio_core.pipelines.synthesize import join
from funaudio_core.pipelines.translate import Translated
from funaudio_core.tasks import translation as translation_tasks
from funaudio_core.types import Audio, Delivery, Emotion, Segment, Spoken, Turn, Voice
from server import admission
from server.params import AUTO
from tabs import chat, translate
from tabs.components import chat_history, engine_picker, language_pairs
from tabs.components.conversation import Talk, exchange
from tests.conftest import example

RATE = 24_000
SOFTLY = Delivery("sad", "softly and slowly")
CUES = (Segment(0.0, 2.0, "Hola.", "es"), Segment(2.0, 5.0, "Adiós.", "es"))
HEARD = Heard("Hola. Adiós.", "es", Emotion("happy", 0.9), CUES, ("laughter",))
TITLES = {"qwen-chat": "Qwen3-4B-Instruct-2507", "sensevoice-small": "SenseVoiceSmall"}


pytestmark = pytest.mark.usefixtures("full_tier")


def _piece(text: str) -> Spoken:
    return Spoken(Audio(np.full(RATE, 0.1, np.float32), RATE), text)


def _reply(language: str, *deltas: str, delivery: Delivery | None = None) -> Iterator[Any]:
    """The events of a reply that is spoken in one piece."""
    for delta in deltas:
        yield Wrote(delta, delivery)
    text = "".join(deltas)
    yield Said(_piece(text))
    turns = Turn("user", "Hi."), Turn("assistant", text, delivery=delivery)
    yield Done(turns, join([_piece(text)], 0.1, 1.0, 0), 0.1, 0.2, 0.3, language)


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("Oh no. [sigh] I am sorry.", f"Oh no. {chat_history.MARKS['sigh']} I am sorry."),
        ("哈哈[laughter]真好。", f"哈哈{chat_history.MARKS['laughter']}真好。"),
        ("Well [lau", "Well"),  # still being written
        ("Well [giggles]*then*.", r"Well \*then\*."),
        ("Call f(x) with 2*3 ~ 6.", r"Call f(x) with 2\*3 \~ 6."),
    ],
)
def test_a_reply_shows_marks_and_never_tags(written: str, shown: str) -> None:
    assert chat_history.reply(written) == shown


def test_every_tag_has_its_mark() -> None:
    assert set(chat_history.MARKS) == set(TAGS)


def test_notes_tell_feeling_sounds_delivery_and_another_language() -> None:
    turn = Turn("user", "I *won* [x]!", Emotion("happy", 0.9, basis="tags"), ("laughter", "applause"))
    assert chat_history.heard(turn) == "I \\*won\\* \\[x\\]!\n\n*😊 happy 90% (tags) · 😀 laughter · 👏 applause*"
    assert chat_history.heard(Turn("user", "Hi.")) == "Hi."
    assert chat_history.manner(SOFTLY) == f"{EMOTIONS['sad'].mark} sad: softly and slowly"
    assert chat_history.manner(Delivery("neutral", "<b>*")) == f"{EMOTIONS['neutral'].mark} neutral: \\<b\\>\\*"
    assert chat_history.manner(None) == ""
    assert chat_history.spoken_in("en", "en") == ""
    assert chat_history.spoken_in("zh", "en") == "Chinese · 中文"


def test_an_interrupted_reply_keeps_how_it_was_spoken_and_the_turn_what_was_heard() -> None:
    clip = Audio(np.zeros(RATE, np.float32), RATE)
    events = iter([HEARD, *_reply("es", "[sigh] Qué ", "pena.", delivery=SOFTLY)])
    steps = list(exchange(events, Talk(), "kokoro", "said.wav", clip))
    user, broken_off = steps[1][1].turns  # after the first delta
    assert user == Turn("user", HEARD.text, HEARD.emotion, ("laughter",))
    assert broken_off == Turn("assistant", "[sigh] Qué", delivery=SOFTLY)
    assert steps[1][0][-1]["content"] == f"{chat_history.MARKS['sigh']} Qué\n\n*{chat_history.manner(SOFTLY)}*"
    history, talk, *_, status, _ = steps[-1]
    assert talk.language == "es"
    assert talk.turns[-1].delivery == SOFTLY
    assert "softly and slowly · Spanish · Español · first sound after" in history[-2]["content"]
    assert status.endswith("spoken by Kokoro-82M (int8)")


def test_a_reply_in_the_usual_language_names_none() -> None:
    *_, last = exchange(_reply("en", "Well done."), Talk(), "kokoro")
    assert last[0][0]["content"] == "Well done.\n\n*first sound after 0.2 s*"


@pytest.mark.parametrize(
    ("companion", "engine", "before", "language"),
    [
        ("qwen-chat", "cosyvoice3", "zh", "zh"),
        ("qwen-chat", "kokoro", "ko", "en"),  # which Kokoro doesn't speak
        ("smollm2-135m", "kokoro", "zh", "en"),
    ],
)
def test_the_conversation_keeps_its_language_where_it_can(
    companion: str, engine: str, before: str, language: str
) -> None:
    assert chat.usual(before, Cast(companion=companion, synthesizer=engine)) == language


def test_without_a_common_language_there_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(voice_catalog, "answered", lambda _by: frozenset())
    with pytest.raises(BadInput, match=r"SmolLM2.* writes no language that Kokoro"):
        chat.usual("en", Cast(companion="smollm2-135m", synthesizer="kokoro"))


def test_the_chat_page_follows_who_is_chosen() -> None:
    voices, models, claim = chat.on_cast("kokoro", "smollm2-135m", "whisper-base", "")
    assert voices.value == "af_heart"
    assert re.findall("SmolLM2|Whisper|Kokoro", models) == ["Kokoro", "SmolLM2", "Whisper"]
    other = chat.on_cast("cosyvoice3", "qwen-chat", "sensevoice-small", "")
    assert all(title in other[1] for title in TITLES.values())
    assert other[2] != claim
    more = [name for _, name in chat.on_cast("kokoro", "qwen-chat", "whisper-base", "ef_dora")[0].choices]
    ids = [name for _, name in voices.choices]
    assert more[: len(ids)] == ids  # of English, in which the small one answers
    assert "ef_dora" in more
    assert "ef_dora" not in ids
    with pytest.raises(Exception, match="No engine is called 'parrot'"):
        chat.on_cast("kokoro", "parrot", "whisper-base", "")


def _speaks(monkeypatch: pytest.MonkeyPatch, **asked: Any) -> None:
    """Let the tasks behind the page be scripted; what they are asked goes into `asked`."""

    def answer(conversation: Any, voice: Voice, by: Cast) -> Iterator[Any]:
        asked.get("told", []).append((conversation, by))
        return _reply(conversation.language, "One. ", "Two. ", "Three.")

    def prepare(*specs: Spec[Any]) -> Iterator[Loading]:
        return (Loading(spec.title, 1_000_000, 2_000_000) for spec in specs)

    monkeypatch.setattr(chat, "answer", answer)
    monkeypatch.setattr(preload, "prepare", prepare)


def test_typed_words_are_answered_in_their_language_by_the_chosen_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[Any] = []
    _speaks(monkeypatch, told=told)
    voice = ("cosyvoice3", "en_neutral", None, "", False, "qwen-chat")
    *steps, last = chat.on_text("我今天很难过，因为我的狗走丢了。", Talk(), "Kind.", *voice)
    [(conversation, by)] = told
    assert (by.companion, by.synthesizer) == ("qwen-chat", "cosyvoice3")
    assert conversation.language == last[1].language == "zh"
    assert [turn.role for turn in conversation.turns] == ["user"]
    statuses = [values[chat.STATUS] for values in steps]
    assert "Downloading Qwen3-4B-Instruct-2507: 1 of 2 MB, this first time only…" in statuses
    assert statuses.index("Thinking…") == 2  # after both were loaded
    list(chat.on_text("Ok.", last[1], "Kind.", *voice))  # too short to tell
    assert told[1][0].language == "zh"
    list(chat.on_text("Ok.", last[1], "Kind.", "kokoro", "af_heart", None, "", False, "smollm2-135m"))
    assert told[2][0].language == "en"


def test_whoever_speaks_up_does_not_wait_for_themselves(monkeypatch: pytest.MonkeyPatch) -> None:
    """With one place in all, the reply that is under way gives it up."""
    _speaks(monkeypatch)
    monkeypatch.setenv("FUNAUDIO_PLACES", "1")
    settings.read.cache_clear()
    admission.places.cache_clear()
    order = (Talk(), "Kind.", "kokoro", "af_heart", None, "", False, "smollm2-135m")
    ann = SimpleNamespace(session_hash="ann", username=None, headers={}, client=None)
    token = LocalContext.request.set(ann)  # type: ignore[arg-type]
    try:
        before, now = chat.on_text("Tell me a story.", *order), chat.on_text("No, wait.", *order)
        while next(before)[chat.STATUS] != "Speaking…":
            pass
        assert next(now)[chat.STATUS].startswith("Waiting in line")
        assert list(before) == []
        assert [*now][-1][chat.STATUS].endswith("spoken by Kokoro-82M (int8)")
    finally:
        LocalContext.request.reset(token)
        admission.places.cache_clear()


@pytest.mark.parametrize(
    ("ear", "auto", "spoken", "unspoken"),
    [
        ("sensevoice-small", True, "yue", "es"),
        ("whisper-base", True, "es", ""),
        ("fun-asr-mlt-nano", False, "hi", "fr"),
    ],
)
def test_sources_are_what_the_ear_hears(ear: str, auto: bool, spoken: str, unspoken: str) -> None:
    codes = [code for _, code in language_pairs.sources(Cast(recognizer=ear))]
    assert (AUTO in codes) == auto
    assert spoken in codes
    assert unspoken not in codes


def test_directions_follow_the_engines_and_load_none_of_them() -> None:
    qwen = Cast("whisper-base", "qwen-translate", synthesizer="cosyvoice3")
    reached = {code for _, code in language_pairs.reachable("en", qwen)}
    assert reached == registry.SYNTHESIZERS["cosyvoice3"].languages - {"en"}
    assert language_pairs.missing("en", qwen) == ""
    assert loader.loaded(registry.TRANSLATORS["qwen-translate"]) is None
    told = language_pairs.missing("en", Cast("whisper-base", "apertium", synthesizer="cosyvoice3"))
    assert "Apertium does not translate from English to Chinese" in told
    deaf = language_pairs.missing("es", Cast("sensevoice-small", "qwen-translate", synthesizer="kokoro"))
    assert deaf.count("SenseVoiceSmall does not understand Spanish") == 1  # each reason once
    assert language_pairs.reachable("es", Cast("sensevoice-small", "qwen-translate", synthesizer="kokoro")) == []


def test_a_translator_that_was_not_loaded_refuses_as_a_loaded_one() -> None:
    found = translating.directions(
        registry.RECOGNIZERS["whisper-base"],
        AllPairs("Somebody", frozenset({"en", "es"})),
        registry.SYNTHESIZERS["cosyvoice3"],
        fluent=True,
    )
    assert found["en", "es"] == translating.Route(by_ear=False, text=("en", "es"))
    assert found["es", "de"] == "Somebody does not translate from Spanish · Español to German · Deutsch."


def test_the_translate_page_follows_who_is_chosen() -> None:
    order = ("cosyvoice3", "qwen-translate", "sensevoice-small", "es", "hi")
    source, target, _, models, claim, glossary = translate.on_cast(*order)
    assert (source.value, target.value) == (AUTO, "en")  # the ear knows no Spanish, the voice no Hindi
    assert all(title in models for title in TITLES.values())
    assert glossary.interactive
    *_, models, other, plain = translate.on_cast("kokoro", "apertium", "whisper-base", "es", "en")
    assert other != claim
    assert "Apertium" in models
    assert not plain.interactive
    assert plain.info != glossary.info


def test_a_glossary_goes_only_to_a_translator_that_keeps_to_it(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[Cast, str]] = []

    def interpret(*asked: Any) -> Iterator[Any]:
        told.append(asked[-2:])
        return iter(())

    monkeypatch.setattr(translation_tasks, "interpret", interpret)
    monkeypatch.setattr(preload, "prepare", lambda *specs: (Loading(spec.title, 2, 2) for spec in specs))
    clip = str(example("en").path)
    for translator, terms in (("qwen-translate", "bank = orilla"), ("apertium", "")):
        order = ("en", "es", False, "kokoro", translator, "whisper-base", "bank = orilla")
        loaded = [values[0] for values in translate.on_translate(clip, *order)][1:]
        assert len(loaded) == 3
        by, glossary = told[-1]
        assert (by, glossary) == (Cast("whisper-base", translator, synthesizer="kokoro"), terms)


def test_a_translation_grows_and_is_heard_before_all_is_understood(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chat, "feel", lambda *_: Emotion("happy", 0.8))
    first, second = _piece("Hello."), _piece("Goodbye.")
    whole = Translated("Hello. Goodbye.", "en")
    take = join([first, second], 0.1, 1.0, 0)
    events: list[translation_tasks.Translating] = [
        Listening("Hola.", 2.0, CUES[:1]),
        Translated("Hello.", "en"),
        Said(first),
        HEARD,
        whole,
        Said(second),
        translating.Done(HEARD, whole, CUES, (), take, 4.0),
    ]
    last = translate.Last("en", voice_catalog.preset("", "kokoro"), Cast(synthesizer="kokoro"))
    steps = list(translate._show(iter(events), last, "said.wav", 5.0))
    assert {len(values) for values in steps} == {translate.WIDTH}
    statuses = [values[translate.STATUS] for values in steps if isinstance(values[translate.STATUS], str)]
    assert statuses[:4] == ["Heard 2 of 5 s…", "Translating while listening…", "Translating…", "Speaking…"]
    assert statuses[4].startswith("Done in 4.0 s; spoken by Kokoro")
    assert [values[3] for values in steps if isinstance(values[3], str)] == ["Hello.", "Hello. Goodbye."]
    kept = [values[-1] for values in steps if isinstance(values[-1], translate.Last)]
    assert [each.emotion.label for each in kept] == ["neutral", "happy", "happy"]
    source, target = (Path(steps[-1][place].value["path"]).read_text() for place in (7, 8))
    assert "Hola." in source
    assert "00:00:05,000" in source
    assert "Hello." in target
    assert "Goodbye." in target


def test_the_lite_tier_alone_has_nothing_to_choose(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FUNAUDIO_TIER", "lite")
    settings.read.cache_clear()
    assert not engine_picker.choice(
        engine_picker.recognizers(), selection.translators(), selection.companions(), selection.synthesizers()
    )
    monkeypatch.setenv("FUNAUDIO_TIER", "full")
    settings.read.cache_clear()
    assert engine_picker.choice(selection.companions())
    assert next(iter(engine_picker.recognizers())) == selection.recognizer().name


@pytest.fixture(scope="module")
def client(minds_site: str) -> Client:
    return Client(minds_site, verbose=False)


def _sounds(path: str) -> None:
    take = audio.load(Path(path))
    assert take.rate == RATE
    assert np.abs(take.samples).max() > 1e-3


def test_a_language_model_answers_in_the_language_of_the_words(client: Client) -> None:
    order = ("我今天很难过。", "You are kind.", "zh_happy", "cosyvoice3", "qwen-chat")
    path, reply, facts = client.predict(*order, api_name="/chat")
    _sounds(path)
    assert facts["language"] == "zh"
    assert facts["emotion"] == "sad"
    assert not re.search(r"<\||Style:", reply)


def test_a_language_model_translates_what_the_chosen_ear_heard(client: Client) -> None:
    order = ("en", "es", False, "cosyvoice3", "qwen-translate", "whisper-base", "biblioteca = archive")
    try:
        path, heard, translation, facts = client.predict(handle_file(example("es").path), *order, api_name="/translate")
    except AppError as refused:  # random words are hardly ever a translation
        assert re.search("Qwen3-4B-Instruct-2507 did not translate", str(refused))  # noqa: PT017
        return
    _sounds(path)
    assert "biblioteca" in heard
    assert facts["translator"] == "Qwen3-4B-Instruct-2507"
    assert facts["recognizer"] == "Whisper base (int8)"
    assert translation.split()[-1].rstrip(".") in facts["target_srt"]


def test_another_ear_on_both_pages(client: Client) -> None:
    """Random weights hear something, in one of their five languages."""
    order = ("en", "zh", False, "cosyvoice3", "apertium", "sensevoice-small")
    with pytest.raises(AppError, match="Apertium does not translate from Chinese · 中文 to English"):
        client.predict(handle_file(example("en").path), *order, api_name="/translate")
    with pytest.raises(AppError, match=r"SenseVoiceSmall does not understand Spanish.*Whisper base"):
        client.predict(handle_file(example("es").path), "en", "es", api_name="/translate")


WRONG: dict[str, tuple[str, tuple[Any, ...], str]] = {
    "no such companion": ("/chat", ("Hi.", "", "", "kokoro", "parrot"), "No engine is called 'parrot'.*qwen-chat"),
    "a language that it doesn't write": (
        "/chat",
        ("Hi.", "", "", "kokoro", "smollm2-135m", "zh"),
        r"SmolLM2-135M-Instruct \(int8\) \+ Kokoro.* does not do Chinese.*English",
    ),
    "no such translator": ("/translate", ("en", "es", False, "kokoro", "parrot", "whisper-base"), "called 'parrot'"),
    "no such ear": ("/translate", ("en", "es", False, "kokoro", "apertium", "parrot"), "called 'parrot'"),
    "a glossary for one that keeps to none": (
        "/translate",
        ("en", "es", False, "kokoro", "apertium", "whisper-base", "a = b"),
        "Apertium can't do 'glossary'",
    ),
    "no glossary at all": (
        "/translate",
        ("en", "es", False, "kokoro", "qwen-translate", "whisper-base", "biblioteca"),
        "'biblioteca' is no entry of a glossary",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_choice_that_cannot_be_gets_a_sentence(client: Client, case: str) -> None:
    name, order, sentence = WRONG[case]
    given = (handle_file(example("es").path), *order) if name == "/translate" else order
    with pytest.raises(AppError, match=sentence):
        client.predict(*given, api_name=name)
