"""Chat and Translate with chosen engines: with scripted tasks, and with tiny random models of the full tier."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import gradio as gr
import numpy as np
import pytest
from gradio.context import LocalContext
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError

from funaudio_core import audio, settings
from funaudio_core.engines import loader, preload, registry, selection, voice_catalog
from funaudio_core.engines.loader import LoadProgress
from funaudio_core.engines.protocols import UnloadedTranslator
from funaudio_core.engines.selection import EngineChoice
from funaudio_core.engines.spec import EngineSpec
from funaudio_core.errors import BadInput
from funaudio_core.labels import EMOTIONS
from funaudio_core.pipelines import translate as translating
from funaudio_core.pipelines.chat import Done, ReplyDelta
from funaudio_core.pipelines.stages import STANDALONE_TAGS, Progress, Recognized, SpeechPiece
from funaudio_core.pipelines.synthesize import join_chunks
from funaudio_core.pipelines.translate import Translated
from funaudio_core.pipelines.translation_routes import Route, directions
from funaudio_core.tasks import chat as chat_tasks
from funaudio_core.tasks import translation as translation_tasks
from funaudio_core.types import Audio, Conversation, Emotion, ReplyStyle, Segment, SpeechChunk, Turn, Voice
from server import admission
from server.params import AUTO
from server.updates import Update
from tabs import chat, translate
from tabs.chat import api as chat_api
from tabs.chat import controls as chat_controls
from tabs.chat import history
from tabs.chat.controls import ChatRequest
from tabs.chat.conversation import ChatState, run_exchange
from tabs.components.engine_picker import VoiceInput
from tabs.components.reference_voice import ReferenceInput
from tabs.translate import controls as translate_controls
from tabs.translate import language_pairs
from tabs.translate.controls import EnginesInput, TranslateOutput, TranslateRequest
from tests.conftest import example, noise

RATE = 24_000
SOFTLY = ReplyStyle("sad", "softly and slowly")
CUES = (Segment(0.0, 2.0, "Hola.", "es"), Segment(2.0, 5.0, "Adiós.", "es"))
RECOGNIZED = Recognized("Hola. Adiós.", "es", Emotion("happy", 0.9), CUES, ("laughter",))
TITLES = {"qwen-chat": "Qwen3-4B-Instruct-2507", "sensevoice-small": "SenseVoiceSmall"}
NO_REFERENCE = ReferenceInput(None, "", consent=False)


pytestmark = pytest.mark.usefixtures("full_tier")


def _chat_request(
    state: ChatState, chatbot: str = "smollm2-135m", synthesizer: str = "kokoro", voice: str = "af_heart"
) -> ChatRequest:
    return ChatRequest(state, "Kind.", synthesizer, VoiceInput(voice, NO_REFERENCE), chatbot, "whisper-base")


def _speech_chunk(text: str) -> SpeechChunk:
    return SpeechChunk(Audio(np.full(RATE, 0.1, np.float32), RATE), text)


def _reply(language: str, *deltas: str, style: ReplyStyle | None = None) -> Iterator[Any]:
    """Yield the events of a reply that is spoken in one piece."""
    for delta in deltas:
        yield ReplyDelta(delta, style)
    text = "".join(deltas)
    yield SpeechPiece(_speech_chunk(text))
    turns = Turn("user", "Hi."), Turn("assistant", text, style=style)
    yield Done(turns, join_chunks([_speech_chunk(text)], 0.1, 1.0, 0), 0.1, 0.2, 0.3, language)


def _statuses(updates: list[Update]) -> list[str]:
    return [update["status"] for update in updates if "status" in update]


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("Oh no. [sigh] I am sorry.", f"Oh no. {history.SOUND_MARKS['sigh']} I am sorry."),
        ("哈哈[laughter]真好。", f"哈哈{history.SOUND_MARKS['laughter']}真好。"),
        ("Well [lau", "Well"),  # still being written
        ("Well [giggles]*then*.", r"Well \*then\*."),
        ("Call f(x) with 2*3 ~ 6.", r"Call f(x) with 2\*3 \~ 6."),
    ],
)
def test_a_reply_shows_marks_and_never_tags(written: str, shown: str) -> None:
    assert history.reply_message(written) == shown


def test_every_tag_has_a_mark() -> None:
    assert set(history.SOUND_MARKS) == set(STANDALONE_TAGS)


def test_notes_show_emotion_sounds_style_and_another_language() -> None:
    turn = Turn("user", "I *won* [x]!", Emotion("happy", 0.9, basis="tags"), ("laughter", "applause"))
    assert history.user_message(turn) == "I \\*won\\* \\[x\\]!\n\n*😊 happy 90% (tags) · 😀 laughter · 👏 applause*"
    assert history.user_message(Turn("user", "Hi.")) == "Hi."
    assert history.style_text(SOFTLY) == f"{EMOTIONS['sad'].emoji} sad: softly and slowly"
    assert history.style_text(ReplyStyle("neutral", "<b>*")) == f"{EMOTIONS['neutral'].emoji} neutral: \\<b\\>\\*"
    assert history.style_text(None) == ""
    assert history.language_note("en", "en") == ""
    assert history.language_note("zh", "en") == "Chinese · 中文"


def test_an_interrupted_reply_keeps_its_style_and_the_turn_its_sounds() -> None:
    clip = Audio(np.zeros(RATE, np.float32), RATE)
    events = iter([RECOGNIZED, *_reply("es", "[sigh] Qué ", "pena.", style=SOFTLY)])
    updates = list(run_exchange(events, ChatState(), "kokoro", "said.wav", clip))
    user, interrupted = updates[1]["state"].turns  # after the first delta
    assert user == Turn("user", RECOGNIZED.text, RECOGNIZED.emotion, ("laughter",))
    assert interrupted == Turn("assistant", "[sigh] Qué", style=SOFTLY)
    assert (
        updates[1]["history"][-1]["content"] == f"{history.SOUND_MARKS['sigh']} Qué\n\n*{history.style_text(SOFTLY)}*"
    )
    last = updates[-1]
    assert last["state"].language == "es"
    assert last["state"].turns[-1].style == SOFTLY
    assert "softly and slowly · Spanish · Español · first audio after" in last["history"][-2]["content"]
    assert last["status"].endswith("generated by Kokoro-82M (int8)")


def test_a_reply_in_the_default_language_does_not_name_it() -> None:
    *_, last = run_exchange(_reply("en", "Well done."), ChatState(), "kokoro")
    assert last["history"][0]["content"] == "Well done.\n\n*first audio after 0.2 s*"


@pytest.mark.parametrize(
    ("chatbot", "synthesizer", "before", "language"),
    [
        ("qwen-chat", "cosyvoice3", "zh", "zh"),
        ("qwen-chat", "kokoro", "ko", "en"),  # which Kokoro doesn't speak
        ("smollm2-135m", "kokoro", "zh", "en"),
    ],
)
def test_the_conversation_keeps_its_language_if_the_engines_support_it(
    chatbot: str, synthesizer: str, before: str, language: str
) -> None:
    engines = EngineChoice(chatbot=chatbot, synthesizer=synthesizer)
    assert chat_api.default_reply_language(before, engines) == language


def test_without_a_common_language_there_is_a_message(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(voice_catalog, "reply_languages", lambda _engines: frozenset())
    with pytest.raises(BadInput, match=r"SmolLM2.* and Kokoro.* have no language in common"):
        chat_api.default_reply_language("en", EngineChoice(chatbot="smollm2-135m", synthesizer="kokoro"))


def test_the_chat_page_follows_the_chosen_engines() -> None:
    lite = chat.on_engines("kokoro", "smollm2-135m", "whisper-base", "")
    assert lite["voice"].value == "af_heart"
    assert re.findall("SmolLM2|Whisper|Kokoro", lite["badges"]) == ["Kokoro", "SmolLM2", "Whisper"]
    full = chat.on_engines("cosyvoice3", "qwen-chat", "sensevoice-small", "")
    assert all(title in full["badges"] for title in TITLES.values())
    assert full["note"] != lite["note"]
    large = chat.on_engines("kokoro", "qwen-chat", "whisper-base", "ef_dora")
    english, all_voices = ([name for _, name in update["voice"].choices] for update in (lite, large))
    assert all_voices[: len(english)] == english  # in which the small model replies
    assert "ef_dora" in all_voices
    assert "ef_dora" not in english
    with pytest.raises(Exception, match="Unknown model 'parrot'"):
        chat.on_engines("kokoro", "parrot", "whisper-base", "")


def _script_chat(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Conversation, EngineChoice]]:
    """Replace the tasks behind the page; return the list to which each conversation to reply to is added."""
    conversations: list[tuple[Conversation, EngineChoice]] = []

    def reply(conversation: Conversation, _voice: Voice, engines: EngineChoice, *_table: Any) -> Iterator[Any]:
        conversations.append((conversation, engines))
        return _reply(conversation.language, "One. ", "Two. ", "Three.")

    def load_all(*specs: EngineSpec[Any]) -> Iterator[LoadProgress]:
        return (LoadProgress(spec.title, 1_000_000, 2_000_000) for spec in specs)

    monkeypatch.setattr(chat_tasks, "reply", reply)
    monkeypatch.setattr(preload, "load_all", load_all)
    return conversations


def test_typed_text_gets_a_reply_in_its_language_by_the_chosen_engines(monkeypatch: pytest.MonkeyPatch) -> None:
    conversations = _script_chat(monkeypatch)
    chosen = ("qwen-chat", "cosyvoice3", "en_neutral")
    *updates, last = chat.on_text("我今天很难过，因为我的狗走丢了。", _chat_request(ChatState(), *chosen))
    [(conversation, engines)] = conversations
    assert (engines.chatbot, engines.synthesizer) == ("qwen-chat", "cosyvoice3")
    assert conversation.language == last["state"].language == "zh"
    assert conversation.persona == "Kind."
    assert [turn.role for turn in conversation.turns] == ["user"]
    statuses = _statuses(updates)
    assert "Downloading Qwen3-4B-Instruct-2507: 1 of 2 MB (first use only)…" in statuses
    assert statuses.index("Thinking…") == 2  # after both were loaded
    list(chat.on_text("Ok.", _chat_request(last["state"], *chosen)))  # too short to detect its language
    assert conversations[1][0].language == "zh"
    list(chat.on_text("Ok.", _chat_request(last["state"])))
    assert conversations[2][0].language == "en"


def test_a_new_message_takes_the_slot_of_the_reply_under_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """Check that it does not wait for a reply that it stops, with one slot in all."""
    _script_chat(monkeypatch)
    monkeypatch.setenv("FUNAUDIO_CONCURRENCY", "1")
    settings.read.cache_clear()
    admission.fair_queue.cache_clear()
    request = _chat_request(ChatState())
    ann = SimpleNamespace(session_hash="ann", username=None, headers={}, client=None)
    token = LocalContext.request.set(ann)  # type: ignore[arg-type]
    try:
        first, second = chat.on_text("Tell me a story.", request), chat.on_text("No, wait.", request)
        while next(first).get("status") != "Speaking…":
            pass
        assert next(second)["status"].startswith("In queue")
        assert list(first) == []
        assert [*second][-1]["status"].endswith("generated by Kokoro-82M (int8)")
    finally:
        LocalContext.request.reset(token)
        admission.fair_queue.cache_clear()


@pytest.mark.parametrize(
    ("recognizer", "auto", "included", "excluded"),
    [
        ("sensevoice-small", True, "yue", "es"),
        ("whisper-base", True, "es", ""),
        ("fun-asr-mlt-nano", False, "hi", "fr"),
    ],
)
def test_sources_are_the_languages_of_the_recognizer(recognizer: str, auto: bool, included: str, excluded: str) -> None:
    codes = [code for _, code in language_pairs.source_choices(EngineChoice(recognizer=recognizer))]
    assert (AUTO in codes) == auto
    assert included in codes
    assert excluded not in codes


def test_directions_depend_on_the_engines_and_load_none() -> None:
    qwen = EngineChoice("whisper-base", "qwen-translate", synthesizer="cosyvoice3")
    targets = {code for _, code in language_pairs.target_choices("en", qwen)}
    assert targets == registry.SYNTHESIZERS["cosyvoice3"].languages - {"en"}
    assert language_pairs.missing_html("en", qwen) == ""
    assert loader.get_loaded(registry.TRANSLATORS["qwen-translate"]) is None
    reasons = language_pairs.missing_html("en", EngineChoice("whisper-base", "apertium", synthesizer="cosyvoice3"))
    assert "Apertium doesn&#x27;t translate from English to Chinese" in reasons
    unrecognized = EngineChoice("sensevoice-small", "qwen-translate", synthesizer="kokoro")
    reasons = language_pairs.missing_html("es", unrecognized)
    assert reasons.count("SenseVoiceSmall doesn&#x27;t recognize Spanish") == 1  # each reason once
    assert language_pairs.target_choices("es", unrecognized) == []


def test_a_translator_gives_the_same_reasons_before_it_is_loaded() -> None:
    found = directions(
        registry.RECOGNIZERS["whisper-base"],
        UnloadedTranslator("Somebody", frozenset({"en", "es"})),
        registry.SYNTHESIZERS["cosyvoice3"],
        fluent_pairs={("en", "es"), ("es", "en")},
    )
    assert found["en", "es"] == Route(via_recognizer=False, text_pair=("en", "es"))
    assert found["es", "de"] == "Somebody doesn't translate from Spanish · Español to German · Deutsch."


def test_the_translate_page_follows_the_chosen_engines() -> None:
    full = translate.on_engines(EnginesInput("cosyvoice3", "qwen-translate", "sensevoice-small"), "es", "hi")
    # SenseVoice doesn't recognize Spanish, and CosyVoice doesn't speak Hindi
    assert (full["source"].value, full["target"].value) == (AUTO, "en")
    assert all(title in full["badges"] for title in TITLES.values())
    assert full["glossary"].interactive
    lite = translate.on_engines(EnginesInput("kokoro", "apertium", "whisper-base"), "es", "en")
    assert lite["note"] != full["note"]
    assert "Apertium" in lite["badges"]
    assert not lite["glossary"].interactive
    assert lite["glossary"].info != full["glossary"].info


def test_a_glossary_is_passed_only_to_a_translator_that_uses_one(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[tuple[EngineChoice, str]] = []

    def translate_speech(*arguments: Any) -> Iterator[Any]:
        calls.append(arguments[-2:])
        return iter(())

    monkeypatch.setattr(translation_tasks, "translate_speech", translate_speech)
    monkeypatch.setattr(preload, "load_all", lambda *specs: (LoadProgress(spec.title, 2, 2) for spec in specs))
    clip = str(example("en").path)
    for translator, expected in (("qwen-translate", "bank = orilla"), ("apertium", "")):
        chosen = EnginesInput("kokoro", translator, "whisper-base")
        request = TranslateRequest(clip, "en", "es", same_voice=False, engines=chosen, glossary="bank = orilla")
        _, *loading = translate.on_translate(request)
        assert [set(update) for update in loading] == [{"status"}] * 3
        engines, glossary = calls[-1]
        assert (engines, glossary) == (EngineChoice("whisper-base", translator, synthesizer="kokoro"), expected)


def test_a_translation_grows_and_is_heard_before_all_is_recognized(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chat_tasks, "classify_emotion", lambda *_: Emotion("happy", 0.8))
    first, second = _speech_chunk("Hello."), _speech_chunk("Goodbye.")
    whole = Translated("Hello. Goodbye.", "en")
    take = join_chunks([first, second], 0.1, 1.0, 0)
    events: list[translation_tasks.TranslationEvent] = [
        Progress("Hola.", 2.0, CUES[:1]),
        Translated("Hello.", "en"),
        SpeechPiece(first),
        RECOGNIZED,
        whole,
        SpeechPiece(second),
        translating.Done(RECOGNIZED, whole, CUES, (), take, 4.0),
    ]
    voice = voice_catalog.get_voice("", "kokoro")
    last = translate.LastTranslation("en", voice, EngineChoice(synthesizer="kokoro"))
    updates = list(translate._show(iter(events), last, "said.wav", noise(5)))
    outputs = {field.name for field in dataclasses.fields(TranslateOutput)}
    assert all(set(update) <= outputs for update in updates)
    statuses = _statuses(updates)
    assert statuses[:4] == ["Transcribed 2 of 5 s…", "Translating while transcribing…", "Translating…", "Speaking…"]
    assert statuses[4].startswith("Done in 4.0 s. Generated by Kokoro")
    assert [update["text"] for update in updates if "text" in update] == ["Hello.", "Hello. Goodbye."]
    stored = [update["last"] for update in updates if "last" in update]
    assert [each.emotion.label for each in stored] == ["neutral", "happy", "happy"]
    source, target = (Path(updates[-1][name].value["path"]).read_text() for name in ("source_srt", "target_srt"))
    assert "Hola." in source
    assert "00:00:05,000" in source
    assert "Hello." in target
    assert "Goodbye." in target


def _set_tier(monkeypatch: pytest.MonkeyPatch, tier: str) -> None:
    monkeypatch.setenv("FUNAUDIO_TIER", tier)
    settings.read.cache_clear()


def test_pickers_are_hidden_without_a_choice_of_engines(monkeypatch: pytest.MonkeyPatch) -> None:
    for tier in ("lite", "full"):
        _set_tier(monkeypatch, tier)
        with gr.Blocks():
            translate_page = translate_controls.build_controls()
            chat_page = chat_controls.build_controls(selection.default(registry.SYNTHESIZERS))
        pickers = [
            translate_page.recognizer,
            translate_page.translator,
            translate_page.synthesizer,
            chat_page.recognizer,
            chat_page.chatbot,
            chat_page.synthesizer,
        ]
        hears = [picker.visible for picker in pickers[::3]]
        assert hears == [tier == "full"] * len(hears)
        assert all(picker.visible for i, picker in enumerate(pickers) if i % 3)  # two of each in the lite tier
        assert translate_page.recognizer.value == selection.recognizer_for_dialogue().name


@pytest.fixture(scope="module")
def client(full_tier_site: str) -> Client:
    return Client(full_tier_site, verbose=False)


def _check_sound(path: str) -> None:
    take = audio.load(Path(path))
    assert take.rate == RATE
    assert np.abs(take.samples).max() > 1e-3


def test_a_language_model_replies_in_the_language_of_the_text(client: Client) -> None:
    for persona in ("You are kind.", "You are calm.", "You are brief.", "You are cheerful."):
        given = {"text": "我今天很难过。", "persona": persona, "voice": "zh_happy"}
        try:
            path, reply, facts = client.predict(**given, engine="cosyvoice3", chatbot="qwen-chat", api_name="/chat")
            break
        except AppError as refused:  # random weights may find no end to a sentence; another persona, another sentence
            assert re.search("Text and prompt are too long", str(refused))  # noqa: PT017
    else:
        pytest.fail("every reply was too long")
    _check_sound(path)
    assert facts["language"] == "zh"
    assert facts["emotion"] == "sad"
    assert not re.search(r"<\||Style:", reply)


def test_a_language_model_translates_what_the_chosen_recognizer_heard(client: Client) -> None:
    given = ("en", "es", False, "cosyvoice3", "qwen-translate", "whisper-base", "biblioteca = archive")
    try:
        path, heard, translation, facts = client.predict(handle_file(example("es").path), *given, api_name="/translate")
    except AppError as refused:  # random words are hardly ever a translation
        assert re.search("Qwen3-4B-Instruct-2507 didn't translate", str(refused))  # noqa: PT017
        return
    _check_sound(path)
    assert "biblioteca" in heard
    assert facts["translator"] == "Qwen3-4B-Instruct-2507"
    assert facts["recognizer"] == "Whisper base (int8)"
    assert translation.split()[-1].rstrip(".") in facts["target_srt"]


def test_another_recognizer_limits_the_directions(client: Client) -> None:
    """Random weights recognize something, in one of their five languages."""
    given = ("en", "zh", False, "cosyvoice3", "apertium", "sensevoice-small")
    with pytest.raises(AppError, match="Apertium doesn't translate from Chinese · 中文 to English"):
        client.predict(handle_file(example("en").path), *given, api_name="/translate")
    with pytest.raises(AppError, match=r"SenseVoiceSmall doesn't recognize Spanish.*Whisper base"):
        client.predict(handle_file(example("es").path), "en", "es", api_name="/translate")


INVALID: dict[str, tuple[str, tuple[Any, ...], str]] = {
    "unknown chatbot": ("/chat", ("Hi.", "", "", "kokoro", "parrot"), "Unknown model 'parrot'.*qwen-chat"),
    "unsupported language": (
        "/chat",
        ("Hi.", "", "", "kokoro", "smollm2-135m", "zh"),
        r"SmolLM2-135M-Instruct \(int8\) \+ Kokoro.* doesn't support Chinese.*English",
    ),
    "unknown translator": (
        "/translate",
        ("en", "es", False, "kokoro", "parrot", "whisper-base"),
        "Unknown model 'parrot'",
    ),
    "unknown recognizer": ("/translate", ("en", "es", False, "kokoro", "apertium", "parrot"), "Unknown model 'parrot'"),
    "translator without glossary": (
        "/translate",
        ("en", "es", False, "kokoro", "apertium", "whisper-base", "a = b"),
        "Apertium doesn't support 'glossary'",
    ),
    "invalid glossary": (
        "/translate",
        ("en", "es", False, "kokoro", "qwen-translate", "whisper-base", "biblioteca"),
        "'biblioteca' isn't a glossary entry",
    ),
}


@pytest.mark.parametrize("case", INVALID)
def test_an_invalid_choice_gets_a_message(client: Client, case: str) -> None:
    name, arguments, message = INVALID[case]
    given = (handle_file(example("es").path), *arguments) if name == "/translate" else arguments
    with pytest.raises(AppError, match=message):
        client.predict(*given, api_name=name)
