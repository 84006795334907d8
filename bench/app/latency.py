"""Latency for a user: cold start, memory, and the time from a spoken sentence to the first audio of the reply.

Run: `python -m bench.app.latency`. CPU seconds are measured where wall time on a busy machine means little; the page is
compared with the bare pipeline in the same run, call by call.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import numpy as np

from bench._app import serve_app
from bench._options import option_parser
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
START_SECONDS = 600.0  # timeout; loading takes ten seconds, on a busy machine far more
PERSONA = "You are a warm, cheerful friend."
COLD_START_CODE = (
    "import resource, time; from funaudio_core.engines import preload; preload.preload(); "
    "print(time.process_time(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9)"
)


def main() -> None:
    """Print the measurements."""
    cold = subprocess.run([sys.executable, "-c", COLD_START_CODE], capture_output=True, text=True, check=True)
    seconds, gigabytes = (float(word) for word in cold.stdout.split()[-2:])
    print(f"cold start, everything loaded: {seconds:.1f} CPU-s, {gigabytes:.2f} GB at most")
    preload.preload()
    clip = _clip()
    voice, *others = voice_catalog.voices_for_language("en").values()
    deque(chat.reply_to_audio(clip, Conversation((), PERSONA), voice), maxlen=0)  # whole, since only that is cached
    for label, voices in (("opener spoken before", [voice] * ROUNDS), ("opener new to the voice", others[:ROUNDS])):
        cpu_seconds = [_first_audio_seconds(clip, preset_voice, time.process_time) for preset_voice in voices]
        costs = f"median {median(cpu_seconds):.2f} CPU-s, most {max(cpu_seconds):.2f}"
        print(f"{clip.duration:.1f} s clip to the first sound of the reply, {label}: {costs}")
    cached, uncached = [voice] * (ROUNDS + 1), others[ROUNDS:][: ROUNDS + 1]
    for label, voices in (("opener spoken before", cached), ("opener new to the voice", uncached)):
        bare, page = _compare_with_page(clip, [preset_voice.preset or "" for preset_voice in voices])
        print(
            f"the same by the clock, {label}: bare {median(bare):.2f} s, through the page {median(page):.2f} s, "
            f"ratio {median(page) / median(bare):.2f} ({ROUNDS} rounds)"
        )


def _clip() -> Audio:
    """Return CLIP_SECONDS of an example clip, padded with silence as a user leaves it."""
    row = next(row for row in EXAMPLES if row.language == "en" and row.emotion == "sad")
    spoken = audio.load(row.path)
    missing = max(0, round(CLIP_SECONDS * spoken.rate) - len(spoken.samples))
    return Audio(np.pad(spoken.samples, (0, missing))[: round(CLIP_SECONDS * spoken.rate)], spoken.rate)


def _first_audio_seconds(clip: Audio, voice: Voice, clock: Callable[[], float]) -> float:
    """Return the seconds of a clock to the first audio of a reply; what is under way then is not waited for."""
    began = clock()
    events = chat.reply_to_audio(clip, Conversation((), PERSONA), voice)
    next(event for event in events if isinstance(event, SpeechPiece))
    seconds = clock() - began
    events.close()  # type: ignore[attr-defined]
    return seconds


def _compare_with_page(clip: Audio, presets: list[str]) -> tuple[list[float], list[float]]:
    """Return the wall seconds to the first audio with the bare pipeline and through the page of an app, in turns.

    Args:
        clip: Question of every round.
        presets: Voice of each round; the first round is a warm-up. Each round on the page is a new user, because a
            conversation that goes on costs more and opens with other words than one that begins.
    """
    bare, page = [], []
    with serve_app() as (address, _), tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "question.wav"
        audio.save_wav(clip, path)
        for preset in presets:
            bare.append(_first_audio_seconds(clip, voice_catalog.get_voice(preset), time.monotonic))
            page.append(_page_first_audio_seconds(address, path, preset))
    return bare[1:], page[1:]


def _page_first_audio_seconds(address: str, path: Path, preset: str) -> float:
    """Return the seconds from the upload to the first audio, for a new user, who then leaves."""
    from gradio_client import handle_file

    client = connect(address)
    question = handle_file(path)
    began = time.monotonic()
    synthesizer, chatbot = selection.default(registry.SYNTHESIZERS).name, selection.default(registry.CHATBOTS).name
    recognizer, no_clip = selection.recognizer_for_dialogue().name, (None, "", False)
    job = client.submit(question, PERSONA, synthesizer, preset, *no_clip, chatbot, recognizer, "", api_name="/on_chat")
    for _, player, *_ in job:
        if isinstance(player, str) and "|" in player:
            break
    seconds = time.monotonic() - began
    job.cancel()
    time.sleep(8)  # the cancelled reply ends at its next piece, and must not slow down the next round
    return seconds


def connect(address: str) -> Client:
    """Return a client as soon as the app has loaded."""
    from gradio_client import Client

    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            return Client(address, verbose=False)
        except Exception:
            if time.monotonic() > deadline:
                raise
            time.sleep(1)


if __name__ == "__main__":
    option_parser(__doc__).parse_args()
    main()
