"""SGLang-Omni's server and pipeline around a fake stage that needs no GPU; runs in the engines' environment.

    python sglang_stage.py PORT MODEL_FOLDER

Speech is a tone of 0.1 s per letter, generated in real time; a transcript repeats the parameters of the request. Each
request and each cancellation is a line of JSON in the log. References follow the rules of Fun-CosyVoice 3's pipeline.
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
LETTER_SECONDS, CHUNK_SECONDS = 0.1, 0.2


def make(model_path: str) -> SimpleScheduler[StagePayload, StagePayload]:
    """Return the scheduler of the stage, as the pipeline calls it."""
    del model_path
    scheduler: SimpleScheduler[StagePayload, StagePayload] = SimpleScheduler(
        lambda payload: _process(scheduler, payload),
        max_concurrency=4,
        abort_callback=lambda name: _log("cancelled", id=name),
    )
    return scheduler


def _log(event: str, **fields: object) -> None:
    print(json.dumps({"event": event, **fields}, ensure_ascii=False, default=repr), flush=True)


def _process(scheduler: SimpleScheduler[StagePayload, StagePayload], payload: StagePayload) -> StagePayload:
    inputs, params = payload.request.inputs, payload.request.params
    if params.get("task") == "transcribe":
        with wave.open(io.BytesIO(inputs["audio_bytes"])) as file:
            seconds = file.getnframes() / file.getframerate()
        language = params.get("language", "some language")
        _log("request", seconds=seconds, language=language)
        payload.data = {"text": f"{language}, {seconds:.1f} s.", "modality": "text", "finish_reason": "stop"}
        return payload
    (voice,) = inputs["references"]
    _log(
        "request",
        text=inputs["text"],
        reference_text=voice.get("text"),
        instructions=_instructions(payload),
        id=payload.request_id,
    )
    tone = np.sin(np.arange(int(len(inputs["text"]) * LETTER_SECONDS * RATE)) / 20).astype(np.float32) * 0.3
    for start in range(0, len(tone), int(CHUNK_SECONDS * RATE)):
        if scheduler.is_aborted(payload.request_id):
            break
        chunk = tone[start : start + int(CHUNK_SECONDS * RATE)]
        scheduler.outbox.put(
            OutgoingMessage(payload.request_id, "stream", _audio_payload(chunk), metadata={"modality": "audio"})
        )
        time.sleep(CHUNK_SECONDS)
    payload.data = {"modality": "audio", "finish_reason": "stop"}
    return payload


def _instructions(payload: StagePayload) -> object:
    return payload.request.metadata.get("tts_params", {}).get("instructions")


def _audio_payload(samples: NDArray[np.float32]) -> dict[str, Any]:
    return {**audio_waveform_payload(samples, sample_rate=RATE), "modality": "audio", "sample_rate": RATE}


class Stage(PipelineConfig):  # type: ignore[misc]  # untyped if SGLang-Omni is not installed
    """Pipeline with one stage that does everything."""

    architecture: ClassVar[str] = "ToneStage"
    required_speech_reference_count: ClassVar[int | None] = 1
    speech_reference_text_excludes_instructions: ClassVar[bool] = True
    stages: list[StageConfig] = [  # noqa: RUF012 (a field, as in the base class)
        StageConfig(name="all", process="all", factory_path="sglang_stage.make", terminal=True),
    ]


if __name__ == "__main__":
    from sglang_omni.serve.launcher import launch_server

    launch_server(Stage(model_path=sys.argv[2]), host="127.0.0.1", port=int(sys.argv[1]), model_name="cosyvoice3")
