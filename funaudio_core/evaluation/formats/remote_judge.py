"""Judge behind an OpenAI-compatible endpoint: asked with the prompts of the benchmarks, its replies kept one by one.

The file of replies is that of judging.read_replies(). A judging that was stopped or killed goes on from it.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

from funaudio_core import audio, settings
from funaudio_core.audio.encode import encode
from funaudio_core.engines.remote.endpoint import Endpoint, parse_endpoint, require_key
from funaudio_core.engines.remote.http_client import HttpClient, HttpError
from funaudio_core.errors import BadInput
from funaudio_core.evaluation.formats.answers import Answer, JudgeRequest
from funaudio_core.evaluation.formats.files import read_rows
from funaudio_core.evaluation.json_lines import JsonLinesWriter
from funaudio_core.evaluation.running import REFUSED_STATUSES

SETTING = "FUNAUDIO_CHAT_URL"
READ_SECONDS = 300.0  # for a reply, which comes as a whole
TITLE = "The judge"


@dataclass(frozen=True, slots=True)
class Judging:
    """Progress of a judging.

    Attributes:
        done: Answers with replies.
        total: All answers that need a judge.
        refused: Answers that the judge refused in this run.
    """

    done: int
    total: int
    refused: int


class RemoteJudge:
    """Chat model that judges. Thread-safe."""

    def __init__(self, address: str = "") -> None:
        """Set the judge.

        Args:
            address: Base of the server and name of the model, URL#MODEL; "" for FUNAUDIO_CHAT_URL. The key is that of
                FUNAUDIO_UPSTREAM_API_KEY.

        Raises:
            BadInput: There is no address, or it is invalid.
        """
        values = settings.read()
        written = address or values.chat_url
        if not written:
            raise BadInput("There is no judge. Name one as URL#MODEL, or set {setting}.", setting=SETTING)
        self._endpoint: Endpoint = parse_endpoint("--judge" if address else SETTING, written, frozenset())
        key = require_key("FUNAUDIO_UPSTREAM_API_KEY", values.upstream_api_key)
        self._client = HttpClient(self._endpoint.url, key, TITLE, read_seconds=READ_SECONDS)

    @property
    def model(self) -> str:
        """Return the name of the model on its server."""
        return self._endpoint.model

    def ask(self, request: JudgeRequest, folder: Path) -> list[str]:
        """Return the replies to a request, as many as it wants.

        Args:
            request: The request.
            folder: Folder of its recording.

        Raises:
            BadInput: The recording is missing or can't be read.
            FunAudioError: The judge can't be reached, refuses, or gives no reply.
        """
        messages: list[dict[str, Any]] = [{"role": "system", "content": request.system}] if request.system else []
        messages.append({"role": "user", "content": _content(request, folder)})
        sampling = {name: getattr(request, name) for name in ("temperature", "top_p", "max_tokens")}
        body = {"model": self.model, "messages": messages, **sampling}
        replies: list[str] = []
        while len(replies) < request.draws:  # a server that doesn't know n returns one at a time
            left = request.draws - len(replies)
            with self._client.stream(
                "POST", "/chat/completions", json=body | ({"n": left} if left > 1 else {})
            ) as response:
                found = _replies(self._client.read_body(response))
            if not found:
                raise self._client.unexpected_response("no reply", "a text")
            replies += found[:left]
        return replies


def judge_answers(
    judge: RemoteJudge, requests: Sequence[tuple[Answer, JudgeRequest]], path: Path, folder: Path, workers: int = 1
) -> Iterator[Judging]:
    """Ask a judge about the answers that have no replies yet, and add these to a file.

    An answer that the judge refuses, or whose recording can't be read, is kept with the reason and without replies; it
    is asked about again in the next run.

    Args:
        judge: The judge.
        requests: The answers with their requests.
        path: File of replies, which need not exist.
        folder: Folder to which recordings are relative.
        workers: Requests at a time.

    Yields:
        The progress, first before any work.

    Raises:
        BadInput: The file holds replies of another judge, or to other prompts.
        FunAudioError: The judge can't be used now; it goes on when it is started again.
    """
    known = _judged(path, judge.model, {answer.id: _digest(request) for answer, request in requests})
    left = iter([(answer, request) for answer, request in requests if answer.id not in known])
    done, total, refused = len(requests) - sum(answer.id not in known for answer, _ in requests), len(requests), 0
    yield Judging(done, total, refused)
    with closing(JsonLinesWriter(path)) as writer, ThreadPoolExecutor(workers) as pool:
        running = {pool.submit(_ask, judge, *each, folder) for each in islice(left, workers)}
        error: BaseException | None = None
        while running:  # after an error, until the replies that are under way are kept
            finished, running = wait(running, return_when=FIRST_COMPLETED)
            for future in finished:
                if (found := future.exception()) is not None:
                    error = error or found
                    continue
                row = future.result()
                writer.append(row)
                done, refused = done + bool(row["reply"]), refused + (not row["reply"])
                yield Judging(done, total, refused)
            if error is None:
                running |= {pool.submit(_ask, judge, *each, folder) for each in islice(left, len(finished))}
        if error is not None:
            raise error


def _ask(judge: RemoteJudge, answer: Answer, request: JudgeRequest, folder: Path) -> dict[str, Any]:
    """Return the row of the file of replies for an answer."""
    row: dict[str, Any] = {"id": answer.id, "judge": judge.model, "request_sha256": _digest(request)}
    found: dict[str, Any]
    try:
        found = {"reply": judge.ask(request, folder)}
    except BadInput as error:
        found = {"reply": [], "error": str(error)}
    except HttpError as error:
        if error.status not in REFUSED_STATUSES:
            raise
        found = {"reply": [], "error": str(error)}
    return row | found | {"date": datetime.now(UTC).isoformat(timespec="seconds")}


def _judged(path: Path, model: str, digests: dict[str, str]) -> set[str]:
    """Return the ids of the answers with replies. Raise BadInput if these are of another judge or to other prompts."""
    if not path.exists():
        return set()
    JsonLinesWriter(path).close()  # cuts off a line that is only half written
    found = set()
    for row in read_rows(path):
        id_ = str(row.get("id"))
        if (row.get("judge"), row.get("request_sha256")) != (model, digests.get(id_, row.get("request_sha256"))):
            raise BadInput(
                "{file} holds replies of another judge or to other prompts, such as that of {id!r}. "
                "Choose another file.",
                file=path.name,
                id=id_,
            )
        if row.get("reply"):
            found.add(id_)
    return found


def _digest(request: JudgeRequest) -> str:
    """Return the hash of a request."""
    return hashlib.sha256(json.dumps(asdict(request), sort_keys=True).encode()).hexdigest()


def _content(request: JudgeRequest, folder: Path) -> str | list[dict[str, Any]]:
    """Return the content of the message: the prompt, and the recording as WAV."""
    if not request.audio:
        return request.prompt
    path = folder / request.audio
    if not path.is_file():
        raise BadInput("There is no file {path!r}. Paths are relative to the list.", path=request.audio)
    sound = base64.b64encode(encode(audio.load(path), "wav")).decode()
    return [
        {"type": "text", "text": request.prompt},
        {"type": "input_audio", "input_audio": {"data": sound, "format": "wav"}},
    ]


def _replies(body: object) -> list[str]:
    """Return the texts of a chat completion."""
    choices = body.get("choices") if isinstance(body, dict) else None
    messages = [choice.get("message") for choice in choices or () if isinstance(choice, dict)]
    texts = [message.get("content") for message in messages if isinstance(message, dict)]
    return [text for text in texts if isinstance(text, str)]
