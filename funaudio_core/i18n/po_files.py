"""Further languages of the interface: one PO file each in `languages/`, named after its code, such as `es.po`.

English and Chinese are in the code. A text that a file lacks, or whose placeholders it changes, stays English.
"""

from __future__ import annotations

import gettext
import io
import logging
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from string import Formatter

import polib

FOLDER = Path(__file__).parent / "languages"
IN_CODE = ("en", "zh")
COUNTED = "count"  # placeholder that chooses the plural form

log = logging.getLogger(__name__)


@cache
def language_codes() -> tuple[str, ...]:
    """Return the codes of the languages of the interface."""
    return IN_CODE + tuple(sorted(path.stem for path in FOLDER.glob("*.po")))


def translate_string(key: str, english: str, language: str) -> str:
    """Return a string of a page, which translators find by its key; English if the file lacks it."""
    return _read(language).pgettext(key, english)


def translate_template(template: str, language: str, values: Mapping[str, object]) -> str:
    """Return the template of a message, in the plural form for its {count}; English if the file lacks it."""
    texts, count = _read(language), values.get(COUNTED)
    if isinstance(count, int) and (plural := texts.ngettext(template, template, count)) != template:
        return plural
    return texts.gettext(template)


def placeholders(template: str) -> set[tuple[str, str, str]]:
    """Return the placeholders of a template: name, conversion and format.

    Raises:
        ValueError: If its braces don't match.
    """
    parts = Formatter().parse(template)
    return {(field, conversion or "", form or "") for _, field, form, conversion in parts if field is not None}


def find_faults(path: Path) -> list[str]:
    """Return the English texts in a file whose translation has other placeholders."""
    return [entry.msgid for entry in polib.pofile(str(path)) if not _has_its_placeholders(entry)]


def _has_its_placeholders(entry: polib.POEntry) -> bool:
    """Return whether each translation of a message has its placeholders; strings of pages, with a key, have none."""
    if entry.msgctxt is not None:
        return True
    try:
        forms = [form for form in (entry.msgstr, *entry.msgstr_plural.values()) if form]
        return all(placeholders(form) == placeholders(entry.msgid) for form in forms)
    except ValueError:
        return False


@cache
def _read(language: str) -> gettext.NullTranslations:
    """Return the texts of a language; none if it has no file."""
    path = FOLDER / f"{language}.po"
    if not path.is_file():
        return gettext.NullTranslations()
    file = polib.pofile(str(path))
    for entry in [each for each in file if not _has_its_placeholders(each)]:
        log.warning("%s: the placeholders of %r were changed, so that it stays English", path.name, entry.msgid)
        file.remove(entry)
    return gettext.GNUTranslations(io.BytesIO(file.to_binary()))
