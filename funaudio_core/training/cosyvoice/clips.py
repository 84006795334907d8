"""Training items of CosyVoice from clips and their texts, encoded as prompts are."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from funaudio_core import settings, text
from funaudio_core.engines.cosyvoice import prompt_encoders
from funaudio_core.engines.cosyvoice.config import ModelConfig
from funaudio_core.engines.cosyvoice.prompt import Prompt, PromptCache
from funaudio_core.engines.cosyvoice.text import normalize
from funaudio_core.engines.cosyvoice.tokenizer import Tokenizer
from funaudio_core.errors import BadInput
from funaudio_core.training.cosyvoice.flow import MelItem
from funaudio_core.training.cosyvoice.sequences import Utterance
from funaudio_core.types import Audio

MAX_TEXT_TOKENS = 200  # of a clip, as in the published training


@dataclass(frozen=True, slots=True, eq=False)
class TextClip:
    """Clip of speech with its text.

    Attributes:
        name: Name for people.
        audio: The clip, 0.5 to 30 s.
        text: Words that are said.
        language: Code of the language.
        instruction: Manner of speaking, in words; "" for none.
    """

    name: str
    audio: Audio
    text: str
    language: str
    instruction: str = ""


class ClipEncoder:
    """Encoder of clips by the tokenizers and encoders of a release."""

    def __init__(self, folder: Path, config: ModelConfig) -> None:
        """Open the models of a folder in the published layout."""
        tokenize = prompt_encoders.SpeechTokenizer(
            folder / f"speech_tokenizer_v{config.version}.onnx", settings.read().threads
        )
        embed_speaker = prompt_encoders.SpeakerEncoder(folder / "campplus.onnx")
        self._prompts = PromptCache(config, tokenize, embed_speaker, capacity=1)
        self._tokenizer = Tokenizer(folder / "CosyVoice-BlankEN", config)
        self._version = config.version

    def utterance(self, clip: TextClip) -> Utterance:
        """Return a clip as the language model learns it.

        Raises:
            BadInput: The clip is too short, too long or sampled below 16 kHz, or its text is empty or too long.
        """
        ids = self._tokenizer.encode(normalize(clip.text, clip.language, self._version))
        if not text.is_speakable(clip.text) or len(ids) > MAX_TEXT_TOKENS:
            raise BadInput(
                "The text of {name} has {count} tokens; a clip needs 1 to {most}. Correct it, or remove the clip.",
                name=clip.name,
                count=len(ids),
                most=MAX_TEXT_TOKENS,
            )
        speech = tuple(self._prompt(clip).tokens.tolist())
        return Utterance(clip.name, ids, speech, self._tokenizer.encode_instruction(clip.instruction))

    def mel_item(self, clip: TextClip) -> MelItem:
        """Return a clip as the flow learns it.

        Raises:
            BadInput: The clip is too short, too long or sampled below 16 kHz.
        """
        prompt = self._prompt(clip)
        return MelItem(clip.name, tuple(prompt.tokens.tolist()), prompt.mel, prompt.speaker)

    def encode(self, clip: Audio) -> tuple[tuple[int, ...], tuple[float, ...]]:
        """Return the speech tokens of a clip and its speaker vector.

        Raises:
            BadInput: The clip is too short, too long or sampled below 16 kHz.
        """
        prompt = self._prompts.get(clip)
        return tuple(prompt.tokens.tolist()), tuple(prompt.speaker.tolist())

    def _prompt(self, clip: TextClip) -> Prompt:
        return self._prompts.get(clip.audio)
