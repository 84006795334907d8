"""Tests of arranged scripts: verbatim from the source, shared among the hosts, of the length asked for."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from funaudio_core.errors import BadInput
from funaudio_core.podcast.arranging import FORMATS, ArrangeOptions, arrange
from funaudio_core.podcast.model import ScriptLine
from funaudio_core.podcast.pace import count_words, spoken_seconds
from funaudio_core.podcast.source import Source, paste_source, read_source
from tests.conftest import ROOT

SAMPLES = ROOT / "tabs" / "podcast" / "samples"
HOSTS = ("Ada", "Ben", "Cleo", "Dan")


def sample(language: str) -> Source:
    return paste_source((SAMPLES / f"lighthouses_{language}.md").read_text(encoding="utf-8"))


def minutes(lines: tuple[ScriptLine, ...], language: str) -> float:
    return sum(spoken_seconds(line.text, language) for line in lines) / 60


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("form", FORMATS)
def test_every_statement_is_verbatim_and_the_length_is_as_asked(language: str, form: str) -> None:
    source = sample(language)
    joint = " " if language == "en" else ""
    for count in (1, 2, 3, 4):
        for wanted in (1.0, 2.0, 3.0):
            options = ArrangeOptions(HOSTS[:count], wanted, form)
            lines = arrange(source, options)
            assert abs(minutes(lines, language) - wanted) <= 0.2 * wanted
            told = [number for line in lines for number in line.sources]
            assert told == sorted(set(told))
            for line in lines:
                if line.sources:
                    assert line.text == joint.join(source.sentences[number - 1].text for number in line.sources)
                    assert len(line.sources) <= 3
            assert {line.speaker for line in lines} == set(HOSTS[:count])


@pytest.mark.parametrize("language", ["en", "zh"])
def test_two_hosts_share_the_words(language: str) -> None:
    for form in FORMATS[:3]:
        words: Counter[str] = Counter()
        for line in arrange(sample(language), ArrangeOptions(HOSTS[:2], 3, form)):
            words[line.speaker] += count_words(line.text, language)
        assert min(words.values()) >= 0.3 * sum(words.values()), (form, words)


def test_sections_come_from_headings_and_a_topic_chooses_them() -> None:
    lines = arrange(sample("en"), ArrangeOptions(HOSTS[:2], 3))
    sections = [line.section for line in lines if line.section]
    assert len(sections) >= 4
    assert sections == [title for title in sample("en").headings if title in sections]
    about = arrange(sample("en"), ArrangeOptions(HOSTS[:2], 1, topic="Fresnel lens glass beam"))
    assert "The lens" in [line.section for line in about]


def test_pasted_html_and_files_are_sources(tmp_path: Path) -> None:
    page = "<html><head><title>Bees</title></head><body><nav>Home</nav><h1>Bees</h1><p>Bees fly far. They dance.</p>"
    source = paste_source(f"{page}<script>var never = 1;</script></body></html>")
    assert source.title == "Bees"
    assert [each.text for each in source.sentences] == ["Bees fly far.", "They dance."]
    file = tmp_path / "bees.txt"
    file.write_text("Bees fly far, as everybody knows. They dance in the evening, too.", encoding="utf-8")
    assert [each.number for each in read_source(file).sentences] == [1, 2]


@pytest.mark.parametrize(
    ("tag", "code"), [("en-US", "en"), ("en-GB", "en"), ("eng", "en"), ("zh-CN", "zh"), ("de", "en")]
)
def test_a_pasted_web_page_has_the_language_of_its_tag_or_its_text(tag: str, code: str) -> None:
    words = " ".join(each.text for each in sample(code).sentences)
    source = paste_source(f'<!DOCTYPE html><html lang="{tag}"><body><p>{words}</p></body></html>')
    assert source.language == code
    assert arrange(source, ArrangeOptions(HOSTS[:2], 2))


@pytest.mark.parametrize("charset", ["iso-8859-1", "windows-1252", "gbk", "utf-16"])
def test_the_encoding_that_a_pasted_page_declares_is_no_more_its_own(charset: str) -> None:
    page = f'<html><head><meta charset="{charset}"></head><body><p>They “don’t” care. Nobody does, é.</p></body></html>'
    assert [each.text for each in paste_source(page).sentences] == ["They “don’t” care.", "Nobody does, é."]


def test_a_source_that_is_too_short_or_a_wish_that_is_wrong_is_refused() -> None:
    source = sample("en")
    with pytest.raises(BadInput, match="too short for 30 minutes"):
        arrange(source, ArrangeOptions(HOSTS[:2], 30))
    for options in (
        ArrangeOptions(()),
        ArrangeOptions(("Ada", "Ada")),
        ArrangeOptions((*HOSTS, "Eve")),
        ArrangeOptions(("Ada", " ")),
        ArrangeOptions(("Ada",), minutes=0.2),
        ArrangeOptions(("Ada",), form="sermon"),
    ):
        with pytest.raises(BadInput):
            arrange(source, options)
    with pytest.raises(BadInput, match="no text"):
        paste_source(" … ")
