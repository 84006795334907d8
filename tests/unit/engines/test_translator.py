"""Translation with a scripted model: prompts, checks, and unusable answers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest

from funaudio_core.engines.llm import PromptedTranslator
from funaudio_core.engines.llm.chat_model import ASSISTANT, SYSTEM, USER, ChatMessage, Constraint
from funaudio_core.engines.llm.translation_checks import extract_translation, find_fault
from funaudio_core.engines.llm.translator import MAX_GLOSSARY_TERMS, MAX_PART_CHARACTERS
from funaudio_core.engines.protocols import TranslationContext
from funaudio_core.errors import FunAudioError, Unsupported
from funaudio_core.languages import LANGUAGES

TRAIN = "The train leaves at nine, so let us have breakfast first."
TREN = "El tren sale a las nueve, así que vamos a desayunar primero."


class ScriptedModel:
    """Chat model with scripted answers, each in two pieces; it records its inputs."""

    def __init__(self, *answers: str) -> None:
        self.answers = list(answers)
        self.requests: list[list[ChatMessage]] = []
        self.options: list[tuple[int, int | None]] = []

    def count_tokens(self, messages: Sequence[ChatMessage]) -> int:
        return sum(len(message.text) for message in messages) // 4

    def generate(
        self,
        messages: Sequence[ChatMessage],
        max_tokens: int,
        seed: int | None,
        constraint: Constraint | None = None,
    ) -> Iterator[str]:
        self.requests.append(list(messages))
        self.options.append((max_tokens, seed))
        answer = self.answers.pop(0)
        yield answer[: len(answer) // 2]
        yield answer[len(answer) // 2 :]


def translator(model: ScriptedModel) -> PromptedTranslator:
    return PromptedTranslator(model, "Scripted", frozenset(LANGUAGES))


def test_translation_is_requested_and_returned() -> None:
    model = ScriptedModel(TREN)
    assert translator(model).translate(TRAIN, "en", "es") == TREN
    (messages,) = model.requests
    assert [message.role for message in messages] == [SYSTEM, USER]
    assert "from English into Spanish (Español)" in messages[0].text
    assert messages[1].text == TRAIN
    max_tokens, seed = model.options[0]
    assert seed is None  # greedy decoding
    assert max_tokens > model.count_tokens(messages[1:])


def test_prompt_contains_relevant_glossary_terms_and_previous_translations() -> None:
    model = ScriptedModel(TREN)
    context = TranslationContext((("Train", "tren"), ("bank", "orilla")), (("Hello.", "Hola."),))
    translator(model).translate(TRAIN, "en", "es", context)
    (messages,) = model.requests
    assert "Train → tren" in messages[0].text
    assert "orilla" not in messages[0].text
    assert messages[1:3] == [ChatMessage(USER, "Hello."), ChatMessage(ASSISTANT, "Hola.")]


def test_long_glossary_and_unknown_languages_are_rejected() -> None:
    terms = tuple((f"t{n}", "x") for n in range(MAX_GLOSSARY_TERMS + 1))
    with pytest.raises(Unsupported, match=f"Scripted accepts at most {MAX_GLOSSARY_TERMS}"):
        translator(ScriptedModel()).translate(TRAIN, "en", "es", TranslationContext(terms))
    for pair in (("en", "en"), ("en", "xx")):
        with pytest.raises(Unsupported, match="doesn't translate from English"):
            translator(ScriptedModel()).translate("", *pair)


def test_directions_are_all_pairs_of_languages() -> None:
    directions = translator(ScriptedModel()).directions()
    assert len(directions) == len(LANGUAGES) * (len(LANGUAGES) - 1)
    assert PromptedTranslator(ScriptedModel(), "", frozenset({"en", "zh"})).directions() == {("en", "zh"), ("zh", "en")}


def test_long_text_is_translated_in_parts_with_context() -> None:
    text = " ".join([TRAIN] * 14) + "\n" + TRAIN
    sentences = (MAX_PART_CHARACTERS + 1) // len(TRAIN + " ")
    model = ScriptedModel(*[" ".join([TREN] * sentences)] * 2, " ".join([TREN] * (14 - 2 * sentences)), TREN)
    translation = translator(model).translate(text, "en", "es")
    assert translation == " ".join([TREN] * 14) + "\n" + TREN
    assert [len(messages) for messages in model.requests] == [2, 4, 6, 6]
    assert all(len(messages[-1].text) <= MAX_PART_CHARACTERS for messages in model.requests)


def test_parts_in_languages_without_spaces_are_joined_without_spaces() -> None:
    model = ScriptedModel("今天的天气非常好。我们一起去公园散步吧。")
    assert translator(model).translate("The weather is good today. Let us go to the park.", "en", "zh") == (
        "今天的天气非常好。我们一起去公园散步吧。"
    )


def test_empty_text_makes_no_request() -> None:
    assert translator(ScriptedModel()).translate("", "en", "es") == ""
    assert translator(ScriptedModel()).translate("…", "en", "es") == "…"


@pytest.mark.parametrize(
    ("unusable", "fault"),
    [
        (TRAIN, "it is in English, not in Spanish"),
        ("Le train part à neuf heures, prenons d'abord le petit déjeuner.", "it is in French, not in Spanish"),
        ("火车九点出发，我们先吃早饭吧。", "it is not written in Spanish"),
        ("<think>Hmm, how to say this", "it holds no words"),
        (TREN + " " + TREN * 5, "it is far too long"),
        ("Tren.", "it is far too short"),
        ("El tren sale a las nueve.\nVamos a desayunar primero.", "it has several lines"),
    ],
)
def test_unusable_answer_is_requested_again(unusable: str, fault: str) -> None:
    model = ScriptedModel(unusable, TREN)
    assert translator(model).translate(TRAIN, "en", "es") == TREN
    retry = model.requests[1]
    assert [message.role for message in retry] == [SYSTEM, USER, ASSISTANT, USER]
    assert fault in retry[-1].text
    assert TRAIN in retry[-1].text


def test_two_unusable_answers_are_an_error() -> None:
    model = ScriptedModel(TRAIN, TRAIN)
    with pytest.raises(FunAudioError, match=r"Scripted didn't translate 'The train.*Spanish.*returned 'The train"):
        translator(model).translate(TRAIN, "en", "es")
    assert len(model.requests) == 2


@pytest.mark.parametrize(
    ("output", "text", "expected"),
    [
        ("Hola.", "Hello.", "Hola."),
        ("Here is the translation:\n\nHola.", "Hello.", "Hola."),
        ('Sure! Here\'s the Spanish translation: "Hola, amigo."', "Hello, friend.", "Hola, amigo."),
        ("Translation (Spanish): Hola", "Hello", "Hola"),
        ("**Translation:** Hola", "Hello", "Hola"),
        ("译文：你好。", "Hello.", "你好。"),
        ("翻译如下：你好。", "Hello.", "你好。"),
        ("Hola.\n\n(Note: this is informal.)", "Hello.", "Hola."),
        ("你好。\n\n注：非正式。", "Hello.", "你好。"),
        ("```\nHola\n```", "Hello", "Hola"),
        ("<think>so</think>\n\nHola **amigo**", "Hello friend", "Hola amigo"),
        ("“Hola.”", "Hello.", "Hola."),
        ("«Bonjour.»", "Hello.", "Bonjour."),
        # Markup of the text itself
        ('"Hola", dijo.', '"Hello", he said.', '"Hola", dijo.'),
        ("Translation: hard work.", "Translation: trabajo duro.", "Translation: hard work."),
        ("Here he is: my brother.", "Aquí está: mi hermano.", "Here he is: my brother."),
    ],
)
def test_extract_translation(output: str, text: str, expected: str) -> None:
    assert extract_translation(output, text) == expected


def test_many_line_breaks_take_no_time() -> None:
    assert extract_translation("Guten Tag.\n\n" + "\n" * 20_000 + "(Note: polite)", "Good day.") == "Guten Tag."
    assert extract_translation("a" + "\n" * 20_000 + "b", "x").split() == ["a", "b"]


def test_correct_translations_have_no_fault() -> None:
    """The samples of all languages say much the same."""
    for source in LANGUAGES:
        for target in LANGUAGES:
            if source != target:
                fault = find_fault(LANGUAGES[source].sample, LANGUAGES[target].sample, source, target)
                assert not fault, (source, target, fault)


def test_wrong_language_is_a_fault() -> None:
    """Except for languages that no classifier distinguishes."""
    indistinguishable = ({"zh", "yue"}, {"id", "ms"}, {"ru", "bg"})
    for target in LANGUAGES:
        for actual, row in LANGUAGES.items():
            source = "en" if "en" not in (target, actual) else "fr" if "fr" not in (target, actual) else "de"
            if target != actual and {target, actual} not in indistinguishable:
                assert find_fault(LANGUAGES[source].sample, row.sample, source, target), (target, actual)


@pytest.mark.parametrize(
    ("text", "answer", "target"),
    [
        ("Okay, Anna.", "Vale, Anna.", "es"),
        ("Hotel Europa, Berlin", "Hotel Europa, Berlin", "de"),
        ("IBM", "IBM", "zh"),
        ("Yes.", "はい。", "ja"),
        ("Tokyo", "東京", "ja"),
        ("Ask Siemens.", "Siemens", "ru"),
        ("It is 3.50.", "3.50", "fr"),
    ],
)
def test_short_texts_and_names_have_no_fault(text: str, answer: str, target: str) -> None:
    assert find_fault(text, answer, "en", target) == ""
