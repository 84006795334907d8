"""Text to phonemes: scripts mixed, numbers and marks read, and every word keeping its own sound."""

import threading

import pytest

from funaudio_core.engines.kokoro import g2p_espeak, g2p_japanese, g2p_mandarin, phonemes, phonemized, symbols
from funaudio_core.engines.kokoro.tags import Part, parts


def sounds(text: str, language: str, accent: str = phonemes.AMERICAN) -> str:
    return "".join(unit.phonemes + unit.after for unit in phonemes.units(text, language, accent))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("on the table", [("on", "ɔn"), ("the", "ðə"), ("table", "tˈAbᵊl")]),  # eSpeak NG writes "ɔnðə"
        ("of 21 men", [("of", "ʌv"), ("21", "twˈɛnti wˈʌn"), ("men", "mˈɛn")]),
    ],
)
def test_words_keep_their_sounds_where_counts_differ(text: str, expected: list[tuple[str, str]]) -> None:
    assert [(unit.text, unit.phonemes) for unit in phonemes.units(text, "en")] == expected


def test_texts_join_to_the_sentence() -> None:
    for text, language in (
        ('He said, "I paid $5.99 to Dr. Smith (my friend)" — really?', "en"),
        ("Un ami « sympa », et c'est vrai : 25,5 % !", "fr"),
        ("¿Cómo estás? ¡Muy bien!", "es"),
    ):
        assert " ".join(unit.text for unit in phonemes.units(text, language)) == text
    for text, language in (
        ("他说：“你好！”《红楼梦》第2回，用iPhone看。", "zh"),
        ("「GoogleのAI」は2024年12月に1,234円でした…って。", "ja"),
    ):
        assert "".join(unit.text for unit in phonemes.units(text, language)) == text


def test_abbreviations_make_no_pause_and_dots_become_one_mark() -> None:
    assert "." not in sounds("Dr. Smith left", "en")
    assert sounds("Wait... what?", "en").count("…") == 1
    assert sounds("Yes, no.", "en") == "jˈɛs, nˈO."


def test_accents_differ() -> None:
    assert sounds("nurse", "en") == "nˈɜɹs"
    assert sounds("nurse", "en", phonemes.BRITISH) == "nˈɜːs"


def test_guests_are_read_in_their_own_language() -> None:
    assert sounds("你好", "zh") == "ni↓xau↓"
    assert sounds("say 你好 now", "en") == "sˈA ni↓xau↓ nˈW"
    assert "ɡˈuɡᵊl" in sounds("我用Google搜索", "zh")
    assert "koɲɲiʨiβa" in sounds("say こんにちは", "en")


@pytest.mark.parametrize(
    ("text", "read"),
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
def test_mandarin_numbers(text: str, read: str) -> None:
    def flat(words: list[tuple[str, str]]) -> str:
        return "".join(sound for _, sound in words).replace(" ", "")

    assert flat(g2p_mandarin.words(text)) == flat(g2p_mandarin.words(read))


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
def test_kana(kana: str, expected: str) -> None:
    assert g2p_japanese.phonemes(kana).strip() == expected


def test_japanese_words_and_numbers() -> None:
    words = g2p_japanese.words("東京で3本買った。")
    assert [text for text, _ in words] == ["東京", "で", "3", "本", "買った", "。"]
    assert words[-2][1].strip() == "kaʔta"
    assert words[3][1].strip() == "boɴ"


def test_every_symbol_has_a_token() -> None:
    text = 'Hello — "you" (there)… 你好，100% 日本語! हिन्दी café ñandú œuvre ʘ'
    found = phonemes.units(text, "en")
    assert sum(unit.size for unit in found) == len(phonemized.ids(found))
    assert set("".join(unit.phonemes for unit in found)).isdisjoint(symbols.MARKS)


def test_hindi_flap_is_no_pause() -> None:
    assert "ɽ" in sounds("लड़का", "hi")
    assert "." not in sounds("लड़का", "hi")


def test_division_stays_under_the_limit_and_prefers_pauses() -> None:
    found = phonemes.units("one two, three four five", "en")
    size = sum(unit.size for unit in found)
    groups = phonemized.group(found, size - 1)
    assert [unit.text for group in groups for unit in group] == ["one", "two,", "three", "four", "five"]
    assert groups[0][-1].text == "two,"
    long = phonemized.group([phonemized.PhonemizedWord("x", "a" * 95, ". ")], 20)
    assert all(sum(unit.size for unit in group) <= 20 for group in long)
    assert "".join(unit.phonemes for group in long for unit in group) == "a" * 95


def test_tags_are_cut_out() -> None:
    assert parts("a [pause] b") == [Part("speech", "a "), Part("pause"), Part("speech", " b")]
    assert parts("[whisper]a[/whisper] b") == [Part("speech", "a", whisper=True), Part("speech", " b")]
    assert parts("see [note 1] and [Anna]") == [Part("speech", "see [note 1] and [Anna]")]


def test_espeak_from_many_threads() -> None:
    words = ["the", "quiet", "river", "in", "spring"]
    expected = {language: g2p_espeak.clause(words, language) for language in ("en-us", "en-gb", "es", "fr")}
    g2p_espeak._phonemes.cache_clear()
    wrong: list[str] = []

    def work(language: str) -> None:
        for i in range(40):
            g2p_espeak.clause([*words, str(i)], language)
            if g2p_espeak.clause(words, language) != expected[language]:
                wrong.append(language)

    threads = [threading.Thread(target=work, args=(language,)) for language in expected]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
