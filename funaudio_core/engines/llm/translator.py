"""Translator on any chat model: it checks the answer and asks once more if it is unusable."""

from __future__ import annotations

from collections.abc import Iterator

from funaudio_core.engines.llm import prompts
from funaudio_core.engines.llm.chat_model import ChatMessage, ChatModel
from funaudio_core.engines.llm.translation_checks import extract_translation, find_fault
from funaudio_core.engines.protocols import NO_CONTEXT, TranslationContext, UnloadedTranslator
from funaudio_core.errors import FunAudioError, Unsupported
from funaudio_core.languages import display_name, join_sentences
from funaudio_core.text import clean, is_speakable, split_sentences

MAX_PART_CHARACTERS = 400  # translated at once: a few sentences, so that the checks are meaningful
CONTEXT_PARTS = 2  # previous parts shown with their translations
MAX_TOKEN_RATIO = 3  # limit of a translation's tokens: ratio to the text's,
EXTRA_TOKENS = 64  # plus a constant
MAX_GLOSSARY_TERMS = 100


class PromptedTranslator(UnloadedTranslator):
    """Translator. Stateless; as thread-safe as its model."""

    def __init__(
        self,
        model: ChatModel,
        title: str,
        supported_languages: frozenset[str],
        directions: frozenset[tuple[str, str]] | None = None,
    ) -> None:
        """Wrap a chat model.

        Args:
            model: Writes the translations.
            title: Name of the engine in errors.
            supported_languages: Codes of its languages.
            directions: Each (source, target) that it is good enough for; None for all pairs of its languages.
        """
        super().__init__(title, supported_languages, directions)
        self._model = model

    def translate(self, text: str, source: str, target: str, context: TranslationContext = NO_CONTEXT) -> str:
        """Translate a text a few sentences at a time, greedily decoded, one line a paragraph, without markup.

        Only glossary terms that occur in a part are shown with it.

        Args:
            text: The text.
            source: Code of its language.
            target: Code of the language to translate into.
            context: Glossary and previous translations.

        Returns:
            The translation.

        Raises:
            Unsupported: The direction is not supported, or the glossary has more than MAX_GLOSSARY_TERMS terms.
            FunAudioError: The model gave two unusable answers.
        """
        if (source, target) not in self.directions():
            return super().translate(text, source, target, context)
        if len(context.glossary) > MAX_GLOSSARY_TERMS:
            raise Unsupported(
                "The glossary is too long ({count} terms; {who} accepts at most {most}). Shorten it.",
                count=len(context.glossary),
                who=self.title,
                most=MAX_GLOSSARY_TERMS,
            )
        previous = list(context.previous)
        paragraphs = []
        for line in clean(text).splitlines():
            translated = []
            for part in _parts(line, source):
                glossary = tuple(
                    (term, translated_term)
                    for term, translated_term in context.glossary
                    if term.lower() in part.lower()
                )
                translation = self._translate_part(
                    part, source, target, TranslationContext(glossary, tuple(previous[-CONTEXT_PARTS:]))
                )
                previous.append((part, translation))
                translated.append(translation)
            paragraphs.append(join_sentences(translated, target))
        return "\n".join(paragraphs)

    def _translate_part(self, part: str, source: str, target: str, context: TranslationContext) -> str:
        if not is_speakable(part):
            return part
        messages = prompts.translation_messages(part, source, target, context)
        answer, fault = self._answer(messages, part, source, target)
        if fault:
            retry = prompts.retry_messages(messages, answer, fault, target)
            answer, fault = self._answer(retry, part, source, target)
        if fault:
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
        """Return the model's translation and its fault, see find_fault()."""
        max_tokens = MAX_TOKEN_RATIO * self._model.count_tokens([messages[-1]]) + EXTRA_TOKENS
        answer = extract_translation("".join(self._model.generate(messages, max_tokens, None)), part)
        return answer, find_fault(part, answer, source, target)


def _parts(line: str, language: str) -> Iterator[str]:
    """Yield the sentences of a line, joined up to MAX_PART_CHARACTERS."""
    part: list[str] = []
    for sentence in split_sentences(line, language, MAX_PART_CHARACTERS):
        if part and len(join_sentences([*part, sentence], language)) > MAX_PART_CHARACTERS:
            yield join_sentences(part, language)
            part = []
        part.append(sentence)
    if part:
        yield join_sentences(part, language)
