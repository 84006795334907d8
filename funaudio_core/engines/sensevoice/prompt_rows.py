"""The four rows in front of the features that tell SenseVoice what to do. Knows neither model nor text."""

from __future__ import annotations

# Row numbers of FunASR's embedding: `lid_dict` and `textnorm_dict` of funasr.models.sense_voice.model.
LANGUAGES = {"zh": 3, "en": 4, "yue": 7, "ja": 11, "ko": 12}
_ANY = 0
_BETWEEN = (1, 2)  # always the same: the model answers there with emotion and event
_WRITTEN, _SPOKEN = 14, 15
CHOICES = 16  # rows of the embedding: 7 unnamed ones, 7 languages, 2 forms of text
COUNT = 4  # rows of queries, and so rows of output that hold tags instead of text


def rows(language: str | None, itn: bool) -> tuple[int, ...]:
    """Rows of the query embedding for a language (None: hear which) and written or spoken form."""
    return (_ANY if language is None else LANGUAGES[language], *_BETWEEN, _WRITTEN if itn else _SPOKEN)
