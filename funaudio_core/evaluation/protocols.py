"""Scoring protocols of speech recognition.

The same transcripts score differently under each protocol: a table never mixes two of them.
"""

from __future__ import annotations

import string
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

from funaudio_core.errors import BadInput
from funaudio_core.evaluation.alignment import ErrorCounts
from funaudio_core.languages import is_spaced
from funaudio_core.text import error_rate

CORPUS, MEAN = "corpus", "mean"  # all errors / all tokens of the references; mean of the rates of the utterances
# Languages that the published protocols score by characters.
CHARACTER_LANGUAGES = frozenset({"zh", "yue", "ja", "ko", "th"})
# Punctuation of Chinese texts, as in zhon 2.0.2, which seed-tts-eval uses. ASCII punctuation follows it.
_HAN_PUNCTUATION = (
    "＂＃＄％＆＇（）＊＋，－／：；＜＝＞＠［＼］＾＿｀｛｜｝～｟｠｢｣､\u3000、〃〈〉《》「」『』【】〔〕〖〗〘〙〚〛〜〝〞〟〰"
    "〾〿–—‘’‛“”„‟…‧﹏﹑﹔·！？｡。"
)
_REMOVED_BY_SEED_TTS = str.maketrans("", "", (_HAN_PUNCTUATION + string.punctuation).replace("'", ""))


@dataclass(frozen=True, slots=True)
class ScoringProtocol:
    """Protocol by which a hypothesis is compared with its reference.

    Attributes:
        name: Name on the command line and in results.
        title: Name for people.
        packages: Packages that normalize and divide the texts, with their versions; "" for none.
        averaging: CORPUS or MEAN.
        tokenize: Returns the tokens of a text in a language.
        measure: Returns "WER" or "CER" for a language.
    """

    name: str
    title: str
    packages: str
    averaging: str
    tokenize: Callable[[str, str], list[str]]
    measure: Callable[[str], str]

    @property
    def full_title(self) -> str:
        """Return the title with the packages."""
        return f"{self.title} ({self.packages})" if self.packages else self.title

    def rate(self, counts: Sequence[ErrorCounts]) -> float | None:
        """Return the rate of a set of utterances; None if no reference has a token."""
        total = sum(counts, ErrorCounts())
        if not total.reference_tokens:
            return None
        return total.rate if self.averaging == CORPUS else sum(each.rate for each in counts) / len(counts)


def protocol(name: str) -> ScoringProtocol:
    """Return the protocol of that name. Raise BadInput for another name."""
    if name not in PROTOCOLS:
        raise BadInput(
            "There is no scoring protocol {name!r}. Choose one of: {names}.", name=name, names=tuple(PROTOCOLS)
        )
    return PROTOCOLS[name]


def published_measure(language: str) -> str:
    """Return the measure that the published protocols use for a language."""
    return "CER" if language in CHARACTER_LANGUAGES else "WER"


def _suite_tokens(text: str, language: str) -> list[str]:
    """Normalize as the self-check of this app does."""
    normal = error_rate.normalize(text, language)
    return normal.split() if is_spaced(language) else list(normal)


def _fun_audio_chat_tokens(text: str, language: str) -> list[str]:
    """Normalize with whisper-normalizer, then divide with compute-wer, which keeps punctuation that is left."""
    from compute_wer.utils import normalize

    normal = _whisper_normalizer(language == "en")(text)
    return list(normalize(normal, to_char=language in CHARACTER_LANGUAGES))


def _whisper_tokens(text: str, language: str) -> list[str]:
    """Normalize with whisper-normalizer, then divide at spaces, or into characters."""
    words: list[str] = _whisper_normalizer(language == "en")(text).split()
    return list("".join(words)) if language in CHARACTER_LANGUAGES else words


@cache
def _whisper_normalizer(is_english: bool) -> Callable[[str], str]:
    """Return the English or the basic normalizer; the English one takes .1 s to build."""
    from whisper_normalizer.basic import BasicTextNormalizer
    from whisper_normalizer.english import EnglishTextNormalizer

    normalizer: Callable[[str], str] = EnglishTextNormalizer() if is_english else BasicTextNormalizer()
    return normalizer


def _seed_tts_tokens(text: str, language: str) -> list[str]:
    """Remove punctuation but the apostrophe; Chinese by characters, other languages by words in lower case."""
    plain = text.translate(_REMOVED_BY_SEED_TTS)
    if published_measure(language) == "CER":
        return [char for char in error_rate.to_simplified(plain) if not char.isspace()]
    return plain.lower().split()


PROTOCOLS = {
    each.name: each
    for each in (
        ScoringProtocol(
            "fun-audio-chat",
            "Fun-Audio-Chat",
            "whisper-normalizer 0.1.15, compute-wer 0.2.5",
            CORPUS,
            _fun_audio_chat_tokens,
            published_measure,
        ),
        ScoringProtocol("whisper", "Whisper", "whisper-normalizer 0.1.15", CORPUS, _whisper_tokens, published_measure),
        ScoringProtocol("seed-tts-eval", "seed-tts-eval", "", MEAN, _seed_tts_tokens, published_measure),
        ScoringProtocol("suite", "FunAudio Suite", "", CORPUS, _suite_tokens, error_rate.measure_name),
    )
}
DEFAULT_PROTOCOL = "fun-audio-chat"
