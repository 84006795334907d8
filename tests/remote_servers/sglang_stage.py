"""SGLang-Omni's own server and pipeline around a stage of ours that needs no GPU. Runs in the engines' environment.

    python sglang_stage.py PORT MODEL_FOLDER

Speech is a tone, .1 s a letter, made as fast as it is to be heard; a transcript is what was asked for. Each request and
each one that is given up is a line of JSON in the log. Fun-CosyVoice 3's pipeline has the same rules for references.
"""

from __future__ import annotations

import io
import json
import sys
import time
import wave
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from sglang_omni.config import PipelineConfig, StageConfig
from sglang_omni.proto.request import StagePayload
from sglang_omni.scheduling.message import OutgoingMessage
from sglang_omni.scheduling.simple_scheduler import SimpleScheduler
from sglang_omni.utils.audio_payload import audio_waveform_payload

RATE = 24_000  # Hz
LETTER_SECONDS, PIECE_SECONDS = 0.1, 0.2


def make(model_path: str) -> SimpleScheduler[StagePayload, StagePayload]:
    """The stage, as the pipeline builds it."""
    del model_path
    scheduler: SimpleScheduler[StagePayload, StagePayload] = SimpleScheduler(
        lambda payload: _work(scheduler, payload), max_concurrency=4, abort_callback=lambda name: _log("left", id=name)
    )
    return scheduler


def _log(what: str, **more: object) -> None:
    print(json.dumps({"what": what, **more}, ensure_ascii=False, default=repr), flush=True)


def _work(scheduler: SimpleScheduler[StagePayload, StagePayload], payload: StagePayload) -> StagePayload:
    inputs, params = payload.request.inputs, payload.request.params
    if params.get("task") == "transcribe":
        with wave.open(io.BytesIO(inputs["audio_bytes"])) as file:
            seconds = file.getnframes() / file.getframerate()
        language = params.get("language", "some language")
        _log("asked", seconds=seconds, language=language)
        payload.data = {"text": f"{language}, {seconds:.1f} s.", "modality": "text", "finish_reason": "stop"}
        return payload
    (voice,) = inputs["references"]
    _log("asked", text=inputs["text"], said=voice.get("text"), told=_told(payload), id=payload.request_id)
    tone = np.sin(np.arange(int(len(inputs["text"]) * LETTER_SECONDS * RATE)) / 20).astype(np.float32) * 0.3
    for start in range(0, len(tone), int(PIECE_SECONDS * RATE)):
        if scheduler.is_aborted(payload.request_id):
            break
        piece = tone[start : start + int(PIECE_SECONDS * RATE)]
        scheduler.outbox.put(
            OutgoingMessage(payload.request_id, "stream", _sound(piece), metadata={"modality": "audio"})
        )
        time.sleep(PIECE_SECONDS)
    payload.data = {"modality": "audio", "finish_reason": "stop"}
    return payload


def _told(payload: StagePayload) -> object:
    return payload.request.metadata.get("tts_params", {}).get("instructions")


def _sound(samples: NDArray[np.float32]) -> dict[str, Any]:
    return {**audio_waveform_payload(samples, sample_rate=RATE), "modality": "audio", "sample_rate": RATE}


class Stage(PipelineConfig):  # type: ignore[misc]  # nothing is known of it where it is not installed
    """One stage that does everything."""

    architecture: ClassVar[str] = "ToneStage"
    required_speech_reference_count: ClassVar[int | None] = 1
    speech_reference_text_excludes_instructions: ClassVar[bool] = True
    stages: list[StageConfig] = [  # noqa: RUF012 (a field, as theirs are)
        StageConfig(name="all", process="all", factory_path="sglang_stage.make", terminal=True),
    ]


if __name__ == "__main__":
    from sglang_omni.serve.launcher import launch_server

    launch_server(Stage(model_path=sys.argv[2]), host="127.0.0.1", port=int(sys.argv[1]), model_name="cosyvoice3")
