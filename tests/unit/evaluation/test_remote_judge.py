"""Tests of a judge behind an OpenAI-compatible endpoint, with a scripted server."""

from __future__ import annotations

import base64
import io
import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import soundfile

from funaudio_core import evaluate, settings
from funaudio_core.evaluation.formats import judging
from tests.conftest import noise, write

Body = dict[str, Any]


class ScriptedServer(ThreadingHTTPServer):
    """Server whose chat completions are scripted.

    Attributes:
        bodies: Requests in their order, with the key that came with them as "key".
        answer: Returns the status and the replies to a request.
    """

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.bodies: list[Body] = []
        self.answer: Callable[[Body], tuple[int, list[str]]] = lambda body: (200, ["4"] * body.get("n", 1))

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1#strict-judge"


class _Handler(BaseHTTPRequestHandler):
    server: ScriptedServer

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.server.bodies.append({**body, "key": self.headers.get("authorization"), "path": self.path})
        status, replies = self.server.answer(body)
        choices = [{"message": {"role": "assistant", "content": text}} for text in replies]
        content = json.dumps({"choices": choices} if status == 200 else {"error": {"message": "no"}}).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Log nothing."""


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[ScriptedServer]:
    monkeypatch.setenv("FUNAUDIO_UPSTREAM_API_KEY", "secret")
    settings.read.cache_clear()
    with ScriptedServer() as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()
    settings.read.cache_clear()


def write_answers(path: Path, count: int) -> Path:
    rows = [{"id": f"q{number}", "prompt": f"P{number}", "response": "R"} for number in range(count)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def rows_of(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def judge(tmp_path: Path, server: ScriptedServer, *options: str, count: int = 3) -> int:
    answers = write_answers(tmp_path / "a.jsonl", count)
    command = ["answers", "voicebench-open", str(answers), "--replies", str(tmp_path / "r.jsonl"), "--format", "json"]
    return evaluate.main([*command, "--judge", server.address, *options])


def test_judge_gets_the_prompt_and_sampling_of_the_benchmark(
    tmp_path: Path, server: ScriptedServer, capsys: pytest.CaptureFixture[str]
) -> None:
    assert judge(tmp_path, server) == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert (row["N"], row["score %"]) == ("3", "80.00")
    assert len(server.bodies) == 3
    body = server.bodies[0]
    assert (body["model"], body["path"], body["key"]) == ("strict-judge", "/v1/chat/completions", "Bearer secret")
    assert [body[name] for name in ("n", "temperature", "top_p", "max_tokens")] == [3, 0.5, 0.95, 1024]
    system, user = body["messages"]
    assert (system["role"], user["role"]) == ("system", "user")
    form = judging.FORMATS["voicebench-open"]
    judging.write_requests(form, form.read(tmp_path / "a.jsonl"), tmp_path / "requests.jsonl")
    assert user["content"] == rows_of(tmp_path / "requests.jsonl")[0]["prompt"]
    kept = rows_of(tmp_path / "r.jsonl")
    assert [(each["id"], each["reply"], each["judge"]) for each in kept] == [
        (f"q{number}", ["4"] * 3, "strict-judge") for number in range(3)
    ]
    assert all(len(each["request_sha256"]) == 64 and each["date"] for each in kept)


def test_no_judge_is_asked_unless_it_is_named(tmp_path: Path, server: ScriptedServer) -> None:
    answers = write_answers(tmp_path / "a.jsonl", 1)
    assert evaluate.main(["answers", "voicebench-open", str(answers)]) == 0
    assert server.bodies == []


def test_judging_goes_on_after_an_outage_and_a_kill(
    tmp_path: Path, server: ScriptedServer, capsys: pytest.CaptureFixture[str]
) -> None:
    server.answer = lambda body: (200, ["5"]) if len(server.bodies) < 5 else (401, [])  # knows no n: 3 for an answer
    assert judge(tmp_path, server) == 1
    assert "requires a valid API key" in capsys.readouterr().err
    replies = tmp_path / "r.jsonl"
    assert [(row["id"], row["reply"]) for row in rows_of(replies)] == [("q0", ["5"] * 3)]
    with replies.open("a") as file:  # the process died here
        file.write('{"id": "q1", "rep')
    server.bodies.clear()
    server.answer = lambda body: (200, ["1"] * body.get("n", 1))
    assert judge(tmp_path, server, "--judge-workers", "2") == 0
    assert len(server.bodies) == 2
    (row,) = json.loads(capsys.readouterr().out)
    assert row["score %"] == f"{100 * (1 + 0.2 + 0.2) / 3:.2f}"


def test_refused_answer_is_kept_with_its_reason_and_asked_about_again(
    tmp_path: Path, server: ScriptedServer, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(body: Body) -> tuple[int, list[str]]:
        return (400, []) if "P1" in body["messages"][-1]["content"] else (200, ["3"] * 3)

    server.answer = refuse
    assert judge(tmp_path, server) == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert (row["N"], row["no score"], row["notes"]) == ("2", "1", "reply can't be read 1")
    refused = next(each for each in rows_of(tmp_path / "r.jsonl") if each["id"] == "q1")
    assert (refused["reply"], "rejected the request" in refused["error"]) == ([], True)
    server.bodies.clear()
    server.answer = lambda _: (200, ["3"] * 3)
    assert judge(tmp_path, server) == 0
    assert len(server.bodies) == 1
    assert json.loads(capsys.readouterr().out)[0]["N"] == "3"


def test_replies_of_another_judge_or_prompt_are_not_mixed(
    tmp_path: Path, server: ScriptedServer, capsys: pytest.CaptureFixture[str]
) -> None:
    assert judge(tmp_path, server) == 0
    assert judge(tmp_path, server, "--judge", server.address.replace("strict", "kind")) == 1
    assert "r.jsonl holds replies of another judge" in capsys.readouterr().err
    replies = tmp_path / "r.jsonl"
    changed = rows_of(replies)[0] | {"request_sha256": "0" * 64}
    replies.write_text(json.dumps(changed) + "\n")
    assert judge(tmp_path, server) == 1
    assert "such as that of 'q0'" in capsys.readouterr().err


def test_judge_of_vstyle_hears_the_recording(tmp_path: Path, server: ScriptedServer) -> None:
    write(tmp_path / "a.flac", noise(0.5))
    row = {"id": 7, "ability": "empathy/anger", "instruct_text": "I am so angry!", "response_audio_path": "a.flac"}
    gone = row | {"id": 8, "response_audio_path": "gone.flac"}
    (tmp_path / "metadata.jsonl").write_text(f"{json.dumps(row)}\n{json.dumps(gone)}\n")
    arguments = ["answers", "vstyle-en", str(tmp_path / "metadata.jsonl"), "--replies", str(tmp_path / "r.jsonl")]
    assert evaluate.main([*arguments, "--judge", server.address]) == 0
    (body,) = server.bodies
    text, sound = body["messages"][-1]["content"]
    assert "I am so angry!" in text["text"]
    samples, rate = soundfile.read(io.BytesIO(base64.b64decode(sound["input_audio"]["data"])))
    assert (sound["input_audio"]["format"], len(samples) / rate) == ("wav", pytest.approx(0.5, abs=0.01))
    assert "There is no file 'gone.flac'" in rows_of(tmp_path / "r.jsonl")[1]["error"]


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--judge"], "There is no judge"),
        (["--judge", "http://host/v1"], "no model after #"),
        (["--judge", "ftp://x#m"], "isn't a server address"),
    ],
)
def test_wrong_judges_are_sentences(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str], sentence: str
) -> None:
    answers = write_answers(tmp_path / "a.jsonl", 1)
    command = ["answers", "voicebench-open", str(answers), "--replies", str(tmp_path / "r.jsonl")]
    assert evaluate.main([*command, *options]) == 1
    assert sentence in capsys.readouterr().err
    assert evaluate.main(["answers", "voicebench-open", str(answers), "--judge"]) == 1
    assert "--replies" in capsys.readouterr().err
    assert evaluate.main(["answers", "mmau", str(answers), *command[3:], "--judge", "http://h/v1#m"]) == 1
