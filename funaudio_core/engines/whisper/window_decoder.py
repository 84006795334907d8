"""One window of at most 15 s through Whisper: encoded once, then its language, text and word times are read off.

Knows nothing of clips, of segments or of how the text is finished.
"""

from __future__ import annotations

import unicodedata
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from funaudio_core.types import Samples, Word

RATE = 16_000  # Hz
WINDOW = 15.0  # seconds. Half of what Whisper was trained on: the encoder costs half as much, the words stay the same
MEL_RATE = 100  # mel frames a second
# Thresholds of openai/whisper's transcribe(): more compressible text is a loop, less likely text is a guess.
LOOP = 2.4  # bytes of text per compressed byte
UNLIKELY = -1.0  # mean natural log of the token probabilities
DOUBTFUL = -0.3  # the same; 7 % of 139 Asterisk prompts read worse, and a beam of 5 mends some of them
NO_SPEECH = 0.6  # probability
CONTEXT = 448  # tokens the decoder has room for, prompt included
TOKENS_PER_SECOND = 14  # nobody speaks faster than about 10 in the scripts that Whisper writes well
TOKENS_PER_SECOND_HINDI = 30  # Devanagari takes 2 to 3 tokens a character
SPARE_TOKENS = 24
# (beam, repetition penalty), climbed while a reading loops or a greedy one is doubtful. openai/whisper samples at
# rising temperatures instead; on the loops met here that never helped, the penalty always did, and with it the same
# clip gives the same text every time.
LADDER = ((1, 1.0), (5, 1.0), (5, 1.1))
_APPENDED = "\"'.。,，!！?？:：”)]}、।"  # marks that belong to the word before them
_PREPENDED = "\"'“¿([{-"  # and after them


@dataclass(frozen=True, slots=True)
class Task:
    """What to read from a window. language: code. english: translate. spoken: no digits, no currency signs.

    prompt: text that Whisper takes for what was said before; it sets script and punctuation.
    """

    language: str
    english: bool = False
    spoken: bool = False
    prompt: str = ""

    @property
    def written(self) -> str:
        """The language of the text that comes out."""
        return "en" if self.english else self.language


@dataclass(frozen=True, slots=True)
class Reading:
    """What was decoded. logprob: mean natural log per token. no_speech: probability. compression: see LOOP."""

    tokens: tuple[int, ...]
    text: str
    logprob: float
    no_speech: float
    compression: float

    @property
    def looping(self) -> bool:
        """The same words over and over."""
        return self.compression > LOOP

    @property
    def empty(self) -> bool:
        """Nothing was said: no text, or text that the model itself doubts."""
        return not self.text or (self.no_speech > NO_SPEECH and self.logprob < UNLIKELY)


class WindowReader:
    """Whisper on CTranslate2. Thread-safe: it keeps no state between calls, and CTranslate2 queues concurrent ones."""

    def __init__(self, folder: Path, threads: int) -> None:
        from faster_whisper import WhisperModel

        self._whisper = WhisperModel(str(folder), device="cpu", compute_type="int8", cpu_threads=threads)

    def encode(self, samples: Samples) -> Any:  # noqa: ANN401 (a ctranslate2.StorageView, which has no types)
        """The encoder's output for at most WINDOW seconds of float32 samples at RATE; later samples are ignored."""
        size = round(WINDOW * MEL_RATE)
        mel = self._whisper.feature_extractor(samples)[:, :size]
        silence = mel.min()  # what digital silence would measure here: features are clipped 80 dB below the loudest
        return self._whisper.encode(np.pad(mel, ((0, 0), (0, size - mel.shape[1])), constant_values=silence))

    def languages(self, encoded: Any) -> list[tuple[str, float]]:  # noqa: ANN401
        """(code, probability) of every language that Whisper knows, the likeliest first."""
        return [(token[2:-2], float(chance)) for token, chance in self._whisper.model.detect_language(encoded)[0]]

    def read(self, encoded: Any, seconds: float, task: Task) -> Reading:  # noqa: ANN401
        """The text of a window that holds `seconds` of sound: the likeliest reading of LADDER that does not loop."""
        readings = []
        for beam, penalty in LADDER[1:] if task.english else LADDER:  # a greedy translation is markedly worse
            reading = self._attempt(encoded, seconds, task, beam, penalty)
            readings.append(reading)
            if not reading.looping and (reading.logprob >= DOUBTFUL or beam > 1):
                break
        return max(readings, key=lambda reading: (not reading.looping, reading.logprob))

    def likelihood(self, encoded: Any, seconds: float, task: Task) -> float:  # noqa: ANN401
        """How well the window reads as `task`: mean natural log per token of the greedy reading."""
        return self._attempt(encoded, seconds, task, *LADDER[0]).logprob

    def words(self, encoded: Any, seconds: float, task: Task, reading: Reading) -> list[Word]:  # noqa: ANN401
        """The words of a reading (characters where the script has no spaces), in seconds from the window's start."""
        from faster_whisper.transcribe import merge_punctuations

        if not reading.tokens:
            return []
        tokenizer = self._tokenizer(task)
        tokenizer.language_code = task.written  # decides how words are split, not what was decoded
        frames = min(round(seconds * MEL_RATE), round(WINDOW * MEL_RATE))
        found = self._whisper.find_alignment(tokenizer, [list(reading.tokens)], encoded, frames)[0]
        merge_punctuations(found, _PREPENDED, _APPENDED)
        return [
            Word(word["word"].strip(), float(word["start"]), float(word["end"]), float(word["probability"]))
            for word in found
            if word["word"].strip()
        ]

    def _attempt(self, encoded: Any, seconds: float, task: Task, beam: int, penalty: float) -> Reading:  # noqa: ANN401
        tokenizer = self._tokenizer(task)
        before = tokenizer.encode(" " + task.prompt) if task.prompt else []
        prompt = self._whisper.get_prompt(tokenizer, before, without_timestamps=True)
        rate = TOKENS_PER_SECOND_HINDI if task.language == "hi" else TOKENS_PER_SECOND
        result = self._whisper.model.generate(
            encoded,
            [prompt],
            beam_size=beam,
            repetition_penalty=penalty,
            max_length=min(CONTEXT, len(prompt) + SPARE_TOKENS + round(seconds * rate)),
            return_scores=True,
            return_no_speech_prob=True,
            suppress_tokens=[-1, *(self._numeric if task.spoken else ())],
        )[0]
        tokens = tuple(result.sequences_ids[0])
        text = str(tokenizer.decode(tokens)).strip()
        # The score is the mean over the tokens without the final one; the mean with it is what UNLIKELY is about.
        logprob = result.scores[0] * len(tokens) / (len(tokens) + 1)
        return Reading(tokens, text, float(logprob), float(result.no_speech_prob), _compression(text))

    def _tokenizer(self, task: Task) -> Any:  # noqa: ANN401
        from faster_whisper.tokenizer import Tokenizer

        verb = "translate" if task.english else "transcribe"
        return Tokenizer(self._whisper.hf_tokenizer, multilingual=True, task=verb, language=task.language)

    @cached_property
    def _numeric(self) -> Sequence[int]:
        """Every token with a digit, a percent sign or a currency sign in it."""
        tokenizer = self._whisper.hf_tokenizer
        end = tokenizer.token_to_id("<|endoftext|>")
        texts = tokenizer.decode_batch([[token] for token in range(end)])
        return [token for token, text in enumerate(texts) if any(map(_is_numeric, text))]


def _is_numeric(char: str) -> bool:
    return char.isdigit() or char == "%" or unicodedata.category(char) == "Sc"


def _compression(text: str) -> float:
    data = text.encode()
    return len(data) / len(zlib.compress(data)) if data else 0.0
