"""The tasks of the pages as on a ZeroGPU Space, on tiny checkpoints of the full tier; prints what came of them.

`python -m tests.zerogpu.visit FOLDER`. Knows no test.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from tests.zerogpu import emulation

HUB = Path(sys.argv[1])
os.environ |= {"HF_HUB_CACHE": str(HUB), "HF_HUB_OFFLINE": "1", "FUNAUDIO_TIER": "full", "FUNAUDIO_PRELOAD": "all"}
HOST = emulation.begin()

from collections.abc import Iterator
from typing import Any

from funaudio_core.audio import load
from funaudio_core.engines import preload, selection, voice_catalog
from funaudio_core.engines.cosyvoice.config import CONFIGS
from funaudio_core.engines.selection import EngineChoice
from funaudio_core.errors import FunAudioError
from funaudio_core.pipelines.chunked_recognition import RecognitionJob, RecognitionJobOptions
from funaudio_core.pipelines.synthesize import join_chunks
from funaudio_core.tasks import chat, cost, recognition, synthesis, translation
from funaudio_core.types import Audio, Conversation, SpeechChunk, SpeechRequest, Turn
from funaudio_core.weights import store
from funaudio_core.weights.catalog import ARTIFACTS
from tests import checkpoints, checkpoints_cosyvoice, checkpoints_qwen
from tests.conftest import example

TINY = {"sensevoice-small", "cosyvoice3", "qwen3-4b-instruct"}


def write() -> None:
    """Tiny checkpoints in the hub's cache, in place of the published ones; engines that have none are left out."""
    rows = [checkpoints.sensevoice(HUB), checkpoints_qwen.write(HUB)]
    row, CONFIGS[3] = checkpoints_cosyvoice.publish(HUB, 3)
    ARTIFACTS.update({row.name: row for row in [*rows, row]})
    checkpoints_cosyvoice.remove_other_engines({*store.default_artifacts(), *TINY})


def errand(work: Iterator[object], enough: str = "") -> dict[str, Any]:
    """The kinds of what came, how often a GPU was asked for, and how it ended.

    enough: the kind after which the visitor leaves; weights at random would speak for minutes.
    """
    before, kinds, error = len(HOST.asked("/schedule")), [], ""
    try:
        for item in work:
            if type(item).__name__ not in kinds:
                kinds.append(type(item).__name__)
            if kinds[-1] == enough:
                break
    except FunAudioError as problem:
        error = str(problem)
    work.close()  # type: ignore[attr-defined]
    asked = HOST.asked("/schedule")[before:]
    return {"kinds": kinds, "error": error, "asked": [int(each["durationSeconds"]) for each in asked]}


def long_clip(clip: Audio) -> dict[str, Any]:
    """A clip of two stretches: by one call from outside, then on its page, where the quota is spent in between."""
    cost.max_chunk_seconds = lambda: 0.7 * clip.duration
    recognition.max_chunk_seconds = cost.max_chunk_seconds  # type: ignore[attr-defined]
    found = {"long hear": errand(recognition.transcribe_long(clip, None, True, True, "sensevoice-small"))}
    job = recognition.start_recognition_job(
        clip, RecognitionJobOptions(None, True, True, "sensevoice-small", frozenset(), (), "clip")
    ).job
    for name, answer in (("first part", "ok"), ("refused part", "quota"), ("second part", "ok")):
        HOST.mode(answer=answer)
        found[name] = errand(recognition.analyze_next_chunk(RecognitionJob(job))) | {"done": job.completed_parts}
    job.delete()
    return found


def checked(clip: Audio) -> Iterator[object]:
    """The report of a take in Cantonese, of which no engine of the lite tier knows a word, and its error rate."""
    line = SpeechRequest("早晨。", "yue", voice_catalog.get_voice("", "cosyvoice3"))
    report = synthesis.self_check(join_chunks([SpeechChunk(clip, line.text)], 0.5, 1.0, 1), line)
    yield from (report, report.error_rate)


def captioned() -> Iterator[object]:
    """Live captions, in a language that engines of the lite tier know, and in one that only others do."""
    for code in ("en", "yue"):
        recognition.live_captions(code).close()
        yield code


def without_a_gpu(clip: Audio) -> dict[str, Any]:
    """Pages on which the visitor chose nothing but engines of the lite tier; each tells those alone that it has."""
    voice, asked = voice_catalog.get_voice("af_heart", "kokoro"), Conversation((Turn("user", "How are you?"),))
    interprets = EngineChoice(recognizer="whisper-base", translator="apertium", synthesizer="kokoro")
    talks = EngineChoice(recognizer="whisper-base", chatbot="smollm2-135m", synthesizer="kokoro")
    answers = EngineChoice(chatbot="smollm2-135m", synthesizer="kokoro")
    mixed = EngineChoice(recognizer="whisper-base", chatbot="smollm2-135m", synthesizer="cosyvoice3")
    return {
        "lite interpret": errand(translation.translate_speech(clip, "en", "es", voice, interprets), "Recognized"),
        "lite converse": errand(chat.reply_to_audio(clip, Conversation(()), voice, engines=talks), "Recognized"),
        "lite ear, full voice": errand(
            chat.reply_to_audio(clip, Conversation(()), voice_catalog.get_voice("", "cosyvoice3"), engines=mixed),
            "Recognized",
        ),
        "lite mind, full voice": errand(
            chat.reply(asked, voice_catalog.get_voice("", "cosyvoice3"), mixed), "ReplyDelta"
        ),
        "lite answer": errand(chat.reply(asked, voice, answers), "ReplyDelta"),
    }


def main() -> None:
    """One visitor on all pages."""
    write()
    preload.preload()
    clip = load(example("en").path)
    report: dict[str, Any] = {"left out": [spec.name for spec in preload.unloaded_engines()]}
    report["offered"] = {
        "recognizers": list(selection.recognizers()),
        "synthesizers": list(selection.synthesizers()),
        "companions": list(selection.chatbots()),
        "translators": list(selection.translators()),
    }
    report["listen"] = errand(recognition.analyze(clip, None, True, True, "sensevoice-small"))
    report["told before"] = {
        "speak": cost.estimate_synthesis("Hi.", "en", "cosyvoice3")[0],
        "listen": cost.estimate_recognition(100, "sensevoice-small"),
        "listen long": cost.estimate_recognition(3600, "sensevoice-small"),
        "lite": cost.estimate_synthesis("Hi.", "en", "kokoro")[0],
    }
    report["lite ear"] = errand(recognition.analyze(clip, "en", True, True, "whisper-base"))
    report |= long_clip(clip)
    voice = voice_catalog.get_voice("", "cosyvoice3")
    line = synthesis.speech_request("Hi.", "en", voice, "cosyvoice3")
    report["speak"] = errand(synthesis.speak(line, "cosyvoice3"))
    cost.max_chunk_characters = lambda: 4
    synthesis.max_chunk_characters = cost.max_chunk_characters  # type: ignore[attr-defined]
    report["long speak"] = errand(
        synthesis.speak_long(synthesis.speech_request("Hi. Ho.", "en", voice, "cosyvoice3"), "cosyvoice3")
    )
    report["convert"] = errand(synthesis.convert(clip.slice(0, 1.5), voice, "cosyvoice3"))
    report["interpret"] = errand(translation.translate_speech(clip.slice(0, 2), "en", "es", voice), "SpeechPiece")
    report["converse"] = errand(chat.reply_to_audio(clip.slice(0, 2), Conversation(()), voice), "ReplyDelta")
    report |= without_a_gpu(clip.slice(0, 2))
    report["check"] = errand(checked(clip))
    report["captions"] = errand(captioned())
    HOST.mode(answer="quota")
    report["check without quota"] = errand(checked(clip))
    report["quota"] = errand(synthesis.speak(line, "cosyvoice3"))
    hello = synthesis.speech_request("Hello there.", "en", voice_catalog.get_voice("af_heart", "kokoro"), "kokoro")
    report["lite voice without quota"] = errand(synthesis.speak(hello, "kokoro"))
    HOST.mode(answer="ok")
    HOST.finish(report)


if __name__ == "__main__":
    main()
