"""Demonstration of the page: names and terms with a stored training."""

from __future__ import annotations

from dataclasses import asdict
from itertools import accumulate, pairwise
from typing import Any

import gradio as gr

from funaudio_core import audio
from funaudio_core.training.runs.background import TrainingWork
from funaudio_core.training.runs.model import ACTIVE_STATES, Progress
from funaudio_core.training.runs.stored_run import create_run, read_result
from funaudio_core.training.runs.trainer import words_trainer
from funaudio_core.training.words.model import HeldOutText, WordsResult
from funaudio_core.types import Audio
from server.updates import Update
from tabs.components import demonstrations
from tabs.components.demonstrations import Demonstration
from tabs.train.data_panel import WordsRequest, plan_words
from tabs.train.progress_view import progress_html
from tabs.train.result_view import result_html
from tabs.train.run_panel import hide_run

FILES_URL = "examples"  # relative, as of the start page


def make(inputs: dict[str, Any]) -> tuple[Audio, dict[str, str], dict[str, Any]]:
    """Train, and return what is stored: the sound of all held-out sentences, a text and the facts."""
    run = create_run(WordsRequest(**inputs).plan(has_review=False), "")
    work = TrainingWork()
    while run.state in ACTIVE_STATES:
        work.run_part(run.job)
    result = run.result()
    assert result is not None, run.status().message
    sounds = [words_trainer().held_out_clip(text.number, run.folder) for text in result.texts]
    shown = _learned(result)
    facts = {
        "shown": shown.number,
        "progress": asdict(run.progress()),
        "result": {**asdict(result), "engine": "", "adapter": ""},
        "times": [round(seconds, 3) for seconds in accumulate((sound.duration for sound in sounds), initial=0.0)],
    }
    run.delete()
    return audio.concat(sounds), {"transcript": shown.after}, facts


def _learned(result: WordsResult) -> HeldOutText:
    """Return a held-out sentence that is right because of the training, if there is one."""
    words = [text for text in result.texts if text.term]
    return next((text for text in words if text.term in text.after and text.term not in text.before), words[0])


def show_demonstration(demonstration: Demonstration) -> Update:
    """Return the update that fills in the names and terms, and shows the stored training."""
    terms, language = demonstration.inputs["terms"], demonstration.inputs["language"]
    result = read_result(demonstration.facts["result"])
    path, spans = demonstration.result, list(pairwise(demonstration.facts["times"]))
    assert path is not None

    def sound_of(text: HeldOutText) -> str:
        start, end = spans[text.number]
        return f"{FILES_URL}/{path.parent.name}/{path.name}#t={start},{end}"

    hidden = hide_run(demonstrations.stored_text(demonstration))
    del hidden["last"]  # a run of the visitor's is shown again after a reload
    return Update(
        **{
            **hidden,
            **{name: gr.Markdown(visible=False) for name in ("progress_later", "result_later")},
            "progress": progress_html(Progress.from_json(demonstration.facts["progress"])),
            "result": result_html(result, language, sound_of),
            "terms": terms,
            "language": language,
            "sentences": "\n".join(sentence.text for sentence in plan_words(terms, language).training),
        }
    )
