"""Tests of the script reader: sixteen forms of the same lines, malformed scripts, no markup in what is spoken."""

from __future__ import annotations

import json
import re

import pytest

from funaudio_core.errors import BadInput
from funaudio_core.podcast.model import ScriptLine
from funaudio_core.podcast.scripts import writing
from funaudio_core.podcast.scripts.reading import read_script

TEXTS = (
    "Welcome to the show about bridges.",
    "Thank you, I have waited for this all week.",
    "Let us begin at 12:30 in the old town.",
    "The bridge was opened in 1894, and it cost 40 pounds: a fortune.",
    "Was it safe?",
    "Not at all!",
    "Then why did they open it?",
    "Because the mayor (a brave man) had promised it.",
    "That is wonderful.",
    "He crossed it first, on a white horse.",
    "And the horse?",
    "The horse went back by boat.",
)
FEELINGS = {1: "softly", 5: "laughing"}
NAMES = ("Ada", "Ben")


def _rows(names: tuple[str, str], feelings: bool = False) -> list[tuple[str, str, str]]:
    return [
        (names[number % 2], text, FEELINGS.get(number, "") if feelings else "") for number, text in enumerate(TEXTS)
    ]


def _stamp(seconds: int, mark: str = ".") -> str:
    return f"00:{seconds // 60:02d}:{seconds % 60:02d}{mark}000"


def _cues(form: str, mark: str = ".", numbered: bool = False) -> str:
    return "\n\n".join(
        (f"{number + 1}\n" if numbered else "")
        + f"{_stamp(number, mark)} --> {_stamp(number + 1, mark)}\n"
        + form.format(name=name, text=text)
        for number, (name, text, _) in enumerate(_rows(NAMES))
    )


def _named(form: str, names: tuple[str, str] = NAMES) -> str:
    return "\n".join(form.format(name=name, text=text) for name, text, _ in _rows(names))


ENTRIES = [{"speaker": name, "text": text} for name, text, _ in _rows(NAMES)]
FORMS = {
    "name": _named("{name}: {text}"),
    "full-width colon": _named("{name}：{text}"),
    "bold": _named("**{name}:** {text}\n"),
    "S1": "".join(f"[S{number % 2 + 1}] {text} " for number, text in enumerate(TEXTS)),
    "Speaker 1": _named("{name}: {text}", ("Speaker 1", "Speaker 2")),
    "SPEAKER0": _named("[{name}] {text}", ("SPEAKER0", "SPEAKER1")),
    "Person1": "\n".join(f"<Person{n % 2 + 1}>{text}</Person{n % 2 + 1}>" for n, text in enumerate(TEXTS)),
    "JSON list": json.dumps(ENTRIES, indent=1),
    "JSON pairs": json.dumps([[name, text] for name, text, _ in _rows(NAMES)]),
    "JSON transcript": json.dumps({"transcript": [{"role": n, "content": t} for n, t, _ in _rows(NAMES)]}),
    "JSON dialogue": json.dumps({"dialogue": [{"name": n, "dialogue": t} for n, t, _ in _rows(NAMES)]}),
    "JSON script in a fence": (
        f"<think>Two hosts.</think>\nHere is the script\n```json\n{json.dumps({'script': ENTRIES})}\n```"
    ),
    "Fountain": "\n\n".join(f"{name.upper()}\n{text}" for name, text, _ in _rows(NAMES)),
    "SRT": _cues("{name}: {text}", ",", numbered=True),
    "VTT voices": f"WEBVTT\n\n{_cues('<v {name}>{text}</v>')}",
    "VTT names": f"WEBVTT\n\n{_cues('{name}: {text}')}",
}
WITH_FEELINGS = {
    "round": "\n".join(f"{n}{f' ({f})' if f else ''}: {t}" for n, t, f in _rows(NAMES, feelings=True)),
    "lenticular": "\n".join(f"{n}{f'【{f}】' if f else ''}：{t}" for n, t, f in _rows(NAMES, feelings=True)),
    "inline": "\n".join(f"{n}: {f'({f}) ' if f else ''}{t}" for n, t, f in _rows(NAMES, feelings=True)),
    "JSON": json.dumps([{"speaker": n, "text": t, "emotion": f} for n, t, f in _rows(NAMES, feelings=True)]),
    "Fountain": "\n\n".join(
        "\n".join([n.upper(), *([f"({f})"] * bool(f)), t]) for n, t, f in _rows(NAMES, feelings=True)
    ),
}


def test_sixteen_forms_give_the_same_table() -> None:
    assert len(FORMS) == 16
    for form, script in FORMS.items():
        lines = read_script(script)
        names = ("Speaker 1", "Speaker 2") if form in ("S1", "Speaker 1", "SPEAKER0", "Person1") else NAMES
        assert [(line.speaker, line.text, line.feeling) for line in lines] == _rows(names), form


def test_feelings_are_read_in_every_form_that_has_them() -> None:
    for form, script in WITH_FEELINGS.items():
        assert [(line.speaker, line.text, line.feeling) for line in read_script(script)] == _rows(
            NAMES, feelings=True
        ), form


MALFORMED: tuple[tuple[str, str, int], ...] = (
    ("empty", "  \n ", 0),
    ("marks only", "***\n---", 0),
    ("no speaker", "\nGood evening to all of you.\nAda: Yes.", 2),
    ("no words", "Ada: Hello.\nBen:", 2),
    ("a direction alone", "Ada: Hello.\nBen: (laughs)", 2),
    ("an emoji alone", "Ada: 🙂", 1),
    ("binary", "Ada: Hello.\nBen: \0\0", 2),
    ("a line too long", f"Ada: {'word ' * 1100}", 1),
    ("too many speakers", "\n".join(f"Host {letter}: Hello." for letter in "ABCDEFGHIJ"), 0),
    ("too many lines", "\n".join("Ada: Yes.\nBen: No." for _ in range(1100)), 0),
    ("a damaged tag", "[S1] Hello.\n[S2 How are you?", 2),
    ("a tag without words", "[S1] Hello.\n[S2]", 2),
    ("a tag behind words", "Hello [S1] you.", 1),
    ("an open person", "<Person1>Hello.", 1),
    ("a crossed person", "<Person1>Hello.\n</Person2>", 2),
    ("a nested person", "<Person1>Hello.\n<Person2>Yes.</Person2></Person1>", 2),
    ("words outside persons", "<Person1>Hello.</Person1>\nand so\n<Person2>Yes.</Person2>", 2),
    ("an unfinished person tag", "<Person1>Hello.</Person1>\n<Person2 Yes.", 2),
    ("an empty person", "<Person1>Hello.</Person1>\n<Person2></Person2>", 2),
    ("JSON without a comma", '[{"speaker": "Ada", "text": "Hello."}\n {"speaker": "Ben", "text": "Yes."}]', 2),
    ("JSON cut off", '[\n{"speaker": "Ada", "text": "Hello."},', 2),
    ("an empty JSON list", "[]", 0),
    ("JSON without a list", '{"title": "Show"}', 1),
    ("JSON words in a list", '[\n"Hello."\n]', 2),
    ("JSON without a speaker", '[\n{"speaker": "Ada", "text": "Hello."},\n{"text": "Yes."}\n]', 3),
    ("JSON without text", '[\n{"speaker": "Ada"}\n]', 2),
    ("JSON text that is a number", '[\n{"speaker": "Ada", "text": 12}\n]', 2),
    ("JSON speaker that is a list", '[\n{"speaker": ["Ada"], "text": "Hello."}\n]', 2),
    ("a JSON entry without words", '[\n{"speaker": "Ada", "text": "…"}\n]', 2),
    ("Fountain without dialogue", "INT. STUDIO\n\nADA\n(softly)\n\nBEN\nYes.", 3),
    ("SRT without times", "1\nAda: Hello.\n\n2\n00:00:01,000 --> 00:00:02,000\nYes.", 1),
    ("SRT with a damaged time", "1\n00:00:01 --> 00:00:02,000\nAda: Hello.", 2),
    ("SRT that runs backwards", "1\n00:00:03,000 --> 00:00:02,000\nAda: Hello.", 2),
    ("SRT without words", "1\n00:00:01,000 --> 00:00:02,000\n\n2\n00:00:02,000 --> 00:00:03,000\nAda: Hi.", 2),
    ("SRT without a speaker", "1\n00:00:01,000 --> 00:00:02,000\nHello.", 3),
    ("VTT with a damaged voice", "WEBVTT\n\n00:01.000 --> 00:02.000\n<v Ada Hello.", 4),
    ("VTT without words", "WEBVTT\n\n00:01.000 --> 00:02.000", 3),
    ("a name too long", f"{'Ada' * 20} (softly): Hello.\n" * 2, 1),
)


def test_malformed_scripts_are_a_sentence_with_the_line() -> None:
    assert len(MALFORMED) >= 30
    for name, script, line in MALFORMED:
        with pytest.raises(BadInput) as caught:
            read_script(script)
        message = str(caught.value)
        assert message.count(".") >= 2, (name, message)  # what is wrong, and what to do
        assert not line or re.search(rf"\bLine {line}\b", message), (name, message)


def test_no_markup_is_spoken() -> None:
    script = """<think>I plan.</think>
# The *first* part
**Ada:** Look at [the page](https://example.org/a_b) — it is *really* `new`. (laughs) [music]
Ben (sighs): <b>No</b>, see https://example.org now. 【笑】 _Never_ again.
and so on
```python
Carol: print("never spoken")
```
Note: this goes on.
12:30 is the time.
"""
    lines = read_script(script)
    assert lines == (
        ScriptLine("Ada", "Look at the page — it is really new.", "laughs", "The *first* part"),
        ScriptLine("Ben", "No, see now. Never again. and so on Note: this goes on. 12:30 is the time.", "sighs"),
    )
    assert not re.search(r"[*_`<>\[\]【】#]|https?:", "".join(line.text for line in lines))


def test_chinese_lines_are_read_and_joined() -> None:
    lines = read_script("小明（低声）：桥很旧。\n小明：但是很美。\n小红【笑】：真的吗？\n注意：那里有台阶。")
    assert lines == (
        ScriptLine("小明", "桥很旧。但是很美。", "低声"),
        ScriptLine("小红", "真的吗？注意：那里有台阶。", "笑"),
    )


def test_a_beginning_with_a_colon_is_no_speaker() -> None:
    lines = read_script("Ada: Hello.\nremember this: all of it counts.\nhttp://example.org is gone.\nBen: Yes.")
    assert [line.speaker for line in lines] == ["Ada", "Ben"]
    assert "remember this: all of it counts." in lines[0].text


def test_every_writer_is_read_back() -> None:
    lines = tuple(
        ScriptLine(name, text, feeling, "Bridges" if number == 2 else "")
        for number, (name, text, feeling) in enumerate(_rows(NAMES, feelings=True))
    )
    for suffix, (_, write) in writing.WRITERS.items():
        read = read_script(write(lines, "en"))
        assert [line.text for line in read] == list(TEXTS), suffix
        assert [line.speaker for line in read] == [line.speaker for line in lines], suffix
        if suffix != "vtt":  # subtitles have no feelings
            assert read == lines, suffix
    chinese = (ScriptLine("小明", "你好。", "笑"), ScriptLine("小红", "再见。"))
    assert all(
        [line.speaker for line in read_script(write(chinese, "zh"))] == ["小明", "小红"]
        for _, write in writing.WRITERS.values()
    )
