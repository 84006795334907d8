"""Memory of the app in the lite tier: at the first start, at later ones, and during a run of mixed requests.

`python -m bench.app.memory [--requests 1000] [--clients 2]`. The first start also converts the models. The requests go
to the API and to the pages, and differ in language, length and format.
"""

from __future__ import annotations

import argparse
import itertools
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx

from bench._app import cpu_seconds, memory, serve_app
from bench.app.latency import connect
from funaudio_core import audio, settings
from funaudio_core.types import Audio
from funaudio_core.voices.examples import EXAMPLES, Example

if TYPE_CHECKING:
    from gradio_client import Client

TIMEOUT_SECONDS = 900.0
REPORT_SHARES = (0.1, 0.25, 0.5, 0.75, 1.0)  # of the requests, after which the memory is measured
REST_SECONDS = 35.0  # before it is measured: the app returns free memory every 30 s
LONG_EVERY = 25  # one text in so many is a paragraph
SENTENCES = {
    "en": "Train {number} is here.",
    "es": "Llega el tren {number}.",
    "fr": "Voici le train {number}.",
    "it": "Ecco il treno {number}.",
    "pt": "Chegou o trem {number}.",
    "zh": "{number}次列车到了。",
    "ja": "{number}番線です。",
    "hi": "ट्रेन {number} आ गई।",
}
VOICES = ("af_heart", "am_michael", "bf_emma", "")  # "": any voice of the text's language
FORMATS = ("mp3", "wav", "flac", "opus")
TRANSCRIPT_FORMATS = ("json", "verbose_json", "srt", "text")


def main() -> None:
    """Print the measurements."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--requests", type=int, default=1000)
    parser.add_argument("--clients", type=int, default=2, help="requests that are sent at a time")
    arguments = parser.parse_args()
    weights = {"FUNAUDIO_WEIGHTS_DIR": str(settings.read().home / "weights")}
    with tempfile.TemporaryDirectory() as home, serve_app(FUNAUDIO_HOME=home, **weights) as (_, process):
        print(f"first start: {memory(process.pid)}", flush=True)
    with serve_app() as (address, process), tempfile.TemporaryDirectory() as folder:
        print(f"later starts: {memory(process.pid)}", flush=True)
        _measure_requests(address, process.pid, list(_clips(Path(folder))), arguments)


def _measure_requests(address: str, pid: int, clips: list[tuple[Example, Path]], arguments: argparse.Namespace) -> None:
    """Send the requests, and print the memory at rest along the way."""
    client = connect(address)
    calls = enumerate(zip(itertools.cycle(MIX), itertools.cycle(clips), strict=False))
    began = cpu_seconds(pid)
    sent = failed = 0
    with ThreadPoolExecutor(arguments.clients) as pool:
        for share in REPORT_SHARES:
            count = round(share * arguments.requests)
            batch = [
                pool.submit(send, address, client, number, *clip)
                for number, (send, clip) in itertools.islice(calls, count - sent)
            ]
            for error in filter(None, (call.exception() for call in batch)):
                failed += 1
                print(f"  failed: {type(error).__name__}: {str(error)[:200]}", flush=True)
            sent, seconds = count, cpu_seconds(pid) - began
            time.sleep(REST_SECONDS)
            print(f"after {count} requests: {memory(pid)}; {failed} failed; {seconds:.0f} CPU-s", flush=True)


def _clips(folder: Path) -> Iterator[tuple[Example, Path]]:
    """Yield the example clips, and after each its first and its last two seconds."""
    for number, row in enumerate(EXAMPLES):
        yield row, row.path
        clip = audio.load(row.path)
        for name, samples in (("start", clip.samples[: 2 * clip.rate]), ("end", clip.samples[-2 * clip.rate :])):
            path = folder / f"{number}_{name}.wav"
            audio.save_wav(Audio(samples, clip.rate), path)
            yield row, path


def _text(number: int, language: str) -> str:
    """Return a sentence with the number, or a paragraph of ten."""
    count = 10 if number % LONG_EVERY == LONG_EVERY - 1 else 1
    return " ".join(SENTENCES[language].format(number=number + part) for part in range(count))


def _post(url: str, **request: Any) -> None:
    httpx.post(url, timeout=TIMEOUT_SECONDS, **request).raise_for_status()


def _speech(address: str, _client: Client, number: int, _row: Example, _path: Path) -> None:
    language = list(SENTENCES)[number % len(SENTENCES)]
    voice = VOICES[number // 7 % len(VOICES)] if language == "en" else ""
    body = {"input": _text(number, language), "language": language, "response_format": FORMATS[number % len(FORMATS)]}
    _post(f"{address}v1/audio/speech", json=body | ({"voice": voice} if voice else {}))


def _transcription(address: str, _client: Client, number: int, _row: Example, path: Path) -> None:
    form = {"response_format": TRANSCRIPT_FORMATS[number % len(TRANSCRIPT_FORMATS)]}
    _post(f"{address}v1/audio/transcriptions", data=form, files={"file": (path.name, path.read_bytes())})


def _recognize(_address: str, client: Client, _number: int, _row: Example, path: Path) -> None:
    from gradio_client import handle_file

    client.submit(handle_file(path), "auto", api_name="/recognize").result(TIMEOUT_SECONDS)


def _instruct(_address: str, client: Client, number: int, _row: Example, _path: Path) -> None:
    inputs = {"text": _text(number, "en"), "instruction": "Speak a bit slower."}
    client.submit(**inputs, api_name="/instruct").result(TIMEOUT_SECONDS)


def _clone(_address: str, client: Client, number: int, row: Example, _path: Path) -> None:
    from gradio_client import handle_file

    inputs: dict[str, Any] = {"clip": handle_file(row.path), "text": _text(number, "en"), "consent": True}
    client.submit(**inputs, transcript=row.text, api_name="/clone").result(TIMEOUT_SECONDS)


def _translate(_address: str, client: Client, number: int, row: Example, _path: Path) -> None:
    from gradio_client import handle_file

    source, target = (("en", "es"), ("es", "en"))[number % 2]
    path = next(other.path for other in EXAMPLES if other.language == source and other.emotion != row.emotion)
    client.submit(clip=handle_file(path), target=target, api_name="/translate").result(TIMEOUT_SECONDS)


def _chat(_address: str, client: Client, number: int, _row: Example, _path: Path) -> None:
    client.submit(text=_text(number, "en"), api_name="/chat").result(TIMEOUT_SECONDS)


Sender = Callable[[str, "Client", int, Example, Path], None]
MIX: tuple[Sender, ...] = (
    *(_speech, _transcription, _recognize, _speech, _transcription, _instruct, _speech, _transcription),
    *(_chat, _speech, _transcription, _clone, _translate),
)


if __name__ == "__main__":
    main()
