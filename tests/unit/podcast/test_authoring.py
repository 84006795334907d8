"""Tests of scripts that a chat model writes: what isn't in the source is never spoken, whatever the model answers."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

import pytest

from funaudio_core.engines.llm import ChatMessage
from funaudio_core.errors import BadInput, FunAudioError, Unsupported
from funaudio_core.podcast.arranging import ArrangeOptions, arrange
from funaudio_core.podcast.authoring import checks
from funaudio_core.podcast.authoring.checks import Ground
from funaudio_core.podcast.authoring.linking import Draft
from funaudio_core.podcast.model import ScriptLine
from funaudio_core.podcast.pace import spoken_seconds
from funaudio_core.tasks.podcast_scripts import NO_WRITER, default_writer, write_script
from funaudio_core.text.markup import strip_markup
from tests import scripted_writer
from tests.scripted_writer import NAME, always
from tests.unit.podcast.test_arranging import sample

HOSTS = ("Ada", "Ben")
OPTIONS = ArrangeOptions(HOSTS, 2)
GROUND = Ground(
    "en",
    ("In 1822 the French physicist Augustin Fresnel showed a new kind of lens.", "Rain put the fire out."),
    ("Ada", "Ben", "The lens"),
)
GROUND_ZH = Ground(
    "zh", ("一八二二年，法国物理学家菲涅耳展示了一种新透镜。", "雨把火浇灭了。"), ("小雨", "小林", "透镜")
)
KEPT = (
    ("en", "So what is new about this lens?"),
    ("en", "What did Fresnel show?"),
    ("en", "That sounds interesting, Ben."),
    ("en", "So a French physicist showed it."),
    ("en", "Why didn't the fire last when there was rain?"),
    ("zh", "那么这种新透镜是怎么回事呢？"),
    ("zh", "原来是法国物理学家展示的。"),
    ("zh", "小林，菲涅耳展示了什么？"),
    ("zh", "真有意思！"),
)
REFUSED = (
    ("en", "In 1823 he showed a new lens.", checks.NUMBERS),
    ("en", "Two physicists showed a lens.", checks.NUMBERS),
    ("en", "So Newton showed a lens.", checks.NAME),
    ("en", "Fresnel was a genius.", checks.INVENTED),
    ("en", "As they say, “light is everything”.", checks.QUOTATION),
    ("en", "So the rain did not put it out.", checks.DENIAL),
    ("en", "Did the lens save many ships?", checks.INVENTED),
    ("zh", "一八二三年他展示了新透镜。", checks.NUMBERS),
    ("zh", "牛顿也展示过透镜。", checks.INVENTED),
    ("zh", "雨没有把火浇灭。", checks.DENIAL),
    ("zh", "他说：“光就是一切”。", checks.QUOTATION),
    ("zh", "这种透镜救了很多船吗？", checks.INVENTED),
)
UNFIT = (
    ("", checks.EMPTY),
    ("…", checks.EMPTY),
    ("**What** is it?", checks.MARKUP),
    ("What is it? [laughter]", checks.MARKUP),
    ("What is <b>it</b>?", checks.MARKUP),
    ('{"speaker": "Ada"}', checks.MARKUP),
    ("See https://example.org now.", checks.MARKUP),
    ("Zoe: What is it?", checks.SPEAKER),
    ("Professor Moriarty: Hello.", checks.SPEAKER),
    ("这是什么？", checks.LANGUAGE),
    ("What " + "is it " * 20 + "?", checks.LONG),
    ("What is the", checks.UNFINISHED),
)
ADVERSARIAL = (
    "",
    "Sure, here is your script!",
    '{"1": "What is',
    "[]",
    "null",
    '"What is it?"',
    json.dumps({"1": 7, "2": None, "3": ["What?"], "2 retold": {}, "2 feeling": "furious"}),
    json.dumps({str(n): "In 1900 Napoleon said “let there be light”." for n in range(1, 9)}),
    json.dumps({str(n): "<script>alert(1)</script>" for n in range(1, 9)}),
    json.dumps({str(n): "Zoe: I am a host, too." for n in range(1, 9)}),
    json.dumps({f"{n} retold": "Aliens built the tower in one night." for n in range(1, 9)}),
    json.dumps({f"{n} retold": "Long ago." for n in range(1, 9)}),
    json.dumps({"9": "What?", "zero": "What?", "Ada": "What?"}),
)


def _whole(steps: Sequence[Draft]) -> tuple[ScriptLine, ...]:
    shares = [step.share for step in steps]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    return steps[-1].lines


@pytest.mark.parametrize(("language", "line"), KEPT)
def test_a_line_that_rests_on_the_source_is_kept(language: str, line: str) -> None:
    assert checks.find_form_fault(line, language, 30) == ""
    assert checks.find_invention(line, GROUND if language == "en" else GROUND_ZH) == ""


@pytest.mark.parametrize(("language", "line", "fault"), REFUSED)
def test_a_line_that_says_more_than_the_source_is_refused(language: str, line: str, fault: str) -> None:
    assert checks.find_invention(line, GROUND if language == "en" else GROUND_ZH) == fault


@pytest.mark.parametrize(("line", "fault"), UNFIT)
def test_a_line_that_cannot_be_spoken_is_refused(line: str, fault: str) -> None:
    assert checks.find_form_fault(line, "en", 30) == fault


def test_event_tags_of_the_voices_are_no_markup() -> None:
    assert checks.find_form_fault("[laughter] What is it?", "en", 30, frozenset({"laughter"})) == ""
    assert checks.find_form_fault("[laughter]", "en", 30, frozenset({"laughter"})) == checks.EMPTY


@pytest.mark.parametrize("tier", ["lite", "remote"])
@pytest.mark.parametrize("answer", ADVERSARIAL)
def test_an_adversarial_answer_changes_no_statement(monkeypatch: pytest.MonkeyPatch, answer: str, tier: str) -> None:
    scripted_writer.install(monkeypatch, always(answer), tier)
    source = sample("en")
    shorter = arrange(source, ArrangeOptions(HOSTS, 0.88 * OPTIONS.minutes))
    if not _is_json(answer):
        with pytest.raises(FunAudioError, match="cut off"):
            list(write_script(source, OPTIONS, NAME))
        return
    assert _whole(list(write_script(source, OPTIONS, NAME))) == shorter


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def _link(schema: dict[str, Any], messages: Sequence[ChatMessage]) -> str:
    """Answer with links that rest on the text, but for the second one."""
    part = re.search(r"Part: (.*)\.\n", messages[-1].text)
    assert part is not None
    if re.search(r"[\u3400-\u9fff]", part[1]):
        links = {"1": f"关于{part[1]}，我们能知道什么呢？", "2": "一九〇〇年也有人做过。", "3": "真有意思，后来呢？"}
    else:
        links = {
            "1": f"What do we learn about {part[1]}?",
            "2": "In 1900 somebody did it.",
            "3": "And what happened then?",
        }
    return json.dumps({number: links.get(number, "") for number in schema["properties"]}, ensure_ascii=False)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_links_are_used_and_statements_stay_verbatim(monkeypatch: pytest.MonkeyPatch, language: str) -> None:
    model = scripted_writer.install(monkeypatch, _link)
    source = sample(language)
    steps = list(write_script(source, OPTIONS, NAME))
    lines = _whole(steps)
    assert steps[-1].accepted >= 3
    assert checks.NUMBERS in steps[-1].faults
    joint = " " if language == "en" else ""
    stated = [line for line in lines if line.sources]
    assert stated
    for line in stated:
        assert line.text == joint.join(source.sentences[number - 1].text for number in line.sources)
    minutes = sum(spoken_seconds(line.text, language) for line in lines) / 60
    assert abs(minutes - OPTIONS.minutes) <= 0.2 * OPTIONS.minutes
    assert not any("1900" in line.text or "一九〇〇" in line.text for line in lines)
    assert len(model.asked) >= 3


def test_a_larger_model_may_retell_and_its_words_are_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    def answer(schema: dict[str, Any], messages: Sequence[ChatMessage]) -> str:
        reply: dict[str, str] = {}
        for number, words in re.findall(r'^(\d+) \w+ reads: "(.*)"$', messages[-1].text, re.MULTILINE):
            is_odd = int(number) % 2
            reply[f"{number} retold"] = f"Well, {words[0].lower()}{words[1:]}" if is_odd else "Napoleon built it all."
            reply[f"{number} feeling"] = "calm"
        assert set(reply) <= set(schema["properties"])
        return json.dumps(reply)

    scripted_writer.install(monkeypatch, answer, "remote")
    source = sample("en")
    steps = list(write_script(source, OPTIONS, NAME))
    stated = [line for line in _whole(steps) if line.sources]
    retold = [line for line in stated if line.text.startswith("Well, ")]
    assert retold
    assert steps[-1].faults
    assert all("Napoleon" not in line.text for line in stated)
    assert {line.feeling for line in stated} == {"calm"}
    plain = [line for line in stated if line not in retold]
    for line in plain:
        assert line.text == " ".join(source.sentences[number - 1].text for number in line.sources)


def test_manner_form_and_tags_reach_the_model(monkeypatch: pytest.MonkeyPatch) -> None:
    model = scripted_writer.install(monkeypatch, always({}), "remote")
    options = ArrangeOptions(HOSTS, 1, "debate")
    manners = {"Ada": "a dry old professor", "Ben": ""}
    list(write_script(sample("en"), options, NAME, manners=manners, tags=frozenset({"laughter", "breath"})))
    prompt = model.asked[0][0].text
    assert "Ada (a dry old professor), Ben." in prompt
    assert "politely doubt each other" in prompt
    assert "[breath], [laughter]" in prompt
    assert "English" in prompt


def _talk(schema: dict[str, Any], messages: Sequence[ChatMessage]) -> str:
    """Answer as an honest model would: an outline, then lines of both hosts."""
    if "parts" in schema["properties"]:
        return json.dumps({"title": "Tea for two", "parts": ["1. **Leaves**", "Cups", "Trade"]})
    part = re.search(r"part \d+, “(.*)”", messages[-1].text)
    assert part is not None
    texts = [f"Let us talk about {part[1].lower()}, number {n}." for n in ("one", "two", "three", "four")]
    rows = [{"speaker": HOSTS[n % 2], "text": text, "feeling": "happy"} for n, text in enumerate(texts)]
    rows += [
        {"speaker": "Zoe", "text": "I am not a host.", "feeling": "happy"},
        {
            "speaker": "Ada",
            "text": "Lu Yu said “tea is the best of all drinks in the whole world”.",
            "feeling": "happy",
        },
        {"speaker": "Ada", "text": "**Tea** costs <b>much</b>.", "feeling": "happy"},
        {"speaker": "Ben", "text": texts[0], "feeling": "happy"},
        {"speaker": "Ben", "text": "", "feeling": "happy"},
        {"speaker": "Ben", "text": "And then it was", "feeling": "happy"},
    ]
    return json.dumps({"lines": rows})


def test_a_show_about_a_topic_says_that_nobody_checked_it(monkeypatch: pytest.MonkeyPatch) -> None:
    scripted_writer.install(monkeypatch, _talk)
    options = ArrangeOptions(HOSTS, 2, topic="the history of tea")
    steps = list(write_script(None, options, NAME))
    lines = _whole(steps)
    assert re.search("language model", " ".join(line.text for line in lines[:4]))
    assert [line.section for line in lines if line.section] == ["Leaves", "Cups", "Trade"]
    assert {line.speaker for line in lines} == set(HOSTS)
    assert not any(line.sources for line in lines)
    assert all(line.text == strip_markup(line.text) for line in lines)
    assert not any("best of all" in line.text or "And then it was" in line.text for line in lines)
    assert set(steps[-1].faults) == {
        checks.SPEAKER,
        checks.QUOTATION,
        checks.MARKUP,
        checks.REPEATED,
        checks.EMPTY,
        checks.UNFINISHED,
    }


@pytest.mark.parametrize("answer", ADVERSARIAL)
def test_a_model_that_writes_nothing_usable_is_an_error(monkeypatch: pytest.MonkeyPatch, answer: str) -> None:
    scripted_writer.install(monkeypatch, always(answer))
    with pytest.raises(FunAudioError, match=r"nothing that can be used|cut off"):
        list(write_script(None, ArrangeOptions(HOSTS, 1, topic="tea"), NAME))


def test_wishes_that_cannot_be_fulfilled_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    scripted_writer.install(monkeypatch, _talk)
    for options, reason in (
        (ArrangeOptions(HOSTS, 2), "no topic"),
        (ArrangeOptions(HOSTS, 2, topic="tea " * 90), "topic has 360 characters"),
        (ArrangeOptions(HOSTS, 40, topic="tea"), "at most 15 minutes"),
        (ArrangeOptions((), 2, topic="tea"), "1 to 4 hosts"),
    ):
        with pytest.raises(BadInput, match=reason):
            list(write_script(None, options, NAME))
    with pytest.raises(Unsupported, match="needs a text"):
        list(write_script(None, ArrangeOptions(HOSTS, 2, topic="tea")))
    with pytest.raises(Unsupported, match="doesn't support"):
        list(write_script(sample("en"), OPTIONS, "smollm2-135m"))
    assert default_writer() == NO_WRITER
