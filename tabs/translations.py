"""Writing of the file of a further language of the interface, with all texts of the pages and all messages.

Run: `python -m tabs.translations es`. A file that is there keeps its translations; texts that are new are added empty.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import gradio as gr
import polib

from funaudio_core.i18n import po_files
from funaudio_core.i18n.zh import MESSAGES_ZH
from tabs import TABS
from tabs.components.strings import STRINGS


def make_template(language: str) -> polib.POFile:
    """Return a file for a language without any translation: strings of pages by key, then messages."""
    with gr.Blocks(), gr.Tabs():  # pages add their strings when they are built
        for tab in TABS:
            with gr.Tab():
                tab.build()
    template = polib.POFile(wrapwidth=120)
    template.metadata = {
        "Language": language,
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=utf-8",
        "Content-Transfer-Encoding": "8bit",
        "Plural-Forms": "nplurals=2; plural=(n != 1);",
    }
    template.extend(polib.POEntry(msgctxt=key, msgid=english) for key, (english, _) in sorted(STRINGS.items()))
    template.extend(_message_entry(text) for text in MESSAGES_ZH)  # it has every message, as a test ensures
    return template


def _message_entry(text: str) -> polib.POEntry:
    fields = {field for field, *_ in po_files.placeholders(text)}
    flags = ["python-brace-format"] if fields else []
    if po_files.COUNTED in fields:
        return polib.POEntry(msgid=text, msgid_plural=text, msgstr_plural={0: "", 1: ""}, flags=flags)
    return polib.POEntry(msgid=text, flags=flags)


def write(path: Path) -> polib.POFile:
    """Write the file of a language, named after its code, or add to it what it lacks."""
    template = make_template(path.stem)
    if not path.exists():
        template.save(str(path))
        return template
    file = polib.pofile(str(path), wrapwidth=120)
    file.merge(template)
    file.save()
    return file


def main() -> int:
    """Write the file of the language that is named; return 1 if translations have other placeholders."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("language", help="ISO 639 code, such as es, or with a country, such as pt-BR")
    path = po_files.FOLDER / f"{parser.parse_args().language}.po"
    file = write(path)
    sys.stdout.write(f"{path}: {len(file.translated_entries())} of {len(file)} texts are translated\n")
    faults = po_files.find_faults(path)
    for text in faults:
        sys.stdout.write(f"other placeholders, so that it stays English: {text}\n")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
