"""Whisper on one window of at most 15 s: encoding, language identification, decoding and word alignment."""

from __future__ import annotations

import json
import unicodedata
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from funaudio_core.engines.whisper.decoder_weights import merge_adapter
from funaudio_core.engines.whisper.text_format import to_half_width
from funaudio_core.languages import is_spaced
from funaudio_core.types import Samples, Word
from funaudio_core.weights.adapters import Adapter

MODEL_FILE = "model.bin"
FIRST_MERGE = ("\u0120", "t")  # a blank and a t, as byte-level BPE writes them
SAMPLE_RATE = 16_000  # Hz
WINDOW_SECONDS = 15.0  # half of Whisper's training windows: the encoder costs half as much, the words stay the same
MEL_FRAMES_PER_SECOND = 100
# Thresholds of openai/whisper's transcribe().
COMPRESSION_RATIO_THRESHOLD = 2.4  # bytes of text per compressed byte; more compressible text is a loop
LOGPROB_THRESHOLD = -1.0  # mean natural log of the token probabilities; less likely text is a guess
NO_SPEECH_THRESHOLD = 0.6  # probability
GREEDY_LOGPROB_THRESHOLD = -0.3  # 7 % of 139 Asterisk prompts are below it, and a beam of 5 improves some of them
MAX_CONTEXT_TOKENS = 448  # of the decoder, prompt included
# Of style, hotwords and prompt together; leaves room for WINDOW_SECONDS of fast speech. OpenAI's limit is 224.
MAX_PROMPT_TOKENS = 200
TOKENS_PER_SECOND = 14  # in the scripts that Whisper writes well, speakers reach about 10
TOKENS_PER_SECOND_HINDI = 30  # Devanagari takes 2 to 3 tokens a character
SPARE_TOKENS = 24
# (beam size, repetition penalty), tried in order while the text loops or greedy decoding is below its threshold.
# openai/whisper samples at rising temperatures instead. On the loops observed here that never helped and the penalty
# always did; with it, equal clips also give equal texts.
DECODING_STEPS = ((1, 1.0), (5, 1.0), (5, 1.1))
_APPENDED_MARKS = "\"'.。,，!！?？:：”)]}、।"  # belong to the word before them
_PREPENDED_MARKS = "\"'“¿([{-"  # belong to the word behind them


@dataclass(frozen=True, slots=True)
class DecodingTask:
    """Task of the decoder.

    Attributes:
        language: Language of the speech, code.
        translate_to_english: Translate instead of transcribing.
        spoken_form: Suppress digits, percent and currency signs.
        style: Text that sets script and punctuation; Whisper takes it, like the next two, for the previous text.
        hotwords: Names and terms that are likely to occur, as a text.
        prompt: Text that might precede the window; of a long one the end counts.
    """

    language: str
    translate_to_english: bool = False
    spoken_form: bool = False
    style: str = ""
    hotwords: str = ""
    prompt: str = ""

    @property
    def output_language(self) -> str:
        """Return the language of the text."""
        return "en" if self.translate_to_english else self.language


@dataclass(frozen=True, slots=True)
class DecodingResult:
    """Decoded text.

    Attributes:
        tokens: Token ids.
        text: The text.
        mean_logprob: Mean natural log of the token probabilities.
        no_speech_probability: Probability that nobody speaks.
        compression_ratio: Bytes of text per compressed byte.
    """

    tokens: tuple[int, ...]
    text: str
    mean_logprob: float
    no_speech_probability: float
    compression_ratio: float

    @property
    def is_loop(self) -> bool:
        """Return whether the text repeats the same words over and over."""
        return self.compression_ratio > COMPRESSION_RATIO_THRESHOLD

    @property
    def is_empty(self) -> bool:
        """Return whether there is no text, or only unlikely text where the model detects no speech."""
        is_unlikely = self.no_speech_probability > NO_SPEECH_THRESHOLD and self.mean_logprob < LOGPROB_THRESHOLD
        return not self.text or is_unlikely


class WindowDecoder:
    """Whisper on CTranslate2. Thread-safe: it keeps no state between calls, and CTranslate2 queues concurrent ones."""

    def __init__(self, folder: Path, threads: int, adapter: Adapter | None = None) -> None:
        """Load a model in faster-whisper's layout on the CPU, with the change of an adapter if there is one.

        Raises:
            BadInput: The adapter doesn't fit the model.
        """
        from faster_whisper import WhisperModel

        files = None if adapter is None else _read_files(folder, adapter)
        self._whisper = WhisperModel(str(folder), device="cpu", compute_type="int8", cpu_threads=threads, files=files)
        self._whisper.hf_tokenizer = _complete(self._whisper.hf_tokenizer)

    def encode(self, samples: Samples) -> Any:  # noqa: ANN401 (a ctranslate2.StorageView, which has no types)
        """Return the encoder's output for float32 samples at SAMPLE_RATE; those beyond WINDOW_SECONDS are ignored."""
        size = round(WINDOW_SECONDS * MEL_FRAMES_PER_SECOND)
        mel = self._whisper.feature_extractor(samples)[:, :size]
        silence = mel.min()  # the value of digital silence: features are clipped 80 dB below the loudest one
        return self._whisper.encode(np.pad(mel, ((0, 0), (0, size - mel.shape[1])), constant_values=silence))

    @staticmethod
    def to_encoded(values: Samples) -> Any:  # noqa: ANN401
        """Return what encode() returned as an array, float32 (positions, width), for decode()."""
        from ctranslate2 import StorageView

        return StorageView.from_array(np.ascontiguousarray(values[np.newaxis]))

    def language_probabilities(self, encoded: Any) -> list[tuple[str, float]]:  # noqa: ANN401
        """Return (code, probability) of all languages of Whisper, the most probable first."""
        ranked = self._whisper.model.detect_language(encoded)[0]
        return [(token[2:-2], float(probability)) for token, probability in ranked]

    def decode(self, encoded: Any, seconds: float, task: DecodingTask) -> DecodingResult:  # noqa: ANN401
        """Decode a window.

        Args:
            encoded: Output of encode().
            seconds: Length of the audio in the window.
            task: The task.

        Returns:
            The most likely result of the DECODING_STEPS that is not a loop.
        """
        results = []
        # greedy translations are markedly worse
        for beam_size, penalty in DECODING_STEPS[1:] if task.translate_to_english else DECODING_STEPS:
            result = self._decode_once(encoded, seconds, task, beam_size, penalty)
            results.append(result)
            if not result.is_loop and (result.mean_logprob >= GREEDY_LOGPROB_THRESHOLD or beam_size > 1):
                break
        return max(results, key=lambda result: (not result.is_loop, result.mean_logprob))

    def greedy_logprob(self, encoded: Any, seconds: float, task: DecodingTask) -> float:  # noqa: ANN401
        """Return the mean natural log of the token probabilities of greedy decoding; see decode()."""
        return self._decode_once(encoded, seconds, task, *DECODING_STEPS[0]).mean_logprob

    def align_words(
        self,
        encoded: Any,  # noqa: ANN401
        seconds: float,
        task: DecodingTask,
        result: DecodingResult,
    ) -> list[Word]:
        """Align the words of a result with the audio.

        Args:
            encoded: Output of encode().
            seconds: Length of the audio in the window.
            task: The task.
            result: Output of decode().

        Returns:
            Words (characters in scripts without spaces) with times in seconds from the start of the window.
        """
        from faster_whisper.transcribe import merge_punctuations

        if not result.tokens:
            return []
        tokenizer = self._tokenizer(task)
        tokenizer.language_code = task.output_language  # decides how the text is split into words
        frames = min(round(seconds * MEL_FRAMES_PER_SECOND), round(WINDOW_SECONDS * MEL_FRAMES_PER_SECOND))
        alignment = self._whisper.find_alignment(tokenizer, [list(result.tokens)], encoded, frames)[0]
        merge_punctuations(alignment, _PREPENDED_MARKS, _APPENDED_MARKS)
        return [
            Word(word["word"].strip(), float(word["start"]), float(word["end"]), float(word["probability"]))
            for word in alignment
            if word["word"].strip()
        ]

    def _decode_once(
        self,
        encoded: Any,  # noqa: ANN401
        seconds: float,
        task: DecodingTask,
        beam_size: int,
        penalty: float,
    ) -> DecodingResult:
        tokenizer = self._tokenizer(task)
        prompt = self.prompt_tokens(task)
        tokens_per_second = TOKENS_PER_SECOND_HINDI if task.language == "hi" else TOKENS_PER_SECOND
        result = self._whisper.model.generate(
            encoded,
            [prompt],
            beam_size=beam_size,
            repetition_penalty=penalty,
            max_length=min(MAX_CONTEXT_TOKENS, len(prompt) + SPARE_TOKENS + round(seconds * tokens_per_second)),
            return_scores=True,
            return_no_speech_prob=True,
            suppress_tokens=[-1, *(self._numeric_tokens if task.spoken_form else ())],
        )[0]
        tokens = tuple(result.sequences_ids[0])
        text = str(tokenizer.decode(tokens)).strip()
        # The score is the mean over the tokens without the final one; LOGPROB_THRESHOLD applies to the mean with it.
        mean_logprob = result.scores[0] * len(tokens) / (len(tokens) + 1)
        no_speech_probability = float(result.no_speech_prob)
        return DecodingResult(tokens, text, float(mean_logprob), no_speech_probability, _compression_ratio(text))

    def prompt_tokens(self, task: DecodingTask) -> list[int]:
        """Return the tokens before the text."""
        tokenizer = self._tokenizer(task)
        prompt = self._whisper.get_prompt(tokenizer, _previous_tokens(tokenizer, task), without_timestamps=True)
        return list(map(int, prompt))

    def text_tokens(self, text: str, language: str) -> list[int]:
        """Return the tokens of a text as the model writes it, with the final one.

        It writes a space first in languages that have spaces, and most marks of Chinese in half width.
        """
        written = f" {text}" if is_spaced(language) else to_half_width(text) if language == "zh" else text
        tokenizer = self._whisper.hf_tokenizer
        return [*tokenizer.encode(written, add_special_tokens=False).ids, tokenizer.token_to_id("<|endoftext|>")]

    def fits(self, text: str) -> bool:
        """Return whether a text has at most MAX_PROMPT_TOKENS."""
        return len(self._whisper.hf_tokenizer.encode(" " + text, add_special_tokens=False).ids) <= MAX_PROMPT_TOKENS

    def _tokenizer(self, task: DecodingTask) -> Any:  # noqa: ANN401
        from faster_whisper.tokenizer import Tokenizer

        name = "translate" if task.translate_to_english else "transcribe"
        return Tokenizer(self._whisper.hf_tokenizer, multilingual=True, task=name, language=task.language)

    @cached_property
    def _numeric_tokens(self) -> Sequence[int]:
        """Return all tokens that contain a digit, a percent sign or a currency sign."""
        tokenizer = self._whisper.hf_tokenizer
        end = tokenizer.token_to_id("<|endoftext|>")
        texts = tokenizer.decode_batch([[token] for token in range(end)])
        return [token for token, text in enumerate(texts) if any(map(_is_numeric, text))]


def _complete(tokenizer: Any) -> Any:  # noqa: ANN401 (a tokenizers.Tokenizer)
    """Return a tokenizer with its first merge, which the published tokenizer.json of Whisper base lacks.

    Without it " the" has two tokens, which the model never writes.
    """
    content = json.loads(tokenizer.to_str())
    merges = content["model"]["merges"]
    if merges[0] == list(FIRST_MERGE):
        return tokenizer
    merges.insert(0, list(FIRST_MERGE))
    return type(tokenizer).from_str(json.dumps(content))


def _read_files(folder: Path, adapter: Adapter) -> dict[str, bytes]:
    """Return the files of a model by name, with the change of an adapter."""
    files = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    return files | {MODEL_FILE: merge_adapter(files[MODEL_FILE], adapter)}


def _previous_tokens(tokenizer: Any, task: DecodingTask) -> list[int]:  # noqa: ANN401
    """Return the tokens that Whisper takes for the previous text: at most MAX_PROMPT_TOKENS, or those of the style."""
    style, hotwords, prompt = (
        tokenizer.encode(" " + text) if text else [] for text in (task.style, task.hotwords, task.prompt)
    )
    listed = hotwords[: max(0, MAX_PROMPT_TOKENS - len(style))]
    rest = max(0, MAX_PROMPT_TOKENS - len(style) - len(listed))
    return [*style, *listed, *prompt[len(prompt) - min(rest, len(prompt)) :]]


def _is_numeric(char: str) -> bool:
    return char.isdigit() or char == "%" or unicodedata.category(char) == "Sc"


def _compression_ratio(text: str) -> float:
    data = text.encode()
    return len(data) / len(zlib.compress(data)) if data else 0.0
