"""A walk through the abilities of the Audio chat page in a browser, with a scripted spoken chatbot."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests import fakes
from tests.browser.visitor import DESKTOP, PHONE, Visitor, open_app, record, upload
from tests.conftest import example, write

PAGE = "Audio chat"
# The worker of the recorders gets its first request when `release()` is called, and opened streams are counted.
HELD_RECORDER_JS = """
const send = Worker.prototype.postMessage;
Worker.prototype.postMessage = function (message, ...rest) {
  if (message?.method !== 'register') return send.call(this, message, ...rest);
  window.requests = (window.requests || 0) + 1;
  window.release = () => send.call(this, message, ...rest);
};
const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
navigator.mediaDevices.getUserMedia = async (wanted) => {
  const stream = await open(wanted);
  window.streams = (window.streams || 0) + 1;
  return stream;
};
"""


def open_ability(visitor: Visitor, name: str) -> Any:
    """Open the page and the tab of an ability; return its panel."""
    visitor.open_tab(PAGE)
    visitor.page.get_by_role("tab", name=name, exact=True).first.click()
    panel = visitor.page.locator("div[role=tabpanel]:visible div[role=tabpanel]:visible").first
    panel.wait_for()
    return panel


def test_an_interrupted_answer_keeps_what_was_heard(visitor: Visitor) -> None:
    panel = open_ability(visitor, "Spoken questions")
    words = " ".join(["Tell me about the sea and its many waves."] * 4)
    panel.get_by_label("Or type it").fill(words)
    panel.get_by_label("Or type it").press("Enter")
    visitor.page.wait_for_function(
        "parseFloat(document.querySelector('#fa-live-audio-chat .fa-clock').textContent) > 1"
    )
    panel.get_by_role("button", name="Interrupt", exact=True).click()
    visitor.wait(panel, ".fa-status", "What you heard is remembered")
    answer = panel.locator(".bot.message, [data-testid=bot]").last.inner_text().strip()
    assert answer.startswith("You said")
    assert answer.endswith("…")
    assert len(answer) < len(words)
    panel.get_by_label("Or type it").fill("Go on.")
    panel.get_by_label("Or type it").press("Enter")
    visitor.wait(panel, ".fa-status", "answered by Qwen2.5-Coder-1.5B-Instruct")
    assert visitor.all_toasts() == []


def test_talk_goes_on_hands_free_beside_another_streaming_microphone(visitor: Visitor) -> None:
    visitor.open_tab("Chat").locator(".fa-hands-free").first.wait_for()
    panel = open_ability(visitor, "Spoken questions")
    record(visitor, panel)
    visitor.wait(panel, ".user", fakes.UNKNOWN_TEXT)
    visitor.wait(panel, "#fa-live-audio-chat .fa-clock", r"\d s$")
    visitor.wait(panel, ".fa-status", "answered by")
    visitor.screenshot("audio_chat_hands_free")
    assert visitor.all_toasts() == []


def test_two_microphones_share_a_recorder_that_starts_slowly(browser: Any, site: str) -> None:
    context = browser.new_context(permissions=["microphone"], **DESKTOP)
    context.add_init_script(HELD_RECORDER_JS)
    visitor = Visitor(context.new_page())
    visitor.page.goto(f"{site}#audio_chat")
    panel = open_ability(visitor, "Spoken questions")
    visitor.open_tab("Chat").locator(".fa-hands-free").first.wait_for()
    open_ability(visitor, "Spoken questions")
    record(visitor, panel)
    visitor.page.wait_for_function("window.requests && window.streams")
    visitor.page.evaluate("release()")
    visitor.wait(panel, ".user", fakes.UNKNOWN_TEXT)
    assert visitor.page.evaluate("window.requests") == 1
    assert visitor.errors == []
    context.close()


def test_the_answers_can_have_the_visitors_own_voice(visitor: Visitor) -> None:
    visitor.open_tab(PAGE)
    page = visitor.page.locator("div[role=tabpanel]:visible").first
    page.get_by_role("button", name="More settings").first.click()
    voices = page.get_by_label("Voice of the answers")
    voices.click()
    visitor.page.get_by_role("option", name="Your own clip").first.click()
    upload(page.locator(".block", has_text="Reference clip").first, example("en", "happy").path)
    panel = open_ability(visitor, "Spoken questions")
    box = panel.get_by_label("Or type it")
    box.fill("Good morning.")
    box.press("Enter")
    visitor.wait(visitor.page, ".toast-body", "Consent is required")
    page.get_by_label("This is my own voice").check()
    box.fill("Good morning.")
    box.press("Enter")
    visitor.wait(panel, ".fa-status", "answered by")


def test_a_recording_is_understood_with_its_timeline(visitor: Visitor) -> None:
    panel = open_ability(visitor, "Audio understanding")
    upload(panel, example("en", "angry").path)
    panel.get_by_role("button", name="Answer", exact=True).click()
    visitor.wait(panel, ".fa-status", "answered by")
    assert panel.locator("svg.fa-timeline rect").count() >= 2
    assert "How many people speak" in panel.inner_text()
    assert visitor.all_toasts() == []


def test_tools_are_edited_called_and_run(visitor: Visitor, tmp_path: Path) -> None:
    panel = open_ability(visitor, "Function calling")
    editor = panel.locator(".cm-content").first
    editor.click()
    visitor.page.keyboard.press("Control+A")
    visitor.page.keyboard.type("weather")
    visitor.wait(panel, ".fa-notes", "this is not JSON")
    panel.get_by_label("Set of tools").click()
    visitor.page.get_by_role("option", name="Home").first.click()
    visitor.wait(panel, ".fa-note", "5 tools: set_light")
    panel.get_by_label("Set of tools").click()
    visitor.page.get_by_role("option", name="Weather and timer").first.click()
    visitor.wait(panel, ".fa-note", "7 tools: get_weather")
    upload(panel, write(tmp_path / "request.wav", fakes.say("Set a timer twice.")))
    panel.get_by_role("button", name="Write the calls", exact=True).click()
    visitor.wait(panel, "table", "(?s)set_timer.*seconds: 60.*set_timer")
    panel.get_by_role("button", name="Run it", exact=True).click()
    visitor.wait(panel, "table", "rings_in: 1 minute")
    visitor.wait(panel, ".fa-status", "answered by")
    visitor.screenshot("audio_chat_calling")
    assert visitor.all_toasts() == []


def test_the_abilities_fit_a_phone(browser: Any, site: str) -> None:
    with open_app(browser, f"{site}#audio_chat", locale="zh-CN", **PHONE) as visitor:
        visitor.page.get_by_text("与语音大模型对话", exact=False).first.wait_for()
        tabs = visitor.page.locator("div[role=tabpanel]:visible [role=tablist]").first
        for name in ("语音问答", "音频理解", "函数调用", "指令遵循", "语音共情"):
            button = tabs.get_by_role("tab", name=name, exact=True).first
            if not button.is_visible():
                visitor.page.locator("div[role=tabpanel]:visible .overflow-menu button").first.click()
                button = visitor.page.locator(".overflow-dropdown button", has_text=name).first
            button.click()
            visitor.page.locator("div[role=tabpanel]:visible div[role=tabpanel]:visible").first.wait_for()
            width = visitor.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
            assert width <= 1, f"{name} is {width} px too wide"
            visitor.screenshot(f"audio_chat_phone_{name}")
