"""SmolLM2-135M-Instruct as a chatbot, in CTranslate2 int8 on the CPU; English only."""

from __future__ import annotations

import re
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from funaudio_core import settings
from funaudio_core.engines import loader
from funaudio_core.engines.protocols import Chatbot
from funaudio_core.engines.smollm.convert import TOKENIZER_FILE, convert
from funaudio_core.engines.smollm.prompts import ReplyTemplate, add_persona, choose_template
from funaudio_core.engines.spec import EngineSpec
from funaudio_core.errors import BadInput, Unsupported
from funaudio_core.gpu import zerogpu
from funaudio_core.languages import display_name
from funaudio_core.text import SentenceBuffer, is_speakable, markup
from funaudio_core.types import Conversation, Turn
from funaudio_core.weights import conversion, store

if TYPE_CHECKING:
    import ctranslate2
    from tokenizers import Tokenizer

START_TOKEN, END_TOKEN = "<|im_start|>", "<|im_end|>"
HISTORY_TOKENS = 400  # of earlier turns, newest first; each hundred costs about .06 CPU-s before the first word
MESSAGE_TOKENS = 200  # the end of a longer message is kept, where the question usually is
REPLY_TOKENS = 60  # two or three short sentences; longer replies of this model lose the thread
FALLBACK_REPLY = "Tell me more about that."  # if no sentence of the model could be kept
REPETITION_PENALTY = 1.05  # with more, the model avoids the words it needs
REPETITION_THRESHOLD = 0.8  # share of common words from which two sentences count as the same
DERIVED_NAME = "smollm2-135m-ct2-int8-b179c952-1"  # first digits of the GGUF's SHA-256, then the version of convert()


class SmolLM:
    """Chatbot. Keeps no state between calls; CTranslate2 writes one reply after the other, on all threads.

    Replies in parallel would take no less time in all, and 31 MB each: CTranslate2 makes tables of the positions anew
    for every one of its workers.
    """

    def __init__(self, folder: Path, threads: int) -> None:
        """Load a folder that convert() wrote."""
        import ctranslate2
        from tokenizers import Tokenizer

        self._tokenizer: Tokenizer = Tokenizer.from_file(str(folder / TOKENIZER_FILE))
        self._tokenizer.encode_special_tokens = True  # "<|im_end|>" in a user's text is text and doesn't end the turn
        generator = ctranslate2.Generator(str(folder), compute_type="int8", inter_threads=1, intra_threads=threads)
        self._generators: list[ctranslate2.Generator] = [generator]
        # A worker thread that releases its callback while Python shuts down aborts the process. Deleting the generator
        # waits for its workers, so it must happen before the shutdown.
        weakref.finalize(self, self._generators.clear)

    def reply(self, conversation: Conversation) -> Iterator[str]:
        """Generate the reply to the last turn, at most three sentences. Closing the iterator stops the generation.

        Args:
            conversation: Persona and turns.

        Returns:
            Whole sentences, each as soon as it is written; joined, they are the reply.

        Raises:
            BadInput: The last turn is empty or not the user's.
            Unsupported: The language is not English.
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
        template = add_persona(choose_template(turns[-1].text, emotion), conversation.persona)
        exchange = len(turns) // 2  # openers and closings change from exchange to exchange
        opener = template.openers[exchange % len(template.openers)] if template.openers else ""
        closing = template.closings[exchange % len(template.closings)] if template.closings else ""
        prompt = self.build_prompt(conversation, template, opener)
        return self._sentences(turns, prompt, opener, closing, template.sentences)

    def build_prompt(self, conversation: Conversation, template: ReplyTemplate, opener: str) -> list[str]:
        """Return the tokens that the reply continues: instruction, examples, the last turns that fit, and opener."""
        tokens = self._message("system", template.instruction)
        for number, (message, answer) in enumerate(template.examples):
            example_opener = template.openers[number % len(template.openers)] + " " if template.openers else ""
            tokens += self._message("user", message) + self._message("assistant", example_opener + answer)
        *earlier, last = conversation.turns
        history: list[str] = []
        for turn in reversed(earlier):
            turn_tokens = self._message(turn.role, turn.text)
            if len(history) + len(turn_tokens) > HISTORY_TOKENS:
                break
            history = turn_tokens + history
        tokens += history + self._message("user", last.text)
        return [*tokens, START_TOKEN, *self._encode("assistant\n" + opener)]

    def _message(self, role: str, text: str) -> list[str]:
        """Return the tokens of a message in the model's chat format."""
        return [
            START_TOKEN,
            *self._encode(role + "\n"),
            *self._encode(text.strip())[-MESSAGE_TOKENS:],
            END_TOKEN,
            *self._encode("\n"),
        ]

    def _encode(self, text: str) -> list[str]:
        tokens: list[str] = self._tokenizer.encode(text, add_special_tokens=False).tokens
        return tokens

    def _sentences(
        self, turns: tuple[Turn, ...], prompt: list[str], opener: str, closing: str, max_sentences: int
    ) -> Iterator[str]:
        """Yield the opener, the model's sentences and the closing; opener and closing may be "".

        Sentences that repeat an earlier one or contain no words are dropped.
        """
        if opener:
            yield opener + " "
        earlier = [opener, closing, *(turn.text for turn in turns)]
        count, is_question = 0, False
        for sentence in self._generate(prompt):
            speakable = markup.strip_markup(sentence)
            if not is_speakable(speakable) or any(_is_repetition(speakable, other) for other in earlier):
                continue
            yield speakable + " "
            earlier.append(speakable)
            count += 1
            is_question = speakable.endswith("?")
            if count == max_sentences or is_question:
                break
        if closing and not is_question:
            yield closing
        elif not count and not opener:
            yield FALLBACK_REPLY

    def _generate(self, prompt: list[str]) -> Iterator[str]:
        """Yield the complete sentences that continue a prompt; one that REPLY_TOKENS cuts off is dropped."""
        steps = self._generators[0].generate_tokens(
            prompt,
            max_length=REPLY_TOKENS,
            end_token=END_TOKEN,
            sampling_topk=1,
            repetition_penalty=REPETITION_PENALTY,
        )
        buffer, token_ids, previous_text = SentenceBuffer("en"), [], ""
        try:
            for step in steps:
                token_ids.append(step.token_id)
                text = self._tokenizer.decode(token_ids)
                if text.endswith("\ufffd"):  # an incomplete character
                    continue
                yield from buffer.push(text[len(previous_text) :])
                previous_text = text
        finally:
            steps.close()
        yield from (sentence for sentence in buffer.flush() if sentence.endswith((".", "!", "?")))


def _is_repetition(sentence: str, text: str) -> bool:
    """Return whether a sentence of the text has mostly the same words."""
    words = set(re.findall(r"[\w']+", sentence.lower()))
    return any(
        len(words & set(other)) >= REPETITION_THRESHOLD * max(len(words), len(set(other)))
        for other in (re.findall(r"[\w']+", part) for part in re.split(r"[.!?]", text.lower()))
        if other
    )


def _load() -> SmolLM:
    def build(target: Path) -> None:
        conversion.run(convert, next(store.artifact_dir("smollm2").glob("*.gguf")), target)

    return SmolLM(store.cached(DERIVED_NAME, build), settings.read().threads)


def _prepare() -> None:
    """Write a reply: CTranslate2 makes the tables of the positions, 31 MB, with the first one."""
    if not zerogpu.is_zerogpu():  # where the process is forked, so no more threads should start
        list(loader.load(SPEC).reply(Conversation((Turn("user", "Hello."),))))


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
    prepare=_prepare,
    fork_safe=False,  # CTranslate2's threads
)
