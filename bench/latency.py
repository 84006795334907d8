"""What a visitor feels: cold start, memory, and from a spoken sentence to the first sound of the reply.

`python -m bench.latency`. CPU seconds where the clock of a busy machine means little; the page is compared with the
bare pipeline in the same run, call by call.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import numpy as np

from funaudio_core import audio
from funaudio_core.engines import preload, registry, selection, voice_catalog
from funaudio_core.pipelines.stages import SpeechPiece
from funaudio_core.tasks import chat
from funaudio_core.types import Audio, Conversation, Voice
from funaudio_core.voices.examples import EXAMPLES

if TYPE_CHECKING:
    from gradio_client import Client

ROUNDS = 7
CLIP_SECONDS = 5.0
PERSONA = "You are a warm, cheerful friend."
COLD = (
    "import resource, time; from funaudio_core.engines import preload; preload.preload(); "
    "print(time.process_time(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6)"
)


def main() -> None:
    """Measure and print."""
    done = subprocess.run([sys.executable, "-c", COLD], capture_output=True, text=True, check=True)
    seconds, gigabytes = (float(word) for word in done.stdout.split()[-2:])
    print(f"cold start, everything loaded: {seconds:.1f} CPU-s, {gigabytes:.2f} GB at most")
    preload.preload()
    clip = _clip()
    voice, *others = voice_catalog.voices_for_language("en").values()
    _first_sound(clip, voice)
    for what, voices in (("opener spoken before", [voice] * ROUNDS), ("opener new to the voice", others[:ROUNDS])):
        spent = [_cpu(clip, each) for each in voices]
        costs = f"median {median(spent):.2f} CPU-s, most {max(spent):.2f}"
        print(f"{clip.duration:.1f} s clip to the first sound of the reply, {what}: {costs}")
    kept, new = [voice] * (ROUNDS + 1), others[ROUNDS:][: ROUNDS + 1]
    for what, voices in (("opener spoken before", kept), ("opener new to the voice", new)):
        bare, page = _page(clip, [each.preset or "" for each in voices])
        print(
            f"the same by the clock, {what}: bare {median(bare):.2f} s, through the page {median(page):.2f} s, "
            f"ratio {median(page) / median(bare):.2f} ({ROUNDS} rounds)"
        )


def _clip() -> Audio:
    """Five seconds of an example clip, padded with the silence that a visitor leaves."""
    row = next(row for row in EXAMPLES if row.language == "en" and row.emotion == "sad")
    spoken = audio.load(row.path)
    missing = max(0, round(CLIP_SECONDS * spoken.rate) - len(spoken.samples))
    return Audio(np.pad(spoken.samples, (0, missing))[: round(CLIP_SECONDS * spoken.rate)], spoken.rate)


def _first_sound(clip: Audio, voice: Voice) -> None:
    events = chat.reply_to_audio(clip, Conversation((), PERSONA), voice)
    for event in events:
        if isinstance(event, SpeechPiece):
            break
    events.close()  # type: ignore[attr-defined]


def _cpu(clip: Audio, voice: Voice) -> float:
    began = time.process_time()
    _first_sound(clip, voice)
    return time.process_time() - began


def _page(clip: Audio, presets: list[str]) -> tuple[list[float], list[float]]:
    """Wall seconds to the first sound: bare pipeline here, and the page of an app in its own process, in turns.

    presets: the voice of each round; the first round is a rehearsal. Each round on the page is a new visitor, because a
    conversation that goes on costs more and opens with other words than one that begins.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {**os.environ, "FUNAUDIO_PORT": str(port), "NO_PROXY": "127.0.0.1"}
    server = subprocess.Popen(
        [sys.executable, "app.py"], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    bare, page = [], []
    try:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "said.wav"
            audio.save_wav(clip, path)
            for preset in presets:
                began = time.monotonic()
                _first_sound(clip, voice_catalog.get_voice(preset))
                bare.append(time.monotonic() - began)
                page.append(_through_page(f"http://127.0.0.1:{port}/", path, preset))
    finally:
        server.terminate()
        server.wait(30)
    return bare[1:], page[1:]


def _through_page(address: str, path: Path, preset: str) -> float:
    """Seconds from the upload to the first sound, for a new visitor, who then leaves."""
    from gradio_client import handle_file

    client = connected(address)
    said = handle_file(path)
    began = time.monotonic()
    synthesizer, chatbot = selection.default(registry.SYNTHESIZERS).name, selection.default(registry.CHATBOTS).name
    recognizer, own_voice = selection.recognizer_for_dialogue().name, (None, "", False)
    job = client.submit(said, PERSONA, synthesizer, preset, *own_voice, chatbot, recognizer, api_name="/on_chat")
    for _, player, *_ in job:
        if isinstance(player, str) and "|" in player:
            break
    spent = time.monotonic() - began
    job.cancel()
    time.sleep(8)  # the cancelled reply ends at its next piece, which must not steal from the next round
    return spent


def connected(address: str) -> Client:
    """A client as soon as the app has loaded."""
    from gradio_client import Client

    deadline = time.monotonic() + 180
    while True:
        try:
            return Client(address, verbose=False)
        except Exception:
            if time.monotonic() > deadline:
                raise
            time.sleep(1)


if __name__ == "__main__":
    main()
