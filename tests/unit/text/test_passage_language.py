"""Tests of the language of passages in books of another language."""

from __future__ import annotations

import pytest

from funaudio_core.languages import LANGUAGES
from funaudio_core.text.passage_language import document_language, passage_language


@pytest.mark.parametrize(
    ("text", "book", "expected"),
    [
        ("“你好，我的朋友，你今天去哪里？”", "en", "zh"),
        ("“今日はとても天気がいいですね。”", "en", "ja"),
        ("「今日はとても天気がいいですね。」", "zh", "ja"),
        ("“आज मौसम बहुत अच्छा है।”", "en", "hi"),
        ("“오늘은 날씨가 아주 좋습니다.”", "zh", "ko"),
        ("“Je ne sais pas où est la clef de la maison,” dit-il.", "en", "fr"),
        ("“No sé dónde está la llave de la casa.”", "en", "es"),
        ("“Non so dove sia la chiave della casa, ma è qui.”", "en", "it"),
        ("“Não sei onde está a chave da casa, mas é aqui.”", "en", "pt"),
        ("“I do not know where the key is,” he said.", "fr", "en"),
        ("“Who is there?” asked the old man at the door.", "zh", "en"),
        ("“Je ne sais pas où est la clef.”", "zh", "fr"),
        # Not another language: the book's own, too little, a mixture, a script without a voice.
        ("他说：“你好。”", "zh", ""),
        ("東京大学物理学部", "ja", ""),
        ("他买了一台 iPhone 15 Pro，又下载了 Kokoro。", "zh", ""),
        ("“OK！”", "zh", ""),
        ("He wrote 你好 on the wall and went home.", "en", ""),
        ("“你”", "en", ""),
        ("“Adieu, mademoiselle!”", "en", ""),
        ("“Run, Martha, run!” Henry shouted.", "en", ""),
        ("Don Quixote, Sancho Panza, Dulcinea, Rocinante.", "en", ""),
        ("No man could say what the los and the des meant.", "en", ""),
        ("Лес шумел всю ночь.", "ru", ""),
        ("1984.", "en", ""),
        ("“Whatever I do is done in a hurry.”", "en", ""),
        ("", "zh", ""),
    ],
)
def test_passage_in_another_language(text: str, book: str, expected: str) -> None:
    assert passage_language(text, book) == expected


@pytest.mark.parametrize("code", ["en", "es", "fr", "it", "pt", "de", "zh", "ja", "ko", "hi"])
def test_sample_sentences_are_in_the_language_of_their_own_book(code: str) -> None:
    assert passage_language(LANGUAGES[code].sample, code) == ""


ENGLISH = (
    "The old man sat at the window and looked at the road that led down to the harbour. He had waited for his son "
    "since the morning, but there was nobody on the road, and it was getting dark. When she came in with the lamp, he "
    "said that they would have to go and look for him in the village. "
)
GERMAN = (
    "Der alte Mann saß am Fenster und sah auf die Straße, die zum Hafen führte. Er wartete seit dem Morgen auf seinen "
    "Sohn, aber auf der Straße war niemand, und es wurde schon dunkel. Als sie mit der Lampe kam, sagte er, dass sie "
    "in das Dorf gehen und ihn suchen müssten. "
)
POLISH = (
    "Stary człowiek siedział przy oknie i patrzył na drogę, która prowadziła do portu. Od rana czekał na swojego syna, "
    "ale na drodze nie było nikogo i robiło się już ciemno. Kiedy przyszła z lampą, powiedział, że muszą pójść do wsi "
    "i go poszukać. "
)
CHINESE = "老人坐在窗前，望着通向港口的那条路。他从早上起就在等他的儿子，可是路上没有一个人，天已经快黑了。"
CANTONESE = "老人家坐喺窗邊，望住去碼頭嗰條路。佢由朝早開始等佢個仔，但係條路上面冇人，個天就快黑喇。"
JAPANESE = "老人は窓辺に座り、港へ続く道を眺めていた。朝から息子を待っていたが、道には誰もいなかった。"
CATALAN = (
    "El vell seia a la finestra i mirava el camí que baixava cap al port. Esperava el seu fill des del matí, però al "
    "camí no hi havia ningú i ja es feia fosc. Quan ella va entrar amb el llum, ell va dir que havien d'anar al poble. "
)
LATIN = (
    "Gallia est omnis divisa in partes tres, quarum unam incolunt Belgae, aliam Aquitani, tertiam qui ipsorum lingua "
    "Celtae, nostra Galli appellantur. Hi omnes lingua, institutis, legibus inter se differunt. "
)


@pytest.mark.parametrize("code", LANGUAGES)
def test_a_tag_holds_for_texts_that_do_not_contradict_it(code: str) -> None:
    assert document_language(f"{LANGUAGES[code].sample} " * 8, code) == code


@pytest.mark.parametrize(
    ("text", "tag", "expected"),
    [
        *((ENGLISH, tag, "en") for tag in ("eng", "en_US", "en-GB", "EN", "English", "", "und", "mul", "unknown")),
        *((GERMAN, tag, "de") for tag in ("ger", "deu", "de-AT", "und", "en", "eng", "zh-CN", "fr", "pl", "sw")),
        *((POLISH, tag, "pl") for tag in ("pol", "en-US", "ru")),
        *((ENGLISH, tag, "en") for tag in ("zh", "de", "pl", "chi", "sw")),
        *((CHINESE, tag, "zh") for tag in ("chi", "zho", "cmn", "zh-Hans", "en", "ja", "und", "")),
        *((CANTONESE, tag, "yue") for tag in ("yue", "zh-yue")),
        *((JAPANESE, tag, "ja") for tag in ("jpn", "zh", "en")),
        *((CATALAN, tag, "ca") for tag in ("ca", "cat")),
        *((LATIN, tag, "la") for tag in ("la", "lat")),
        ("Yes, no.", "fr", "fr"),
        ("", "en-US", "en"),
        ("1 2 3", "", ""),
    ],
)
def test_the_text_decides_where_it_contradicts_its_tag(text: str, tag: str, expected: str) -> None:
    assert document_language(text * 3, tag) == expected


@pytest.mark.parametrize("length", [300, 1_000, 1_030, 2_500, 9_000])
def test_the_length_of_a_text_does_not_matter(length: int) -> None:
    text = (ENGLISH * 40)[:length]
    assert [document_language(text, tag) for tag in ("zh", "de", "")] == ["en"] * 3


def test_a_chapter_in_another_language_changes_nothing() -> None:
    assert document_language(ENGLISH * 60 + GERMAN * 40, "en") == "en"
