"""Tests of the language of passages in books of another language."""

from __future__ import annotations

import pytest

from funaudio_core.languages import LANGUAGES
from funaudio_core.text.passage_language import passage_language


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
