"""Routes of the API, and the answer to paths and methods that it doesn't have."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Match, Route

from funaudio_core.message import Message
from server.openai_api.catalog import audio_models, health, model, models, voices
from server.openai_api.errors import ApiEndpoint, MethodNotAllowed, UnknownPath
from server.openai_api.fields import abbreviate
from server.openai_api.speech import SPEECH, speech
from server.openai_api.transcriptions import TRANSCRIPTIONS, TRANSLATIONS, transcriptions, translations

_ENDPOINTS: tuple[Route, ...] = (
    Route("/v1/models", ApiEndpoint("v1 models", models), methods=["GET"]),
    Route("/v1/models/{model:path}", ApiEndpoint("v1 models", model), methods=["GET"]),
    Route("/v1/audio/models", ApiEndpoint("v1 models", audio_models), methods=["GET"]),
    Route("/v1/audio/voices", ApiEndpoint("v1 voices", voices), methods=["GET"]),
    Route("/v1/audio/transcriptions", ApiEndpoint(TRANSCRIPTIONS, transcriptions), methods=["POST"]),
    Route("/v1/audio/translations", ApiEndpoint(TRANSLATIONS, translations), methods=["POST"]),
    Route("/v1/audio/speech", ApiEndpoint(SPEECH, speech), methods=["POST"]),
)


async def unknown(request: Request) -> Response:
    """Redirect a path that ends with a slash too many.

    Raises:
        MethodNotAllowed: The path exists for another method.
        UnknownPath: It doesn't exist.
    """
    path, method = request.scope["path"], request.method
    if path.endswith("/") and _methods(request, path.rstrip("/")):
        return RedirectResponse(request.url.replace(path=request.url.path.rstrip("/")), 307)
    if methods := _methods(request, path):
        raise MethodNotAllowed(
            Message("{path} doesn't accept {method}. Use {methods}.", path=path, method=method, methods=methods[0]),
            methods,
        )
    endpoints = tuple(f"{'/'.join(sorted((route.methods or set()) - {'HEAD'}))} {route.path}" for route in _ENDPOINTS)
    raise UnknownPath(
        Message(
            "There is no {method} {path}. This server has: {endpoints}.",
            method=method,
            path=abbreviate(path),
            endpoints=endpoints,
        )
    )


def _methods(request: Request, path: str) -> tuple[str, ...]:
    """Return the methods of the endpoint at a path, the plain one first; none if there is no endpoint."""
    scope = {**request.scope, "path": path}
    for route in _ENDPOINTS:
        if route.matches(scope)[0] != Match.NONE:
            return tuple(sorted(route.methods or (), key=lambda method: (method == "HEAD", method)))
    return ()


# Placed before the routes of Gradio's server: launch(app_kwargs={"routes": ROUTES}).
ROUTES: tuple[BaseRoute, ...] = (
    Route("/health", health),
    *_ENDPOINTS,
    Route("/v1", ApiEndpoint("v1 unknown", unknown), methods=None),
    Route("/v1/{path:path}", ApiEndpoint("v1 unknown", unknown), methods=None),
)
