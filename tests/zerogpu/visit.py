"""The tasks of all pages in an emulated ZeroGPU Space, with tiny checkpoints of the full tier; see page.py."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from tests.zerogpu import emulation

HUB = Path(sys.argv[1])
os.environ |= {
    "HF_HUB_CACHE": str(HUB),
    "HF_HUB_OFFLINE": "1",
    "FUNAUDIO_TIER": "full",
    "FUNAUDIO_PRELOAD": "asr,tts,llm",
}
HOST = emulation.start()

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import Any
from unittest import mock

from funaudio_core.audio import load
from funaudio_core.engines import preload, registry, voice_catalog
from funaudio_core.engines.cosyvoice.config import CONFIGS
from funaudio_core.engines.protocols import RecognitionOptions
from funaudio_core.engines.selection import EngineChoice
from funaudio_core.errors import FunAudioError
from funaudio_core.pipelines.chunked_recognition import RecognitionJob, RecognitionJobOptions
from funaudio_core.pipelines.synthesize import join_chunks
from funaudio_core.tasks import chat, cost, recognition, synthesis, translation
from funaudio_core.types import Audio, Conversation, SpeechChunk, SpeechRequest, Turn
from funaudio_core.weights import store
from funaudio_core.weights.catalog import ARTIFACTS
from tests.checkpoints import cosyvoice as checkpoints_cosyvoice
from tests.checkpoints import qwen as checkpoints_qwen
from tests.checkpoints import sensevoice as checkpoints
from tests.conftest import example

OPTIONS = RecognitionOptions(words=True)
TINY = {"sensevoice-small", "cosyvoice3", "qwen3-4b-instruct"}


def write_checkpoints() -> None:
    """Write tiny checkpoints into the hub cache in place of the published ones; remove other engines."""
    artifacts = [checkpoints.sensevoice(HUB), checkpoints_qwen.write(HUB)]
    cosyvoice, CONFIGS[3] = checkpoints_cosyvoice.publish(HUB, 3)
    ARTIFACTS.update({artifact.name: artifact for artifact in [*artifacts, cosyvoice]})
    checkpoints_cosyvoice.remove_other_engines({*store.default_artifacts(), *TINY})


def run_and_report(work: Iterator[object], last_kind: str = "") -> dict[str, Any]:
    """Run a task, and return the kinds of its items, the requested GPU seconds, and its error or "".

    Args:
        work: Items of the task.
        last_kind: Kind of item after which the user leaves; with random weights, speech would go on for minutes.
    """
    before, kinds, error = len(HOST.requests("/schedule")), [], ""
    try:
        for item in work:
            if type(item).__name__ not in kinds:
                kinds.append(type(item).__name__)
            if kinds[-1] == last_kind:
                break
    except FunAudioError as problem:
        error = str(problem)
    work.close()  # type: ignore[attr-defined]
    requests = HOST.requests("/schedule")[before:]
    return {"kinds": kinds, "error": error, "requested": [int(request["durationSeconds"]) for request in requests]}


def report_long_clip(clip: Audio) -> dict[str, Any]:
    """Report on a clip of two chunks: in one API call, then on its page, where the quota is used up in between."""
    report = {"long listen": run_and_report(recognition.transcribe_long(clip, OPTIONS, "sensevoice-small"))}
    job = recognition.start_recognition_job([clip], RecognitionJobOptions(OPTIONS, "sensevoice-small", "clip")).job
    for name, answer in (("first part", "ok"), ("refused part", "quota"), ("second part", "ok")):
        HOST.set_mode(answer=answer)
        report[name] = run_and_report(recognition.transcribe_next_chunk(RecognitionJob(job))) | {
            "done": job.completed_parts
        }
    job.delete()
    return report


def check_take(clip: Audio) -> Iterator[object]:
    """Yield the report and the error rate of a take in Cantonese, which no engine of the lite tier supports."""
    request = SpeechRequest("早晨。", "yue", voice_catalog.get_voice("", "cosyvoice3"))
    report = synthesis.self_check(join_chunks([SpeechChunk(clip, request.text)], 0.5, 1.0, 1), request)
    yield from (report, report.error_rate)


def start_captions() -> Iterator[object]:
    """Start live captions in a language of the lite tier, and in one that only other engines support."""
    for code in ("en", "yue"):
        recognition.live_captions(code).close()
        yield code


def report_lite_engines(clip: Audio) -> dict[str, Any]:
    """Report on pages on which the user chose engines of the lite tier, alone or mixed with others."""
    voice, conversation = voice_catalog.get_voice("af_heart", "kokoro"), Conversation((Turn("user", "How are you?"),))
    interpret_engines = EngineChoice(recognizer="whisper-base", translator="apertium", synthesizer="kokoro")
    talk_engines = EngineChoice(recognizer="whisper-base", chatbot="smollm2-135m", synthesizer="kokoro")
    answer_engines = EngineChoice(chatbot="smollm2-135m", synthesizer="kokoro")
    mixed_engines = EngineChoice(recognizer="whisper-base", chatbot="smollm2-135m", synthesizer="cosyvoice3")
    return {
        "lite interpret": run_and_report(
            translation.translate_speech(clip, "en", "es", voice, interpret_engines), "Recognized"
        ),
        "lite converse": run_and_report(
            chat.reply_to_audio(clip, Conversation(()), voice, engines=talk_engines), "Recognized"
        ),
        "lite recognizer, full synthesizer": run_and_report(
            chat.reply_to_audio(
                clip, Conversation(()), voice_catalog.get_voice("", "cosyvoice3"), engines=mixed_engines
            ),
            "Recognized",
        ),
        "lite chatbot, full synthesizer": run_and_report(
            chat.reply(conversation, voice_catalog.get_voice("", "cosyvoice3"), mixed_engines), "ReplyDelta"
        ),
        "lite answer": run_and_report(chat.reply(conversation, voice, answer_engines), "ReplyDelta"),
    }


@contextmanager
def small_chunks(clip: Audio) -> Iterator[None]:
    """Divide texts into chunks of 4 characters, and this clip into two chunks."""
    with ExitStack() as stack:
        for module in (cost, recognition):
            stack.enter_context(mock.patch.object(module, "max_chunk_seconds", return_value=0.7 * clip.duration))
        for module in (cost, synthesis):
            stack.enter_context(mock.patch.object(module, "max_chunk_characters", return_value=4))
        yield


def report_offers() -> dict[str, Any]:
    """Load the engines, and return what the Space offers."""
    preload.preload()
    return {
        "unloaded": [spec.name for spec in preload.unloaded_engines()],
        "offered": {
            "recognizers": list(registry.available(registry.RECOGNIZERS)),
            "synthesizers": list(registry.available(registry.SYNTHESIZERS)),
            "chatbots": list(registry.available(registry.CHATBOTS)),
            "translators": list(registry.available(registry.TRANSLATORS)),
        },
    }


def report_estimates() -> dict[str, Any]:
    """Return the estimated seconds of a GPU, and for recognition the number of calls."""
    return {
        "speak": cost.estimate_synthesis("Hi.", "en", "cosyvoice3")[0],
        "listen": cost.estimate_recognition(100, "sensevoice-small"),
        "listen long": cost.estimate_recognition(3600, "sensevoice-small"),
        "lite": cost.estimate_synthesis("Hi.", "en", "kokoro")[0],
    }


def visit() -> dict[str, Any]:
    """Run all tasks of one user, and return the report."""
    clip = load(example("en").path)
    report = report_offers()
    report["listen"] = run_and_report(recognition.transcribe(clip, OPTIONS, "sensevoice-small", emotion_timeline=True))
    report["estimates"] = report_estimates()
    report["lite recognizer"] = run_and_report(
        recognition.transcribe(clip, replace(OPTIONS, language="en"), "whisper-base", emotion_timeline=True)
    )
    voice = voice_catalog.get_voice("", "cosyvoice3")
    request = synthesis.speech_request("Hi.", "en", voice, "cosyvoice3")
    report["speak"] = run_and_report(synthesis.speak(request, "cosyvoice3"))
    with small_chunks(clip):
        report |= report_long_clip(clip)
        report["long speak"] = run_and_report(
            synthesis.speak_long(synthesis.speech_request("Hi. Ho.", "en", voice, "cosyvoice3"), "cosyvoice3")
        )
    report["convert"] = run_and_report(synthesis.convert(clip.slice(0, 1.5), voice, "cosyvoice3"))
    report["interpret"] = run_and_report(
        translation.translate_speech(clip.slice(0, 2), "en", "es", voice), "SpeechPiece"
    )
    report["converse"] = run_and_report(chat.reply_to_audio(clip.slice(0, 2), Conversation(()), voice), "ReplyDelta")
    report |= report_lite_engines(clip.slice(0, 2))
    report["check"] = run_and_report(check_take(clip))
    report["captions"] = run_and_report(start_captions())
    HOST.set_mode(answer="quota")
    report["check without quota"] = run_and_report(check_take(clip))
    report["quota"] = run_and_report(synthesis.speak(request, "cosyvoice3"))
    hello = synthesis.speech_request("Hello there.", "en", voice_catalog.get_voice("af_heart", "kokoro"), "kokoro")
    report["lite synthesizer without quota"] = run_and_report(synthesis.speak(hello, "kokoro"))
    HOST.set_mode(answer="ok")
    return report | {"out": HOST.remaining_count()}
