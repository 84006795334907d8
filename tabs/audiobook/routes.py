"""HTTP routes of a narration: its progress, the lines of a chapter with their times, and its sound in pieces.

The id of a narration is random and opens it to anyone who has it, so the routes need no session: a player in another
tab, or after a reload, finds the narration by its id.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

import soundfile
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from funaudio_core.errors import BadInput
from funaudio_core.i18n.catalog import preferred_language, translate
from funaudio_core.labels import EMOTIONS
from funaudio_core.message import Message
from funaudio_core.narration.model import NARRATOR, UNKNOWN, Cast, Line, SpokenLine, Status
from funaudio_core.narration.narration import Narration
from funaudio_core.tasks import narration as tasks
from funaudio_core.tasks import narration_export as exports
from funaudio_core.types import Word
from tabs.components.outputs import safe_name
from tabs.components.strings import STRINGS

MAX_LINES = 200  # of a response
MAX_PIECE_SECONDS = 60.0
MAX_FLAGS = 100  # of a response
NO_STORE = {"Cache-Control": "no-store"}


def role_label(name: str, language: str) -> str:
    """Return the name of a role for people. language: Code of the visitor's language."""
    column = int(language == "zh")
    if name == NARRATOR:
        return STRINGS["audiobook.narrator"][column]
    return STRINGS["audiobook.unknown"][column] if name == UNKNOWN else name


def _answer(function: Callable[[Request, Narration], Response]) -> Callable[[Request], Response]:
    """Return an endpoint that opens the narration of the path; an error is a sentence in the visitor's language."""

    @wraps(function)
    def endpoint(request: Request) -> Response:
        try:
            return function(request, tasks.open_narration(request.path_params["id"]))
        except BadInput as error:
            return JSONResponse({"error": translate(error.message, _language(request))}, 404, NO_STORE)

    return endpoint


def _language(request: Request) -> str:
    return preferred_language(request.headers.get("accept-language", ""))


@_answer
def get_status(request: Request, narration: Narration) -> Response:
    """Return the progress and the roles."""
    return JSONResponse(status_json(narration.status(), narration.cast(), _language(request)), headers=NO_STORE)


def status_json(status: Status, cast: Cast, language: str) -> dict[str, Any]:
    """Return a status for the player."""
    return {
        "state": status.state,
        "message": translate(status.message, language) if status.message else "",
        "seconds": round(status.seconds, 1),
        "estimated": round(status.estimated_seconds),
        "left": None if status.seconds_left is None else round(status.seconds_left),
        "done": status.parts_done,
        "total": status.parts_total,
        "chapters": [
            {"title": each.title, "done": each.parts_done, "total": each.parts_total, "seconds": round(each.seconds)}
            for each in status.chapters
        ],
        "roles": [role_label(role.name, language) for role in cast.roles],
        "flag_count": len(status.flags),
        "flags": [
            {"chapter": flag.chapter, "line": flag.line, "text": flag.text, "heard": flag.heard}
            for flag in status.flags[:MAX_FLAGS]
        ],
    }


@_answer
def get_lines(request: Request, narration: Narration) -> Response:
    """Return up to MAX_LINES lines of a chapter from the one with the number `from`, with times where they are made."""
    number = request.path_params["chapter"]
    first = _read_number(request.query_params, "from", 0)
    planned, sound, cast = narration.planned_chapter(number), narration.chapter(number), narration.cast()
    places = {role.name: place for place, role in enumerate(cast.roles)}
    spoken = {line.number: line for line in sound.lines[first : first + MAX_LINES]}
    lines = [
        line_json(place, line, places[cast.role(line.speaker).name], _language(request), spoken.get(place))
        for place, line in enumerate(planned.lines[first : first + MAX_LINES], first)
    ]
    made = {
        "made": len(sound.lines),
        "seconds": sound.num_samples / sound.rate,
        "rate": sound.rate,
        "version": sound.version,
        "finished": sound.is_finished,
    }
    return JSONResponse({"total": len(planned.lines), "lines": lines, **made}, headers=NO_STORE)


def line_json(number: int, line: Line, role: int, language: str, spoken: SpokenLine | None) -> dict[str, Any]:
    """Return a line for the player.

    Args:
        number: Its number in the chapter.
        line: The line.
        role: Place of its role in the cast.
        language: Code of the visitor's language.
        spoken: The line with its times if it is made.
    """
    row: dict[str, Any] = {"number": number, "text": line.text, "passage": line.passage, "kind": line.kind}
    row |= {"role": role, "manner": _manner(line, language)}
    if spoken is not None:
        words = [] if spoken.line.said else word_places(line.text, spoken.words)
        row |= {"start": round(spoken.start, 3), "end": round(spoken.end, 3), "words": words}
    return row


def _manner(line: Line, language: str) -> str:
    """Return how a line is said in a word or two; "" for plain speech."""
    words = [] if line.emotion == "neutral" else [translate(Message(EMOTIONS[line.emotion].en), language)]
    if line.is_whispered:
        words.append(STRINGS["audiobook.whispered"][int(language == "zh")].lower())
    return ", ".join(words)


def word_places(text: str, words: tuple[Word, ...]) -> list[tuple[int, int, float, float]]:
    """Return (first character, character after the last, start, end) of the words that are found in the text."""
    places, at = [], 0
    for word in words:
        written = word.text.strip()
        found = text.find(written, at) if written else -1
        if found < 0:
            continue
        at = found + len(written)
        places.append((found, at, round(word.start, 3), round(word.end, 3)))
    return places


@_answer
def get_sound(request: Request, narration: Narration) -> Response:
    """Return the samples of a chapter from `start` to `end`, at most MAX_PIECE_SECONDS, as FLAC."""
    number = request.path_params["chapter"]
    sound = narration.chapter(number)
    start = _read_number(request.query_params, "start", 0)
    end = min(_read_number(request.query_params, "end", sound.num_samples), sound.num_samples)
    end = min(end, start + round(MAX_PIECE_SECONDS * sound.rate))
    if start >= end:
        raise BadInput("This sound isn't made yet. Try again in a moment.")
    file = io.BytesIO()
    soundfile.write(file, narration.read(number, start, end), sound.rate, format="FLAC", subtype="PCM_16")
    return Response(file.getvalue(), media_type="audio/flac", headers=NO_STORE)


@_answer
def get_file(request: Request, narration: Narration) -> Response:
    """Return a file that was made of the narration."""
    kind = request.path_params["kind"]
    path = exports.export_path(narration, kind)
    if not path.exists():
        raise BadInput("This file isn't made yet. Make it on the page.")
    return FileResponse(path, filename=f"{safe_name(narration.title, 'audiobook')}{path.suffix}", headers=NO_STORE)


def _read_number(query: Mapping[str, str], name: str, default: int) -> int:
    """Return a parameter of the query. Raise BadInput if it is no natural number."""
    value = query.get(name, str(default))
    if not value.isascii() or not value.isdecimal() or len(value) > len(str(2**40)):
        raise BadInput("{name!r} must be a number of 0 or more.", name=name)
    return int(value)


ROUTES = [
    Route("/narrations/{id}", get_status),
    Route("/narrations/{id}/files/{kind}", get_file),
    Route("/narrations/{id}/{chapter:int}/lines", get_lines),
    Route("/narrations/{id}/{chapter:int}/sound", get_sound),
]
