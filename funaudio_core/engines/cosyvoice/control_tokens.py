"""Control tokens of CosyVoice: special tokens, audio events, emphasis and phones."""

from __future__ import annotations

import re
from functools import cache

from funaudio_core.engines.cosyvoice.config import Version
from funaudio_core.errors import BadInput
from funaudio_core.text import is_speakable

END_OF_PROMPT = "<|endofprompt|>"
# Markers of the ends of texts, turns and prompts; text from a user never becomes one of them. Ids follow the order of
# these lists.
_CONTROLS = ("<|endoftext|>", "<|im_start|>", "<|im_end|>", END_OF_PROMPT)
_EVENTS = (
    "[breath] <strong> </strong> [noise] [laughter] [cough] [clucking] [accent] [quick_breath] <laughter> </laughter> "
    "[hissing] [sigh] [vocalized-noise] [lipsmack] [mn]"
)
_LATER_CONTROLS = ("<|endofsystem|>",)
_VOWELS = "AA AE AH AO AW AY EH ER EY IH IY OW OY UH UW"  # of CMUdict; a stress of 0, 1 or 2 may follow
_CONSONANTS = "B CH D DH F G HH JH K L M N NG P R S SH T TH V W Y Z ZH"
_PINYIN = (  # initials, bare finals, and finals with their tone
    "a ai an ang ao b c ch d e ei en eng f g h i ian in ing iu ià iàn iàng iào iá ián iáng iáo iè ié iòng ióng iù iú "
    "iā iān iāng iāo iē iě iōng iū iǎ iǎn iǎng iǎo iǒng iǔ j k l m n o ong ou p q r s sh t u uang ue un uo uà uài uàn "
    "uàng uá uái uán uáng uè ué uì uí uò uó uā uāi uān uāng uē uě uī uō uǎ uǎi uǎn uǎng uǐ uǒ vè w x y z zh à ài àn "
    "àng ào á ái án áng áo è èi èn èng èr é éi én éng ér ì ìn ìng í ín íng ò òng òu ó óng óu ù ùn ú ún ā āi ān āng āo "
    "ē ēi ēn ēng ě ěi ěn ěng ěr ī īn īng ō ōng ōu ū ūn ǎ ǎi ǎn ǎng ǎo ǐ ǐn ǐng ǒ ǒng ǒu ǔ ǔn ǘ ǚ ǜ"
)
_CMU = sorted([*_CONSONANTS.split(), *(vowel + stress for vowel in _VOWELS.split() for stress in ("", *"012"))])
_PHONES = tuple(f"[{phone}]" for phone in (*_CMU, *_PINYIN.split()))


def special_tokens(version: Version) -> tuple[str, ...]:
    """Return all special tokens in the order of their ids, which follow those of the vocabulary."""
    early = (*_CONTROLS, *_EVENTS.split())
    return early if version == 2 else (*early, *_LATER_CONTROLS, *_PHONES)


@cache
def control_pattern(version: Version) -> re.Pattern[str]:
    """Return the pattern of control tokens that a user may type in a text.

    Events always match. Phones (version 3) match next to another phone, as in "[j][ǐ]", or with a tone, as in "[ài]";
    a single "[a]" or "[M]" is ordinary text.
    """
    events = "|".join(map(re.escape, _EVENTS.split()))
    if version == 2:
        return re.compile(events)
    phones = "|".join(map(re.escape, sorted(_PHONES, key=len, reverse=True)))
    toned = "|".join(re.escape(phone) for phone in _PHONES if not phone.isascii())
    return re.compile(rf"{events}|(?:{phones}){{2,}}|{toned}")


def split_controls(text: str, version: Version) -> list[tuple[str, bool]]:
    """Split a text into (part, is_control) pairs in order; no part is empty."""
    found: list[tuple[str, bool]] = []
    start = 0
    for match in control_pattern(version).finditer(text):
        found += [(text[start : match.start()], False), (match.group(), True)]
        start = match.end()
    return [part for part in [*found, (text[start:], False)] if part[0]]


def strip_controls(written: str, version: Version) -> str:
    """Return a text without control tokens."""
    return " ".join("".join(part for part, is_control in split_controls(written, version) if not is_control).split())


def require_words(written: str, version: Version) -> None:
    """Raise BadInput if nothing can be spoken but control tokens."""
    if not is_speakable(strip_controls(written, version)):
        raise BadInput("The text contains only symbols and tags and can't be spoken. Add some words.")
