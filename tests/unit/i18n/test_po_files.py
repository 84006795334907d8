"""Tests of a further language of the interface: one file is enough for pages, messages, plurals and scripts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import polib
import pytest

from funaudio_core.i18n import catalog, po_files
from funaudio_core.i18n.zh import MESSAGES_ZH
from funaudio_core.message import Message
from tabs import translations
from tabs.components import strings
from tabs.components.page import browser_script

PLURAL_FORMS = "nplurals=3; plural=(n==1 ? 0 : n%10>=2 && n%10<=4 && (n%100<12 || n%100>14) ? 1 : 2);"  # of Polish


def pseudo(text: str) -> str:
    """Return a text with ! around each of its words; placeholders stay."""
    return re.sub(r"(?<![{\\w])([A-Za-z]+)(?![^{}]*})", r"!\1!", text)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Yield an empty folder of languages."""
    monkeypatch.setattr(po_files, "FOLDER", tmp_path)
    _forget()
    yield tmp_path
    _forget()


def _forget() -> None:
    po_files.language_codes.cache_clear()
    po_files._read.cache_clear()


def write(path: Path, *entries: polib.POEntry) -> None:
    file = polib.POFile()
    file.metadata = {"Content-Type": "text/plain; charset=utf-8", "Plural-Forms": PLURAL_FORMS}
    file.extend(entries)
    file.save(str(path))


def test_browser_gets_the_language_that_has_a_file(folder: Path) -> None:
    write(folder / "pl.po", polib.POEntry(msgid="Stopped.", msgstr="Zatrzymano."))
    write(folder / "pt-BR.po")
    assert po_files.language_codes() == ("en", "zh", "pl", "pt-BR")
    for header, language in (("pl-PL,en;q=0.8", "pl"), ("pt-br", "pt-BR"), ("pt", "en"), ("fr,pl", "en")):
        assert catalog.preferred_language(header) == language
    assert catalog.translate(Message("Stopped."), "pl") == "Zatrzymano."
    assert catalog.translate(Message("Interrupted."), "pl") == "Interrupted."  # the file lacks it


def test_messages_have_the_plural_of_their_number(folder: Path) -> None:
    forms = {0: "{count} osoba", 1: "{count} osoby", 2: "{count} osób"}
    english = "{count} speakers"
    write(folder / "pl.po", polib.POEntry(msgid=english, msgid_plural=english, msgstr_plural=forms))
    shown = [catalog.translate(Message(english, count=count), "pl") for count in (1, 3, 5, 22)]
    assert shown == ["1 osoba", "3 osoby", "5 osób", "22 osoby"]


def test_values_and_lists_are_translated_too(folder: Path) -> None:
    write(
        folder / "pl.po",
        polib.POEntry(msgid="{who} doesn't support {language}. Choose one of: {choices}.", msgstr="{choices}! {who}"),
        polib.POEntry(msgid="{first} {then}", msgstr="{then} {first}"),
        polib.POEntry(msgid="English", msgstr="angielski"),
    )
    english = "{who} doesn't support {language}. Choose one of: {choices}."
    assert po_files.find_faults(folder / "pl.po") == [english]  # {language} is gone: it stays English
    choices = (Message("English"), Message("Spanish"))
    message = Message(english, who="X", language="Y", choices=choices)
    assert catalog.translate(message, "pl") == "X doesn't support Y. Choose one of: angielski, Spanish."
    joined = Message("{first} {then}", first=Message("English"), then="z")
    assert catalog.translate(joined, "pl") == "z angielski"


def test_unfinished_translations_stay_english(folder: Path) -> None:
    write(
        folder / "pl.po",
        polib.POEntry(msgid="Stopped.", msgstr="Zatrzymano?", flags=["fuzzy"]),
        polib.POEntry(msgctxt="stop", msgid="Halt", msgstr="Stój"),
    )
    assert catalog.translate(Message("Stopped."), "pl") == "Stopped."
    assert po_files.translate_string("stop", "Stop", "pl") == "Stop"  # the English has changed since


def test_command_writes_a_file_that_translates_all_pages(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = folder / "pl.po"
    file = translations.write(path)
    assert {entry.msgid for entry in file if entry.msgctxt is None} == set(MESSAGES_ZH)
    assert not file.translated_entries()
    for entry in file:
        entry.msgstr = "" if entry.msgid_plural else pseudo(entry.msgid)
        entry.msgstr_plural = {form: f"{entry.msgid}{form}" for form in range(3)} if entry.msgid_plural else {}
    file.metadata["Plural-Forms"] = PLURAL_FORMS
    file.save()
    assert po_files.find_faults(path) == []
    assert len(translations.write(path).translated_entries()) == len(file)  # nothing is lost
    _forget()
    monkeypatch.setitem(strings._LOCALES, "pl", "pl")
    monkeypatch.setitem(strings.I18N.translations, "pl", {})
    strings._tell_browser([*strings.STRINGS, *strings.COMPUTED])
    shown = strings.I18N.translations["pl"]
    assert (shown["funaudio_speak"], shown["funaudio_language_es"]) == ("!Speak!", "Español · !Spanish!")
    assert all(re.search(r"![A-Za-z]+!", shown[strings._browser_key(key)]) for key in strings.STRINGS)
    assert ">!lite!<" in shown["funaudio_chat_models"]
    assert "!A! !sad! !message!" in shown["funaudio_start_cards"]
    assert "!microphone!" in browser_script.head(["chat"])


@pytest.mark.parametrize("path", sorted(po_files.FOLDER.glob("*.po")), ids=lambda path: path.stem)
def test_files_of_the_repository_translate_what_everybody_sees(path: Path) -> None:
    file = polib.pofile(str(path))
    shown = {entry.msgctxt: bool(entry.msgstr) for entry in file if entry.msgctxt}
    assert [key for key, is_translated in shown.items() if key.endswith((".tab", ".run")) and not is_translated] == []
    assert sum(shown.values()) > 0.95 * len(shown)
    assert catalog.translate(Message("Speaking…"), path.stem) != "Speaking…"


def test_files_of_the_repository_keep_placeholders() -> None:
    assert {path.name for path in po_files.FOLDER.glob("*.po") if po_files.find_faults(path)} == set()
