"""Decoding of text files of unknown encoding."""

from __future__ import annotations

import codecs
import re

from funaudio_core.errors import BadInput

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_DECLARED = re.compile(rb"""(?:encoding|charset)\s*=\s*["']?([A-Za-z0-9_.:-]{2,30})""", re.IGNORECASE)
_SAMPLE_BYTES = 200_000
_CHINESE = ("gb18030", "big5")
# Shares of common characters decide between the Chinese encodings: the wrong one yields rare characters.
_COMMON_CHINESE = frozenset(
    "的一是不了人我在有他这這中大来來上国國个個到说說们們为為子和你地出道也时時年得就那要下以生会會自着著去之过過家学學"
    "对對可她里裡后後小么麼心多天而能好都然没沒日于於起还還发發成事只作当當想看文无無开開手十用主行方又如前所本见見经經头頭面公同三已老从從动動两兩长長"
    "曰者其何此故不乃与與"
)
_MIN_COMMON_SHARE = 0.12  # of the Chinese characters; measured .25 to .45 in prose
_WESTERN_LETTERS = re.compile("[A-Za-z]")
_WESTERN = re.compile("[\xc0-\xff]|[’‘“”–—…Œœ€«»¿¡°ŸŠšŽž§£]")  # characters above ASCII that Western texts use


def decode_text(data: bytes) -> tuple[str, str]:
    """Decode a text file.

    Returns:
        The text, and the name of the encoding if it was guessed, else "".

    Raises:
        BadInput: It isn't text.
    """
    for mark, name in _MARKS:
        if data.startswith(mark):
            return data[len(mark) :].decode(name, errors="replace"), ""
    if name := _unmarked_utf16(data):
        return data.decode(name, errors="replace"), name
    if b"\x00" in data[:_SAMPLE_BYTES]:
        raise BadInput("The file isn't text. Choose an EPUB, TXT, Markdown, HTML, DOCX or PDF file.")
    try:
        return data.decode("utf-8"), ""
    except UnicodeDecodeError as error:
        if error.start > _SAMPLE_BYTES or _is_mostly_utf8(data):  # a few damaged bytes
            return data.decode("utf-8", errors="replace"), "utf-8"
    name = _guess_legacy(data)
    return data.decode(name, errors="replace"), name


def decode_markup(data: bytes) -> str:
    """Decode an XML or HTML document by its mark, its declaration, or its content.

    UTF-8 is told by its bytes, whatever is declared: a page that was pasted or saved again keeps its old declaration.
    """
    declared = _DECLARED.search(data[:1024])
    if not data.startswith(tuple(mark for mark, _ in _MARKS)) and declared and not _is_utf8(data):
        try:
            name = codecs.lookup(declared[1].decode("ascii")).name
            return data.decode("cp1252" if name in ("ascii", "iso8859-1") else name)  # what browsers take them for
        except (LookupError, UnicodeDecodeError):
            pass
    return decode_text(data)[0]


def _is_utf8(data: bytes) -> bool:
    """Return whether data has characters above ASCII, and all of them in UTF-8."""
    try:
        return not data.isascii() and bool(data.decode())
    except UnicodeDecodeError:
        return False


def _unmarked_utf16(data: bytes) -> str:
    """Return the UTF-16 variant of text without a mark, or ""."""
    sample = data[: _SAMPLE_BYTES & ~1]
    if len(sample) < 8:
        return ""
    zeros = sample[0::2].count(0), sample[1::2].count(0)
    most = len(sample) // 2
    if zeros[1] > most * 0.3 and zeros[0] < most * 0.05:
        return "utf-16-le"
    return "utf-16-be" if zeros[0] > most * 0.3 and zeros[1] < most * 0.05 else ""


def _is_mostly_utf8(data: bytes) -> bool:
    """Return whether nearly all multi-byte sequences of a sample are UTF-8."""
    text = data[:_SAMPLE_BYTES].decode("utf-8", errors="replace")
    damaged = text.count("\ufffd")
    return damaged * 10 < sum(char > "\x7f" for char in text)


def _guess_legacy(data: bytes) -> str:
    """Return the encoding of text that isn't Unicode."""
    shares = {name: _common_share(data, name) for name in _CHINESE}
    best = max(shares, key=lambda name: shares[name])
    if shares[best] >= _MIN_COMMON_SHARE:
        return best
    sample = data[:_SAMPLE_BYTES].decode("cp1252", errors="replace")
    high = [char for char in sample if char > "\x7f"]
    if len(_WESTERN_LETTERS.findall(sample)) > 2 * len(high) and _has_western_accents(sample, len(high)):
        return "cp1252"
    return _detect(data)


def _has_western_accents(sample: str, high: int) -> bool:
    """Return whether nearly all characters above ASCII are those of Western texts, inside or around words."""
    return len(_WESTERN.findall(sample)) >= 0.95 * high


def _common_share(data: bytes, name: str) -> float:
    """Return the share of common characters among the Chinese ones; 0 if the bytes are not of this encoding."""
    text = data[:_SAMPLE_BYTES].decode(name, errors="replace")
    high = [char for char in text if char > "\x7f"]
    if not high or text.count("\ufffd") > 0.01 * len(high):
        return 0.0
    chinese = [char for char in high if "\u4e00" <= char <= "\u9fff"]
    if 2 * len(chinese) < len(high):
        return 0.0
    return sum(char in _COMMON_CHINESE for char in chinese) / len(chinese)


def _detect(data: bytes) -> str:
    """Return the guess of charset-normalizer, or CP1252."""
    from charset_normalizer import from_bytes

    best = from_bytes(data[:_SAMPLE_BYTES]).best()
    return best.encoding if best else "cp1252"
