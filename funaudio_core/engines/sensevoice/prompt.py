"""Prompt of SenseVoice: four rows of an embedding in front of the features, which select language and text form."""

from __future__ import annotations

# Row numbers of FunASR's embedding: `lid_dict` and `textnorm_dict` of funasr.models.sense_voice.model.
LANGUAGES = {"zh": 3, "en": 4, "yue": 7, "ja": 11, "ko": 12}
NO_SPEECH, NO_SPEECH_ROW = "nospeech", 13  # tag and row of clips without speech, used in training alone
ANY_LANGUAGE = 0
EMOTION_AND_EVENT = (1, 2)  # always the same; the model outputs emotion and event in their place
TEXT_FORMS = {"withitn": 14, "woitn": 15}  # by tag: as it is written, and as it is spoken
EMBEDDING_ROWS = 16  # 7 unnamed ones, 7 languages, 2 forms of text
PROMPT_ROWS = 4  # of the prompt, and so rows of the output that hold tags instead of text


def prompt_rows(language: str | None, itn: bool) -> tuple[int, ...]:
    """Return the rows for a language (None to detect it) and for the written or the spoken form."""
    language_row = ANY_LANGUAGE if language is None else LANGUAGES[language]
    return (language_row, *EMOTION_AND_EVENT, TEXT_FORMS["withitn" if itn else "woitn"])
