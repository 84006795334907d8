"""Generator of the example clips and stored demonstrations: `python -m examples_audio.make [clips] [demonstrations]`.

Demonstrations are computed by the endpoints of the pages, in the lite tier. Their audio is watermarked, like all that
the app synthesizes, and stored as MP3; demonstrations.json holds inputs, texts, models, date and command.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import soundfile

from examples_audio.clips import FOLDER, make_clips
from examples_audio.demonstrations import SCENES, Scene
from funaudio_core import audio
from funaudio_core.engines import registry, selection
from tabs import audiobook, chat, cross_lingual, instruct, recognize, translate, zero_shot
from tabs.chat import api as chat_page
from tabs.components.demonstrations import RESULTS, SUFFIX, TABLE, Demonstration
from tabs.translate import api as translate_page

COMMAND = "python -m examples_audio.make demonstrations"
MP3_QUALITY = 0.5  # 0 is the best of libsndfile's scale; about 60 kb/s for mono speech

TIMINGS = ("first_audio", "rtf")  # of the machine that made them

Result = tuple[str | None, dict[str, str], dict[str, Any]]  # path of the audio, texts, facts


def main() -> None:
    """Make what the arguments name; everything without arguments."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="*", choices=["clips", "demonstrations", []])  # [] is no argument
    what = parser.parse_args().what or ["clips", "demonstrations"]
    if "clips" in what:
        make_clips()
    if "demonstrations" in what:
        make_demonstrations()


def make_demonstrations() -> None:
    """Run every scene and write its audio and the table."""
    RESULTS.mkdir(exist_ok=True)
    rows = []
    for scene in SCENES:
        inputs = {**scene.inputs, **({"clip": str(FOLDER / scene.inputs["clip"])} if "clip" in scene.inputs else {})}
        path, texts, facts = _RUNNERS[scene.page](inputs)
        row = Demonstration(
            **scene._asdict(),
            texts=texts,
            facts={name: value for name, value in facts.items() if name not in TIMINGS},
            engines=_engines(scene),
            date=datetime.now(UTC).date().isoformat(),
            command=COMMAND,
        )
        if path:
            clip = audio.load(path)
            name = f"{scene.page}-{scene.name}{SUFFIX}"
            soundfile.write(RESULTS / name, clip.samples, clip.rate, format="MP3", compression_level=MP3_QUALITY)
        rows.append(asdict(row))
        print(f"{scene.page}/{scene.name}: {texts or facts}")
    names = {f"{row['page']}-{row['name']}{SUFFIX}" for row in rows}
    for old in RESULTS.iterdir():
        if old.name not in names:
            old.unlink()
    TABLE.write_text(json.dumps(rows, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _recognize(inputs: dict[str, Any]) -> Result:
    text, facts = recognize.recognize(**inputs)
    return None, {"transcript": text}, facts


def _translate(inputs: dict[str, Any]) -> Result:
    path, transcript, translation, facts = translate_page.translate(**inputs)
    return str(path), {"transcript": transcript, "translation": translation}, facts


def _chat(inputs: dict[str, Any]) -> Result:
    path, reply, facts = chat_page.chat(**inputs)
    return str(path), {"reply": reply}, facts


def _speak(endpoint: Callable[..., tuple[str, dict[str, Any]]]) -> Callable[[dict[str, Any]], Result]:
    def run(inputs: dict[str, Any]) -> Result:
        path, facts = endpoint(**inputs)
        return str(path), {}, facts

    return run


_RUNNERS: dict[str, Callable[[dict[str, Any]], Result]] = {
    recognize.NAME: _recognize,
    zero_shot.NAME: _speak(zero_shot.clone),
    cross_lingual.NAME: _speak(cross_lingual.cross_lingual),
    instruct.NAME: _speak(instruct.instruct),
    translate.NAME: _translate,
    chat.NAME: _chat,
    audiobook.NAME: _speak(audiobook.narrate),
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
    }.get(scene.page, [synthesizer])


if __name__ == "__main__":
    main()
