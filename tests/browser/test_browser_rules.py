"""What browsers demand or forbid: file types, microphones, sound without a tap."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser.conftest import CHROMIUM, FLAGS
from tests.browser.visitor import DESKTOP, Visitor, clip_picker, open_app, upload
from tests.conftest import example, ffmpeg

# An AudioContext that starts only within a second of a tap or a key, as on an iPhone.
TAP_NEEDED_JS = """(() => {
  const Real = window.AudioContext;
  let tapped = -Infinity;
  for (const name of ['pointerup', 'keydown', 'touchend', 'click'])
    window.addEventListener(name, () => { tapped = performance.now(); }, true);
  const isAllowed = () => !window.areTapsIgnored && performance.now() - tapped < 1000;
  window.contexts = [];
  window.AudioContext = class extends Real {
    constructor(options) {
      super(options);
      window.contexts.push(this);
      if (!isAllowed()) { this.held = true; super.suspend(); }
    }
    resume() {
      if (!isAllowed()) return new Promise(() => {});
      this.held = false;
      return super.resume();
    }
    get state() { return this.held ? 'suspended' : super.state; }
  };
})()"""
# A microphone that fails with the error that is named.
FAILING_MICROPHONE_JS = """(() => {
  navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('it fails', window.failure));
})()"""
# Storage as in a frame of a browser that blocks the storage of other websites.
NO_STORAGE_JS = """for (const name of ['localStorage', 'sessionStorage']) Object.defineProperty(window, name, {
  configurable: true,
  get() { throw new DOMException('storage is blocked', 'SecurityError'); },
});"""
FILE_OPTIONS = {".mp4": "-c:a aac", ".mkv": "-c:a aac", ".caf": "-c:a pcm_s16le", ".webm": "-c:a libopus"}
DROP_JS = """([target, name, content]) => {
  const files = new DataTransfer();
  files.items.add(new File([Uint8Array.from(atob(content), (char) => char.charCodeAt(0))], name));
  for (const kind of ['dragenter', 'dragover', 'drop'])
    target.dispatchEvent(new DragEvent(kind, { dataTransfer: files, bubbles: true, cancelable: true }));
}"""


def converted(folder: Path, suffix: str) -> Path:
    """Return an example clip in a format that browsers don't call audio."""
    path = folder / f"clip{suffix}"
    command = [ffmpeg(), "-v", "error", "-y", "-i", str(example("en").path), *FILE_OPTIONS[suffix].split(), str(path)]
    subprocess.run(command, check=True)
    return path


@pytest.mark.parametrize("suffix", FILE_OPTIONS)
def test_picker_takes_what_the_decoder_reads(visitor: Visitor, suffix: str, tmp_path: Path) -> None:
    panel = visitor.open_tab("Recognize")
    clip_picker(panel).set_input_files(converted(tmp_path, suffix))
    panel.get_by_role("button", name="Clear").first.wait_for()
    panel.get_by_role("button", name="Recognize", exact=True).click()
    visitor.wait(panel, ".fa-status", "transcribed by")
    assert visitor.all_toasts() == []
    visitor.errors[:] = [error for error in visitor.errors if "MediaError" not in error]  # Chromium can't play CAF


def test_picker_refuses_what_the_decoder_does_not_read(visitor: Visitor, tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("no sound")
    panel = visitor.open_tab("Recognize")
    clip_picker(panel).set_input_files(tmp_path / "letter.txt")
    visitor.wait(visitor.page, ".toast-body", "Invalid file type")


def test_dropped_video_is_taken(visitor: Visitor, tmp_path: Path) -> None:
    import base64

    panel = visitor.open_tab("Recognize")
    target = panel.locator(".fa-clip .upload-container").first
    content = base64.b64encode(converted(tmp_path, ".mkv").read_bytes()).decode()
    visitor.page.evaluate(DROP_JS, [target.element_handle(), "dropped.mkv", content])
    panel.get_by_role("button", name="Recognize", exact=True).click()
    visitor.wait(panel, ".fa-status", "transcribed by")


def test_note_on_a_mended_file_is_shown(visitor: Visitor, tmp_path: Path) -> None:
    whole = tmp_path / "whole.wav"
    subprocess.run([ffmpeg(), "-v", "error", "-y", "-i", str(example("en").path), str(whole)], check=True)
    content = bytearray(whole.read_bytes())
    content[4:8] = (2**30).to_bytes(4, "little")
    (tmp_path / "killed.wav").write_bytes(content)
    panel = visitor.open_tab("Recognize")
    upload(panel, tmp_path / "killed.wav")
    panel.get_by_role("button", name="Recognize", exact=True).click()
    visitor.wait(panel, ".fa-notes", r"The file is unfinished: it has [\d,]+ of 1,073,741,832 bytes")
    text = visitor.download(panel, "JSON", tmp_path).read_text()
    assert "The file is unfinished" in text


@pytest.fixture
def browser_with_names(browser: Any) -> Iterator[Any]:
    """Yield a Chromium that knows an address that is not localhost."""
    flags = [*FLAGS, "--host-resolver-rules=MAP funaudio.test 127.0.0.1"]
    chromium = browser.browser_type.launch(executable_path=CHROMIUM, args=flags)
    yield chromium
    chromium.close()


@pytest.mark.parametrize(
    ("locale", "sentence"),
    [("en-US", "only to pages at https:// or localhost. Upload a recording"), ("zh-CN", "请改为上传录音")],
)
def test_page_without_https_names_a_remedy(browser_with_names: Any, site: str, locale: str, sentence: str) -> None:
    context = browser_with_names.new_context(locale=locale, **DESKTOP)
    page = context.new_page()
    page.goto(site.replace("127.0.0.1", "funaudio.test") + "#recognize")
    clip = page.locator(".fa-clip:visible").first
    clip.locator("[data-testid=source-select] button").nth(1).click()
    clip.locator("button.record-button, button.record").first.click()
    note = clip.locator(".fa-microphone-note")
    note.wait_for()
    assert sentence in note.inner_text()
    context.close()


def test_every_failure_of_a_microphone_has_a_sentence(browser: Any, site: str) -> None:
    context = browser.new_context(**DESKTOP)
    page = context.new_page()
    page.add_init_script(FAILING_MICROPHONE_JS)
    page.goto(site + "#recognize")
    clip = page.locator(".fa-clip:visible").first
    clip.locator("[data-testid=source-select] button").nth(1).click()
    for failure, sentence in (
        ("NotFoundError", "No microphone found. Connect one"),
        ("NotReadableError", "Close other programs that use it"),
        ("NotAllowedError", "Allow it with the icon beside the address"),
    ):
        page.evaluate(f"window.failure = '{failure}'")
        clip.locator("button.record-button, button.record").first.click()
        clip.locator(".fa-microphone-note", has_text=sentence).wait_for()
    context.close()


def test_page_in_a_frame_without_storage_and_microphone_works(browser: Any, site: str) -> None:
    context = browser.new_context(**DESKTOP)
    context.add_init_script(NO_STORAGE_JS)
    page = context.new_page()
    page.goto(site.replace("127.0.0.1", "localhost") + "health")  # of another website than the frame
    page.set_content(f'<iframe src="{site}#recognize" width="1200" height="900"></iframe>')
    frame = page.frame_locator("iframe")
    clip = frame.locator(".fa-clip:visible").first
    clip.locator("[data-testid=source-select] button").nth(1).click()
    clip.locator("button.record-button, button.record").first.click()
    note = clip.locator(".fa-microphone-note", has_text="Open it in a tab of its own, or upload a recording.")
    note.get_by_role("link").wait_for()
    frame.get_by_role("tab", name="Instruct", exact=True).click()
    frame.get_by_role("button", name="The same line, angry").click()
    frame.locator("#fa-live-instruct [data-made]:not([data-made='0.00'])").wait_for()
    context.close()


def test_sound_begins_with_the_tap_on_speak(browser: Any, site: str) -> None:
    with open_app(browser, site) as visitor:
        panel = open_instruct_with_tap_rule(visitor)
        panel.get_by_role("button", name="Speak", exact=True).click()
        player = panel.locator("#fa-live-instruct")
        player.locator("[data-playing=true]").wait_for()
        assert visitor.page.evaluate("window.contexts[0].state") == "running"
        player.locator(".fa-toggle").click()
        visitor.page.wait_for_function("() => window.contexts[0].state === 'suspended'")
        player.locator(".fa-toggle").click()
        visitor.page.wait_for_function("() => window.contexts[0].state === 'running'")


def test_first_tap_on_the_player_starts_sound_that_the_browser_held_back(browser: Any, site: str) -> None:
    with open_app(browser, site) as visitor:
        panel = open_instruct_with_tap_rule(visitor)
        visitor.page.evaluate("window.areTapsIgnored = true")
        panel.get_by_role("button", name="Speak", exact=True).click()
        player = panel.locator("#fa-live-instruct")
        player.locator("[data-playing=false]:not([data-made='0.00'])").wait_for()
        player.get_by_text("Press play: the browser waits for a tap.").wait_for()
        visitor.page.evaluate("window.areTapsIgnored = false")
        player.locator(".fa-toggle").click()
        player.locator("[data-playing=true]").wait_for()


def test_tap_on_the_player_after_the_end_plays_again(visitor: Visitor) -> None:
    panel = visitor.open_tab("Instruct")
    panel.locator("#fa-instruct-text textarea").fill("Come in.")
    panel.get_by_role("button", name="Speak", exact=True).click()
    visitor.wait(panel, ".fa-status", "Generated by Kokoro")
    player = panel.locator("#fa-live-instruct")
    visitor.wait(player, ".fa-clock", r"^(\d+\.\d) / \1 s$")  # at its end
    sound = player.locator("[data-made]")
    seconds, started = sound.get_attribute("data-made"), sound.get_attribute("data-started")
    player.locator(".fa-toggle").click()
    player.locator(f"[data-playing=true]:not([data-started='{started}'])").wait_for()
    assert sound.get_attribute("data-made") == seconds


def test_player_follows_the_words_seeks_and_compares_two_takes(visitor: Visitor) -> None:
    page, panel = visitor.page, visitor.open_tab("Instruct")
    box, speak = panel.locator("#fa-instruct-text textarea"), panel.get_by_role("button", name="Speak", exact=True)
    box.fill("Come in. Sit down and take your time, for we have all day.")
    speak.click()
    visitor.wait(panel, ".fa-check", "median F0")  # the neutral version is made; Speak is heeded again
    player = panel.locator("#fa-live-instruct")
    assert player.locator(".fa-words").inner_text() == "Come in. Sit down and take your time, for we have all day."
    player.locator(".fa-words span", has_text="time,").click()
    player.locator(".fa-word", has_text="time,").wait_for()
    wave = player.get_by_role("slider", name="Position")
    wave.press("Home")
    player.locator(".fa-word", has_text="Come").wait_for()
    wave.press("End")
    visitor.wait(player, ".fa-clock", r"^(\d+\.\d) / \1 s$")
    box.fill("Come in.")
    speak.click()
    previous = player.get_by_role("button", name="Compare: previous take")
    previous.click()
    player.locator(".fa-words", has_text="take your time").wait_for()
    player.get_by_role("button", name="Compare: new take").click()
    previous.wait_for()
    assert player.locator(".fa-words").inner_text() == "Come in."
    assert not panel.locator(".fa-take").is_visible()  # one player at a time
    page.wait_for_function("() => !document.querySelector('#fa-live-instruct [data-playing=true]')")


def open_instruct_with_tap_rule(visitor: Visitor) -> Any:
    """Open the Instruct page with a text in a browser that keeps the rule, and return its panel."""
    visitor.page.add_init_script(TAP_NEEDED_JS)
    visitor.reload()
    panel = visitor.open_tab("Instruct")
    panel.locator("#fa-instruct-text textarea").fill("A sentence that is spoken. " * 40)
    visitor.page.wait_for_timeout(1500)  # the tap on the tab is too long ago
    return panel
