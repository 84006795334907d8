"""Tests of the readers of data sets: what they read, and the sentence for each fault."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from funaudio_core.errors import BadInput
from funaudio_core.evaluation import items
from funaudio_core.evaluation.manifests import read_data_set


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with two recordings, which nothing decodes."""
    for name in ("a.wav", "b.wav"):
        (tmp_path / name).write_bytes(b"RIFF")
    return tmp_path


def write(folder: Path, name: str, text: str | bytes) -> Path:
    """Write a file, and return its path."""
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_json_lines_are_read_with_the_names_of_other_tools(folder: Path) -> None:
    lines = [
        {"id": 1, "audio": "a.wav", "text": "Hello.", "language": "English", "speaker": "s1", "noise": "none"},
        {"audio_filepath": "b.wav", "sentence": "你好", "lang": "zh", "choices": ["x", "y"], "answer": "x"},
    ]
    first, second = read_data_set(write(folder, "set.jsonl", "\n\n".join(map(json.dumps, lines)))).items
    assert first == items.Item("1", folder / "a.wav", "Hello.", "en", "s1", tags={"noise": "none"})
    assert (second.id, second.text, second.language, second.choices) == ("b", "你好", "zh", ("x", "y"))


def test_tables_are_read(folder: Path) -> None:
    comma = write(folder, "set.csv", '\ufeffpath,sentence,age\na.wav,"Yes, really",teens\nb.wav,No,\n')
    assert [(item.text, dict(item.tags)) for item in read_data_set(comma, "en").items] == [
        ("Yes, really", {"age": "teens"}),
        ("No", {"age": ""}),
    ]
    tab = write(folder, "set.tsv", "audio\ttext\na.wav\tone two\n")
    assert read_data_set(tab).items[0].text == "one two"


def test_kaldi_folder_is_read(folder: Path) -> None:
    write(folder, "wav.scp", "u1 a.wav\nu2\tb.wav\n")
    write(folder, "text", "u1 hello there\nu2\tyes\n")
    write(folder, "utt2spk", "u1 anna\n")
    found = read_data_set(folder, "en").items
    assert [(item.id, item.text, item.speaker) for item in found] == [("u1", "hello there", "anna"), ("u2", "yes", "")]


def test_list_of_seed_tts_is_read(folder: Path) -> None:
    (item,) = read_data_set(write(folder, "meta.lst", "p1|Prompt text|a.wav|Text to speak.\n"), "en").items
    assert (item.id, item.audio, item.text) == ("p1", None, "Text to speak.")
    assert item.tags == {"prompt_text": "Prompt text", "prompt_audio": "a.wav"}


def test_folder_of_recordings_is_read(folder: Path) -> None:
    write(folder, "a.txt", "hello\nthere\n")
    write(folder, "b.lab", "yes")
    assert [(item.id, item.text) for item in read_data_set(folder).items] == [
        ("a.wav", "hello there"),
        ("b.wav", "yes"),
    ]


def entry(**fields: object) -> str:
    """Return a line of JSON for a.wav."""
    return json.dumps({"audio": "a.wav", "text": "x", **fields})


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("s.jsonl", "", "s has no entries"),
        ("s.jsonl", "\n  \n", "s has no entries"),
        ("s.jsonl", "{", "s.jsonl, line 1: This isn't JSON"),
        ("s.jsonl", f"{entry()}\n\n[1]", "s.jsonl, line 3: Each line must hold one object"),
        ("s.jsonl", "[" * 100_000, "line 1: This isn't JSON"),
        ("s.jsonl", b"\xff\xfe{", "s.jsonl isn't UTF-8"),
        ("s.jsonl", "{}", "line 1: Both 'audio' and 'text' are missing"),
        ("s.jsonl", entry(audio=["a.wav"]), "'audio' must be a text"),
        ("s.jsonl", entry(text={"en": "x"}), "'text' must be a text"),
        ("s.jsonl", entry(audio="c.wav"), "There is no file 'c.wav'"),
        ("s.jsonl", entry(audio="."), "'.' is a folder"),
        ("s.jsonl", entry(audio="../secret.wav"), "'../secret.wav' lies outside the data set"),
        ("s.jsonl", entry(audio="/etc/passwd"), "'/etc/passwd' lies outside the data set"),
        ("s.jsonl", entry(audio="sox a.wav -t wav - |"), "Commands aren't run"),
        ("s.jsonl", entry(audio="https://example.org/a.wav"), "Addresses aren't fetched"),
        ("s.jsonl", entry(audio="a\0.wav"), "NUL character"),
        ("s.jsonl", entry(audio="x" * 5_000), "can't be a path"),
        ("s.jsonl", entry(text="x" * 20_001), "longer than 20,000 characters"),
        ("s.jsonl", entry(language="Klingon"), "'Klingon' isn't a language"),
        ("s.jsonl", f"{entry(id='1')}\n{entry(id='1')}", "line 2: The id '1' stands in line 1 too"),
        ("s.jsonl", entry(choices="x"), "'choices' must be a list"),
        ("s.jsonl", entry(choices=["x"]), "'choices' must be a list"),
        ("s.jsonl", entry(choices=["x"] * 27), "There are 27 choices"),
        ("s.jsonl", entry(choices=["x", "y"], answer="z"), "The answer 'z' isn't one of the choices"),
        ("s.csv", "name,words\n", "s.csv, line 1: The header names neither 'audio' nor 'text'"),
        ("s.csv", "text,text\nx,y\n", "The header names a column twice"),
        ("s.csv", "audio,text\na.wav\n", "s.csv, line 2: There are 1 columns; the header has 2"),
        ("s.csv", 'audio,text\na.wav,"x\n', "s.csv, line 2: A quotation mark isn't closed"),
        ("s.lst", "a|b\n", "s.lst, line 1: Each line must have 4 or 5 parts"),
        ("s.xlsx", "PK", "s.xlsx isn't a list of recordings"),
        ("wav.scp", "u1 a.wav\n", "The folder has wav.scp but no file text"),
        ("other.txt", "x", "The folder has no sound files"),
    ],
)
def test_fault_is_a_sentence_with_its_line(tmp_path: Path, name: str, content: str | bytes, sentence: str) -> None:
    path = write(tmp_path / "set", name, content)
    if path.suffix not in (".scp", ".txt"):
        write(tmp_path / "set", "a.wav", b"RIFF")
    write(tmp_path, "secret.wav", b"RIFF")
    with pytest.raises(BadInput) as caught:
        read_data_set(path.parent if path.suffix in (".scp", ".txt") else path, is_confined=True)
    assert sentence in str(caught.value)


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        ({"wav.scp": "u1\n", "text": "u1 x\n"}, "wav.scp, line 1: The path after 'u1' is missing"),
        ({"wav.scp": "u1 a.wav\n", "text": "u2 x\n"}, "wav.scp, line 1: There is no text for 'u1'"),
        ({"wav.scp": "u1 a.wav\n", "text": "u1 x\nu2 y\n"}, "text, line 2: There is no recording for 'u2'"),
        ({"wav.scp": "u1 a.wav\n", "text": "u1 x\n", "segments": "u1 u1 0 1\n"}, "segments aren't supported"),
        ({"c.wav": "RIFF"}, "The transcript a.txt is missing"),
    ],
)
def test_fault_of_a_folder_is_a_sentence(folder: Path, files: dict[str, str], sentence: str) -> None:
    for name, content in files.items():
        write(folder, name, content)
    with pytest.raises(BadInput) as caught:
        read_data_set(folder)
    assert sentence in str(caught.value)


def test_first_faults_are_listed_together(folder: Path) -> None:
    lines = "\n".join(entry(audio=f"{number}.wav") for number in range(9))
    with pytest.raises(BadInput, match=r"line 5: .* 4 more problems follow"):
        read_data_set(write(folder, "s.jsonl", lines))


def test_missing_path_and_too_many_entries_are_sentences(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BadInput, match="There is no file or folder"):
        read_data_set(folder / "none.jsonl")
    monkeypatch.setattr(items, "MAX_ITEMS", 1)
    with pytest.raises(BadInput, match="more than 1 entries"):
        read_data_set(write(folder, "s.jsonl", f"{entry(id='1')}\n{entry(id='2')}"))
