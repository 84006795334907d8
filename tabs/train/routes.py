"""HTTP routes of a run: the sound of its clips, as the tables of the page play it.

The id of a run is random and opens it to anyone who has it, so the routes need no session.
"""

from __future__ import annotations

import io

import soundfile
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from funaudio_core.errors import BadInput
from funaudio_core.i18n.catalog import preferred_language, translate
from funaudio_core.training.runs.stored_run import open_run
from funaudio_core.training.runs.trainer import words_trainer

CLIP, HELD_OUT = "clip", "held-out"
NO_STORE = {"Cache-Control": "no-store"}


def get_sound(request: Request) -> Response:
    """Return the sound of a clip as FLAC; an error is a sentence in the visitor's language."""
    try:
        run, number = open_run(request.path_params["id"]), request.path_params["number"]
        is_held_out = request.path_params["kind"] == HELD_OUT
        sound = words_trainer().held_out_clip(number, run.folder) if is_held_out else run.clip_sound(number)
    except BadInput as error:
        language = preferred_language(request.headers.get("accept-language", ""))
        return JSONResponse({"error": translate(error.message, language)}, 404, NO_STORE)
    file = io.BytesIO()
    soundfile.write(file, sound.pcm16(), sound.rate, format="FLAC", subtype="PCM_16")
    return Response(file.getvalue(), media_type="audio/flac", headers=NO_STORE)


def sound_url(run_id: str, kind: str, number: int) -> str:
    """Return the address of the sound of a clip, relative to the page. kind: CLIP or HELD_OUT."""
    return f"trainings/{run_id}/{kind}/{number}"


ROUTES = [Route("/trainings/{id}/{kind}/{number:int}", get_sound)]
