"""CosyVoice's text frontend: pieces and counts of the reference without its known mistakes, and ids of Qwen2."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from funaudio_core.engines.cosyvoice import config, control_tokens, text, text_normalizer
from funaudio_core.engines.cosyvoice.bistream import PromptPrefix
from funaudio_core.engines.cosyvoice.tokenizer import Tokenizer
from funaudio_core.errors import WeightsMissing
from funaudio_core.languages import LANGUAGES
from tests.conftest import ROOT

GOLDEN = json.loads((ROOT / "tests" / "golden" / "cosyvoice" / "text_and_sampling.json").read_text("utf-8"))
CORPUS = [
    *(row.sample for row in LANGUAGES.values()),
    "You are a helpful assistant. Say it very happily. 请非常开心地说。",
]


def words(sentence: str) -> int:
    return len(sentence.split())


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write a small vocabulary in the files of the release."""
    from tokenizers import Regex, models, pre_tokenizers, trainers
    from tokenizers import Tokenizer as Trained

    trained = Trained(models.BPE())
    cut = pre_tokenizers.Split(Regex(r"\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+|\s+"), "isolated")
    trained.pre_tokenizer = pre_tokenizers.Sequence([cut, pre_tokenizers.ByteLevel(False, use_regex=False)])
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trained.train_from_iterator(CORPUS * 4, trainers.BpeTrainer(vocab_size=600, initial_alphabet=alphabet))
    made = tmp_path_factory.mktemp("vocabulary")
    trained.model.save(str(made))
    return made


def small(version: config.Version, folder: Path) -> config.ModelConfig:
    full = config.CONFIGS[version]
    pieces = len(json.loads((folder / "vocab.json").read_text("utf-8")))
    return replace(full, lm=replace(full.lm, vocab_size=pieces))


@pytest.fixture(params=[2, 3])
def tokenizer(request: pytest.FixtureRequest, folder: Path) -> Tokenizer:
    return Tokenizer(folder, small(request.param, folder))


@pytest.mark.parametrize("row", GOLDEN["split"], ids=lambda row: row["text"][:12])
def test_pieces_are_the_references(row: dict[str, Any]) -> None:
    assert text.split(row["text"], row["lang"], words) == row["pieces"]


@pytest.mark.parametrize("row", GOLDEN["numbers"])
def test_english_numbers_are_the_references(row: dict[str, str]) -> None:
    assert text_normalizer.spell_english_numbers(row["in"]) == row["spell_out_number"]


@pytest.mark.parametrize("row", GOLDEN["zh_rules"])
def test_chinese_rules_are_the_references(row: dict[str, str]) -> None:
    assert text.strip_cjk_spaces(row["in"]) == row["replace_blank"]
    assert text.replace_powers(row["in"]) == row["replace_corner_mark"]
    assert text.remove_brackets(row["in"]) == row["remove_bracket"]


def test_nothing_is_lost_where_a_text_is_cut() -> None:
    for language, given in (
        ("zh", "真的吗？！“是的。”他说" * 12),
        ("zh", "很长的一句话没有任何标点" * 30),
        ("zh", "好！OK" * 40 + "。"),
        ("en", '"Really?!" she said... He left (at 10:30, e.g. by bus). ' * 12 + "End."),
        ("en", ".\"'Quoted from the first mark on"),
        ("en", "one two three " * 100),
        ("de", "Dr. Müller zahlt 3,14 Euro; und dann? " * 20),
        ("ko", "안녕하세요. 반갑습니다! " * 40),
    ):
        found = text.split(given, language, words)
        joined = "".join(found)
        assert joined == given or joined[:-1] == given
        assert (
            max(len(piece) if language == "zh" else words(piece) for piece in found)
            <= text.MAX_LENGTH + text.MERGE_LENGTH
        )
        assert all(piece.strip() for piece in found)


def test_pieces_without_words_are_dropped() -> None:
    assert text.normalize_and_split("？！……", "zh", 2, words) == []
    assert text.normalize_and_split("  \n ", "en", 3, words) == []
    assert text.normalize_and_split("...", "en", 3, words) == []
    assert text.normalize_and_split("你好", "zh", 3, words) == ["你好。"]


@pytest.mark.parametrize(
    ("language", "version", "given", "read"),
    [
        ("zh", 2, "3.5元，面积10m²（约） - 真的 hello world,", "三点五元，面积十平方米约，真的hello world。"),
        ("zh", 3, "共1,234元，第2名说:\"3.5\"", "共一千二百三十四元，第二名说:\"三点五\""),
        ("zh", 2, "看example.com.谢谢", "看example.com。谢谢"),
        ("zh", 2, "第一行\n第二行", "第一行。第二行"),
        ("yue", 3, "有3個", "有三個"),
        ("en", 2, "42% of 1,234 dogs in 1999",
         "forty two percent of one thousand, two hundred and thirty-four dogs in nineteen ninety nine"),
        ("en", 2, "A line\nand one. 5", "A line. and one. five"),
        ("en", 3, "Call +44 20 now. It is 3.", "Call +forty-four twenty now. It is three."),
        ("en", 3, "say [HH][AH0] 3 [laughter]", "say [HH][AH0] three [laughter]"),
        ("de", 3, "Im Jahr 1999 kostete es 3,14 €, z.B. für Öl", "Im Jahr 1999 kostete es 3,14 €, z.B. für Öl"),
        ("ko", 2, "3시에 만나요", "3시에 만나요"),
        ("ja", 2, "2026年です", "二千二十六年です"),
        ("ja", 3, "歴史的世界においては、過去は単に過ぎ去ったものではない、プラトンのいう如く非有が有である。",
         "レキシ テキ セカイ ニ オイ テ ワ、カコ ワ タンニ スギサッ タ モノ デ ワ ナイ、"
         "プラトン ノ イウ ゴトク ヒ ユー ガ ユー デ アル。"),  # the katakana of CosyVoice's own example
    ],
)  # fmt: skip
def test_each_language_is_read_by_its_own_rules(language: str, version: config.Version, given: str, read: str) -> None:
    assert text.normalize(given, language, version) == read


def test_special_tokens_stand_where_the_release_has_them() -> None:
    ids = {token: 151_643 + place for place, token in enumerate(control_tokens.special_tokens(3))}
    assert len(control_tokens.special_tokens(2)) == 20
    assert len(ids) == 281
    for token, expected in (
        (control_tokens.END_OF_PROMPT, 151_646),
        ("[laughter]", 151_651), ("[mn]", 151_662), ("<|endofsystem|>", 151_663),
        ("[AA]", 151_664), ("[ZH]", 151_747), ("[a]", 151_748), ("[j]", 151_797), ("[ǐ]", 151_913), ("[ǜ]", 151_923),
    ):  # fmt: skip
        assert ids[token] == expected
    assert max(ids.values()) < config.V3.lm.vocab_rows
    assert control_tokens.special_tokens(3)[:20] == control_tokens.special_tokens(2)


def test_ids_are_those_of_transformers(folder: Path, tmp_path: Path) -> None:
    """The reference reads the same files with AutoTokenizer and adds its tokens in this order."""
    from transformers import AutoTokenizer

    for name in ("vocab.json", "merges.txt"):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    (tmp_path / "tokenizer_config.json").write_text('{"tokenizer_class": "Qwen2Tokenizer", "model_max_length": 32768}')
    reference = AutoTokenizer.from_pretrained(tmp_path)
    end, *others = control_tokens.special_tokens(3)
    reference.add_special_tokens({"eos_token": end, "pad_token": end, "additional_special_tokens": others})
    ours = Tokenizer(folder, small(3, folder))
    for given in (*CORPUS, "I'll pay 12345 €!\r\n\r\n  twice  [laughter]你好[j][ǐ]<strong>now</strong>", "cafe\u0301"):
        assert list(ours.encode(given)) == reference(given)["input_ids"]
    prompt = "You are a helpful assistant. 请用广东话表达。<|endofprompt|>"
    assert list(ours.encode_instruction("请用广东话表达。")) == reference(prompt)["input_ids"]
    assert list(ours.encode_instruction()) == reference("You are a helpful assistant.<|endofprompt|>")["input_ids"]


def test_nobody_can_type_a_control_token(tokenizer: Tokenizer, folder: Path) -> None:
    size = len(json.loads((folder / "vocab.json").read_text("utf-8")))
    for typed in ("<|endofprompt|>", "<|im_start|>", "<|endoftext|>", "take [a] or [M] or [b]"):
        assert max(tokenizer.encode(typed)) < size
    assert max(tokenizer.encode("[laughter]")) == size + 8
    assert max(tokenizer.encode_instruction("<|im_end|> sing")) == size + 3  # the one that ends the prompt


def test_a_prompt_is_what_its_version_expects(folder: Path) -> None:
    second, third = (Tokenizer(folder, small(version, folder)) for version in (2, 3))
    assert second.encode_instruction() == ()
    assert second.encode_instruction("Whisper.") == (*second.encode("Whisper."), third.encode_instruction()[-1])
    assert third.encode_instruction("Whisper.")[:-1] == third.encode("You are a helpful assistant. Whisper.")
    before = PromptPrefix(third.encode_instruction(), third.encode("Said before."), (7, 8))
    first, other = third.lm_requests(["One.", "Two."], 5, before)
    assert first.prompt == other.prompt == (*third.encode_instruction(), *third.encode("Said before."))
    assert (first.text, other.text) == (third.encode("One."), third.encode("Two."))
    assert first.speech == (7, 8)
    assert first.seed != other.seed
    assert (
        third.lm_requests(["One."], 5, before)[0].seed == first.seed != third.lm_requests(["One."], 6, before)[0].seed
    )


def test_another_vocabulary_is_refused(folder: Path) -> None:
    with pytest.raises(WeightsMissing, match="tokens instead of 151,643"):
        Tokenizer(folder, config.V3)


def test_other_languages_have_spoken_forms_and_no_markup_is_read() -> None:
    given = "# Hoy\n\n<p>Son las <b>15:30</b> y cuesta 20 €, <strong>casi</strong> nada.</p>"
    assert text.normalize_and_split(given, "es", 3, words) == [
        "Hoy. Son las quince treinta y cuesta veinte euros, <strong>casi</strong> nada."
    ]


@pytest.mark.parametrize(("written", "stable"), [("Son las ", True), ("Son las 15", False), ("Llama al Sr. ", False)])
def test_a_number_is_not_stable_in_other_languages(written: str, stable: bool) -> None:
    assert text_normalizer.is_stable(written, "es") is stable
