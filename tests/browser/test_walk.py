"""A visitor in a real browser walks all six pages: uploads, speaks, reads, listens, downloads, stops."""

from __future__ import annotations

import json
import re
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from funaudio_core import audio
from funaudio_core.tasks import recognition
from funaudio_core.text import error_rate
from funaudio_core.types import Audio
from tests.conftest import ROOT, example, lite_home, serve

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        shutil.which("chromium") is None, reason="chromium is absent; `make system` brings it on Debian"
    ),
]
SHOTS = ROOT / "screenshots"  # looked at by people, kept out of git
PATIENCE = 90  # seconds; a busy machine may need many times what a quiet one does
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
)
ELSEWHERE = re.compile(r"net::ERR_|Failed to load resource")  # fonts of other hosts, where there is no network


# Every text that a toast ever had: it goes by itself after a while, and takes others in meanwhile.
WATCHES = """() => {
  window.toasted = [];
  new MutationObserver(() => {
    for (const {innerText} of document.querySelectorAll('.toast-body'))
      if (!window.toasted.includes(innerText)) window.toasted.push(innerText);
  }).observe(document, {childList: true, subtree: true, characterData: true});
}"""


# What is asked for where CosyVoice speaks, as toasts say it.
REFUSED = re.compile(r"Consent is required\. Tick the box[^.]*\.|No reference clip yet\.[^.]*\.|Error|\(\d\)|×")
# Both modules are there that make WAV of what a microphone streams.
RECORDER = "() => performance.getEntriesByType('resource').filter(({name}) => name.includes('/module-')).length >= 2"


class Visitor:
    """One browser page, and the errors that its console showed."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.errors: list[str] = []
        page.set_default_timeout(PATIENCE * 1000)
        page.add_init_script(f"({WATCHES})()")
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", lambda message: self._console(message))
        page.on("response", lambda response: self._response(response))

    def _console(self, message: Any) -> None:
        if message.type == "error" and not ELSEWHERE.search(message.text):
            self.errors.append(message.text)

    def _response(self, response: Any) -> None:
        """What the browser could not load from our own address counts, whatever the console says of it."""
        if response.status >= 400 and response.url.startswith(self.page.url.split("?")[0]):
            self.errors.append(f"{response.status} {response.url}")

    def open(self, tab: str) -> Any:
        """Click a tab; returns its panel."""
        self.page.get_by_role("tab", name=tab, exact=True).first.click()
        panel = self.page.locator("div[role=tabpanel]:visible").first
        panel.wait_for()
        return panel

    def wait(self, panel: Any, selector: str, pattern: str) -> str:
        """The text of the first visible element that matches, as soon as it does."""
        deadline = time.monotonic() + PATIENCE
        text = ""
        while time.monotonic() < deadline:
            for text in panel.locator(selector).locator("visible=true").all_inner_texts():
                if re.search(pattern, text):
                    return str(text)
            self.page.wait_for_timeout(100)
        self.shoot("timeout")
        pytest.fail(f"{selector} never showed {pattern!r}; last: {text!r}; toasts: {self.toasts()}")

    def wait_for_value(self, box: Any, begins: str) -> None:
        """Until what stands in a box begins so."""
        deadline = time.monotonic() + PATIENCE
        while not box.input_value().startswith(begins):
            assert time.monotonic() < deadline, f"{box.input_value()!r} never became {begins!r}…"
            self.page.wait_for_timeout(100)

    def toasts(self) -> list[str]:
        return [str(toast.inner_text()) for toast in self.page.locator(".toast-body").all()]

    def toasted(self) -> list[str]:
        """What toasts said since the page was opened."""
        return [str(text) for text in self.page.evaluate("window.toasted")]

    def download(self, panel: Any, button: str, folder: Path) -> Path:
        with self.page.expect_download(timeout=PATIENCE * 1000) as waiting:
            panel.get_by_role("button", name=button, exact=True).click()
        path: Path = folder / waiting.value.suggested_filename
        waiting.value.save_as(path)
        return path

    def shoot(self, name: str) -> None:
        SHOTS.mkdir(exist_ok=True)
        self.page.screenshot(path=SHOTS / f"{name}.png", full_page=True)


@pytest.fixture(scope="module")
def microphone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the fake microphone hears, again and again: a sentence, then silence long enough for a reply."""
    spoken = audio.load(example("en", "sad").path)
    path = tmp_path_factory.mktemp("microphone") / "said.wav"
    silence = Audio(np.zeros(20 * spoken.rate, np.float32), spoken.rate)
    audio.save_wav(audio.resample(audio.concat([spoken, silence]), 48_000), path)
    return path


@pytest.fixture(scope="module")
def browser(microphone: Path) -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        flags = [*FLAGS, f"--use-file-for-fake-audio-capture={microphone}"]
        opened = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=flags)
        yield opened
        opened.close()


@pytest.fixture
def visitor(browser: Any, site: str) -> Iterator[Visitor]:
    yield from _visit(browser, site, viewport={"width": 1280, "height": 1000})


def _visit(browser: Any, site: str, **options: Any) -> Iterator[Visitor]:
    context = browser.new_context(permissions=["microphone"], **options)
    someone = Visitor(context.new_page())
    someone.page.goto(site)
    someone.page.locator(".fa-title").first.wait_for(timeout=PATIENCE * 1000)
    yield someone
    context.close()
    assert someone.errors == []


def _heard(path: Path, language: str) -> str:
    return recognition.final_transcript(recognition.transcribe(audio.load(path), language, True, False)).text


def _upload(panel: Any, path: Path) -> None:
    panel.locator("input[type=file]").first.set_input_files(path)
    _loaded(panel)


def _loaded(panel: Any) -> None:
    """Until the clip stands in its player."""
    panel.locator("[data-testid^=audio-player]").first.wait_for(state="attached", timeout=PATIENCE * 1000)


def _record(someone: Visitor, panel: Any) -> None:
    """Press the last Record on the page, once the page has what it records with: before that, Gradio 6.31 fails."""
    someone.page.wait_for_function(RECORDER)
    someone.page.wait_for_timeout(1000)  # it still has to make a worker of it
    panel.get_by_role("button", name="Record", exact=True).last.click()


def test_recognize_a_file(visitor: Visitor, tmp_path: Path) -> None:
    row = example("en", "angry")
    panel = visitor.open("Recognize")
    _upload(panel, row.path)
    started = time.monotonic()
    panel.get_by_role("button", name="Recognize", exact=True).click()
    visitor.wait(panel, ".fa-status", r"\w")
    assert time.monotonic() - started < 10  # something happens at once, even on a busy machine
    visitor.wait(panel, ".fa-status", "transcribed by Whisper")
    assert error_rate.error_rate(row.text, panel.locator(".fa-transcript").first.inner_text(), "en") <= 0.2
    assert "angry" in panel.locator(".fa-said").first.get_attribute("title")
    assert panel.locator("svg.fa-timeline rect").count() >= 2
    srt = visitor.download(panel, "SRT", tmp_path).read_text()
    assert error_rate.error_rate(row.text, " ".join(re.findall(r"^[A-Z a-z].*$", srt, re.MULTILINE)), "en") <= 0.2
    assert "00:00:0" in srt
    visitor.shoot("recognize")
    panel.locator(".body-cell").filter(has_text="angry").first.click()
    visitor.page.wait_for_timeout(1500)
    assert visitor.toasted() == []


def test_an_example_is_one_click(visitor: Visitor) -> None:
    panel = visitor.open("Recognize")
    panel.get_by_text("中文 ", exact=False).first.click()
    _loaded(panel)
    panel.get_by_role("button", name="Recognize", exact=True).click()
    visitor.wait(panel, ".fa-status", "Chinese.*transcribed by")


def test_live_captions_from_the_microphone(visitor: Visitor) -> None:
    panel = visitor.open("Recognize")
    panel.get_by_role("tab", name="Live captions").click()
    _record(visitor, panel)
    text = visitor.wait(panel, ".fa-captions", r"(?is)friends.*without them")
    visitor.shoot("captions")
    said = example("en", "sad").text
    assert min(error_rate.error_rate(said, text[at : at + len(said) + 4], "en") for at in range(len(text))) <= 0.35


def test_clone(visitor: Visitor, tmp_path: Path) -> None:
    row = example("en")
    panel = visitor.open("Clone")
    _upload(panel, row.path)
    visitor.wait(panel, ".fa-doctor", "used")
    visitor.wait_for_value(panel.locator("textarea").first, row.text.split()[0])
    assert error_rate.error_rate(row.text, panel.locator("textarea").first.input_value(), "en") <= 0.1
    panel.get_by_role("button", name="Speak", exact=True).click()
    visitor.wait(visitor.page, ".toast-body", "Tick the box")
    panel.get_by_label("This is my own voice").check()
    panel.get_by_role("button", name="Speak", exact=True).click()
    visitor.wait(panel, ".fa-clock", r"\d s$")
    visitor.wait(panel, ".fa-status", "Generated by Kokoro")
    assert "Similarity" in panel.locator(".fa-report").first.inner_text()
    spoken = visitor.download(panel, "WAV", tmp_path)
    assert (
        error_rate.error_rate("The train leaves at nine, so let us have breakfast first.", _heard(spoken, "en"), "en")
        <= 0.15
    )
    visitor.shoot("clone")


def test_a_voice_is_saved_and_brought_back(visitor: Visitor, tmp_path: Path) -> None:
    panel = visitor.open("Clone")
    _upload(panel, example("en").path)
    visitor.wait(panel, ".fa-doctor", "used")
    visitor.wait_for_value(panel.locator("textarea").first, example("en").text.split()[0])  # drawn in its own time
    edited = "The museum opens at nine in the morning and closes at five in every afternoon."
    panel.locator("textarea").first.fill(edited)
    panel.get_by_label("This is my own voice").check()
    panel.get_by_text("Saved voices").click()
    panel.get_by_label("Name").fill("My voice")
    panel.get_by_role("button", name="Save this voice").click()
    saved = visitor.download(panel, "Download the voice", tmp_path)
    visitor.page.reload()
    panel = visitor.open("Clone")
    panel.get_by_text("Saved voices").click()
    panel.locator("input[type=file]").nth(1).set_input_files(saved)
    visitor.wait(panel, ".fa-doctor", "used")
    visitor.wait_for_value(panel.locator("textarea").first, edited)
    visitor.page.wait_for_timeout(3000)
    assert panel.locator("textarea").first.input_value() == edited  # not what was heard
    panel.get_by_role("button", name="Delete", exact=True).click()
    panel.get_by_role("button", name="Download the voice").and_(panel.locator("[disabled]")).wait_for()


def test_cross_lingual(visitor: Visitor, tmp_path: Path) -> None:
    panel = visitor.open("Cross-lingual")
    _upload(panel, example("en").path)
    visitor.wait(panel, ".fa-doctor", "used")
    panel.get_by_label("This is my own voice").check()
    panel.get_by_role("button", name="Speak", exact=True).click()
    visitor.wait(panel, ".fa-status", "Generated by Kokoro")
    spoken = visitor.download(panel, "WAV", tmp_path)
    wanted = "El tren sale a las nueve, así que vamos a desayunar primero."
    assert error_rate.error_rate(wanted, _heard(spoken, "es"), "es") <= 0.25
    panel.get_by_label("Text to speak").fill("This is plain English and nothing else.")
    panel.get_by_label("Text to speak").blur()
    visitor.wait(panel, ".fa-warn", "looks like English")
    visitor.shoot("cross_lingual")


def test_instruct(visitor: Visitor, tmp_path: Path) -> None:
    panel = visitor.open("Instruct")
    box = panel.locator("#fa-instruct-text textarea")
    box.fill("Come in. Sit down.")
    box.evaluate("area => area.setSelectionRange(8, 8)")
    panel.get_by_role("button", name=re.compile(r"^\[pause\]")).click()
    assert box.input_value() == "Come in.[pause] Sit down."
    panel.get_by_label("Instruction (English or Chinese)").fill("in a much higher pitch")
    visitor.wait(panel, ".fa-doctor", r"pitch \+")
    panel.get_by_role("button", name="Speak", exact=True).click()
    changed = visitor.wait(panel, ".fa-check", "median F0")
    before, after = (float(value) for value in re.findall(r"median F0\)\s+([\d.]+)\s+([\d.]+)", changed)[0])
    assert after > 1.15 * before
    assert (
        error_rate.error_rate("Come in. Sit down.", _heard(visitor.download(panel, "WAV", tmp_path), "en"), "en")
        <= 0.25
    )
    visitor.shoot("instruct")


def test_translate(visitor: Visitor, tmp_path: Path) -> None:
    row = example("es")
    panel = visitor.open("Translate")
    _upload(panel, row.path)
    _choose(panel, "Translate into", "English")
    panel.get_by_role("button", name="Translate and speak", exact=True).click()
    heard = visitor.wait(panel, ".fa-heard-text", r"\w")
    assert error_rate.error_rate(row.text, heard, "es") <= 0.25
    visitor.wait(panel, ".fa-status", "Done")
    assert "library" in panel.get_by_label("Translation (edit").input_value().lower()
    assert "→" in panel.locator(".fa-check").first.inner_text()
    for button, words in (("SRT, original", "biblioteca"), ("SRT, translation", "library")):
        assert words in visitor.download(panel, button, tmp_path).read_text().lower()
    panel.get_by_label("Translation (edit").fill("The library is closed today.")
    panel.get_by_role("button", name="Speak again").click()
    visitor.wait(panel, ".fa-status", "Speaking the edited")
    visitor.wait(panel, ".fa-status", "Done")
    spoken = visitor.download(panel, "WAV", tmp_path)
    assert error_rate.error_rate("The library is closed today.", _heard(spoken, "en"), "en") <= 0.2
    visitor.shoot("translate")


def test_chat_by_keyboard_and_interrupt(visitor: Visitor) -> None:
    panel = visitor.open("Chat")
    box = panel.get_by_label("Or type")
    box.fill("I failed my exam today and I feel terrible.")
    box.press("Enter")
    visitor.wait(panel, ".message.bot, .bot", r"(?s)\w+.*first audio after")
    assert "sad" in panel.locator(".user").first.inner_text()
    visitor.shoot("chat")
    box.fill("Tell me about your favourite season of the year.")
    box.press("Enter")
    visitor.wait(panel, ".fa-clock", r"\d s$")
    panel.get_by_role("button", name="Interrupt").click()
    visitor.wait(panel, ".fa-status", "Interrupted")
    visitor.wait(panel, ".fa-clock", "^–$")
    panel.locator("button.lg", has_text="Clear").click()
    panel.locator(".user").first.wait_for(state="detached")


def test_chat_hands_free(visitor: Visitor) -> None:
    panel = visitor.open("Chat")
    _record(visitor, panel)
    visitor.wait(panel, ".user", r"(?i)friends|lonely")
    visitor.wait(panel, ".fa-clock", r"\d s$")
    visitor.shoot("hands_free")


def test_stop_stops(visitor: Visitor) -> None:
    panel = visitor.open("Instruct")
    panel.locator("#fa-instruct-text textarea").fill("This goes on and on, sentence after sentence. " * 40)
    panel.get_by_role("button", name="Speak", exact=True).click()
    visitor.wait(panel, ".fa-status", r"Generating speech: \d")
    panel.get_by_role("button", name="Stop", exact=True).click()
    visitor.wait(panel, ".fa-status", "Stopped")
    visitor.wait(panel, ".fa-clock", "^–$")
    visitor.page.wait_for_timeout(4000)
    assert panel.locator(".fa-status").first.inner_text().strip() == "Stopped."


def test_a_full_tier_engine_is_chosen_loaded_and_heard(browser: Any, tmp_path: Path) -> None:
    """The published layout with tiny random weights: the words mean nothing, everything else is real."""
    hub, log = tmp_path / "hub", tmp_path / "log.txt"
    with serve(["-m", "tests.checkpoints", str(hub), "app.py"], log, FUNAUDIO_HOME=str(lite_home(tmp_path))) as address:
        for someone in _visit(browser, address, viewport={"width": 1280, "height": 1000}):
            panel = someone.open("Recognize")
            panel.get_by_label("Model").first.click()
            someone.page.get_by_role("option", name=re.compile("SenseVoiceSmall")).click()
            someone.wait(panel, ".fa-models", "(?s)FULL.*SenseVoiceSmall")
            someone.wait(panel, ".fa-claim", "assigns to each segment")
            _upload(panel, example("en", "angry").path)
            panel.get_by_role("button", name="Recognize", exact=True).click()
            someone.wait(panel, ".fa-status", "Loading SenseVoiceSmall|transcribed by SenseVoiceSmall")
            someone.wait(panel, ".fa-status", "transcribed by SenseVoiceSmall")
            assert "<|" not in panel.inner_text()
            assert panel.locator("svg.fa-timeline rect").count() >= 2
            data = json.loads(someone.download(panel, "JSON", tmp_path).read_text())
            assert data["engine"] == "SenseVoiceSmall"
            someone.shoot("sensevoice")


def _choose(panel: Any, label: str, option: str) -> None:
    """Take an option of a dropdown, by words in it."""
    panel.get_by_label(label, exact=True).first.click()
    panel.page.get_by_role("option", name=re.compile(option)).first.click()


def _spoken(someone: Visitor, panel: Any, title: str, folder: Path) -> Audio:
    """The take that an engine finished, which is never silent."""
    someone.wait(panel, ".fa-clock", r"\d s$")
    someone.wait(panel, ".fa-status", f"Generated by {title}")
    take = audio.load(someone.download(panel, "WAV", folder))
    assert take.rate == 24_000
    assert take.duration > 0.2
    assert np.abs(take.samples).max() > 1e-3
    return take


def test_cosyvoice_speaks_on_every_page(browser: Any, cosyvoice_site: str, tmp_path: Path) -> None:
    """Chosen, loaded, told and heard, page after page; what it says means nothing, as its weights are random."""
    for someone in _visit(browser, cosyvoice_site, viewport={"width": 1280, "height": 1000}):
        _clone_with_cosyvoice(someone, tmp_path)
        _cross_with_cosyvoice(someone, tmp_path)
        _instruct_cosyvoice(someone, tmp_path)
        panel = someone.open("Translate")
        _upload(panel, example("es").path)
        _choose(panel, "Translate into", "English")
        panel.get_by_label("Keep the speaker's voice").check()
        panel.get_by_role("button", name="Translate and speak", exact=True).click()
        someone.wait(panel, ".fa-status", "(?i)generated by Fun-CosyVoice3")
        assert "library" in someone.download(panel, "SRT, translation", tmp_path).read_text().lower()
        someone.shoot("cosyvoice_translate")
        panel = someone.open("Chat")
        panel.get_by_label("Or type").fill("I am so sad.")
        panel.get_by_label("Or type").press("Enter")
        someone.wait(panel, ".fa-status", "(?i)generated by Fun-CosyVoice3")
        someone.shoot("cosyvoice_chat")
        assert [text for text in someone.toasted() if REFUSED.sub("", text).strip()] == []


def test_a_language_model_is_chosen_to_talk_and_to_translate(browser: Any, full_tier_site: str) -> None:
    """Tiny and random: what it writes means nothing, and is hardly ever taken for a translation."""
    for someone in _visit(browser, full_tier_site, viewport={"width": 1280, "height": 1000}):
        panel = someone.open("Chat")
        panel.get_by_text("More settings").click()
        _choose(panel, "Chat model", "SmolLM2")
        someone.wait(panel, ".fa-claim", "in English only")
        _choose(panel, "Chat model", "Qwen3-4B")
        someone.wait(panel, ".fa-models", "(?s)FULL.*Qwen3-4B")
        someone.wait(panel, ".fa-claim", "in your language if both")
        panel.get_by_label("Or type").fill("我今天很难过。")
        panel.get_by_label("Or type").press("Enter")
        someone.wait(panel, ".fa-status", "Speaking|generated by Fun-CosyVoice3")
        someone.wait(panel, ".fa-status", "(?i)generated by Fun-CosyVoice3")
        someone.wait(panel, ".message.bot, .bot", r"(?s)\w+.*Chinese · 中文 · first audio after")
        someone.shoot("minds_chat")
        panel = someone.open("Translate")
        panel.get_by_text("More settings").click()
        _choose(panel, "Translation model", "Apertium")
        someone.wait(panel, ".fa-models", "Apertium")
        glossary = panel.get_by_label("Glossary")
        glossary.and_(panel.locator("[disabled]")).wait_for()
        _choose(panel, "Recognition model", "Whisper")
        _choose(panel, "Translation model", "Qwen3-4B")
        someone.wait(panel, ".fa-models", "(?s)Qwen3-4B.*Whisper")
        glossary.and_(panel.locator(":enabled")).wait_for()
        glossary.fill("biblioteca = archive")
        _choose(panel, "Spoken language", "Spanish")
        _upload(panel, example("es").path)
        panel.get_by_role("button", name="Translate and speak", exact=True).click()
        someone.wait(panel, ".fa-heard-text", "biblioteca")
        someone.wait(panel, ".fa-status", "Translating|Speaking|Done")
        someone.wait(someone.page, ".fa-status, .toast-body", "Done in|didn't translate")
        someone.shoot("minds_translate")


def _clone_with_cosyvoice(someone: Visitor, folder: Path) -> None:
    panel = someone.open("Clone")
    someone.wait(panel, ".fa-claim", "Zero-shot cloning")
    _choose(panel, "Model", "CosyVoice2-0.5B")
    someone.wait(panel, ".fa-models", "(?s)FULL.*CosyVoice2-0.5B")
    _upload(panel, example("en").path)
    someone.wait(panel, ".fa-doctor", "used")
    panel.get_by_label("Text to speak").fill("Good day.")
    panel.get_by_role("button", name="Speak", exact=True).click()
    someone.wait(someone.page, ".toast-body", "Tick the box")
    panel.get_by_label("This is my own voice").check()
    panel.get_by_role("button", name="Speak", exact=True).click()
    take = _spoken(someone, panel, "CosyVoice2-0.5B", folder)
    srt = someone.download(panel, "SRT", folder).read_text()
    assert "Good day." in " ".join(srt.split())
    assert f"{int(take.duration):02d}," in srt  # to the end
    assert "Similarity" in panel.locator(".fa-report").first.inner_text()
    panel.get_by_text("Or convert your own recording").click()
    panel.get_by_label("Recording to convert").or_(panel.locator("input[type=file]")).last.set_input_files(
        example("es").path
    )
    panel.locator("[data-testid^=audio-player]").nth(2).wait_for(state="attached", timeout=PATIENCE * 1000)
    panel.get_by_role("button", name="Convert", exact=True).click()
    someone.wait(panel, ".fa-status", "Transcribing")
    same = _spoken(someone, panel, "CosyVoice2-0.5B", folder)
    assert abs(same.duration - audio.load(example("es").path).duration) < 0.05
    assert "biblioteca" in someone.download(panel, "SRT", folder).read_text()
    someone.shoot("cosyvoice_clone")
    _choose(panel, "Model", "Kokoro")
    someone.wait(panel, ".fa-claim", "voice match, not a clone")


def _cross_with_cosyvoice(someone: Visitor, folder: Path) -> None:
    panel = someone.open("Cross-lingual")
    _choose(panel, "Target language", "German")
    someone.wait_for_value(panel.get_by_label("Text to speak"), "Der Zug")
    _choose(panel, "Model", "CosyVoice2-0.5B")  # which speaks no German
    someone.wait_for_value(panel.get_by_label("Text to speak"), "The train")
    _choose(panel, "Target language", "Japanese")
    _upload(panel, example("en").path)
    someone.wait(panel, ".fa-doctor", "used")
    panel.get_by_label("This is my own voice").check()
    panel.get_by_label("Text to speak").fill("こんにちは。")
    panel.get_by_role("button", name="Speak", exact=True).click()
    _spoken(someone, panel, "CosyVoice2-0.5B", folder)
    someone.shoot("cosyvoice_cross_lingual")


def _instruct_cosyvoice(someone: Visitor, folder: Path) -> None:
    panel = someone.open("Instruct")
    _choose(panel, "Suggested instructions", "Sichuan dialect")
    someone.wait(panel, ".fa-doctor", "Instruction sent to .*: “请用四川话表达。”")
    box = panel.locator("#fa-instruct-text textarea")
    box.fill("Good day.")
    box.evaluate("area => area.setSelectionRange(0, 4)")
    panel.get_by_role("button", name="<strong>", exact=True).click()
    assert box.input_value() == "<strong>Good</strong> day."
    assert panel.get_by_role("button", name="[pause]", exact=True).is_disabled()
    _choose(panel, "Voice", "Your own clip")
    panel.get_by_text("Reference check").wait_for()
    panel.get_by_role("button", name="Speak", exact=True).click()
    someone.wait(someone.page, ".toast-body", "No reference clip yet")
    _choose(panel, "Voice", "Chinese, neutral")
    panel.get_by_text("Reference check").wait_for(state="hidden")
    panel.get_by_role("button", name="Speak", exact=True).click()
    someone.wait(panel, ".fa-check", "median F0")
    _spoken(someone, panel, "Fun-CosyVoice3", folder)
    someone.shoot("cosyvoice_instruct")
    _choose(panel, "Model", "Kokoro")
    someone.wait(panel, ".fa-claim", "set exactly")
    panel.get_by_role("button", name="[laughter]", exact=True).and_(panel.locator("[disabled]")).wait_for()
    panel.get_by_role("button", name="[pause]", exact=True).and_(panel.locator(":enabled")).wait_for()


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("dark", {"color_scheme": "dark", "viewport": {"width": 1280, "height": 1000}}),
        ("phone", {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}),
        ("chinese", {"locale": "zh-CN", "viewport": {"width": 1280, "height": 1000}}),
    ],
)
def test_pages_fit(browser: Any, site: str, name: str, options: dict[str, Any]) -> None:
    tabs = ("Recognize", "Clone", "Cross-lingual", "Instruct", "Translate", "Chat")
    chinese = ("语音识别", "音色复刻", "跨语种复刻", "指令合成", "语音翻译", "情感对话")
    for someone in _visit(browser, site, **options):
        for tab in chinese if name == "chinese" else tabs:
            button = someone.page.get_by_role("tab", name=tab, exact=True).first
            menu = someone.page.locator(".overflow-menu button").first
            button.or_(menu).locator("visible=true").first.wait_for(timeout=PATIENCE * 1000)
            if not button.is_visible():  # on a phone the last ones wait in a menu
                menu.click()
                button = someone.page.locator(".overflow-dropdown button", has_text=tab).first
            button.click()
            someone.page.wait_for_timeout(400)
            width = someone.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
            assert width <= 1, f"{tab} is {width} px too wide"
            someone.shoot(f"{name}_{tabs[(chinese if name == 'chinese' else tabs).index(tab)].lower()}")
