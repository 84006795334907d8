"""Translation with a scripted model: prompts, checks, and unusable answers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest

from funaudio_core.engines.llm import PromptedTranslator
from funaudio_core.engines.llm.chat_model import ASSISTANT, SYSTEM, USER, ChatMessage
from funaudio_core.engines.llm.translation_checks import extract_translation, find_fault
from funaudio_core.engines.llm.translator import MAX_GLOSSARY_TERMS, MAX_PART_CHARACTERS
from funaudio_core.engines.protocols import TranslationContext
from funaudio_core.errors import FunAudioError, Unsupported
from funaudio_core.languages import LANGUAGES

TRAIN = "The train leaves at nine, so let us have breakfast first."
TREN = "El tren sale a las nueve, así que vamos a desayunar primero."


class Script:
    """Chat model with given answers, each in two pieces; it records its inputs."""

    def __init__(self, *answers: str) -> None:
        self.answers = list(answers)
        self.asked: list[list[ChatMessage]] = []
        self.options: list[tuple[int, int | None]] = []

    def count_tokens(self, messages: Sequence[ChatMessage]) -> int:
        return sum(len(message.text) for message in messages) // 4

    def generate(self, messages: Sequence[ChatMessage], most: int, seed: int | None) -> Iterator[str]:
        self.asked.append(list(messages))
        self.options.append((most, seed))
        answer = self.answers.pop(0)
        yield answer[: len(answer) // 2]
        yield answer[len(answer) // 2 :]


def translator(script: Script) -> PromptedTranslator:
    return PromptedTranslator(script, "Scripted", frozenset(LANGUAGES))


def test_a_translation_is_asked_for_and_given() -> None:
    script = Script(TREN)
    assert translator(script).translate(TRAIN, "en", "es") == TREN
    (messages,) = script.asked
    assert [message.role for message in messages] == [SYSTEM, USER]
    assert "from English into Spanish (Español)" in messages[0].text
    assert messages[1].text == TRAIN
    most, seed = script.options[0]
    assert seed is None  # greedy decoding
    assert most > script.count_tokens(messages[1:])


def test_the_glossary_terms_of_the_text_and_what_came_before_are_told() -> None:
    script = Script(TREN)
    wording = TranslationContext((("Train", "tren"), ("bank", "orilla")), (("Hello.", "Hola."),))
    translator(script).translate(TRAIN, "en", "es", wording)
    (messages,) = script.asked
    assert "Train → tren" in messages[0].text
    assert "orilla" not in messages[0].text
    assert messages[1:3] == [ChatMessage(USER, "Hello."), ChatMessage(ASSISTANT, "Hola.")]


def test_too_long_a_glossary_and_unknown_languages_are_refused() -> None:
    terms = tuple((f"t{n}", "x") for n in range(MAX_GLOSSARY_TERMS + 1))
    with pytest.raises(Unsupported, match=f"Scripted accepts at most {MAX_GLOSSARY_TERMS}"):
        translator(Script()).translate(TRAIN, "en", "es", TranslationContext(terms))
    for pair in (("en", "en"), ("en", "xx")):
        with pytest.raises(Unsupported, match="doesn't translate from English"):
            translator(Script()).translate("", *pair)


def test_all_pairs_of_its_languages_are_directions() -> None:
    found = translator(Script()).directions()
    assert len(found) == len(LANGUAGES) * (len(LANGUAGES) - 1)
    assert PromptedTranslator(Script(), "", frozenset({"en", "zh"})).directions() == {("en", "zh"), ("zh", "en")}


def test_a_long_text_goes_in_parts_each_shown_those_before() -> None:
    text = " ".join([TRAIN] * 14) + "\n" + TRAIN
    each = (MAX_PART_CHARACTERS + 1) // len(TRAIN + " ")
    script = Script(*[" ".join([TREN] * each)] * 2, " ".join([TREN] * (14 - 2 * each)), TREN)
    done = translator(script).translate(text, "en", "es")
    assert done == " ".join([TREN] * 14) + "\n" + TREN
    assert [len(messages) for messages in script.asked] == [2, 4, 6, 6]
    assert all(len(messages[-1].text) <= MAX_PART_CHARACTERS for messages in script.asked)


def test_parts_of_a_language_without_spaces_are_joined_without() -> None:
    script = Script("今天的天气非常好。我们一起去公园散步吧。")
    assert translator(script).translate("The weather is good today. Let us go to the park.", "en", "zh") == (
        "今天的天气非常好。我们一起去公园散步吧。"
    )


def test_nothing_to_translate_asks_for_nothing() -> None:
    assert translator(Script()).translate("", "en", "es") == ""
    assert translator(Script()).translate("…", "en", "es") == "…"


@pytest.mark.parametrize(
    ("strayed", "named"),
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
def test_one_that_strays_is_asked_once_more_firmer(strayed: str, named: str) -> None:
    script = Script(strayed, TREN)
    assert translator(script).translate(TRAIN, "en", "es") == TREN
    again = script.asked[1]
    assert [message.role for message in again] == [SYSTEM, USER, ASSISTANT, USER]
    assert named in again[-1].text
    assert TRAIN in again[-1].text


def test_one_that_strays_twice_is_an_error() -> None:
    script = Script(TRAIN, TRAIN)
    with pytest.raises(FunAudioError, match=r"Scripted didn't translate 'The train.*Spanish.*returned 'The train"):
        translator(script).translate(TRAIN, "en", "es")
    assert len(script.asked) == 2


@pytest.mark.parametrize(
    ("written", "text", "kept"),
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
def test_only_the_translation_is_kept(written: str, text: str, kept: str) -> None:
    assert extract_translation(written, text) == kept


def test_pages_of_line_breaks_cost_no_time() -> None:
    assert extract_translation("Guten Tag.\n\n" + "\n" * 20_000 + "(Note: polite)", "Good day.") == "Guten Tag."
    assert extract_translation("a" + "\n" * 20_000 + "b", "x").split() == ["a", "b"]


def test_sound_translations_pass_whatever_the_pair() -> None:
    """The samples of all languages say much the same."""
    for source in LANGUAGES:
        for target in LANGUAGES:
            if source != target:
                found = find_fault(LANGUAGES[source].sample, LANGUAGES[target].sample, source, target)
                assert not found, (source, target, found)


def test_another_language_is_told_from_the_one_wanted() -> None:
    """Except for languages that no classifier distinguishes."""
    twins = ({"zh", "yue"}, {"id", "ms"}, {"ru", "bg"})
    for wanted in LANGUAGES:
        for given, row in LANGUAGES.items():
            source = "en" if "en" not in (wanted, given) else "fr" if "fr" not in (wanted, given) else "de"
            if wanted != given and {wanted, given} not in twins:
                assert find_fault(LANGUAGES[source].sample, row.sample, source, wanted), (wanted, given)


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
def test_short_texts_and_names_pass(text: str, answer: str, target: str) -> None:
    assert find_fault(text, answer, "en", target) == ""
