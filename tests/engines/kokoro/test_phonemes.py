"""Conversion of text to phonemes: mixed scripts, numbers, punctuation, and the phonemes of each word."""

import threading

import pytest

from funaudio_core.engines.kokoro import g2p_espeak, g2p_japanese, g2p_mandarin, phonemes, phonemized, symbols
from funaudio_core.engines.kokoro.tags import Part, split_tags


def phoneme_string(text: str, language: str, accent: str = phonemes.AMERICAN) -> str:
    return "".join(word.phonemes + word.suffix for word in phonemes.phonemize(text, language, accent))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("on the table", [("on", "ɔn"), ("the", "ðə"), ("table", "tˈAbᵊl")]),  # eSpeak NG writes "ɔnðə"
        ("of 21 men", [("of", "ʌv"), ("21", "twˈɛnti wˈʌn"), ("men", "mˈɛn")]),
    ],
)
def test_phonemes_are_assigned_to_words_if_counts_differ(text: str, expected: list[tuple[str, str]]) -> None:
    assert [(word.text, word.phonemes) for word in phonemes.phonemize(text, "en")] == expected


def test_word_texts_join_to_the_sentence() -> None:
    for text, language in (
        ('He said, "I paid $5.99 to Dr. Smith (my friend)" — really?', "en"),
        ("Un ami « sympa », et c'est vrai : 25,5 % !", "fr"),
        ("¿Cómo estás? ¡Muy bien!", "es"),
    ):
        assert " ".join(word.text for word in phonemes.phonemize(text, language)) == text
    for text, language in (
        ("他说：“你好！”《红楼梦》第2回，用iPhone看。", "zh"),
        ("「GoogleのAI」は2024年12月に1,234円でした…って。", "ja"),
    ):
        assert "".join(word.text for word in phonemes.phonemize(text, language)) == text


def test_abbreviations_make_no_pause_and_dots_are_merged() -> None:
    assert "." not in phoneme_string("Dr. Smith left", "en")
    assert phoneme_string("Wait... what?", "en").count("…") == 1
    assert phoneme_string("Yes, no.", "en") == "jˈɛs, nˈO."


def test_accents_differ() -> None:
    assert phoneme_string("nurse", "en") == "nˈɜɹs"
    assert phoneme_string("nurse", "en", phonemes.BRITISH) == "nˈɜːs"


def test_foreign_scripts_are_read_in_their_language() -> None:
    assert phoneme_string("你好", "zh") == "ni↓xau↓"
    assert phoneme_string("say 你好 now", "en") == "sˈA ni↓xau↓ nˈW"
    assert "ɡˈuɡᵊl" in phoneme_string("我用Google搜索", "zh")
    assert "koɲɲiʨiβa" in phoneme_string("say こんにちは", "en")


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("2024年", "二零二四年"),
        ("2个", "两个"),
        ("第2个", "第二个"),
        ("1,234", "一千二百三十四"),
        ("50%", "百分之五十"),
        ("10:30", "十点三十分"),
        ("13800138000", "一三八零零一三八零零零"),
    ],
)
def test_mandarin_numbers(text: str, spoken: str) -> None:
    def joined_phonemes(words: list[tuple[str, str]]) -> str:
        return "".join(sound for _, sound in words).replace(" ", "")

    assert joined_phonemes(g2p_mandarin.phonemize_words(text)) == joined_phonemes(g2p_mandarin.phonemize_words(spoken))


@pytest.mark.parametrize(
    ("kana", "expected"),
    [
        ("トーキョー", "toːkʲoː"),
        ("サンポ", "sampo"),
        ("コンニチワ", "koɲɲiʨiβa"),
        ("キッテ", "kʲiʔte"),
        ("ファイル", "ɸaiɾɯ"),
        ("シュジン", "ɕɨʥiɴ"),
        ("ウィーン", "βiːɴ"),
        ("トァ", "ta"),
    ],
)
def test_kana_to_phonemes(kana: str, expected: str) -> None:
    assert g2p_japanese.kana_to_phonemes(kana).strip() == expected


def test_japanese_words_and_numbers() -> None:
    words = g2p_japanese.phonemize_words("東京で3本買った。")
    assert [text for text, _ in words] == ["東京", "で", "3", "本", "買った", "。"]
    assert words[-2][1].strip() == "kaʔta"
    assert words[3][1].strip() == "boɴ"


def test_symbols_have_tokens() -> None:
    text = 'Hello — "you" (there)… 你好，100% 日本語! हिन्दी café ñandú œuvre ʘ'
    words = phonemes.phonemize(text, "en")
    assert sum(word.token_count for word in words) == len(phonemized.token_ids(words))
    assert set("".join(word.phonemes for word in words)).isdisjoint(symbols.PUNCTUATION)


def test_hindi_flap_is_not_read_as_a_pause() -> None:
    assert "ɽ" in phoneme_string("लड़का", "hi")
    assert "." not in phoneme_string("लड़का", "hi")


def test_groups_fit_the_limit_and_end_at_pauses() -> None:
    words = phonemes.phonemize("one two, three four five", "en")
    size = sum(word.token_count for word in words)
    groups = phonemized.group_words(words, size - 1)
    assert [word.text for group in groups for word in group] == ["one", "two,", "three", "four", "five"]
    assert groups[0][-1].text == "two,"
    long = phonemized.group_words([phonemized.PhonemizedWord("x", "a" * 95, ". ")], 20)
    assert all(sum(word.token_count for word in group) <= 20 for group in long)
    assert "".join(word.phonemes for group in long for word in group) == "a" * 95


def test_text_is_split_at_tags() -> None:
    assert split_tags("a [pause] b") == [Part("speech", "a "), Part("pause"), Part("speech", " b")]
    assert split_tags("[whisper]a[/whisper] b") == [Part("speech", "a", whisper=True), Part("speech", " b")]
    assert split_tags("see [note 1] and [Anna]") == [Part("speech", "see [note 1] and [Anna]")]


def test_espeak_is_thread_safe() -> None:
    words = ["the", "quiet", "river", "in", "spring"]
    expected = {language: g2p_espeak.phonemize_clause(words, language) for language in ("en-us", "en-gb", "es", "fr")}
    g2p_espeak._phonemize.cache_clear()
    failures: list[str] = []

    def work(language: str) -> None:
        for i in range(40):
            g2p_espeak.phonemize_clause([*words, str(i)], language)
            if g2p_espeak.phonemize_clause(words, language) != expected[language]:
                failures.append(language)

    threads = [threading.Thread(target=work, args=(language,)) for language in expected]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
