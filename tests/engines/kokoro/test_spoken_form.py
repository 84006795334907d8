"""How the lite voice reads written text: the rows of spoken_forms.tsv, subtitles, SSML and sentence ends."""

import statistics

import pytest

from bench.speech import spoken_forms
from funaudio_core import text
from funaudio_core.engines.kokoro import engine, phonemes, tags
from funaudio_core.engines.kokoro.phonemized import PhonemizedWord
from funaudio_core.text.pronunciations import Pronunciation, apply_pronunciations
from funaudio_core.types import SpeechRequest, Voice

ROWS = spoken_forms.read_rows(spoken_forms.ROWS)


@pytest.mark.parametrize("language", sorted(phonemes.LANGUAGES))
def test_written_forms_are_read_as_people_say_them(language: str) -> None:
    rows = [row for row in ROWS if row.language == language]
    wrong = [row.written for row in rows if not spoken_forms.is_right(row)]
    assert len(rows) >= 14
    assert len(wrong) <= (1 - spoken_forms.MIN_RIGHT_SHARE) * len(rows), wrong


def test_spoken_forms_take_little_time() -> None:
    assert statistics.median(spoken_forms.measure_ms(ROWS)) <= spoken_forms.MAX_MEDIAN_MS


@pytest.mark.parametrize(
    ("written", "language", "words"),
    [
        ("Pay $3.5 million to Dr. Lee.", "en", ["Pay", "$3.5 million", "to", "Dr.", "Lee."]),
        ("Wait... it is 5kg, isn't it?", "en", ["Wait...", "it", "is", "5kg,", "isn't", "it?"]),
        ("Cuesta 20€ el 3/4/2025.", "es", ["Cuesta", "20€", "el", "3/4/2025."]),
        ("重慶銀行2026-11-29。", "zh", ["重慶", "銀行", "2026-11-29。"]),
        ("¥1,000です。", "ja", ["¥1,000", "です。"]),
    ],
)
def test_words_keep_what_was_written(written: str, language: str, words: list[str]) -> None:
    assert [word.text for word in phonemes.phonemize(written, language)] == words


def _parts(marked: str) -> list[tags.Part]:
    return engine.split_request(SpeechRequest(marked, "en", Voice("Any", "en", preset="af_heart")))[0]


def test_ssml_sets_pauses_and_delivery() -> None:
    parts = _parts(
        '<speak>[whisper]One <break time="1500ms"/> two[/whisper] <prosody rate="slow">three</prosody></speak>'
    )
    assert [(part.kind, part.text, part.whisper) for part in parts] == [
        ("speech", "One", True),
        ("pause", "", False),
        ("speech", "two", True),
        ("speech", "three", False),
    ]
    assert parts[1].seconds == 1.5
    assert parts[3].prosody.rate == 0.8


def test_given_phonemes_are_spoken() -> None:
    request = SpeechRequest(
        'Eat <phoneme alphabet="ipa" ph="təˈmɑtoʊ">tomato</phoneme> on <sub alias="Monday">Mon</sub>.',
        "en",
        Voice("Any", "en", preset="af_heart"),
    )
    parts, overrides = engine.split_request(request)
    words = phonemes.phonemize(parts[0].text, "en", overrides=overrides)
    assert [word.text for word in words] == ["Eat", "tomato", "on", "Mon."]
    assert words[1].phonemes == "təˈmɑtO"
    assert words[3].phonemes == phonemes.phonemize("Monday", "en")[0].phonemes


@pytest.mark.parametrize(
    ("sentence", "language", "word"),
    [
        ("There was a flash, while Ogilvy stared.", "en", "Ogilvy"),
        ("Fog had swallowed the harbour before supper.", "en", "supper"),
        ("Ask Dr. Lee, said Mrs. Abernathy.", "en", "Lee"),
        ("Ask Dr. Lee, said Mrs. Abernathy.", "en", "Abernathy"),
        ("La casa de Ogilvy es de los hijos.", "es", "casa"),
    ],
)
@pytest.mark.parametrize("said", [{"ipa": "ˈoʊɡəlvi"}, {"spoken": "oagel vee"}], ids=["ipa", "respelling"])
def test_a_pronunciation_changes_its_word_alone(sentence: str, language: str, word: str, said: dict[str, str]) -> None:
    before = phonemes.phonemize(sentence, language)
    after = _phonemize_with(sentence, language, Pronunciation(word, **said))
    assert [each.text for each in after] == [each.text for each in before]
    changed = [old.text for old, new in zip(before, after, strict=True) if old.phonemes != new.phonemes]
    assert [each.strip(",.") for each in changed] == [word]


@pytest.mark.parametrize(("ipa", "sound"), [("ˈoʊɡəlvi", "ˈOɡəlviz"), ("lˈoʊk", "lˈOks"), ("ʤˈoʊnz", "ʤˈOnzᵻz")])
def test_a_given_name_has_a_possessive(ipa: str, sound: str) -> None:
    words = _phonemize_with("That is Ogilvy’s dog.", "en", Pronunciation("Ogilvy", ipa=ipa))
    assert [(word.text, word.phonemes) for word in words][2] == ("Ogilvy’s", sound)


def test_several_words_given_as_one_leave_their_neighbours() -> None:
    before = phonemes.phonemize("We met in New York on the way.", "en")
    after = _phonemize_with("We met in New York on the way.", "en", Pronunciation("New York", ipa="njˈuː jˈɔːɹk"))
    assert [word.text for word in after] == ["We", "met", "in", "New York", "on", "the", "way."]
    assert [word.phonemes for word in after[4:]] == [word.phonemes for word in before[5:]]
    assert [word.phonemes for word in after[:3]] == [word.phonemes for word in before[:3]]


@pytest.mark.parametrize(
    ("sentence", "language", "sound"),
    [
        ("C'est d'Ogilvy que je parle.", "fr", "dˈɔʒ"),
        ("C'est l’Ogilvy.", "fr", "lˈɔʒ"),
        ("Jusqu'Ogilvy, il faut marcher.", "fr", "ʒyskˈɔʒ"),
        ("La casa dell'Ogilvy è bella.", "it", "dellˈɔʒ"),
    ],
)
def test_an_elided_word_is_joined_with_a_given_one(sentence: str, language: str, sound: str) -> None:
    words = _phonemize_with(sentence, language, Pronunciation("Ogilvy", ipa="ˈɔʒ"))
    assert sound in [word.phonemes for word in words]
    before = phonemes.phonemize(sentence, language)
    after = [word.phonemes for word in words if "Ogilvy" not in word.text]
    assert after == [word.phonemes for word in before if "Ogilvy" not in word.text]


def test_a_given_word_leaves_what_a_rule_joins_it_with() -> None:
    words = _phonemize_with("He paid $5 million today.", "en", Pronunciation("million", ipa="mˈoʊn"))
    assert [word.phonemes for word in words][2:4] == ["fˈIv dˈɑləɹz", "mˈOn"]


def _phonemize_with(sentence: str, language: str, row: Pronunciation) -> list[PhonemizedWord]:
    marked = apply_pronunciations(sentence, (row,), language)
    parts, overrides = engine.split_request(SpeechRequest(marked, language, Voice("Any", language, preset="af_heart")))
    return [word for part in parts for word in phonemes.phonemize(part.text, language, overrides=overrides)]


@pytest.mark.parametrize(
    ("language", "written", "sentences"),
    [
        ("en", "U.S. and U.K. teams met. He left.", ["U.S. and U.K. teams met.", "He left."]),
        ("en", "At 6 p.m. on Friday. At 5 p.m. She left.", ["At 6 p.m. on Friday.", "At 5 p.m.", "She left."]),
        ("en", "Mt. Everest on Jan. 5. Ph.D. students.", ["Mt. Everest on Jan. 5.", "Ph.D. students."]),
        ("en", "Pears, etc. are fine. I like etc. He too.", ["Pears, etc. are fine.", "I like etc.", "He too."]),
        ("en", "He is in the U.S. The army is not.", ["He is in the U.S.", "The army is not."]),
        ("es", "Los EE. UU. ahora. A las 10 a. m. sale.", ["Los EE. UU. ahora.", "A las 10 a. m. sale."]),
        ("fr", "Voir p. ex. ici. MM. Roux et Blanc.", ["Voir p. ex. ici.", "MM. Roux et Blanc."]),
        ("pt", "No séc. XIX. O Sr. Silva.", ["No séc. XIX.", "O Sr. Silva."]),
        ("hi", "डॉ. शर्मा यहाँ हैं। वह नहीं।", ["डॉ. शर्मा यहाँ हैं।", "वह नहीं।"]),
    ],
)
def test_dots_of_abbreviations_end_no_sentence(language: str, written: str, sentences: list[str]) -> None:
    assert text.split_sentences(written, language) == sentences


def test_numbers_are_not_cut() -> None:
    long = "It was sold for exactly 1,234,567,890 dollars and 50 cents, which nobody in the whole town had expected."
    assert not any(piece.endswith(("1,", "234,", "567,")) for piece in text.split_sentences(long, "en", 40))
