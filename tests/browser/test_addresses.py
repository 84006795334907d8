"""Addresses of pages, and inputs that survive a reload."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tabs import start
from tests import fakes
from tests.browser.visitor import DESKTOP, PHONE, Visitor, choose, open_app, upload
from tests.conftest import example


@pytest.mark.parametrize("device", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("address", ["#chat", "?tab=chat", "?page=Chat"])
def test_address_opens_a_page(browser: Any, site: str, address: str, device: dict[str, Any]) -> None:
    with open_app(browser, site + address, **device) as visitor:
        visitor.page.get_by_label("Or type").first.wait_for()


def test_unknown_address_opens_the_first_page(browser: Any, site: str) -> None:
    with open_app(browser, site + '?tab=nothing#"]') as visitor:
        visitor.page.locator(".fa-cards").wait_for()
        visitor.wait(visitor.page, ".fa-page-note", "^There is no page named “%22]”.$")
        visitor.open_tab("Chat")
        visitor.page.locator(".fa-page-note").wait_for(state="detached")


@pytest.mark.parametrize(
    ("address", "title"),
    [
        ("#clone", "Clone"),
        ("?page=zero-shot", "Clone"),
        ("?page=clone&demo=museum-guide", "The museum guide tells a story"),
    ],
)
def test_page_has_other_names(browser: Any, site: str, address: str, title: str) -> None:
    with open_app(browser, site + address) as visitor:
        visitor.page.locator("#fa-zero-shot-text").wait_for()
        visitor.page.wait_for_function("(title) => document.title === title", arg=f"{title} · FunAudio Suite")


def test_address_follows_the_chosen_tab(browser: Any, site: str) -> None:
    with open_app(browser, site + "?tab=chat&__theme=dark", **PHONE) as visitor:
        visitor.page.locator(".overflow-menu button").first.click()
        visitor.page.locator(".overflow-dropdown button", has_text="Translate").first.click()
        visitor.page.wait_for_url(re.compile(r"\?__theme=dark#translate$"))
        visitor.reload().get_by_role("button", name="Translate and speak", exact=True).wait_for()


def test_title_names_the_page_and_the_share_button_copies_its_link(browser: Any, site: str) -> None:
    with open_app(browser, site) as visitor:
        page = visitor.page
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        assert page.title() == "FunAudio Suite"
        visitor.open_tab("Chat")
        page.get_by_role("button", name="A sad message, answered kindly", exact=True).click()
        page.wait_for_function("() => document.title === 'A sad message, answered kindly · FunAudio Suite'")
        page.get_by_role("button", name="Copy the link to this page").click()
        page.get_by_text("Link copied.").wait_for()
        link = page.evaluate("navigator.clipboard.readText()")
        assert link == f"{site}?tab=chat&demo=lonely"
    with open_app(browser, link) as visitor:
        visitor.wait(visitor.page, ".bot", "I'm so sorry to hear that")
        assert visitor.page.title() == "A sad message, answered kindly · FunAudio Suite"


def test_link_is_shown_where_the_clipboard_is_forbidden(browser: Any, site: str) -> None:
    with open_app(browser, site, locale="zh-CN", **PHONE) as visitor:
        page = visitor.page
        page.evaluate(
            "() => { navigator.clipboard.writeText = () => Promise.reject(new DOMException('', 'NotAllowedError')); }"
        )
        page.get_by_role("button", name="分享: 悲伤的消息，温柔的回应").click()
        field = page.get_by_label("请复制此链接：")
        field.wait_for()
        assert field.input_value() == f"{site}?tab=chat&demo=lonely"
        assert field.evaluate("(box) => box.selectionEnd - box.selectionStart") == len(field.input_value())
        page.keyboard.press("Escape")
        field.wait_for(state="detached")


def test_back_and_forward_change_the_page(visitor: Visitor) -> None:
    visitor.open_tab("Translate")
    visitor.page.evaluate("location.hash = '#instruct'")  # as a link does
    speak = visitor.page.get_by_role("button", name="Speak", exact=True).locator("visible=true")
    translate = visitor.page.get_by_role("button", name="Translate and speak", exact=True)
    speak.wait_for()
    visitor.page.go_back()
    translate.wait_for()
    visitor.page.go_forward()
    speak.wait_for()


def test_text_and_language_survive_a_reload_while_they_are_spoken(visitor: Visitor, tmp_path: Path) -> None:
    panel = visitor.open_tab("Instruct")
    text = f"一个 {fakes.SLOW_WORD} 故事。" * 20
    panel.locator("#fa-instruct-text textarea").fill(text)
    panel.get_by_label("Instruction (English or Chinese)").fill("")
    choose(panel, "Language", "Chinese")
    visitor.wait_for_value(panel.get_by_label("Voice", exact=True).first, "Xiaobei")
    panel.get_by_role("button", name="Speak", exact=True).click()
    visitor.wait(panel, ".fa-status", r"Generating speech: \d")
    panel = visitor.reload()
    visitor.wait_for_value(panel.locator("#fa-instruct-text textarea"), text)
    visitor.wait_for_value(panel.get_by_label("Voice", exact=True).first, "Xiaobei")
    assert panel.get_by_label("Language", exact=True).first.input_value() == "中文 · Chinese"
    panel.locator(".fa-findings").first.wait_for(state="detached")  # of the instruction that the page begins with


def test_inputs_of_a_page_that_is_opened_later_are_restored(visitor: Visitor) -> None:
    panel = visitor.open_tab("Translate")
    choose(panel, "Translate into", "English")
    visitor.open_tab("Recognize")
    visitor.reload()
    panel = visitor.open_tab("Translate")
    visitor.wait_for_value(panel.get_by_label("Translate into").first, "English")
    upload(panel, example("es").path)
    panel.get_by_role("button", name="Translate and speak", exact=True).click()
    visitor.wait(panel, ".fa-status", "Done")
    assert panel.get_by_label("Translation (edit").input_value() == fakes.reverse(example("es").text)


def test_message_that_was_sent_does_not_come_back(visitor: Visitor) -> None:
    panel = visitor.open_tab("Chat")
    panel.get_by_label("Or type").fill("I got the job!")
    panel.get_by_label("Or type").press("Enter")
    visitor.wait(panel, ".message.bot, .bot", "first audio after")
    visitor.reload().get_by_label("Or type").wait_for()
    assert visitor.page.evaluate("JSON.parse(sessionStorage.getItem('funaudio-inputs'))") == {"fa-chat-text": ""}


def test_start_page_plays_at_once_and_opens_a_demonstration(visitor: Visitor) -> None:
    page = visitor.page
    cards = page.locator(".fa-cards article")
    cards.first.wait_for()
    assert cards.count() == len(start.SHOWN)
    cards.nth(1).locator(".fa-play").last.click()
    page.wait_for_function("() => document.querySelector('.fa-play.fa-sounding')")
    cards.filter(has_text="The same line, angry").locator(".fa-open").click()
    panel = page.locator("[role=tabpanel]").filter(has=page.locator("#fa-live-instruct"))
    visitor.wait(panel, ".fa-status", "Stored result, made by Kokoro")
    visitor.wait_for_value(panel.locator("textarea").first, "You said you would be here at six")
    page.wait_for_function("() => document.querySelector('#fa-live-instruct [data-playing=true]')")
    assert page.locator(".fa-play.fa-sounding").count() == 0
    assert page.url.endswith("#instruct/angry")
    visitor.screenshot("demonstration")
