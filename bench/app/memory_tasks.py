"""Memory of the lite tier's tasks in one process, without the pages: after loading, and at rest after each of them.

Run: `python -m bench.app.memory_tasks`. Each task runs twice: what the second one adds would grow with the requests. In
half a minute of processor time it tells what `bench.app.memory` sees after many requests, but for the server's own
part.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from bench._app import memory
from bench._options import option_parser
from funaudio_core import audio
from funaudio_core.engines import loader, preload, registry, voice_catalog
from funaudio_core.engines.protocols import RecognitionOptions
from funaudio_core.runtime import malloc
from funaudio_core.tasks import recognition, reference, synthesis
from funaudio_core.types import Conversation, SpeechRequest, Style, Turn, Voice
from funaudio_core.voices.examples import EXAMPLES

NUMBERS = (1, 2)  # in the texts, so that no chunk comes from the cache
SPOKEN = {"en": "Train {number} is here.", "zh": "{number}次列车到了。", "ja": "{number}番線です。"}


def main() -> None:
    """Print the memory after each task."""
    malloc.limit_arenas()
    preload.preload()
    with ThreadPoolExecutor(1) as pool:  # tasks run in threads of the server
        resident = _report("loaded", None)
        for name, task in _tasks().items():
            for number in NUMBERS:
                pool.submit(task, number).result()
                resident = _report(f"{name}, {number}", resident)


def _tasks() -> dict[str, Callable[[int], object]]:
    """Return what is done with a number, by name."""
    row = next(row for row in EXAMPLES if row.language == "en")
    clip = audio.load(row.path)
    voices = {language: next(iter(voice_catalog.voices_for_language(language).values())) for language in SPOKEN}
    speak = {f"speech in {code}": partial(_speak, voice=voice, language=code) for code, voice in voices.items()}
    slow = partial(_speak, voice=voices["en"], language="en", style=Style(rate=0.9))
    chatbot = loader.load(registry.CHATBOTS["smollm2-135m"])
    return {
        **speak,
        "slow speech": slow,
        "recognition": lambda _: list(recognition.transcribe(clip, RecognitionOptions(words=True))),
        "check of a reference clip": lambda _: reference.check_reference(clip, row.text),
        "speech in its voice": partial(_speak, voice=reference.make_voice(clip, row.text), language="en"),
        "chat": lambda number: list(chatbot.reply(Conversation((Turn("user", f"My train is number {number}."),)))),
    }


def _speak(number: int, voice: Voice, language: str, style: Style | None = None) -> None:
    """Speak a sentence with the number, and check it."""
    request = SpeechRequest(SPOKEN[language].format(number=number), language, voice, style or Style())
    synthesis.self_check(synthesis.speak_take(request), request)


def _report(name: str, before: float | None) -> float:
    """Print the resident memory at rest in MB, and its change; return it."""
    gc.collect()
    malloc.trim()
    resident = memory(os.getpid()).resident
    print(f"{name:<32} {resident:7,.0f} MB" + ("" if before is None else f"  {resident - before:+.1f}"), flush=True)
    return resident


if __name__ == "__main__":
    option_parser(__doc__).parse_args()
    main()
