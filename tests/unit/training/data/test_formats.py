"""Formats of training data: what is written is read again, and each fault is named with its line."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

import pytest

from funaudio_core.errors import BadInput, Unsupported
from funaudio_core.training.data import parquet_files
from funaudio_core.training.data.conversation_jsonl import (
    SOUND,
    ConversationSound,
    ConversationTurn,
    TrainingConversation,
    read_conversations,
    write_conversations,
)
from funaudio_core.training.data.kaldi_folder import (
    DEFAULT_INSTRUCTION,
    KaldiUtterance,
    read_kaldi_folder,
    write_kaldi_folder,
)
from funaudio_core.training.data.parquet_files import ParquetUtterance, read_parquet, write_parquet
from funaudio_core.training.data.sensevoice_jsonl import (
    SenseVoiceUtterance,
    read_sensevoice_jsonl,
    text_form_of,
    write_sensevoice_jsonl,
)

ODD_TEXT = 'Two  blanks, "quotes"\ttabs,\u2028a separator, 你好 😀'
ODD_PATH = "/data/my  clips/a b.wav"
SENSEVOICE = (
    SenseVoiceUtterance("k 1", ODD_PATH, ODD_TEXT, "yue", "HAPPY", "BGM", "withitn", 140, 7),
    SenseVoiceUtterance("k2", "b.wav", ""),
)
KALDI = (
    KaldiUtterance("u1", ODD_PATH, ODD_TEXT, "anna", DEFAULT_INSTRUCTION),
    KaldiUtterance("u2", "b.wav", "x", "bo"),
    KaldiUtterance("u3", "c.wav", "", "anna", "Speak  softly.<|endofprompt|>"),
)
QUESTION = ConversationSound(path=ODD_PATH, pads=3, reference_text="Why?")
REPLY = ConversationSound(text=ODD_TEXT, delay=10, codes=(0, 6560, 42), reference_path="r.wav")
CONVERSATION = TrainingConversation(
    "Be  kind.",
    (ConversationTurn("user", f"{SOUND}\nand  now?"), ConversationTurn("assistant", SOUND)),
    (QUESTION, REPLY),
)


def write(path: Path, *lines: object) -> Path:
    path.write_text("".join(f"{line if isinstance(line, str) else json.dumps(line)}\n" for line in lines))
    return path


def test_sensevoice_lines_are_read_as_written(tmp_path: Path) -> None:
    path = tmp_path / "train.jsonl"
    write_sensevoice_jsonl(SENSEVOICE, path)
    assert read_sensevoice_jsonl(path) == SENSEVOICE
    first = json.loads(path.read_text("utf-8").split("\n")[0])
    assert first == {
        "key": "k 1",
        "text_language": "<|yue|>",
        "emo_target": "<|HAPPY|>",
        "event_target": "<|BGM|>",
        "with_or_wo_itn": "<|withitn|>",
        "target": ODD_TEXT,
        "source": ODD_PATH,
        "target_len": 7,
        "source_len": 140,
    }


def test_missing_tags_are_those_of_the_published_loader(tmp_path: Path) -> None:
    (row,) = read_sensevoice_jsonl(write(tmp_path / "a.jsonl", {"key": "k", "source": "a.wav", "target": "hi"}))
    assert (row.language, row.emotion, row.event, row.text_form) == ("zh", "NEUTRAL", "Speech", "woitn")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"key": None}, "'key' is missing"),
        ({"target": 5}, "'target' must be a text"),
        ({"source": ""}, "path of the recording is empty"),
        ({"text_language": "zh"}, "'text_language' must be a tag such as <|zh|>"),
        ({"with_or_wo_itn": "<|itn|>"}, "'itn' isn't one of withitn, woitn"),
        ({"source_len": -1}, "'source_len' must be a number of at least 0"),
        ({"source_len": True}, "'source_len' must be a number"),
        ({"key": "first"}, "The id 'first' occurs twice"),
    ],
)
def test_faults_of_sensevoice_lines_are_named(tmp_path: Path, change: dict[str, Any], sentence: str) -> None:
    good = {"key": "first", "source": "a.wav", "target": "hi"}
    bad = {**good, "key": "second", **change}
    path = write(tmp_path / "a.jsonl", good, "", {name: value for name, value in bad.items() if value is not None})
    with pytest.raises(BadInput) as error:
        read_sensevoice_jsonl(path)
    assert str(error.value).startswith("a.jsonl, line 3: ")
    assert sentence in str(error.value)


def test_text_forms() -> None:
    assert [text_form_of(text) for text in ("hello it's me", "Hello.", "at 9", "你好", "你好。", "")] == [
        *("woitn", "withitn", "withitn", "woitn", "withitn", "woitn")
    ]


def test_kaldi_folders_are_read_as_written(tmp_path: Path) -> None:
    write_kaldi_folder(KALDI, tmp_path)
    assert read_kaldi_folder(tmp_path) == KALDI
    assert (tmp_path / "spk2utt").read_text() == "anna u1 u3\nbo u2\n"
    assert (tmp_path / "utt2spk").read_text() == "u1 anna\nu2 bo\nu3 anna\n"
    assert (tmp_path / "wav.scp").read_text().split("\n")[0] == f"u1 {ODD_PATH}"


def test_kaldi_folders_without_speakers_and_with_wide_gaps(tmp_path: Path) -> None:
    write(tmp_path / "wav.scp", "u1\t  a.wav")
    write(tmp_path / "text", "u1   hello  there  ")
    assert read_kaldi_folder(tmp_path) == (KaldiUtterance("u1", "a.wav", "hello  there", "u1"),)


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        ({"text": None}, "text can't be read"),
        ({"text": "u1 a"}, "wav.scp, line 2: There is no text for 'u2'"),
        ({"text": "u1 a\nu2 b\nu9 c"}, "text, line 3: There is no recording for 'u9'"),
        ({"wav.scp": "u1 a.wav\nu2"}, "wav.scp, line 2: The path after 'u2' is missing"),
        ({"wav.scp": "u1 a.wav\nu2 sox a.wav -|"}, "wav.scp, line 2: Commands aren't run"),
        ({"wav.scp": "u1 a.wav\nu1 b.wav"}, "wav.scp, line 2: The id 'u1' occurs twice"),
        ({"spk2utt": "anna u1"}, "spk2utt, line 1: utt2spk doesn't give 'u1' the speaker 'anna'"),
    ],
)
def test_faults_of_kaldi_folders_are_named(tmp_path: Path, files: dict[str, str | None], sentence: str) -> None:
    for name, content in {"wav.scp": "u1 a.wav\nu2 b.wav", "text": "u1 a\nu2 b", **files}.items():
        if content is not None:
            (tmp_path / name).write_text(content + "\n")
    with pytest.raises(BadInput) as error:
        read_kaldi_folder(tmp_path)
    assert sentence in str(error.value)


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        (KaldiUtterance("a b", "a.wav", "x", "s"), "The id 'a b' is empty or has blanks"),
        (KaldiUtterance("a", "a.wav", "x", ""), "The id '' is empty"),
        (KaldiUtterance("a", "a.wav", "x\ny", "s"), "has a line break"),
        (KaldiUtterance("a", "rm |", "x", "s"), "The path 'rm |' can't be written"),
    ],
)
def test_rows_that_kaldi_cannot_hold_are_refused(tmp_path: Path, row: KaldiUtterance, sentence: str) -> None:
    with pytest.raises(BadInput) as error:
        write_kaldi_folder([row], tmp_path)
    assert sentence in str(error.value)
    assert not list(tmp_path.iterdir())


def test_conversations_are_read_as_written(tmp_path: Path) -> None:
    path = tmp_path / "train.jsonl"
    write_conversations([CONVERSATION], path)
    assert read_conversations(path) == (CONVERSATION,)
    line = json.loads(path.read_text("utf-8"))
    assert json.loads(line["audio"][1])["token"] == "<|audio_bos|>" * 10 + "[AU0000][AU6560][AU0042]"
    assert line["audio"][1].startswith('{"path": "", "ref_path": "r.wav", ')


def test_the_path_of_a_reply_is_not_heard(tmp_path: Path) -> None:
    reply = {"wav_path": "r.wav", "text": "x", "token": "<|audio_bos|>[AU0001]"}
    question = {"wav_path": "q.wav", "text": "", "token": "<|audio_pad|>"}
    line = {
        "messages": [{"role": "user", "content": SOUND}, {"role": "assistant", "content": SOUND}],
        "audio": [json.dumps(question), json.dumps(reply)],
    }
    (found,) = read_conversations(write(tmp_path / "a.jsonl", line))
    assert [sound.path for sound in found.sounds] == ["q.wav", ""]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"messages": []}, "'messages' must be a list"),
        ({"messages": [{"role": "user"}]}, "must have a 'role' and a 'content'"),
        ({"messages": [{"role": "user", "content": "hi"}]}, "must alternate"),
        ({"audio": []}, "name 2 sounds, but there are 0"),
        ({"audio": "x"}, "'audio' must be a list of texts"),
        ({"audio": ["{", "{}"]}, "must be an object in JSON"),
        ({"audio": ['{"path": "a"}', "{}"]}, "'token' is missing"),
        ({"audio": ['{"path": "a", "token": "[AU1]"}', "{}"]}, "tokens of a sound must be"),
        ({"audio": ['{"path": "a", "token": "[AU6561]"}', "{}"]}, "code 6561 is too high"),
        ({"audio": ['{"path": "a", "token": ""}', "{}"]}, "has no tokens"),
        ({"audio": ['{"token": "<|audio_pad|>"}', "{}"]}, "heard has no path"),
    ],
)
def test_faults_of_conversations_are_named(tmp_path: Path, change: dict[str, Any], sentence: str) -> None:
    path = tmp_path / "a.jsonl"
    write_conversations([CONVERSATION, CONVERSATION], path)
    good, bad = path.read_text("utf-8").split("\n")[:2]
    write(path, good, {**json.loads(bad), **change})
    with pytest.raises(BadInput) as error:
        read_conversations(path)
    assert str(error.value).startswith("a.jsonl, line 2: ")
    assert sentence in str(error.value)


@pytest.mark.parametrize("content", ["not json", "[1]", "null", "[" * 100_000])
def test_lines_that_are_no_objects_are_named(tmp_path: Path, content: str) -> None:
    with pytest.raises(BadInput, match=r"a\.jsonl, line 1: This isn't JSON"):
        read_conversations(write(tmp_path / "a.jsonl", content))


def test_other_encodings_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes("é".encode("latin-1"))
    with pytest.raises(BadInput, match=r"a\.jsonl isn't UTF-8"):
        read_conversations(tmp_path / "a.jsonl")


PARQUET = (
    ParquetUtterance("u 1", b"RIFF\0", ODD_PATH, ODD_TEXT, "anna", (0.5, -1.0), (0.25, 0.0), (1, 2, 3), "Speak.", (4,)),
    ParquetUtterance("u2", b"\xff", "b.flac", "x", "bo", (0.5, -1.0), (0.25, 0.0), (7,)),
)


def test_parquet_files_are_read_as_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pyarrow")
    monkeypatch.setattr(parquet_files, "UTTERANCES_PER_FILE", 1)
    assert tuple(read_parquet(write_parquet(PARQUET, tmp_path))) == PARQUET
    names = {path.name for path in tmp_path.iterdir()}
    assert {"parquet_000000000.tar", "parquet_000000001.tar", "utt2data.list", "spk2data.list"} <= names
    assert json.loads((tmp_path / "spk2parquet_000000001.json").read_text()) == {
        "bo": str(tmp_path / "parquet_000000001.tar")
    }
    assert tuple(read_parquet(tmp_path / "parquet_000000001.tar")) == PARQUET[1:]


def test_parquet_files_have_the_columns_of_the_published_script(tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    plain = ParquetUtterance("u1", b"1", "a.wav", "hi", "anna")
    for name, rows, more in (
        ("plain", [plain], []),
        ("whole", PARQUET, ["utt_embedding", "spk_embedding", "speech_token", "instruct", "reject_speech_token"]),
    ):
        write_parquet(rows, tmp_path / name)
        schema = parquet.ParquetFile(tmp_path / name / "parquet_000000000.tar").schema_arrow
        assert schema.names == ["utt", "audio_data", "wav", "text", "spk", *more]
        kinds = {field.name: str(field.type) for field in schema}
        assert (kinds["audio_data"], kinds["utt"]) == ("binary", "string")
        assert not more or (kinds["utt_embedding"], kinds["speech_token"]) == (
            "list<element: double>",
            "list<element: int64>",
        )


def test_faults_of_parquet_files_are_sentences(tmp_path: Path) -> None:
    pyarrow, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    (tmp_path / "a.tar").write_bytes(b"no parquet")
    parquet.write_table(pyarrow.table({"utt": ["a"], "text": ["b"]}), tmp_path / "b.tar")
    broken = {"utt": ["a"], "audio_data": [None], "wav": ["a.wav"], "text": ["b"], "spk": ["c"]}
    parquet.write_table(pyarrow.table(broken), tmp_path / "c.tar")
    for name, sentence in (
        ("a.tar", "a.tar is no Parquet file, or damaged"),
        ("b.tar", "b.tar has no column audio_data"),
        ("c.tar", "utterance 'a' has no usable sound"),
        ("d.tar", "There is no file or folder 'd.tar'"),
    ):
        (tmp_path / "data.list").write_text(f"{name}\n")
        with pytest.raises(BadInput, match=sentence):
            list(read_parquet(tmp_path / "data.list"))
    with pytest.raises(BadInput, match="No clip is kept"):
        write_parquet([], tmp_path / "none")


def test_without_pyarrow_the_sentence_names_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(Unsupported, match="pip install pyarrow"):
        write_parquet(PARQUET, tmp_path)
    with pytest.raises(Unsupported, match="or use the folder"):
        list(read_parquet(tmp_path / "data.list"))
