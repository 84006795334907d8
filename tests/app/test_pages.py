"""Every page through the API that scripts and MCP clients call."""

from __future__ import annotations

import gzip
import re
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import brotli  # type: ignore[import-untyped]
import gradio as gr
import httpx
import numpy as np
import pytest
import soundfile
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError

from funaudio_core import audio, settings
from funaudio_core.engines import registry
from funaudio_core.text import error_rate
from funaudio_core.types import Audio
from funaudio_core.voices.examples import Example
from server.page.compression import CALL_PATH, PAGE_PATHS
from tabs import TABS
from tabs.recognize.controls import build_controls
from tests import fakes
from tests.app.checks import check_recognition
from tests.conftest import ANSWER_SECONDS, ROOT, example, ffmpeg, noise, write

TEXT = "The quick brown fox jumps over the lazy dog."
NAMES = (
    *("/recognize", "/clone", "/cross_lingual", "/instruct", "/translate", "/chat", "/answer_clip", "/ask_clip"),
    *("/call_tools", "/plan_audiobook", "/narrate", "/arrange_podcast", "/speak_podcast", "/evaluate", "/score_texts"),
    "/listening_test_scores",
    *("/train_words", "/training_progress", "/training_result", "/delete_training"),
    *("/apply_condition", "/start_evaluation", "/evaluation_progress", "/evaluation_results", "/delete_evaluation"),
    *("/add_adapter", "/delete_adapter"),
)


@pytest.fixture(scope="module")
def client(site: str) -> Client:
    return Client(site, verbose=False)


def test_every_page_has_a_typed_documented_endpoint(client: Client) -> None:
    api = client.view_api(return_format="dict", print_info=False)["named_endpoints"]
    assert set(NAMES) <= set(api)
    assert not [name for name in api if name not in NAMES], "undocumented helpers leak into the API page"
    for name in NAMES:
        assert api[name]["parameters"]
        for parameter in api[name]["parameters"]:
            assert parameter["python_type"]["type"] not in ("", "Any"), (name, parameter)


@pytest.mark.parametrize(("encoding", "decompress"), [("gzip", gzip.decompress), ("br", brotli.decompress)])
@pytest.mark.parametrize("path", sorted(PAGE_PATHS))
def test_page_and_its_configuration_are_compressed(
    site: str, path: str, encoding: str, decompress: Callable[[bytes], bytes]
) -> None:
    address, accepted = f"{site.rstrip('/')}{path}", {"Accept-Encoding": encoding}
    plain = httpx.get(address, headers={"Accept-Encoding": "identity"}, timeout=ANSWER_SECONDS)
    with httpx.stream("GET", address, headers=accepted, timeout=ANSWER_SECONDS) as response:
        sent = b"".join(response.iter_raw())
    assert plain.status_code == response.status_code == 200
    assert response.headers["content-encoding"] == encoding
    assert len(sent) < len(plain.content) / 4
    assert len(decompress(sent)) == pytest.approx(len(plain.content), rel=0.01)


def test_browser_gets_the_other_pages_when_they_are_opened(site: str) -> None:
    whole = httpx.get(f"{site}config", timeout=ANSWER_SECONDS).json()
    placeholders = [each["id"] for each in whole["components"] if each["props"].get("elem_classes") == ["fa-arriving"]]
    assert len(placeholders) == len(TABS) - 1
    first = whole["page"][""]
    assert len(first["components"]) < len(whole["components"]) / 10
    number = next(each["id"] for each in whole["dependencies"] if each["targets"] == [[placeholders[0], "click"]])
    call = {"data": [], "fn_index": number, "session_hash": "anyone"}
    headers = {"Accept-Encoding": "br"}
    answer = httpx.post(f"{site.rstrip('/')}{CALL_PATH}", json=call, headers=headers, timeout=ANSWER_SECONDS)
    assert answer.headers["content-encoding"] == "br"
    brought = {each["id"] for each in answer.json()["render_config"]["components"]}
    assert len(brought) > 20
    assert len(brought & set(first["components"])) == 1  # the container


def test_only_sounds_of_the_examples_are_served(site: str) -> None:
    sounds = ("01_en_happy.flac", "demonstrations/instruct-angry.mp3")
    others = ("make.py", "table.json", "../app.py", "demonstrations", "%2e%2e/app.py")
    statuses = {name: httpx.get(f"{site}examples/{name}", timeout=180).status_code for name in (*sounds, *others)}
    assert statuses == {**dict.fromkeys(sounds, 200), **dict.fromkeys(others, 404)}


def test_streams_of_events_are_not_compressed(site: str) -> None:
    with httpx.stream(
        "GET", f"{site}gradio_api/heartbeat/anyone", headers={"Accept-Encoding": "gzip"}, timeout=180
    ) as response:
        assert "content-encoding" not in response.headers


def test_every_page_is_an_mcp_tool(site: str) -> None:
    schema = httpx.get(f"{site}gradio_api/mcp/schema", timeout=ANSWER_SECONDS).json()
    tools = {tool["name"]: tool for tool in schema}
    for tab in TABS[1:-1]:  # Start and Status are for people
        name = next(
            tool
            for tool in tools
            if tool.endswith(
                tab.NAME.replace("zero_shot", "clone")
                .replace("audio_chat", "answer_clip")
                .replace("train", "train_words")
            )
        )
        assert len(tools[name]["description"]) > 40
        for parameter, schema_of_it in tools[name]["inputSchema"]["properties"].items():
            assert len(schema_of_it.get("description", "")) > 10, (name, parameter)


def test_no_value_is_taken_for_a_key_of_a_translation(site: str) -> None:
    config = httpx.get(f"{site}config", timeout=ANSWER_SECONDS).json()
    values = {str(component["props"].get("value")) for component in config["components"]}
    assert "auto" in values
    assert values.isdisjoint(config["i18n_translations"]["en"])


def test_recognize(client: Client) -> None:
    check_recognition(client)


def test_recognize_offers_hotwords_for_whisper(client: Client) -> None:
    clip = handle_file(example("en", "happy").path)
    job = client.submit(clip, "en", True, False, "whisper-base", [], "job, party", "off", api_name="/on_recognize")
    status, text, *_ = list(job)[-1]
    assert "Whisper" in status
    assert "job" in text
    with gr.Blocks():
        boxes = {
            name: build_controls(registry.RECOGNIZERS[name]).hotwords for name in ("whisper-base", "sensevoice-small")
        }
    assert {name: box.visible for name, box in boxes.items()} == {"whisper-base": True, "sensevoice-small": False}


def test_recognize_with_a_chosen_engine(client: Client) -> None:
    row = example("en")
    text, facts = client.predict(handle_file(row.path), "en", True, "whisper-base", api_name="/recognize")
    assert error_rate.error_rate(row.text, text, "en") <= 0.1
    assert facts["engine"].startswith("Whisper")
    with pytest.raises(AppError, match=r"Unknown model 'parrot'.*whisper-base"):
        client.predict(handle_file(row.path), "en", True, "parrot", api_name="/recognize")


def test_recognize_without_itn_gives_plain_words(client: Client) -> None:
    text, _ = client.predict(handle_file(example("en").path), "en", False, api_name="/recognize")
    assert re.fullmatch(r"[a-z' ]+", text), text
    assert "nine" in text


def test_clone_speaks_the_text(client: Client) -> None:
    row = example("en", "angry")
    path, facts = client.predict(handle_file(row.path), TEXT, "en", row.text, 1.0, 5, True, api_name="/clone")
    assert fakes.heard(path) == TEXT
    assert facts["seed"] == 5
    assert facts["similarity"] == pytest.approx(1.0)


def test_clone_without_consent_is_refused(client: Client) -> None:
    with pytest.raises(AppError, match="Tick the box"):
        client.predict(handle_file(example("en").path), TEXT, "en", "", 1.0, 5, False, api_name="/clone")


def test_cross_lingual_speaks_and_warns_of_the_wrong_language(client: Client) -> None:
    spanish = "Mañana por la mañana iremos juntos al mercado."
    arguments = (handle_file(example("en").path), spanish)
    path, facts = client.predict(*arguments, "es", 1.0, 5, True, api_name="/cross_lingual")
    assert fakes.heard(path) == spanish
    assert facts["warning"] == ""
    _, facts = client.predict(*arguments, "it", 1.0, 5, True, api_name="/cross_lingual")
    assert "looks like Spanish" in facts["warning"]


def test_instruct_follows_the_instruction(client: Client) -> None:
    neutral, _ = client.predict(TEXT, "", "en", "af_heart", 5, api_name="/instruct")
    slow, facts = client.predict(TEXT, "请非常慢地说", "en", "af_heart", 5, api_name="/instruct")
    assert audio.load(slow).duration > 1.15 * audio.load(neutral).duration
    assert facts["understood"]
    _, facts = client.predict(TEXT, "laugh like a pirate", "en", "af_heart", 5, api_name="/instruct")
    assert facts["unsupported"]


def test_translate(client: Client) -> None:
    row = example("es")
    path, heard, translation, facts = client.predict(handle_file(row.path), "en", "auto", True, api_name="/translate")
    assert heard == row.text
    assert sorted(translation.split()) == sorted(row.text.split())
    assert fakes.heard(path) == translation
    assert "-->" in facts["source_srt"]
    assert "-->" in facts["target_srt"]


def test_an_unsupported_direction_gets_a_reason(client: Client) -> None:
    with pytest.raises(AppError, match="Chinese"):
        client.predict(handle_file(example("en").path), "zh", "en", False, api_name="/translate")


def test_chat_detects_the_emotion(client: Client) -> None:
    path, reply, emotion = client.predict(
        "My dog died yesterday and I feel so sad.", "You are a kind friend.", "af_heart", api_name="/chat"
    )
    assert emotion["emotion"] == "sad"
    assert emotion["voice"] == "af_heart"
    assert fakes.heard(path) == reply


def test_chat_names_the_voice_used_in_place_of_an_unsuitable_one(client: Client) -> None:
    *_, facts = client.predict("Hello, my friend.", "You are a kind friend.", "ef_dora", api_name="/chat")
    assert (facts["language"], facts["voice"]) == ("en", "af_heart")


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("/clone", ("", "en", "", 1.0, 1, True)),
        ("/clone", ("😀🎉", "en", "", 1.0, 1, True)),
        ("/clone", ("a" * 100_000, "en", "", 1.0, 1, True)),
        ("/clone", ("Hello there.", "xx", "", 1.0, 1, True)),
        ("/clone", ("Hello there.", "en", "", 99.0, 1, True)),
        ("/clone", ("Hello there.", "en", "completely different words from another planet", 1.0, 1, True)),
    ],
)
def test_bad_requests_get_a_message(client: Client, name: str, arguments: tuple[Any, ...]) -> None:
    with pytest.raises(AppError) as refused:
        client.predict(handle_file(example("en").path), *arguments, api_name=name)
    _check_message(str(refused.value))


@pytest.mark.parametrize("text", ["", "\x00\x07", "😀", "x" * 100_000])
def test_bad_chat_messages_get_a_message(client: Client, text: str) -> None:
    with pytest.raises(AppError) as refused:
        client.predict(text, "", "af_heart", api_name="/chat")
    _check_message(str(refused.value))


def test_control_characters_and_path_like_words_are_plain_text(client: Client) -> None:
    path, _ = client.predict("Hello\x00 ../../etc/passwd \x1b[31mthere.", "", "en", "af_heart", 1, api_name="/instruct")
    assert fakes.heard(path) == "Hello ../../etc/passwd 31mthere."


def test_a_file_name_like_a_path_is_only_a_name(site: str, client: Client, tmp_path: Path) -> None:
    row = example("en")
    for name in ("../escaped.flac", "../../escaped.flac", "/etc/passwd", "..", "%2e%2e%2fescaped.flac", "a\nb.flac"):
        answer = httpx.post(
            f"{site}gradio_api/upload", files={"files": (name, row.path.read_bytes())}, timeout=ANSWER_SECONDS
        )
        if answer.status_code == 200:
            [stored] = answer.json()
            assert ".." not in Path(stored).parts
            assert Path(stored).is_relative_to(settings.read().home / "run"), stored
    assert not list((settings.read().home / "run").glob("*/escaped.flac"))
    named = tmp_path / "..semicolon;$(touch x) & 'quote' 名前.flac"
    named.write_bytes(row.path.read_bytes())
    text, _ = client.predict(handle_file(named), "en", True, api_name="/recognize")
    assert error_rate.error_rate(row.text, text, "en") <= 0.1


@pytest.mark.parametrize("path", ["/etc/passwd", "../../etc/passwd", str(ROOT / "app.py"), "file:///etc/passwd"])
def test_files_of_the_server_are_not_accessible(site: str, path: str) -> None:
    clip = {"path": path, "meta": {"_type": "gradio.FileData"}}
    begun = httpx.post(
        f"{site}gradio_api/call/recognize", json={"data": [clip, "auto", True, ""]}, timeout=ANSWER_SECONDS
    )
    answer = begun.text
    if begun.status_code == 200:
        answer = httpx.get(f"{site}gradio_api/call/recognize/{begun.json()['event_id']}", timeout=180).text
        assert "event: error" in answer, answer
    assert "root:" not in answer
    assert "Traceback" not in answer
    assert httpx.get(f"{site}gradio_api/file={path}", timeout=ANSWER_SECONDS).status_code in (400, 403, 404)


def test_simultaneous_visitors_get_their_own_results(site: str) -> None:
    rows = [example("en", "happy"), example("es"), example("en", "sad"), example("fr")]
    texts = ("Seven green boats crossed the quiet lake.", "My neighbour bakes bread every Sunday morning.")

    def recognize(row: Example) -> float:
        text, _ = Client(site, verbose=False, httpx_kwargs={"timeout": ANSWER_SECONDS}).predict(
            handle_file(row.path), "auto", True, api_name="/recognize"
        )
        return error_rate.error_rate(row.text, text, row.language)

    def speak(text: str, preset: str) -> tuple[str, str]:
        path, _ = Client(site, verbose=False, httpx_kwargs={"timeout": ANSWER_SECONDS}).predict(
            text, "", "en", preset, 5, api_name="/instruct"
        )
        return text, path

    with ThreadPoolExecutor(6) as visitors:
        recognized = [visitors.submit(recognize, row) for row in rows]
        spoken = [visitors.submit(speak, *each) for each in zip(texts, ("af_heart", "am_michael"), strict=True)]
        assert [job.result() <= 0.2 for job in recognized] == [True] * len(rows)
        for text, path in (job.result() for job in spoken):
            assert fakes.heard(path) == text


def _check_message(message: str) -> None:
    assert "Traceback" not in message
    assert "went wrong on our side" not in message
    assert len(message) > 20
    assert re.search(r"[a-z]{3,}.*[.!]$", message.strip()), message


def _bad_files(folder: Path) -> dict[str, Path]:
    speech = audio.load(example("en").path)
    files = {
        "empty": folder / "empty.wav",
        "text": folder / "text.wav",
        "nan": folder / "nan.wav",
        "short": write(folder / "short.wav", noise(0.05)),
    }
    files["empty"].write_bytes(b"")
    files["text"].write_text("this is no sound\n" * 50)
    broken = np.array(speech.samples)
    broken[1000] = np.nan
    soundfile.write(files["nan"], broken, speech.rate, subtype="FLOAT")
    return files


@pytest.mark.parametrize("kind", ["empty", "text", "nan", "short"])
def test_bad_files_get_a_message(client: Client, tmp_path: Path, kind: str) -> None:
    path = _bad_files(tmp_path)[kind]
    with pytest.raises(AppError) as refused:
        client.predict(handle_file(path), "auto", True, api_name="/recognize")
    _check_message(str(refused.value))


def test_unfinished_file_is_transcribed_with_a_note(client: Client, tmp_path: Path) -> None:
    whole = write(tmp_path / "whole.wav", audio.load(example("en").path)).read_bytes()
    (tmp_path / "cut.wav").write_bytes(whole[:4] + (2 * len(whole)).to_bytes(4, "little") + whole[8:])
    _, result = client.predict(handle_file(tmp_path / "cut.wav"), "auto", True, api_name="/recognize")
    (note,) = result["notes"]
    assert note.startswith("The file is unfinished: it has ")


def test_silence_and_noise_are_reported_as_no_speech(client: Client, tmp_path: Path) -> None:
    silence = Audio(np.zeros(48_000, np.float32), 16_000)
    for sound in (silence, noise(3.0)):
        with pytest.raises(AppError, match="No speech detected"):
            client.predict(handle_file(write(tmp_path / "s.wav", sound)), "auto", True, api_name="/recognize")
    with pytest.raises(AppError, match="silent"):
        client.predict(handle_file(write(tmp_path / "s.wav", silence)), TEXT, "en", "", 1.0, 1, True, api_name="/clone")


def test_three_hours_are_refused_before_they_are_decoded(client: Client, tmp_path: Path) -> None:
    path = tmp_path / "long.flac"
    silence = ["-f", "lavfi", "-i", "anullsrc=r=8000:cl=mono", "-t", str(3 * 3600)]
    command = [*silence, "-compression_level", "0", "-frame_size", "16384", str(path)]
    subprocess.run([ffmpeg(), "-v", "error", *command], check=True)
    with pytest.raises(AppError, match="longer than 2 h"):
        client.predict(handle_file(path), "auto", True, api_name="/recognize")


@pytest.mark.parametrize(
    ("suffix", "options"),
    [
        ("wav", ["-ar", "8000", "-ac", "2"]),
        ("wav", ["-ar", "96000"]),
        ("wav", ["-c:a", "pcm_s24le"]),
        ("mp3", []),
        ("m4a", []),
        ("ogg", ["-c:a", "libvorbis"]),
        ("webm", ["-c:a", "libopus"]),
    ],
)
def test_every_common_format_is_read(client: Client, tmp_path: Path, suffix: str, options: list[str]) -> None:
    row = example("en")
    path = tmp_path / f"clip.{suffix}"
    subprocess.run([ffmpeg(), "-v", "error", "-i", str(row.path), *options, str(path)], check=True)
    text, _ = client.predict(handle_file(path), "en", True, api_name="/recognize")
    assert error_rate.error_rate(row.text, text, "en") <= 0.1
