"""Text to text among English and Romance languages by Apertium, a separate program. Knows no speech."""

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
PATIENCE = 30  # seconds for one text; a sentence takes .1 to .4
MOST_STEPS = 2  # through one language between; a third step leaves nothing of the sense
DEBIAN_PACKAGES = (
    "apertium",
    "apertium-eng-spa",
    "apertium-es-pt",
    "apertium-fr-es",
    "apertium-spa-ita",
    "apertium-eng-cat",
    "apertium-fra-cat",
)
_CODES = {"eng": "en", "spa": "es", "fra": "fr", "ita": "it", "por": "pt", "cat": "ca"}  # from ISO 639-3
_VARIANTS = {"pt": "BR"}  # the written standard wanted where a pair offers several; elsewhere the plain mode
_MODE = re.compile(r"(?P<source>[a-z]{2,3})-(?P<target>[a-z]{2,3})(?:_(?P<variant>\w+))?")
_MARKS = "*@#~"  # Apertium puts these before words it doesn't know or can't inflect
_PLEASE = re.compile(r"^please\s+", re.IGNORECASE)


class Apertium:
    """Translator. Knows only which modes are installed; calls may run side by side, each in processes of its own."""

    def __init__(self) -> None:
        self._routes = routes(_installed())

    def directions(self) -> frozenset[tuple[str, str]]:
        """Every (source, target) that the installed pairs reach, straight or through one language between."""
        return frozenset(self._routes)

    def translate(self, text: str, source: str, target: str, wording: TranslationContext = NO_CONTEXT) -> str:
        """The translation, sentence by sentence, on one line a paragraph.

        Raises Unsupported, naming the Debian packages, for a direction that is not installed, and for a glossary;
        FunAudioError where the program fails or needs longer than PATIENCE.
        """
        if wording.glossary:
            SPEC.require("glossary")
        if wording.previous:
            SPEC.require("incremental")
        if (source, target) not in self._routes:
            raise Unsupported(self._refusal(source, target))
        paragraphs = [split_sentences(line, source, max_length=1000) for line in clean(text).splitlines()]
        sentences = [sentence for paragraph in paragraphs for sentence in paragraph]
        for mode in self._routes[source, target]:
            sentences = _translated(sentences, mode) if sentences else []
        left = iter(sentences)
        return "\n".join(" ".join(next(left) for _ in paragraph) for paragraph in paragraphs)

    def _refusal(self, source: str, target: str) -> str:
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
        known = tuple(Message(row.name) for row in LANGUAGES.values() if any(row.code in pair for pair in self._routes))
        return Message(
            "Apertium doesn't translate {wanted}; it supports {known}. Use the full or remote tier.",
            wanted=wanted,
            known=known,
        )


def routes(modes: Mapping[tuple[str, str], str]) -> dict[tuple[str, str], tuple[str, ...]]:
    """The shortest chain of modes for every pair of our languages that MOST_STEPS can join.

    modes: (source, target) -> mode. Of two chains of equal length the alphabetically first is taken: English to
    French goes through Catalan rather than Spanish, the better of the two (bench/translate.py).
    """
    found: dict[tuple[str, str], tuple[str, ...]] = {}
    for start in LANGUAGES:
        waiting: deque[tuple[str, tuple[str, ...]]] = deque([(start, ())])
        seen = {start}
        while waiting:
            here, chain = waiting.popleft()
            if chain and here in LANGUAGES:
                found[start, here] = chain
            for (source, target), mode in sorted(modes.items()):
                if source == here and target not in seen and len(chain) < MOST_STEPS:
                    seen.add(target)
                    waiting.append((target, (*chain, mode)))
    return found


def modes_from(listing: str) -> dict[tuple[str, str], str]:
    """(source, target) -> mode, from the output of `apertium -l`; one variant of each direction."""
    found: dict[tuple[str, str], str] = {}
    for word in listing.split():
        match = _MODE.fullmatch(word)
        if match is None:
            continue
        source, target = (_CODES.get(match[part], match[part]) for part in ("source", "target"))
        wanted = _VARIANTS.get(target)
        if match["variant"] == wanted or (match["variant"] is None and (source, target) not in found):
            found[source, target] = word
    return found


def _installed() -> dict[tuple[str, str], str]:
    return modes_from(_run(["-l"], "")) if shutil.which(COMMAND) else {}


def _run(arguments: list[str], text: str) -> str:
    try:
        done = subprocess.run(
            [COMMAND, *arguments], input=text, capture_output=True, text=True, timeout=PATIENCE, check=False
        )
    except subprocess.TimeoutExpired:
        raise FunAudioError(
            "Apertium took longer than {patience} seconds. Shorten the text.", patience=PATIENCE
        ) from None
    if done.returncode != 0:
        said = (done.stderr.strip().splitlines() or ["no output"])[0]
        raise FunAudioError(
            "Apertium failed ({said}). Reinstall its language pairs: apt install --reinstall {command}",
            said=said,
            command=COMMAND,
        )
    return done.stdout


def _translated(sentences: list[str], mode: str) -> list[str]:
    """One step for every sentence in one process. An empty line between two keeps their grammar apart."""
    prepared = [_PLEASE.sub("Please, ", sentence) if mode == "eng-spa" else sentence for sentence in sentences]
    out = [part.strip() for part in _run(["-u", mode], "\n\n".join(prepared) + "\n\n").strip().split("\n\n")]
    if len(out) != len(sentences):
        raise FunAudioError(
            "Apertium ({mode}) returned {given} sentences instead of {wanted}. Rephrase the text.",
            mode=mode,
            given=len(out),
            wanted=len(sentences),
        )
    return [_repaired(given, translated, mode) for given, translated in zip(sentences, out, strict=True)]


def _repaired(given: str, translated: str, mode: str) -> str:
    """Spacing, marks and the few frequent errors that can be mended without grammar."""
    for mark in _MARKS:
        if mark not in given:
            translated = translated.replace(mark, "")
    translated = re.sub(r"\s+", " ", re.sub(r"\s+([,.])(?=\s|$)", r"\1", translated))
    if mode == "eng-spa" and re.search(r"\bplease\b", given, re.IGNORECASE):
        translated = re.sub(r"\bcomplacer\b", "por favor", translated)
        translated = re.sub(r"\bComplacer\b", "Por favor", translated)
    return _opened(translated) if mode.endswith(("-spa", "-es")) else re.sub("[¿¡]", "", translated)


def _opened(sentence: str) -> str:
    """A Spanish question or exclamation with its opening mark."""
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
