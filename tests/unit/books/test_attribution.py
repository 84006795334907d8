"""Tests of attribution: quotations, speakers and feelings in English and Chinese."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.shows.attribution import FILES, book_text, score_file
from funaudio_core.books.reading import read_book
from funaudio_core.books.speakers.attribution import CHOSEN, attribute, label_quotations
from funaudio_core.books.speakers.quotations import find_quotations
from funaudio_core.books.speakers.types import UNKNOWN
from tests.real_books import real_book

MIN_RIGHT = {"attribution.json": {"en": 45, "zh": 38}, "own_passages.json": {"en": 230, "zh": 166}}


def speakers(text: str, language: str = "en") -> list[str | None]:
    return [span.speaker for span in attribute(text, language).quotations]


def feelings(text: str, language: str = "en") -> list[str]:
    return [emotion for _, _, _, emotion in label_quotations(text, language)]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_annotated_passages(path: Path) -> None:
    score = score_file(path)
    assert score.spans["extra"] == score.spans["missing"] == score.left_to_narrator == 0
    for language, least in MIN_RIGHT[path.name].items():
        assert score.right[language] >= least
    assert score.feelings["must right"] >= 0.6 * score.feelings["must"]
    assert score.feelings["coloured right"] >= 0.8 * score.feelings["coloured"]


def test_a_novel_has_its_talkers_and_every_character_in_one_span() -> None:
    text = book_text(read_book(real_book("pride_and_prejudice.txt")))
    result = attribute(text, "en")
    assert "".join(text[span.start : span.end] for span in result.spans) == text
    quotations = result.quotations
    assert sum(span.speaker == UNKNOWN for span in quotations) <= 0.03 * len(quotations)
    sexes = {person.name: person.sex for person in result.cast[:8]}
    assert {name: sexes.get(name) for name in ("Elizabeth", "Jane", "Mrs. Bennet", "Mr. Bennet", "Mr. Darcy")} == {
        "Elizabeth": "female",
        "Jane": "female",
        "Mrs. Bennet": "female",
        "Mr. Bennet": "male",
        "Mr. Darcy": "male",
    }
    aliases = {alias: person.name for person in result.cast for alias in person.aliases}
    assert (aliases["Darcy"], aliases["Lizzy"], aliases["Bingley"]) == ("Mr. Darcy", "Elizabeth", "Mr. Bingley")


@pytest.mark.parametrize(
    ("text", "quotations"),
    [
        ("“One,” he said. “Two.”", ["“One,”", "“Two.”"]),
        ('"One," he said. "It\'s two."', ['"One,"', '"It\'s two."']),
        ("‘It’s one,’ he said. ‘The dogs’ two.’", ["‘It’s one,’", "‘The dogs’ two.’"]),
        ("“She said ‘no’ to me,” he said.", ["“She said ‘no’ to me,”"]),
        ("“I never close\n\n“but go on.”", ["“I never close", "“but go on.”"]),
        ("他说：「你听『好』字。」", ["「你听『好』字。」"]),
        ('“Mixed marks"—he said—"too.”', ['“Mixed marks"', '"too.”']),
    ],
)
def test_outer_quotations_are_found(text: str, quotations: list[str]) -> None:
    assert [text[found.start : found.end] for found in find_quotations(text)] == quotations


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("“Go,” said Anna. “Now.”", ["Anna", "Anna"]),
        ("“Go,” the old doctor said.", ["the doctor"]),
        ("Anna looked at Tom.\n\n“Go,” he said.\n\n“No,” she said.", ["Tom", "Anna"]),
        ("“Go,” said Anna.\n\n“Where?” asked Tom.\n\n“Home.”\n\n“Why?”", ["Anna", "Tom", "Anna", "Tom"]),
        ("“Go, Tom,” said Anna.\n\n“No.”", ["Anna", "Tom"]),
        ("“Go.” Anna opened the door. “Now.”", ["Anna", "Anna"]),
        ("Tom turned, and said:\n\n“Go.”", ["Tom"]),
        ("“Go,” said I.\n\n“No,” said Tom.", ["I", "Tom"]),
        ("The sign on the door said “No entry”. Anna knocked.", [None]),
        ("The so-called “palace” was a shed.", [None]),
        ("“Go,” said Anna, “or stay,\n\n“as you like.”", ["Anna", "Anna", "Anna"]),
    ],
)
def test_english_rules(text: str, expected: list[str | None]) -> None:
    assert speakers(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("王明说：“走吧。”李红道：“不走。”", ["王明", "李红"]),
        ("“走吧。”王明低着头，小声说，“天黑了。”", ["王明", "王明"]),
        ("“走吗？”李红问。\n\n“走吧。”王明说。\n\n“不走。”", ["李红", "王明", "李红"]),
        ("子路曰：“何为？”子曰：“学。”曰：“何学？”曰：“礼。”", ["子路", "子", "子路", "子"]),
        ("“走吧。”阿秀说。她站起来，“天黑了。”", ["阿秀", "阿秀"]),
        ("门上写着“闲人免进”。", [None]),
        ("只听“咣当”一声，门开了。", [None]),
        ("我说：“走吧。”母亲说：“再等等。”", ["我", "母亲"]),
        ("林沖說：「走吧。」", ["林沖"]),
    ],
)
def test_chinese_rules(text: str, expected: list[str | None]) -> None:
    assert speakers(text, "zh") == expected


@pytest.mark.parametrize(
    ("language", "text", "speech"),
    [
        ("es", "—Ven —dijo Ana.", ["—Ven"]),
        ("es", "—¿Vienes? —preguntó Ana, y abrió—. ¡No tardes!", ["—¿Vienes?", "¡No tardes!"]),
        ("es", "—Ven. —Ana abrió la puerta—. Es tarde.\n\nSalieron —despacio— a la calle.", ["—Ven.", "Es tarde."]),
        ("es", "--Ven--dijo Ana--. No tardes.", ["--Ven", "No tardes."]),
        ("es", "—Fue en 1914–1918, franco-alemana…\n\n—Pero yo—", ["—Fue en 1914–1918, franco-alemana…", "—Pero yo—"]),
        ("pt", "— Vem — disse Ana. — Não demores.", ["— Vem", "— Não demores."]),
        ("pt", "– Vem – disse Ana –, não demores.", ["– Vem", "não demores."]),
        ("it", "– Vieni, – disse Anna, – non tardare.", ["– Vieni,", "– non tardare."]),
        ("it", "—Vieni— disse Anna.", ["—Vieni"]),
        ("ru", "— Иди, — сказала Анна. — Не медли.", ["— Иди,", "— Не медли."]),
        ("fr", "— Viens, dit Anne. Ne tarde pas.", ["— Viens,", "Ne tarde pas."]),
        ("fr", "― Viens ! cria-t-elle en riant, les yeux baissés. Vite.", ["― Viens !", "Vite."]),
        ("fr", "— Où est-il ? demanda alors le vieux.\n\n— Là.", ["— Où est-il ?", "— Là."]),
        ("fr", "— Je pense – enfin, je crois – que oui, m’écriai-je.", ["— Je pense – enfin, je crois – que oui,"]),
        ("fr", "« Viens, dit Anne. – Où ? – Là. »", ["« Viens,", "– Où ? – Là. »"]),
        ("fr", "— Il a dit « non », répondit l’homme.", ["— Il a dit « non »,"]),
        ("fr", "— Victor Hugo\n\nIl dit oui. « Non », fit-elle.", ["« Non »"]),
        ("de", "– 200 g Mehl.\n\n„Komm“, sagte sie.", ["„Komm“"]),
    ],
)
def test_speech_after_dashes_without_what_the_narrator_says(language: str, text: str, speech: list[str]) -> None:
    spans = attribute(text, language).spans
    assert "".join(text[span.start : span.end] for span in spans) == text
    assert [text[span.start : span.end] for span in spans if span.speaker == UNKNOWN] == speech


def test_a_dash_begins_no_speech_in_english_and_chinese() -> None:
    assert not attribute("—Go, said Anna.\n\n— A list.", "en").quotations
    assert not attribute("——走吧。", "zh").quotations


def test_other_languages_have_quotations_without_speakers() -> None:
    assert label_quotations("« Viens », dit-elle.", "fr") == [(0, 9, UNKNOWN, "neutral")]


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("“Get out!” Anna shouted, her eyes blazing with fury.", "en", "angry"),
        ("“Come in,” said Anna, laughing.", "en", "happy"),
        ("“He is gone,” she sobbed.", "en", "sad"),
        ("“Who is there?” Tom asked in a trembling voice.", "en", "fear"),
        ("“Well,” said Tom without anger.", "en", "neutral"),
        ("“It is four o'clock,” said Tom.", "en", "neutral"),
        ("王明大怒道：“出去！”", "zh", "angry"),
        ("“出去。”王明笑道。", "zh", "happy"),
        ("“他走了。”李红哽咽着说。", "zh", "sad"),
        ("“现在四点。”王明说。", "zh", "neutral"),
    ],
)
def test_feelings_by_the_narrators_cue(text: str, language: str, expected: str) -> None:
    assert feelings(text, language) == [expected]


def test_whispers_and_shouts_are_told_apart() -> None:
    whispered, shouted = attribute("“Go,” whispered Anna.\n\n“Where?” yelled Tom.", "en").quotations
    assert whispered.is_whispered
    assert shouted.level > 0 > whispered.level or shouted.level > whispered.level


class _Chooser:
    """Model that answers with the same words, and keeps what it was asked."""

    def __init__(self, answer: str) -> None:
        self._answer = answer
        self.asked: list[list[str]] = []

    def choose(self, _prompt: str, ids: list[str]) -> str:
        self.asked.append(ids)
        return self._answer


TURNS = "“Go,” said Anna.\n\n“Where?” asked Tom.\n\n“Home.”"


def test_a_model_chooses_only_where_the_rules_guess() -> None:
    chooser = _Chooser("Tom")
    spans = attribute(TURNS, "en", chooser).quotations
    assert [span.speaker for span in spans] == ["Anna", "Tom", "Tom"]
    assert spans[2].evidence is not None
    assert spans[2].evidence.kind == CHOSEN
    assert [sorted(ids) for ids in chooser.asked] == [["Anna", "Tom"]]


def test_an_answer_outside_of_the_cast_is_refused() -> None:
    assert [span.speaker for span in attribute(TURNS, "en", _Chooser("Mr. Nobody")).quotations] == [
        "Anna",
        "Tom",
        "Anna",
    ]
