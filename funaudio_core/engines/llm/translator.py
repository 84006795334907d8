"""A translator out of any chat model: the task told, the answer checked, asked for once more. Knows no model."""

from __future__ import annotations

from collections.abc import Iterator

from funaudio_core.engines.llm import prompts
from funaudio_core.engines.llm.chat_model import ChatMessage, ChatModel
from funaudio_core.engines.llm.translation_checks import fault, only_translation
from funaudio_core.engines.protocols import NO_CONTEXT, TranslationContext, UnloadedTranslator
from funaudio_core.errors import FunAudioError, Unsupported
from funaudio_core.languages import display_name, join_sentences
from funaudio_core.text import clean, is_speakable, split_sentences

PART = 400  # characters translated at once: a few sentences, so that a check says something about each
BEFORE = 2  # parts before it that are shown with their translations
TOKENS = 3  # x the tokens of a part that its translation may have at most,
MORE_TOKENS = 64  # and so many more
GLOSSARY_TERMS = 100


class PromptedTranslator(UnloadedTranslator):
    """Translator. Keeps nothing between calls; as many may be under way as the writer takes.

    who: whose name stands in errors. offered: codes of the languages that it knows.
    """

    def __init__(self, writer: ChatModel, who: str, offered: frozenset[str]) -> None:
        super().__init__(who, offered)
        self._writer = writer

    def translate(self, text: str, source: str, target: str, wording: TranslationContext = NO_CONTEXT) -> str:
        """The likeliest translation, on one line a paragraph, without markup; a few sentences at a time.

        Only the terms of the glossary that occur in a part are told with it. Raises Unsupported for a language that it
        lacks or for more than GLOSSARY_TERMS terms, FunAudioError where the model twice gives something else.
        """
        if source == target or not {source, target} <= self.languages:
            return super().translate(text, source, target, wording)
        if len(wording.glossary) > GLOSSARY_TERMS:
            raise Unsupported(
                "The glossary is too long ({count} terms; {who} accepts at most {most}). Shorten it.",
                count=len(wording.glossary),
                who=self.title,
                most=GLOSSARY_TERMS,
            )
        before = list(wording.previous)
        paragraphs = []
        for line in clean(text).splitlines():
            translated = []
            for part in _parts(line, source):
                glossary = tuple((term, into) for term, into in wording.glossary if term.lower() in part.lower())
                done = self._translated(part, source, target, TranslationContext(glossary, tuple(before[-BEFORE:])))
                before.append((part, done))
                translated.append(done)
            paragraphs.append(join_sentences(translated, target))
        return "\n".join(paragraphs)

    def _translated(self, part: str, source: str, target: str, wording: TranslationContext) -> str:
        if not is_speakable(part):
            return part
        messages = prompts.translation(part, source, target, wording)
        answer, wrong = self._answer(messages, part, source, target)
        if wrong:
            firmer = prompts.again(messages, answer, wrong, target)
            answer, wrong = self._answer(firmer, part, source, target)
        if wrong:
            raise FunAudioError(
                "{who} didn't translate {text!r} into {language} but returned {answer!r}. "
                "Rephrase the text, or choose another translation model.",
                who=self.title,
                text=part[:80],
                language=display_name(target),
                answer=answer[:80],
            )
        return answer

    def _answer(self, messages: list[ChatMessage], part: str, source: str, target: str) -> tuple[str, str]:
        """What the model wrote, cleaned, and what is wrong with it ("" for nothing)."""
        most = TOKENS * self._writer.tokens([messages[-1]]) + MORE_TOKENS
        answer = only_translation("".join(self._writer.write(messages, most, None)), part)
        return answer, fault(part, answer, source, target)


def _parts(line: str, language: str) -> Iterator[str]:
    """Sentences of a line put together up to PART characters."""
    part: list[str] = []
    for sentence in split_sentences(line, language, PART):
        if part and len(join_sentences([*part, sentence], language)) > PART:
            yield join_sentences(part, language)
            part = []
        part.append(sentence)
    if part:
        yield join_sentences(part, language)
