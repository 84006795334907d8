"""Generator of the example clips and stored demonstrations: `python -m examples_audio.make [clips] [demonstrations]`.

`--page chat` makes the demonstrations of one page anew and keeps the others; `requests` the spoken requests alone.

Demonstrations are computed by the endpoints of the pages, in the lite tier. Their audio is watermarked, like all that
the app synthesizes, and stored as MP3; demonstrations.json holds inputs, texts, models, date and command.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import soundfile

from examples_audio.clips import FOLDER, MP3_QUALITY, make_clips, make_requests
from examples_audio.demonstrations import SCENES, Scene
from funaudio_core import audio
from funaudio_core.engines import registry, selection
from tabs import (
    audio_chat,
    audiobook,
    chat,
    cross_lingual,
    evaluate,
    instruct,
    podcast,
    recognize,
    train,
    translate,
    zero_shot,
)
from tabs.chat import api as chat_page
from tabs.components.demonstrations import RESULTS, SUFFIX, TABLE, Demonstration
from tabs.components.outputs import write_wav
from tabs.evaluate.stored import stored_scores
from tabs.train import demonstration as training
from tabs.translate import api as translate_page

COMMAND = "python -m examples_audio.make demonstrations"
TIMINGS = ("first_audio", "rtf")  # of the machine that made them

Result = tuple[str | None, dict[str, str], dict[str, Any]]  # path of the audio, texts, facts


def main() -> None:
    """Make what the arguments name; everything without arguments."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="*", choices=[*MAKERS, []])  # [] is no argument
    parser.add_argument("--page", default="", help="make the demonstrations of this page only")
    parser.add_argument("--names", nargs="*", default=[], help="of these, with --page, only those of these names")
    arguments = parser.parse_args()
    for name in arguments.what or MAKERS:
        if name == "demonstrations":
            make_demonstrations(arguments.page, arguments.names)
        else:
            MAKERS[name]()


def make_demonstrations(page: str = "", names: Sequence[str] = ()) -> None:
    """Run every scene, or those of one page or of these names on it, and write their audio and the table."""
    RESULTS.mkdir(exist_ok=True)
    stored = {(row["page"], row["name"]): row for row in json.loads(TABLE.read_text(encoding="utf-8"))} if page else {}
    kept = [page and (scene.page != page or (names and scene.name not in names)) for scene in SCENES]
    rows = [stored[scene[:2]] if is_kept else _make(scene) for scene, is_kept in zip(SCENES, kept, strict=True)]
    files = {f"{row['page']}-{row['name']}{SUFFIX}" for row in rows}
    for old in RESULTS.iterdir():
        if old.name not in files:
            old.unlink()
    TABLE.write_text(json.dumps(rows, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


MAKERS: dict[str, Callable[[], None]] = {
    "clips": make_clips,
    "requests": make_requests,
    "demonstrations": make_demonstrations,
}


def _make(scene: Scene) -> dict[str, Any]:
    """Run a scene, write its audio, and return its row of the table."""
    inputs = {**scene.inputs, **({"clip": str(FOLDER / scene.inputs["clip"])} if "clip" in scene.inputs else {})}
    path, texts, facts = _RUNNERS[scene.page](inputs)
    if path:
        clip = audio.load(path)
        name = f"{scene.page}-{scene.name}{SUFFIX}"
        soundfile.write(RESULTS / name, clip.samples, clip.rate, format="MP3", compression_level=MP3_QUALITY)
    print(f"{scene.page}/{scene.name}: {texts or facts}", flush=True)
    row = Demonstration(
        **scene._asdict(),
        texts=texts,
        facts={name: value for name, value in facts.items() if name not in TIMINGS},
        engines=_engines(scene),
        date=facts["scores"][0]["date"] if "scores" in facts else datetime.now(UTC).date().isoformat(),
        command=COMMAND,
    )
    return asdict(row)


def _recognize(inputs: dict[str, Any]) -> Result:
    text, facts = recognize.recognize(**inputs)
    return None, {"transcript": text}, facts


def _translate(inputs: dict[str, Any]) -> Result:
    path, transcript, translation, facts = translate_page.translate(**inputs)
    return str(path), {"transcript": transcript, "translation": translation}, facts


def _chat(inputs: dict[str, Any]) -> Result:
    path, reply, facts = chat_page.chat(**inputs)
    return str(path), {"reply": reply}, facts


def _podcast(inputs: dict[str, Any]) -> Result:
    path, subtitles, facts = podcast.speak_podcast(**inputs)
    return str(path), {"subtitles": subtitles}, facts


def _evaluate(_: dict[str, Any]) -> Result:
    """Score the stored results, which `python -m funaudio_core.evaluate` makes."""
    return None, {}, {"scores": stored_scores()}


def _speak(endpoint: Callable[..., tuple[str, dict[str, Any]]]) -> Callable[[dict[str, Any]], Result]:
    def run(inputs: dict[str, Any]) -> Result:
        path, facts = endpoint(**inputs)
        return str(path), {}, facts

    return run


def _talk(inputs: dict[str, Any]) -> Result:
    """Run the endpoint of an ability of the Audio chat page."""
    ability, given = inputs["ability"], {name: value for name, value in inputs.items() if name != "ability"}
    endpoint = audio_chat.ENDPOINTS[ability]
    path, reply, facts = (None, *endpoint(**given)) if ability in ("understanding", "calling") else endpoint(**given)
    return path and str(path), {"reply": reply}, facts


def _train(inputs: dict[str, Any]) -> Result:
    sound, texts, facts = training.make(inputs)
    return write_wav(sound, "held_out.wav"), texts, facts


_RUNNERS: dict[str, Callable[[dict[str, Any]], Result]] = {
    recognize.NAME: _recognize,
    zero_shot.NAME: _speak(zero_shot.clone),
    cross_lingual.NAME: _speak(cross_lingual.cross_lingual),
    instruct.NAME: _speak(instruct.instruct),
    translate.NAME: _translate,
    chat.NAME: _chat,
    audio_chat.NAME: _talk,
    audiobook.NAME: _speak(audiobook.narrate),
    podcast.NAME: _podcast,
    evaluate.NAME: _evaluate,
    train.NAME: _train,
}


def _engines(scene: Scene) -> list[str]:
    """Return the titles of the models that a page uses by default."""
    recognizer = selection.default(registry.RECOGNIZERS).title
    synthesizer = selection.default(registry.SYNTHESIZERS).title
    translator = selection.default(registry.TRANSLATORS).title
    chatbot = selection.default(registry.CHATBOTS).title
    return {
        recognize.NAME: [recognizer],
        translate.NAME: [recognizer, *([] if scene.inputs.get("target") == "en" else [translator]), synthesizer],
        chat.NAME: [chatbot, synthesizer],
        evaluate.NAME: [recognizer, synthesizer],
        train.NAME: [recognizer, synthesizer],
        audio_chat.NAME: [recognizer, registry.CHATBOTS["qwen2.5-coder-1.5b"].title, *_speakers(scene, synthesizer)],
    }.get(scene.page, [synthesizer])


def _speakers(scene: Scene, synthesizer: str) -> list[str]:
    """Return the speech model if the ability of a scene speaks."""
    return [] if scene.inputs.get("ability") in ("understanding", "calling") else [synthesizer]


if __name__ == "__main__":
    main()
