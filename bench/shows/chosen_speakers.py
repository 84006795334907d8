"""Speakers that a chat model chooses where the rules only guess, beside the guesses.

Run: python -m bench.shows.chosen_speakers [ENGINE]

ENGINE is a chat model that keeps to a choice, qwen2.5-coder-1.5b without one. It takes minutes on a CPU.
"""

from __future__ import annotations

import json
import sys
from collections import Counter

from bench.shows.attribution import FILES, known_names, same_speaker
from funaudio_core.books.speakers.attribution import CHOSEN, attribute
from funaudio_core.engines import loader, registry
from funaudio_core.engines.llm.chat_model import ChatMessage, ChatModel
from funaudio_core.engines.llm.chatbot import PromptedChatbot
from funaudio_core.engines.llm.constraint import choose

ENGINE = "qwen2.5-coder-1.5b"
SYSTEM = "You read novels. Answer with the name of the character who says the quotation, nothing else."


class ChatChooser:
    """Chooser that asks a chat model."""

    def __init__(self, model: ChatModel) -> None:
        """Keep the model."""
        self._model = model

    def choose(self, prompt: str, ids: list[str]) -> str:
        """Return one of the ids."""
        question = f"{prompt} One of: {', '.join(ids)}."
        return choose(self._model, [ChatMessage("system", SYSTEM), ChatMessage("user", question)], ids)


def main() -> int:
    """Print by language how many quotations were asked about, and how many both have right; return 1 if rules win."""
    chatbot = loader.load(registry.find(registry.CHATBOTS, (sys.argv[1:] or [ENGINE])[0]))
    if not isinstance(chatbot, PromptedChatbot):
        raise SystemExit("this engine has no chat model that keeps to a choice")
    chooser = ChatChooser(chatbot.model)
    counts: Counter[str] = Counter()
    for passage in (each for file in FILES for each in json.loads(file.read_text(encoding="utf-8"))["passages"]):
        language, names = passage["language"], known_names(passage)
        wanted = {(quote["start"], quote["end"]): quote["speaker"] for quote in passage["quotes"]}
        guessed = {(span.start, span.end): span for span in attribute(passage["text"], language).quotations}
        for span in attribute(passage["text"], language, chooser).quotations:
            place = span.start, span.end
            if span.evidence is None or span.evidence.kind != CHOSEN or place not in wanted:
                continue
            counts[f"{language} asked"] += 1
            counts[f"{language} rules"] += same_speaker(guessed[place].speaker, wanted[place], names)
            counts[f"{language} model"] += same_speaker(span.speaker, wanted[place], names)
    for language in ("en", "zh"):
        asked, rules, model = (counts[f"{language} {kind}"] for kind in ("asked", "rules", "model"))
        print(f"{language}: {asked} quotations, right by the rules {rules}, by the model {model}")
    return int(counts["en rules"] + counts["zh rules"] > counts["en model"] + counts["zh model"])


if __name__ == "__main__":
    sys.exit(main())
