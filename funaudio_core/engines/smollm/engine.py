"""A companion for conversation in English on any CPU: SmolLM2-135M-Instruct in CTranslate2 int8. Knows no speech."""

from __future__ import annotations

import re
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from funaudio_core import settings
from funaudio_core.engines.protocols import Chatbot
from funaudio_core.engines.smollm.convert import TOKENIZER, convert
from funaudio_core.engines.smollm.prompts import Mood, mood, with_persona
from funaudio_core.engines.spec import EngineSpec
from funaudio_core.errors import BadInput, Unsupported
from funaudio_core.languages import display_name
from funaudio_core.text import SentenceBuffer, is_speakable, markup
from funaudio_core.types import Conversation, Turn
from funaudio_core.weights import store

if TYPE_CHECKING:
    import ctranslate2
    from tokenizers import Tokenizer

START, END = "<|im_start|>", "<|im_end|>"
HISTORY_TOKENS = 400  # earlier turns kept, newest first; each hundred costs about .06 CPU-s before the first word
MESSAGE_TOKENS = 200  # the end of a long message is kept: the question usually stands there
REPLY_TOKENS = 60  # two or three short sentences; longer replies of this model lose the thread
NOTHING = "Tell me more about that."  # said where the model wrote nothing that could be kept
PENALTY = 1.05  # on tokens already written; more makes the model avoid the words it needs
ALIKE = 0.8  # share of common words from which two sentences count as the same
DERIVED = "smollm2-135m-ct2-int8-b179c952-1"  # first digits of the GGUF's SHA-256, then the version of convert()


class SmolLM:
    """Chatbot. Keeps no state between calls; CTranslate2 runs up to settings.threads replies side by side."""

    def __init__(self, folder: Path, threads: int) -> None:
        import ctranslate2
        from tokenizers import Tokenizer

        self._tokenizer: Tokenizer = Tokenizer.from_file(str(folder / TOKENIZER))
        self._tokenizer.encode_special_tokens = True  # "<|im_end|>" typed by a visitor is text, not the end of a turn
        generator = ctranslate2.Generator(str(folder), compute_type="int8", inter_threads=threads, intra_threads=1)
        self._held: list[ctranslate2.Generator] = [generator]
        # A worker thread that lets go of its callback while Python shuts down aborts the process; deleting the
        # generator waits for its workers, so it must happen before that.
        weakref.finalize(self, self._held.clear)

    def reply(self, conversation: Conversation) -> Iterator[str]:
        """Whole sentences, each as soon as it is written; joined they are the reply, at most three sentences.

        Closing the iterator stops the writing. Raises BadInput where the last turn is not the user's,
        Unsupported for a language other than English.
        """
        if conversation.language != "en":
            raise Unsupported(
                "SmolLM2-135M replies in English only, not in {language}. "
                "Set the reply language to English, or use a larger model (full or remote tier).",
                language=display_name(conversation.language),
            )
        turns = conversation.turns
        if not turns or turns[-1].role != "user" or not is_speakable(turns[-1].text):
            raise BadInput("There is nothing to reply to: the last turn must come from the user.")
        emotion = turns[-1].emotion.label if turns[-1].emotion else "neutral"
        shown = with_persona(mood(turns[-1].text, emotion), conversation.persona)
        number = len(turns) // 2  # of this exchange, so that openers and closings take turns
        opener = shown.openers[number % len(shown.openers)] if shown.openers else ""
        closing = shown.closings[number % len(shown.closings)] if shown.closings else ""
        return self._sentences(turns, self.prompt(conversation, shown, opener), (opener, closing), shown.sentences)

    def prompt(self, conversation: Conversation, shown: Mood, opener: str) -> list[str]:
        """The tokens that the reply continues: instruction, examples, as many earlier turns as fit, opener."""
        tokens = self._message("system", shown.instruction)
        for number, (said, answer) in enumerate(shown.examples):
            begun = shown.openers[number % len(shown.openers)] + " " if shown.openers else ""
            tokens += self._message("user", said) + self._message("assistant", begun + answer)
        *earlier, last = conversation.turns
        history: list[str] = []
        for turn in reversed(earlier):
            message = self._message(turn.role, turn.text)
            if len(history) + len(message) > HISTORY_TOKENS:
                break
            history = message + history
        tokens += history + self._message("user", last.text)
        return [*tokens, START, *self._encode("assistant\n" + opener)]

    def _message(self, role: str, text: str) -> list[str]:
        return [
            START,
            *self._encode(role + "\n"),
            *self._encode(text.strip())[-MESSAGE_TOKENS:],
            END,
            *self._encode("\n"),
        ]

    def _encode(self, text: str) -> list[str]:
        tokens: list[str] = self._tokenizer.encode(text, add_special_tokens=False).tokens
        return tokens

    def _sentences(
        self, turns: tuple[Turn, ...], prompt: list[str], frame: tuple[str, str], limit: int
    ) -> Iterator[str]:
        """Opener, what the model writes without sentences that repeat or say nothing, closing."""
        opener, closing = frame
        if opener:
            yield opener + " "
        told = [opener, closing, *(turn.text for turn in turns)]
        kept, asked = 0, False
        for sentence in self._written(prompt):
            speakable = markup.strip_markup(sentence)
            if not is_speakable(speakable) or any(_same(speakable, other) for other in told):
                continue
            yield speakable + " "
            told.append(speakable)
            kept += 1
            asked = speakable.endswith("?")
            if kept == limit or asked:
                break
        if closing and not asked:
            yield closing
        elif not kept and not opener:
            yield NOTHING

    def _written(self, prompt: list[str]) -> Iterator[str]:
        """Complete sentences of one continuation; one that the limit of tokens cut off is left out."""
        steps = self._held[0].generate_tokens(
            prompt, max_length=REPLY_TOKENS, end_token=END, sampling_topk=1, repetition_penalty=PENALTY
        )
        buffer, numbers, before = SentenceBuffer("en"), [], ""
        try:
            for step in steps:
                numbers.append(step.token_id)
                text = self._tokenizer.decode(numbers)
                if text.endswith("\ufffd"):  # half of a character
                    continue
                yield from buffer.push(text[len(before) :])
                before = text
        finally:
            steps.close()
        yield from (sentence for sentence in buffer.flush() if sentence.endswith((".", "!", "?")))


def _same(sentence: str, other: str) -> bool:
    """Whether most words of a sentence already stand in one of the other's sentences."""
    words = set(re.findall(r"[\w']+", sentence.lower()))
    return any(
        len(words & set(part)) >= ALIKE * max(len(words), len(set(part)))
        for part in (re.findall(r"[\w']+", piece) for piece in re.split(r"[.!?]", other.lower()))
        if part
    )


def _load() -> SmolLM:
    def make(target: Path) -> None:
        convert(next(store.artifact_dir("smollm2").glob("*.gguf")), target)

    return SmolLM(store.cached(DERIVED, make), settings.read().threads)


SPEC: EngineSpec[Chatbot] = EngineSpec(
    name="smollm2-135m",
    title="SmolLM2-135M-Instruct (int8)",
    tier="lite",
    languages=frozenset({"en"}),
    licence="Apache-2.0",
    source="HuggingFaceTB/SmolLM2-135M-Instruct",
    load=_load,
    capabilities=frozenset({"chat"}),
    artifacts=("smollm2",),
    fork_safe=False,  # CTranslate2's threads
)
