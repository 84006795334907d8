"""The tasks of the pages as on a ZeroGPU Space, on tiny checkpoints of the full tier; prints what came of them.

`python -m tests.zerogpu.visit FOLDER`. Knows no test.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from tests.zerogpu import emulation

HUB = Path(sys.argv[1])
os.environ |= {"HF_HUB_CACHE": str(HUB), "HF_HUB_OFFLINE": "1", "FUNAUDIO_TIER": "full", "FUNAUDIO_PROFILE": "all"}
HOST = emulation.begin()

from collections.abc import Iterator  # noqa: E402
from typing import Any  # noqa: E402

from funaudio_core import casting, tasks, weights  # noqa: E402
from funaudio_core.artifacts import ARTIFACTS  # noqa: E402
from funaudio_core.audio import load  # noqa: E402
from funaudio_core.casting import Cast  # noqa: E402
from funaudio_core.engines.cosyvoice.layout import LAYOUTS  # noqa: E402
from funaudio_core.errors import FunAudioError  # noqa: E402
from funaudio_core.pipelines.long_clips import LongClip, Order  # noqa: E402
from funaudio_core.pipelines.speak import join  # noqa: E402
from funaudio_core.types import Audio, Conversation, Line, Spoken, Turn  # noqa: E402
from tests import checkpoints, checkpoints_cosyvoice, checkpoints_qwen  # noqa: E402
from tests.conftest import example  # noqa: E402

TINY = {"sensevoice-small", "cosyvoice3", "qwen3-4b-instruct"}


def write() -> None:
    """Tiny checkpoints in the hub's cache, in place of the published ones; engines that have none are left out."""
    rows = [checkpoints.sensevoice(HUB), checkpoints_qwen.write(HUB)]
    row, LAYOUTS[3] = checkpoints_cosyvoice.publish(HUB, 3)
    ARTIFACTS.update({row.name: row for row in [*rows, row]})
    checkpoints_cosyvoice.leave_out_all_but({*weights.lite(), *TINY})


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
    tasks._heard_at_once = lambda: 0.7 * clip.duration
    found = {"long hear": errand(tasks.hear(clip, None, True, True, "sensevoice-small"))}
    job = tasks.long_clip(clip, Order(None, True, True, "sensevoice-small", frozenset(), (), "clip")).job
    for name, answer in (("first part", "ok"), ("refused part", "quota"), ("second part", "ok")):
        HOST.mode(answer=answer)
        found[name] = errand(tasks.hear_on(LongClip(job))) | {"done": job.done}
    job.end()
    return found


def checked(clip: Audio) -> Iterator[object]:
    """The report of a take in Cantonese, of which no engine of the lite tier knows a word, and its error rate."""
    line = Line("早晨。", "yue", casting.preset("", "cosyvoice3"))
    report = tasks.check(join([Spoken(clip, line.text)], 0.5, 1.0, 1), line)
    yield from (report, report.error_rate)


def captioned() -> Iterator[object]:
    """Live captions, in a language that engines of the lite tier know, and in one that only others do."""
    for code in ("en", "yue"):
        tasks.captions(code).close()
        yield code


def without_a_gpu(clip: Audio) -> dict[str, Any]:
    """Pages on which the visitor chose nothing but engines of the lite tier; each tells those alone that it has."""
    voice, asked = casting.preset("af_heart", "kokoro"), Conversation((Turn("user", "How are you?"),))
    interprets = Cast(recognizer="whisper-base", translator="apertium", synthesizer="kokoro")
    talks = Cast(recognizer="whisper-base", companion="smollm2-135m", synthesizer="kokoro")
    answers = Cast(companion="smollm2-135m", synthesizer="kokoro")
    mixed = Cast(recognizer="whisper-base", companion="smollm2-135m", synthesizer="cosyvoice3")
    return {
        "lite interpret": errand(tasks.interpret(clip, "en", "es", voice, interprets), "Heard"),
        "lite converse": errand(tasks.converse(clip, Conversation(()), voice, by=talks), "Heard"),
        "lite ear, full voice": errand(
            tasks.converse(clip, Conversation(()), casting.preset("", "cosyvoice3"), by=mixed), "Heard"
        ),
        "lite mind, full voice": errand(tasks.answer(asked, casting.preset("", "cosyvoice3"), mixed), "Wrote"),
        "lite answer": errand(tasks.answer(asked, voice, answers), "Wrote"),
    }


def main() -> None:
    """One visitor on all pages."""
    write()
    casting.preload()
    clip = load(example("en").path)
    report: dict[str, Any] = {"left out": [spec.name for spec in casting.left_out()]}
    report["offered"] = {
        "recognizers": list(casting.recognizers()),
        "synthesizers": list(casting.synthesizers()),
        "companions": list(casting.companions()),
        "translators": list(casting.translators()),
    }
    report["listen"] = errand(tasks.listen(clip, None, True, True, "sensevoice-small"))
    report["told before"] = {
        "speak": tasks.gpu_to_speak("Hi.", "en", "cosyvoice3")[0],
        "listen": tasks.gpu_to_listen(100, "sensevoice-small"),
        "listen long": tasks.gpu_to_listen(3600, "sensevoice-small"),
        "lite": tasks.gpu_to_speak("Hi.", "en", "kokoro")[0],
    }
    report["lite ear"] = errand(tasks.listen(clip, "en", True, True, "whisper-base"))
    report |= long_clip(clip)
    voice = casting.preset("", "cosyvoice3")
    line = tasks.line("Hi.", "en", voice, "cosyvoice3")
    report["speak"] = errand(tasks.speak(line, "cosyvoice3"))
    tasks._longest_stretch = lambda: 4
    report["long speak"] = errand(tasks.speak_all(tasks.line("Hi. Ho.", "en", voice, "cosyvoice3"), "cosyvoice3"))
    report["convert"] = errand(tasks.convert(clip.cut(0, 1.5), voice, "cosyvoice3"))
    report["interpret"] = errand(tasks.interpret(clip.cut(0, 2), "en", "es", voice), "Said")
    report["converse"] = errand(tasks.converse(clip.cut(0, 2), Conversation(()), voice), "Wrote")
    report |= without_a_gpu(clip.cut(0, 2))
    report["check"] = errand(checked(clip))
    report["captions"] = errand(captioned())
    HOST.mode(answer="quota")
    report["check without quota"] = errand(checked(clip))
    report["quota"] = errand(tasks.speak(line, "cosyvoice3"))
    hello = tasks.line("Hello there.", "en", casting.preset("af_heart", "kokoro"), "kokoro")
    report["lite voice without quota"] = errand(tasks.speak(hello, "kokoro"))
    HOST.mode(answer="ok")
    HOST.finish(report)


if __name__ == "__main__":
    main()
