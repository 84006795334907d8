"""Translation between English and Romance languages by Apertium, which runs as a separate program."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections import deque
from collections.abc import Mapping

from funaudio_core.engines.protocols import NO_CONTEXT, TranslationContext, Translator
from funaudio_core.engines.spec import EngineSpec
from funaudio_core.errors import FunAudioError, Unsupported
from funaudio_core.languages import LANGUAGES, display_name
from funaudio_core.message import Message
from funaudio_core.text import clean, split_sentences

COMMAND = "apertium"
TIMEOUT_SECONDS = 30  # for one text; a sentence takes .1 to .4
MAX_STEPS = 2  # through one intermediate language; after a third step the meaning is lost
DEBIAN_PACKAGES = (
    "apertium",
    "apertium-eng-spa",
    "apertium-es-pt",
    "apertium-fr-es",
    "apertium-spa-ita",
    "apertium-eng-cat",
    "apertium-fra-cat",
)
_CODES_BY_ISO_639_3 = {"eng": "en", "spa": "es", "fra": "fr", "ita": "it", "por": "pt", "cat": "ca"}
_VARIANTS = {"pt": "BR"}  # preferred written standard by language; otherwise the mode without a variant
_MODE = re.compile(r"(?P<source>[a-z]{2,3})-(?P<target>[a-z]{2,3})(?:_(?P<variant>\w+))?")
_ERROR_MARKS = "*@#~"  # which Apertium puts before words that it doesn't know or can't inflect
_PLEASE = re.compile(r"^please\s+", re.IGNORECASE)


class Apertium:
    """Translator. Thread-safe: each call runs processes of its own."""

    def __init__(self) -> None:
        """Find the installed language pairs."""
        self._routes = find_routes(_installed_modes())

    def directions(self) -> frozenset[tuple[str, str]]:
        """Return each (source, target) that the installed pairs support, directly or through another language."""
        return frozenset(self._routes)

    def translate(self, text: str, source: str, target: str, context: TranslationContext = NO_CONTEXT) -> str:
        """Translate a text sentence by sentence, one line a paragraph.

        Args:
            text: The text.
            source: Code of its language.
            target: Code of the language to translate into.
            context: Must be empty.

        Returns:
            The translation.

        Raises:
            Unsupported: The direction is not installed, in which case the message names the Debian packages, or there
                is a context.
            FunAudioError: The program failed or took longer than TIMEOUT_SECONDS.
        """
        if context.glossary:
            SPEC.require("glossary")
        if context.previous:
            SPEC.require("incremental")
        if (source, target) not in self._routes:
            raise Unsupported(self._unsupported_message(source, target))
        paragraphs = [split_sentences(line, source, max_length=1000) for line in clean(text).splitlines()]
        sentences = [sentence for paragraph in paragraphs for sentence in paragraph]
        for mode in self._routes[source, target]:
            sentences = _translate(sentences, mode) if sentences else []
        remaining = iter(sentences)
        return "\n".join(" ".join(next(remaining) for _ in paragraph) for paragraph in paragraphs)

    def _unsupported_message(self, source: str, target: str) -> str:
        wanted = Message("from {source} to {target}", source=display_name(source), target=display_name(target))
        packages = " ".join(DEBIAN_PACKAGES)
        if not self._routes:
            return Message(
                "Translation {wanted} isn't available. Install Apertium: apt install {packages}",
                wanted=wanted,
                packages=packages,
            )
        if {source, target} <= set(SPEC.languages):
            return Message(
                "The Apertium language pair {wanted} isn't installed. Install it: apt install {packages}",
                wanted=wanted,
                packages=packages,
            )
        supported = tuple(
            Message(row.name) for row in LANGUAGES.values() if any(row.code in pair for pair in self._routes)
        )
        return Message(
            "Apertium doesn't translate {wanted}; it supports {known}. Use the full or remote tier.",
            wanted=wanted,
            known=supported,
        )


def find_routes(modes: Mapping[tuple[str, str], str]) -> dict[tuple[str, str], tuple[str, ...]]:
    """Return the shortest chain of at most MAX_STEPS modes for each pair of our languages.

    Of two chains of the same length the alphabetically first is used: English to French goes through Catalan rather
    than Spanish, which is the better of the two (bench/assistants/translate.py).

    Args:
        modes: Name of the mode by (source, target).
    """
    routes: dict[tuple[str, str], tuple[str, ...]] = {}
    for start in LANGUAGES:
        queue: deque[tuple[str, tuple[str, ...]]] = deque([(start, ())])
        visited = {start}
        while queue:
            language, chain = queue.popleft()
            if chain and language in LANGUAGES:
                routes[start, language] = chain
            for (source, target), mode in sorted(modes.items()):
                if source == language and target not in visited and len(chain) < MAX_STEPS:
                    visited.add(target)
                    queue.append((target, (*chain, mode)))
    return routes


def parse_modes(listing: str) -> dict[tuple[str, str], str]:
    """Return the mode of each (source, target) in the output of `apertium -l`, one variant of each direction."""
    modes: dict[tuple[str, str], str] = {}
    for word in listing.split():
        match = _MODE.fullmatch(word)
        if match is None:
            continue
        source, target = (_CODES_BY_ISO_639_3.get(match[part], match[part]) for part in ("source", "target"))
        variant = _VARIANTS.get(target)
        if match["variant"] == variant or (match["variant"] is None and (source, target) not in modes):
            modes[source, target] = word
    return modes


def _installed_modes() -> dict[tuple[str, str], str]:
    return parse_modes(_run(["-l"], "")) if shutil.which(COMMAND) else {}


def _run(arguments: list[str], text: str) -> str:
    try:
        process = subprocess.run(
            [COMMAND, *arguments], input=text, capture_output=True, text=True, timeout=TIMEOUT_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        raise FunAudioError(
            "Apertium took longer than {patience} seconds. Shorten the text.", patience=TIMEOUT_SECONDS
        ) from None
    if process.returncode != 0:
        reason = (process.stderr.strip().splitlines() or ["no output"])[0]
        raise FunAudioError(
            "Apertium failed ({said}). Reinstall its language pairs: apt install --reinstall {command}",
            said=reason,
            command=COMMAND,
        )
    return process.stdout


def _translate(sentences: list[str], mode: str) -> list[str]:
    """Run one mode on all sentences in one process; empty lines between them keep their grammar apart."""
    prepared = [_PLEASE.sub("Please, ", sentence) if mode == "eng-spa" else sentence for sentence in sentences]
    translations = [part.strip() for part in _run(["-u", mode], "\n\n".join(prepared) + "\n\n").strip().split("\n\n")]
    if len(translations) != len(sentences):
        raise FunAudioError(
            "Apertium ({mode}) returned {given} sentences instead of {wanted}. Rephrase the text.",
            mode=mode,
            given=len(translations),
            wanted=len(sentences),
        )
    return [_repair(source, target, mode) for source, target in zip(sentences, translations, strict=True)]


def _repair(source: str, translation: str, mode: str) -> str:
    """Fix spacing, error marks and a few frequent errors of a translated sentence."""
    for mark in _ERROR_MARKS:
        if mark not in source:
            translation = translation.replace(mark, "")
    translation = re.sub(r"\s+", " ", re.sub(r"\s+([,.])(?=\s|$)", r"\1", translation))
    if mode == "eng-spa" and re.search(r"\bplease\b", source, re.IGNORECASE):
        translation = re.sub(r"\bcomplacer\b", "por favor", translation)
        translation = re.sub(r"\bComplacer\b", "Por favor", translation)
    if mode.endswith(("-spa", "-es")):
        return _add_opening_mark(translation)
    return re.sub("[¿¡]", "", translation)


def _add_opening_mark(sentence: str) -> str:
    """Add the opening mark of a Spanish question or exclamation."""
    opening = {"?": "¿", "!": "¡"}.get(sentence[-1:], "")
    return sentence if not opening or opening in sentence else opening + sentence


SPEC: EngineSpec[Translator] = EngineSpec(
    name="apertium",
    title="Apertium",
    tier="lite",
    languages=frozenset({"en", "es", "fr", "it", "pt"}),
    licence="GPL-2.0-or-later",
    source="apertium.org, run as a separate program",
    load=Apertium,
    capabilities=frozenset({"translate"}),
)
